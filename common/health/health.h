/* health/health.h - what an object's own status says of it (specs/engine.md §5; changes-3.6.md).
 *
 * Pure rules over the live object, one table row a kind. Kinds without a row have no health. */
#ifndef CAPSTAN_HEALTH_HEALTH_H
#define CAPSTAN_HEALTH_HEALTH_H

#include "api/customize.h"

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
    const char *problem; /* a user's script failed: for a condition; in the arena. NULL = none */
};

/* What a user's script said of an object. */
struct health_said {
    struct health health;
    const char *deletion_message; /* in the arena; "" = none */
};

/* Users' scripts, which run elsewhere (DESIGN.md §3). All zero = there are none. */
struct health_scripts {
    const struct api_customize *customize; /* which kinds have one */
    /* False: not known yet, and who asked is told when it is. */
    bool (*ask)(void *arg, const struct api_health_script *script, const struct doc *live, struct arena *a,
                struct health_said *out);
    void *arg;
};

/* "Healthy", ...; "" for HEALTH_NONE. */
const char *health_name(enum health_status s);
/* HEALTH_NONE for any other word. */
enum health_status health_parse(const char *word);

/* The health of a live object by the built-in rules. */
struct health health_of(struct arena *a, const struct doc *live);
/* The same with users' scripts before the rules. False, and *out untouched, while a script has not answered. */
bool health_judge(struct arena *a, const struct health_scripts *scripts, const struct doc *live, struct health *out);
/* What a script's words come to: no status is HEALTH_NONE, an unknown one Unknown. The message is borrowed. */
struct health health_from_script(const char *status, const char *message);
/* A script that failed: Unknown, in the words of the error; the problem names kind, object and the script's key. */
struct health health_script_failed(struct arena *a, const struct api_health_script *script, const struct doc *live,
                                   const struct err *e);

#endif
