/* client/controller.h - what other services may ask the application-controller; messages and meaning are in
 * proto/controller.proto. The rules of client/repo.h hold here too: `done(arg, e, reply)` runs once, later,
 * on the loop thread, and either `e` (the callee's to free) or `reply` is NULL. */
#ifndef CAPSTAN_CLIENT_CONTROLLER_H
#define CAPSTAN_CLIENT_CONTROLLER_H

#include "bus/bus.h"
#include "client/ask.h"
#include "proto/controller.pb-c.h"

#define CLIENT_CONTROLLER(name, Name)                                                                        \
    typedef void client_controller_##name##_done(void *arg, struct err *e,                                   \
                                                 const Capstan__Controller__##Name##Reply *reply);           \
    struct client_ask *client_controller_##name(struct bus_client *controller, const struct call *call,      \
                                                const Capstan__Controller__##Name##Request *rq,              \
                                                client_controller_##name##_done *done, void *arg)

CLIENT_CONTROLLER(get_tree, GetTree);
CLIENT_CONTROLLER(get_managed_resources, GetManagedResources);

#endif
