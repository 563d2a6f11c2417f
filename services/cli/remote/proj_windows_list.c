/* cli/remote/proj_windows_list - `proj windows list`. */
#include "services/cli/remote/commands.h"

#include "api/window.h"
#include "base/time.h"
#include "base/zone.h"
#include "net/url.h"
#include "text/table.h"

static struct {
    const char *output;
} o;

static const struct opt rows[] = {
    {OPT_STRING, "output", .letter = 'o', .def = "wide", .string = &o.output, .arg = "wide|json|yaml",
     .help = "how the windows are written"},
};

static const char *joined(struct arena *a, const struct doc *list)
{
    const char *text = NULL;
    doc_each (it, list)
        text = arena_printf(a, "%s%s%s", text ? text : "", text ? "," : "", doc_str(it.val, ""));
    return text ? text : "-";
}

static const char *switched(const struct doc *window, const char *key)
{
    return doc_bool(doc_get(window, key), false) ? "Enabled" : "Disabled";
}

/* The last column is empty: so the one before it is padded, as upstream's is. */
static struct err *write_table(struct arena *a, const struct doc *windows, struct str *out)
{
    static const char *const head[] = {
        "ID",           "STATUS",         "KIND",     "SCHEDULE",   "DURATION",
        "APPLICATIONS", "NAMESPACES",     "CLUSTERS", "MANUALSYNC", "SYNCOVERRUN",
        "TIMEZONE",     "USEANDOPERATOR", ""};
    struct api_when when = {clock_wall_ms(&clock_system), zone_offset_s};
    CLEANUP(table_freep) struct table *t = table_new(ARRAY_LEN(head), 2);
    table_row(t, head, ARRAY_LEN(head));
    doc_each (it, windows) {
        const struct doc *w = it.val;
        bool active;
        TRY(api_window_active(w, &when, &active));
        const char *const cells[] = {arena_printf(a, "%zu", it.index),
                                     active ? "Active" : "Inactive",
                                     doc_str(doc_get(w, "kind"), ""),
                                     doc_str(doc_get(w, "schedule"), ""),
                                     doc_str(doc_get(w, "duration"), ""),
                                     joined(a, doc_get(w, "applications")),
                                     joined(a, doc_get(w, "namespaces")),
                                     joined(a, doc_get(w, "clusters")),
                                     switched(w, "manualSync"),
                                     switched(w, "syncOverrun"),
                                     doc_str(doc_get(w, "timeZone"), ""),
                                     switched(w, "andOperator"),
                                     ""};
        table_row(t, cells, ARRAY_LEN(cells));
    }
    table_write(t, false, out);
    return NULL;
}

static struct err *run(struct cli *c, const char *const *args, size_t n)
{
    (void)n;
    CLEANUP(str_release) struct str out = {0};
    struct doc *project;
    TRY(cli_connect(c));
    TRY(cli_request(c, "GET", arena_printf(c->a, "/api/v1/projects/%s", net_url_escape(c->a, args[0])), NULL,
                    &project));
    const struct doc *windows = doc_path(project, "spec", "syncWindows");
    if (!doc_is(windows, DOC_LIST))
        windows = doc_new_list(c->a);
    if (streq(o.output, "wide"))
        TRY(write_table(c->a, windows, &out));
    else if (!cli_write_document(o.output, windows, &out))
        return cli_unknown_output(o.output);
    cli_flush(&out);
    return NULL;
}

const struct cli_command cli_proj_windows_list = {
    .name = "proj windows list",
    .usage = "PROJECT [flags]",
    .about = "List the sync windows of a project, and which of them are open now.",
    .examples = "Examples:\n  capstan proj windows list default\n",
    .flags = rows,
    .flags_len = ARRAY_LEN(rows),
    .args_min = 1,
    .args_max = 1,
    .run = run,
};
