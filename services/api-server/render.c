/* api-server/render - one question after the other, so that one application never takes all of repo-server.
 */
#include "render.h"

#include "doc/json.h"

/* t->asking is the render while one is under way. */
static void ask_next(struct turn *t, struct render *r);

static void on_rendered(void *arg, struct err *e, const Capstan__Repo__GenerateManifestsReply *reply)
{
    struct turn *t = arg;
    struct render *r = t->asking;
    if (!e && r->take)
        e = r->take(t, r, wire_span(reply->manifests));
    if (e) {
        r->done(t, r, e);
        return;
    }
    r->at++;
    ask_next(t, r);
}

static void ask_next(struct turn *t, struct render *r)
{
    const struct api_app *v = r->app;
    while (r->at < v->n_sources && api_source_only_lends(&v->sources[r->at]))
        r->at++;
    if (r->at == v->n_sources) {
        r->done(t, r, NULL);
        return;
    }
    const struct api_source *s = &v->sources[r->at];
    bool asked = *r->revision && !v->multi;
    Capstan__Repo__GenerateManifestsRequest rq = CAPSTAN__REPO__GENERATE_MANIFESTS_REQUEST__INIT;
    rq.has_version = rq.has_source = true;
    rq.version = 1;
    rq.repo_url = wire_text(s->repo_url);
    rq.revision = wire_text(asked ? r->revision : s->target_revision);
    rq.path = wire_text(*s->path ? s->path : ".");
    rq.app_name = wire_text(v->instance);
    rq.namespace_ = wire_text(v->dest.ns);
    rq.project = wire_text(v->project);
    rq.has_no_cache = rq.no_cache = r->no_cache;
    rq.source = wire_bytes(span_of(json_text(t->a, s->doc, JSON_SORTED)));
    client_repo_settings(t->a, frozen_root(t->api->cm), s->doc, &rq);
    client_repo_generate_manifests(t->api->o.repo, &t->call, &rq, on_rendered, t);
}

void render_start(struct turn *t, struct render *r)
{
    t->asking = r;
    ask_next(t, r);
}
