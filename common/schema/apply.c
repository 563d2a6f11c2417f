/* schema/apply - managedFields kept through updates, and server-side apply over them.
 *
 * The rules are those of structured-merge-diff: an update takes what it changes from everybody, an apply owns
 * what it states, gives back what it no longer states, and may take from others only by force. */
#include "schema/apply.h"

#include "base/str.h"
#include "base/vec.h"
#include "doc/json.h"
#include "schema/fields.h"

/* --- managers -------------------------------------------------------------------------------- */

struct owner {
    const char *manager, *operation, *api_version, *subresource, *time;
    const struct doc *set;
    bool own;
};
struct owners {
    struct owner *at;
    size_t len;
};

static bool same_owner(const struct owner *o, const struct schema_manager *who, const char *operation)
{
    return streq(o->manager, who->name) && streq(o->operation, operation) &&
           streq(o->subresource, who->subresource) &&
           (streq(operation, "Apply") || streq(o->api_version, who->api_version));
}

/* The owners of an object and, last where it is new, the one that acts. */
static struct owners read_owners(struct arena *a, const struct doc *list, const struct schema_manager *who,
                                 const char *operation)
{
    struct owners all = {NEW_N(a, struct owner, doc_len(list) + 1), 0};
    bool found = false;
    doc_each (it, list) {
        struct owner *o = &all.at[all.len++];
        *o = (struct owner){
            .manager = doc_str(doc_get(it.val, "manager"), ""),
            .operation = doc_str(doc_get(it.val, "operation"), ""),
            .api_version = doc_str(doc_get(it.val, "apiVersion"), ""),
            .subresource = doc_str(doc_get(it.val, "subresource"), ""),
            .time = doc_str(doc_get(it.val, "time"), ""),
            .set = doc_get(it.val, "fieldsV1"),
        };
        o->set = doc_len(o->set) ? o->set : NULL;
        o->own = same_owner(o, who, operation);
        found |= o->own;
    }
    if (!found)
        all.at[all.len++] = (struct owner){.manager = who->name,
                                           .operation = operation,
                                           .api_version = who->api_version,
                                           .subresource = who->subresource,
                                           .time = who->time,
                                           .own = true};
    return all;
}

static int by_age(const void *x, const void *y)
{
    const struct owner *a = x, *b = y;
    int c = strcmp(a->operation, b->operation);
    c = c ? c : strcmp(a->time, b->time);
    c = c ? c : strcmp(a->manager, b->manager);
    c = c ? c : strcmp(a->api_version, b->api_version);
    return c ? c : strcmp(a->subresource, b->subresource);
}

static void write_owner(struct arena *a, struct doc *list, const struct owner *o)
{
    struct doc *d = doc_push(a, list, doc_new_map(a));
    doc_set_str(a, d, "manager", o->manager);
    doc_set_str(a, d, "operation", o->operation);
    doc_set_str(a, d, "apiVersion", o->api_version);
    doc_set_str(a, d, "time", o->time);
    doc_set_str(a, d, "fieldsType", "FieldsV1");
    doc_set(a, d, "fieldsV1", o->set);
    if (*o->subresource)
        doc_set_str(a, d, "subresource", o->subresource);
}

static const struct doc *with_owners(struct arena *a, const struct doc *obj, struct owners *all)
{
    qsort(all->at, all->len, sizeof(*all->at), by_age);
    struct doc *list = doc_new_list(a);
    for (size_t i = 0; i < all->len; i++)
        if (all->at[i].set)
            write_owner(a, list, &all->at[i]);
    return doc_with(a, obj, doc_len(list) ? list : NULL, "metadata", "managedFields");
}

bool schema_same_fields(const struct doc *x, const struct doc *y)
{
    static const char *const keys[] = {"manager", "operation", "apiVersion", "fieldsV1", "subresource"};
    if (doc_len(x) != doc_len(y))
        return false;
    doc_each (it, x)
        for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
            const struct doc *p = doc_get(it.val, keys[i]), *q = doc_get(doc_at(y, it.index), keys[i]);
            if (!p != !q || (p && !doc_equal(p, q)))
                return false;
        }
    return true;
}

