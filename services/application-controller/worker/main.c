/* application-controller/worker - the boxed worker that runs users' scripts: health in Lua, ignore rules in
 * jq. */
#include "box/box.h"
#include "box/jq.h"
#include "box/lua.h"
#include "doc/json.h"
#include "proto/script.pb-c.h"
#include "wire/wire.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

/* The worker's own, over all its jobs. */
static struct box_jq *jq;

static struct err *job_jq(struct box_worker *w, const struct call *call, struct span bytes, struct arena *a,
                          struct span *out)
{
    (void)w, (void)call; /* who waits ends the worker at the deadline */
    Capstan__Script__JqRequest *ask;
    Capstan__Script__JqReply reply = CAPSTAN__SCRIPT__JQ_REPLY__INIT;
    struct span paths;
    TRY(wire_unpack(a, &capstan__script__jq_request__descriptor, bytes, NULL, &ask));
    TRY(box_jq_paths(jq, ask->expression ? ask->expression : "", wire_span(ask->object), a, &paths));
    reply.has_version = reply.has_paths = true;
    reply.version = 1;
    reply.paths = wire_bytes(paths);
    *out = wire_pack(a, &reply);
    return NULL;
}

static struct err *job_health(struct box_worker *w, const struct call *call, struct span bytes,
                              struct arena *a, struct span *out)
{
    (void)w, (void)call;
    Capstan__Script__HealthRequest *ask;
    Capstan__Script__HealthReply reply = CAPSTAN__SCRIPT__HEALTH_REPLY__INIT;
    struct box_lua_health said;
    struct doc *obj;
    TRY(wire_unpack(a, &capstan__script__health_request__descriptor, bytes, NULL, &ask));
    TRY(json_read(a, wire_span(ask->object), NULL, &obj));
    const struct box_lua_script script = {ask->script ? ask->script : "",
                                          ask->has_open_libs && ask->open_libs};
    TRY(box_lua_health(&script, obj, a, &said));
    reply.has_version = true;
    reply.version = 1;
    reply.status = wire_text(said.status);
    reply.message = wire_text(said.message);
    reply.deletion_message = wire_text(said.deletion_message);
    *out = wire_pack(a, &reply);
    return NULL;
}

int main(int argc, char **argv)
{
    static const struct box_handler handlers[] = {{"jq", job_jq}, {"health", job_health}};
    (void)argv;
    if (argc > 1 || isatty(STDIN_FILENO)) {
        fputs("capstan-application-controller-worker: started by capstan-application-controller, to run "
              "scripts in a box; "
              "nothing to call by hand\n",
              stderr);
        return 2;
    }
    setenv("TZ", "UTC0", 1); /* os.date must not look for a file later */
    tzset();
    jq = box_jq_new();
    box_main(handlers, ARRAY_LEN(handlers));
}
