/* repo-server/worker - the boxed worker that renders: a source that it reads through repo-server in, manifests out. */
#include "box/tree.h"
#include "doc/json.h"
#include "proto/render.pb-c.h"
#include "render/render.h"
#include "wire/wire.h"

#include <stdio.h>
#include <unistd.h>

static struct span json_of(struct arena *a, const struct doc *d)
{
    return span_of(json_text(a, d, 0));
}

static struct err *job_render(struct box_worker *w, const struct call *call, struct span job, struct arena *a,
                              struct span *out)
{
    Capstan__Render__RenderRequest *ask;
    Capstan__Render__RenderReply reply = CAPSTAN__RENDER__RENDER_REPLY__INIT;
    CLEANUP(tree_freep) struct tree *tree = box_tree(w);
    struct doc *source = NULL;
    struct render_result result = {0};
    TRY(wire_unpack(a, &capstan__render__render_request__descriptor, job, NULL, &ask));
    if (ask->has_source)
        TRYF(json_read(a, wire_span(ask->source), NULL, &source), "source");
    const struct render_request rq = {
        .path = ask->path ? ask->path : "", .app_name = ask->app_name ? ask->app_name : "", .source = source};
    TRY(render(call, tree, &rq, a, &result));
    reply.has_version = reply.has_manifests = reply.has_warnings = true;
    reply.version = 1;
    reply.source_type = wire_text(result.source_type);
    reply.manifests = wire_bytes(json_of(a, result.manifests));
    reply.warnings = wire_bytes(json_of(a, result.warnings));
    *out = wire_pack(a, &reply);
    return NULL;
}

int main(int argc, char **argv)
{
    (void)argv;
    if (argc > 1 || isatty(STDIN_FILENO)) {
        fputs("capstan-repo-server-worker: started by capstan-repo-server, to render in a box; nothing to call by hand\n",
              stderr);
        return 2;
    }
    box_main(&(const struct box_handler){"render", job_render}, 1);
}
