/* render/helm/engine - all templates of a chart and its children in one set, then each run with its chart's
 * context.
 *
 * Deep files are compiled first and the root's last, so that the root's definitions win; files run in the
 * same order, and what one `set`s the next one sees (specs/helm.md §2.1). */
#include "render/helm/engine.h"
#include "render/helm/explain.h"
#include "render/helm/values.h"

#include "base/map.h"
#include "base/str.h"
#include "base/vec.h"
#include "tmpl/sprig.h"

#include <stdlib.h>

enum { INCLUDES_MAX = 1000, TEXT_WORTH_KEEPING = 1024 };
#define NO_VALUE "<no value>"

/* The host of a run's functions. */
struct run {
    const struct helm_engine *e;
    struct map *includes; /* how often each name is open now: unsigned in the arena */
};

struct item {
    struct span name; /* of the template */
    const char *base; /* of its chart's templates */
    struct tmpl_map *context;
    struct span text;
    struct tmpl *tmpl;
    size_t slashes, order;
};
struct items {
    struct item *at;
    size_t len, cap;
};

/* --- functions --- */

/* By its first character, which is rare: most texts are searched at the speed of memchr. */
static const char *find_no_value(struct span s)
{
    const char *at = s.at, *end = s.at + s.len;
    while (at < end && (at = memchr(at, NO_VALUE[0], (size_t)(end - at)))) {
        if ((size_t)(end - at) >= strlen(NO_VALUE) && memcmp(at, NO_VALUE, strlen(NO_VALUE)) == 0)
            return at;
        at++;
    }
    return NULL;
}

/* Go prints nothing as "<no value>"; Helm takes that text out again, wherever it came from. */
static struct span without_no_value(struct arena *a, struct span s)
{
    const char *hit = find_no_value(s);
    if (!hit)
        return s;
    char *out = arena_raw(a, s.len + 1);
    size_t n = 0;
    for (; hit; hit = find_no_value(s)) {
        size_t before = (size_t)(hit - s.at);
        memcpy(out + n, s.at, before);
        n += before;
        s.at += before + strlen(NO_VALUE);
        s.len -= before + strlen(NO_VALUE);
    }
    memcpy(out + n, s.at, s.len);
    out[n + s.len] = 0;
    return (struct span){out, n + s.len};
}

TMPL_FN(include)
{
    struct run *r = x->env->host;
    struct span name = tmpl_span_of(args[0]);
    unsigned *open = map_get_span(r->includes, name);
    if (!open) {
        open = NEW(x->arena, unsigned);
        map_set(r->includes, arena_strndup(x->arena, name.at ? name.at : "", name.len), open);
    } else if (*open > INCLUDES_MAX) {
        return err_new(ERR_INVALID,
                       "rendering template has a nested reference name: %.*s: unable to execute template",
                       (int)name.len, name.at);
    }
    ++*open;
    struct err *e = tmpl_capture(x, x->set, name, args[1], out);
    --*open;
    return e;
}

static struct err *about_text(struct err *e, const char *what, struct span text)
{
    CLEANUP(str_release) struct str quoted = {.limit = 1 << 16};
    if (!e)
        return NULL;
    tmpl_quote(&quoted, text);
    return err_wrap(e, "%s %s", what, str_text(&quoted));
}

TMPL_FN(tpl)
{
    struct run *r = x->env->host;
    struct span text = tmpl_span_of(args[0]);
    struct tmpl *t;
    if (!text.len || !memmem(text.at, text.len, "{{", 2)) {
        *out = tmpl_span(without_no_value(x->arena, text));
        return NULL;
    }
    struct err *e = helm_cache_template(r->e->cache, r->e->arena, r->e->version, span_of("gotpl"), text, &t);
    if (e)
        return about_text(e, "cannot parse template", text);
    struct tmpl_set *own = tmpl_set_new(x->set);
    tmpl_set_add(own, t);
    e = tmpl_capture_main(x, own, t, args[1], out);
    tmpl_set_free(own);
    if (e)
        return about_text(e, "error during tpl function execution for", text);
    *out = tmpl_span(without_no_value(x->arena, tmpl_span_of(*out)));
    return NULL;
}

/* Between the marks that helm_trace looks for. */
static struct err *marked(struct span text)
{
    return err_new(ERR_INVALID, "HELM_ERR_START%.*sHELM_ERR_END", (int)text.len, text.at);
}

TMPL_FN(required)
{
    if (tmpl_is_nothing(args[1]) || (args[1].kind == TMPL_STR && args[1].len == 0))
        return marked(tmpl_span_of(args[0]));
    *out = args[1];
    return NULL;
}

TMPL_FN(fail)
{
    return marked(tmpl_span_of(args[0]));
}

TMPL_FN(lookup)
{
    struct run *r = x->env->host;
    const struct doc *found = NULL;
    const char *question[4];
    for (size_t i = 0; i < 4; i++)
        question[i] = arena_strndup(x->arena, tmpl_span_of(args[i]).at, args[i].len);
    if (r->e->lookup)
        TRY(r->e->lookup->get(r->e->lookup->arg, question, x->arena, &found));
    *out = doc_is(found, DOC_MAP) ? tmpl_from_doc(x->arena, found, TMPL_NUMBERS_INT64)
                                  : tmpl_map_value(tmpl_map_new(x->arena, &tmpl_type_map));
    return NULL;
}

