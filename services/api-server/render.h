/* api-server/render.h - the manifests of an Application, by repo-server, one source after the other. */
#ifndef CAPSTAN_API_SERVER_RENDER_H
#define CAPSTAN_API_SERVER_RENDER_H

#include "api.h"

struct render {
    const struct api_app *app; /* in the turn's arena */
    const char *revision;      /* instead of the source's own, for an app with one source; "" = none */
    bool no_cache;
    /* Each source's manifests, a JSON list; NULL when only whether it renders matters. An error ends it all.
     */
    struct err *(*take)(struct turn *t, struct render *r, struct span json);
    /* Once: the error is the callee's to free; r->at is the source that it is about. */
    void (*done)(struct turn *t, struct render *r, struct err *e);
    size_t at;
};

/* `r` is in the turn's arena. */
void render_start(struct turn *t, struct render *r);

#endif
