/* render/helm/deps - dependencies in two passes over the tree of charts: who is there, top down, and what
 * they export, bottom up.
 *
 * A chart that is declared is copied before it is renamed, so that two aliases of one do not disturb each
 * other. */
#include "render/helm/deps.h"

#include "base/str.h"
#include "render/helm/values.h"
#include "text/semver.h"

struct process {
    struct arena *a;
    struct doc *warnings;
    int nulls; /* 0 or HELM_NULLS_STAY */
};

bool helm_version_fits(struct arena *a, const char *constraint, const char *version)
{
    struct semver v;
    struct semver_constraint *c = NULL;
    struct err *e = semver_parse(span_of(version), &v);
    if (!e)
        e = semver_constraint_parse(a, span_of(constraint), &c);
    bool fits = !e && semver_satisfies(c, &v);
    err_free(e);
    return fits;
}

static bool is_meant(struct arena *a, const struct helm_dependency *d, const struct helm_chart *c)
{
    return streq(c->meta.name, d->name) && helm_version_fits(a, d->version, c->meta.version);
}

/* --- missing ones --- */

static bool has_child(const struct helm_chart *c, const char *name)
{
    for (size_t i = 0; i < c->children_len; i++)
        if (streq(c->children[i]->meta.name, name))
            return true;
    return false;
}

struct err *helm_deps_check(const struct helm_chart *c)
{
    CLEANUP(str_release) struct str missing = {0};
    for (size_t i = 0; i < c->meta.deps_len; i++)
        if (!has_child(c, c->meta.deps[i].name))
            str_printf(&missing, "%s%s", missing.len ? ", " : "", c->meta.deps[i].name);
    if (!missing.len)
        return NULL;
    return err_reason(ERR_PRECONDITION, "MissingDependencies",
                      "an error occurred while checking for chart dependencies. You may need to run 'helm "
                      "dependency build' to fetch missing dependencies: found in Chart.yaml, but missing in "
                      "charts/ directory: %s",
                      str_text(&missing));
}

static bool can_load(const struct helm_sources *from, const struct helm_dependency *d)
{
    return starts_with(d->repository, "file://") || (*d->repository && from->ops);
}

static struct err *load_missing(struct helm_loader *l, const struct helm_sources *from,
                                const struct helm_dependency *d, struct helm_chart **out)
{
    struct span bytes;
    if (starts_with(d->repository, "file://")) {
        const char *path = d->repository + strlen("file://");
        if (!from->tree || !tree_join(l->arena, from->path, path, &path))
            return err_reason(ERR_DENIED, "OutOfBounds", "%s leads out of the source", d->repository);
        TRYF(helm_load(l, from->tree, path, out), "directory %s", path);
        if (!helm_version_fits(l->arena, d->version, (*out)->meta.version))
            return err_new(ERR_INVALID,
                           "can't get a valid version for dependency %s: %s has version %s, not %s", d->name,
                           d->repository, (*out)->meta.version, d->version);
        return NULL;
    }
    TRY(from->ops->fetch(from->arg, d, l->arena, &bytes));
    return helm_load_archive(l, bytes, out);
}

struct err *helm_deps_build(struct helm_loader *l, const struct helm_sources *from, struct helm_chart *c)
{
    for (size_t i = 0; i < c->meta.deps_len; i++) {
        const struct helm_dependency *d = &c->meta.deps[i];
        struct helm_chart *child = NULL;
        if (has_child(c, d->name) || !can_load(from, d))
            continue;
        TRYF(load_missing(l, from, d, &child), "dependency %s of %s", d->name, c->meta.name);
        struct helm_chart **grown = NEW_N(l->arena, struct helm_chart *, c->children_len + 1);
        if (c->children_len)
            memcpy(grown, c->children, c->children_len * sizeof(struct helm_chart *));
        child->parent = c;
        grown[c->children_len++] = child;
        c->children = grown;
    }
    return NULL;
}

/* --- enabled or not --- */

static void add_child(struct helm_chart *c, struct helm_chart **children, size_t *n, struct helm_chart *child)
{
    child->parent = c;
    children[(*n)++] = child;
}

/* A copy whose name, dependencies and children can be changed. */
static struct helm_chart *copy_chart(struct arena *a, const struct helm_chart *c)
{
    struct helm_chart *own = arena_dup(a, c, sizeof(*c));
    if (c->meta.deps_len)
        own->meta.deps = arena_dup(a, c->meta.deps, c->meta.deps_len * sizeof(*c->meta.deps));
    own->children = NEW_N(a, struct helm_chart *, c->children_len + 1);
    for (size_t i = 0; i < c->children_len; i++) {
        own->children[i] = copy_chart(a, c->children[i]);
        own->children[i]->parent = own;
    }
    return own;
}

