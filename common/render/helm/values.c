/* render/helm/values - coalescing: a chart's defaults under what users gave, down through its children.
 *
 * The destination is a copy of our own; defaults are copied before they are mixed in, and what nobody looked
 * into is copied for nothing. Order of keys never matters: each step is decided per key. */
#include "render/helm/values.h"

#include "base/str.h"

enum { DEPTH_MAX = 1000 };

/* The dotted name of where we are, for warnings only. */
struct place {
    const struct place *up;
    struct span name;
};

struct coalesce {
    struct arena *a;
    struct doc *warnings;
    int depth;
    bool nulls_stay; /* those that are defaults */
};

static void print_place(struct str *out, const struct place *p)
{
    if (!p)
        return;
    print_place(out, p->up);
    if (out->len)
        str_char(out, '.');
    str_add_span(out, p->name);
}

static void warn(struct coalesce *c, const char *before, const struct place *p, const char *after,
                 const struct tmpl_value *v)
{
    CLEANUP(str_release) struct str text = {0}, name = {0};
    str_add(&text, before);
    print_place(&name, p);
    str_add_span(&text, str_span(&name));
    str_add(&text, after);
    if (v) {
        tmpl_print(&text, *v);
        str_char(&text, ')');
    }
    helm_log(c->a, c->warnings, "INFO", str_text(&text), NULL);
}

static bool is_table(struct tmpl_value v)
{
    return v.kind == TMPL_MAP && v.map;
}

static struct span key_of(const struct tmpl_entry *e)
{
    return (struct span){e->key, e->key_len};
}

/* The entries as they are now, so that the map may change meanwhile. */
static const struct tmpl_entry *snapshot(struct arena *a, const struct tmpl_map *m, size_t *n)
{
    const struct tmpl_entry *now = tmpl_map_sorted(m, n);
    return *n ? arena_dup(a, now, *n * sizeof(*now)) : now;
}

/* --- tables --- */

static void tables(struct coalesce *c, struct tmpl_map *dst, struct tmpl_map *src, const struct place *at,
                   bool merge)
{
    size_t n, dead = 0;
    if (dst == src || c->depth >= DEPTH_MAX)
        return;
    const struct tmpl_entry *own = snapshot(c->a, dst, &n);
    struct span *doomed = NULL;
    for (size_t i = 0; i < n; i++) {
        if (!tmpl_is_nothing(own[i].value))
            continue;
        bool is_default = !tmpl_is_nothing(tmpl_map_get(src, key_of(&own[i])));
        tmpl_map_set(src, key_of(&own[i]), tmpl_nil());
        if (merge || (!is_default && !c->nulls_stay))
            continue;
        if (!doomed)
            doomed = NEW_N(c->a, struct span, n);
        doomed[dead++] = key_of(&own[i]);
    }
    const struct tmpl_entry *from = snapshot(c->a, src, &n);
    for (size_t i = 0; i < n; i++) {
        struct tmpl_value val = from[i].value, old = tmpl_map_get(dst, key_of(&from[i]));
        struct place here = {at, key_of(&from[i])};
        if (old.kind == TMPL_NONE) {
            tmpl_map_set(dst, key_of(&from[i]), val);
        } else if (is_table(val) && is_table(old)) {
            c->depth++;
            tables(c, old.map, val.map, &here, merge);
            c->depth--;
        } else if (is_table(val)) {
            warn(c, "warning: cannot overwrite table with non table for ", &here, " (", &val);
        } else if (is_table(old) && !tmpl_is_nothing(val)) {
            warn(c, "warning: destination for ", &here, " is a table. Ignoring non-table value (", &val);
        }
    }
    for (size_t i = 0; i < dead; i++)
        tmpl_map_del(dst, doomed[i]);
}

void helm_values_tables(struct arena *a, struct tmpl_map *dst, struct tmpl_map *src, struct doc *warnings)
{
    struct coalesce c = {.a = a, .warnings = warnings};
    tables(&c, dst, src, NULL, true);
}

