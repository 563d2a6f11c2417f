/* render/helm/split.h - rendered text to documents: split, sorted, hooks apart.
 *
 * Rules: specs/helm.md §4.11. */
#ifndef CAPSTAN_RENDER_HELM_SPLIT_H
#define CAPSTAN_RENDER_HELM_SPLIT_H

#include "render/helm/chart.h"

struct helm_document {
    const char *source; /* "chart/templates/x.yaml" */
    struct span text;
    const char *kind; /* "" without one, and for files of crds/ */
    enum helm_role role;
};
struct helm_documents {
    struct helm_document *at;
    size_t len, cap;
};

/* The pieces of a text between lines that begin with "---", blank ones left out; false at the end. What
 * stands behind the dashes belongs to the piece that follows. Of version 3 the white space behind the dashes
 * goes with them, line breaks too, and pieces are trimmed on both ends. */
struct helm_splitter {
    struct span rest;
    bool inside; /* of a line: behind a separator */
    enum helm_version version;
};
bool helm_split(struct helm_splitter *s, struct span *piece);
/* What Helm looks at in a document. ERR_INVALID "error converting YAML to JSON: ..." */
struct err *helm_head_read(struct arena *a, struct span text, struct helm_head *out) MUST_USE;
/* All documents of rendered files, by the loader's cache and version: manifests in the order of installation,
 * then hooks in the same order. What is dropped (hooks of unknown events) is left out, with a warning.
 * ERR_INVALID "YAML parse error on FILE:
 * ..." */
struct err *helm_documents_of(const struct helm_loader *l, const struct helm_files *files,
                              struct helm_documents *out) MUST_USE;
void helm_documents_push(struct arena *a, struct helm_documents *list, const struct helm_document *d);

#endif