/* --- tracking updates ------------------------------------------------------------------------ */

/* The structs that an empty object of Go's types already has: their presence is nobody's doing. */
static const char *const skeleton[][7] = {
    {"metadata"},
    {"spec"},
    {"status"},
    {"roleRef"},
    {"spec", "containers"},
    {"spec", "strategy"},
    {"spec", "updateStrategy"},
    {"spec", "template"},
    {"spec", "template", "metadata"},
    {"spec", "template", "spec"},
    {"spec", "template", "spec", "containers"},
    {"spec", "jobTemplate"},
    {"spec", "jobTemplate", "metadata"},
    {"spec", "jobTemplate", "spec"},
    {"spec", "jobTemplate", "spec", "template"},
    {"spec", "jobTemplate", "spec", "template", "metadata"},
    {"spec", "jobTemplate", "spec", "template", "spec"},
    {"spec", "jobTemplate", "spec", "template", "spec", "containers"},
    {"spec", "resources"},
    {"spec", "scaleTargetRef"},
    {"spec", "names"},
    {"spec", "versions"},
    {"spec", "podSelector"},
};

static const struct doc *empty_object(struct arena *a, const struct doc *next)
{
    const struct doc *d = doc_new_map(a);
    for (size_t i = 0; i < ARRAY_LEN(skeleton); i++) {
        const struct doc *there = doc_vpath(next, skeleton[i]);
        if (doc_is(there, DOC_MAP))
            d = doc_vwith(a, d, doc_new_map(a), skeleton[i]);
        else if (doc_is(there, DOC_LIST))
            d = doc_vwith(a, d, doc_new_list(a), skeleton[i]);
    }
    return d;
}

static bool resets(const struct doc *managed)
{
    return doc_is(managed, DOC_LIST) &&
           (!doc_len(managed) || (doc_len(managed) == 1 && !doc_len(doc_at(managed, 0))));
}

const struct doc *schema_track(struct arena *a, struct schema_at at, const struct schema_manager *who,
                               const struct doc *live, const struct doc *next)
{
    const struct doc *managed = doc_path(next, "metadata", "managedFields");
    if (live && resets(managed))
        return doc_without(a, next, "metadata", "managedFields");
    managed = doc_len(managed) ? managed : doc_path(live, "metadata", "managedFields");
    struct owners all = read_owners(a, managed, who, "Update");
    const struct doc *changed, *removed;
    fields_compare(a, at, live ? live : empty_object(a, next), next, &changed, &removed);
    changed = fields_strip(a, changed);
    removed = fields_strip(a, removed);
    for (size_t i = 0; i < all.len; i++) {
        struct owner *o = &all.at[i];
        if (!o->own)
            o->set = fields_combine(a, FIELDS_MINUS, o->set, changed);
        else if (changed)
            o->set = fields_combine(a, FIELDS_OR, o->set, changed);
        if (o->own && changed)
            o->time = who->time;
        o->set = fields_combine(a, FIELDS_MINUS, o->set, removed);
    }
    return with_owners(a, next, &all);
}

/* --- what a configuration states ------------------------------------------------------------- */

static struct err *state(struct arena *a, struct schema_at at, const struct doc *d, const char *path,
                         const struct doc **out);

static struct err *state_map(struct arena *a, struct schema_at at, const struct doc *d, const char *path,
                             struct doc *set)
{
    bool closed = schema_kind(at) == SCHEMA_OBJECT && !(schema_type(at)->flags & SCHEMA_PRESERVE_UNKNOWN);
    doc_each (it, d) {
        const char *inner = arena_printf(a, "%s.%.*s", path, (int)it.key.len, it.key.at);
        if (closed && !schema_find(at, it.key))
            return err_new(ERR_INTERNAL, "%s: field not declared in schema", inner);
        struct schema_at field = schema_child(at, it.key);
        if (fields_keyed(field, it.val) && !doc_len(it.val))
            continue; /* without elements there is nothing to own */
        const struct doc *child = NULL;
        TRY(state(a, field, it.val, inner, &child));
        doc_set(a, set, arena_printf(a, "f:%.*s", (int)it.key.len, it.key.at), child);
    }
    return NULL;
}

