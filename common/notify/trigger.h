/* notify/trigger.h - the built-in triggers: for notify/ only. */
#ifndef CAPSTAN_NOTIFY_TRIGGER_H
#define CAPSTAN_NOTIFY_TRIGGER_H

#include "notify/notify.h"

struct trigger {
    const char *name;
    const char *when; /* Argo CD's condition, whose digest stands in every mark */
    bool (*holds)(const struct doc *app);
    const char *(*value)(struct arena *a, const struct doc *app);  /* once per value; NULL = not that kind */
    const char *(*moment)(struct arena *a, const struct doc *app); /* RFC 3339 or "": when it came to hold */
    bool by_moment;                                                /* once per moment */
    const char *(*detail)(const struct doc *app);                  /* "" = nothing to add to the sentence */
    const char *sentence;                                          /* "%s" is the application */
};

/* NULL when it is none of the built-in ones. */
const struct trigger *trigger_find(struct span name);
/* "on-created:[0].<digest>": the middle of a mark. */
const char *trigger_tag(struct arena *a, const struct trigger *t);
/* The revision, or the revisions of several sources joined by "+"; "" before the first sync. */
const char *trigger_revision(struct arena *a, const struct doc *app);
/* Does the status show the end of the last operation? */
bool trigger_refreshed(const struct doc *app);

#endif