static bool is_declared(struct arena *a, const struct helm_chart *c, const struct helm_chart *child)
{
    for (size_t i = 0; i < c->meta.deps_len; i++)
        if (is_meant(a, &c->meta.deps[i], child))
            return true;
    return false;
}

static const struct helm_chart *find_meant(struct arena *a, const struct helm_chart *c,
                                           const struct helm_dependency *d)
{
    for (size_t i = 0; i < c->children_len; i++)
        if (is_meant(a, d, c->children[i]))
            return c->children[i];
    return NULL;
}

/* Undeclared children first, then one for each declaration, under its alias. */
static void arrange(struct arena *a, struct helm_chart *c)
{
    struct helm_chart **children = NEW_N(a, struct helm_chart *, c->children_len + c->meta.deps_len + 1);
    size_t n = 0;
    for (size_t i = 0; i < c->children_len; i++)
        if (!is_declared(a, c, c->children[i]))
            add_child(c, children, &n, c->children[i]);
    for (size_t i = 0; i < c->meta.deps_len; i++) {
        struct helm_dependency *d = &c->meta.deps[i];
        const struct helm_chart *found = find_meant(a, c, d);
        if (found) {
            struct helm_chart *own = copy_chart(a, found);
            if (*d->alias)
                own->meta.name = d->alias;
            add_child(c, children, &n, own);
        }
    }
    for (size_t i = 0; i < c->meta.deps_len; i++) {
        struct helm_dependency *d = &c->meta.deps[i];
        d->name = *d->alias ? d->alias : d->name;
        d->enabled = true;
    }
    c->children = children;
    c->children_len = n;
}

static void decide_by_tags(struct process *p, struct helm_dependency *d, const struct tmpl_map *tags)
{
    bool any_true = false, any_false = false;
    for (size_t i = 0; i < d->tags.len; i++) {
        struct tmpl_value v = tmpl_map_get(tags, span_of(d->tags.at[i]));
        if (v.kind == TMPL_BOOL) {
            any_true |= v.truth;
            any_false |= !v.truth;
        } else if (v.kind != TMPL_NONE) {
            helm_log(p->a, p->warnings, "WARN", "returned non-bool value",
                     (const char *const[]){"tag", d->tags.at[i], "chart", d->name, NULL});
        }
    }
    d->enabled = any_true || !any_false;
}

static void decide_by_condition(struct process *p, struct helm_dependency *d, const struct tmpl_map *values,
                                const char *prefix)
{
    struct span all = span_trim(span_of(d->condition)), one;
    while (span_cut(&all, ',', &one)) {
        struct tmpl_value v;
        const char *path = arena_printf(p->a, "%s%.*s", prefix, (int)one.len, one.at);
        if (!one.len || !helm_values_at(values, span_of(path), &v))
            continue;
        if (v.kind == TMPL_BOOL) {
            d->enabled = v.truth;
            return;
        }
        helm_log(p->a, p->warnings, "WARN", "returned non-bool value",
                 (const char *const[]){"path", arena_strndup(p->a, one.at, one.len), "chart", d->name, NULL});
    }
}

static bool is_disabled(const struct helm_metadata *m, const char *name)
{
    for (size_t i = 0; i < m->deps_len; i++)
        if (!m->deps[i].enabled && streq(m->deps[i].name, name))
            return true;
    return false;
}

static void remove_disabled(struct helm_chart *c)
{
    size_t n = 0;
    for (size_t i = 0; i < c->children_len; i++)
        if (!is_disabled(&c->meta, c->children[i]->meta.name))
            c->children[n++] = c->children[i];
    c->children_len = n;
    n = 0;
    for (size_t i = 0; i < c->meta.deps_len; i++)
        if (c->meta.deps[i].enabled)
            c->meta.deps[n++] = c->meta.deps[i];
    c->meta.deps_len = n;
    c->meta.deps_given = n > 0;
}

