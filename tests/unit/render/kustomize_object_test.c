/* Reading texts of manifests: specs/kustomize.md §3.2, texts as kustomize 5.8.1 has them. */
#include "render/kustomize/object.h"

#include "doc/json.h"
#include "lib/test.h"

TEST(texts_are_split_and_lists_expanded)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    static const struct {
        const char *text, *want;
    } rows[] = {
        {"{}", ""},
        {"null", ""},
        {"# c\n", ""},
        {"kind: A\nmetadata: {name: a}\n---\nkind: B\nmetadata: {name: b}\n", "A:1 B:4"},
        {"kind: A\nmetadata: {name: a}\n---#foo\n\nkind: B\nmetadata: {name: b}\n---", "A:1 B:5"},
        {"--- # foo\nkind: B\nmetadata: {name: b}\n...\nfoo: bar\n", "B:2"},
        {"kind: A\r\nmetadata: {name: a}\r\n---\r\nkind: B\r\nmetadata: {name: b}\r\n", "A:1 B:4"},
        {"kind: List\nitems:\n- kind: A\n  metadata: {name: a}\n", "A:3"},
        {"kind: List\nitems: null\n", ""},
        {"kind: List\n", "List:1"},
        {"kind: FooList\nitems:\n- kind: BarList\n  items:\n  - kind: A\n    metadata: {name: a}\n- kind: B\n"
         "  metadata: {name: b}\n---\nkind: C\nmetadata: {name: c}\n",
         "C:10 B:7 A:5"},
        {"kind: A\nmetadata: {name: true}\n", "A:1"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct kustomize_objects o;
        CLEANUP(str_release) struct str got = {0};
        CHECK_OK(kustomize_objects_read(a, span_of(rows[i].text), "r.yaml", &o));
        CHECK_INT(doc_len(o.list), doc_len(o.lines));
        doc_each (it, o.list)
            str_printf(&got, "%s%s:%d", it.index ? " " : "", doc_str(doc_get(it.val, "kind"), ""),
                       (int)doc_int(doc_at(o.lines, it.index), 0));
        CHECK_STR(str_text(&got), rows[i].want);
    }
}

TEST(what_is_no_object_is_refused)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    static const struct {
        const char *text, *error;
    } rows[] = {
        {"a: {b", "MalformedYAMLError: yaml: line 1: did not find expected ',' or '}' in File: r.yaml"},
        {"a: b", "missing Resource metadata"},
        {"- a", "missing Resource metadata"},
        {"hello", "missing Resource metadata"},
        {"metadata: {name: x}", "missing kind in object {{ } {{x } map[] map[]}}"},
        {"apiVersion: v1\nmetadata: {name: x, labels: {b: c, a: 1}, annotations: {z: y}, namespace: q}",
         "missing kind in object {{v1 } {{x q} map[a:1 b:c] map[z:y]}}"},
        {"kind: A\nmetadata: {generateName: a}", "missing metadata.name in object {{ A} {{ } map[] map[]}}"},
        {"kind: A\nmetadata: []", "missing metadata.name in object {{ A} {{ } map[] map[]}}"},
        {"kind: null\nmetadata: {name: a}", "missing kind in object {{ } {{a } map[] map[]}}"},
        {"kind: FooList\nitems: {a: b}",
         "expected array in FooList/items, but found map[string]interface {}"},
        {"kind: FooList\nitems: [a]", "missing Resource metadata"},
        {"kind: A\nmetadata: {name: a}\n--- foo\nkind: B\n", "invalid document separator: --- foo"},
        {"kind: A\nmetadata: {name: a}\n----\nkind: B\n", "invalid document separator: ----"},
        {"kind: A\nkind: B\nmetadata: {name: a}\n", "mapping key \"kind\" already defined at line 1"},
        {"kind: A\nmetadata: {name: a}\nd: *x\n", "yaml: unknown anchor 'x' referenced in File: r.yaml"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct kustomize_objects o;
        CHECK_ERR(kustomize_objects_read(a, span_of(rows[i].text), "r.yaml", &o), ERR_INVALID, rows[i].error);
    }
}

TEST_MAIN
