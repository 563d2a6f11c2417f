/* cli/remote/wait - follows an application until it is as wanted. It polls: a poll needs no state on either
 * side, so a server that restarts meanwhile costs nothing but the next poll. */
#include "services/cli/remote/app.h"

#include "base/map.h"
#include "base/time.h"
#include "net/url.h"

#include <stdlib.h>
#include <time.h>

enum { POLL_MS = 500 };

struct err *cli_app_url(struct cli *c, const struct doc *app, const char **out)
{
    struct doc *settings;
    TRY(cli_request(c, "GET", "/api/v1/settings", NULL, &settings));
    const char *base = doc_str(doc_get(settings, "url"), "");
    size_t len = strlen(*base ? base : c->base);
    base = *base ? base : c->base;
    while (len && base[len - 1] == '/')
        len--;
    *out = arena_printf(c->a, "%.*s/applications/%s", (int)len, base,
                        doc_str(doc_path(app, "metadata", "name"), ""));
    return NULL;
}

struct err *cli_resource_parse(struct arena *a, const char *text, struct cli_resource *out)
{
    struct span rest = span_of(text), part[3];
    size_t n = 0;
    *out = (struct cli_resource){.exclude = *text == '!', .ns = "*"};
    if (out->exclude)
        rest = span_of(text + 1);
    while (n < ARRAY_LEN(part) && span_cut(&rest, ':', &part[n]))
        n++;
    if (n != ARRAY_LEN(part) || rest.len)
        return err_new(ERR_INVALID, "resource should have GROUP:KIND:NAME, but instead got: %s", text);
    out->group = arena_strndup(a, part[0].at, part[0].len);
    out->kind = arena_strndup(a, part[1].at, part[1].len);
    out->name = arena_strndup(a, part[2].at, part[2].len);
    const char *slash = strchr(out->name, '/');
    if (slash) {
        out->ns = arena_strndup(a, out->name, (size_t)(slash - out->name));
        out->name = slash + 1;
    }
    return NULL;
}

static bool fits(const char *want, const char *is)
{
    return streq(want, "*") || streq(want, is);
}

bool cli_resource_selected(const struct cli_resource *list, size_t n, const struct cli_state *s)
{
    bool selected = n == 0 || list[0].exclude;
    for (size_t i = 0; i < n; i++)
        if (fits(list[i].group, s->group) && fits(list[i].kind, s->kind) && fits(list[i].ns, s->ns) &&
            fits(list[i].name, s->name))
            selected = !list[i].exclude;
    return selected;
}

struct follow {
    struct cli *c;
    const char *name;
    const struct cli_wait *wait;
    struct cli_resource *resources;
    struct map *seen;   /* resource -> what its last row said */
    struct map *health; /* resource -> its health in that row */
    bool head;          /* the table has its head */
};

static bool in_operation(const struct doc *app)
{
    if (doc_is(doc_get(app, "operation"), DOC_MAP))
        return true;
    const struct doc *state = doc_path(app, "status", "operationState");
    return doc_is(state, DOC_MAP) && !*doc_str(doc_get(state, "finishedAt"), "");
}

/* Was the application compared since its operation ended? Until then sync and health are yesterday's. */
static bool compared(const struct doc *app)
{
    int64_t ended, reconciled;
    const char *end = doc_str(doc_path(app, "status", "operationState", "finishedAt"), "");
    const char *at = doc_str(doc_path(app, "status", "reconciledAt"), "");
    if (!time_parse_rfc3339(end, &ended))
        return true;
    return time_parse_rfc3339(at, &reconciled) && reconciled >= ended;
}

/* Servers answer from a cache that may lag behind their own writes. Versions are numbers in every Kubernetes
 * there is; what is no number cannot be compared and passes. */
bool cli_app_older(const struct doc *app, const struct doc *since)
{
    int64_t is, want;
    return span_int(doc_span(doc_path(app, "metadata", "resourceVersion")), &is) &&
           span_int(doc_span(doc_path(since, "metadata", "resourceVersion")), &want) && is < want;
}

static bool satisfied(const struct follow *f, const struct doc *app)
{
    const struct cli_wait *w = f->wait;
    if (cli_app_older(app, w->since) || (w->operation && in_operation(app)))
        return false;
    if ((w->sync || w->health) && !compared(app))
        return false;
    return (!w->sync || doc_str_is(doc_path(app, "status", "sync", "status"), "Synced")) &&
           (!w->health || doc_str_is(doc_path(app, "status", "health", "status"), "Healthy"));
}

