/* api/project.h - what an AppProject permits (specs/engine.md §3.13). Pure checks over the project's document. */
#ifndef CAPSTAN_API_PROJECT_H
#define CAPSTAN_API_PROJECT_H

#include "api/object.h"

/* A cluster as projects name it; either text may be "". */
struct api_cluster {
    const char *server, *name;
};

/* Is the repository among spec.sourceRepos? Globs with '/' as separator over the normalised URL; "!pattern" denies. */
bool api_project_source(struct arena *a, const struct doc *project, const char *repo_url);
/* Is a namespace of that cluster among spec.destinations? */
bool api_project_destination(const struct doc *project, const struct api_cluster *cluster, const char *ns);
/* May objects of that kind be managed? `name` matters for the cluster whitelist only. */
bool api_project_kind(const struct doc *project, const struct api_key *key, bool namespaced);
/* A live object: its kind, and its namespace as a destination. */
bool api_project_live(const struct doc *project, const struct api_cluster *cluster, const struct api_key *key,
                      bool namespaced);
/* Lower case, scp form as ssh://, without ".git" and a trailing "/": what URLs are compared by. */
const char *api_repo_normalize(struct arena *a, const char *url);
bool api_repo_same(const char *x, const char *y);

#endif
