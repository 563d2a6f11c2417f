/* Replacements: specs/kustomize.md §8.7. The rows are what kustomize 5.8.1 answered. */
#include "unit/render/kustomize_rig.h"

static const char objects[] =
    "{apiVersion: v1, kind: ConfigMap, metadata: {name: src, labels: {a.b/c: lv}}, data: {host: h, n: 5, b: "
    "true, s: "
    "'5', list: [x, y], map: {k: v}, host.port: 'a:b:c', e: '', nul: null, js: '{\"a\": {\"b\": 1}}'}}\n---\n"
    "{apiVersion: v1, kind: Pod, metadata: {name: t, labels: {app: x}}, spec: {a: 1, s: str, u: "
    "'http://old/path', b: "
    "false, list: [p, q], cs: [{name: one, image: i, env: [{name: A, value: v}]}, {name: two, image: j}], m: "
    "{x.y: z}, "
    "json: '{\"a\":{\"b\":1},\"l\":[1,2]}', pj: \"{\\n  \\\"a\\\": {\\n    \\\"b\\\": 1\\n  }\\n}\", yml: "
    "\"a:\\n  b: 1\\n\", plain: hello, nul: null}}\n---\n"
    "{apiVersion: v1, kind: Pod, metadata: {name: t2, namespace: q, annotations: {z: w}}, spec: {s: str2}}\n";

static const struct kustomize_root files[] = {
    {"one.yaml", "{sourceValue: v, targets: [{select: {name: t}, fieldPaths: [spec.s]}]}"},
    {"list.yaml",
     "[{sourceValue: v, targets: [{select: {name: t}, fieldPaths: [spec.s]}]}, {sourceValue: w, targets: "
     "[{select: {name: t2}, fieldPaths: [spec.s]}]}]"},
    {"text.yaml", "foo"},
    {NULL, NULL},
};

/* The fields of t's spec that differ from before, or the error up to the contents that it shows. */
static const char *replaced(struct arena *a, const char *entry)
{
    struct kustomize_rig r;
    rig_begin(&r, a, objects, files);
    const struct doc *before = doc_deep(a, doc_get(r.set.at[1]->object, "spec"));
    CLEANUP(err_freep) struct err *e = kustomize_replacements(&r.at, &r.set, rig_yaml(a, entry));
    if (e) {
        const char *end = strstr(e->msg, ": node contents");
        return arena_printf(a, "error: %.*s", (int)(end ? end - e->msg : (long)strlen(e->msg)), e->msg);
    }
    struct doc *changed = doc_new_map(a);
    doc_each (it, doc_get(r.set.at[1]->object, "spec"))
        if (!doc_equal(it.val, doc_get_span(before, it.key)))
            doc_set_span(a, changed, it.key, it.val);
    return json_text(a, changed, JSON_SORTED);
}

