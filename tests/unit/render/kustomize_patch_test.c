/* patches, patchesStrategicMerge, patchesJson6902 and their selectors: specs/kustomize.md §6. What the
 * specification leaves open was asked of kustomize 5.8.1; the rows are its answers. */
#include "unit/render/kustomize_rig.h"

static const char objects[] =
    "{apiVersion: v1, kind: ConfigMap, metadata: {name: c, labels: {app: x}}, data: {a: b}}\n---\n"
    "{apiVersion: v1, kind: ConfigMap, metadata: {name: d, namespace: q, annotations: {x: '5'}}}\n---\n"
    "{apiVersion: v1, kind: ConfigMap, metadata: {name: d, namespace: r}}\n";

#define C                                                                                                    \
    "{\"apiVersion\":\"v1\",\"data\":{\"a\":\"b\"},\"kind\":\"ConfigMap\",\"metadata\":{\"labels\":{"        \
    "\"app\":\"x\"},\"name\":\"c\"}"
#define Q                                                                                                    \
    "{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"metadata\":{\"annotations\":{\"x\":\"5\"},\"name\":"    \
    "\"d\",\"namespace\":\"q\"}"
#define R "{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"metadata\":{\"name\":\"d\",\"namespace\":\"r\"}"
#define UNCHANGED C "}\n" Q "}\n" R "}"

static const struct kustomize_root files[] = {
    {"merge.yaml", "{apiVersion: v1, kind: ConfigMap, metadata: {name: c}, data: {f: g}}"},
    {"ops.yaml", "[{\"op\": \"add\", \"path\": \"/x\", \"value\": 1}]"},
    {"empty.yaml", "# nothing\n"},
    {NULL, NULL},
};

typedef struct err *step(const struct kustomize_at *at, struct kustomize_set *set, const struct doc *entries);
struct row {
    const char *entries, *want, *warnings; /* warnings NULL = none */
};

static void run(step *run_step, const struct row *rows, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        CLEANUP(arena_freep) struct arena *a = arena_new("test");
        struct kustomize_rig r;
        rig_begin(&r, a, objects, files);
        const char *got = rig_end(&r, run_step(&r.at, &r.set, rig_yaml(a, rows[i].entries)));
        CHECKF(streq(got, rows[i].want), "%s\n  got  %s\n  want %s", rows[i].entries, got, rows[i].want);
        const char *warnings = rows[i].warnings ? rows[i].warnings : "[]";
        CHECKF(streq(rig_warnings(&r), warnings), "%s\n  warns %s\n  want  %s", rows[i].entries,
               rig_warnings(&r), warnings);
    }
}

#define CHANGED_NOTHING "[\"k.yaml:1: the patch changed nothing\"]"
#define SELECTS_NOTHING "[\"k.yaml:1: the target of the patch selects nothing\"]"
#define CM "apiVersion: v1, kind: ConfigMap, metadata: "
#define TROUBLE "error: trouble configuring builtin PatchTransformer with config: `\n"

TEST(merges_find_their_targets)
{
    static const struct row rows[] = {
        {"[{path: merge.yaml}]",
         "{\"apiVersion\":\"v1\",\"data\":{\"a\":\"b\",\"f\":\"g\"},\"kind\":\"ConfigMap\",\"metadata\":{"
         "\"labels\":{"
         "\"app\":\"x\"},\"name\":\"c\"}}\n" Q "}\n" R "}",
         NULL},
        {"[{patch: '{" CM "{name: d, namespace: r}, data: {z: 1}}'}]",
         C "}\n" Q
           "}\n{\"apiVersion\":\"v1\",\"data\":{\"z\":1},\"kind\":\"ConfigMap\",\"metadata\":{\"name\":\"d\","
           "\"namespace\":\"r\"}}",
         NULL},
        {"[{patch: '{" CM "{name: c}, data: {a: b}}'}]", UNCHANGED, CHANGED_NOTHING},
        {"[{patch: '{" CM "{name: c, namespace: default}, data: {a: b}}'}]", UNCHANGED, CHANGED_NOTHING},
        {"[{patch: '{" CM "{name: c}, $patch: delete}'}]", Q "}\n" R "}", NULL},
        {"[{patch: \"{" CM "{name: c}, $patch: delete}\\n---\\n{" CM
         "{name: d, namespace: q}, $patch: delete}\"}]",
         R "}", NULL},
        {"[{patch: '{" CM "{name: c}, $patch: replace, data: {q: r}}'}]", UNCHANGED, CHANGED_NOTHING},
        {"[{patch: '{" CM "{name: c, labels: {app: null}}, data: null}'}]",
         "{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"metadata\":{\"labels\":{},\"name\":\"c\"}}\n" Q
         "}\n" R "}",
         NULL},
        {"[{patch: '{" CM "{name: zz}}'}]",
         "error: no resource matches strategic merge patch \"ConfigMap.v1.[noGrp]/zz.[noNs]\": no matches "
         "for Id "
         "ConfigMap.v1.[noGrp]/zz.[noNs]; failed to find unique target for patch "
         "ConfigMap.v1.[noGrp]/zz.[noNs]",
         NULL},
        {"[{patch: '{apiVersion: v2, kind: ConfigMap, metadata: {name: c}}'}]",
         "error: no resource matches strategic merge patch \"ConfigMap.v2.[noGrp]/c.[noNs]\": no matches for "
         "Id "
         "ConfigMap.v2.[noGrp]/c.[noNs]; failed to find unique target for patch "
         "ConfigMap.v2.[noGrp]/c.[noNs]",
         NULL},
        {"[{path: empty.yaml}, {patch: '{}'}]", UNCHANGED, NULL},
    };
    run(kustomize_patches, rows, ARRAY_LEN(rows));
}

