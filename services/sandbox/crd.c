/* crd - CustomResourceDefinitions: a stored one becomes a resource at once, with the types of its served
 * versions. */
#include "base/file.h"
#include "doc/json.h"
#include "doc/yaml.h"
#include "sandbox.h"

#include <dirent.h>
#include <errno.h>

bool crd_is(const struct resource *res)
{
    return streq(res->plural, "customresourcedefinitions") && streq(res->group, "apiextensions.k8s.io");
}

static const char *names(const struct doc *crd, const char *key, const char *dflt)
{
    return doc_str(doc_path(crd, "spec", "names", key), dflt);
}

static const char *words(struct arena *a, const struct doc *list)
{
    CLEANUP(str_release) struct str s = {0};
    doc_each (it, list)
        str_printf(&s, "%s%s", it.index ? "," : "", doc_str(it.val, ""));
    return arena_strdup(a, str_text(&s));
}

/* --- types ----------------------------------------------------------------------------------- */

/* The storage version first, since objects are stored at versions[0]. */
static struct err *fill_versions(struct resource *res, const struct doc *crd)
{
    const struct doc *all = doc_path(crd, "spec", "versions");
    struct served *out = NEW_N(res->arena, struct served, doc_len(all) + 1);
    size_t n = 0;
    for (int storage = 1; storage >= 0; storage--)
        doc_each (it, all) {
            if (doc_bool(doc_get(it.val, "storage"), false) != (bool)storage ||
                !doc_bool(doc_get(it.val, "served"), false))
                continue;
            out[n].version = arena_strdup(res->arena, doc_str(doc_get(it.val, "name"), ""));
            TRY(schema_from_crd(res->arena, crd, out[n].version, &out[n].at));
            n++;
            if (doc_path(it.val, "subresources", "status"))
                res->flags |= RES_STATUS;
            if (doc_path(it.val, "subresources", "scale"))
                res->flags |= RES_SCALE;
        }
    res->versions = out;
    res->versions_len = n;
    return n ? NULL : err_reason(ERR_INVALID, "Invalid", "%s serves no version", meta_text(crd, "name"));
}

static struct err *fill(struct resource *res, const struct doc *crd)
{
    struct arena *old = res->arena, *a = res->arena = arena_new("sandbox-kind");
    res->group = arena_strdup(a, doc_str(doc_path(crd, "spec", "group"), ""));
    res->plural = arena_strdup(a, names(crd, "plural", ""));
    res->kind = arena_strdup(a, names(crd, "kind", ""));
    res->singular = arena_strdup(a, names(crd, "singular", ""));
    res->short_names = words(a, doc_path(crd, "spec", "names", "shortNames"));
    res->categories = words(a, doc_path(crd, "spec", "names", "categories"));
    bool namespaced = doc_str_is(doc_path(crd, "spec", "scope"), "Namespaced");
    res->flags = RES_GENERATION | (namespaced ? RES_NAMESPACED : 0);
    struct err *e = fill_versions(res, crd);
    if (old)
        arena_free(old);
    return e;
}

/* --- status ---------------------------------------------------------------------------------- */

static void add_condition(struct arena *a, struct doc *list, const char *type, const char *reason,
                          const char *message, const char *now)
{
    struct doc *c = doc_push(a, list, doc_new_map(a));
    doc_set_str(a, c, "type", type);
    doc_set_str(a, c, "status", "True");
    doc_set_str(a, c, "lastTransitionTime", now);
    doc_set_str(a, c, "reason", reason);
    doc_set_str(a, c, "message", message);
}

static const struct doc *established(struct sandbox *s, struct arena *a, const struct doc *crd)
{
    struct time_text now = time_rfc3339(clock_wall_ms(loop_clock(s->loop)));
    struct doc *status = doc_new_map(a), *conditions = doc_set_list(a, status, "conditions");
    add_condition(a, conditions, "NamesAccepted", "NoConflicts", "no conflicts found", now.text);
    add_condition(a, conditions, "Established", "InitialNamesAccepted",
                  "the initial names have been accepted", now.text);
    doc_set(a, status, "acceptedNames", doc_path(crd, "spec", "names"));
    struct doc *stored = doc_set_list(a, status, "storedVersions");
    doc_each (it, doc_path(crd, "spec", "versions"))
        if (doc_bool(doc_get(it.val, "storage"), false))
            doc_push(a, stored, doc_get(it.val, "name"));
    return status;
}

struct err *crd_stored(struct sandbox *s, struct object *o)
{
    const struct doc *crd = o->doc;
    struct resource *res =
        kinds_find(s, doc_str(doc_path(crd, "spec", "group"), ""), names(crd, "plural", ""));
    bool fresh = !res;
    if (fresh)
        res = mem_zalloc(sizeof(*res));
    else
        watch_drop(res); /* their forms may have changed */
    struct err *e = fill(res, crd);
    if (e && fresh) {
        arena_free(res->arena);
        free(res);
        return e;
    }
    TRY(e);
    if (!fresh)
        return NULL;
    vec_push(&s->resources, res);
    CLEANUP(arena_freep) struct arena *a = arena_new("sandbox");
    store_put(s, kinds_find(s, "apiextensions.k8s.io", "customresourcedefinitions"), a,
              doc_with(a, crd, established(s, a, crd), "status"));
    return NULL;
}

void crd_removed(struct sandbox *s, const struct doc *crd)
{
    struct resource *res =
        kinds_find(s, doc_str(doc_path(crd, "spec", "group"), ""), names(crd, "plural", ""));
    if (res)
        kinds_drop(s, res);
}