/* As the codec does, but a large text is parsed once for all renders. */
TMPL_FN(from_yaml)
{
    struct run *r = x->env->host;
    struct span text = tmpl_span_of(args[0]);
    if (text.len >= TEXT_WORTH_KEEPING) {
        TRY(tmpl_reserve(x, text.len * 4));
        const struct doc *d = helm_cache_yaml(r->e->cache, x->arena, text);
        if (d) {
            *out = tmpl_from_doc(x->arena, d, TMPL_NUMBERS_FLOAT);
            return NULL;
        }
    }
    for (size_t i = 0; i < tmpl_helm_codecs.len; i++)
        if (streq(tmpl_helm_codecs.rows[i].name, "fromYaml"))
            return tmpl_helm_codecs.rows[i].fn(x, args, n, out);
    return NULL;
}

TMPL_FN(no_host)
{
    *out = tmpl_str("");
    return NULL;
}

static const struct tmpl_func rows[] = {
    {"include", "sa", include},   {"tpl", "sa", tpl},         {"required", "sa", required},
    {"fail", "s", fail},          {"lookup", "ssss", lookup}, {"getHostByName", "s", no_host},
    {"fromYaml", "s", from_yaml},
};

void helm_funcs_add(struct tmpl_funcs *t, enum helm_version version)
{
    tmpl_sprig_add(t);
    tmpl_funcs_add(t, tmpl_helm_codecs.rows, tmpl_helm_codecs.len);
    tmpl_funcs_add(t, rows, ARRAY_LEN(rows));
    tmpl_funcs_del(t, "env");
    tmpl_funcs_del(t, "expandenv");
    if (version == HELM_3) {
        tmpl_funcs_del(t, "mustToYaml");
        tmpl_funcs_del(t, "mustToToml");
    }
}

/* --- contexts --- */

static void watch_field(void *host, const struct tmpl_map *m, struct span key, struct tmpl_value v)
{
    const struct run *r = host;
    helm_watch_read(r->e->watch, m, key, v);
}

static void set(struct tmpl_map *m, const char *key, struct tmpl_value v)
{
    tmpl_map_set(m, span_of(key), v);
}

static void push(struct arena *a, struct items *list, const struct item *item)
{
    if (list->len == list->cap) {
        list->cap = MAX(list->cap * 2, (size_t)32);
        struct item *grown = arena_raw(a, list->cap * sizeof(*grown));
        if (list->len)
            memcpy(grown, list->at, list->len * sizeof(*grown));
        list->at = grown;
    }
    list->at[list->len] = *item;
    list->at[list->len].order = list->len;
    list->len++;
}

static void add_templates(struct arena *a, const struct helm_chart *c, struct tmpl_map *context,
                          struct items *out)
{
    const char *path = helm_chart_path(a, c), *base = arena_printf(a, "%s/templates", path);
    for (size_t i = 0; i < c->templates.len; i++) {
        const struct helm_file *f = &c->templates.at[i];
        const char *name = arena_printf(a, "%s/%s", path, f->name);
        if (helm_is_library(c) && strrchr(name, '/')[1] != '_')
            continue;
        struct item item = {span_of(name), base, context, f->data, NULL, 0, 0};
        for (const char *p = name; *p; p++)
            item.slashes += *p == '/';
        push(a, out, &item);
    }
}

/* The context of a chart and, below it, of its children; their templates are added. */
static struct tmpl_map *add_chart(const struct helm_engine *e, const struct helm_chart *c,
                                  const struct tmpl_map *shared, struct tmpl_map *values, struct items *out)
{
    struct arena *a = e->arena;
    struct tmpl_value own_values =
        helm_values_value(a, values ? values : tmpl_map_new(a, &tmpl_type_map), e->version);
    struct tmpl_map *context = tmpl_map_copy(a, shared, NULL);
    struct tmpl_map *children = tmpl_map_new(a, &tmpl_type_map);
    set(context, "Chart", helm_chart_value(a, c, e->version));
    set(context, "Files", helm_files_value(a, &c->files));
    set(context, "Values", own_values);
    if (e->watch)
        helm_watch_chart(e->watch, c, values, own_values.map);
    set(context, "Subcharts", tmpl_map_value(children));
    for (size_t i = 0; i < c->children_len; i++) {
        const char *name = c->children[i]->meta.name;
        struct tmpl_map *own = values ? helm_values_table(values, span_of(name), NULL) : NULL;
        set(children, name, tmpl_map_value(add_chart(e, c->children[i], shared, own, out)));
    }
    add_templates(a, c, context, out);
    return context;
}

