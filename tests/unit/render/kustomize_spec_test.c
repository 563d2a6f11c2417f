/* Field specs, strict decoding and configurations: specs/kustomize.md §4. The texts are what kustomize 5.8.1
 * says. */
#include "render/kustomize/spec.h"

#include "doc/json.h"
#include "doc/yaml.h"
#include "lib/test.h"

static struct doc *yaml(struct arena *a, const char *text)
{
    struct doc *d;
    CHECK_OK(yaml_read(a, span_of(text), YAML_SIGS, NULL, &d));
    return d;
}

static struct err *mark(void *arg, struct kustomize_resource *r, struct doc *field)
{
    (void)r;
    if (doc_is(field, DOC_MAP))
        doc_set_str(arg, field, "x", "y");
    else
        doc_put(field, doc_new_str(arg, "MARK"));
    return NULL;
}

TEST(a_spec_finds_and_makes_fields)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    static const struct {
        const char *path;
        bool create;
        enum doc_kind make;
        const char *spec, *want, *error;
    } rows[] = {
        {"spec/a", false, DOC_STR, "{a: 1}", "{\"a\":\"MARK\"}", NULL},
        {"/spec/a", false, DOC_STR, "{a: null}", "{\"a\":\"MARK\"}", NULL},
        {"spec/b", false, DOC_STR, "{a: 1}", "{\"a\":1}", NULL},
        {"spec/b", true, DOC_NONE, "{a: 1}", "{\"a\":1}", NULL},
        {"spec/b/c", true, DOC_STR, "{a: 1}", "{\"a\":1,\"b\":{\"c\":\"MARK\"}}", NULL},
        {"spec/b/c", true, DOC_MAP, "{b: null}", "{\"b\":{\"c\":{\"x\":\"y\"}}}", NULL},
        {"spec/a/x[]", true, DOC_MAP, "{a: null}", "{\"a\":{}}", NULL},
        {"spec/a[]/x", true, DOC_NONE, "{a: null}", "{\"a\":[]}", NULL},
        {"spec/a[]/x", false, DOC_NONE, "{a: {x: 1}}", "{\"a\":{\"x\":\"MARK\"}}", NULL},
        {"spec/l/q/r", true, DOC_MAP, "{l: [{}, {m: 1}]}",
         "{\"l\":[{\"q\":{\"r\":{\"x\":\"y\"}}},{\"m\":1,\"q\":{\"r\":{\"x\":\"y\"}}}]}", NULL},
        {"spec/l/m", false, DOC_NONE, "{l: [{a: 1}, {m: 1}]}", "{\"l\":[{\"a\":1},{\"m\":\"MARK\"}]}", NULL},
        {"spec/a.b\\/c", false, DOC_STR, "{a.b/c: 1}", "{\"a.b/c\":\"MARK\"}", NULL},
        {"spec/s/x", false, DOC_STR, "{s: text}", NULL,
         "considering field 'spec/s/x' of object Foo.v1.x/foo.[noNs]: expected sequence or mapping node"},
        {"spec//q", true, DOC_STR, "{}", NULL, "cannot set or create an empty field name"},
        {"", true, DOC_STR, "{}", NULL,
         "considering field '' of object Foo.v1.x/foo.[noNs]: cannot set or create an empty field name"},
        {"spec/k/z", true, DOC_STR, "{k: [a]}", NULL,
         "considering field 'spec/k/z' of object Foo.v1.x/foo.[noNs]: visit traversal on path: [z]: expected "
         "sequence or mapping node"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct kustomize_spec spec = {{"", "", ""}, rows[i].path, rows[i].create};
        struct kustomize_resource *r = kustomize_resource_new(
            a, yaml(a, arena_printf(a, "{apiVersion: x/v1, kind: Foo, metadata: {name: foo}, spec: %s}",
                                    rows[i].spec)));
        struct err *e = kustomize_spec_walk(a, &spec, r, rows[i].make, mark, a);
        if (rows[i].error)
            CHECK_ERR(e, ERR_INVALID, rows[i].error);
        else
            CHECK_OK(e);
        if (rows[i].want)
            CHECK_STR(json_text(a, doc_get(r->object, "spec"), 0), rows[i].want);
    }
}

