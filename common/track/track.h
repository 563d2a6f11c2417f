/* track/track.h - which application an object belongs to (specs/engine.md §4).
 *
 * An application's instance name is its name, or <namespace>_<name> outside the control-plane namespace. */
#ifndef CAPSTAN_TRACK_TRACK_H
#define CAPSTAN_TRACK_TRACK_H

#include "api/object.h"

enum track_method { TRACK_ANNOTATION, TRACK_LABEL, TRACK_ANNOTATION_LABEL };

struct track {
    enum track_method method;
    const char *label;           /* application.instanceLabelKey */
    const char *installation_id; /* "" = none */
};

/* argocd-cm's application.resourceTrackingMethod; every unknown word is annotation, as upstream. */
enum track_method track_method_parse(const char *word);
/* How objects are marked where nothing is configured: by annotation. */
extern const struct track track_default;

/* The target with its marks. `dest_ns` stands in the id where the object has no namespace, cluster-scoped objects too. CRDs
 * are not marked. */
const struct doc *track_mark(struct arena *a, const struct track *t, const struct doc *target, const char *instance,
                             const char *dest_ns) MUST_USE;
/* The instance name that the marks of a live object state; empty when it bears none of this installation. Borrowed. */
struct span track_owner(const struct track *t, const struct doc *live);

/* The parts of a tracking id; false when it is none. The spans borrow from `id`. */
struct track_id {
    struct span instance, group, kind, ns, name;
};
bool track_id_parse(const char *id, struct track_id *out);

/* Guards against marks that were copied onto another object (engine.md §4.2). `target` may be NULL (not in Git); `live` NULL
 * is a self-reference. */
bool track_self_reference(const struct track *t, const struct doc *target, const struct doc *live);

#endif
