/* managedFields against a real server's, and the cases of server-side apply. */
#include "base/str.h"
#include "doc/json.h"
#include "lib/test.h"
#include "schema/apply.h"

static const struct doc *json(struct arena *a, const char *text)
{
    struct doc *d = NULL;
    CHECK_OK(json_read(a, span_of(text), NULL, &d));
    return d;
}

static struct schema_manager manager(const char *name)
{
    return (struct schema_manager){
        .name = name, .api_version = "apps/v1", .subresource = "", .time = "MASKED"};
}

/* What the decoding of some kinds adds beyond defaults. */
static const struct doc *decoded(struct arena *a, const struct doc *d)
{
    if (doc_str_is(doc_get(d, "kind"), "StatefulSet")) /* one chart has a field there that does not exist */
        return doc_without(a, d, "spec", "template", "spec", "selector");
    if (doc_str_is(doc_get(d, "kind"), "DaemonSet"))
        return doc_with(a, d, doc_new_str(a, "1"), "metadata", "annotations",
                        "deprecated.daemonset.template.generation");
    const struct doc *labels = doc_path(d, "spec", "template", "metadata", "labels");
    if (doc_str_is(doc_get(d, "kind"), "Job") && !doc_path(d, "metadata", "labels") && labels)
        return doc_with(a, d, labels, "metadata", "labels");
    return d;
}

/* The managedFields that the pipeline of a server gives the object of a row. */
static const struct doc *managed_of(struct arena *a, const struct doc *row, bool apply)
{
    const struct doc *object = doc_get(row, "object");
    struct schema_at at = schema_of(object);
    struct schema_manager who = manager("recorder");
    who.api_version = doc_str(doc_get(object, "apiVersion"), "");
    if (!apply) {
        object = decoded(a, schema_canonical(a, at, object));
        const struct doc *d =
            schema_track(a, at, &who, NULL, doc_without(a, schema_default(a, at, object), "status"));
        return doc_path(d, "metadata", "managedFields");
    }
    struct schema_applied out;
    CHECK_OK(schema_apply(a, at, &who, NULL, doc_without(a, object, "status"), &out));
    return doc_path(out.object, "metadata", "managedFields");
}

/* Admission and the registry of these add fields before they are tracked; they have tests with the sandbox.
 */
static bool told_elsewhere(const struct doc *row)
{
    static const char *const kinds[] = {"Pod", "Namespace", "CustomResourceDefinition"};
    const struct doc *object = doc_get(row, "object");
    return doc_get(object, "stringData") ||
           str_in(doc_str(doc_get(object, "kind"), ""), kinds, ARRAY_LEN(kinds));
}

static void replay(const char *request, size_t at_least)
{
    CLEANUP(mem_freep)
    char *command = mem_printf("zstd -dc %s/stored.jsonl.zst", test_conformance("kubernetes"));
    FILE *f = popen(command, "r");
    CHECK(f);
    char *line = NULL;
    size_t cap = 0, good = 0, bad = 0;
    ssize_t n;
    while ((n = getline(&line, &cap, f)) > 0) {
        CLEANUP(arena_freep) struct arena *a = arena_new("test");
        struct doc *row = NULL;
        CHECK_OK(json_read(a, (struct span){line, (size_t)n}, NULL, &row));
        if (doc_int(doc_get(row, "code"), 0) != 201 || !doc_str_is(doc_get(row, "request"), request) ||
            told_elsewhere(row))
            continue;
        const struct doc *theirs = doc_path(row, "answer", "metadata", "managedFields");
        const struct doc *ours = managed_of(a, row, streq(request, "apply"));
        bool same = !theirs || schema_same_fields(ours, theirs);
        good += same;
        if (!same && bad++ < 12)
            fprintf(stderr, "%s %s\n  ours   %s\n  theirs %s\n", doc_str(doc_path(row, "object", "kind"), ""),
                    doc_str(doc_path(row, "object", "metadata", "name"), ""),
                    ours ? json_text(a, ours, JSON_SORTED) : "-", json_text(a, theirs, JSON_SORTED));
    }
    free(line);
    pclose(f);
    CHECKF(!bad, "%zu of %zu differ", bad, bad + good);
    CHECK(good >= at_least);
}

TEST_SLOW(a_create_owns_what_a_server_says)
{
    replay("create", 600);
}

TEST_SLOW(an_apply_owns_what_a_server_says)
{
    replay("apply", 200);
}

static const char deployment[] =
    "{\"apiVersion\":\"apps/"
    "v1\",\"kind\":\"Deployment\",\"metadata\":{\"name\":\"a\",\"labels\":{\"x\":\"1\",\"y\":\"2\"}},"
    "\"spec\":{\"replicas\":2,\"template\":{\"spec\":{\"containers\":[{\"name\":\"c\",\"image\":\"i\"}]}}}}";

