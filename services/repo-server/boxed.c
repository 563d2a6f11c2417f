/* repo-server/boxed - a render in a boxed worker of the application's project: the job goes in, and each look
 * that the worker takes at the source comes back here and is answered from the traced tree. */
#include "renders.h"

#include "box/tree.h"
#include "doc/json.h"
#include "proto/render.pb-c.h"
#include "wire/wire.h"

static struct err *from_tree(void *tree, const char *what, struct span question, struct arena *a,
                             struct span *out)
{
    return box_tree_answer(tree, what, question, a, out);
}

static struct span packed(struct arena *a, const struct render_request *rq)
{
    Capstan__Render__RenderRequest m = CAPSTAN__RENDER__RENDER_REQUEST__INIT;
    m.has_version = true;
    m.version = 1;
    m.path = wire_text(rq->path);
    m.app_name = wire_text(rq->app_name);
    m.has_source = rq->source != NULL;
    if (rq->source)
        m.source = wire_bytes(span_of(json_text(a, rq->source, 0)));
    return wire_pack(a, &m);
}

struct err *boxed_render(struct box *box, const struct call *call, struct tree *tree,
                         const struct render_request *rq, struct arena *a, struct render_content *out)
{
    const struct box_host host = {.answer = from_tree, .arg = tree};
    const struct box_job job = {.method = "render", .body = packed(a, rq), .host = &host};
    Capstan__Render__RenderReply *reply;
    struct span result;
    TRY(box_run(box, call, &job, a, &result));
    TRYF(wire_unpack(a, &capstan__render__render_reply__descriptor, result, NULL, &reply),
         "the worker that renders");
    *out = (struct render_content){.source_type = reply->source_type ? reply->source_type : "",
                                   .manifests = wire_span(reply->manifests),
                                   .warnings = wire_span(reply->warnings)};
    return NULL;
}
