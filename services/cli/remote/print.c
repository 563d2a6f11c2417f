/* cli/remote/print - applications as text. Missing fields print as empty cells: the server is free to leave
 * them out. */
#include "services/cli/remote/print.h"

#include "api/window.h"
#include "base/map.h"
#include "base/time.h"
#include "base/vec.h"
#include "base/zone.h"
#include "text/table.h"

#include <stdlib.h>

enum { SHORT_SHA = 7, FULL_SHA = 40 };

static const char *text_of(const struct doc *d, const char *key)
{
    return doc_str(doc_get(d, key), "");
}

const char *cli_print_qualified_name(struct arena *a, const struct doc *app)
{
    const struct doc *meta = doc_get(app, "metadata");
    const char *ns = text_of(meta, "namespace");
    return *ns ? arena_printf(a, "%s/%s", ns, text_of(meta, "name")) : text_of(meta, "name");
}

/* As Go prints a time: "2026-11-25 13:34:08 +0000 UTC". What is no time stays as it is. */
static const char *go_time(struct arena *a, const char *rfc3339)
{
    int64_t ms;
    if (!time_parse_rfc3339(rfc3339, &ms))
        return rfc3339;
    struct time_text utc = time_rfc3339(ms);
    return arena_printf(a, "%.10s %.8s +0000 UTC", utc.text, utc.text + 11);
}

/* The source that single-source views show. */
static const struct doc *main_source(const struct doc *app)
{
    const struct doc *many = doc_path(app, "spec", "sources");
    return doc_len(many) ? doc_at(many, 0) : doc_path(app, "spec", "source");
}

static const char *destination(const struct doc *app)
{
    const struct doc *d = doc_path(app, "spec", "destination");
    return *text_of(d, "server") ? text_of(d, "server") : text_of(d, "name");
}

/* --- app list ----------------------------------------------------------------------------------------------
 */

static const char *policy_word(struct arena *a, const struct doc *app)
{
    const struct api_sync_policy *p = &api_app_parse(a, app, "")->policy;
    if (!p->automated)
        return "Manual";
    return p->prune ? "Auto-Prune" : "Auto";
}

/* "ComparisonError(2),SyncError" */
static const char *condition_words(struct arena *a, const struct doc *app)
{
    const struct doc *conditions = doc_path(app, "status", "conditions");
    CLEANUP(map_freep) struct map *counts = map_new(free);
    doc_each (it, conditions) {
        const char *type = text_of(it.val, "type");
        int *count = map_get(counts, type);
        if (!count) {
            count = mem_alloc(sizeof(*count));
            *count = 0;
            map_set(counts, type, count);
        }
        ++*count;
    }
    const char *words = "";
    map_each (it, counts) {
        int count = *(int *)it.value;
        const char *comma = *words ? "," : "";
        words = count > 1 ? arena_printf(a, "%s%s%s(%d)", words, comma, it.key, count)
                          : arena_printf(a, "%s%s%s", words, comma, it.key);
    }
    return *words ? words : "<none>";
}

#define ROW(t, ...)                                                                                          \
    table_row((t), (const char *const[]){__VA_ARGS__}, ARRAY_LEN(((const char *const[]){__VA_ARGS__})))

void cli_print_app_list(struct arena *a, const struct doc *apps, struct str *out)
{
    CLEANUP(table_freep) struct table *t = table_new(11, 2);
    ROW(t, "NAME", "CLUSTER", "NAMESPACE", "PROJECT", "STATUS", "HEALTH", "SYNCPOLICY", "CONDITIONS", "REPO",
        "PATH", "TARGET");
    doc_each (it, apps) {
        const struct doc *spec = doc_get(it.val, "spec"), *source = main_source(it.val);
        ROW(t, cli_print_qualified_name(a, it.val), destination(it.val),
            doc_str(doc_path(spec, "destination", "namespace"), ""), text_of(spec, "project"),
            doc_str(doc_path(it.val, "status", "sync", "status"), ""),
            doc_str(doc_path(it.val, "status", "health", "status"), ""), policy_word(a, it.val),
            condition_words(a, it.val), text_of(source, "repoURL"), text_of(source, "path"),
            text_of(source, "targetRevision"));
    }
    table_write(t, false, out);
}

/* --- app get -----------------------------------------------------------------------------------------------
 */

static void field(struct str *out, const char *name, const char *value)
{
    str_printf(out, "%-20s%s\n", name, value);
}