static struct err *shared_context(const struct helm_engine *e, struct tmpl_map **out)
{
    struct arena *a = e->arena;
    struct tmpl_map *release = tmpl_map_new(a, &tmpl_type_map);
    struct helm_kube_version kube;
    TRYF(helm_kube_version_parse(a, e->capabilities.kube_version, &kube), "invalid kube version '%s'",
         e->capabilities.kube_version);
    if (e->version == HELM_3)
        kube.normal = kube.version;
    set(release, "Name", tmpl_str(e->release.name));
    set(release, "Namespace", tmpl_str(e->release.namespace));
    set(release, "IsUpgrade", tmpl_bool(e->release.is_upgrade));
    set(release, "IsInstall", tmpl_bool(!e->release.is_upgrade));
    set(release, "Revision", tmpl_int(1));
    set(release, "Service", tmpl_str("Helm"));
    *out = tmpl_map_new(a, &tmpl_type_map);
    set(*out, "Release", tmpl_map_value(release));
    set(*out, "Capabilities", helm_capabilities_value(a, &kube, &e->capabilities.versions));
    return NULL;
}

/* --- the run --- */

/* Descending by depth and then by name; of one name the one added later comes first. */
static int by_depth(const void *x, const void *y)
{
    const struct item *a = x, *b = y;
    if (a->slashes != b->slashes)
        return a->slashes < b->slashes ? 1 : -1;
    int c = strcmp(b->name.at, a->name.at);
    return c ? c : (a->order < b->order) - (a->order > b->order);
}

static int by_name(const void *x, const void *y)
{
    return strcmp(((const struct helm_file *)x)->name, ((const struct helm_file *)y)->name);
}

/* Sorts, and keeps the last of each name. */
static void arrange(struct items *list)
{
    size_t n = 0;
    if (list->len)
        qsort(list->at, list->len, sizeof(*list->at), by_depth);
    for (size_t i = 0; i < list->len; i++)
        if (n == 0 || !span_eq(list->at[n - 1].name, list->at[i].name))
            list->at[n++] = list->at[i];
    list->len = n;
}

static struct err *compile(const struct helm_engine *e, struct items *list, struct tmpl_set *set_)
{
    for (size_t i = 0; i < list->len; i++) {
        struct item *item = &list->at[i];
        struct err *bad =
            helm_cache_template(e->cache, e->arena, e->version, item->name, item->text, &item->tmpl);
        if (bad)
            return helm_parse_trace(bad, item->name.at);
        tmpl_set_add(set_, item->tmpl);
    }
    return e->call ? call_check(e->call) : NULL;
}

static struct err *run_item(const struct tmpl_env *env, struct item *item, struct span *out)
{
    CLEANUP(str_release) struct str text = {0};
    if (tmpl_is_plain(item->tmpl, out)) {
        *out = without_no_value(env->arena, *out);
        return NULL;
    }
    struct tmpl_map *names = tmpl_map_new(env->arena, &tmpl_type_map);
    set(names, "Name", tmpl_span(item->name));
    set(names, "BasePath", tmpl_str(item->base));
    const struct run *r = env->host;
    set(item->context, "Template", helm_values_value(env->arena, names, r->e->version));
    if (r->e->watch)
        helm_watch_file(r->e->watch, item->name.at);
    struct err *e = tmpl_run(env, item->name, tmpl_map_value(item->context), &text);
    if (e)
        return helm_trace(e, r->e->version);
    *out = without_no_value(env->arena,
                            (struct span){arena_strndup(env->arena, str_text(&text), text.len), text.len});
    return NULL;
}

static bool is_partial(struct span name)
{
    const char *slash = memrchr(name.at, '/', name.len);
    return slash[1] == '_';
}

static struct err *run_all(struct tmpl_env *env, struct items *list, struct helm_files *out)
{
    size_t memory = env->limits.memory, start = arena_used(env->arena);
    for (size_t i = 0; i < list->len; i++) {
        struct span text;
        size_t used = arena_used(env->arena) - start;
        if (is_partial(list->at[i].name))
            continue;
        if (memory)
            env->limits.memory = used < memory ? memory - used : 1;
        TRY(run_item(env, &list->at[i], &text));
        helm_files_push(env->arena, out, (struct helm_file){list->at[i].name.at, text});
    }
    if (out->len)
        qsort(out->at, out->len, sizeof(*out->at), by_name);
    return NULL;
}

struct err *helm_engine_run(const struct helm_engine *e, const struct helm_chart *c, struct helm_files *out)
{
    struct items list = {0};
    struct tmpl_map *shared = NULL;
    *out = (struct helm_files){0};
    TRY(shared_context(e, &shared));
    add_chart(e, c, shared, e->values, &list);
    arrange(&list);
    CLEANUP(tmpl_set_freep) struct tmpl_set *names = tmpl_set_new(NULL);
    TRY(compile(e, &list, names));
    CLEANUP(map_freep) struct map *includes = map_new(NULL);
    struct run run = {e, includes};
    struct tmpl_env env = {
        .arena = e->arena,
        .set = names,
        .call = e->call,
        .limits = e->limits,
        .missing = TMPL_MISSING_ZERO,
        .rand = e->rand,
        .stable = e->stable,
        .clock = e->clock,
        .host = &run,
        .watch = e->watch ? watch_field : NULL,
    };
    return run_all(&env, &list, out);
}
