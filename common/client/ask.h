/* client/ask.h - a typed question over the bus: packs the request, unpacks the reply. For the stubs of
 * client/. */
#ifndef CAPSTAN_CLIENT_ASK_H
#define CAPSTAN_CLIENT_ASK_H

#include "bus/bus.h"
#include "wire/wire.h"

struct client_ask;

/* The answer is no longer wanted; `done` will not run. Not after it has. */
void client_cancel(struct client_ask *ask);

struct client_method {
    const char *name; /* "repo.ListRefs" */
    const ProtobufCMessageDescriptor *reply;
    /* Calls `done` as what it is. */
    void (*deliver)(void (*done)(void), void *arg, struct err *e, const ProtobufCMessage *reply);
};

/* `prefer` NULL = any peer. */
struct client_ask *client_ask(struct bus_client *c, const struct call *call,
                              const struct client_method *method, const ProtobufCMessage *request,
                              const char *prefer) MUST_USE;
/* Who gets the answer; called right after client_ask. */
void client_then(struct client_ask *ask, void (*done)(void), void *arg);

#endif
