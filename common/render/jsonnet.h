/* render/jsonnet.h - a Jsonnet file evaluated by libjsonnet, as go-jsonnet would (specs/engine.md §7.8).
 *
 * libjsonnet 0.18 cannot be interrupted, aborts where memory ends and may run out of stack, so whoever serves
 * others calls this in a boxed worker only, whose process takes these ends. The library is opened when it is
 * first wanted: what renders no Jsonnet does not load it.
 *
 * The standard library is completed to that of go-jsonnet 0.22 (jsonnet_std.c). What stays different: slices
 * with negative numbers, `|||-` and `importbin`, which libjsonnet refuses. */
#ifndef CAPSTAN_RENDER_JSONNET_H
#define CAPSTAN_RENDER_JSONNET_H

#include "base/str.h"
#include "doc/doc.h"
#include "tree/tree.h"

struct render_jsonnet_var {
    const char *name, *value;
    bool code; /* the value is an expression, not a text */
};
struct render_jsonnet {
    struct tree *tree;       /* what imports may reach */
    const char *path;        /* of the file in it; its imports are looked for beside it first */
    const char *const *libs; /* then in these folders, the last first */
    size_t libs_len;
    const struct render_jsonnet_var *ext, *tla;
    size_t ext_len, tla_len;
};

enum { RENDER_JSONNET_FILE_MAX = 8 << 20, RENDER_JSONNET_NESTING_MAX = 1000 };

/* Opens libjsonnet. A boxed worker does it before it is shut in. ERR_UNAVAILABLE, saying which package is
 * missing. */
struct err *render_jsonnet_load(void) MUST_USE;
/* The value as a document. ERR_PRECONDITION with libjsonnet's message, "file:line:column" in it. */
struct err *render_jsonnet(const struct render_jsonnet *rq, struct arena *a, struct doc **out) MUST_USE;

/* jsonnet_scan.c: the text with its importstr's names marked by RENDER_JSONNET_TEXT, added to `out`.
 * ERR_EXHAUSTED, with the line, for brackets that are nested too deep: libjsonnet reads them by recursion. */
#define RENDER_JSONNET_TEXT "capstan:text:"
struct err *render_jsonnet_scan(const char *name, struct span text, struct str *out) MUST_USE;

/* jsonnet_std.c: what go-jsonnet's std has and libjsonnet's lacks, as an object; `std.native` gives it what C
 * does. */
extern const char render_jsonnet_std[];

#endif
