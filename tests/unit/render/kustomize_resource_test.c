/* Ids, their history and the set's index: specs/kustomize.md §1.2, §1.3. */
#include "render/kustomize/resource.h"

#include "doc/json.h"
#include "doc/yaml.h"
#include "lib/test.h"

static struct kustomize_resource *object(struct arena *a, const char *yaml)
{
    struct doc *d;
    CHECK_OK(yaml_read(a, span_of(yaml), YAML_V3, NULL, &d));
    return kustomize_resource_new(a, d);
}

static struct kustomize_resource *config_map(struct arena *a, const char *name, const char *namespace)
{
    return object(a,
                  arena_printf(a, "{apiVersion: v1, kind: ConfigMap, metadata: {name: %s, namespace: '%s'}}",
                               name, namespace));
}

TEST(an_id_reads_and_prints_as_the_original_does)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    static const struct {
        const char *yaml, *text;
    } rows[] = {
        {"{apiVersion: apps/v1, kind: Deployment, metadata: {name: web, namespace: shop}}",
         "Deployment.v1.apps/web.shop"},
        {"{apiVersion: v1, kind: ConfigMap, metadata: {name: c}}", "ConfigMap.v1.[noGrp]/c.[noNs]"},
        {"{kind: Foo, metadata: {name: 12}}", "Foo.[noVer].[noGrp]/12.[noNs]"},
        {"{metadata: {namespace: x}}", "[noKind].[noVer].[noGrp]/[noName].x"},
        {"{apiVersion: a.b/c/d, kind: X}", "X.c/d.a.b/[noName].[noNs]"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        CHECK_STR(kustomize_id_text(a, &object(a, rows[i].yaml)->id), rows[i].text);
}

TEST(ids_are_equal_by_effective_namespace)
{
    static const struct {
        struct kustomize_id x, y;
        bool equal;
    } rows[] = {
        {{{"", "v1", "Secret"}, "a", ""}, {{"", "v1", "Secret"}, "a", "default"}, true},
        {{{"", "v1", "Secret"}, "a", "x"}, {{"", "v1", "Secret"}, "a", ""}, false},
        {{{"", "v1", "Node"}, "a", "x"}, {{"", "v1", "Node"}, "a", "y"}, true},
        {{{"", "v2", "Node"}, "a", "x"}, {{"", "v2", "Node"}, "a", "y"}, false},
        {{{"", "v1", "Secret"}, "a", ""}, {{"g", "v1", "Secret"}, "a", ""}, false},
        {{{"", "v1", "Secret"}, "a", ""}, {{"", "v1", "Secret"}, "b", ""}, false},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        CHECKF(kustomize_id_equal(&rows[i].x, &rows[i].y) == rows[i].equal, "row %zu", i);
}

TEST(an_empty_part_of_a_pattern_selects_all)
{
    const struct kustomize_gvk gvk = {"apps", "v1", "Deployment"};
    CHECK(kustomize_gvk_selects(&(struct kustomize_gvk){"", "", ""}, &gvk));
    CHECK(kustomize_gvk_selects(&(struct kustomize_gvk){"apps", "", "Deployment"}, &gvk));
    CHECK(!kustomize_gvk_selects(&(struct kustomize_gvk){"", "v2", ""}, &gvk));
}

TEST(a_set_keeps_order_and_refuses_a_second_of_an_id)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    struct kustomize_set set;
    kustomize_set_init(&set, a);
    CHECK_OK(kustomize_set_add(&set, config_map(a, "a", "")));
    CHECK_OK(kustomize_set_add(&set, config_map(a, "a", "other")));
    CHECK_OK(kustomize_set_add(&set, config_map(a, "b", "")));
    CHECK_ERR(kustomize_set_add(&set, config_map(a, "a", "default")), ERR_INVALID,
              "may not add resource with an already registered id: ConfigMap.v1.[noGrp]/a.default");
    struct kustomize_found both = kustomize_set_named(&set, "ConfigMap", "a");
    CHECK_INT(both.len, 2);
    CHECK(both.at[0] == set.at[0] && both.at[1] == set.at[1]);
    CHECK_INT(kustomize_set_named(&set, "", "b").len, 1);
    kustomize_set_remove(&set, set.at[0]);
    CHECK_INT(set.len, 2);
    CHECK_INT(kustomize_set_named(&set, "ConfigMap", "a").len, 1);
    CHECK_OK(kustomize_set_add(&set, config_map(a, "a", "default")));
}

TEST(a_renamed_resource_is_found_by_every_name_that_it_remembers)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    struct kustomize_set set;
    kustomize_set_init(&set, a);
    struct kustomize_resource *r = config_map(a, "a", "");
    CHECK_OK(kustomize_set_add(&set, r));
    kustomize_remember(&set, r);
    kustomize_set_name(&set, r, "b");
    kustomize_set_name(&set, r, "c"); /* b is forgotten */
    kustomize_remember(&set, r);
    kustomize_set_namespace(&set, r, "x");
    CHECK_INT(kustomize_set_named(&set, "ConfigMap", "a").len, 1);
    CHECK_INT(kustomize_set_named(&set, "ConfigMap", "b").len, 0);
    CHECK_INT(kustomize_set_named(&set, "ConfigMap", "c").len, 1);
    CHECK_INT(r->past_len, 2);
    CHECK_STR(kustomize_original_id(r).name, "a");
    CHECK_STR(json_text(a, doc_get(r->object, "metadata"), 0), "{\"name\":\"c\",\"namespace\":\"x\"}");
    struct kustomize_id id = {{"", "v1", "ConfigMap"}, "c", "default"};
    CHECK_INT(kustomize_set_with_id(&set, &id).len, 1);
    CHECK_INT(kustomize_set_current(&set, &id).len, 0);
    id.namespace = "x";
    CHECK_INT(kustomize_set_current(&set, &id).len, 1);
    kustomize_remember(&set, r);
    kustomize_remember(&set, r);
    CHECK_INT(r->past_len, 3);
}

