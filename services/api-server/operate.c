/* api-server/operate - sync, rollback, terminate: an operation is written into the Application; the
 * controller does it. */
#include "api.h"

#include "api/repository.h"
#include "doc/json.h"

struct start {
    struct doc *operation;     /* what is written */
    struct doc *revisions;     /* commits of a multi-source application, or one */
    const struct doc *sources; /* of the spec */
    bool multi;
    const char *project;
    const char *shown;          /* "main (6f3a1c2...)", for the event */
    struct doc *spec_revisions; /* what is resolved, one text a source */
    size_t at;
};

static const char *in_use = "another operation is already in progress";

static bool running(const struct doc *app)
{
    const struct doc *phase = doc_path(app, "status", "operationState", "phase");
    return doc_is(doc_get(app, "operation"), DOC_MAP) || doc_str_is(phase, "Running") ||
           doc_str_is(phase, "Terminating");
}

static bool automated(const struct doc *app)
{
    const struct doc *d = doc_path(app, "spec", "syncPolicy", "automated");
    return doc_is(d, DOC_MAP) && doc_bool(doc_get(d, "enabled"), true);
}

static struct err *change_operation(struct turn *t, const struct doc *live, const struct doc **next)
{
    const struct start *s = t->state;
    if (running(live))
        return err_new(ERR_PRECONDITION, "%s", in_use);
    if (api_deleting(live))
        return err_new(ERR_PRECONDITION, "application is deleting");
    *next = doc_with(t->a, doc_without(t->a, live, "status", "operationState"), s->operation, "operation");
    return NULL;
}

static struct doc *new_operation(struct turn *t)
{
    struct doc *op = doc_new_map(t->a);
    doc_set_str(t->a, doc_set_map(t->a, op, "initiatedBy"), "username", t->user);
    doc_set_map(t->a, op, "retry");
    return op;
}

/* A field of the request, or what stands for it in the spec; absent when neither has one. */
static void set_either(struct arena *a, struct doc *to, const char *key, const struct doc *asked,
                       const struct doc *dflt)
{
    const struct doc *d = asked && !doc_is(asked, DOC_NULL) ? asked : dflt;
    if (d && !doc_is(d, DOC_NULL))
        doc_set(a, to, key, d);
}

/* --- sync --------------------------------------------------------------------------------------------------
 */

static void sync_written(struct turn *t, const struct doc *app)
{
    const struct start *s = t->state;
    const char *partial = doc_len(doc_get(t->body, "resources")) ? "partial " : "";
    audit(t, app, "OperationStarted", "initiated %ssync to %s", partial, s->shown);
    turn_reply_app(t, app);
}

static void write_sync(struct turn *t)
{
    struct start *s = t->state;
    struct doc *sync = doc_own_map(t->a, s->operation, "sync");
    if (s->multi)
        doc_set(t->a, sync, "revisions", s->revisions);
    else
        doc_set(t->a, sync, "revision", doc_at(s->revisions, 0));
    app_edit(t, change_operation, sync_written);
}

static void resolve_next(struct turn *t);

static void on_resolved(void *arg, struct err *e, const Capstan__Repo__ResolveRevisionReply *reply)
{
    struct turn *t = arg;
    struct start *s = t->state;
    if (e) {
        enum err_code code = e->code == ERR_NOT_FOUND || e->code == ERR_INVALID ? ERR_UNKNOWN : e->code;
        turn_fail(t,
                  err_new(ERR_PRECONDITION, "error resolving repo revision: rpc error: code = %s desc = %s",
                          err_code_name(code), e->msg));
        err_free(e);
        return;
    }
    const char *sha = reply->revision ? reply->revision : "";
    const char *asked = doc_str(doc_at(s->spec_revisions, s->at), "HEAD");
    const char *one = reply->ambiguous_revision && *reply->ambiguous_revision
                          ? arena_strdup(t->a, reply->ambiguous_revision)
                      : streq(asked, sha) ? arena_strdup(t->a, sha)
                                          : arena_printf(t->a, "%s (%s)", asked, sha);
    s->shown = s->shown ? arena_printf(t->a, "%s,%s", s->shown, one) : one;
    doc_push_str(t->a, s->revisions, sha);
    s->at++;
    resolve_next(t);
}

