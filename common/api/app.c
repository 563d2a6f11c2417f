/* api/app - parsing an Application. Nothing here fails: what is absent or of a wrong kind reads as empty, and what that
 * breaks is said by the functions named ..._problem. */
#include "api/app.h"

#include "api/project.h"
#include "api/repository.h"
#include "base/duration.h"

enum { RETRY_DURATION_MS = 5000, RETRY_FACTOR = 2, RETRY_MAX_MS = 3 * 60 * 1000 };

static const char *text(const struct doc *map, const char *key)
{
    return doc_str(doc_get(map, key), "");
}

static struct api_source source_parse(const struct doc *d)
{
    return (struct api_source){
        .doc = d,
        .repo_url = text(d, "repoURL"),
        .path = text(d, "path"),
        .target_revision = text(d, "targetRevision"),
        .chart = text(d, "chart"),
        .ref = text(d, "ref"),
    };
}

static void sources_parse(struct arena *a, const struct doc *spec, struct api_app *app)
{
    const struct doc *list = doc_get(spec, "sources"), *one = doc_get(spec, "source");
    app->multi = doc_len(list) > 0;
    if (!app->multi && !doc_is(one, DOC_MAP))
        return;
    app->n_sources = app->multi ? doc_len(list) : 1;
    app->sources = NEW_N(a, struct api_source, app->n_sources);
    for (size_t i = 0; i < app->n_sources; i++)
        app->sources[i] = source_parse(app->multi ? doc_at(list, i) : one);
}

/* A Go duration, or a plain integer as seconds. */
static int64_t backoff_ms(const struct doc *d, int64_t dflt)
{
    const char *s = doc_str(d, "");
    int64_t seconds = 0, ms = 0;
    if (!*s)
        return dflt;
    if (span_int(span_of(s), &seconds))
        return seconds * 1000;
    return duration_parse_ms(span_of(s), &ms) ? ms : dflt;
}

struct api_retry api_retry_parse(const struct doc *retry)
{
    const struct doc *backoff = doc_get(retry, "backoff");
    return (struct api_retry){
        .set = doc_is(retry, DOC_MAP),
        .limit = doc_int(doc_get(retry, "limit"), 0),
        .duration_ms = backoff_ms(doc_get(backoff, "duration"), RETRY_DURATION_MS),
        .max_ms = backoff_ms(doc_get(backoff, "maxDuration"), RETRY_MAX_MS),
        .factor = doc_int(doc_get(backoff, "factor"), RETRY_FACTOR),
        .refresh = doc_bool(doc_get(retry, "refresh"), false),
    };
}

int64_t api_retry_delay_ms(const struct api_retry *r, int64_t n)
{
    int64_t delay = r->duration_ms, cap = r->max_ms > 0 ? r->max_ms : INT64_MAX;
    for (; n > 0 && delay < cap; n--)
        if (__builtin_mul_overflow(delay, r->factor, &delay))
            return cap;
    return MIN(delay, cap);
}

struct api_app *api_app_parse(struct arena *a, const struct doc *obj, const char *control_ns)
{
    struct api_app *app = NEW(a, struct api_app);
    const struct doc *spec = doc_get(obj, "spec"), *dest = doc_get(spec, "destination");
    const struct doc *policy = doc_get(spec, "syncPolicy"), *automated = doc_get(policy, "automated");
    app->doc = obj;
    app->ns = api_namespace(obj);
    app->name = api_name(obj);
    app->uid = api_uid(obj);
    app->project = *text(spec, "project") ? text(spec, "project") : "default";
    app->instance = streq(app->ns, control_ns) ? app->name : arena_printf(a, "%s_%s", app->ns, app->name);
    app->dest = (struct api_destination){text(dest, "server"), text(dest, "name"), text(dest, "namespace")};
    sources_parse(a, spec, app);
    app->policy = (struct api_sync_policy){
        .automated = doc_is(automated, DOC_MAP) && doc_bool(doc_get(automated, "enabled"), true),
        .prune = doc_bool(doc_get(automated, "prune"), false),
        .self_heal = doc_bool(doc_get(automated, "selfHeal"), false),
        .allow_empty = doc_bool(doc_get(automated, "allowEmpty"), false),
        .options = doc_get(policy, "syncOptions"),
        .retry = api_retry_parse(doc_get(policy, "retry")),
    };
    app->status = doc_get(obj, "status");
    app->deleting = api_deleting(obj);
    return app;
}

bool api_source_only_lends(const struct api_source *s)
{
    return *s->ref && !*s->path && !*s->chart;
}

bool api_source_is_git(const struct api_source *s)
{
    return !*s->chart && !api_url_is_oci(s->repo_url);
}