TEST(merges_with_a_target)
{
    static const struct row rows[] = {
        {"[{target: {name: d, namespace: q}, patch: '{apiVersion: v9, kind: Other, metadata: {name: any, "
         "namespace: "
         "else, labels: {l: 5, n: true, m: null}, annotations: {}}, data: {a: c}}'}]",
         C "}\n{\"apiVersion\":\"v1\",\"data\":{\"a\":\"c\"},\"kind\":\"ConfigMap\",\"metadata\":{"
           "\"annotations\":{"
           "\"x\":\"5\"},\"labels\":{\"l\":\"5\",\"m\":\"null\",\"n\":\"true\"},\"name\":\"d\",\"namespace\":"
           "\"q\"}}\n" R "}",
         NULL},
        {"[{target: {name: d, namespace: q}, options: {allowNameChange: true, allowKindChange: true}, patch: "
         "'{apiVersion: v9, kind: Other, metadata: {name: any, namespace: else}}'}]",
         C "}\n{\"apiVersion\":\"v1\",\"kind\":\"Other\",\"metadata\":{\"annotations\":{\"x\":\"5\"},"
           "\"name\":\"any\","
           "\"namespace\":\"q\"}}\n" R "}",
         NULL},
        {"[{target: {kind: Nope}, path: merge.yaml}]", UNCHANGED, SELECTS_NOTHING},
        {"[{target: {kind: ConfigMap}, patch: '{" CM "{name: c}, $patch: delete}'}]", "", NULL},
        {"[{target: {name: c}, patch: \"{" CM "{name: c}}\\n---\\n{" CM "{name: c}}\"}]",
         "error: Multiple Strategic-Merge Patches in one `patches` entry is not allowed to set "
         "`patches.target` field: "
         "[patch: \"{apiVersion: v1, kind: ConfigMap, metadata: {name: c}}\\n---\\n{apiVersion: v1, kind: "
         "ConfigMap, "
         "metadata: {name: c}}\"]",
         NULL},
    };
    run(kustomize_patches, rows, ARRAY_LEN(rows));
}

TEST(operations_and_selectors)
{
    static const struct row rows[] = {
        {"[{target: {name: c}, path: ops.yaml}]", C ",\"x\":1}\n" Q "}\n" R "}", NULL},
        {"[{target: {name: c|d, namespace: 'q|default'}, path: ops.yaml}]",
         C ",\"x\":1}\n" Q ",\"x\":1}\n" R "}", NULL},
        {"[{target: {name: '[a-c]'}, path: ops.yaml}]", C ",\"x\":1}\n" Q "}\n" R "}", NULL},
        {"[{target: {kind: Config}, path: ops.yaml}]", UNCHANGED, SELECTS_NOTHING},
        {"[{target: {kind: 'Config.*', version: v1}, path: ops.yaml}]",
         C ",\"x\":1}\n" Q ",\"x\":1}\n" R ",\"x\":1}", NULL},
        {"[{target: {kind: ConfigMap, name: d, namespace: r}, path: ops.yaml}]",
         C "}\n" Q "}\n" R ",\"x\":1}", NULL},
        {"[{target: {group: apps}, path: ops.yaml}]", UNCHANGED, SELECTS_NOTHING},
        {"[{target: {labelSelector: 'app in (x,y)'}, path: ops.yaml}]", C ",\"x\":1}\n" Q "}\n" R "}", NULL},
        {"[{target: {annotationSelector: x=5}, path: ops.yaml}]", C "}\n" Q ",\"x\":1}\n" R "}", NULL},
        {"[{target: {annotationSelector: '!x', name: d}, path: ops.yaml}]", C "}\n" Q "}\n" R ",\"x\":1}",
         NULL},
        {"[{target: {name: c}, patch: '[]'}]", UNCHANGED, CHANGED_NOTHING},
        {"[{target: {name: c}, patch: '[{\"op\": \"test\", \"path\": \"/data/a\", \"value\": \"b\"}]'}]",
         UNCHANGED, CHANGED_NOTHING},
        {"[{target: {name: '['}, path: ops.yaml}]", "error: error parsing regexp: missing closing ]: `[)$`",
         NULL},
        {"[{target: {labelSelector: a=b=c}, path: ops.yaml}]",
         "error: unable to parse requirement: found '=', expected: ','", NULL},
        {"[{path: ops.yaml}]", "error: must specify a target for JSON patch [path: \"ops.yaml\"]", NULL},
        {"[{target: {name: c}, patch: '[{\"op\": \"remove\", \"path\": \"/metadata/name\"}]'}]",
         "error: missing metadata.name in object {{v1 ConfigMap} {{ } map[] map[]}}", NULL},
        {"[{target: {name: c}, patch: '[{\"op\": \"remove\", \"path\": \"/kind\"}]'}]",
         "error: missing kind in object {{v1 } {{c } map[] map[]}}", NULL},
    };
    run(kustomize_patches, rows, ARRAY_LEN(rows));
}

