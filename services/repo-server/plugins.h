/* repo-server/plugins.h - config management plugins (specs/engine.md §7.11): Argo CD's sidecars, spoken to in
 * their own protocol, and plugin files whose commands this process runs, confined.
 *
 * A plugin is known by its name, or NAME-VERSION where its file has a version: of a sidecar the name of its
 * socket. A source that names a plugin is its, unless that plugin has a rule of discovery which says no; a
 * source of no stated type goes to the first plugin whose rule takes it, sidecars before files, in order of
 * their names. A plugin is given the whole source, so its results hold as long as nothing in that changes.
 *
 * For worker threads. */
#ifndef CAPSTAN_REPO_SERVER_PLUGINS_H
#define CAPSTAN_REPO_SERVER_PLUGINS_H

#include "renders.h"

struct plugins {
    const char *sockets; /* folder of NAME.sock; "" = none */
    const char *files;   /* folder of ConfigManagementPlugin files that are run here; "" = none */
    const char *runner;  /* capstan-repo-server-plugin */
    size_t source_bytes; /* of a source that is handed over, packed or not */
    int64_t timeout_ms;  /* of one command, and of one answer of a sidecar */
};

/* A render if a plugin is meant; else out->source_type is NULL. Errors name the plugin. */
struct err *plugins_render(const struct plugins *p, const struct call *call, struct tree *tree,
                           const struct render_request *rq, struct arena *a,
                           struct render_content *out) MUST_USE;

/* --- for the two kinds --- */

struct plugin {
    const char *name;
    const char *socket;       /* of a sidecar; NULL = a file's */
    const struct doc *config; /* the file's spec */
    bool network;             /* of a file's: its commands may use the network */
};
struct plugin_job {
    const struct plugins *plugins;
    const struct call *call;
    struct tree *tree;
    const char *app_name, *path; /* the application's folder in the tree */
    const struct doc *env;       /* a map of texts */
    struct arena *a;
    struct span stream; /* the source as a sidecar takes it, once it was wanted (sidecar.c) */
    char *folder;       /* the source as files, once it was wanted (plugin_run.c); owned */
};

/* sidecar.c */
/* Does it take the source? `named`: by the source itself, so that no rule means yes. */
struct err *sidecar_match(struct plugin_job *j, const struct plugin *p, bool named, bool *out) MUST_USE;
/* A list of texts. */
struct err *sidecar_generate(struct plugin_job *j, const struct plugin *p, struct doc **out) MUST_USE;

/* plugin_run.c: the same by the commands of a file. */
struct err *plugin_run_match(struct plugin_job *j, const struct plugin *p, bool named, bool *out) MUST_USE;
struct err *plugin_run_generate(struct plugin_job *j, const struct plugin *p, struct doc **out) MUST_USE;
void plugin_run_end(struct plugin_job *j);

#endif