static const struct {
    const char *source, *target, *want;
} field_rows[] = {
    {"data.n", "fieldPaths: [spec.a]", "{\"a\":5}"},
    {"data.n", "fieldPaths: [spec.s]", "{\"s\":\"5\"}"},
    {"data.n", "fieldPaths: [spec.b]",
     "error: map[string]interface {}(nil): yaml: cannot decode !!int `5` as a !!bool"},
    {"data.n", "fieldPaths: [spec.nul]",
     "error: map[string]interface {}(nil): yaml: cannot decode !!int `5` as a !!null"},
    {"data.n", "fieldPaths: [spec.list]", "{\"list\":5}"},
    {"data.n", "fieldPaths: [spec.m]", "{\"m\":5}"},
    {"data.b", "fieldPaths: [spec.a]",
     "error: map[string]interface {}(nil): yaml: cannot decode !!bool `true` as a !!int"},
    {"data.b", "fieldPaths: [spec.s]", "{\"s\":\"true\"}"},
    {"data.b", "fieldPaths: [spec.b]", "{\"b\":true}"},
    {"data.b", "fieldPaths: [spec.nul]",
     "error: map[string]interface {}(nil): yaml: cannot decode !!bool `true` as a !!null"},
    {"data.b", "fieldPaths: [spec.list]", "{\"list\":true}"},
    {"data.b", "fieldPaths: [spec.m]", "{\"m\":true}"},
    {"data.s", "fieldPaths: [spec.a]", "{\"a\":5}"},
    {"data.s", "fieldPaths: [spec.s]", "{\"s\":\"5\"}"},
    {"data.s", "fieldPaths: [spec.b]",
     "error: map[string]interface {}(nil): yaml: cannot decode !!int `5` as a !!bool"},
    {"data.s", "fieldPaths: [spec.nul]",
     "error: map[string]interface {}(nil): yaml: cannot decode !!int `5` as a !!null"},
    {"data.s", "fieldPaths: [spec.list]", "{\"list\":\"5\"}"},
    {"data.s", "fieldPaths: [spec.m]", "{\"m\":\"5\"}"},
    {"data.list", "fieldPaths: [spec.a]",
     "error: map[string]interface {}(nil): yaml: cannot decode !!null `` as a !!int"},
    {"data.list", "fieldPaths: [spec.s]", "{\"s\":\"\"}"},
    {"data.list", "fieldPaths: [spec.b]",
     "error: map[string]interface {}(nil): yaml: cannot decode !!null `` as a !!bool"},
    {"data.list", "fieldPaths: [spec.nul]", "{\"nul\":\"\"}"},
    {"data.list", "fieldPaths: [spec.list]", "{\"list\":[\"x\",\"y\"]}"},
    {"data.list", "fieldPaths: [spec.m]", "{\"m\":[\"x\",\"y\"]}"},
    {"data.map", "fieldPaths: [spec.a]",
     "error: map[string]interface {}(nil): yaml: cannot decode !!null `` as a !!int"},
    {"data.map", "fieldPaths: [spec.s]", "{\"s\":\"\"}"},
    {"data.map", "fieldPaths: [spec.b]",
     "error: map[string]interface {}(nil): yaml: cannot decode !!null `` as a !!bool"},
    {"data.map", "fieldPaths: [spec.nul]", "{\"nul\":\"\"}"},
    {"data.map", "fieldPaths: [spec.list]", "{\"list\":{\"k\":\"v\"}}"},
    {"data.map", "fieldPaths: [spec.m]", "{\"m\":{\"k\":\"v\"}}"},
    {"data.host", "fieldPaths: [spec.a]",
     "error: map[string]interface {}(nil): yaml: cannot decode !!str `h` as a !!int"},
    {"data.host", "fieldPaths: [spec.s]", "{\"s\":\"h\"}"},
    {"data.host", "fieldPaths: [spec.b]",
     "error: map[string]interface {}(nil): yaml: cannot decode !!str `h` as a !!bool"},
    {"data.host", "fieldPaths: [spec.nul]",
     "error: map[string]interface {}(nil): yaml: cannot decode !!str `h` as a !!null"},
    {"data.host", "fieldPaths: [spec.list]", "{\"list\":\"h\"}"},
    {"data.host", "fieldPaths: [spec.m]", "{\"m\":\"h\"}"},
    {"data.e", "fieldPaths: [spec.a]",
     "error: map[string]interface {}(nil): yaml: cannot decode !!null `` as a !!int"},
    {"data.e", "fieldPaths: [spec.s]", "{\"s\":\"\"}"},
    {"data.e", "fieldPaths: [spec.b]",
     "error: map[string]interface {}(nil): yaml: cannot decode !!null `` as a !!bool"},
    {"data.e", "fieldPaths: [spec.nul]", "{\"nul\":\"\"}"},
    {"data.e", "fieldPaths: [spec.list]", "{\"list\":\"\"}"},
    {"data.e", "fieldPaths: [spec.m]", "{\"m\":\"\"}"},
    {"data.nul", "fieldPaths: [spec.a]",
     "error: fieldPath `data.nul` is missing for replacement source "
     "ConfigMap.[noVer].[noGrp]/[noName].[noNs]"},
    {"data.nul", "fieldPaths: [spec.s]",
     "error: fieldPath `data.nul` is missing for replacement source "
     "ConfigMap.[noVer].[noGrp]/[noName].[noNs]"},
    {"data.nul", "fieldPaths: [spec.b]",
     "error: fieldPath `data.nul` is missing for replacement source "
     "ConfigMap.[noVer].[noGrp]/[noName].[noNs]"},
    {"data.nul", "fieldPaths: [spec.nul]",
     "error: fieldPath `data.nul` is missing for replacement source "
     "ConfigMap.[noVer].[noGrp]/[noName].[noNs]"},
    {"data.nul", "fieldPaths: [spec.list]",
     "error: fieldPath `data.nul` is missing for replacement source "
     "ConfigMap.[noVer].[noGrp]/[noName].[noNs]"},
    {"data.nul", "fieldPaths: [spec.m]",
     "error: fieldPath `data.nul` is missing for replacement source "
     "ConfigMap.[noVer].[noGrp]/[noName].[noNs]"},
    {"\"data.host\\\\.port\"", "fieldPaths: [spec.s]", "{\"s\":\"a:b:c\"}"},
    {"\"data.[host.port]\"", "fieldPaths: [spec.s]", "{\"s\":\"a:b:c\"}"},
    {"data.list.0", "fieldPaths: [spec.s]", "{\"s\":\"x\"}"},
    {"data.list.1", "fieldPaths: [spec.s]", "{\"s\":\"y\"}"},
    {"data.list.-", "fieldPaths: [spec.s]", "{\"s\":\"y\"}"},
    {"data.list.2", "fieldPaths: [spec.s]",
     "error: fieldPath `data.list.2` is missing for replacement source "
     "ConfigMap.[noVer].[noGrp]/[noName].[noNs]"},
    {"data.list.5", "fieldPaths: [spec.s]",
     "error: fieldPath `data.list.5` is missing for replacement source "
     "ConfigMap.[noVer].[noGrp]/[noName].[noNs]"},
    {"\"metadata.labels.[a.b/c]\"", "fieldPaths: [spec.s]", "{\"s\":\"lv\"}"},
    {"data.nope", "fieldPaths: [spec.s]",
     "error: fieldPath `data.nope` is missing for replacement source "
     "ConfigMap.[noVer].[noGrp]/[noName].[noNs]"},
    {"data.*", "fieldPaths: [spec.s]",
     "error: error looking up replacement source: wildcard is not supported in PathGetter"},
    {"data.map.*", "fieldPaths: [spec.s]",
     "error: error looking up replacement source: wildcard is not supported in PathGetter"},
    {"data.host.x", "fieldPaths: [spec.s]",
     "error: error looking up replacement source: wrong node kind: expected MappingNode but got "
     "ScalarNode"},
    {"\"\"", "fieldPaths: [spec.s]", "{\"s\":\"src\"}"},
    {"data", "fieldPaths: [spec.s]", "{\"s\":\"\"}"},
    {"\"data.[host.port]\", options: {delimiter: \":\"}", "fieldPaths: [spec.s]", "{\"s\":\"a\"}"},
    {"\"data.[host.port]\", options: {delimiter: \":\", index: 1}", "fieldPaths: [spec.s]", "{\"s\":\"b\"}"},
    {"\"data.[host.port]\", options: {delimiter: \":\", index: 3}", "fieldPaths: [spec.s]",
     "error: options.index 3 is out of bounds for value a:b:c"},
    {"\"data.[host.port]\", options: {delimiter: \":\", index: -1}", "fieldPaths: [spec.s]",
     "error: options.index -1 is out of bounds for value a:b:c"},
    {"\"data.[host.port]\", options: {index: 1}", "fieldPaths: [spec.s]", "{\"s\":\"a:b:c\"}"},
    {"\"data.[host.port]\", options: {delimiter: \"\", index: 0}", "fieldPaths: [spec.s]",
     "{\"s\":\"a:b:c\"}"},
    {"\"data.[host.port]\", options: {create: true}", "fieldPaths: [spec.s]", "{\"s\":\"a:b:c\"}"},
    {"\"data.[host.port]\", options: {create: true, delimiter: \":\"}", "fieldPaths: [spec.s]",
     "{\"s\":\"a\"}"},
    {"data.list, options: {delimiter: \":\"}", "fieldPaths: [spec.s]",
     "error: delimiter option can only be used with scalar nodes"},
    {"data.host", "fieldPaths: [spec.u], options: {delimiter: \"/\"}", "{\"u\":\"h//old/path\"}"},
    {"data.host", "fieldPaths: [spec.u], options: {delimiter: \"/\", index: 2}", "{\"u\":\"http://h/path\"}"},
    {"data.host", "fieldPaths: [spec.u], options: {delimiter: \"/\", index: -1}",
     "{\"u\":\"h/http://old/path\"}"},
    {"data.host", "fieldPaths: [spec.u], options: {delimiter: \"/\", index: -5}",
     "{\"u\":\"h/http://old/path\"}"},
    {"data.host", "fieldPaths: [spec.u], options: {delimiter: \"/\", index: 9}",
     "{\"u\":\"http://old/path/h\"}"},
    {"data.host", "fieldPaths: [spec.u], options: {delimiter: \"/\", index: 3, create: true}",
     "{\"u\":\"http://old/h\"}"},
    {"data.host", "fieldPaths: [spec.list], options: {delimiter: \"/\"}",
     "error: delimiter option can only be used with scalar nodes"},
    {"data.list", "fieldPaths: [spec.u], options: {delimiter: \"/\"}", "{\"u\":\"//old/path\"}"},
    {"data.n", "fieldPaths: [spec.u], options: {delimiter: \"/\", index: 2}", "{\"u\":\"http://5/path\"}"},
    {"data.host", "fieldPaths: [\"spec.cs.[name=^t.*].image\"]",
     "{\"cs\":[{\"env\":[{\"name\":\"A\",\"value\":\"v\"}],\"image\":\"i\",\"name\":\"one\"},{\"image\":"
     "\"h\",\"name\":\"two\"}]}"},
    {"data.host", "fieldPaths: [\"spec.cs.[name=^t.*].image\"], options: {create: true}",
     "{\"cs\":[{\"env\":[{\"name\":\"A\",\"value\":\"v\"}],\"image\":\"i\",\"name\":\"one\"},{\"image\":"
     "\"h\",\"name\":\"two\"}]}"},
    {"data.host", "fieldPaths: [spec.cs.*.image]",
     "{\"cs\":[{\"env\":[{\"name\":\"A\",\"value\":\"v\"}],\"image\":\"h\",\"name\":\"one\"},{\"image\":"
     "\"h\",\"name\":\"two\"}]}"},
    {"data.host", "fieldPaths: [spec.cs.*.image], options: {create: true}",
     "{\"cs\":[{\"env\":[{\"name\":\"A\",\"value\":\"v\"}],\"image\":\"h\",\"name\":\"one\"},{\"image\":"
     "\"h\",\"name\":\"two\"}]}"},
    {"data.host", "fieldPaths: [spec.cs.0.image]",
     "{\"cs\":[{\"env\":[{\"name\":\"A\",\"value\":\"v\"}],\"image\":\"h\",\"name\":\"one\"},{\"image\":"
     "\"j\",\"name\":\"two\"}]}"},
    {"data.host", "fieldPaths: [spec.cs.0.image], options: {create: true}",
     "{\"cs\":[{\"env\":[{\"name\":\"A\",\"value\":\"v\"}],\"image\":\"h\",\"name\":\"one\"},{\"image\":"
     "\"j\",\"name\":\"two\"}]}"},
    {"data.host", "fieldPaths: [spec.cs.-.image]",
     "error: unable to find field \"spec.cs.-.image\" in replacement target: wrong node kind: expected "
     "MappingNode but got SequenceNode"},
    {"data.host", "fieldPaths: [spec.cs.-.image], options: {create: true}",
     "error: unable to find or create field \"spec.cs.-.image\" in replacement target: wrong node kind: "
     "expected MappingNode but got SequenceNode"},
    {"data.host", "fieldPaths: [spec.cs.2.image]",
     "error: unable to find field \"spec.cs.2.image\" in replacement target: index 2 specified but only "
     "2 elements found"},
    {"data.host", "fieldPaths: [spec.cs.2.image], options: {create: true}",
     "{\"cs\":[{\"env\":[{\"name\":\"A\",\"value\":\"v\"}],\"image\":\"i\",\"name\":\"one\"},{\"image\":"
     "\"j\",\"name\":\"two\"},{\"image\":\"h\"}]}"},
    {"data.host", "fieldPaths: [spec.cs.image]",
     "error: unable to find field \"spec.cs.image\" in replacement target: wrong node kind: expected "
     "MappingNode but got SequenceNode"},
    {"data.host", "fieldPaths: [spec.cs.image], options: {create: true}",
     "error: unable to find or create field \"spec.cs.image\" in replacement target: wrong node kind: "
     "expected MappingNode but got SequenceNode"},
    {"data.host", "fieldPaths: [spec.list.*]", "{\"list\":[\"h\",\"h\"]}"},
    {"data.host", "fieldPaths: [spec.list.0]", "{\"list\":[\"h\",\"q\"]}"},
    {"data.host", "fieldPaths: [spec.list.-]",
     "error: unable to find field \"spec.list.-\" in replacement target: wrong node kind: expected "
     "MappingNode but got SequenceNode"},
    {"data.host", "fieldPaths: [spec.list.-], options: {create: true}",
     "error: unable to find or create field \"spec.list.-\" in replacement target: wrong node kind: "
     "expected MappingNode but got SequenceNode"},
    {"data.host", "fieldPaths: [spec.list.2]",
     "error: unable to find field \"spec.list.2\" in replacement target: index 2 specified but only 2 "
     "elements found"},
    {"data.host", "fieldPaths: [spec.list.2], options: {create: true}", "{\"list\":[\"p\",\"q\",\"h\"]}"},
    {"data.host", "fieldPaths: [spec.list.3]",
     "error: unable to find field \"spec.list.3\" in replacement target: index 3 specified but only 2 "
     "elements found"},
    {"data.host", "fieldPaths: [spec.list.3], options: {create: true}",
     "error: unable to find or create field \"spec.list.3\" in replacement target: index 3 specified but "
     "only 2 elements found"},
    {"data.host", "fieldPaths: [spec.m.*]",
     "error: unable to find field \"spec.m.*\" in replacement target: wrong node kind: expected "
     "SequenceNode but got MappingNode"},
    {"data.host", "fieldPaths: [\"spec.m.[x.y]\"]", "{\"m\":{\"x.y\":\"h\"}}"},
    {"data.host", "fieldPaths: [spec.m.x\\.y]", "{\"m\":{\"x.y\":\"h\"}}"},
    {"data.host", "fieldPaths: [\"spec.*.[name=one].image\"]",
     "error: unable to find field \"spec.*.[name=one].image\" in replacement target: wrong node kind: "
     "expected SequenceNode but got MappingNode"},
    {"data.host", "fieldPaths: [spec.nope]",
     "error: unable to find field \"spec.nope\" in replacement target"},
    {"data.host", "fieldPaths: [spec.nope], options: {create: true}", "{\"nope\":\"h\"}"},
    {"data.host", "fieldPaths: [spec.nope.deep]",
     "error: unable to find field \"spec.nope.deep\" in replacement target"},
    {"data.host", "fieldPaths: [spec.nope.deep], options: {create: true}", "{\"nope\":{\"deep\":\"h\"}}"},
    {"data.host", "fieldPaths: [\"spec.cs.[name=one].env.[name=A].value\"]",
     "{\"cs\":[{\"env\":[{\"name\":\"A\",\"value\":\"h\"}],\"image\":\"i\",\"name\":\"one\"},{\"image\":"
     "\"j\",\"name\":\"two\"}]}"},
    {"data.host", "fieldPaths: [\"spec.cs.[name=one].env.[name=A].value\"], options: {create: true}",
     "{\"cs\":[{\"env\":[{\"name\":\"A\",\"value\":\"h\"}],\"image\":\"i\",\"name\":\"one\"},{\"image\":"
     "\"j\",\"name\":\"two\"}]}"},
    {"data.host", "fieldPaths: [\"spec.cs.[name=one].env.[name=B].value\"]",
     "error: unable to find field \"spec.cs.[name=one].env.[name=B].value\" in replacement target"},
    {"data.host", "fieldPaths: [\"spec.cs.[name=one].env.[name=B].value\"], options: {create: true}",
     "{\"cs\":[{\"env\":[{\"name\":\"A\",\"value\":\"v\"},{\"name\":\"B\",\"value\":\"h\"}],\"image\":"
     "\"i\",\"name\":\"one\"},{\"image\":\"j\",\"name\":\"two\"}]}"},
    {"data.host", "fieldPaths: [\"spec.cs.[image=i].name\"]",
     "{\"cs\":[{\"env\":[{\"name\":\"A\",\"value\":\"v\"}],\"image\":\"i\",\"name\":\"h\"},{\"image\":"
     "\"j\",\"name\":\"two\"}]}"},
    {"data.host", "fieldPaths: [\"spec.cs.[image=i].name\"], options: {create: true}",
     "{\"cs\":[{\"env\":[{\"name\":\"A\",\"value\":\"v\"}],\"image\":\"i\",\"name\":\"h\"},{\"image\":"
     "\"j\",\"name\":\"two\"}]}"},
    {"data.host", "fieldPaths: [spec.a.b]",
     "error: unable to find field \"spec.a.b\" in replacement target: wrong node kind: expected "
     "MappingNode but got ScalarNode"},
    {"data.host", "fieldPaths: [spec.a.b], options: {create: true}",
     "error: unable to find or create field \"spec.a.b\" in replacement target: wrong node kind: "
     "expected MappingNode but got ScalarNode"},
    {"data.host", "fieldPaths: [\"spec.list.[=nope]\"]",
     "error: unable to find field \"spec.list.[=nope]\" in replacement target"},
    {"data.host", "fieldPaths: [\"spec.list.[=nope]\"], options: {create: true}",
     "{\"list\":[\"p\",\"q\",\"h\"]}"},
    {"data.host", "fieldPaths: [\"spec.cs.[name=(].image\"]",
     "error: unable to find field \"spec.cs.[name=(].image\" in replacement target: error parsing "
     "regexp: missing closing ): `(`"},
    {"data.host", "fieldPaths: [\"spec.cs.[name=(].image\"], options: {create: true}",
     "error: unable to find or create field \"spec.cs.[name=(].image\" in replacement target: error "
     "parsing regexp: missing closing ): `(`"},
    {"data.host", "fieldPaths: [\"/spec/s\"]",
     "error: unable to find field \"/spec/s\" in replacement target"},
    {"data.host", "fieldPaths: [spec/s]", "error: unable to find field \"spec/s\" in replacement target"},
    {"data.host", "fieldPaths: [spec.cs.*.env.*.value]",
     "{\"cs\":[{\"env\":[{\"name\":\"A\",\"value\":\"h\"}],\"image\":\"i\",\"name\":\"one\"},{\"image\":"
     "\"j\",\"name\":\"two\"}]}"},
    {"data.host", "fieldPaths: [spec.cs.*.env.*.value], options: {create: true}",
     "error: unable to find or create field \"spec.cs.*.env.*.value\" in replacement target: wrong node "
     "kind: expected SequenceNode but got MappingNode"},
    {"data.host", "fieldPaths: [spec.cs.*.nope]",
     "error: unable to find field \"spec.cs.*.nope\" in replacement target"},
    {"data.host", "fieldPaths: [spec.cs.*.nope], options: {create: true}",
     "{\"cs\":[{\"env\":[{\"name\":\"A\",\"value\":\"v\"}],\"image\":\"i\",\"name\":\"one\",\"nope\":"
     "\"h\"},{\"image\":\"j\",\"name\":\"two\",\"nope\":\"h\"}]}"},
    {"data.host", "fieldPaths: [spec.json]", "{\"json\":\"h\"}"},
    {"data.host", "fieldPaths: [spec.json.a.b]", "{}"},
    {"data.host", "fieldPaths: [spec.json.l.0]", "{}"},
    {"data.host", "fieldPaths: [spec.json.a.c]",
     "error: unable to find field \"spec.json.a.c\" in replacement target"},
    {"data.host", "fieldPaths: [spec.json.a.c], options: {create: true}",
     "{\"json\":\"{\\\"a\\\":{\\\"b\\\":1,\\\"c\\\":\\\"h\\\"},\\\"l\\\":[1,2]}\"}"},
    {"data.host", "fieldPaths: [spec.pj.a.b]", "{}"},
    {"data.host", "fieldPaths: [spec.plain.x]",
     "error: unable to find field \"spec.plain.x\" in replacement target: wrong node kind: expected "
     "MappingNode but got ScalarNode"},
    {"data.host", "fieldPaths: [spec.plain.x], options: {create: true}",
     "error: unable to find or create field \"spec.plain.x\" in replacement target: wrong node kind: "
     "expected MappingNode but got ScalarNode"},
    {"data.host", "fieldPaths: [spec.json.*]",
     "error: unable to find field \"spec.json.*\" in replacement target: wrong node kind: expected "
     "SequenceNode but got MappingNode"},
    {"data.host", "fieldPaths: [spec.yml]", "{\"yml\":\"h\"}"},
    {"data.n", "fieldPaths: [spec.json.a.b]", "{\"json\":\"{\\\"a\\\":{\\\"b\\\":5},\\\"l\\\":[1,2]}\"}"},
    {"data.map", "fieldPaths: [spec.json.a.b]", "{}"},
    {"data.map", "fieldPaths: [spec.newmap], options: {create: true}", "{\"newmap\":{\"k\":\"v\"}}"},
    {"data.js", "fieldPaths: [spec.json.a.b]", "{}"},
    {"data.js.a.b", "fieldPaths: [spec.s]",
     "error: error looking up replacement source: wrong node kind: expected MappingNode but got "
     "ScalarNode"},
    {"data.host", "fieldPaths: [spec.json.a.b], options: {delimiter: \"/\", index: 1}", "{}"},
    {"\"data.list.[=x]\"", "fieldPaths: [\"spec.s\"]", "{\"s\":\"x\"}"},
    {"\"data.list.[=z]\"", "fieldPaths: [\"spec.s\"]",
     "error: fieldPath `data.list.[=z]` is missing for replacement source "
     "ConfigMap.[noVer].[noGrp]/[noName].[noNs]"},
    {"\"data.list.[=(]\"", "fieldPaths: [\"spec.s\"]",
     "error: fieldPath `data.list.[=(]` is missing for replacement source "
     "ConfigMap.[noVer].[noGrp]/[noName].[noNs]"},
    {"\"data.list.-1\"", "fieldPaths: [\"spec.s\"]",
     "error: error looking up replacement source: array index -1 cannot be negative"},
    {"data..host", "fieldPaths: [\"spec.s\"]", "{\"s\":\"h\"}"},
    {".data.host", "fieldPaths: [\"spec.s\"]", "{\"s\":\"h\"}"},
    {"data.host.", "fieldPaths: [\"spec.s\"]", "{\"s\":\"h\"}"},
    {"kind: Pod, name: t, fieldPath: \"spec.cs.[name=one].image\"", "fieldPaths: [\"spec.s\"]",
     "{\"s\":\"i\"}"},
    {"kind: Pod, name: t, fieldPath: \"spec.cs.[name=o].image\"", "fieldPaths: [\"spec.s\"]",
     "error: fieldPath `spec.cs.[name=o].image` is missing for replacement source "
     "Pod.[noVer].[noGrp]/t.[noNs]"},
    {"kind: Pod, name: t, fieldPath: \"spec.cs.[name=z].image\"", "fieldPaths: [\"spec.s\"]",
     "error: fieldPath `spec.cs.[name=z].image` is missing for replacement source "
     "Pod.[noVer].[noGrp]/t.[noNs]"},
    {"data.host", "fieldPaths: [\"spec.cs.[name=one].image\"]",
     "{\"cs\":[{\"env\":[{\"name\":\"A\",\"value\":\"v\"}],\"image\":\"h\",\"name\":\"one\"},{\"image\":"
     "\"j\",\"name\":\"two\"}]}"},
    {"data.host", "fieldPaths: [\"spec.cs.[name=o].image\"]",
     "{\"cs\":[{\"env\":[{\"name\":\"A\",\"value\":\"v\"}],\"image\":\"h\",\"name\":\"one\"},{\"image\":"
     "\"h\",\"name\":\"two\"}]}"},
    {"data.host", "fieldPaths: [\"spec.cs.[name=].image\"]",
     "{\"cs\":[{\"env\":[{\"name\":\"A\",\"value\":\"v\"}],\"image\":\"h\",\"name\":\"one\"},{\"image\":"
     "\"h\",\"name\":\"two\"}]}"},
    {"data.host", "fieldPaths: [\"spec.list.[=p]\"]", "{\"list\":[\"h\",\"q\"]}"},
    {"data.host", "fieldPaths: [\"spec.list.[=.]\"]", "{\"list\":[\"h\",\"h\"]}"},
    {"data.host", "fieldPaths: [\"spec.cs.[foo].image\"]",
     "error: unable to find field \"spec.cs.[foo].image\" in replacement target: list path element must "
     "contain fieldName=fieldValue for element to match"},
    {"data.host", "fieldPaths: [\"spec.nul.x\"]",
     "error: unable to find field \"spec.nul.x\" in replacement target"},
    {"data.host", "fieldPaths: [\"spec.b.x\"]",
     "error: unable to find field \"spec.b.x\" in replacement target: wrong node kind: expected "
     "MappingNode but got ScalarNode"},
    {"data.host", "fieldPaths: [\"spec.s.0\"]",
     "error: unable to find field \"spec.s.0\" in replacement target: wrong node kind: expected "
     "SequenceNode but got ScalarNode"},
    {"data.host", "fieldPaths: [\"spec.cs.[name=three].image\"], options: {create: true}",
     "{\"cs\":[{\"env\":[{\"name\":\"A\",\"value\":\"v\"}],\"image\":\"i\",\"name\":\"one\"},{\"image\":"
     "\"j\",\"name\":\"two\"},{\"image\":\"h\",\"name\":\"three\"}]}"},
    {"data.host", "fieldPaths: [\"spec.cs.[name=three]\"], options: {create: true}",
     "{\"cs\":[{\"env\":[{\"name\":\"A\",\"value\":\"v\"}],\"image\":\"i\",\"name\":\"one\"},{\"image\":"
     "\"j\",\"name\":\"two\"},\"h\"]}"},
    {"data.host", "fieldPaths: [\"spec.newl.0\"], options: {create: true}", "{\"newl\":[\"h\"]}"},
    {"data.host", "fieldPaths: [\"spec.newl.0.x\"], options: {create: true}", "{\"newl\":[{\"x\":\"h\"}]}"},
    {"data.host", "fieldPaths: [\"spec.newl.1\"], options: {create: true}",
     "error: unable to find or create field \"spec.newl.1\" in replacement target: index 1 specified but "
     "only 0 elements found"},
    {"data.host", "fieldPaths: [\"spec.newl.[name=x].v\"], options: {create: true}",
     "{\"newl\":[{\"name\":\"x\",\"v\":\"h\"}]}"},
    {"data.host", "fieldPaths: [\"spec.newl.-\"], options: {create: true}", "{\"newl\":{\"-\":\"h\"}}"},
    {"data.host", "fieldPaths: [\"spec.newl.[=x]\"], options: {create: true}", "{\"newl\":[\"h\"]}"},
    {"data.host", "fieldPaths: [\"spec.newl.*\"], options: {create: true}",
     "error: unable to find or create field \"spec.newl.*\" in replacement target: wrong node kind: "
     "expected SequenceNode but got MappingNode"},
    {"data.host", "fieldPaths: [\"spec.nul\"], options: {create: true}",
     "error: map[string]interface {}(nil): yaml: cannot decode !!str `h` as a !!null"},
    {"data.host", "fieldPaths: [\"spec.nul.x\"], options: {create: true}", "{}"},
    {"data.host", "fieldPaths: [\"spec.cs.[foo].image\"], options: {create: true}",
     "error: unable to find or create field \"spec.cs.[foo].image\" in replacement target: list path "
     "element must contain fieldName=fieldValue for element to match"},
    {"data.host", "fieldPaths: [\"spec.cs.-1.image\"], options: {create: true}",
     "error: unable to find or create field \"spec.cs.-1.image\" in replacement target: wrong node kind: "
     "expected MappingNode but got SequenceNode"},
    {"data.host", "fieldPaths: [\"spec.json.l.2\"], options: {create: true}",
     "{\"json\":\"{\\\"a\\\":{\\\"b\\\":1},\\\"l\\\":[1,2,\\\"h\\\"]}\"}"},
    {"data.host", "fieldPaths: [\"spec.json.new.deep\"], options: {create: true}",
     "{\"json\":\"{\\\"a\\\":{\\\"b\\\":1},\\\"l\\\":[1,2],\\\"new\\\":{\\\"deep\\\":\\\"h\\\"}}\"}"},
    {"data.host", "fieldPaths: [\"spec.cs.[name=^t].q\"], options: {create: true}",
     "{\"cs\":[{\"env\":[{\"name\":\"A\",\"value\":\"v\"}],\"image\":\"i\",\"name\":\"one\"},{\"image\":"
     "\"j\",\"name\":\"two\",\"q\":\"h\"}]}"},
    {"data.n", "fieldPaths: [\"spec.new\"], options: {create: true}", "{\"new\":5}"},
    {"data.n", "fieldPaths: [\"spec.cs.*.image\"]",
     "{\"cs\":[{\"env\":[{\"name\":\"A\",\"value\":\"v\"}],\"image\":\"5\",\"name\":\"one\"},{\"image\":"
     "\"5\",\"name\":\"two\"}]}"},
    {"data.n", "fieldPaths: [\"spec.json.a.c\"], options: {create: true}",
     "{\"json\":\"{\\\"a\\\":{\\\"b\\\":1,\\\"c\\\":5},\\\"l\\\":[1,2]}\"}"},
    {"data.n", "fieldPaths: [\"spec.pj.a.c\"], options: {create: true}",
     "{\"pj\":\"{\\n  \\\"a\\\": {\\n    \\\"b\\\": 1,\\n    \\\"c\\\": 5\\n  }\\n}\"}"},
    {"data.b", "fieldPaths: [\"spec.new\"], options: {create: true}", "{\"new\":true}"},
    {"data.b", "fieldPaths: [\"spec.cs.*.image\"]",
     "{\"cs\":[{\"env\":[{\"name\":\"A\",\"value\":\"v\"}],\"image\":\"true\",\"name\":\"one\"},{"
     "\"image\":\"true\",\"name\":\"two\"}]}"},
    {"data.b", "fieldPaths: [\"spec.json.a.c\"], options: {create: true}",
     "{\"json\":\"{\\\"a\\\":{\\\"b\\\":1,\\\"c\\\":true},\\\"l\\\":[1,2]}\"}"},
    {"data.b", "fieldPaths: [\"spec.pj.a.c\"], options: {create: true}",
     "{\"pj\":\"{\\n  \\\"a\\\": {\\n    \\\"b\\\": 1,\\n    \\\"c\\\": true\\n  }\\n}\"}"},
    {"data.s", "fieldPaths: [\"spec.new\"], options: {create: true}", "{\"new\":5}"},
    {"data.s", "fieldPaths: [\"spec.cs.*.image\"]",
     "{\"cs\":[{\"env\":[{\"name\":\"A\",\"value\":\"v\"}],\"image\":\"5\",\"name\":\"one\"},{\"image\":"
     "\"5\",\"name\":\"two\"}]}"},
    {"data.s", "fieldPaths: [\"spec.json.a.c\"], options: {create: true}",
     "{\"json\":\"{\\\"a\\\":{\\\"b\\\":1,\\\"c\\\":5},\\\"l\\\":[1,2]}\"}"},
    {"data.s", "fieldPaths: [\"spec.pj.a.c\"], options: {create: true}",
     "{\"pj\":\"{\\n  \\\"a\\\": {\\n    \\\"b\\\": 1,\\n    \\\"c\\\": 5\\n  }\\n}\"}"},
    {"data.list", "fieldPaths: [\"spec.new\"], options: {create: true}", "{\"new\":[\"x\",\"y\"]}"},
    {"data.list", "fieldPaths: [\"spec.cs.*.image\"]",
     "{\"cs\":[{\"env\":[{\"name\":\"A\",\"value\":\"v\"}],\"image\":\"\",\"name\":\"one\"},{\"image\":"
     "\"\",\"name\":\"two\"}]}"},
    {"data.list", "fieldPaths: [\"spec.json.a.c\"], options: {create: true}",
     "{\"json\":\"{\\\"a\\\":{\\\"b\\\":1,\\\"c\\\":[\\\"x\\\",\\\"y\\\"]},\\\"l\\\":[1,2]}\"}"},
    {"data.list", "fieldPaths: [\"spec.pj.a.c\"], options: {create: true}",
     "{\"pj\":\"{\\n  \\\"a\\\": {\\n    \\\"b\\\": 1,\\n    \\\"c\\\": [\\n      \\\"x\\\",\\n      "
     "\\\"y\\\"\\n    ]\\n  }\\n}\"}"},
    {"data.map", "fieldPaths: [\"spec.new\"], options: {create: true}", "{\"new\":{\"k\":\"v\"}}"},
    {"data.map", "fieldPaths: [\"spec.cs.*.image\"]",
     "{\"cs\":[{\"env\":[{\"name\":\"A\",\"value\":\"v\"}],\"image\":\"\",\"name\":\"one\"},{\"image\":"
     "\"\",\"name\":\"two\"}]}"},
    {"data.map", "fieldPaths: [\"spec.json.a.c\"], options: {create: true}",
     "{\"json\":\"{\\\"a\\\":{\\\"b\\\":1,\\\"c\\\":{\\\"k\\\":\\\"v\\\"}},\\\"l\\\":[1,2]}\"}"},
    {"data.map", "fieldPaths: [\"spec.pj.a.c\"], options: {create: true}",
     "{\"pj\":\"{\\n  \\\"a\\\": {\\n    \\\"b\\\": 1,\\n    \\\"c\\\": {\\n      \\\"k\\\": "
     "\\\"v\\\"\\n    }\\n  }\\n}\"}"},
};