static void resolve_next(struct turn *t)
{
    struct start *s = t->state;
    if (s->at == doc_len(s->spec_revisions)) {
        write_sync(t);
        return;
    }
    Capstan__Repo__ResolveRevisionRequest rq = CAPSTAN__REPO__RESOLVE_REVISION_REQUEST__INIT;
    rq.has_version = true;
    rq.version = 1;
    rq.repo_url = wire_text(doc_str(doc_get(doc_at(s->sources, s->at), "repoURL"), ""));
    rq.revision = wire_text(doc_str(doc_at(s->spec_revisions, s->at), ""));
    rq.chart = wire_text(doc_str(doc_get(doc_at(s->sources, s->at), "chart"), ""));
    rq.project = wire_text(s->project);
    rq.has_no_cache = rq.no_cache = true; /* what a person asks for is what is there now */
    client_repo_resolve_revision(t->api->o.repo, &t->call, &rq, on_resolved, t);
}

/* Which revision each source is to be synced to: the request's, else the spec's, else HEAD. */
static void want_revisions(struct turn *t, struct start *s)
{
    const struct doc *revisions = doc_get(t->body, "revisions"),
                     *positions = doc_get(t->body, "sourcePositions");
    s->spec_revisions = doc_new_list(t->a);
    s->revisions = doc_new_list(t->a);
    doc_each (it, s->sources) {
        const char *want = s->multi ? "" : doc_str(doc_get(t->body, "revision"), "");
        doc_each (p, positions)
            if (doc_int(p.val, 0) == (int64_t)it.index + 1) /* counted from 1, as people do */
                want = doc_str(doc_at(revisions, p.index), "");
        if (!*want)
            want = doc_str(doc_get(it.val, "targetRevision"), "");
        /* Of a chart or an artifact nothing said means the newest version. */
        bool packed = *doc_str(doc_get(it.val, "chart"), "") || api_url_is_oci(doc_str(doc_get(it.val, "repoURL"), ""));
        doc_push_str(t->a, s->spec_revisions, *want || packed ? want : "HEAD");
    }
}

static struct err *may_sync(struct turn *t, const struct doc *app)
{
    TRY(window_permits(t, app));
    const char *want = doc_str(doc_get(t->body, "revision"), "");
    const char *follows = doc_str(doc_path(app, "spec", "source", "targetRevision"), "");
    bool dry_run = doc_bool(doc_get(t->body, "dryRun"), false);
    if (!doc_len(doc_path(app, "spec", "source")) && !doc_len(doc_path(app, "spec", "sources")))
        return err_new(ERR_PRECONDITION, "the application has no source to sync from");
    if (doc_len(doc_get(t->body, "manifests")) && automated(app) && !dry_run)
        return err_new(ERR_PRECONDITION,
                       "cannot use local sync when Automatic Sync Policy is enabled unless for "
                       "dry run");
    if (doc_len(doc_get(t->body, "manifests")))
        return err_new(ERR_UNIMPLEMENTED, "sync of local manifests is not supported");
    if (api_deleting(app))
        return err_new(ERR_PRECONDITION, "application is deleting");
    if (automated(app) && !dry_run && *want && !streq(want, follows) && !(streq(want, "HEAD") && !*follows))
        return err_new(ERR_PRECONDITION, "Cannot sync to %s: auto-sync currently set to %s", want, follows);
    if (running(app))
        return err_new(ERR_PRECONDITION, "%s", in_use);
    return NULL;
}

static void fill_sync(struct turn *t, struct start *s, const struct doc *app)
{
    struct arena *a = t->a;
    const struct doc *policy = doc_path(app, "spec", "syncPolicy");
    struct doc *sync = doc_set_map(a, s->operation, "sync");
    doc_set(a, sync, s->multi ? "sources" : "source", s->multi ? s->sources : doc_at(s->sources, 0));
    static const char *const flags[] = {"prune", "dryRun"};
    for (size_t i = 0; i < ARRAY_LEN(flags); i++)
        if (doc_bool(doc_get(t->body, flags[i]), false))
            doc_set_bool(a, sync, flags[i], true);
    set_either(a, sync, "syncStrategy", doc_get(t->body, "strategy"), NULL);
    set_either(a, sync, "resources", doc_get(t->body, "resources"), NULL);
    set_either(a, sync, "syncOptions", doc_path(t->body, "syncOptions", "items"),
               doc_get(policy, "syncOptions"));
    set_either(a, s->operation, "retry", doc_get(t->body, "retryStrategy"), doc_get(policy, "retry"));
    set_either(a, s->operation, "info", doc_get(t->body, "infos"), NULL);
}

