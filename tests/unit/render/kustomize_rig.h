/* tests/unit/render/kustomize_rig.h - one step of a build over objects written as YAML. */
#ifndef CAPSTAN_TEST_RENDER_KUSTOMIZE_RIG_H
#define CAPSTAN_TEST_RENDER_KUSTOMIZE_RIG_H

#include "doc/json.h"
#include "doc/yaml.h"
#include "lib/test.h"
#include "render/kustomize/build.h"
#include "render/kustomize/merge.h"

/* What the steps ask for: a table of files in place of a root. */
struct kustomize_root {
    const char *path, *text;
};

void kustomize_warn(const struct kustomize_at *at, uint32_t line, const char *format, ...)
{
    struct arena *a = at->build->a;
    va_list ap;
    va_start(ap, format);
    const char *text = arena_vprintf(a, format, ap);
    va_end(ap);
    doc_push_str(a, at->build->warnings, arena_printf(a, "%s:%u: %s", at->file, line, text));
}

struct err *kustomize_read(const struct kustomize_at *at, const char *path, struct span *out)
{
    for (const struct kustomize_root *f = at->root; f && f->path; f++) {
        if (streq(f->path, path)) {
            *out = span_of(f->text);
            return NULL;
        }
    }
    return err_new(ERR_NOT_FOUND, "no file %s", path);
}

struct err *kustomize_text_objects(const struct kustomize_at *at, struct span text, const char *name,
                                   const struct doc **list)
{
    struct arena *a = at->build->a;
    struct yaml_docs docs;
    struct doc *out = doc_new_list(a);
    *list = out;
    TRYF(yaml_read_all(a, text, YAML_V3, NULL, &docs), "%s", name);
    for (size_t i = 0; i < docs.len; i++) {
        struct kustomize_id id = kustomize_id_of(a, docs.at[i]);
        if (doc_is(docs.at[i], DOC_NULL) || (doc_is(docs.at[i], DOC_MAP) && !doc_len(docs.at[i])))
            continue;
        if (!doc_is(docs.at[i], DOC_MAP) || !*id.gvk.kind || !*id.name)
            return err_new(ERR_INVALID, "missing metadata.name in object");
        doc_push(a, out, docs.at[i]);
    }
    return NULL;
}

struct kustomize_rig {
    struct arena *a;
    struct kustomize_build build;
    struct kustomize_at at;
    struct kustomize_set set;
};

static UNUSED struct doc *rig_yaml(struct arena *a, const char *text)
{
    struct doc *d = NULL;
    CHECK_OK(yaml_read(a, span_of(text), YAML_V3, NULL, &d));
    return d;
}

/* A set of the objects of a YAML stream. */
static UNUSED void rig_begin(struct kustomize_rig *r, struct arena *a, const char *objects,
                             const struct kustomize_root *files)
{
    struct yaml_docs docs;
    *r = (struct kustomize_rig){.a = a};
    r->build =
        (struct kustomize_build){.a = a, .schema = kustomize_schema_builtin(), .warnings = doc_new_list(a)};
    r->at = (struct kustomize_at){&r->build, (struct kustomize_root *)(uintptr_t)files, "k.yaml"};
    kustomize_set_init(&r->set, a);
    CHECK_OK(yaml_read_all(a, span_of(objects), YAML_V3, NULL, &docs));
    for (size_t i = 0; i < docs.len; i++)
        CHECK_OK(kustomize_set_add(&r->set, kustomize_resource_new(a, docs.at[i])));
}

/* The objects as JSON, a line each; frees the error and writes "error: ..." in their place. */
static UNUSED const char *rig_end(const struct kustomize_rig *r, struct err *e)
{
    if (e) {
        const char *text = arena_printf(r->a, "error: %s", e->msg);
        err_free(e);
        return text;
    }
    CLEANUP(str_release) struct str out = {0};
    for (size_t i = 0; i < r->set.len; i++)
        str_printf(&out, "%s%s", i ? "\n" : "", json_text(r->a, r->set.at[i]->object, JSON_SORTED));
    return arena_strdup(r->a, str_text(&out));
}

static UNUSED const char *rig_warnings(const struct kustomize_rig *r)
{
    return json_text(r->a, r->build.warnings, 0);
}

#endif
