/* cli/remote/app - what several `app` commands share: waiting, summaries and editing specs by flags. */
#ifndef CAPSTAN_CLI_APP_H
#define CAPSTAN_CLI_APP_H

#include "services/cli/remote/cli.h"
#include "services/cli/remote/print.h"

/* The page of an application in the UI: the server's configured URL, else the address that it was reached by.
 */
struct err *cli_app_url(struct cli *c, const struct doc *app, const char **out) MUST_USE;

/* What must hold before a wait ends. */
struct cli_wait {
    bool sync, health, operation;
    bool progress_head; /* the table's head is written although nothing changed: after a sync */
    int64_t timeout_ms; /* 0 = none */
    const struct doc
        *since; /* the answer that started the operation: older states, out of a cache, do not count */
    struct opt_list resources; /* rows shown; empty = all */
};
/* Polls the application, writing a row for each resource whose state changed, and ends with the summary. *out
 * is the last state. The error of a timeout is "timed out (4s) waiting for app "x" match desired state". */
struct err *cli_wait_app(struct cli *c, const char *app, const struct cli_wait *wait,
                         struct doc **out) MUST_USE;

/* "GROUP:KIND:NAME" or "GROUP:KIND:NAMESPACE/NAME", "!" in front excludes; `*` stands for any. */
struct cli_resource {
    const char *group, *kind, *ns, *name;
    bool exclude;
};
struct err *cli_resource_parse(struct arena *a, const char *text, struct cli_resource *out) MUST_USE;
bool cli_resource_selected(const struct cli_resource *list, size_t n, const struct cli_state *s);

/* --- targets that are not the server's (local.c, app_manifests.c, diff.c) --- */
/* A folder of this machine in place of the repository. */
struct cli_local {
    const char *path; /* "" = not asked for */
    const char *root; /* the repository that `path` lies in: what the manifests may read */
};
#define CLI_LOCAL_ROWS(local)                                                                                \
    {OPT_STRING, "local", .string = &(local).path, .arg = "FOLDER",                                          \
     .help = "take the manifests from that folder of this machine instead of the repository"},               \
    {                                                                                                        \
        OPT_STRING, "local-repo-root", .def = "/", .string = &(local).root, .arg = "FOLDER",                 \
                                       .help = "root of the repository that --local lies in"                 \
    }
/* What repo-server would render from that folder for the application, marked as the server would mark it: a
 * list of objects. `settings` is the answer of /api/v1/settings. */
struct err *cli_local_render(struct arena *a, const struct call *call, const struct doc *app,
                             const struct doc *settings, const struct cli_local *local,
                             struct doc **out) MUST_USE;
/* The same, asking for the settings. */
struct err *cli_local_targets(struct cli *c, const struct doc *app, const struct cli_local *local,
                              struct doc **out) MUST_USE;
/* What the server renders at a revision: a list of objects. */
struct err *cli_revision_targets(struct cli *c, const char *app, const char *revision,
                                 struct doc **out) MUST_USE;
/* A state of an item of managed-resources, which holds it as JSON; NULL where there is none. */
struct err *cli_managed_state(struct arena *a, const struct doc *item, const char *field,
                              const struct doc **out) MUST_USE;
/* What the server predicts of a sync, each object that differs under a head line as `app diff` prints it. */
struct err *cli_diff_managed(struct arena *a, const struct doc *items, struct str *out) MUST_USE;
/* What a sync of these targets would change. Secrets are passed over, as the server masks them, and
 * hooks, as they are not kept alike. */
struct err *cli_diff_targets(struct arena *a, const struct doc *app, const struct doc *items,
                             const struct doc *targets, struct str *out) MUST_USE;

/* The difference of two texts as `diff` without options prints it (diff.c). */
void cli_diff_normal(struct arena *a, struct span old_text, struct span new_text, struct str *out);

/* Is `app` a state from before `since`? Never for NULL and for versions that are no numbers. */
bool cli_app_older(const struct doc *app, const struct doc *since);

/* --- flags of `app create` and `app set` (spec.c) --- */
struct cli_spec_flags {
    const char *repo, *path, *revision, *dest_server, *dest_name, *dest_namespace, *project, *sync_policy;
    const char *chart, *release_name;
    const char *auto_prune, *self_heal, *recurse; /* "", "true" or "false": not given differs from false */
    struct opt_list sync_options, values;
};
extern struct cli_spec_flags cli_spec_flags;
enum { CLI_SPEC_ROWS = 15 };
extern const struct opt cli_spec_rows[CLI_SPEC_ROWS];
/* Puts the given flags into a spec; *changed counts them. */
struct err *cli_spec_apply(struct arena *a, const struct cli_spec_flags *f, struct doc *spec,
                           size_t *changed) MUST_USE;

#endif