/* Commits are cut to seven characters, all else is shown as it is. The recorded "<sha1-2>" stands for a
 * commit too. */
static const char *short_revision(struct arena *a, const char *revision)
{
    if (strlen(revision) == FULL_SHA && strspn(revision, "0123456789abcdef") == FULL_SHA)
        return arena_strndup(a, revision, SHORT_SHA);
    return revision;
}

static void print_source(struct arena *a, const struct doc *source, struct str *out)
{
    field(out, "- Repo:", text_of(source, "repoURL"));
    field(out, "  Target:", text_of(source, "targetRevision"));
    if (*text_of(source, "path"))
        field(out, "  Path:", text_of(source, "path"));
    if (*text_of(source, "ref"))
        field(out, "  Ref:", text_of(source, "ref"));
    const char *values = "";
    doc_each (it, doc_path(source, "helm", "valueFiles"))
        values = arena_printf(a, "%s%s%s", values, *values ? "," : "", doc_str(it.val, ""));
    if (*values)
        field(out, "  Helm Values:", values);
    if (*text_of(doc_get(source, "kustomize"), "namePrefix"))
        field(out, "  Name Prefix:", text_of(doc_get(source, "kustomize"), "namePrefix"));
}

static const char *sync_policy(struct arena *a, const struct doc *app)
{
    const struct api_sync_policy *p = &api_app_parse(a, app, "")->policy;
    return !p->automated ? "Manual" : p->prune ? "Automated (Prune)" : "Automated";
}

static const char *sync_status(struct arena *a, const struct doc *app)
{
    const struct doc *sync = doc_path(app, "status", "sync"), *source = main_source(app);
    const char *status = text_of(sync, "status"), *revision = short_revision(a, text_of(sync, "revision"));
    const char *joint = streq(status, "Synced") ? " to " : streq(status, "OutOfSync") ? " from " : NULL;
    if (!joint)
        return status;
    status = arena_printf(a, "%s%s%s", status, joint, text_of(source, "targetRevision"));
    if (*text_of(source, "chart") || !*revision)
        return status;
    return arena_printf(a, "%s (%s)", status, revision);
}

/* What cannot be read forbids, as it does in the server. */
static bool permitted(const struct doc *windows, bool manual)
{
    struct api_when when = {clock_wall_ms(&clock_system), zone_offset_s};
    bool may = false;
    CLEANUP(err_freep) struct err *e = api_windows_permit(windows, &when, &(struct api_sync_attempt){.manual = manual}, &may);
    return !e && may;
}

static void print_windows(struct arena *a, const struct doc *windows, struct str *out)
{
    field(out, "SyncWindow:",
          permitted(windows, false)  ? "Sync Allowed"
          : permitted(windows, true) ? "Manual Allowed"
                                     : "Sync Denied");
    const char *list = "";
    doc_each (it, windows)
        list = arena_printf(a, "%s%s%s:%s:%s", list, *list ? "," : "", text_of(it.val, "kind"),
                            text_of(it.val, "schedule"), text_of(it.val, "duration"));
    if (*list)
        field(out, "Assigned Windows:", list);
}

void cli_print_app_summary(struct arena *a, const struct cli_summary *s, struct str *out)
{
    const struct doc *spec = doc_get(s->app, "spec"), *many = doc_get(spec, "sources");
    field(out, "Name:", cli_print_qualified_name(a, s->app));
    field(out, "Project:", text_of(spec, "project"));
    field(out, "Server:", destination(s->app));
    field(out, "Namespace:", doc_str(doc_path(spec, "destination", "namespace"), ""));
    field(out, "URL:", s->url);
    str_add(out, doc_len(many) ? "Sources:\n" : "Source:\n");
    if (!doc_len(many))
        print_source(a, doc_get(spec, "source"), out);
    doc_each (it, many)
        print_source(a, it.val, out);
    print_windows(a, s->windows, out);
    field(out, "Sync Policy:", sync_policy(a, s->app));
    field(out, "Sync Status:", sync_status(a, s->app));
    field(out, "Health Status:", doc_str(doc_path(s->app, "status", "health", "status"), ""));
}

