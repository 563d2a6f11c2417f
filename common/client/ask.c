/* client/ask - the arena of a reply lives for the length of the callback. */
#include "client/ask.h"

#include <stdlib.h>

struct client_ask {
    const struct client_method *method;
    struct bus_ask *ask;
    void (*done)(void); /* kept without its type; the method's deliver gives it back */
    void *arg;
};

static void on_answer(void *arg, struct err *e, struct span body)
{
    struct client_ask one = *(struct client_ask *)arg;
    free(arg);
    CLEANUP(arena_freep) struct arena *a = arena_new("reply");
    ProtobufCMessage *reply = NULL;
    if (!e)
        e = err_wrap(wire_unpack_(a, one.method->reply, body, NULL, &reply), "answer to %s",
                     one.method->name);
    one.method->deliver(one.done, one.arg, e, e ? NULL : reply);
}

struct client_ask *client_ask(struct bus_client *c, const struct call *call,
                              const struct client_method *method, const ProtobufCMessage *request,
                              const char *prefer)
{
    struct client_ask *ask = mem_zalloc(sizeof(*ask));
    ask->method = method;
    CLEANUP(arena_freep) struct arena *a = arena_new("request");
    struct bus_question q = {method->name, wire_pack_(a, request), prefer};
    ask->ask = bus_client_ask(c, call, &q, on_answer, ask);
    return ask;
}

void client_then(struct client_ask *ask, void (*done)(void), void *arg)
{
    ask->done = done;
    ask->arg = arg;
}

void client_cancel(struct client_ask *ask)
{
    bus_ask_cancel(ask->ask);
    free(ask);
}