static struct err *state_list(struct arena *a, struct schema_at at, const struct doc *d, const char *path,
                              struct doc *set)
{
    doc_each (it, d) {
        const char *name = fields_element(a, at, it.val);
        if (!name)
            return err_new(
                ERR_INTERNAL,
                "%s: element %zu: associative list with keys has an element that omits key field \"%s\" (and "
                "doesn't have default value)",
                path, it.index, schema_text(at, schema_type(at)->keys));
        if (doc_get(set, name))
            return err_new(ERR_INTERNAL, "%s: duplicate entries for key %s", path, name + 2);
        const struct doc *child = NULL;
        TRY(state(a, schema_elem(at), it.val, arena_printf(a, "%s%s", path, fields_step(a, span_of(name))),
                  &child));
        struct doc *element = doc_shallow(a, child);
        if (doc_len(element))
            doc_set_map(a, element, ".");
        doc_set(a, set, name, element);
    }
    return NULL;
}

static const char *mismatch(struct schema_at at, const struct doc *d)
{
    enum doc_kind k = doc_kind(d);
    switch (schema_kind(at)) {
    case SCHEMA_INTEGER:
    case SCHEMA_NUMBER:
        return k == DOC_INT || k == DOC_FLOAT ? NULL : "numeric (int or float)";
    case SCHEMA_STRING:
    case SCHEMA_BYTES:
    case SCHEMA_TIME:
        return k == DOC_STR ? NULL : "string";
    case SCHEMA_BOOL:
        return k == DOC_BOOL ? NULL : "boolean";
    case SCHEMA_OBJECT:
    case SCHEMA_MAP:
        return k == DOC_MAP ? NULL : "map";
    case SCHEMA_LIST:
        return k == DOC_LIST ? NULL : "list";
    default:
        return NULL;
    }
}

/* What is owned as a whole is checked all the same. */
static struct err *state_inside(struct arena *a, struct schema_at at, const struct doc *d, const char *path)
{
    const struct doc *ignored;
    if (doc_is(d, DOC_MAP) && at.schema)
        return state_map(a, at, d, path, doc_new_map(a));
    doc_each (it, doc_is(d, DOC_LIST) ? d : NULL)
        TRY(state(a, schema_elem(at), it.val, arena_printf(a, "%s[%zu]", path, it.index), &ignored));
    return NULL;
}

static struct err *state(struct arena *a, struct schema_at at, const struct doc *d, const char *path,
                         const struct doc **out)
{
    struct doc *set = doc_new_map(a);
    *out = set;
    if (doc_is(d, DOC_NULL))
        return NULL;
    const char *want = mismatch(at, d);
    if (want)
        return err_new(ERR_INTERNAL, "%s: expected %s, got %s", path, want, doc_kind_name(d));
    if (fields_granular(at, d))
        return state_map(a, at, d, path, set);
    if (fields_keyed(at, d))
        return state_list(a, at, d, path, set);
    return state_inside(a, at, d, path);
}

struct err *schema_fields_of(struct arena *a, struct schema_at at, const struct doc *config,
                             const struct doc **out)
{
    TRY(state(a, at, config, "", out));
    *out = fields_strip(a, *out);
    return NULL;
}

/* --- merging --------------------------------------------------------------------------------- */

static const struct doc *merge(struct arena *a, struct schema_at at, const struct doc *x,
                               const struct doc *y);

static const struct doc *merge_maps(struct arena *a, struct schema_at at, const struct doc *x,
                                    const struct doc *y)
{
    struct doc *out = doc_shallow(a, x);
    doc_each (it, y) {
        if (doc_is(it.val, DOC_NULL)) {
            doc_del_span(a, out, it.key);
            continue;
        }
        const struct doc *old = doc_get_span(x, it.key);
        const struct doc *next = merge(a, schema_child(at, it.key), old, it.val);
        if (next != old)
            doc_set_span(a, out, it.key, next);
    }
    return out;
}