static void purge_nulls(struct coalesce *c, struct tmpl_map *m)
{
    size_t n;
    const struct tmpl_entry *e = snapshot(c->a, m, &n);
    for (size_t i = 0; i < n && c->depth < DEPTH_MAX; i++) {
        c->depth++;
        if (tmpl_is_nothing(e[i].value))
            tmpl_map_del(m, key_of(&e[i]));
        else if (is_table(e[i].value))
            purge_nulls(c, e[i].value.map);
        c->depth--;
    }
}

/* --- one chart --- */

static bool is_child(const struct helm_chart *c, struct span name)
{
    for (size_t i = 0; i < c->children_len; i++)
        if (span_is(name, c->children[i]->meta.name))
            return true;
    return false;
}

/* A default where the user gave nothing. */
static void take_default(struct coalesce *c, struct tmpl_map *v, const struct tmpl_entry *e, bool merge)
{
    bool drop = !merge && !c->nulls_stay;
    if (drop && tmpl_is_nothing(e->value))
        return;
    if (drop && is_table(e->value))
        purge_nulls(c, e->value.map);
    tmpl_map_set(v, key_of(e), e->value);
}

static void chart_values(struct coalesce *c, const struct helm_chart *chart, struct tmpl_map *v,
                         const struct place *up, bool merge)
{
    size_t n;
    struct place at = {up, span_of(chart->meta.name)};
    const struct tmpl_entry *e = tmpl_map_sorted(tmpl_map_deep(c->a, chart->values), &n);
    for (size_t i = 0; i < n; i++) {
        struct tmpl_value old = tmpl_map_get(v, key_of(&e[i])), val = e[i].value;
        struct place here = {&at, key_of(&e[i])};
        if (old.kind == TMPL_NONE) {
            take_default(c, v, &e[i], merge);
        } else if (tmpl_is_nothing(old) && !merge) {
            tmpl_map_del(v, key_of(&e[i]));
        } else if (is_table(old) && is_table(val)) {
            bool keep = merge || (!c->nulls_stay && is_child(chart, key_of(&e[i])));
            if (!keep && !c->nulls_stay)
                purge_nulls(c, val.map);
            tables(c, old.map, val.map, &here, keep);
        } else if (is_table(old) && !tmpl_is_nothing(val)) {
            warn(c, "warning: skipped value for ", &here, ": Not a table.", NULL);
        }
    }
}

/* --- globals --- */

/* *out = the table under `global`, a new one when absent; false when it is something else. */
static bool globals_of(struct coalesce *c, const struct tmpl_map *m, const char *which, struct tmpl_map **out)
{
    struct tmpl_value v = tmpl_map_get(m, span_of("global"));
    if (v.kind != TMPL_NONE && !is_table(v)) {
        helm_log(c->a, c->warnings, "INFO",
                 arena_printf(c->a, "warning: skipping globals because %s global is not a table.", which),
                 NULL);
        return false;
    }
    *out = v.kind == TMPL_NONE ? tmpl_map_new(c->a, &tmpl_type_map) : v.map;
    return true;
}

static void global_down(struct coalesce *c, struct tmpl_map *to, const struct tmpl_entry *e,
                        const struct place *at)
{
    struct tmpl_value old = tmpl_map_get(to, key_of(e));
    struct place here = {at, key_of(e)};
    if (!is_table(e->value)) {
        if (is_table(old))
            warn(c, "key ", &(struct place){NULL, key_of(e)}, " is table. Skipping", NULL);
        else
            tmpl_map_set(to, key_of(e), e->value);
        return;
    }
    struct tmpl_map *own = tmpl_map_copy(c->a, e->value.map, &tmpl_type_map);
    if (old.kind != TMPL_NONE && !is_table(old)) {
        warn(c, "Conflict: cannot merge map onto non-map for \"", &(struct place){NULL, key_of(e)},
             "\". Skipping.", NULL);
        return;
    }
    if (is_table(old))
        tables(c, own, old.map, &here, true);
    tmpl_map_set(to, key_of(e), tmpl_map_value(own));
}

