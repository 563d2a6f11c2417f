/* health/health.h - what an object's own status says of it (specs/engine.md §5; changes-3.6.md).
 *
 * Pure rules over the live object, one table row a kind. Kinds without a row have no health. */
#ifndef CAPSTAN_HEALTH_HEALTH_H
#define CAPSTAN_HEALTH_HEALTH_H

#include "api/object.h"

/* From best to worst: the aggregate of an application takes the worst. */
enum health_status {
    HEALTH_NONE, /* the kind has no check */
    HEALTH_HEALTHY,
    HEALTH_SUSPENDED,
    HEALTH_PROGRESSING,
    HEALTH_MISSING,
    HEALTH_DEGRADED,
    HEALTH_UNKNOWN,
};

struct health {
    enum health_status status;
    const char *message; /* "" when there is none; in the arena or borrowed from the object */
};

/* "Healthy", ...; "" for HEALTH_NONE. */
const char *health_name(enum health_status s);
/* HEALTH_NONE for any other word. */
enum health_status health_parse(const char *word);

/* The health of a live object. */
struct health health_of(struct arena *a, const struct doc *live);

#endif
