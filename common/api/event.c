/* api/event - Events, named as client-go's recorder names them: <object>.<time in hex>. */
#include "api/event.h"

#include "api/object.h"
#include "base/time.h"

#include <inttypes.h>

enum { MESSAGE_MAX = 1024 };

/* The message, cut before a character that does not fit whole. */
static const char *cut(struct arena *a, const char *message)
{
    size_t len = strnlen(message, MESSAGE_MAX + 1);
    if (len <= MESSAGE_MAX)
        return message;
    len = MESSAGE_MAX;
    while (len && ((unsigned char)message[len] & 0xc0) == 0x80)
        len--;
    return arena_strndup(a, message, len);
}

const struct doc *api_event_about(struct arena *a, const struct doc *about, const struct api_event *e)
{
    struct doc *event = doc_new_map(a);
    doc_set_str(a, event, "apiVersion", "v1");
    doc_set_str(a, event, "kind", "Event");
    struct doc *meta = doc_set_map(a, event, "metadata");
    doc_set_str(a, meta, "name",
                arena_printf(a, "%s.%" PRIx64 ".%" PRIx64, api_name(about), (uint64_t)e->now_ms, e->serial));
    doc_set_str(a, meta, "namespace", api_namespace(about));
    if (e->user)
        doc_set_str(a, doc_set_map(a, meta, "annotations"), "user", e->user);
    struct doc *object = doc_set_map(a, event, "involvedObject");
    doc_set_str(a, object, "apiVersion", doc_str(doc_get(about, "apiVersion"), ""));
    doc_set_str(a, object, "kind", api_kind(about));
    doc_set_str(a, object, "name", api_name(about));
    doc_set_str(a, object, "namespace", api_namespace(about));
    doc_set_str(a, object, "resourceVersion", api_resource_version(about));
    doc_set_str(a, object, "uid", api_uid(about));
    doc_set_str(a, event, "reason", e->reason);
    doc_set_str(a, event, "message", cut(a, e->message));
    doc_set_str(a, event, "type", e->type);
    doc_set_int(a, event, "count", 1);
    struct time_text when = time_rfc3339(e->now_ms);
    doc_set_str(a, event, "firstTimestamp", when.text);
    doc_set_str(a, event, "lastTimestamp", when.text);
    doc_set_str(a, doc_set_map(a, event, "source"), "component", e->component);
    return event;
}
