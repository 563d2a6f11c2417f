/* schema/apply.h - who owns which field: managedFields, and the merge of server-side apply.
 *
 * A set of fields is a document in FieldsV1 form: "f:NAME" for a field, "k:{...}" for an element of a list of
 * type map, "v:..." for one of a set, "." for the container itself; an empty map is a member. Functions are
 * pure; results live in the arena or share their inputs. */
#ifndef CAPSTAN_SCHEMA_APPLY_H
#define CAPSTAN_SCHEMA_APPLY_H

#include "schema/schema.h"

struct schema_manager {
    const char *name, *api_version;
    const char *subresource; /* "" = the object itself */
    const char *time;        /* RFC 3339 */
    bool force;              /* of an apply: take fields from other managers */
};

/* The fields that `config` states, as an Apply manager owns them. ERR_INVALID for an element without its
 * keys. */
struct err *schema_fields_of(struct arena *a, struct schema_at at, const struct doc *config,
                             const struct doc **out) MUST_USE;

/* `next` with the managedFields that an Update by the manager leaves: what differs from `live` (NULL on
 * create) becomes the manager's and is taken from all others; what is gone is nobody's. An empty list of
 * managedFields in `next` resets them, as the server lets a client do. */
const struct doc *schema_track(struct arena *a, struct schema_at at, const struct schema_manager *who,
                               const struct doc *live, const struct doc *next) MUST_USE;

struct schema_applied {
    const struct doc *object; /* merged, with managedFields */
    const struct doc *causes; /* with a Conflict: details.causes of the Status; else NULL */
};
/* Server-side apply of `config` over `live` (NULL = there is none). ERR_ABORTED, reason "Conflict", when
 * other managers hold fields that it changes and who->force is false; ERR_INTERNAL, as the server answers it,
 * for a field that is not in the schema. */
struct err *schema_apply(struct arena *a, struct schema_at at, const struct schema_manager *who,
                         const struct doc *live, const struct doc *config,
                         struct schema_applied *out) MUST_USE;

/* Do two lists of managedFields say the same but for their times? */
bool schema_same_fields(const struct doc *x, const struct doc *y);

#endif
