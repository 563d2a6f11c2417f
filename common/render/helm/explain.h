/* render/helm/explain.h - which values each template read, and where each came from.
 *
 * Fields of .Values are noted while templates run; what a template takes out of a whole map by other means
 * (range, index, toYaml) is noted as that map. Afterwards each name is looked for where values come from, in
 * the order of precedence. */
#ifndef CAPSTAN_RENDER_HELM_EXPLAIN_H
#define CAPSTAN_RENDER_HELM_EXPLAIN_H

#include "render/helm/chart.h"

struct helm_request;

struct helm_read {
    const char *file;  /* the template: "chart/templates/x.yaml" */
    const char *path;  /* as the root chart would write it: "sub.image.tag" */
    const char *value; /* JSON, cut to 60 bytes; "" when there was none */
    const char *from;  /* "--set image.tag=2", "prod.yaml:3", "charts/sub/values.yaml:7", "nowhere" */
};
struct helm_explained {
    struct helm_read *at; /* in the order of the templates' runs, and of first reads within one */
    size_t len;
};

/* --- for the engine --- */
struct helm_watch;
struct helm_watch *helm_watch_new(struct arena *a) MUST_USE;
/* The values of a chart, by the two maps that are the same. */
void helm_watch_chart(struct helm_watch *w, const struct helm_chart *c, const struct tmpl_map *values,
                      const struct tmpl_map *view);
void helm_watch_file(struct helm_watch *w, const char *name);
void helm_watch_read(struct helm_watch *w, const struct tmpl_map *m, struct span key, struct tmpl_value v);

/* ERR_EXHAUSTED when more than a million reads differ. */
struct err *helm_explain(struct helm_watch *w, const struct helm_chart *root, const struct helm_request *rq,
                         struct helm_explained *out) MUST_USE;

#endif
