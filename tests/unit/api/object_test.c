/* api/object: what client-side apply left behind. */
#include "api/object.h"

#include "doc/json.h"
#include "lib/test.h"

static const struct doc *last_applied(struct arena *a, const char *annotation)
{
    return api_last_applied(a, api_with_annotation(a, doc_new_map(a), API_ANNOTATION_LAST_APPLIED, annotation));
}

TEST(what_was_applied_last_is_a_map_or_nothing)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    CHECK_STR(json_text(a, last_applied(a, "{\"kind\":\"Pod\"}\n"), 0), "{\"kind\":\"Pod\"}");
    CHECK(!last_applied(a, "[{\"kind\":\"Pod\"}]"));
    CHECK(!last_applied(a, "{\"kind\":"));
    CHECK(!last_applied(a, ""));
    CHECK(!api_last_applied(a, doc_new_map(a)));
}

TEST_MAIN