TEST(fields_of_all_kinds)
{
    for (size_t i = 0; i < ARRAY_LEN(field_rows); i++) {
        CLEANUP(arena_freep) struct arena *a = arena_new("test");
        const char *kind = starts_with(field_rows[i].source, "kind:") ? "" : "kind: ConfigMap, fieldPath: ";
        const char *got =
            replaced(a, arena_printf(a, "[{source: {%s%s}, targets: [{select: {kind: Pod, name: t}, %s}]}]",
                                     kind, field_rows[i].source, field_rows[i].target));
        CHECKF(streq(got, field_rows[i].want), "%s | %s\n  got  %s\n  want %s", field_rows[i].source,
               field_rows[i].target, got, field_rows[i].want);
    }
}

/* What a text holds is written back; comments are lost, unlike in the original. */
TEST(a_text_that_holds_yaml)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    CHECK_STR(
        replaced(a,
                 "[{source: {kind: ConfigMap, fieldPath: data.n}, targets: [{select: {kind: Pod, name: t}, "
                 "fieldPaths: [spec.yml.a.b]}]}]"),
        "{\"yml\":\"a:\\n  b: 5\"}");
}

static const struct {
    const char *entry, *want, *warnings; /* s of t and of t2, or the error; NULL = none */
} entry_rows[] = {
    {"{sourceValue: v, targets: [{select: {kind: Pod, name: t}, fieldPaths: [spec.s]}]}", "v str2", NULL},
    {"{sourceValue: '', targets: [{select: {kind: Pod, name: t}, fieldPaths: [spec.s]}]}", " str2", NULL},
    {"{sourceValue: v, source: {kind: ConfigMap}, targets: [{select: {kind: Pod}, fieldPaths: "
     "[spec.s]}]}",
     "value and resource selectors are mutually exclusive", NULL},
    {"{targets: [{select: {kind: Pod, name: t}, fieldPaths: [spec.s]}]}",
     "replacements must specify a source and at least one target", NULL},
    {"{sourceValue: v}", "replacements must specify a source and at least one target", NULL},
    {"{sourceValue: v, targets: [{fieldPaths: [spec.s]}]}", "target must specify resources to select", NULL},
    {"{sourceValue: v, targets: [{select: {}, fieldPaths: [spec.s]}]}",
     "unable to find field \"spec.s\" in replacement target", NULL},
    {"{sourceValue: v, targets: [{select: {kind: Pod}, reject: [{name: t}], fieldPaths: [spec.s]}]}", "str v",
     NULL},
    {"{sourceValue: v, targets: [{select: {kind: Pod}, reject: [{name: t}, {namespace: q}], fieldPaths: "
     "[spec.s]}]}",
     "str str2", "[\"k.yaml:1: the target of the replacement selects nothing\"]"},
    {"{sourceValue: v, targets: [{select: {kind: Pod}, reject: [{labelSelector: app=x}], fieldPaths: "
     "[spec.s]}]}",
     "str v", NULL},
    {"{sourceValue: v, targets: [{select: {kind: Pod}, reject: [{name: t, labelSelector: app=y}], "
     "fieldPaths: "
     "[spec.s]}]}",
     "str v", NULL},
    {"{sourceValue: v, targets: [{select: {kind: Pod}, reject: [{name: t2, labelSelector: app=x}], "
     "fieldPaths: "
     "[spec.s]}]}",
     "str str2", "[\"k.yaml:1: the target of the replacement selects nothing\"]"},
    {"{sourceValue: v, targets: [{select: {kind: Pod}, reject: [{}], fieldPaths: [spec.s]}]}", "v v", NULL},
    {"{sourceValue: v, targets: [{select: {kind: 'P.*', name: t.+}, fieldPaths: [spec.s]}]}", "str v", NULL},
    {"{sourceValue: v, targets: [{select: {labelSelector: app}, fieldPaths: [spec.s]}]}", "v str2", NULL},
    {"{sourceValue: v, targets: [{select: {annotationSelector: z=w}, fieldPaths: [spec.s]}]}", "str v", NULL},
    {"{sourceValue: v, targets: [{select: {namespace: default, kind: Pod}, fieldPaths: [spec.s]}]}",
     "str str2", "[\"k.yaml:1: the target of the replacement selects nothing\"]"},
    {"{sourceValue: str, targets: [{select: {name: t}, fieldPaths: [spec.s]}]}", "str str2",
     "[\"k.yaml:1: the replacement changed nothing\"]"},
    {"{sourceValue: v, targets: [{select: {name: '['}, fieldPaths: [spec.s]}]}",
     "error creating target selector: error parsing regexp: missing closing ]: `[)$`", NULL},
    {"{source: {kind: Nope}, targets: [{select: {kind: Pod}, fieldPaths: [spec.s]}]}",
     "nothing selected by Nope.[noVer].[noGrp]/[noName].[noNs]", NULL},
    {"{source: {kind: Nope, fieldPath: a.b, options: {delimiter: '-', index: 2}}, targets: [{select: "
     "{kind: Pod}}]}",
     "nothing selected by Nope.[noVer].[noGrp]/[noName].[noNs]:a.b:-(2), create=false", NULL},
    {"{source: {kind: Pod, options: {create: true}}, targets: [{select: {kind: Pod}}]}",
     "multiple matches for selector Pod.[noVer].[noGrp]/[noName].[noNs]:(0), create=true", NULL},
    {"{source: {kind: Pod}, targets: [{select: {kind: Pod}, fieldPaths: [spec.s]}]}",
     "multiple matches for selector Pod.[noVer].[noGrp]/[noName].[noNs]", NULL},
    {"{source: {kind: Pod, name: 't.*'}, targets: [{select: {kind: Pod}, fieldPaths: [spec.s]}]}",
     "nothing selected by Pod.[noVer].[noGrp]/t.*.[noNs]", NULL},
    {"{source: {kind: Pod, namespace: q}, targets: [{select: {name: t}, fieldPaths: [spec.s]}]}", "t2 str2",
     NULL},
    {"{source: {kind: Pod, namespace: default}, targets: [{select: {name: t}, fieldPaths: [spec.s]}]}",
     "t str2", NULL},
    {"{path: one.yaml}", "v str2", NULL},
    {"{path: list.yaml}", "v w", NULL},
    {"{path: text.yaml}",
     "trouble configuring builtin ReplacementTransformer with config: `\nReplacements:\n- path: "
     "text.yaml\n`: "
     "unsupported replacement type encountered within replacement path: text.yaml",
     NULL},
    {"{path: x.yaml, source: {kind: Pod}}",
     "trouble configuring builtin ReplacementTransformer with config: `\nReplacements:\n- path: x.yaml\n "
     " source:\n "
     "   kind: Pod\n`: cannot specify both path and inline replacement",
     NULL},
    {"{path: nope.yaml}",
     "trouble configuring builtin ReplacementTransformer with config: `\nReplacements:\n- path: "
     "nope.yaml\n`: no "
     "file nope.yaml",
     NULL},
};

