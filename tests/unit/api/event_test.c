/* api/event: what an Event says about an object. */
#include "api/event.h"

#include "doc/json.h"
#include "lib/test.h"

static const struct api_event usual = {.type = "Warning",
                                       .reason = "NotificationFailed",
                                       .message = "m",
                                       .component = "c",
                                       .now_ms = 1764077000000,
                                       .serial = 10};

TEST(an_event_names_its_object)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    struct doc *about = NULL;
    CHECK_OK(json_read(
        a,
        span_of("{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"metadata\":{\"name\":\"p\",\"namespace\":"
                "\"n\",\"uid\":\"u\",\"resourceVersion\":\"7\"}}"),
        NULL, &about));
    CHECK_STR(json_text(a, api_event_about(a, about, &usual), 0),
              "{\"apiVersion\":\"v1\",\"kind\":\"Event\",\"metadata\":{\"name\":\"p.19abb2ed540.a\","
              "\"namespace\":\"n\"},"
              "\"involvedObject\":{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"name\":\"p\",\"namespace\":\"n\","
              "\"resourceVersion\":\"7\",\"uid\":\"u\"},\"reason\":\"NotificationFailed\",\"message\":\"m\","
              "\"type\":"
              "\"Warning\",\"count\":1,\"firstTimestamp\":\"2025-11-25T13:23:20Z\",\"lastTimestamp\":"
              "\"2025-11-25T13:23:20Z\",\"source\":{\"component\":\"c\"}}");
}

TEST(an_event_names_whose_doing_it_is)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    struct api_event e = usual;
    e.user = "jane";
    const struct doc *event = api_event_about(a, doc_new_map(a), &e);
    CHECK_STR(doc_str(doc_path(event, "metadata", "annotations", "user"), ""), "jane");
}

TEST(a_long_message_is_cut_between_characters)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    CLEANUP(str_release) struct str text = {0};
    str_fill(&text, 'x', 1023);
    str_add(&text, "\xc3\xa4");
    struct api_event e = usual;
    e.message = str_text(&text);
    CHECK_INT(doc_len(doc_get(api_event_about(a, doc_new_map(a), &e), "message")), 1023);
}

TEST_MAIN
