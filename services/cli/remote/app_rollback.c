/* cli/remote/app_rollback - `app rollback`. */
#include "services/cli/remote/app.h"
#include "services/cli/remote/commands.h"

static struct {
    bool prune;
    int64_t timeout;
} o;

static const struct opt rows[] = {
    {OPT_BOOL, "prune", .flag = &o.prune, .help = "delete what that revision does not have"},
    {OPT_INT, "timeout", .integer = &o.timeout, .max = 86400, .arg = "SECONDS",
     .help = "give up waiting; 0 = never"},
};

/* Without an ID: the deployment before the last one. */
static struct err *which(const struct doc *app, const char *name, const char *asked, int64_t *id)
{
    const struct doc *history = doc_path(app, "status", "history");
    if (!asked) {
        if (doc_len(history) < 2)
            return err_new(ERR_PRECONDITION,
                           "application '%s' should have at least two successful deployments", name);
        *id = doc_int(doc_get(doc_at(history, doc_len(history) - 2), "id"), 0);
        return NULL;
    }
    if (!span_int(span_of(asked), id))
        return err_new(ERR_INVALID, "strconv.Atoi: parsing \"%s\": invalid syntax", asked);
    doc_each (it, history)
        if (doc_int(doc_get(it.val, "id"), -1) == *id)
            return NULL;
    return err_new(ERR_NOT_FOUND, "application '%s' does not have deployment id '%lld' in history", name,
                   (long long)*id);
}

static struct err *run(struct cli *c, const char *const *args, size_t n)
{
    struct cli_wait wait = {.operation = true, .progress_head = true, .timeout_ms = o.timeout * 1000};
    struct doc *app, *started, *body = doc_new_map(c->a);
    int64_t id;
    TRY(cli_connect(c));
    TRY(cli_get_app(c, args[0], "", &app));
    TRY(which(app, args[0], n > 1 ? args[1] : NULL, &id));
    doc_set_int(c->a, body, "id", id);
    if (o.prune)
        doc_set_bool(c->a, body, "prune", true);
    TRY(cli_request(c, "POST", cli_app_path(c, args[0], "/rollback", ""), body, &started));
    wait.since = started;
    return cli_wait_app(c, args[0], &wait, &app);
}

const struct cli_command cli_app_rollback = {
    .name = "app rollback",
    .usage = "APPNAME [ID] [flags]",
    .about =
        "Deploy again what was deployed before: the given entry of the history, or the one before the last.",
    .examples = "Examples:\n  capstan app history guestbook\n  capstan app rollback guestbook 3\n",
    .flags = rows,
    .flags_len = ARRAY_LEN(rows),
    .args_min = 1,
    .args_max = 2,
    .run = run,
};