TEST(entries_and_whom_they_mean)
{
    for (size_t i = 0; i < ARRAY_LEN(entry_rows); i++) {
        CLEANUP(arena_freep) struct arena *a = arena_new("test");
        struct kustomize_rig r;
        rig_begin(&r, a, objects, files);
        CLEANUP(err_freep)
        struct err *e =
            kustomize_replacements(&r.at, &r.set, rig_yaml(a, arena_printf(a, "[%s]", entry_rows[i].entry)));
        const char *got =
            e ? e->msg
              : arena_printf(a, "%s %s", doc_str(doc_path(r.set.at[1]->object, "spec", "s"), "?"),
                             doc_str(doc_path(r.set.at[2]->object, "spec", "s"), "?"));
        CHECKF(streq(got, entry_rows[i].want), "%s\n  got  %s\n  want %s", entry_rows[i].entry, got,
               entry_rows[i].want);
        CHECK_STR(rig_warnings(&r), entry_rows[i].warnings ? entry_rows[i].warnings : "[]");
    }
}

TEST(a_new_name_is_the_name)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    struct kustomize_rig r;
    rig_begin(&r, a, objects, files);
    CHECK_OK(kustomize_replacements(
        &r.at, &r.set, rig_yaml(a, "[{sourceValue: v, targets: [{select: {kind: Pod, name: t}}]}]")));
    CHECK_STR(r.set.at[1]->id.name, "v");
    CHECK_INT(r.set.at[1]->past_len, 0);
}

TEST_MAIN
