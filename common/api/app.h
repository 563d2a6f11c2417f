/* api/app.h - an Application seen as structs: what the engine reads of it, once parsed.
 *
 * Everything borrows from the document and the arena. Absent texts are "". */
#ifndef CAPSTAN_API_APP_H
#define CAPSTAN_API_APP_H

#include "api/object.h"

struct api_source {
    const struct doc *doc; /* the source as written */
    const char *repo_url, *path, *target_revision, *chart, *ref;
};

struct api_destination {
    const char *server, *name, *ns;
};

struct api_retry {
    bool set;
    int64_t limit; /* negative = unlimited */
    int64_t duration_ms, max_ms;
    int64_t factor;
    bool refresh;
};

struct api_sync_policy {
    bool automated; /* present and not enabled: false */
    bool prune, self_heal, allow_empty;
    const struct doc *options; /* list of strings */
    struct api_retry retry;
};

struct api_app {
    const struct doc *doc;
    const char *ns, *name, *uid, *project;
    const char *instance; /* of tracking: name, or <ns>_<name> outside the control-plane namespace */
    struct api_destination dest;
    struct api_source *sources;
    size_t n_sources;
    bool multi; /* written as spec.sources */
    struct api_sync_policy policy;
    const struct doc *status;
    bool deleting;
};

/* `control_ns` is the namespace that the controller lives in. */
struct api_app *api_app_parse(struct arena *a, const struct doc *obj, const char *control_ns) MUST_USE;
/* A retry block of a policy or an operation, with upstream's defaults. */
struct api_retry api_retry_parse(const struct doc *retry);
/* A source with a ref but no path and no chart makes no manifests: it lends its files to the others. */
bool api_source_only_lends(const struct api_source *s);
/* In a Git repository, and neither a chart of a repository nor an OCI artifact? */
bool api_source_is_git(const struct api_source *s);
/* Does a list of sync options hold the option, exactly? */
bool api_options_have(const struct doc *options, const char *option);
/* When the n-th retry (counted from 0) may start after the last end: min(max, duration * factor^n). */
int64_t api_retry_delay_ms(const struct api_retry *r, int64_t n);

enum api_refresh { API_REFRESH_NONE, API_REFRESH_NORMAL, API_REFRESH_HARD };
enum api_refresh api_app_refresh(const struct doc *app);

/* What is wrong with a spec, in upstream's words (those of an InvalidSpecError condition); NULL when nothing. */
/* Where from: each source has a repository and says what of it. */
const char *api_app_source_problem(struct arena *a, const struct api_app *app);
/* Where to: a server or a name, and it is a cluster that this controller serves. */
const char *api_app_destination_problem(struct arena *a, const struct api_app *app);
/* What the project permits of both; for an app whose sources and destination are sound. */
const char *api_app_permission_problem(struct arena *a, const struct api_app *app, const struct doc *project);

/* The spec as upstream stores it: project "default" where empty, zero-valued blocks dropped. Returns `obj` itself when nothing
 * changes (engine.md §1.5). */
const struct doc *api_app_normalize(struct arena *a, const struct doc *obj);

/* https://kubernetes.default.svc: the cluster that the controller lives in or was started for. */
#define API_IN_CLUSTER "https://kubernetes.default.svc"

#endif
