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
    enum refresh_level level;
    size_t n, waiting;
    struct err *failure;
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
    vec_each(t, &app->source_types)
        free(*t);
    app->source_types.len = 0;
    for (size_t i = 0; i < m->n; i++)
        vec_push(&app->source_types, mem_strdup(m->parts[i].source_type ? m->parts[i].source_type : ""));
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

/* One source has answered, or failed; `revision` NULL = failed. The last one ends the whole. */
static void part_answered(struct part *p, struct err *e, const char *revision)
{
    struct manifests *m = p->all;
    p->ask = NULL;
    if (e && !m->failure)
        m->failure = source_error(m, (size_t)(p - m->parts), e);
    err_free(e);
    if (revision) {
        free(p->revision);
        p->revision = mem_strdup(revision);
    }
    if (!--m->waiting)
        finish(m);
}

static void on_reply(void *arg, struct err *e, const Capstan__Repo__GenerateManifestsReply *reply)
{
    struct part *p = arg;
    if (reply) {
        p->source_type = mem_strdup(reply->source_type ? reply->source_type : "");
        p->key = mem_strdup(reply->render_key ? reply->render_key : "");
        p->unchanged = reply->unchanged;
        if (!reply->unchanged)
            p->json = mem_strndup((const char *)reply->manifests.data, reply->manifests.len);
        for (size_t i = 0; i < reply->n_warnings; i++)
            log_warn("render warning", "app", p->all->app->key, "warning", reply->warnings[i]);
    }
    part_answered(p, e, !reply ? NULL : reply->revision ? reply->revision : "");
}

static void on_resolved(void *arg, struct err *e, const Capstan__Repo__ResolveRevisionReply *reply)
{
    part_answered(arg, e, !reply ? NULL : reply->revision ? reply->revision : "");
}

/* --- the question ------------------------------------------------------------------------------------------------------ */

/* The revision that a level wants: what was compared before, or what the spec says, or what an operation was given. */
static const char *revision_of(struct app *app, size_t i, enum refresh_level level)
{
    if (level == REFRESH_RECENT && i < app->revisions.len && *app->revisions.at[i])
        return app->revisions.at[i];
    return app->view->sources[i].target_revision;
}

/* All sources of an application that has several, each at the revision that is wanted, since one may name another by $ref. */
static struct span sources_json(struct arena *a, struct app *app, enum refresh_level level, const struct doc *wanted)
{
    struct doc *list = doc_new_list(a);
    for (size_t i = 0; i < app->view->n_sources; i++) {
        const char *pinned = doc_str(doc_at(wanted, i), "");
        const char *revision = *pinned ? pinned : revision_of(app, i, level);
        doc_push(a, list, doc_with(a, app->view->sources[i].doc, doc_new_str(a, revision), "targetRevision"));
    }
    return span_of(json_text(a, list, JSON_SORTED));
}

static void ask_manifests(struct part *p, const struct api_source *source, const char *revision, struct span sources)
{
    struct app *app = p->all->app;
    struct controller *c = app->controller;
    const struct api_app *v = app->view;
    CLEANUP(arena_freep) struct arena *a = arena_new("ask");
    Capstan__Repo__GenerateManifestsRequest rq = CAPSTAN__REPO__GENERATE_MANIFESTS_REQUEST__INIT;
    rq.has_version = true;
    rq.version = 1;
    rq.repo_url = wire_text(source->repo_url);
    rq.revision = wire_text(revision);
    rq.path = wire_text(*source->path ? source->path : ".");
    rq.app_name = wire_text(app->instance);
    rq.namespace_ = wire_text(v->dest.ns);
    rq.project = wire_text(v->project);
    rq.kube_version = wire_text(cluster_version(c->cluster));
    rq.api_versions = (char **)(uintptr_t)cluster_api_versions(c->cluster, &rq.n_api_versions);
    rq.has_no_cache = rq.has_no_revision_cache = true;
    rq.no_cache = app->hard;
    rq.no_revision_cache = p->all->level >= REFRESH_FORCE;
    rq.last_trace = p->all->n == 1 && compare_has_targets(app->table) ? wire_text(app->render_key) : NULL;
    rq.has_source = true;
    rq.source = wire_bytes(span_of(json_text(a, source->doc, JSON_SORTED)));
    client_repo_settings(a, frozen_root(c->settings.cm), source->doc, &rq);
    rq.has_sources = v->multi;
    rq.sources = wire_bytes(sources);
    p->ask = client_repo_generate_manifests(c->repo, &p->all->call, &rq, on_reply, p);
}

/* Of a source that only lends its files the commit is all there is to know. */
static void ask_revision(struct part *p, const struct api_source *source, const char *revision)
{
    struct app *app = p->all->app;
    Capstan__Repo__ResolveRevisionRequest rq = CAPSTAN__REPO__RESOLVE_REVISION_REQUEST__INIT;
    rq.has_version = true;
    rq.version = 1;
    rq.repo_url = wire_text(source->repo_url);
    rq.revision = wire_text(revision);
    rq.project = wire_text(app->view->project);
    p->ask = client_repo_resolve_revision(app->controller->repo, &p->all->call, &rq, on_resolved, p);
}

void manifests_ask(struct app *app, enum refresh_level level)
{
    manifests_cancel(app);
    CLEANUP(arena_freep) struct arena *a = arena_new("manifests");
    const struct api_app *v = app->view;
    size_t n = v->n_sources;
    struct manifests *m = mem_zalloc(sizeof(*m) + n * sizeof(m->parts[0]));
    struct call root;
    call_init(&root);
    m->app = app;
    m->level = level;
    m->n = m->waiting = n;
    call_child(&m->call, &root, app->controller->repo_timeout_ms);
    m->call.parent = NULL;
    app->asking = m;
    const struct doc *wanted = operation_revisions(app);
    struct span sources = v->multi ? sources_json(a, app, level, wanted) : (struct span){0};
    for (size_t i = 0; i < n; i++) {
        struct part *p = &m->parts[i];
        const char *pinned = doc_str(doc_at(wanted, i), "");
        p->all = m;
        p->revision = mem_strdup(revision_of(app, i, level));
        if (api_source_only_lends(&v->sources[i]))
            ask_revision(p, &v->sources[i], *pinned ? pinned : p->revision);
        else
            ask_manifests(p, &v->sources[i], *pinned ? pinned : p->revision, sources);
    }
    if (!n)
        finish(m);
}