static struct err *process_enabled(struct process *p, struct helm_chart *c, const struct tmpl_map *user,
                                   const char *prefix)
{
    struct tmpl_map *values;
    if (!c->meta.deps_given)
        return NULL;
    arrange(p->a, c);
    TRY(helm_values_coalesce(p->a, c, user, p->nulls, p->warnings, &values));
    const struct tmpl_map *tags = helm_values_table(values, span_of("tags"), NULL);
    for (size_t i = 0; i < c->meta.deps_len; i++) {
        if (tags)
            decide_by_tags(p, &c->meta.deps[i], tags);
        decide_by_condition(p, &c->meta.deps[i], values, prefix);
    }
    remove_disabled(c);
    for (size_t i = 0; i < c->children_len; i++)
        TRY(process_enabled(p, c->children[i], values,
                            arena_printf(p->a, "%s%s.", prefix, c->children[i]->meta.name)));
    return NULL;
}

/* --- imported values --- */

static const char *text_of(struct arena *a, const struct doc *d)
{
    if (doc_is(d, DOC_STR))
        return doc_str(d, "");
    CLEANUP(str_release) struct str s = {0};
    tmpl_print(&s, tmpl_from_doc(a, d, TMPL_NUMBERS_FLOAT));
    return arena_strdup(a, str_text(&s));
}

/* The table inside the maps that the path names, innermost last. */
static struct tmpl_map *wrap(struct arena *a, const char *path, struct tmpl_map *table)
{
    struct span rest = span_of(path);
    if (streq(path, "."))
        return table;
    for (;;) {
        const char *dot = rest.len ? memrchr(rest.at, '.', rest.len) : NULL;
        struct span name = rest;
        if (dot)
            name = (struct span){dot + 1, rest.len - (size_t)(dot + 1 - rest.at)};
        struct tmpl_map *outer = tmpl_map_new(a, &tmpl_type_map);
        tmpl_map_set(outer, name, tmpl_map_value(table));
        table = outer;
        if (!dot)
            return table;
        rest.len = (size_t)(dot - rest.at);
    }
}

/* One import; *as is how .Chart.Dependencies shows it then. */
static void import_one(struct process *p, const struct helm_dependency *d, const struct doc *what,
                       const struct tmpl_map *values, struct tmpl_map *imported, struct doc *as)
{
    const char *child, *parent = ".", *message = "ImportValues missing table";
    struct span missing = {NULL, 0};
    if (doc_is(what, DOC_STR)) {
        child = arena_printf(p->a, "exports.%s", doc_str(what, ""));
    } else if (doc_is(what, DOC_MAP)) {
        child = text_of(p->a, doc_get(what, "child"));
        parent = text_of(p->a, doc_get(what, "parent"));
        message = "ImportValues missing table from chart";
    } else {
        return;
    }
    struct doc *pair = doc_push(p->a, as, doc_new_map(p->a));
    doc_set_str(p->a, pair, "child", child);
    doc_set_str(p->a, pair, "parent", parent);
    const char *path = arena_printf(p->a, "%s.%s", d->name, child);
    struct tmpl_map *table = helm_values_table(values, span_of(path), &missing);
    if (table) {
        helm_values_tables(p->a, imported, wrap(p->a, parent, table), p->warnings);
        return;
    }
    const char *cause = arena_printf(p->a, "\"%.*s\" is not a table", (int)missing.len, missing.at);
    const char *const with_chart[] = {"chart", d->name, "error", cause, NULL};
    helm_log(p->a, p->warnings, "WARN", message, doc_is(what, DOC_MAP) ? with_chart : with_chart + 2);
}

static struct err *process_imports(struct process *p, struct helm_chart *c)
{
    struct tmpl_map *values, *imported = tmpl_map_new(p->a, &tmpl_type_map);
    for (size_t i = 0; i < c->children_len; i++)
        TRY(process_imports(p, c->children[i]));
    if (!c->meta.deps_given)
        return NULL;
    TRY(helm_values_coalesce(p->a, c, NULL, HELM_MERGE | p->nulls, p->warnings, &values));
    for (size_t i = 0; i < c->meta.deps_len; i++) {
        struct doc *as = doc_new_list(p->a);
        doc_each (it, c->meta.deps[i].import_values)
            import_one(p, &c->meta.deps[i], it.val, values, imported, as);
        c->meta.deps[i].import_values = as;
    }
    c->values = tmpl_map_deep(p->a, values);
    helm_values_tables(p->a, c->values, imported, p->warnings);
    return NULL;
}

struct err *helm_deps_process(struct arena *a, struct helm_chart *c, const struct tmpl_map *user,
                              enum helm_version version, struct doc *warnings)
{
    struct process p = {a, warnings, version == HELM_3 ? HELM_NULLS_STAY : 0};
    struct err *e = process_enabled(&p, c, user, "");
    if (!e)
        e = process_imports(&p, c);
    return err_wrap(e, "chart dependencies processing failed");
}
