/* render/helm/values.h - what a chart's templates see as .Values.
 *
 * Values are the engine's maps (tmpl/value.h) from the start, since they are: a number of YAML is a float64,
 * one of --set an int64. Rules: specs/helm.md §4.7 (coalescing) and §4.8 (what users give). */
#ifndef CAPSTAN_RENDER_HELM_VALUES_H
#define CAPSTAN_RENDER_HELM_VALUES_H

#include "render/helm/chart.h"

/* --- what users give --- */
/* MergeMaps: later wins, maps merge, null is a value. `to` is changed, `from` is taken over. */
void helm_values_merge(struct tmpl_map *to, struct tmpl_map *from);

enum helm_set {
    HELM_SET,         /* --set: true, false, null and integers have their types */
    HELM_SET_STRING,  /* --set-string */
    HELM_SET_FILE,    /* --set-file: values name files */
    HELM_SET_JSON,    /* --set-json: k=JSON,k=JSON */
    HELM_SET_LITERAL, /* --set-literal: all behind the = */
};
/* Reads the file that --set-file names. */
typedef struct err *helm_read_fn(void *arg, const char *path, struct arena *a, struct span *out);
struct helm_setting {
    enum helm_set kind;
    const char *text;
};
struct helm_reader {
    helm_read_fn *read; /* NULL = there are no files */
    void *arg;
};
/* Applies one setting to the values. ERR_INVALID in strvals' words. Lists grow to 65,537 elements, names nest
 * 30 deep, one text makes at most a million elements. */
struct err *helm_values_set(struct arena *a, struct tmpl_map *values, const struct helm_setting *s,
                            const struct helm_reader *reader) MUST_USE;

/* --- coalescing --- */
enum { HELM_MERGE = 1, HELM_NULLS_STAY = 2 };
/* A copy of `user` with the defaults of the chart and of all its children put in. `how`: HELM_MERGE keeps
 * nulls (MergeValues); HELM_NULLS_STAY keeps those that are defaults, as version 3 does. Warnings are added
 * as sentences. ERR_INVALID "type mismatch on sub: ...". */
struct err *helm_values_coalesce(struct arena *a, const struct helm_chart *c, const struct tmpl_map *user,
                                 int how, struct doc *warnings, struct tmpl_map **out) MUST_USE;
/* MergeTables: `dst` wins, nulls stay; src becomes part of dst. */
void helm_values_tables(struct arena *a, struct tmpl_map *dst, struct tmpl_map *src, struct doc *warnings);

/* The table at a dotted path; NULL when there is none, and then `missing` (if given) is the first name that
 * is none. */
struct tmpl_map *helm_values_table(const struct tmpl_map *m, struct span path, struct span *missing);
/* The value at a dotted path that is no table; false when there is none. */
bool helm_values_at(const struct tmpl_map *m, struct span path, struct tmpl_value *out);

#endif
