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
/* Are objects watched that no application holds (spec.orphanedResources), and is their number a condition? */
bool api_project_monitors_orphans(const struct doc *project);
bool api_project_warns_of_orphans(const struct doc *project);
/* Does such a namespaced object count (specs/engine.md §4.3)? Not what every namespace has, what spec.orphanedResources.ignore
 * names, and what the project does not permit. */
bool api_project_counts_orphan(const struct doc *project, const struct api_cluster *cluster, const struct api_key *key);
/* Lower case, scp form as ssh://, without ".git" and a trailing "/": what URLs are compared by. */
const char *api_repo_normalize(struct arena *a, const char *url);
bool api_repo_same(const char *x, const char *y);

#endif
