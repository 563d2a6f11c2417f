/* render/kustomize/resource.h - the objects of a build, with who they are and were.
 *
 * An object is known by its id: group, version, kind, name, namespace. Its earlier ids are kept, since
 * patches, generators, replacements and references may address an object by any of them. The set finds a
 * resource by kind and name, current or earlier, without a walk; so whoever edits apiVersion, kind,
 * metadata.name or metadata.namespace of an object does it through the functions here. The object's tree may
 * share memory with the cache of parsed files: edit it through doc_own_* and doc_set* only, which copy what
 * they touch. specs/kustomize.md §1.2, §1.3. */
#ifndef CAPSTAN_RENDER_KUSTOMIZE_RESOURCE_H
#define CAPSTAN_RENDER_KUSTOMIZE_RESOURCE_H

#include "base/arena.h"
#include "base/str.h"
#include "base/vec.h"
#include "doc/doc.h"

/* Texts are never NULL. `namespace` is as the object states it. */
struct kustomize_gvk {
    const char *group, *version, *kind;
};
struct kustomize_id {
    struct kustomize_gvk gvk;
    const char *name, *namespace;
};
/* An earlier id: its group and version are always the current ones. */
struct kustomize_past {
    const char *kind, *name, *namespace;
};

enum kustomize_behavior { KUSTOMIZE_UNSPECIFIED, KUSTOMIZE_CREATE, KUSTOMIZE_REPLACE, KUSTOMIZE_MERGE };

struct kustomize_resource {
    struct doc *object; /* a map */
    struct kustomize_id id;
    struct kustomize_past *past; /* oldest first, the arena's */
    size_t past_len, past_cap;
    const char **prefixes, **suffixes; /* applied, oldest first */
    size_t prefixes_len, suffixes_len;
    enum kustomize_behavior behavior;
    bool needs_hash, from_helm, allow_name_change, allow_kind_change;
    const char *file; /* where it came from, for messages and origin annotations; "" = generated */
    uint32_t line;
    const struct doc *origin;    /* what buildMetadata writes; NULL = not asked for */
    struct doc *transformations; /* a list */
    size_t place;                /* in its set */
};

struct kustomize_set {
    struct arena *a;
    struct kustomize_resource **at; /* in order; never NULL inside */
    size_t len, cap;
    struct kustomize_index *index; /* by kind and name, current and earlier */
};

/* The text of a scalar as messages, selectors and merge keys see it; "" of a null and of all else. */
struct span kustomize_scalar(const struct doc *d);

static inline bool kustomize_is_container(const struct doc *d)
{
    return doc_is(d, DOC_MAP) || doc_is(d, DOC_LIST);
}
/* ERR_INVALID "wrong node kind: expected ScalarNode but got MappingNode: node contents: ...", in the
 * original's words; `want` is one of a kind. */
struct err *kustomize_wrong_kind(struct arena *a, enum doc_kind want, const struct doc *got) MUST_USE;

/* --- ids --- */
/* Is the kind known as cluster-scoped? Unknown kinds are namespaced. */
bool kustomize_is_cluster_scoped(const struct kustomize_gvk *gvk);
/* "_non_namespaceable_", "default" for none, else the namespace. */
const char *kustomize_effective_namespace(const struct kustomize_id *id);
bool kustomize_gvk_equal(const struct kustomize_gvk *x, const struct kustomize_gvk *y);
bool kustomize_id_equal(const struct kustomize_id *x,
                        const struct kustomize_id *y); /* effective namespaces */
/* Empty parts of `pattern` match anything. */
bool kustomize_gvk_selects(const struct kustomize_gvk *pattern, const struct kustomize_gvk *gvk);
/* "Deployment.v1.apps/web.shop", with [noGrp] and its kin where a part is empty. */
const char *kustomize_id_text(struct arena *a, const struct kustomize_id *id);
const char *kustomize_gvk_text(struct arena *a, const struct kustomize_gvk *gvk);
/* The id that an object's fields tell. */
struct kustomize_id kustomize_id_of(struct arena *a, const struct doc *object);
/* Id number i: 0.. past_len - 1 are the earlier ones, past_len is the current one. */
struct kustomize_id kustomize_id_at(const struct kustomize_resource *r, size_t i);
/* The first that it ever had. */
struct kustomize_id kustomize_original_id(const struct kustomize_resource *r);
/* Any of its ids equal to `id`? */
bool kustomize_has_id(const struct kustomize_resource *r, const struct kustomize_id *id);

/* --- resources --- */
/* A resource of the object; nothing is copied but what is edited later. */
struct kustomize_resource *kustomize_resource_new(struct arena *a, const struct doc *object) MUST_USE;
/* Appends the current id to the earlier ones. */
void kustomize_remember(struct kustomize_set *set, struct kustomize_resource *r);

/* --- the set --- */
void kustomize_set_init(struct kustomize_set *set, struct arena *a);
/* ERR_INVALID "may not add resource with an already registered id: <id>". */
struct err *kustomize_set_add(struct kustomize_set *set, struct kustomize_resource *r) MUST_USE;
void kustomize_set_remove(struct kustomize_set *set, struct kustomize_resource *r);
/* `now` takes the place in the order that `old` had. */
void kustomize_set_replace(struct kustomize_set *set, struct kustomize_resource *old,
                           struct kustomize_resource *now);
/* All of `from` after what is there; `from` is empty then. Errors as kustomize_set_add. */
struct err *kustomize_set_absorb(struct kustomize_set *set, struct kustomize_set *from) MUST_USE;
/* Sets the fields in the object and the id. */
void kustomize_set_name(struct kustomize_set *set, struct kustomize_resource *r, const char *name);
void kustomize_set_namespace(struct kustomize_set *set, struct kustomize_resource *r, const char *namespace);
/* The object's fields were edited as a whole (a patch): reads the id from them anew. */
void kustomize_set_reread(struct kustomize_set *set, struct kustomize_resource *r);

/* Resources that bear or bore this kind and name, in order of the set. An empty kind: every resource of that
 * name by a walk. The list is the arena's and good for as long as the set is not edited. */
struct kustomize_found {
    struct kustomize_resource **at;
    size_t len;
};
struct kustomize_found kustomize_set_named(struct kustomize_set *set, const char *kind, const char *name);
/* Those with any id equal to `id`. */
struct kustomize_found kustomize_set_with_id(struct kustomize_set *set, const struct kustomize_id *id);
/* Those whose current id equals `id`: at most one in a set that was only filled by kustomize_set_add. */
struct kustomize_found kustomize_set_current(struct kustomize_set *set, const struct kustomize_id *id);

#endif