/* A copy in the arena, as the cache's may go while the revision is resolved. */
static const struct doc *sources_of(struct turn *t, const struct doc *app, bool *multi)
{
    const struct doc *many = doc_path(app, "spec", "sources");
    *multi = doc_len(many) > 0;
    if (*multi)
        return doc_deep(t->a, many);
    struct doc *one = doc_new_list(t->a);
    doc_push(t->a, one, doc_deep(t->a, doc_path(app, "spec", "source")));
    return one;
}

void app_sync(struct turn *t)
{
    const struct doc *app = turn_app(t);
    if (!app)
        return;
    struct err *e = may_sync(t, app);
    if (e) {
        turn_fail(t, e);
        return;
    }
    struct start *s = NEW(t->a, struct start);
    app = doc_deep(t->a, app);
    t->state = s;
    s->sources = sources_of(t, app, &s->multi);
    s->project = app_project(app);
    s->operation = new_operation(t);
    fill_sync(t, s, app);
    want_revisions(t, s);
    resolve_next(t);
}

/* --- terminate ---------------------------------------------------------------------------------------------
 */

static struct err *change_terminated(struct turn *t, const struct doc *live, const struct doc **next)
{
    if (!doc_is(doc_get(live, "operation"), DOC_MAP) || !doc_path(live, "status", "operationState"))
        return err_new(ERR_INVALID, "Unable to terminate operation. No operation is in progress");
    *next = doc_with(t->a, live, doc_new_str(t->a, "Terminating"), "status", "operationState", "phase");
    return NULL;
}

static void terminated(struct turn *t, const struct doc *app)
{
    audit(t, app, "ResourceUpdated", "terminated running operation");
    turn_reply(t, doc_new_map(t->a));
}

void app_terminate(struct turn *t)
{
    if (turn_app(t))
        app_edit(t, change_terminated, terminated);
}

/* --- rollback ----------------------------------------------------------------------------------------------
 */

static const struct doc *history_entry(const struct doc *app, int64_t id)
{
    doc_each (it, doc_path(app, "status", "history"))
        if (doc_int(doc_get(it.val, "id"), -1) == id)
            return it.val;
    return NULL;
}

static void rollback_written(struct turn *t, const struct doc *app)
{
    audit(t, app, "OperationStarted", "initiated rollback to %lld",
          (long long)doc_int(doc_get(t->body, "id"), 0));
    turn_reply_app(t, app);
}

static struct err *may_roll_back(struct turn *t, const struct doc *app, const struct doc **entry)
{
    int64_t id = doc_int(doc_get(t->body, "id"), 0);
    if (api_deleting(app))
        return err_new(ERR_PRECONDITION, "application is deleting");
    if (automated(app))
        return err_new(ERR_PRECONDITION, "rollback cannot be initiated when auto-sync is enabled");
    *entry = history_entry(app, id);
    if (!*entry)
        return err_new(ERR_INVALID, "application %s/%s does not have deployment with id %lld", t->api->o.ns,
                       t->name, (long long)id);
    if (!doc_len(doc_get(*entry, "source")) && !doc_len(doc_get(*entry, "sources")))
        return err_new(ERR_PRECONDITION,
                       "cannot rollback to revision deployed with Argo CD v0.12 or lower. sync to revision "
                       "instead.");
    return NULL;
}

void app_rollback(struct turn *t)
{
    const struct doc *app = turn_app(t), *entry = NULL;
    if (!app)
        return;
    struct err *e = doc_get(t->body, "id") ? NULL : turn_missing("id");
    if (!e)
        e = may_roll_back(t, app, &entry);
    if (e) {
        turn_fail(t, e);
        return;
    }
    struct arena *a = t->a;
    struct start *s = NEW(a, struct start);
    t->state = s;
    entry = doc_deep(a, entry);
    s->operation = new_operation(t);
    struct doc *sync = doc_set_map(a, s->operation, "sync");
    static const char *const kept[] = {"source", "sources", "revision", "revisions"};
    for (size_t i = 0; i < ARRAY_LEN(kept); i++)
        if (doc_len(doc_get(entry, kept[i])))
            doc_set(a, sync, kept[i], doc_get(entry, kept[i]));
    static const char *const flags[] = {"prune", "dryRun"};
    for (size_t i = 0; i < ARRAY_LEN(flags); i++)
        if (doc_bool(doc_get(t->body, flags[i]), false))
            doc_set_bool(a, sync, flags[i], true);
    doc_set_map(a, doc_set_map(a, sync, "syncStrategy"), "apply");
    const struct doc *options = doc_path(app, "spec", "syncPolicy", "syncOptions");
    if (options)
        doc_set(a, sync, "syncOptions", doc_deep(a, options));
    app_edit(t, change_operation, rollback_written);
}