TEST(entries_that_are_wrong)
{
    static const struct row rows[] = {
        {"[{target: {name: c}}]",
         TROUBLE "target:\n  name: c\n`: must specify one of patch and path in\ntarget:\n  name: c\n", NULL},
        {"[{patch: foo, path: foo}]",
         TROUBLE
         "patch: foo\npath: foo\n`: patch and path can't be set at the same time\npatch: foo\npath: foo\n",
         NULL},
        {"[{patch: foo}]", TROUBLE "patch: foo\n`: unable to parse SM or JSON patch from [patch: \"foo\"]",
         NULL},
        {"[{target: {name: c}, patch: '[{op: add, path: /x, value: 1}]'}]",
         TROUBLE
         "patch: '[{op: add, path: /x, value: 1}]'\ntarget:\n  name: c\n`: unable to parse SM or JSON "
         "patch from "
         "[patch: \"[{op: add, path: /x, value: 1}]\"]",
         NULL},
        {"[{path: nope.yaml}]",
         TROUBLE "path: nope.yaml\n`: failed to get the patch file from path(nope.yaml): no file nope.yaml",
         NULL},
    };
    run(kustomize_patches, rows, ARRAY_LEN(rows));
}

TEST(the_older_fields)
{
    static const struct row strategic[] = {
        {"[merge.yaml]",
         "{\"apiVersion\":\"v1\",\"data\":{\"a\":\"b\",\"f\":\"g\"},\"kind\":\"ConfigMap\",\"metadata\":{"
         "\"labels\":{"
         "\"app\":\"x\"},\"name\":\"c\"}}\n" Q "}\n" R "}",
         NULL},
        {"['{" CM "{name: zz}}']",
         "error: no matches for Id ConfigMap.v1.[noGrp]/zz.[noNs]; failed to find unique target for patch "
         "ConfigMap.v1.[noGrp]/zz.[noNs]",
         NULL},
        {"['# foo']",
         "error: trouble configuring builtin PatchStrategicMergeTransformer with config: `\npaths:\n- '# "
         "foo'\n`: patch "
         "appears to be empty; files=[# foo], Patch=",
         NULL},
        {"[nope.yaml]",
         "error: trouble configuring builtin PatchStrategicMergeTransformer with config: `\npaths:\n- "
         "nope.yaml\n`: no "
         "file nope.yaml",
         NULL},
        {"['{" CM "{name: c}, $patch: delete}', '{" CM "{name: c}, data: {x: y}}']",
         "error: no matches for Id ConfigMap.v1.[noGrp]/c.[noNs]; failed to find unique target for patch "
         "ConfigMap.v1.[noGrp]/c.[noNs]",
         NULL},
        {"['{" CM "{name: c}, data: {a: b}}']", UNCHANGED, CHANGED_NOTHING},
    };
    static const struct row json[] = {
        {"[{target: {kind: ConfigMap, version: v1, name: c}, path: ops.yaml}]", C ",\"x\":1}\n" Q "}\n" R "}",
         NULL},
        {"[{target: {kind: ConfigMap, version: v1, name: c|d}, patch: '- {op: add, path: /x, value: 1}'}]",
         C ",\"x\":1}\n" Q ",\"x\":1}\n" R ",\"x\":1}", NULL},
        {"[{target: {kind: ConfigMap, name: nope}, path: ops.yaml}]", UNCHANGED, SELECTS_NOTHING},
        {"[{target: {kind: ConfigMap}, patch: '[]'}]",
         "error: trouble configuring builtin PatchJson6902Transformer with config: `\njsonOp: "
         "'[]'\ntarget:\n  kind: "
         "ConfigMap\n`: must specify the target name",
         NULL},
        {"[{target: {name: c}}]",
         "error: trouble configuring builtin PatchJson6902Transformer with config: `\ntarget:\n  name: c\n`: "
         "empty file "
         "path and empty jsonOp",
         NULL},
        {"[{target: {name: c}, patch: '[]', path: foo}]",
         "error: trouble configuring builtin PatchJson6902Transformer with config: `\njsonOp: '[]'\npath: "
         "foo\ntarget:\n  name: c\n`: must specify a file path or jsonOp, not both",
         NULL},
        {"[{target: {name: c}, patch: foo}]",
         "error: trouble configuring builtin PatchJson6902Transformer with config: `\njsonOp: foo\ntarget:\n "
         " name: c\n`: "
         "decoding \"foo\": json: cannot unmarshal string into Go value of type jsonpatch.Patch",
         NULL},
    };
    run(kustomize_patches_strategic, strategic, ARRAY_LEN(strategic));
    run(kustomize_patches_json6902, json, ARRAY_LEN(json));
}

