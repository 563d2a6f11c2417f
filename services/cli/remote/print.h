/* cli/remote/print - applications as text, cell by cell as Argo CD's CLI lays them out. Every function adds
 * to `out`. */
#ifndef CAPSTAN_CLI_PRINT_H
#define CAPSTAN_CLI_PRINT_H

#include "base/arena.h"
#include "base/str.h"
#include "doc/doc.h"

/* "argocd/guestbook" */
const char *cli_print_qualified_name(struct arena *a, const struct doc *app);
/* The table of `app list`; `wide` adds nothing upstream either, and is taken by the caller. */
void cli_print_app_list(struct arena *a, const struct doc *apps, struct str *out);
/* The lines from Name to Health Status. `windows` is the project's syncWindows, NULL = not asked for. */
struct cli_summary {
    const struct doc *app;
    const char *url;
    const struct doc *windows; /* those that are assigned to the application */
};
void cli_print_app_summary(struct arena *a, const struct cli_summary *s, struct str *out);
/* The conditions table; nothing when there are none. */
void cli_print_app_conditions(struct arena *a, const struct doc *app, struct str *out);
/* Operation, revision, phase, times, message; nothing for NULL. */
void cli_print_operation(struct arena *a, const struct doc *operation_state, struct str *out);
/* The table of resources with the results of the last operation; nothing when the application has none. */
void cli_print_app_resources(struct arena *a, const struct doc *app, struct str *out);
/* What `app sync` and `app wait` end with. */
void cli_print_app_final(struct arena *a, const struct cli_summary *s, bool operation, struct str *out);
void cli_print_history(struct arena *a, const struct doc *app, struct str *out);

/* One row of resources: state and the outcome of the last operation. */
struct cli_state {
    const char *group, *kind, *ns, *name, *status, *health, *hook, *message;
};
/* The rows of an application in the order of the table: results of the operation first, the rest sorted. */
struct cli_states {
    struct cli_state *at;
    size_t len;
};
struct cli_states cli_print_states_of(struct arena *a, const struct doc *app);
/* The progress table: its head, and a row that is written as soon as it is known. */
struct cli_row {
    const char *time;
    const struct cli_state *state;
};
void cli_print_progress(const struct cli_row *rows, size_t n, bool head, struct str *out);

#endif