/* --- values against the types of a CRD ------------------------------------------------------- */

static const char *wanted(enum schema_kind kind)
{
    switch (kind) {
    case SCHEMA_OBJECT:
    case SCHEMA_MAP:
        return "object";
    case SCHEMA_LIST:
        return "array";
    case SCHEMA_STRING:
    case SCHEMA_TIME:
    case SCHEMA_BYTES:
        return "string";
    case SCHEMA_BOOL:
        return "boolean";
    case SCHEMA_INTEGER:
        return "integer";
    case SCHEMA_NUMBER:
        return "number";
    default:
        return NULL;
    }
}

static const char *is_of(const struct doc *d)
{
    static const char *const kinds[] = {"null",   "null",   "boolean", "integer",
                                        "number", "string", "array",   "object"};
    return kinds[doc_kind(d)];
}

static void add_cause(struct arena *a, struct doc *causes, const char *path, const char *reason,
                      const char *message)
{
    struct doc *c = doc_push(a, causes, doc_new_map(a));
    doc_set_str(a, c, "reason", reason);
    doc_set_str(a, c, "message", message);
    doc_set_str(a, c, "field", path);
}

static void check_value(struct arena *a, struct schema_at at, const struct doc *d, const char *path,
                        struct doc *causes);

static void check_fields(struct arena *a, struct schema_at at, const struct doc *d, const char *path,
                         struct doc *causes)
{
    const struct schema_type *t = schema_type(at);
    for (size_t i = 0; schema_kind(at) == SCHEMA_OBJECT && i < t->n_fields; i++) {
        const struct schema_field *f = &at.schema->fields[t->fields + i];
        const char *name = schema_text(at, f->name);
        if (f->required && !doc_get(d, name))
            add_cause(a, causes, arena_printf(a, "%s%s%s", path, *path ? "." : "", name),
                      "FieldValueRequired", "Required value");
    }
    doc_each (it, d)
        check_value(a, schema_child(at, it.key), it.val,
                    arena_printf(a, "%s%s%.*s", path, *path ? "." : "", (int)it.key.len, it.key.at), causes);
}

static void check_enum(struct arena *a, struct schema_at at, const struct doc *d, const char *path,
                       struct doc *causes)
{
    struct span rest = span_of(schema_text(at, schema_type(at)->enums)), word;
    if (!rest.len || !doc_is(d, DOC_STR))
        return;
    CLEANUP(str_release) struct str all = {0};
    while (span_cut(&rest, ',', &word)) {
        if (span_eq(word, doc_span(d)))
            return;
        str_printf(&all, "%s\"%.*s\"", all.len ? ", " : "", (int)word.len, word.at);
    }
    add_cause(
        a, causes, path, "FieldValueNotSupported",
        arena_printf(a, "Unsupported value: \"%s\": supported values: %s", doc_str(d, ""), str_text(&all)));
}

static void check_value(struct arena *a, struct schema_at at, const struct doc *d, const char *path,
                        struct doc *causes)
{
    const char *want = wanted(schema_kind(at)), *have = is_of(d);
    if (doc_is(d, DOC_NULL) && at.schema && (schema_type(at)->flags & SCHEMA_NULLABLE))
        return;
    if (want && !streq(want, have) && !(streq(want, "number") && streq(have, "integer"))) {
        add_cause(a, causes, path, "FieldValueTypeInvalid",
                  arena_printf(a, "Invalid value: \"%s\": %s in body must be of type %s: \"%s\"", have, path,
                               want, have));
        return;
    }
    if (!want)
        return;
    check_enum(a, at, d, path, causes);
    if (doc_is(d, DOC_MAP))
        check_fields(a, at, d, path, causes);
    doc_each (it, doc_is(d, DOC_LIST) ? d : NULL)
        check_value(a, schema_elem(at), it.val, arena_printf(a, "%s[%zu]", path, it.index), causes);
}

void crd_check(struct request *r, const struct doc *obj, struct doc *causes)
{
    if (r->served->at.schema)
        check_value(r->a, r->served->at, obj, "", causes);
}

/* --- --crds DIR ------------------------------------------------------------------------------ */

static struct err *load_file(struct sandbox *s, const char *path)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("sandbox");
    struct span text;
    TRY(file_read(a, path, BODY_BYTES_MAX, &text));
    struct yaml_docs docs;
    TRYF(yaml_read_all(a, text, YAML_SIGS, NULL, &docs), "%s", path);
    struct resource *res = kinds_find(s, "apiextensions.k8s.io", "customresourcedefinitions");
    for (size_t i = 0; i < docs.len; i++)
        if (doc_str_is(doc_get(docs.at[i], "kind"), res->kind))
            TRYF(write_create_internal(s, res, "", docs.at[i]), "%s", path);
    return NULL;
}

static int is_yaml(const struct dirent *d)
{
    return ends_with(d->d_name, ".yaml") || ends_with(d->d_name, ".yml");
}

struct err *crd_load_folder(struct sandbox *s, const char *folder)
{
    struct dirent **all;
    int n = scandir(folder, &all, is_yaml, alphasort);
    if (n < 0)
        return err_errno(errno, "reading the folder '%s' of --crds", folder);
    struct err *e = NULL;
    for (int i = 0; i < n; i++) {
        CLEANUP(mem_freep) char *path = mem_printf("%s/%s", folder, all[i]->d_name);
        if (!e)
            e = load_file(s, path);
        free(all[i]);
    }
    free(all);
    return e;
}
