/* api/event.h - a Kubernetes Event (core/v1) about an object. */
#ifndef CAPSTAN_API_EVENT_H
#define CAPSTAN_API_EVENT_H

#include "doc/doc.h"

struct api_event {
    const char *type;      /* "Normal" or "Warning" */
    const char *reason;    /* one word */
    const char *message;   /* at most 1,024 bytes are kept, as the API server asks */
    const char *component; /* who says it */
    const char *user;      /* whose doing it is: annotation `user`; NULL = nobody's */
    int64_t now_ms;        /* wall clock */
    uint64_t serial;       /* differs between events of one process */
};

/* In the namespace of the object that it is about. */
const struct doc *api_event_about(struct arena *a, const struct doc *about,
                                  const struct api_event *e) MUST_USE;

#endif
