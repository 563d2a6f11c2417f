/* application-controller/manifests - targets from repo-server: one question a source, asked side by side.
 *
 * A failed source fails the whole: nothing is compared, applied or pruned from a part of the targets. */
#include "controller.h"

#include "base/log.h"
#include "doc/json.h"

#include <stdlib.h>

struct manifests {
    struct app *app;
    struct call call;
    size_t n, waiting;
    struct err *failure;
    bool changed;
    struct part {
        struct manifests *all;
        struct client_ask *ask;
        char *revision; /* as asked for by name; once answered, the commit */
        char *source_type, *key, *json;
        bool unchanged;
    } parts[];
};

static void part_release(struct part *p)
{
    free(p->revision);
    free(p->source_type);
    free(p->key);
    free(p->json);
}

void manifests_cancel(struct app *app)
{
    struct manifests *m = app->asking;
    if (!m)
        return;
    app->asking = NULL;
    for (size_t i = 0; i < m->n; i++) {
        if (m->parts[i].ask)
            client_cancel(m->parts[i].ask);
        part_release(&m->parts[i]);
    }
    err_free(m->failure);
    free(m);
}

/* --- the answer goes into the table ------------------------------------------------------------------------------------ */

static void register_name(void *arg, const struct compare_row *row)
{
    struct app *app = arg;
    if (!row->target)
        return;
    vec_push(&app->named, mem_strdup(row->id));
    cluster_name(app->controller->cluster, app, row->id);
}

static void set_targets(struct app *app, const struct doc *list)
{
    shown_stale(app);
    arena_reset(app->repeated_arena);
    app->repeated = doc_new_list(app->repeated_arena);
    compare_set_targets(app->table, list, app->repeated_arena, app->repeated);
    VEC(char *) old = {app->named.at, app->named.len, app->named.cap};
    memset(&app->named, 0, sizeof(app->named));
    compare_each(app->table, register_name, app);
    vec_each(id, &old) {
        cluster_unname(app->controller->cluster, app, *id);
        free(*id);
    }
    vec_release(&old);
    cluster_fill(app->controller->cluster, app);
}

static struct err *parse(struct manifests *m, struct arena *a, struct doc *list)
{
    for (size_t i = 0; i < m->n; i++) {
        struct doc *part = NULL;
        TRYF(json_read(a, span_of(m->parts[i].json ? m->parts[i].json : "[]"), NULL, &part), "the answer of repo-server");
        doc_each(it, part)
            doc_push(a, list, it.val);
    }
    return NULL;
}

static void take_revisions(struct app *app, struct manifests *m)
{
    vec_each(r, &app->revisions)
        free(*r);
    app->revisions.len = 0;
    for (size_t i = 0; i < m->n; i++)
        vec_push(&app->revisions, mem_strdup(m->parts[i].revision ? m->parts[i].revision : ""));
    free(app->revision);
    app->revision = mem_strdup(m->n ? app->revisions.at[0] : "");
}

static void take_answer(struct app *app, struct manifests *m)
{
    free(app->source_type);
    app->source_type = mem_strdup(m->n && m->parts[0].source_type ? m->parts[0].source_type : "");
    free(app->render_key);
    app->render_key = m->n == 1 && m->parts[0].key ? mem_strdup(m->parts[0].key) : NULL;
}

static void fail(struct app *app, struct err *e)
{
    err_free(app->target_error);
    app->target_error = e;
    shown_stale(app);
    compare_lose_targets(app->table);
    free(app->render_key);
    app->render_key = NULL;
}

static void finish(struct manifests *m)
{
    struct app *app = m->app;
    CLEANUP(arena_freep) struct arena *a = arena_new("manifests");
    bool unchanged = m->n == 1 && m->parts[0].unchanged && compare_has_targets(app->table);
    struct doc *list = doc_new_list(a);
    struct err *e = m->failure;
    m->failure = NULL;
    if (!e && !unchanged)
        e = parse(m, a, list);
    take_revisions(app, m);
    if (e) {
        fail(app, e);
    } else {
        err_free(app->target_error);
        app->target_error = NULL;
        take_answer(app, m);
        if (!unchanged)
            set_targets(app, list);
    }
    manifests_cancel(app);
    app->hard = false;
    operation_targets_ready(app);
    app_queue(app, REFRESH_NONE);
}

