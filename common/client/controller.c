/* client/controller - the stubs of the application-controller, one line each. */
#include "client/controller.h"

#define STUB(name, Name)                                                                                     \
    static void deliver_##name(void (*done)(void), void *arg, struct err *e, const ProtobufCMessage *reply)  \
    {                                                                                                        \
        ((client_controller_##name##_done *)done)(                                                           \
            arg, e, (const Capstan__Controller__##Name##Reply *)(const void *)reply);                        \
    }                                                                                                        \
    struct client_ask *client_controller_##name(struct bus_client *controller, const struct call *call,      \
                                                const Capstan__Controller__##Name##Request *rq,              \
                                                client_controller_##name##_done *done, void *arg)            \
    {                                                                                                        \
        static const struct client_method method = {                                                         \
            "controller." #Name, &capstan__controller__##name##_reply__descriptor, deliver_##name};          \
        struct client_ask *ask = client_ask(controller, call, &method, &rq->base, NULL);                     \
        client_then(ask, (void (*)(void))done, arg);                                                         \
        return ask;                                                                                          \
    }

STUB(get_tree, GetTree)
STUB(get_managed_resources, GetManagedResources)
