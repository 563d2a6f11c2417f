/* wire: round trips, and bodies that want too much. */
#include "lib/test.h"
#include "proto/repo.pb-c.h"
#include "wire/wire.h"

TEST(round_trip_through_an_arena)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    Capstan__Repo__CommitMetadata c = CAPSTAN__REPO__COMMIT_METADATA__INIT;
    char *tags[] = {wire_text("v1"), wire_text("v2")};
    c.author = wire_text("Jane"), c.tags = tags, c.n_tags = 2, c.date_ms = -5, c.has_date_ms = true;
    Capstan__Repo__RevisionMetadataReply r = CAPSTAN__REPO__REVISION_METADATA_REPLY__INIT, *back = NULL;
    r.version = 1, r.has_version = true, r.commit = &c;
    CHECK_OK(
        wire_unpack(a, &capstan__repo__revision_metadata_reply__descriptor, wire_pack(a, &r), NULL, &back));
    CHECK_STR(back->commit->author, "Jane");
    CHECK_STR(back->commit->tags[1], "v2");
    CHECK_INT(back->commit->date_ms, -5);
    CHECK(back->commit->message == NULL);
}

TEST(limits_are_kept)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    const ProtobufCMessageDescriptor *type = &capstan__repo__renew_interest_request__descriptor;
    Capstan__Repo__RenewInterestRequest *rq = NULL;
    char many[20000]; /* 10,000 empty interests: field 4, length 0 */
    for (size_t i = 0; i < sizeof(many); i += 2)
        many[i] = 4 << 3 | 2, many[i + 1] = 0;
    struct span body = {many, sizeof(many)};
    CHECK_OK(wire_unpack(a, type, body, NULL, &rq));
    CHECK_INT(rq->n_interests, 10000);
    struct wire_limits small = wire_defaults;
    small.memory = 100000;
    CHECK_ERR(wire_unpack(a, type, body, &small, &rq), ERR_EXHAUSTED,
              "needs more than 100000 bytes of memory");
    small = wire_defaults, small.bytes = 1000;
    CHECK_ERR(wire_unpack(a, type, body, &small, &rq), ERR_EXHAUSTED, "over the limit of 1000");
    small = wire_defaults, small.depth = 1;
    CHECK_ERR(wire_unpack(a, type, body, &small, &rq), ERR_EXHAUSTED, "nested too deeply");
}

TEST(nonsense_is_an_error)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    Capstan__Repo__RenewInterestRequest *rq = NULL;
    static const char *const rows[] = {
        "nonsense", "\x22\x7f", "\x22", "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", "\x0b", "\x12\x05x"};
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        CHECK_ERR(
            wire_unpack(a, &capstan__repo__renew_interest_request__descriptor, span_of(rows[i]), NULL, &rq),
            ERR_INVALID, "not a capstan.repo.RenewInterestRequest");
    CHECK_OK(wire_unpack(a, &capstan__repo__renew_interest_request__descriptor, span_of(""), NULL, &rq));
}
TEST_MAIN
