/* cli/remote/app_manifests - `app manifests`: what the repository says, or what runs. */
#include "services/cli/remote/app.h"
#include "services/cli/remote/commands.h"

#include "doc/json.h"
#include "doc/yaml.h"
#include "net/url.h"

static struct {
    const char *source, *revision;
} o;

static const struct opt rows[] = {
    {OPT_STRING, "source", .def = "git", .string = &o.source, .arg = "git|live",
     .help = "where the manifests are taken from"},
    {OPT_STRING, "revision", .string = &o.revision, .help = "render that revision"},
};

static struct err *add(struct cli *c, struct span json, struct str *out)
{
    struct doc *object;
    TRYF(json_read(c->a, json, NULL, &object), "a manifest from the server");
    if (doc_is(object, DOC_NULL))
        return NULL;
    str_add(out, "---\n");
    yaml_write(out, object, YAML_WRITE_SIGS);
    str_char(out, '\n');
    return NULL;
}

static struct err *managed(struct cli *c, const char *app, const char *field, struct str *out)
{
    struct doc *answer;
    TRY(cli_request(c, "GET", cli_app_path(c, app, "/managed-resources", ""), NULL, &answer));
    doc_each (it, doc_get(answer, "items")) {
        struct span json = doc_span(doc_get(it.val, field));
        if (json.len)
            TRY(add(c, json, out));
    }
    return NULL;
}

static struct err *rendered(struct cli *c, const char *app, struct str *out)
{
    CLEANUP(str_release) struct str query = {0};
    struct doc *answer;
    net_url_query_add(&query, "revision", o.revision);
    TRY(cli_request(c, "GET", cli_app_path(c, app, "/manifests", str_text(&query)), NULL, &answer));
    doc_each (it, doc_get(answer, "manifests"))
        TRY(add(c, doc_span(it.val), out));
    return NULL;
}

static struct err *run(struct cli *c, const char *const *args, size_t n)
{
    (void)n;
    CLEANUP(str_release) struct str out = {0};
    bool live = streq(o.source, "live");
    if (!live && !streq(o.source, "git"))
        return err_new(ERR_INVALID, "Unknown source type '%s'", o.source);
    TRY(cli_connect(c));
    if (*o.revision && !live)
        TRY(rendered(c, args[0], &out));
    else
        TRY(managed(c, args[0], live ? "liveState" : "targetState", &out));
    cli_flush(&out);
    return NULL;
}

const struct cli_command cli_app_manifests = {
    .name = "app manifests",
    .usage = "APPNAME [flags]",
    .about = "Print the manifests of an application. Secrets are masked.",
    .examples =
        "Examples:\n  capstan app manifests guestbook\n  capstan app manifests guestbook --revision v1.0.0\n",
    .flags = rows,
    .flags_len = ARRAY_LEN(rows),
    .args_min = 1,
    .args_max = 1,
    .run = run,
};