/* In the original every object that a patch touches has annotations, its own notes; patches rely on it. */
TEST(annotations_are_there_to_be_added_to)
{
    static const struct row rows[] = {
        {"[{target: {name: d, namespace: r}, patch: '[{\"op\": \"add\", \"path\": "
         "\"/metadata/annotations/a\", \"value\": "
         "\"b\"}]'}]",
         C "}\n" Q
           "}\n{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"metadata\":{\"annotations\":{\"a\":\"b\"},"
           "\"name\":\"d\",\"namespace\":\"r\"}}",
         NULL},
        {"[{target: {name: d, namespace: q}, patch: '[{\"op\": \"remove\", \"path\": "
         "\"/metadata/annotations/x\"}]'}]",
         C "}\n{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"metadata\":{\"name\":\"d\",\"namespace\":"
           "\"q\"}}\n" R "}",
         NULL},
    };
    static const struct row older[] = {
        {"[{target: {name: d, namespace: r}, patch: '[{\"op\": \"add\", \"path\": "
         "\"/metadata/annotations/a\", \"value\": "
         "\"b\"}]'}]",
         "error: add operation does not apply: doc is missing path: \"/metadata/annotations/a\": missing "
         "value",
         NULL},
    };
    run(kustomize_patches, rows, ARRAY_LEN(rows));
    run(kustomize_patches_json6902, older, ARRAY_LEN(older));
}

/* The patch's own kind says how lists merge where the target's is not known. */
TEST(a_target_of_a_kind_that_no_schema_knows)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    struct kustomize_rig r;
    rig_begin(
        &r, a,
        "{apiVersion: apps/v1, kind: Mine, metadata: {name: d}, spec: {template: {spec: {containers: [{name: "
        "a}]}}}}",
        NULL);
    CHECK_OK(kustomize_patches(
        &r.at, &r.set,
        rig_yaml(a, "[{target: {name: d}, patch: '{apiVersion: apps/v1, kind: Deployment, metadata: "
                    "{name: x}, spec: {template: {spec: {containers: [{name: b}]}}}}'}]")));
    CHECK_STR(rig_end(&r, NULL),
              "{\"apiVersion\":\"apps/v1\",\"kind\":\"Mine\",\"metadata\":{\"name\":\"d\"},\"spec\":{"
              "\"template\":{\"spec\":{\"containers\":[{\"name\":\"b\"},{\"name\":\"a\"}]}}}}");
}

/* By any earlier id; JSON patches of `patches` remember what they rename, those of patchesJson6902 do not. */
TEST(names_that_were)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    struct kustomize_rig r;
    rig_begin(&r, a, "{apiVersion: v1, kind: ConfigMap, metadata: {name: c}}", NULL);
    CHECK_OK(kustomize_patches_json6902(
        &r.at, &r.set,
        rig_yaml(
            a, "[{target: {name: c}, patch: '[{\"op\": \"replace\", \"path\": \"/metadata/name\", \"value\": "
               "\"d\"}]'}]")));
    CHECK_INT(r.set.at[0]->past_len, 0);
    CHECK_OK(kustomize_patches(
        &r.at, &r.set,
        rig_yaml(
            a, "[{target: {name: d}, patch: '[{\"op\": \"replace\", \"path\": \"/metadata/name\", \"value\": "
               "\"e\"}]'}]")));
    CHECK_INT(r.set.at[0]->past_len, 1);
    CHECK_STR(r.set.at[0]->id.name, "e");
    CHECK_OK(kustomize_patches(&r.at, &r.set, rig_yaml(a, "[{patch: '{" CM "{name: d}, data: {a: b}}'}]")));
    CHECK_STR(rig_end(&r, NULL), "{\"apiVersion\":\"v1\",\"data\":{\"a\":\"b\"},\"kind\":\"ConfigMap\","
                                 "\"metadata\":{\"name\":\"e\"}}");
}

TEST_MAIN