void cli_print_app_conditions(struct arena *a, const struct doc *app, struct str *out)
{
    const struct doc *conditions = doc_path(app, "status", "conditions");
    if (!doc_len(conditions))
        return;
    CLEANUP(table_freep) struct table *t = table_new(3, 2);
    ROW(t, "CONDITION", "MESSAGE", "LAST TRANSITION");
    doc_each (it, conditions)
        ROW(t, text_of(it.val, "type"), text_of(it.val, "message"),
            go_time(a, text_of(it.val, "lastTransitionTime")));
    str_char(out, '\n');
    table_write(t, false, out);
    str_char(out, '\n');
}

static const char *duration(struct arena *a, const char *from, const char *to)
{
    int64_t start, end;
    if (!time_parse_rfc3339(from, &start))
        return "";
    if (!time_parse_rfc3339(to, &end))
        end = clock_wall_ms(&clock_system);
    int64_t s = MAX(end - start, 0) / 1000;
    if (s >= 3600)
        return arena_printf(a, "%lldh%lldm%llds", (long long)(s / 3600), (long long)(s / 60 % 60),
                            (long long)(s % 60));
    if (s >= 60)
        return arena_printf(a, "%lldm%llds", (long long)(s / 60), (long long)(s % 60));
    return arena_printf(a, "%llds", (long long)s);
}

void cli_print_operation(struct arena *a, const struct doc *state, struct str *out)
{
    if (!doc_is(state, DOC_MAP))
        return;
    const struct doc *result = doc_get(state, "syncResult"), *revisions = doc_get(result, "revisions");
    const char *from = text_of(state, "startedAt"), *to = text_of(state, "finishedAt");
    if (result) {
        const char *shown = text_of(result, "revision");
        doc_each (it, revisions)
            shown = it.index ? arena_printf(a, "%s, %s", shown, doc_str(it.val, "")) : doc_str(it.val, "");
        field(out, "Operation:", "Sync");
        field(out, "Sync Revision:", shown);
    }
    field(out, "Phase:", text_of(state, "phase"));
    field(out, "Start:", go_time(a, from));
    field(out, "Finished:", go_time(a, to));
    field(out, "Duration:", duration(a, from, to));
    if (*text_of(state, "message"))
        field(out, "Message:", text_of(state, "message"));
}

/* --- resources ---------------------------------------------------------------------------------------------
 */

static const char *key_of_resource(struct arena *a, const struct doc *r)
{
    return arena_printf(a, "%s/%s/%s/%s", text_of(r, "group"), text_of(r, "kind"), text_of(r, "namespace"),
                        text_of(r, "name"));
}

static struct cli_state state_of(const struct doc *r)
{
    return (struct cli_state){.group = text_of(r, "group"),
                              .kind = text_of(r, "kind"),
                              .ns = text_of(r, "namespace"),
                              .name = text_of(r, "name"),
                              .status = text_of(r, "status"),
                              .health = doc_str(doc_path(r, "health", "status"), ""),
                              .hook = "",
                              .message = ""};
}

static int by_key(const void *x, const void *y)
{
    const struct cli_state *a = x, *b = y;
    int order = strcmp(a->group, b->group);
    order = order ? order : strcmp(a->kind, b->kind);
    order = order ? order : strcmp(a->ns, b->ns);
    return order ? order : strcmp(a->name, b->name);
}

/* A result of the operation: the live state where the resource is still managed, else what the operation
 * says. */
static struct cli_state result_state(const struct doc *result, const struct doc *managed)
{
    struct cli_state s = state_of(result);
    s.hook = text_of(result, "hookType");
    s.message = text_of(result, "message");
    if (managed && !*s.hook) {
        s.status = text_of(managed, "status");
        s.health = doc_str(doc_path(managed, "health", "status"), "");
    } else {
        s.health = s.status;
        s.status = text_of(result, "hookPhase");
    }
    return s;
}

struct cli_states cli_print_states_of(struct arena *a, const struct doc *app)
{
    const struct doc *resources = doc_path(app, "status", "resources");
    const struct doc *results = doc_path(app, "status", "operationState", "syncResult", "resources");
    struct cli_states out = {.at = NEW_N(a, struct cli_state, doc_len(resources) + doc_len(results) + 1)};
    CLEANUP(map_freep) struct map *rest = map_new(NULL);
    doc_each (it, resources)
        map_set(rest, key_of_resource(a, it.val), (void *)it.val);
    doc_each (it, results)
        out.at[out.len++] = result_state(it.val, map_take(rest, key_of_resource(a, it.val)));
    size_t first = out.len;
    map_each (it, rest)
        out.at[out.len++] = state_of(it.value);
    qsort(out.at + first, out.len - first, sizeof(*out.at), by_key);
    return out;
}