static void globals(struct coalesce *c, struct tmpl_map *dest, const struct tmpl_map *src,
                    const struct place *at)
{
    struct tmpl_map *to, *from;
    size_t n;
    if (!globals_of(c, dest, "destination", &to) || !globals_of(c, src, "source", &from))
        return;
    const struct tmpl_entry *e = snapshot(c->a, from, &n);
    for (size_t i = 0; i < n; i++)
        global_down(c, to, &e[i], at);
    tmpl_map_set(dest, span_of("global"), tmpl_map_value(to));
}

/* --- a chart and its children --- */

static struct err *coalesce(struct coalesce *c, const struct helm_chart *chart, struct tmpl_map *dest,
                            const struct place *up, bool merge);

static struct err *type_mismatch(const char *name, struct tmpl_value v)
{
    CLEANUP(str_release) struct str text = {0};
    struct tmpl_value args[] = {tmpl_str(name), v};
    tmpl_sprintf(&text, span_of("type mismatch on %s: %t"), args, 2);
    return err_new(ERR_INVALID, "%s", str_text(&text));
}

static struct err *child_values(struct coalesce *c, const struct helm_chart *child, struct tmpl_map *dest,
                                const struct place *at, bool merge)
{
    struct tmpl_value v = tmpl_map_get(dest, span_of(child->meta.name));
    if (v.kind == TMPL_NONE) {
        v = tmpl_map_value(tmpl_map_new(c->a, &tmpl_type_map));
        tmpl_map_set(dest, span_of(child->meta.name), v);
    }
    if (!is_table(v))
        return type_mismatch(child->meta.name, v);
    globals(c, v.map, dest, at);
    return coalesce(c, child, v.map, at, merge);
}

static struct err *coalesce(struct coalesce *c, const struct helm_chart *chart, struct tmpl_map *dest,
                            const struct place *up, bool merge)
{
    struct place at = {up, span_of(chart->meta.name)};
    chart_values(c, chart, dest, up, merge);
    for (size_t i = 0; i < chart->children_len; i++)
        TRY(child_values(c, chart->children[i], dest, &at, merge));
    return arena_check(c->a);
}

struct err *helm_values_coalesce(struct arena *a, const struct helm_chart *chart, const struct tmpl_map *user,
                                 int how, struct doc *warnings, struct tmpl_map **out)
{
    struct coalesce c = {.a = a, .warnings = warnings, .nulls_stay = how & HELM_NULLS_STAY};
    *out = user ? tmpl_map_deep(a, user) : tmpl_map_new(a, &tmpl_type_map);
    return coalesce(&c, chart, *out, NULL, how & HELM_MERGE);
}

/* --- paths --- */

struct tmpl_map *helm_values_table(const struct tmpl_map *m, struct span path, struct span *missing)
{
    struct span name;
    while (m && span_cut(&path, '.', &name)) {
        struct tmpl_value v = tmpl_map_get(m, name);
        m = is_table(v) ? v.map : NULL;
        if (!m && missing)
            *missing = name;
    }
    return (struct tmpl_map *)m;
}

bool helm_values_at(const struct tmpl_map *m, struct span path, struct tmpl_value *out)
{
    const char *dot = path.len ? memrchr(path.at, '.', path.len) : NULL;
    struct span last = path;
    if (dot) {
        last = (struct span){dot + 1, path.len - (size_t)(dot + 1 - path.at)};
        m = helm_values_table(m, (struct span){path.at, (size_t)(dot - path.at)}, NULL);
    }
    *out = m ? tmpl_map_get(m, last) : TMPL_NOTHING;
    return out->kind != TMPL_NONE && !is_table(*out);
}