TEST(a_spec_of_another_kind_leaves_the_object_alone)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    const struct doc *shared = yaml(a, "{kind: Foo, spec: {a: 1}}");
    struct kustomize_resource *r = kustomize_resource_new(a, shared);
    CHECK_OK(kustomize_spec_walk(a, &(struct kustomize_spec){{"", "", "Bar"}, "spec/a", false}, r, DOC_STR,
                                 mark, a));
    CHECK_STR(json_text(a, r->object, 0), "{\"kind\":\"Foo\",\"spec\":{\"a\":1}}");
    CHECK_OK(kustomize_spec_walk(a, &(struct kustomize_spec){{"", "", "Foo"}, "spec/a", false}, r, DOC_STR,
                                 mark, a));
    CHECK_STR(json_text(a, r->object, 0), "{\"kind\":\"Foo\",\"spec\":{\"a\":\"MARK\"}}");
    CHECK_STR(json_text(a, shared, 0), "{\"kind\":\"Foo\",\"spec\":{\"a\":1}}");
}

TEST(a_configuration_is_decoded_strictly)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    const struct kustomize_config *c;
    static const struct {
        const char *yaml, *error;
    } rows[] = {
        {"foo: 1", "error unmarshaling JSON: while decoding JSON: json: unknown field \"foo\""},
        {"namePrefix: [{path: a/b, zoo: 1}]", "json: unknown field \"zoo\""},
        {"namePrefix: {a: b}",
         "json: cannot unmarshal object into Go struct field TransformerConfig.namePrefix of "
         "type types.FsSlice"},
        {"nameReference: [{kind: A, fieldSpecs: [{path: x}]}, {kind: A, fieldSpecs: [{path: x, create: "
         "true}]}]",
         "conflicting fieldspecs"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        CHECK_ERR(kustomize_config_read(a, yaml(a, rows[i].yaml), &c), ERR_INVALID, rows[i].error);
    CHECK_OK(kustomize_config_read(a, yaml(a, "NAMEPREFIX: [{path: 1, Kind: Foo, create: true}]"), &c));
    CHECK_INT(c->name_prefix.len, 1);
    CHECK_STR(c->name_prefix.at[0].path, "1");
    CHECK_STR(c->name_prefix.at[0].gvk.kind, "Foo");
    CHECK(c->name_prefix.at[0].create);
}

TEST(configurations_merge_as_a_union)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    const struct kustomize_config *base = kustomize_config_default(), *more, *out;
    CHECK_OK(kustomize_config_merge(a, base, base, &out));
    CHECK(out == base);
    CHECK_OK(kustomize_config_read(
        a,
        yaml(a, "commonLabels: [{path: metadata/labels, kind: A, create: true}, {path: x}]\n"
                "nameReference: [{kind: ConfigMap, version: v1, fieldSpecs: [{path: x}]},\n"
                "  {kind: New, fieldSpecs: [{path: x}]}]\n"),
        &more));
    CHECK_OK(kustomize_config_merge(a, base, more, &out));
    CHECK_INT(out->common_labels.len, base->common_labels.len + 2);
    CHECK_INT(out->references_len, base->references_len + 1);
    /* The particular one takes the place of the general one of the same path. */
    CHECK_OK(kustomize_config_merge(a, more, base, &out));
    CHECK_INT(out->common_labels.len, base->common_labels.len + 1);
    CHECK_OK(kustomize_config_read(a, yaml(a, "commonLabels: [{path: metadata/labels}]"), &more));
    CHECK_ERR(kustomize_config_merge(a, base, more, &out), ERR_INVALID,
              "failed to merge CommonLabels fieldSpec: conflicting fieldspecs");
}

static size_t rows_of(const struct kustomize_config *c)
{
    size_t n = 0;
    for (size_t i = 0; i < c->references_len; i++)
        n += c->references[i].from.len;
    return n;
}

TEST(the_default_configuration_has_all_rows)
{
    const struct kustomize_config *c = kustomize_config_default();
    CHECK_INT(c->common_labels.len, 32);
    CHECK_INT(c->template_labels.len, 10);
    CHECK_INT(c->common_annotations.len, 9);
    CHECK_INT(c->var_reference.len, 72);
    CHECK_INT(c->references_len, 16);
    CHECK_INT(rows_of(c), 52 + 69 + 8 + 4 + 1 + 2 + 9 + 7 + 2 + 3 + 7 + 1 + 1);
}

TEST_MAIN