TEST(an_edit_of_the_object_as_a_whole_is_read_anew)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    struct kustomize_set set;
    kustomize_set_init(&set, a);
    struct kustomize_resource *r = config_map(a, "a", "");
    CHECK_OK(kustomize_set_add(&set, r));
    doc_set_str(a, r->object, "kind", "Secret");
    kustomize_set_reread(&set, r);
    CHECK_INT(kustomize_set_named(&set, "ConfigMap", "a").len, 0);
    CHECK(kustomize_set_named(&set, "Secret", "a").at[0] == r);
}

TEST(a_replacement_takes_the_place_and_is_found_in_order)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    struct kustomize_set set;
    kustomize_set_init(&set, a);
    for (size_t i = 0; i < 3; i++)
        CHECK_OK(kustomize_set_add(&set, config_map(a, "a", arena_printf(a, "n%zu", i))));
    struct kustomize_resource *now = config_map(a, "a", "n9");
    kustomize_set_replace(&set, set.at[1], now);
    struct kustomize_found found = kustomize_set_named(&set, "ConfigMap", "a");
    CHECK_INT(found.len, 3);
    for (size_t i = 0; i < 3; i++)
        CHECK(found.at[i] == set.at[i]);
    CHECK(set.at[1] == now);
}

TEST(a_set_takes_another_in)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    struct kustomize_set set, more;
    kustomize_set_init(&set, a);
    for (size_t round = 0; round < 2; round++) {
        kustomize_set_init(&more, a);
        for (size_t i = 0; i < 100; i++)
            CHECK_OK(kustomize_set_add(&more, config_map(a, arena_printf(a, "c%zu-%zu", round, i), "")));
        CHECK_OK(kustomize_set_absorb(&set, &more));
        CHECK_INT(more.len, 0);
        CHECK_INT(set.len, 100 * (round + 1));
    }
    CHECK_INT(kustomize_set_named(&set, "ConfigMap", "c1-7").len, 1);
    CHECK_OK(kustomize_set_add(&more, config_map(a, "c0-5", "")));
    CHECK_ERR(kustomize_set_absorb(&set, &more), ERR_INVALID, "already registered id");
}

TEST_MAIN