/* The configuration's elements in its order; those of the live list alone stay where they stood between the
 * shared ones. */
static const struct doc *merge_lists(struct arena *a, struct schema_at at, const struct doc *x,
                                     const struct doc *y)
{
    struct doc *out = doc_new_list(a);
    bool *stated = NEW_N(a, bool, doc_len(x) + 1);
    size_t next = 0, place;
    doc_each (it, y)
        if (fields_find(a, at, x, fields_element(a, at, it.val), &place))
            stated[place] = true;
    doc_each (it, y) {
        const struct doc *old = fields_find(a, at, x, fields_element(a, at, it.val), &place);
        for (; old && next < place; next++)
            if (!stated[next])
                doc_push(a, out, doc_at(x, next));
        if (old && next == place)
            next++;
        doc_push(a, out, merge(a, schema_elem(at), old, it.val));
    }
    for (; next < doc_len(x); next++)
        if (!stated[next])
            doc_push(a, out, doc_at(x, next));
    return out;
}

static const struct doc *merge(struct arena *a, struct schema_at at, const struct doc *x, const struct doc *y)
{
    if (fields_granular(at, x) && fields_granular(at, y))
        return merge_maps(a, at, x, y);
    if (fields_keyed(at, x) && fields_keyed(at, y))
        return merge_lists(a, at, x, y);
    return x && schema_equal(at, x, y) ? x : y;
}

/* --- giving back ----------------------------------------------------------------------------- */

/* Without the members of `gone`, but where `kept` has something at or below the place only what lies deeper
 * is looked at. */
static const struct doc *without(struct arena *a, struct schema_at at, const struct doc *d,
                                 const struct doc *gone, const struct doc *kept);

static const struct doc *child_without(struct arena *a, struct schema_at at, const struct doc *d,
                                       const struct doc *gone, const struct doc *kept)
{
    bool self = gone && (!doc_len(gone) || doc_get(gone, "."));
    if (!gone)
        return d;
    return self && !kept ? NULL : without(a, at, d, gone, kept);
}

static const struct doc *without(struct arena *a, struct schema_at at, const struct doc *d,
                                 const struct doc *gone, const struct doc *kept)
{
    if (fields_granular(at, d)) {
        struct doc *out = doc_shallow(a, d);
        doc_each (it, d) {
            const char *name = arena_printf(a, "f:%.*s", (int)it.key.len, it.key.at);
            const struct doc *next =
                child_without(a, schema_child(at, it.key), it.val, doc_get(gone, name), doc_get(kept, name));
            if (!next)
                doc_del_span(a, out, it.key);
            else if (next != it.val)
                doc_set_span(a, out, it.key, next);
        }
        return out;
    }
    if (!fields_keyed(at, d))
        return d;
    struct doc *out = doc_new_list(a);
    doc_each (it, d) {
        const char *name = fields_element(a, at, it.val);
        const struct doc *next =
            name ? child_without(a, schema_elem(at), it.val, doc_get(gone, name), doc_get(kept, name))
                 : it.val;
        if (next)
            doc_push(a, out, next);
    }
    return out;
}

/* --- conflicts ------------------------------------------------------------------------------- */

struct conflicts {
    struct arena *a;
    struct doc *causes;
    struct str *text; /* of the manager at hand */
    const char *who, *first;
    size_t n;
};

static void add_conflict(void *arg, const char *path)
{
    struct conflicts *c = arg;
    struct doc *cause = doc_push(c->a, c->causes, doc_new_map(c->a));
    doc_set_str(c->a, cause, "reason", "FieldManagerConflict");
    doc_set_str(c->a, cause, "message", arena_printf(c->a, "conflict with %s", c->who));
    doc_set_str(c->a, cause, "field", path);
    if (!c->n++)
        c->first = path;
    str_printf(c->text, "\n- %s", path);
}

