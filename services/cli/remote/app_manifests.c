/* cli/remote/app_manifests - `app manifests`: what the repository says, or what runs. */
#include "services/cli/remote/app.h"
#include "services/cli/remote/commands.h"

#include "doc/json.h"
#include "doc/yaml.h"
#include "net/url.h"

static struct {
    const char *source, *revision;
    struct cli_local local;
} o;

static const struct opt rows[] = {
    {OPT_STRING, "source", .def = "git", .string = &o.source, .arg = "git|live",
     .help = "where the manifests are taken from"},
    {OPT_STRING, "revision", .string = &o.revision, .help = "render that revision"},
    CLI_LOCAL_ROWS(o.local),
};

static void add(const struct doc *object, struct str *out)
{
    str_add(out, "---\n");
    yaml_write(out, object, YAML_WRITE_SIGS);
    str_char(out, '\n');
}

static struct err *managed(struct cli *c, const char *app, const char *field, struct str *out)
{
    struct doc *answer;
    TRY(cli_request(c, "GET", cli_app_path(c, app, "/managed-resources", ""), NULL, &answer));
    doc_each (it, doc_get(answer, "items")) {
        const struct doc *state;
        TRY(cli_managed_state(c->a, it.val, field, &state));
        if (state)
            add(state, out);
    }
    return NULL;
}

struct err *cli_revision_targets(struct cli *c, const char *app, const char *revision, struct doc **out)
{
    CLEANUP(str_release) struct str query = {0};
    struct doc *answer;
    net_url_query_add(&query, "revision", revision);
    TRY(cli_request(c, "GET", cli_app_path(c, app, "/manifests", str_text(&query)), NULL, &answer));
    *out = doc_new_list(c->a);
    doc_each (it, doc_get(answer, "manifests")) {
        struct doc *object;
        TRYF(json_read(c->a, doc_span(it.val), NULL, &object), "a manifest from the server");
        if (!doc_is(object, DOC_NULL))
            doc_push(c->a, *out, object);
    }
    return NULL;
}

static struct err *local(struct cli *c, const char *name, struct doc **out)
{
    struct doc *app;
    TRY(cli_get_app(c, name, "", &app));
    return cli_local_targets(c, app, &o.local, out);
}

static struct err *run(struct cli *c, const char *const *args, size_t n)
{
    (void)n;
    CLEANUP(str_release) struct str out = {0};
    struct doc *targets = NULL;
    bool live = streq(o.source, "live");
    if (!live && !streq(o.source, "git"))
        return err_new(ERR_INVALID, "Unknown source type '%s'", o.source);
    TRY(cli_connect(c));
    if (live)
        TRY(managed(c, args[0], "liveState", &out));
    else if (*o.local.path)
        TRY(local(c, args[0], &targets));
    else if (*o.revision)
        TRY(cli_revision_targets(c, args[0], o.revision, &targets));
    else
        TRY(managed(c, args[0], "targetState", &out));
    doc_each (it, targets)
        add(it.val, &out);
    cli_flush(&out);
    return NULL;
}

const struct cli_command cli_app_manifests = {
    .name = "app manifests",
    .usage = "APPNAME [flags]",
    .about = "Print the manifests of an application. The server masks Secrets.",
    .examples =
        "Examples:\n  capstan app manifests guestbook\n  capstan app manifests guestbook --revision v1.0.0\n"
        "  capstan app manifests guestbook --local ./guestbook\n",
    .flags = rows,
    .flags_len = ARRAY_LEN(rows),
    .args_min = 1,
    .args_max = 1,
    .run = run,
};
