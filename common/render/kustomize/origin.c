/* render/kustomize/origin - where each object came from and what changed it, for buildMetadata.
 *
 * Nothing of it is done unless the root of the build asks. Paths are told from that root's folder, or within
 * the clone that a file lies in. */
#include "doc/yaml.h"
#include "render/kustomize/accumulate.h"

const struct doc *kustomize_builtin(struct arena *a, const char *kind)
{
    struct doc *by = doc_new_map(a);
    doc_set_str(a, by, "apiVersion", "builtin");
    doc_set_str(a, by, "kind", kind);
    return by;
}

/* The way from one clean path to another: "../base/x". */
static const char *relative(struct arena *a, const char *from, const char *to)
{
    size_t same = 0, i = 0;
    for (; from[i] && from[i] == to[i]; i++)
        if (from[i] == '/')
            same = i + 1;
    if ((!from[i] && (!to[i] || to[i] == '/')) || (!to[i] && from[i] == '/'))
        same = i + (from[i] == '/' || to[i] == '/');
    const char *out = to + MIN(same, strlen(to));
    const char *rest = from + MIN(same, strlen(from));
    while (*rest) {
        out = arena_printf(a, "../%s", out);
        rest += strcspn(rest, "/");
        rest += *rest == '/';
    }
    return out;
}

const struct doc *kustomize_origin(const struct kustomize_target *t, const char *path)
{
    const struct kustomize_root *root = t->root, *first = root->build->first;
    struct arena *a = root->build->a;
    struct doc *origin = doc_new_map(a);
    const char *full = path;
    if (!root->build->origins && !root->build->transformations)
        return NULL;
    if (!kustomize_is_http(path) && tree_join(a, root->path, path, &full) && !root->repo)
        full = relative(a, first->path, full);
    doc_set_str(a, origin, "path", full);
    if (root->repo)
        doc_set_str(a, origin, "repo", root->repo->url);
    if (root->repo && *root->repo->ref)
        doc_set_str(a, origin, "ref", root->repo->ref);
    return origin;
}

static struct doc *by_whom(struct arena *a, const struct doc *by)
{
    static const char *const fields[] = {"apiVersion", "kind", "name", "namespace"};
    struct doc *out = doc_new_map(a);
    for (size_t i = 0; i < ARRAY_LEN(fields); i++) {
        const struct doc *value = i < 2 ? doc_get(by, fields[i]) : doc_path(by, "metadata", fields[i]);
        if (*doc_str(value, ""))
            doc_set(a, out, fields[i], value);
    }
    return out;
}

const struct doc *kustomize_origin_by(struct arena *a, const struct doc *origin, const struct doc *by)
{
    if (!origin)
        return NULL;
    struct doc *out = doc_new_map(a);
    doc_each (it, origin)
        if (!span_is(it.key, "path"))
            doc_set_span(a, out, it.key, it.val);
    doc_set(a, out, "configuredIn", doc_get(origin, "path"));
    doc_set(a, out, "configuredBy", by_whom(a, by));
    return out;
}

void kustomize_transformed(struct kustomize_set *set, const struct doc *change)
{
    for (size_t i = 0; i < set->len && change; i++) {
        struct kustomize_resource *r = set->at[i];
        if (!r->transformations)
            r->transformations = doc_new_list(set->a);
        doc_push(set->a, r->transformations, change);
    }
}

/* --- texts --- */

static void write_map(struct str *s, struct arena *a, const struct doc *map, int indent)
{
    doc_each (it, map) {
        if (it.index)
            str_fill(s, ' ', (size_t)indent);
        str_printf(s, "%.*s:", (int)it.key.len, it.key.at);
        if (doc_is(it.val, DOC_MAP)) {
            str_char(s, '\n');
            str_fill(s, ' ', (size_t)indent + 2);
            write_map(s, a, it.val, indent + 2);
        } else {
            str_printf(s, " %s", yaml_text(a, it.val, YAML_WRITE_V3));
        }
    }
}

const char *kustomize_origin_text(struct arena *a, const struct doc *origin)
{
    CLEANUP(str_release) struct str s = {0};
    write_map(&s, a, origin, 0);
    return arena_strdup(a, str_text(&s));
}

const char *kustomize_transformations_text(struct arena *a, const struct doc *list)
{
    CLEANUP(str_release) struct str s = {0};
    doc_each (it, list) {
        str_add(&s, "- ");
        write_map(&s, a, it.val, 2);
    }
    return arena_strdup(a, str_text(&s));
}
