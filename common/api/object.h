/* api/object.h - reading any Kubernetes object: identity, metadata, Argo CD's annotations.
 *
 * Pure functions over documents; what they return is borrowed from the object unless an arena is passed. */
#ifndef CAPSTAN_API_OBJECT_H
#define CAPSTAN_API_OBJECT_H

#include "base/str.h"
#include "doc/doc.h"

/* What identifies an object in a cluster; every text is "" rather than NULL. `ns` is "" for cluster-scoped objects. */
struct api_key {
    const char *group, *kind, *ns, *name;
};

/* Group and version of an object or of an apiVersion: "apps/v1" gives {"apps", "v1"}, "v1" gives {"", "v1"}. */
struct api_gv {
    struct span group, version;
};
struct api_gv api_gv_parse(const char *api_version);
struct api_gv api_gv_of(const struct doc *obj);
/* "apps/v1" or "v1", in the arena. */
const char *api_gv_text(struct arena *a, struct span group, struct span version);

const char *api_kind(const struct doc *obj);
const char *api_name(const struct doc *obj);
const char *api_namespace(const struct doc *obj);
const char *api_uid(const struct doc *obj);
const char *api_resource_version(const struct doc *obj);
const char *api_generate_name(const struct doc *obj);
/* NULL when absent. */
const char *api_annotation(const struct doc *obj, const char *key);
const char *api_label(const struct doc *obj, const char *key);
bool api_is(const struct doc *obj, const char *group, const char *kind);
bool api_deleting(const struct doc *obj);
bool api_has_finalizer(const struct doc *obj, const char *name);

/* The pod spec of a Pod, of a CronJob, or of whatever has spec.template.spec; NULL of all others. */
const struct doc *api_pod_spec(const struct doc *obj);

/* The key of an object; the group lives in the arena, the rest is borrowed. */
struct api_key api_key_of(struct arena *a, const struct doc *obj);
bool api_key_eq(const struct api_key *x, const struct api_key *y);
/* By group, kind, namespace, name: the order of status.resources. */
int api_key_cmp(const struct api_key *x, const struct api_key *y);
/* "group/kind/namespace/name": unique, for maps. */
const char *api_key_text(struct arena *a, const struct api_key *key);
/* The same on the heap, the caller's to free: for maps that outlive an arena. */
char *api_key_id(const struct api_key *key) MUST_USE;

/* Does the comma-separated list hold exactly `option`? Spaces around an item are passed over. */
bool api_csv_has(const char *csv, const char *option);
/* The same over the annotation argocd.argoproj.io/sync-options or compare-options of an object. */
bool api_sync_option(const struct doc *obj, const char *option);
bool api_compare_option(const struct doc *obj, const char *option);

/* --- edits that return an object sharing all but the path --- */
const struct doc *api_with_annotation(struct arena *a, const struct doc *obj, const char *key, const char *value);
const struct doc *api_with_label(struct arena *a, const struct doc *obj, const char *key, const char *value);
const struct doc *api_with_namespace(struct arena *a, const struct doc *obj, const char *ns);

/* What was applied last as client-side apply keeps it in its annotation; NULL when absent, unreadable or no map. */
const struct doc *api_last_applied(struct arena *a, const struct doc *obj);

/* Annotation and label names of Argo CD and Kubernetes. */
#define API_ANNOTATION_REFRESH "argocd.argoproj.io/refresh"
#define API_ANNOTATION_TRACKING "argocd.argoproj.io/tracking-id"
#define API_ANNOTATION_INSTALLATION "argocd.argoproj.io/installation-id"
#define API_ANNOTATION_SYNC_OPTIONS "argocd.argoproj.io/sync-options"
#define API_ANNOTATION_COMPARE_OPTIONS "argocd.argoproj.io/compare-options"
#define API_ANNOTATION_SYNC_WAVE "argocd.argoproj.io/sync-wave"
#define API_ANNOTATION_HOOK "argocd.argoproj.io/hook"
#define API_ANNOTATION_IGNORE_HEALTH "argocd.argoproj.io/ignore-healthcheck"
#define API_ANNOTATION_SKIP_RECONCILE "argocd.argoproj.io/skip-reconcile"
#define API_ANNOTATION_LAST_APPLIED "kubectl.kubernetes.io/last-applied-configuration"
#define API_LABEL_INSTANCE "app.kubernetes.io/instance"
#define API_FINALIZER_HOOK "argocd.argoproj.io/hook-finalizer"
#define API_FINALIZER_PRE_DELETE "pre-delete-finalizer.argocd.argoproj.io"
#define API_FINALIZER_POST_DELETE "post-delete-finalizer.argocd.argoproj.io"
#define API_FINALIZER_RESOURCES "resources-finalizer.argocd.argoproj.io"

#endif
