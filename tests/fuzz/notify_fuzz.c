/* Input: an Application as JSON. What was told is not due again, and the same state gives the same keys. */
#include "notify/notify.h"

#include "base/vec.h"
#include "doc/json.h"
#include "lib/fuzz.h"

static const char settings[] =
    "{\"data\":{\"service.webhook.hook\":\"url: http://x/h\",\"service.slack\":\"token: t\","
    "\"defaultTriggers\":\"[on-created, on-deployed]\"}}";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("fuzz");
    struct limits limits = {.bytes = 1 << 16, .values = 5000};
    struct doc *app = NULL, *config_map = NULL;
    CLEANUP(err_freep) struct err *e = json_read(a, (struct span){(const char *)data, size}, &limits, &app);
    CLEANUP(err_freep) struct err *e2 = json_read(a, span_of(settings), NULL, &config_map);
    if (e || e2)
        return 0;
    struct notify_config *config = notify_config_new(config_map, NULL);
    struct notify_input in = {.app = app, .project = app, .config = config, .now_ms = 1764077000000};
    struct notify_plan first, second, after;
    notify_plan(a, &in, &first);
    notify_plan(a, &in, &second);
    VEC(struct notify_done) done = {0};
    for (size_t i = 0; i < first.due_len; i++) {
        if (second.due_len != first.due_len || strcmp(first.due[i].key, second.due[i].key) != 0)
            panic("one state gave two keys");
        vec_push(&done, first.due[i].done);
    }
    in.done = done.at;
    in.done_len = done.len;
    notify_plan(a, &in, &after);
    if (after.due_len)
        panic("what was told is due again");
    vec_release(&done);
    notify_config_free(config);
    return 0;
}
