/* cli/remote/app_diff - `app diff`: the server's prediction against what runs, resource by resource. */
#include "services/cli/remote/app.h"
#include "services/cli/remote/commands.h"

#include "doc/json.h"
#include "doc/yaml.h"
#include "text/diff.h"

static struct {
    bool exit_code, refresh, hard_refresh;
} o;

static const struct opt rows[] = {
    {OPT_BOOL, "exit-code", .def = "true", .flag = &o.exit_code,
     .help = "exit with 1 where there is a difference"},
    {OPT_BOOL, "refresh", .flag = &o.refresh, .help = "compare with the repository before the answer"},
    {OPT_BOOL, "hard-refresh", .flag = &o.hard_refresh, .help = "the same, rendering the manifests anew"},
};

/* Lines FROM..FROM+N-1 (counted from 1) as diff writes them: "3" or "3,7"; none: the line before. */
static void range(size_t from, size_t n, struct str *out)
{
    if (n < 2)
        str_printf(out, "%zu", n ? from + 1 : from);
    else
        str_printf(out, "%zu,%zu", from + 1, from + n);
}

static void lines(const struct span *at, size_t n, char mark, struct str *out)
{
    for (size_t i = 0; i < n; i++)
        str_printf(out, "%c %.*s\n", mark, (int)at[i].len, at[i].at);
}

void cli_diff_normal(struct arena *a, struct span old_text, struct span new_text, struct str *out)
{
    struct diff d;
    diff_lines(a, old_text, new_text, &d);
    for (size_t i = 0; i < d.runs_len; i++) {
        if (d.runs[i].kind == DIFF_SAME)
            continue;
        size_t gone = 0, come = 0, old_from = d.runs[i].old_line, new_from = d.runs[i].new_line;
        for (; i < d.runs_len && d.runs[i].kind != DIFF_SAME; i++)
            *(d.runs[i].kind == DIFF_OLD ? &gone : &come) += d.runs[i].lines;
        range(old_from, gone, out);
        str_char(out, !gone ? 'a' : !come ? 'd' : 'c');
        range(new_from, come, out);
        str_char(out, '\n');
        lines(d.old_lines + old_from, gone, '<', out);
        if (gone && come)
            str_add(out, "---\n");
        lines(d.new_lines + new_from, come, '>', out);
    }
}

/* A state as YAML; empty for one that is not there. */
static struct err *state_text(struct cli *c, struct span json, struct str *out)
{
    struct doc *object;
    if (!json.len)
        return NULL;
    TRYF(json_read(c->a, json, NULL, &object), "a state from the server");
    if (!doc_is(object, DOC_NULL))
        yaml_write(out, object, YAML_WRITE_SIGS);
    return NULL;
}

static bool exists(struct span json)
{
    return json.len && !(json.len == 4 && memcmp(json.at, "null", 4) == 0);
}

/* The prediction where both are there: it has the defaults that the cluster would fill in. */
static struct err *compare(struct cli *c, const struct doc *item, struct str *out, bool *differs)
{
    CLEANUP(str_release) struct str old_text = {0};
    CLEANUP(str_release) struct str new_text = {0};
    struct span live = doc_span(doc_get(item, "normalizedLiveState")),
                want = doc_span(doc_get(item, "targetState"));
    struct span predicted = doc_span(doc_get(item, "predictedLiveState"));
    if (!exists(live))
        live = doc_span(doc_get(item, "liveState"));
    TRY(state_text(c, live, &old_text));
    TRY(state_text(c, exists(live) && exists(want) && exists(predicted) ? predicted : want, &new_text));
    *differs =
        old_text.len != new_text.len || memcmp(str_text(&old_text), str_text(&new_text), old_text.len) != 0;
    if (!*differs)
        return NULL;
    str_printf(out, "\n===== %s/%s %s/%s ======\n", doc_str(doc_get(item, "group"), ""),
               doc_str(doc_get(item, "kind"), ""), doc_str(doc_get(item, "namespace"), ""),
               doc_str(doc_get(item, "name"), ""));
    cli_diff_normal(c->a, str_span(&old_text), str_span(&new_text), out);
    return NULL;
}

static struct err *compare_all(struct cli *c, const struct doc *items, struct str *out, bool *any)
{
    doc_each (it, items) {
        bool differs;
        if (doc_bool(doc_get(it.val, "hook"), false)) /* hooks run at a sync; they are not kept alike */
            continue;
        TRY(compare(c, it.val, out, &differs));
        *any |= differs;
    }
    return NULL;
}

static struct err *run(struct cli *c, const char *const *args, size_t n)
{
    (void)n;
    CLEANUP(str_release) struct str out = {0};
    struct doc *unused, *answer;
    bool any = false;
    TRY(cli_connect(c));
    TRY(cli_get_app(c, args[0], o.hard_refresh ? "hard" : o.refresh ? "normal" : "", &unused));
    TRY(cli_request(c, "GET", cli_app_path(c, args[0], "/managed-resources", ""), NULL, &answer));
    struct err *e = compare_all(c, doc_get(answer, "items"), &out, &any);
    if (e) {
        e->reason = CLI_DIFF;
        return e;
    }
    cli_flush(&out);
    c->rc = any && o.exit_code ? 1 : 0;
    return NULL;
}

const struct cli_command cli_app_diff = {
    .name = "app diff",
    .usage = "APPNAME [flags]",
    .about = "Show what a sync would change. Exits with 1 where there is a difference, 2 where it cannot be "
             "computed.",
    .examples =
        "Examples:\n  capstan app diff guestbook\n  capstan app diff guestbook --refresh --exit-code=false\n",
    .flags = rows,
    .flags_len = ARRAY_LEN(rows),
    .args_min = 1,
    .args_max = 1,
    .run = run,
};
