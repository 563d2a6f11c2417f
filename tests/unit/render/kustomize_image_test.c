/* Image entries: specs/kustomize.md §8.6. The rows are what kustomize 5.8.1 answered. */
#include "unit/render/kustomize_rig.h"

static struct err *apply(struct kustomize_rig *r, const char *entry)
{
    return kustomize_image(&r->at, &r->set, &kustomize_config_default()->images, rig_yaml(r->a, entry));
}

static const char *imaged(struct arena *a, const char *objects, const char *entry)
{
    struct kustomize_rig r;
    rig_begin(&r, a, objects, NULL);
    return rig_end(&r, apply(&r, entry));
}

TEST(names_tags_and_digests)
{
    static const struct {
        const char *image, *entry, *want;
    } rows[] = {
        {"nginx", "{name: nginx, newTag: v2}", "nginx:v2"},
        {"nginx:v1", "{name: nginx, newTag: v2}", "nginx:v2"},
        {"nginx@sha256:24a0c4b4a4c0eb97a1aabb8e29f18e917d05abfe1b7a7c07857230879ce7d3d3",
         "{name: nginx, newTag: v2}", "nginx:v2"},
        {"nginx:v1@sha256:24a0c4b4a4c0eb97a1aabb8e29f18e917d05abfe1b7a7c07857230879ce7d3d3",
         "{name: nginx, newTag: v2}", "nginx:v2"},
        {"nginx:v1",
         "{name: nginx, digest: \"sha256:24a0c4b4a4c0eb97a1aabb8e29f18e917d05abfe1b7a7c07857230879ce7d3d3\"}",
         "nginx@sha256:24a0c4b4a4c0eb97a1aabb8e29f18e917d05abfe1b7a7c07857230879ce7d3d3"},
        {"nginx:v1",
         "{name: nginx, digest: \"sha256:24a0c4b4a4c0eb97a1aabb8e29f18e917d05abfe1b7a7c07857230879ce7d3d3\", "
         "newTag: v3}",
         "nginx:v3@sha256:24a0c4b4a4c0eb97a1aabb8e29f18e917d05abfe1b7a7c07857230879ce7d3d3"},
        {"nginx:v1@sha256:24a0c4b4a4c0eb97a1aabb8e29f18e917d05abfe1b7a7c07857230879ce7d3d3",
         "{name: nginx, newName: foo}",
         "foo:v1@sha256:24a0c4b4a4c0eb97a1aabb8e29f18e917d05abfe1b7a7c07857230879ce7d3d3"},
        {"nginx:v1", "{name: nginx, newName: foo, tagSuffix: -x}", "foo:v1-x"},
        {"nginx", "{name: nginx, tagSuffix: -x}", "nginx:-x-x"},
        {"nginx@sha256:24a0c4b4a4c0eb97a1aabb8e29f18e917d05abfe1b7a7c07857230879ce7d3d3",
         "{name: nginx, tagSuffix: -x}", "nginx:-x-x"},
        {"nginx:v1@sha256:24a0c4b4a4c0eb97a1aabb8e29f18e917d05abfe1b7a7c07857230879ce7d3d3",
         "{name: nginx, tagSuffix: -x}", "nginx:v1-x-x"},
        {"nginx:v1", "{name: nginx, tagSuffix: -x, newTag: v2}", "nginx:v2"},
        {"nginx:v1",
         "{name: nginx, tagSuffix: -x, digest: "
         "\"sha256:24a0c4b4a4c0eb97a1aabb8e29f18e917d05abfe1b7a7c07857230879ce7d3d3\"}",
         "nginx@sha256:24a0c4b4a4c0eb97a1aabb8e29f18e917d05abfe1b7a7c07857230879ce7d3d3"},
        {"reg:5000/a/nginx:v1", "{name: nginx, newTag: v2}", "reg:5000/a/nginx:v1"},
        {"reg:5000/a/nginx:v1", "{name: reg:5000/a/nginx, newTag: v2}", "reg:5000/a/nginx:v2"},
        {"reg:5000/nginx", "{name: \"reg:5000/nginx\", newTag: v2}", "reg:5000/nginx:v2"},
        {"nginx", "{name: \"ngin.\", newTag: v2}", "nginx:v2"},
        {"nginx:{v1}", "{name: nginx, newTag: v2}", "nginx:v2"},
        {"nginx:v1", "{name: \"nginx:v1\", newTag: v2}", "nginx:v2"},
        {"nginx:v1", "{name: \"nginx:v1\", newName: foo}", "foo:v1"},
        {"nginx", "{name: nginx, newName: \"foo:bar\"}", "foo:bar"},
        {"", "{name: \"\", newTag: v2}", ":v2"},
        {"nginx", "{name: \"\", newTag: v2}", "nginx"},
        {":v1", "{name: \"\", newTag: v2}", ":v2"},
        {"nginx", "{name: nginx}", "nginx"},
        {"nginx:v1", "{name: nginx, newName: \"\"}", "nginx:v1"},
        {"a|b", "{name: \"a|b\", newTag: v2}", "a|b:v2"},
        {"a:5", "{name: \"a|b\", newTag: v2}", "a:v2"},
        {"nginx:v1 ", "{name: nginx, newTag: v2}", "nginx:v1 "},
        {"nginx", "{newTag: v2}", "nginx"},
        {"nginx@sha512:abc", "{name: nginx, newTag: v2}", "nginx@sha512:abc"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        CLEANUP(arena_freep) struct arena *a = arena_new("test");
        const char *got =
            imaged(a, arena_printf(a, "{kind: Pod, spec: {containers: [{image: '%s'}]}}", rows[i].image),
                   rows[i].entry);
        const char *want = arena_printf(
            a, "{\"kind\":\"Pod\",\"spec\":{\"containers\":[{\"image\":\"%s\"}]}}", rows[i].want);
        CHECKF(streq(got, want), "%s %s\n  got  %s\n  want %s", rows[i].image, rows[i].entry, got, want);
    }
}

TEST(where_images_are)
{
    static const struct {
        const char *spec, *entry, *want;
    } rows[] = {
        {"{containers: [null, {image: a}], initContainers: [{image: a}]}", "{name: a, newName: b}",
         "{\"containers\":[null,{\"image\":\"b\"}],\"initContainers\":[{\"image\":\"b\"}]}"},
        {"{containers: [null, {image: a}]}", "{name: a, tagSuffix: b}",
         "{\"containers\":[null,{\"image\":\"a:bb\"}]}"},
        {"{x: {containers: [null, {image: a}]}}", "{name: a, tagSuffix: b}",
         "{\"x\":{\"containers\":[null,{\"image\":\"a:b\"}]}}"},
        {"{x: [{y: {initContainers: [{image: a}, {image: null}]}}]}", "{name: a, newName: b}",
         "{\"x\":[{\"y\":{\"initContainers\":[{\"image\":\"b\"},{\"image\":null}]}}]}"},
        {"{x: {containers: [{image: a, containers: [{image: a}]}]}}", "{name: a, newName: b}",
         "{\"x\":{\"containers\":[{\"containers\":[{\"image\":\"b\"}],\"image\":\"b\"}]}}"},
        {"{volumes: [{image: {reference: a}}], template: {spec: {volumes: [{image: {reference: a}}]}}}",
         "{name: a, newName: b}",
         "{\"template\":{\"spec\":{\"volumes\":[{\"image\":{\"reference\":\"b\"}}]}},\"volumes\":[{\"image\":"
         "{"
         "\"reference\":\"b\"}}]}"},
        {"{foo: {containers: {image: a}}, zz: {volumes: [{image: {reference: a}}]}, image: a, others: "
         "[{image: a}]}",
         "{name: a, newName: b}",
         "{\"foo\":{\"containers\":{\"image\":\"a\"}},\"image\":\"a\",\"others\":[{\"image\":\"a\"}],\"zz\":{"
         "\"volumes\":[{\"image\":{\"reference\":\"a\"}}]}}"},
        {"{x: {containers: [{image: 5}]}}", "{name: '5', newTag: b}",
         "{\"x\":{\"containers\":[{\"image\":\"5:b\"}]}}"},
        {"{x: {containers: [foo, {image: a}]}}", "{name: a, newName: b}",
         "error: wrong node kind: expected MappingNode but got ScalarNode: node contents:\nfoo\n"},
        {"{x: {containers: [{image: [a]}]}}", "{name: a, newName: b}",
         "error: wrong node kind: expected ScalarNode but got SequenceNode: node contents:\n- a\n"},
        {"{containers: foo}", "{name: a, newName: b}",
         "error: considering field 'spec/containers[]/image' of object Foo.v1.x/p.[noNs]: expected sequence "
         "or mapping "
         "node"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        CLEANUP(arena_freep) struct arena *a = arena_new("test");
        const char *objects =
            arena_printf(a, "{apiVersion: x/v1, kind: Foo, metadata: {name: p}, spec: %s}", rows[i].spec);
        const char *got = imaged(a, objects, rows[i].entry), *want = rows[i].want;
        if (!starts_with(want, "error: "))
            want = arena_printf(
                a, "{\"apiVersion\":\"x/v1\",\"kind\":\"Foo\",\"metadata\":{\"name\":\"p\"},\"spec\":%s}",
                want);
        CHECKF(streq(got, want), "%s\n  got  %s\n  want %s", rows[i].spec, got, want);
    }
}

TEST(a_definition_of_resources_is_left_alone)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    CHECK_STR(imaged(a, "{kind: CustomResourceDefinition, spec: {containers: [{image: a}]}}",
                     "{name: a, newTag: b}"),
              "{\"kind\":\"CustomResourceDefinition\",\"spec\":{\"containers\":[{\"image\":\"a\"}]}}");
}

TEST(what_matches_nothing_is_said)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    struct kustomize_rig r;
    rig_begin(&r, a, "{kind: Pod, spec: {containers: [{image: 'a:1'}]}}", NULL);
    CHECK_OK(apply(&r, "{name: a, newTag: '1'}"));
    CHECK_STR(rig_warnings(&r), "[]");
    CHECK_OK(apply(&r, "{name: b, newTag: '1'}"));
    CHECK_STR(rig_warnings(&r), "[\"k.yaml:1: no object has the image 'b'\"]");
    rig_begin(&r, a, "{kind: Pod, spec: {containers: [{image: 'a:1'}]}}", NULL);
    CHECK_OK(apply(&r, "{name: '[', newTag: '1'}")); /* 5.8.1 panics */
    CHECK(strstr(rig_warnings(&r), "the image '[' matches nothing: error parsing regexp: "));
}

TEST_MAIN