bool api_options_have(const struct doc *options, const char *option)
{
    doc_each(it, options)
        if (doc_str_is(it.val, option))
            return true;
    return false;
}

enum api_refresh api_app_refresh(const struct doc *app)
{
    const char *value = api_annotation(app, API_ANNOTATION_REFRESH);
    if (!value)
        return API_REFRESH_NONE;
    return streq(value, "hard") ? API_REFRESH_HARD : API_REFRESH_NORMAL;
}

static const char *source_problem(struct arena *a, const struct api_app *app, const struct api_source *s)
{
    bool says_what = *s->path || *s->chart || (app->multi && *s->ref);
    if ((!*s->repo_url || !says_what) && app->multi)
        return arena_printf(a, "spec.source.repoURL %s and either spec.source.path, spec.source.chart, or "
                               "spec.source.ref are required",
                            s->repo_url);
    if (!*s->repo_url || !says_what)
        return "spec.source.repoURL and either spec.source.path or spec.source.chart are required";
    if (*s->chart && !*s->target_revision)
        return "spec.source.targetRevision is required if the manifest source is a helm chart";
    return NULL;
}

const char *api_app_source_problem(struct arena *a, const struct api_app *app)
{
    static const struct api_source none = {.repo_url = "", .path = "", .target_revision = "", .chart = "", .ref = ""};
    const char *problem = app->n_sources ? NULL : source_problem(a, app, &none);
    for (size_t i = 0; i < app->n_sources && !problem; i++)
        problem = source_problem(a, app, &app->sources[i]);
    return problem;
}

const char *api_app_destination_problem(struct arena *a, const struct api_app *app)
{
    const struct api_destination *d = &app->dest;
    if (!*d->server && !*d->name)
        return "Destination server missing from app spec";
    if (*d->server && *d->name)
        return arena_printf(a, "application destination can't have both name and server defined: %s %s", d->name, d->server);
    if (*d->server && !streq(d->server, API_IN_CLUSTER))
        return arena_printf(a, "error getting cluster by server \"%s\": rpc error: code = NotFound desc = cluster \"%s\" "
                               "not found",
                            d->server, d->server);
    if (*d->name && !streq(d->name, "in-cluster"))
        return arena_printf(a, "application destination '%s' is invalid: there are no clusters with this name", d->name);
    return NULL;
}

const char *api_app_permission_problem(struct arena *a, const struct api_app *app, const struct doc *project)
{
    for (size_t i = 0; i < app->n_sources; i++)
        if (!api_project_source(a, project, app->sources[i].repo_url))
            return arena_printf(a, "application repo %s is not permitted in project '%s'", app->sources[i].repo_url,
                                app->project);
    struct api_cluster cluster = {API_IN_CLUSTER, "in-cluster"};
    if (!api_project_destination(project, &cluster, app->dest.ns))
        return arena_printf(a, "application destination server '%s' and namespace '%s' do not match any of the allowed "
                               "destinations in project '%s'",
                            *app->dest.server ? app->dest.server : app->dest.name, app->dest.ns, app->project);
    return NULL;
}

/* Empty after dropping empty maps, lists, texts, zeros and false: what Go's omitempty would not have written. */
static bool zero_valued(const struct doc *d)
{
    switch (doc_kind(d)) {
    case DOC_MAP:
    case DOC_LIST:
        doc_each(it, d)
            if (doc_is(d, DOC_LIST) || !zero_valued(it.val))
                return false;
        return true;
    case DOC_STR:
        return doc_len(d) == 0;
    case DOC_BOOL:
        return !doc_bool(d, true);
    case DOC_INT:
        return doc_int(d, 1) == 0;
    default:
        return true;
    }
}

const struct doc *api_app_normalize(struct arena *a, const struct doc *obj)
{
    static const char *const blocks[] = {"kustomize", "helm", "directory"};
    if (!*doc_str(doc_path(obj, "spec", "project"), ""))
        obj = doc_with(a, obj, doc_new_str(a, "default"), "spec", "project");
    const struct doc *policy = doc_path(obj, "spec", "syncPolicy");
    /* `automated: {}` means something though it is empty. */
    if (policy && !doc_get(policy, "automated") && zero_valued(policy))
        obj = doc_without(a, obj, "spec", "syncPolicy");
    for (size_t i = 0; i < ARRAY_LEN(blocks); i++) {
        const struct doc *block = doc_path(obj, "spec", "source", blocks[i]);
        if (block && zero_valued(block))
            obj = doc_without(a, obj, "spec", "source", blocks[i]);
    }
    return obj;
}