/* As upstream words it: what it has no gRPC code for is Unknown. */
static struct err *source_error(const struct manifests *m, size_t i, const struct err *e)
{
    enum err_code code = e->code == ERR_NOT_FOUND ? ERR_UNKNOWN : e->code;
    return err_new(e->code, "failed to generate manifest for source %zu of %zu: rpc error: code = %s desc = %s", i + 1,
                   m->n, err_code_name(code), e->msg);
}

static void on_reply(void *arg, struct err *e, const Capstan__Repo__GenerateManifestsReply *reply)
{
    struct part *p = arg;
    struct manifests *m = p->all;
    p->ask = NULL;
    if (e && !m->failure)
        m->failure = source_error(m, (size_t)(p - m->parts), e);
    err_free(e);
    if (reply) {
        free(p->revision);
        p->revision = mem_strdup(reply->revision ? reply->revision : "");
        p->source_type = mem_strdup(reply->source_type ? reply->source_type : "");
        p->key = mem_strdup(reply->render_key ? reply->render_key : "");
        p->unchanged = reply->unchanged;
        if (!reply->unchanged)
            p->json = mem_strndup((const char *)reply->manifests.data, reply->manifests.len);
        for (size_t i = 0; i < reply->n_warnings; i++)
            log_warn("render warning", "app", m->app->key, "warning", reply->warnings[i]);
    }
    if (!--m->waiting)
        finish(m);
}

/* --- the question ------------------------------------------------------------------------------------------------------ */

/* The revision that a level wants: what was compared before, or what the spec says, or what an operation was given. */
static const char *revision_of(struct app *app, size_t i, enum refresh_level level)
{
    if (level == REFRESH_RECENT && i < app->revisions.len && *app->revisions.at[i])
        return app->revisions.at[i];
    return app->view->sources[i].target_revision;
}

static void ask_one(struct manifests *m, size_t i, enum refresh_level level, const char *revision)
{
    struct app *app = m->app;
    struct controller *c = app->controller;
    const struct api_app *v = app->view;
    CLEANUP(arena_freep) struct arena *a = arena_new("ask");
    Capstan__Repo__GenerateManifestsRequest rq = CAPSTAN__REPO__GENERATE_MANIFESTS_REQUEST__INIT;
    rq.has_version = true;
    rq.version = 1;
    rq.repo_url = wire_text(v->sources[i].repo_url);
    rq.revision = wire_text(revision);
    rq.path = wire_text(*v->sources[i].path ? v->sources[i].path : ".");
    rq.app_name = wire_text(app->instance);
    rq.namespace_ = wire_text(v->dest.ns);
    rq.project = wire_text(v->project);
    rq.kube_version = wire_text(cluster_version(c->cluster));
    rq.has_no_cache = rq.has_no_revision_cache = true;
    rq.no_cache = app->hard;
    rq.no_revision_cache = level >= REFRESH_FORCE;
    rq.last_trace = m->n == 1 && compare_has_targets(app->table) ? wire_text(app->render_key) : NULL;
    const char *source = json_text(a, v->sources[i].doc, JSON_SORTED);
    rq.has_source = true;
    rq.source = wire_bytes(span_of(source));
    m->parts[i].ask = client_repo_generate_manifests(c->repo, &m->call, &rq, on_reply, &m->parts[i]);
}

void manifests_ask(struct app *app, enum refresh_level level)
{
    manifests_cancel(app);
    size_t n = app->view->n_sources;
    struct manifests *m = mem_zalloc(sizeof(*m) + n * sizeof(m->parts[0]));
    struct call root;
    call_init(&root);
    m->app = app;
    m->n = n;
    call_child(&m->call, &root, app->controller->repo_timeout_ms);
    m->call.parent = NULL;
    app->asking = m;
    const struct doc *wanted = operation_revisions(app);
    for (size_t i = 0; i < n; i++) {
        m->parts[i].all = m;
        if (api_source_only_lends(&app->view->sources[i]))
            continue;
        m->waiting++;
    }
    size_t to_ask = m->waiting;
    for (size_t i = 0; i < n && to_ask; i++) {
        if (api_source_only_lends(&app->view->sources[i]))
            continue;
        const char *revision = doc_str(doc_at(wanted, i), "");
        m->parts[i].revision = mem_strdup(revision_of(app, i, level));
        ask_one(m, i, level, *revision ? revision : revision_of(app, i, level));
    }
    if (!to_ask)
        finish(m);
}