/* Going down while its health is waited for is an answer, too: waiting on would only hide it until the
 * timeout. */
static struct err *check_health(struct follow *f, const char *key, const struct cli_state *s)
{
    const char *was = map_get(f->health, key);
    if (f->wait->health && was && *was && !streq(was, "Unknown") && !streq(was, "Degraded") &&
        streq(s->health, "Degraded") && !*s->hook)
        return err_new(ERR_ABORTED, "application '%s' health state has transitioned from %s to %s", f->name,
                       was, s->health);
    map_set(f->health, key, mem_strdup(s->health));
    return NULL;
}

static struct err *show_changes(struct follow *f, const struct doc *app)
{
    struct cli_states states = cli_print_states_of(f->c->a, app);
    struct cli_row *rows = NEW_N(f->c->a, struct cli_row, states.len + 1);
    struct time_text now = time_rfc3339(clock_wall_ms(&clock_system));
    const char *time = arena_printf(f->c->a, "%.19s+00:00", now.text);
    struct err *e = NULL;
    size_t n = 0;
    for (size_t i = 0; i < states.len && !e; i++) {
        const struct cli_state *s = &states.at[i];
        if (!cli_resource_selected(f->resources, f->wait->resources.len, s))
            continue;
        const char *key = arena_printf(f->c->a, "%s/%s/%s/%s", s->group, s->kind, s->ns, s->name);
        char *says = mem_printf("%s\n%s\n%s\n%s", s->status, s->health, s->hook, s->message);
        const char *said = map_get(f->seen, key);
        if (said && streq(said, says)) {
            free(says);
            continue;
        }
        map_set(f->seen, key, says);
        e = check_health(f, key, s);
        rows[n++] = (struct cli_row){time, s};
    }
    if (!n && f->head)
        return e;
    CLEANUP(str_release) struct str out = {0};
    cli_print_progress(rows, n, !f->head, &out);
    f->head = true;
    cli_flush(&out);
    return e;
}

static struct err *show_end(struct follow *f, const struct doc *app)
{
    CLEANUP(str_release) struct str out = {0};
    struct cli_summary summary = {.app = app};
    TRY(cli_app_url(f->c, app, &summary.url));
    cli_print_app_final(f->c->a, &summary, f->wait->operation, &out);
    cli_flush(&out);
    return NULL;
}

static struct err *timed_out(struct follow *f, const struct doc *app)
{
    CLEANUP(str_release) struct str out = {0};
    str_add(&out, "\nThis is the state of the app after wait timed out:\n"
                  "\nThe command timed out waiting for the conditions to be met.\n");
    cli_flush(&out);
    TRY(show_end(f, app));
    return err_new(ERR_DEADLINE, "timed out (%llds) waiting for app \"%s\" match desired state",
                   (long long)(f->wait->timeout_ms / 1000), f->name);
}

/* Shows what changed; where a resource went down, the state that it went down to. */
static struct err *show(struct follow *f, const struct doc *app)
{
    struct err *e = show_changes(f, app);
    if (e)
        err_free(show_end(f, app)); /* the first error is the one to tell */
    return e;
}

static struct err *follow(struct follow *f, struct doc **out)
{
    const int64_t end = f->wait->timeout_ms ? clock_mono_ms(&clock_system) + f->wait->timeout_ms : INT64_MAX;
    TRY(cli_get_app(f->c, f->name, "", out));
    if (f->wait->progress_head || !satisfied(f, *out))
        TRY(show(f, *out));
    while (!satisfied(f, *out)) {
        if (clock_mono_ms(&clock_system) >= end)
            return timed_out(f, *out);
        nanosleep(&(struct timespec){.tv_nsec = POLL_MS * 1000000L}, NULL);
        TRY(cli_get_app(f->c, f->name, "", out));
        TRY(show(f, *out));
    }
    if (!compared(*out)) /* what is shown at the end is what the operation left */
        TRY(cli_get_app(f->c, f->name, "normal", out));
    return show_end(f, *out);
}

struct err *cli_wait_app(struct cli *c, const char *app, const struct cli_wait *wait, struct doc **out)
{
    struct follow f = {.c = c, .name = app, .wait = wait};
    f.resources = NEW_N(c->a, struct cli_resource, wait->resources.len + 1);
    for (size_t i = 0; i < wait->resources.len; i++)
        TRY(cli_resource_parse(c->a, wait->resources.at[i], &f.resources[i]));
    f.seen = map_new(free);
    f.health = map_new(free);
    struct err *e = follow(&f, out);
    map_free(f.seen);
    map_free(f.health);
    return e;
}
