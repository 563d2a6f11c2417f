/* render/kustomize/variable - vars: $(NAME) in fields becomes a field of an object (specs/kustomize.md §8.9).
 *
 * A var binds to a resource where it is declared, so that later prefixes show in it, and is resolved once, at
 * the end. */
#include "render/kustomize/build.h"
#include "render/kustomize/fieldpath.h"

struct kustomize_var {
    const char *name, *path; /* of the field */
    struct kustomize_gvk gvk;
    struct kustomize_resource *bound; /* NULL = nothing matched */
    const char *file;
    uint32_t line;
    const struct doc *value; /* once resolved; NULL = a list or map, which is put nowhere */
    bool used;
};

/* --- binding --- */

static const char *var_text(struct arena *a, const struct kustomize_var *v)
{
    return arena_printf(a, "{%s %s {%s}}", v->name, kustomize_gvk_text(a, &v->gvk), v->path);
}

/* `as_written`: without what apiVersion and the default path add, as the original shows its list. */
static struct kustomize_var read_var(struct arena *a, const struct doc *entry, bool as_written)
{
    const struct doc *ref = doc_get(entry, "objref");
    const char *api_version = as_written ? "" : doc_str(doc_get(ref, "apiVersion"), "");
    const char *slash = strchr(api_version, '/');
    const char *path = doc_str(doc_path(entry, "fieldref", "fieldPath"), "");
    struct kustomize_var v = {
        .name = doc_str(doc_get(entry, "name"), ""),
        .path = *path || as_written ? path : "metadata.name",
        .gvk = {doc_str(doc_get(ref, "group"), ""), doc_str(doc_get(ref, "version"), ""),
                doc_str(doc_get(ref, "kind"), "")},
        .line = doc_line(entry),
    };
    if (*api_version) {
        v.gvk.group = slash ? arena_strndup(a, api_version, (size_t)(slash - api_version)) : "";
        v.gvk.version = slash ? slash + 1 : api_version;
    }
    return v;
}

/* By any id; the namespace counts where it is given and for what is in none. */
static bool is_meant(const struct kustomize_id *want, const struct kustomize_resource *r)
{
    if (*want->namespace || kustomize_is_cluster_scoped(&want->gvk))
        return kustomize_has_id(r, want);
    for (size_t i = 0; i <= r->past_len; i++) {
        struct kustomize_id id = kustomize_id_at(r, i);
        if (streq(id.name, want->name) && kustomize_gvk_equal(&id.gvk, &want->gvk))
            return true;
    }
    return false;
}

static struct err *bind(struct kustomize_set *set, const struct doc *entry, struct kustomize_var *v)
{
    const struct doc *ref = doc_get(entry, "objref");
    struct kustomize_id want = {v->gvk, doc_str(doc_get(ref, "name"), ""),
                                doc_str(doc_get(ref, "namespace"), "")};
    struct kustomize_found found = kustomize_set_named(set, want.gvk.kind, want.name);
    size_t n = 0;
    for (size_t i = 0; i < found.len; i++) {
        if (!is_meant(&want, found.at[i]))
            continue;
        v->bound = found.at[i];
        n++;
    }
    if (n > 1)
        return err_new(ERR_INVALID, "found %zu resId matches for var %s (unable to disambiguate)", n,
                       var_text(set->a, v));
    return NULL;
}

static struct kustomize_var *find_var(const struct kustomize_vars *vars, struct span name)
{
    for (size_t i = 0; i < vars->len; i++)
        if (span_is(name, vars->at[i].name))
            return &vars->at[i];
    return NULL;
}

static struct err *add_var(struct arena *a, struct kustomize_vars *vars, const struct kustomize_var *v)
{
    if (find_var(vars, span_of(v->name)))
        return err_new(ERR_INVALID, "var '%s' already encountered", v->name);
    if (vars->len == vars->cap) {
        size_t cap = MAX(vars->cap * 2, (size_t)8);
        struct kustomize_var *at = NEW_N(a, struct kustomize_var, cap);
        if (vars->len)
            memcpy(at, vars->at, vars->len * sizeof(*at));
        vars->at = at;
        vars->cap = cap;
    }
    vars->at[vars->len++] = *v;
    return NULL;
}

static struct err *merging(struct arena *a, const struct doc *entries, struct err *e)
{
    CLEANUP(str_release) struct str list = {0};
    doc_each (it, entries) {
        struct kustomize_var v = read_var(a, it.val, true);
        str_printf(&list, "%s%s", it.index ? " " : "", var_text(a, &v));
    }
    return err_wrap(e, "merging vars [%s]", str_text(&list));
}

struct err *kustomize_vars_bind(const struct kustomize_at *at, struct kustomize_set *set,
                                const struct doc *entries, struct kustomize_vars *vars)
{
    struct arena *a = at->build->a;
    doc_each (it, entries) {
        struct kustomize_var v = read_var(a, it.val, false);
        v.file = at->file;
        struct err *e = bind(set, it.val, &v);
        e = e ? e : add_var(a, vars, &v);
        if (e)
            return merging(a, entries, e);
    }
    return NULL;
}

struct err *kustomize_vars_absorb(struct arena *a, struct kustomize_vars *into,
                                  const struct kustomize_vars *from)
{
    for (size_t i = 0; i < from->len; i++)
        TRY(add_var(a, into, &from->at[i]));
    return NULL;
}

/* --- values --- */