static const struct doc *applied(struct arena *a, const char *by, bool force, const struct doc *live,
                                 const char *config)
{
    struct schema_manager who = manager(by);
    const struct doc *d = json(a, config);
    struct schema_applied out;
    who.force = force;
    CHECK_OK(schema_apply(a, schema_of(d), &who, live, d, &out));
    return out.object;
}

TEST(what_is_no_longer_applied_goes)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    const struct doc *live = applied(a, "one", false, NULL, deployment);
    live = applied(a, "one", false, live,
                   "{\"apiVersion\":\"apps/"
                   "v1\",\"kind\":\"Deployment\",\"metadata\":{\"name\":\"a\",\"labels\":{\"x\":\"1\"}}}");
    CHECK_STR(json_text(a, doc_path(live, "metadata", "labels"), 0), "{\"x\":\"1\"}");
    CHECK(!doc_path(live, "spec", "replicas"));
    CHECK_INT(doc_len(doc_path(live, "metadata", "managedFields")), 1);
}

TEST(what_another_applies_too_stays)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    const struct doc *live = applied(a, "one", false, NULL, deployment);
    live = applied(a, "two", false, live, deployment);
    live = applied(a, "one", false, live,
                   "{\"apiVersion\":\"apps/v1\",\"kind\":\"Deployment\",\"metadata\":{\"name\":\"a\"}}");
    CHECK_INT(doc_int(doc_path(live, "spec", "replicas"), 0), 2);
    CHECK_INT(doc_len(doc_path(live, "spec", "template", "spec", "containers")), 1);
}

TEST(a_conflict_names_the_manager_and_the_field)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    const struct doc *live = applied(a, "one", false, NULL, deployment);
    const struct doc *other =
        json(a, "{\"apiVersion\":\"apps/v1\",\"kind\":\"Deployment\",\"metadata\":{\"name\":\"a\"},"
                "\"spec\":{\"replicas\":3}}");
    struct schema_manager who = manager("two");
    struct schema_applied out;
    CHECK_ERR(schema_apply(a, schema_of(other), &who, live, other, &out), ERR_ABORTED,
              "Apply failed with 1 conflict: conflict with \"one\": .spec.replicas");
    CHECK_STR(doc_str(doc_get(doc_at(out.causes, 0), "field"), ""), ".spec.replicas");
    who.force = true;
    CHECK_OK(schema_apply(a, schema_of(other), &who, live, other, &out));
    CHECK_INT(doc_int(doc_path(out.object, "spec", "replicas"), 0), 3);
    CHECK(!doc_path(doc_at(doc_path(out.object, "metadata", "managedFields"), 0), "fieldsV1", "f:spec",
                    "f:replicas"));
}

TEST(an_update_takes_what_it_changes)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    const struct doc *live = applied(a, "one", false, NULL, deployment);
    struct schema_manager who = manager("edit");
    const struct doc *next = doc_with(a, live, doc_new_int(a, 5), "spec", "replicas");
    next = schema_track(a, schema_of(live), &who, live, next);
    const struct doc *list = doc_path(next, "metadata", "managedFields");
    CHECK_INT(doc_len(list), 2);
    CHECK_STR(json_text(a, doc_get(doc_at(list, 1), "fieldsV1"), 0), "{\"f:spec\":{\"f:replicas\":{}}}");
    CHECK(!doc_path(doc_at(list, 0), "fieldsV1", "f:spec", "f:replicas"));
}

TEST(an_empty_list_of_managed_fields_resets_them)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    const struct doc *live = applied(a, "one", false, NULL, deployment);
    struct schema_manager who = manager("edit");
    const struct doc *next = doc_with(a, live, doc_new_list(a), "metadata", "managedFields");
    CHECK(!doc_path(schema_track(a, schema_of(live), &who, live, next), "metadata", "managedFields"));
}

TEST(an_unknown_field_is_refused_by_its_path)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    const struct doc *d =
        json(a, "{\"apiVersion\":\"apps/v1\",\"kind\":\"Deployment\",\"metadata\":{\"name\":\"a\"},"
                "\"spec\":{\"bogus\":3}}");
    struct schema_manager who = manager("one");
    struct schema_applied out;
    CHECK_ERR(schema_apply(a, schema_of(d), &who, NULL, d, &out), ERR_INTERNAL,
              "failed to create typed patch object (/a; apps/v1, Kind=Deployment): .spec.bogus: field not "
              "declared in schema");
}

TEST_MAIN