void cli_print_app_resources(struct arena *a, const struct doc *app, struct str *out)
{
    if (!doc_len(doc_path(app, "status", "resources")))
        return;
    struct cli_states states = cli_print_states_of(a, app);
    CLEANUP(table_freep) struct table *t = table_new(8, 2);
    ROW(t, "GROUP", "KIND", "NAMESPACE", "NAME", "STATUS", "HEALTH", "HOOK", "MESSAGE");
    for (size_t i = 0; i < states.len; i++) {
        const struct cli_state *s = &states.at[i];
        ROW(t, s->group, s->kind, s->ns, s->name, s->status, s->health, s->hook, s->message);
    }
    str_char(out, '\n');
    table_write(t, false, out);
}

void cli_print_app_final(struct arena *a, const struct cli_summary *s, bool operation, struct str *out)
{
    str_char(out, '\n');
    cli_print_app_summary(a, s, out);
    str_char(out, '\n');
    if (operation)
        cli_print_operation(a, doc_path(s->app, "status", "operationState"), out);
    cli_print_app_resources(a, s->app, out);
}

void cli_print_progress(const struct cli_row *rows, size_t n, bool head, struct str *out)
{
    static const int widths[] = {5, 10, 10, 20, 8, 7, 10, 0};
    static const struct cli_state names = {"GROUP",  "KIND",   "NAMESPACE", "NAME",
                                           "STATUS", "HEALTH", "HOOK",      "MESSAGE"};
    CLEANUP(table_freep) struct table *t = table_new(9, 2);
    CLEANUP(str_release) struct str cell = {0};
    for (size_t i = head ? 0 : 1; i <= n; i++) {
        const struct cli_state *s = i ? rows[i - 1].state : &names;
        const char *const cells[] = {s->group,  s->kind,   s->ns,   s->name,
                                     s->status, s->health, s->hook, s->message};
        table_cell(t, i ? rows[i - 1].time : "TIMESTAMP", NULL);
        for (size_t k = 0; k < ARRAY_LEN(cells); k++) {
            str_clear(&cell);
            str_printf(&cell, "%*s", widths[k], cells[k]);
            table_cell(t, str_text(&cell), NULL);
        }
    }
    table_write(t, false, out);
}

/* --- history -----------------------------------------------------------------------------------------------
 */

static const char *history_revision(struct arena *a, const struct doc *source, const char *revision)
{
    const char *target = text_of(source, "targetRevision");
    if (!*target || !*revision)
        return *target ? target : revision;
    return arena_printf(a, "%s (%s)", target, short_revision(a, revision));
}

struct history_group {
    const char *repo;
    struct table *rows;
};
struct history_groups {
    struct history_group *at;
    size_t len, cap;
};

static struct table *history_table(struct history_groups *groups, const char *repo)
{
    vec_each (g, groups)
        if (streq(g->repo, repo))
            return g->rows;
    struct table *t = table_new(3, 2);
    ROW(t, "ID    ", "DATE", "REVISION"); /* as wide as the word SOURCE above it */
    vec_push(groups, (struct history_group){repo, t});
    return t;
}

static void add_history(struct arena *a, struct history_groups *groups, const struct doc *entry)
{
    const struct doc *many = doc_get(entry, "sources"), *revisions = doc_get(entry, "revisions");
    const char *id = arena_printf(a, "%lld", (long long)doc_int(doc_get(entry, "id"), 0));
    for (size_t i = 0; i < MAX(doc_len(many), (size_t)1); i++) {
        const struct doc *source = doc_len(many) ? doc_at(many, i) : doc_get(entry, "source");
        const char *revision = doc_len(many) ? doc_str(doc_at(revisions, i), "") : text_of(entry, "revision");
        ROW(history_table(groups, text_of(source, "repoURL")), id, go_time(a, text_of(entry, "deployedAt")),
            history_revision(a, source, revision));
    }
}

/* Entries are grouped by repository, as those of a multi-source application name several. */
void cli_print_history(struct arena *a, const struct doc *app, struct str *out)
{
    struct history_groups groups = {0};
    doc_each (it, doc_path(app, "status", "history"))
        add_history(a, &groups, it.val);
    vec_each (g, &groups) {
        str_printf(out, "%sSOURCE  %s\n", g == groups.at ? "" : "\n", g->repo);
        table_write(g->rows, false, out);
        table_free(g->rows);
    }
    vec_release(&groups);
}