/* "a[0].b" as "a.0.b". */
static const char *dotted(struct arena *a, const char *path)
{
    CLEANUP(str_release) struct str out = {0};
    for (const char *s = path; *s; s++) {
        size_t digits = *s == '[' ? strspn(s + 1, "0123456789") : 0;
        if (!digits || s[digits + 1] != ']') {
            str_char(&out, *s);
            continue;
        }
        str_printf(&out, ".%.*s", (int)digits, s + 1);
        s += digits + 1;
    }
    return arena_strdup(a, str_text(&out));
}

/* What was bound, or what has taken its place since (a generator's merge makes a new object). */
static const struct kustomize_resource *still_there(struct kustomize_set *set, const struct kustomize_var *v)
{
    if (!v->bound)
        return NULL;
    struct kustomize_found found = kustomize_set_with_id(set, &v->bound->id);
    for (size_t i = 0; i < found.len; i++)
        if (found.at[i] == v->bound)
            return v->bound;
    return found.len ? found.at[0] : NULL;
}

static struct err *resolve(struct arena *a, struct kustomize_set *set, struct kustomize_var *v)
{
    const struct kustomize_resource *r = still_there(set, v);
    if (!r)
        return err_new(ERR_INVALID, "var '%s' cannot be mapped to a field in the set of known resources",
                       var_text(a, v));
    struct kustomize_fieldpath path;
    const struct doc *found = NULL;
    CLEANUP(err_freep) struct err *e = kustomize_fieldpath_read(a, dotted(a, v->path), false, &path);
    CLEANUP(err_freep) struct err *e2 = e ? NULL : kustomize_fieldpath_get(a, &path, r->object, &found);
    if (e || e2 || !found)
        return err_new(ERR_INVALID, "field specified in var '%s' not found in corresponding resource",
                       var_text(a, v));
    v->value = kustomize_is_container(found) ? NULL
               : doc_is(found, DOC_NULL)     ? doc_new_str(a, "null")
                                             : doc_shallow(a, found);
    return NULL;
}

/* --- expansion --- */

struct expander {
    struct arena *a;
    struct kustomize_vars *vars;
};

/* The length of "$(NAME)" at `s`; 0 = none, or not closed. */
static size_t reference_len(struct span s, struct span *name)
{
    const char *end = s.len > 2 && s.at[1] == '(' ? memchr(s.at, ')', s.len) : NULL;
    if (!end)
        return 0;
    *name = (struct span){s.at + 2, (size_t)(end - s.at) - 2};
    return (size_t)(end - s.at) + 1;
}

static const struct doc *value_of(const struct expander *x, struct span name)
{
    struct kustomize_var *v = find_var(x->vars, name);
    if (!v)
        return NULL;
    v->used = true;
    return v->value;
}

/* The text with its references replaced: the same node where there are none, a var's own type where the whole
 * text is one reference. "$$" is a dollar. */
static const struct doc *expand(const struct expander *x, const struct doc *text)
{
    struct span s = doc_span(text), name;
    if (!memchr(s.at, '$', s.len))
        return text;
    CLEANUP(str_release) struct str out = {0};
    for (size_t i = 0; i < s.len; i++) {
        if (s.at[i] != '$' || i + 1 == s.len) {
            str_char(&out, s.at[i]);
            continue;
        }
        size_t len = reference_len((struct span){s.at + i, s.len - i}, &name);
        const struct doc *value = len ? value_of(x, name) : NULL;
        if (value && len == s.len)
            return value;
        if (value) {
            str_add_span(&out, kustomize_scalar(value));
        } else {
            len = len ? len : 2;
            bool escaped = s.at[i + 1] == '$';
            str_add_n(&out, s.at + i, escaped ? 1 : len);
        }
        i += len - 1;
    }
    return doc_new_str_n(x->a, str_text(&out), out.len);
}

static struct err *expand_field(void *arg, struct kustomize_resource *r UNUSED, struct doc *field)
{
    const struct expander *x = arg;
    if (doc_is(field, DOC_STR))
        doc_put(field, expand(x, field));
    for (size_t i = 0; doc_is(field, DOC_LIST) && i < doc_len(field); i++) {
        if (!doc_is(doc_at(field, i), DOC_STR))
            return err_new(ERR_INVALID, "invalid value type expect a string");
        doc_put(doc_own_at(x->a, field, i), expand(x, doc_at(field, i)));
    }
    if (!doc_is(field, DOC_MAP))
        return NULL;
    const struct doc *before = doc_shallow(x->a, field);
    doc_each (it, before)
        if (doc_is(it.val, DOC_STR))
            doc_set_span(x->a, field, it.key, expand(x, it.val));
    return NULL;
}

static struct kustomize_at declared(struct kustomize_build *b, const struct kustomize_var *v)
{
    return (struct kustomize_at){.build = b, .file = v->file};
}

struct err *kustomize_vars_resolve(struct kustomize_build *b, struct kustomize_set *set,
                                   const struct kustomize_config *config, const struct kustomize_vars *vars)
{
    struct kustomize_vars own = *vars;
    struct expander x = {b->a, &own};
    if (!vars->len)
        return NULL;
    for (size_t i = 0; i < vars->len; i++)
        TRY(resolve(b->a, set, &own.at[i]));
    for (size_t i = 0; i < set->len; i++)
        for (size_t j = 0; j < config->var_reference.len; j++)
            TRY(kustomize_spec_walk(b->a, &config->var_reference.at[j], set->at[i], DOC_NONE, expand_field,
                                    &x));
    for (size_t i = 0; i < vars->len; i++) {
        struct kustomize_at at = declared(b, &own.at[i]);
        if (!own.at[i].used)
            kustomize_warn(&at, own.at[i].line, "the var '%s' is used nowhere", own.at[i].name);
    }
    return NULL;
}