static const char *owner_text(struct arena *a, const struct owner *o)
{
    const char *sub = *o->subresource ? arena_printf(a, " with subresource \"%s\"", o->subresource) : "";
    if (streq(o->operation, "Apply"))
        return arena_printf(a, "\"%s\"%s", o->manager, sub);
    return arena_printf(a, "\"%s\"%s using %s", o->manager, sub, o->api_version);
}

static struct err *check_conflicts(struct arena *a, const struct owners *all, const struct doc *changed,
                                   struct schema_applied *out)
{
    CLEANUP(str_release) struct str text = {0};
    struct conflicts c = {.a = a, .causes = doc_new_list(a), .text = &text};
    const char *whom = NULL;
    for (size_t i = 0; i < all->len; i++) {
        const struct doc *both =
            all->at[i].own ? NULL : fields_combine(a, FIELDS_AND, all->at[i].set, changed);
        if (!both)
            continue;
        c.who = owner_text(a, &all->at[i]);
        whom = whom ? whom : c.who;
        str_printf(&text, "%sconflicts with %s:", text.len ? "\n" : "", c.who);
        fields_each(a, both, "", add_conflict, &c);
    }
    if (!c.n)
        return NULL;
    out->causes = c.causes;
    if (c.n == 1)
        return err_reason(ERR_ABORTED, "Conflict", "Apply failed with 1 conflict: conflict with %s: %s", whom,
                          c.first);
    return err_reason(ERR_ABORTED, "Conflict", "Apply failed with %zu conflicts: %s", c.n, str_text(&text));
}

/* --- apply ----------------------------------------------------------------------------------- */

static const struct doc *others(struct arena *a, const struct owners *all)
{
    const struct doc *set = NULL;
    for (size_t i = 0; i < all->len; i++)
        if (!all->at[i].own)
            set = fields_combine(a, FIELDS_OR, set, all->at[i].set);
    return set;
}

static struct err *typed(struct arena *a, struct schema_at at, const struct schema_manager *who,
                         const struct doc *config, const struct doc **set)
{
    struct err *e = schema_fields_of(a, at, config, set);
    const char *ns = doc_str(doc_path(config, "metadata", "namespace"), "");
    return err_wrap(e, "failed to create typed patch object (%s/%s; %s, Kind=%s)", ns,
                    doc_str(doc_path(config, "metadata", "name"), ""), who->api_version,
                    doc_str(doc_get(config, "kind"), ""));
}

struct err *schema_apply(struct arena *a, struct schema_at at, const struct schema_manager *who,
                         const struct doc *live, const struct doc *config, struct schema_applied *out)
{
    const struct doc *stated = NULL, *changed, *removed;
    *out = (struct schema_applied){0};
    TRY(typed(a, at, who, config, &stated));
    struct owners all = read_owners(a, doc_path(live, "metadata", "managedFields"), who, "Apply");
    const struct doc *last = NULL;
    for (size_t i = 0; i < all.len; i++)
        last = all.at[i].own ? all.at[i].set : last;
    const struct doc *merged = live ? merge(a, at, live, config) : config;
    const struct doc *gone = fields_combine(a, FIELDS_MINUS, last, stated);
    if (live && gone)
        merged = without(a, at, merged, gone, fields_combine(a, FIELDS_OR, stated, others(a, &all)));
    fields_compare(a, at, live, merged, &changed, &removed);
    changed = fields_strip(a, changed);
    removed = fields_strip(a, removed);
    if (!who->force)
        TRY(check_conflicts(a, &all, changed, out));
    for (size_t i = 0; i < all.len; i++) {
        struct owner *o = &all.at[i];
        if (!o->own) {
            o->set =
                fields_combine(a, FIELDS_MINUS, fields_combine(a, FIELDS_MINUS, o->set, changed), removed);
            continue;
        }
        if (!o->set || !stated || !doc_equal(o->set, stated))
            o->time = who->time;
        o->set = stated;
        o->api_version = who->api_version;
    }
    out->object = with_owners(a, merged, &all);
    return NULL;
}
