/* Whole builds: specs/kustomize.md. Expected texts are what kustomize 5.8.1 prints; the wide table of them is
 * tests/conformance/kustomize. */
#include "render/kustomize/cache.h"
#include "render/kustomize/root.h"

#include "unit/render/rig.h"

#define DEPLOYMENT                                                                                           \
    "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  template:\n    spec:\n"          \
    "      containers:\n      - {name: web, image: 'nginx:1', envFrom: [{configMapRef: {name: cm}}]}\n"

static const char *build_rq(struct arena *a, const struct rig_file *files, struct kustomize_request *rq,
                            struct kustomize_output *out)
{
    struct rig_tree t = rig_tree(files);
    CLEANUP(str_release) struct str text = {0};
    rq->tree = &t.tree;
    struct err *e = kustomize_build(rq, a, out);
    if (e)
        str_printf(&text, "error: %s", e->msg);
    else
        kustomize_print(out, &text);
    err_free(e);
    return arena_strndup(a, str_text(&text), text.len);
}

static const char *build(struct arena *a, const struct rig_file *files, const char *path)
{
    struct kustomize_request rq = {.path = path};
    struct kustomize_output out;
    return build_rq(a, files, &rq, &out);
}

/* A kustomization over one file, r.yaml. */
static const char *build_one(struct arena *a, const char *kustomization, const char *resources)
{
    const struct rig_file files[] = {
        {"kustomization.yaml", kustomization, NULL}, {"r.yaml", resources, NULL}, {NULL, NULL, NULL}};
    return build(a, files, "");
}

TEST(an_overlay_does_all_in_the_fixed_order)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    static const struct rig_file files[] = {
        {"base/kustomization.yaml",
         "resources: [d.yaml]\nconfigMapGenerator: [{name: cm, literals: [a=b]}]\n", NULL},
        {"base/d.yaml", DEPLOYMENT, NULL},
        {"prod/kustomization.yaml",
         "images: [{name: nginx, newTag: '2'}]\nreplicas: [{name: web, count: 3}]\nnamePrefix: "
         "p-\nnamespace: shop\n"
         "labels: [{pairs: {team: x}, includeSelectors: true}]\nresources: [../base]\n",
         NULL},
        {NULL, NULL, NULL}};
    CHECK_STR(build(a, files, "prod"), "apiVersion: v1\n"
                                       "data:\n"
                                       "  a: b\n"
                                       "kind: ConfigMap\n"
                                       "metadata:\n"
                                       "  labels:\n"
                                       "    team: x\n"
                                       "  name: p-cm-4h2mbtbbt6\n"
                                       "  namespace: shop\n"
                                       "---\n"
                                       "apiVersion: apps/v1\n"
                                       "kind: Deployment\n"
                                       "metadata:\n"
                                       "  labels:\n"
                                       "    team: x\n"
                                       "  name: p-web\n"
                                       "  namespace: shop\n"
                                       "spec:\n"
                                       "  replicas: 3\n"
                                       "  selector:\n"
                                       "    matchLabels:\n"
                                       "      team: x\n"
                                       "  template:\n"
                                       "    metadata:\n"
                                       "      labels:\n"
                                       "        team: x\n"
                                       "    spec:\n"
                                       "      containers:\n"
                                       "      - envFrom:\n"
                                       "        - configMapRef:\n"
                                       "            name: p-cm-4h2mbtbbt6\n"
                                       "        image: nginx:2\n"
                                       "        name: web\n");
}

TEST(generated_names_have_the_originals_hashes)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    static const struct {
        const char *kustomization, *name;
    } rows[] = {
        {"configMapGenerator: [{name: x, literals: [a=b, 'c=\"quoted\"', d=]}]", "name: x-5b248h82f5\n"},
        {"secretGenerator: [{name: x, literals: [p=w]}]", "name: x-m7cg948gg9\n"},
        {"configMapGenerator: [{name: x}]", "name: x-6ct58987ht\n"},
        {"configMapGenerator: [{name: x, literals: [\"a=<b>&\\u2028\\xe9\"]}]", "name: x-99ktkb4mc8\n"},
        {"configMapGenerator: [{name: x}]\ngeneratorOptions: {disableNameSuffixHash: true}", "name: x\n"},
        /* Both the old and the new one must want it. */
        {"configMapGenerator: [{name: x, literals: [a=b]}, {name: x, behavior: merge, literals: [c=d], "
         "options: "
         "{disableNameSuffixHash: true}}]",
         "name: x\n"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        const char *text = build_one(a, rows[i].kustomization, "");
        CHECKF(strstr(text, rows[i].name), "%s: %s", rows[i].kustomization, text);
    }
}

TEST(env_files_and_files_become_data)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    static const struct rig_file files[] = {
        {"kustomization.yaml",
         "configMapGenerator: [{name: x, env: e.env, files: [f.txt, bin=f.bin]}]\n"
         "generatorOptions: {disableNameSuffixHash: true, labels: {l: m}, immutable: true}\n",
         NULL},
        {"e.env",
         "\xef\xbb\xbf"
         "a=1\r\n  b=2\n#c\n\nd\n e = f \n=x\n",
         NULL},
        {"f.txt", "text\n", NULL},
        {"f.bin", "\xff\xfe", NULL},
        {NULL, NULL, NULL}};
    CHECK_STR(build(a, files, ""), "apiVersion: v1\n"
                                   "binaryData:\n"
                                   "  bin: //4=\n"
                                   "data:\n"
                                   "  a: \"1\"\n"
                                   "  b: \"2\"\n"
                                   "  d: \"\"\n"
                                   "  'e ': ' f '\n"
                                   "  f.txt: |\n"
                                   "    text\n"
                                   "immutable: true\n"
                                   "kind: ConfigMap\n"
                                   "metadata:\n"
                                   "  labels:\n"
                                   "    l: m\n"
                                   "  name: x\n");
}

TEST(what_is_wrong_is_said_in_the_originals_words)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    static const struct {
        const char *kustomization, *error;
    } rows[] = {
        {"", "kustomization.yaml is empty"},
        {"kind: Foo\nresources: []\n",
         "Failed to read kustomization file under /:\nkind should be Kustomization or Component"},
        {"foo: 1", "invalid Kustomization: json: unknown field \"foo\""},
        {"a: {b", "invalid Kustomization: yaml: line 1: did not find expected ',' or '}'"},
        {"patches: [{target: {kind: 1}}]",
         "invalid Kustomization: json: cannot unmarshal number into Go struct field "
         "Selector.patches.target.ResId.Gvk.kind of type string"},
        {"replicas: [{name: a, count: 1.5}]", "invalid Kustomization: json: cannot unmarshal number 1.5 into "
                                              "Go struct field Replica.replicas.count of type int64"},
        {"resources: [missing.yaml]", "accumulating resources: accumulation err='accumulating resources from "
                                      "'missing.yaml': evalsymlink failure on "
                                      "'/missing.yaml' : lstat /missing.yaml: no such file or directory': "
                                      "must build at directory: not a valid "
                                      "directory: evalsymlink failure on '/missing.yaml' : lstat "
                                      "/missing.yaml: no such file or directory"},
        {"resources: [.]",
         "accumulating resources: accumulation err='accumulating resources from '.': '/' must resolve "
         "to a file': cycle detected: candidate root '/' contains visited root '/'"},
        {"resources: [/abs]",
         "accumulating resources: accumulation err='accumulating resources from '/abs': evalsymlink "
         "failure on '/abs' : lstat /abs: no such file or directory': new root '/abs' cannot be absolute"},
        {"components: [missing]",
         "accumulating components: loader.New \"must build at directory: not a valid directory: "
         "evalsymlink failure on '/missing' : lstat /missing: no such file or directory\""},
        {"resources: [r.yaml, r.yaml]", "accumulating resources: accumulation err='merging resources from "
                                        "'r.yaml': may not add resource with an already "
                                        "registered id: Service.v1.[noGrp]/s.[noNs]': must build at "
                                        "directory: '/r.yaml': file is not directory"},
        {"configMapGenerator: [{literals: [a=b]}]", "a configmap must have a name"},
        {"configMapGenerator: [{name: x, literals: [a]}]",
         "loading KV pairs: literal sources [a]: invalid literal source a, expected key=value"},
        {"configMapGenerator: [{name: x, literals: [a=1, a=2]}]",
         "configmap x illegally repeats the key `a`"},
        {"configMapGenerator: [{name: x, behavior: merge}]", "does not exist; cannot merge or replace"},
        {"replicas: [{name: x, count: 1}]",
         "resource with name x does not match a config with the following GVK [Deployment.[noVer].[noGrp] "
         "StatefulSet.[noVer].[noGrp] ReplicaSet.[noVer].[noGrp] ReplicationController.[noVer].[noGrp]]"},
        {"sortOptions: {order: x}", "the field 'sortOptions.order' must be one of [fifo, legacy]"},
        {"helmCharts: [{name: c}]", "must specify --enable-helm"},
        {"openapi: {version: v1}", "the specified OpenAPI version is not built in"},
        {"transformers: ['{apiVersion: a/v1, kind: B, metadata: {name: c}}']",
         "external plugins disabled; unable to load external plugin 'B'"},
        {"transformers: ['{apiVersion: builtin, kind: PrefixTransformer, metadata: {name: c}}']",
         "fieldSpecs is not expected to be nil"},
        {"validators: ['{apiVersion: builtin, kind: LabelTransformer, metadata: {name: c}, labels: {a: b}, "
         "fieldSpecs: "
         "[{path: metadata/labels, create: true}]}']\nresources: [r.yaml]",
         "validator shouldn't modify the resource map"},
        {"resources: ['https://example.com/org/repo?ref=v1']",
         "failed to run '/usr/bin/git fetch --depth=1 https://example.com/org/repo v1': remote bases are not "
         "loaded here"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        const char *text =
            build_one(a, rows[i].kustomization, "apiVersion: v1\nkind: Service\nmetadata: {name: s}\n");
        CHECKF(starts_with(text, "error: ") && strstr(text, rows[i].error), "%s: %s", rows[i].kustomization,
               text);
    }
}

TEST(files_stay_in_the_folder_and_links_are_followed)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    static const struct rig_file files[] = {
        {"cm.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\n", NULL},
        {"a/kustomization.yaml", "resources: [../cm.yaml]\n", NULL},
        {"b/kustomization.yaml", "resources: [link.yaml]\n", NULL},
        {"b/link.yaml", NULL, "../cm.yaml"},
        {"c/kustomization.yaml", "resources: [link.yaml]\n", NULL},
        {"c/link.yaml", NULL, "cm.yaml"},
        {"c/cm.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\n", NULL},
        {"d/kustomization.yaml", "resources: [link]\n", NULL},
        {"d/link", NULL, "../c"},
        {"e/kustomization.yaml", "resources: [gone]\n", NULL},
        {"e/gone", NULL, "nowhere"},
        {NULL, NULL, NULL}};
    struct kustomize_request any = {.path = "a", .load_any = true, .root_name = "/repo"};
    struct kustomize_output out;
    CHECK(strstr(build(a, files, "a"), "security; file '/cm.yaml' is not in or below '/a'"));
    CHECK(strstr(build(a, files, "b"), "security; file '/b/link.yaml' is not in or below '/b'"));
    CHECK(strstr(build(a, files, "c"), "name: c\n"));
    CHECK(strstr(build(a, files, "d"), "name: c\n"));
    CHECK(strstr(build(a, files, "e"),
                 "evalsymlink failure on '/e/gone' : lstat /e/nowhere: no such file or directory"));
    CHECK(strstr(build_rq(a, files, &any, &out), "name: c\n"));
    any.load_any = false;
    CHECK(strstr(build_rq(a, files, &any, &out), "'/repo/cm.yaml' is not in or below '/repo/a'"));
}

TEST(bases_that_name_each_other_are_a_cycle)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    static const struct rig_file files[] = {{"a/kustomization.yaml", "resources: [../b]\n", NULL},
                                            {"b/kustomization.yaml", "resources: [../a]\n", NULL},
                                            {NULL, NULL, NULL}};
    CHECK(strstr(build(a, files, "a"), "cycle detected: candidate root '/a' contains visited root '/a'"));
}

TEST(components_work_on_what_is_there)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    static const struct rig_file files[] = {
        {"kustomization.yaml", "resources: [r.yaml]\ncomponents: [c]\nnamePrefix: p-\n", NULL},
        {"r.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\n", NULL},
        {"c/kustomization.yaml",
         "kind: Component\napiVersion: kustomize.config.k8s.io/v1alpha1\nnameSuffix: -s\n", NULL},
        {"wrong/kustomization.yaml", "resources: [../c]\n", NULL},
        {"wrong2/kustomization.yaml", "components: [../wrong]\n", NULL},
        {NULL, NULL, NULL}};
    CHECK(strstr(build(a, files, ""), "name: p-x-s\n"));
    CHECK(strstr(build(a, files, "wrong"), "expected kind != 'Component' for path '/c'"));
    CHECK(strstr(build(a, files, "wrong2"),
                 "accumulating components: accumulateDirectory: \"expected kind 'Component' "
                 "for path '/wrong' but got 'Kustomization'\""));
}

TEST(order_local_config_and_annotations_of_the_output)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    static const char resources[] =
        "apiVersion: b/v1\nkind: Z\nmetadata: {name: z, annotations: {port: 80, x: true}}\n---\n"
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: local, annotations: "
        "{config.kubernetes.io/local-config: 'true'}}\n---\n"
        "kind: FooList\n---\napiVersion: v1\nkind: Namespace\nmetadata: {name: n1, annotations: {}}\n";
    CHECK_STR(build_one(a, "resources: [r.yaml]", resources),
              "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: n1\n---\n"
              "apiVersion: b/v1\nkind: Z\nmetadata:\n  annotations:\n"
              "    port: \"80\"\n    x: \"true\"\n  name: z\n---\n"
              "kind: FooList\nmetadata: {}\n");
    CHECK(starts_with(build_one(a, "resources: [r.yaml]\nsortOptions: {order: fifo}", resources),
                      "apiVersion: b/v1\n"));
    CHECK(starts_with(
        build_one(a,
                  "resources: [r.yaml]\nsortOptions: {order: legacy, legacySortOptions: {orderFirst: "
                  "[FooList, Z], orderLast: [Namespace]}}",
                  resources),
        "kind: FooList\nmetadata: {}\n---\napiVersion: b/v1\n"));
}

TEST(a_folded_block_is_handed_on_as_the_original_does)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    CHECK_STR(
        build_one(
            a, "resources: [r.yaml]",
            "kind: A\nmetadata:\n  name: a\n  annotations:\n    k: >\n      foo\n        bar\nx: >\n  foo\n  "
            "bar\n"
            "    more\n    more2\n  back\n  end\ny: >+\n  foo\n\n\nz: >2\n    foo\n  bar\n  baz\n\n  q\n"),
        "kind: A\nmetadata:\n  annotations:\n    k: |\n      foo\n        bar\n  name: a\n"
        "x: |\n  foo bar\n\n    more\n    more2\n  back end\n\"y\": |+\n  foo\n\n\n\nz: |2\n    foo\n  bar "
        "baz q\n");
}

TEST(build_metadata_tells_origins_and_transformations)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    static const struct rig_file files[] = {
        {"base/kustomization.yaml", "resources: [r.yaml]\n", NULL},
        {"base/r.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\n", NULL},
        {"o/kustomization.yaml",
         "resources: [../base]\nnamePrefix: p-\n"
         "buildMetadata: [originAnnotations, transformerAnnotations, managedByLabel]\n",
         NULL},
        {NULL, NULL, NULL}};
    CHECK_STR(build(a, files, "o"), "apiVersion: v1\n"
                                    "kind: ConfigMap\n"
                                    "metadata:\n"
                                    "  annotations:\n"
                                    "    alpha.config.kubernetes.io/transformations: |\n"
                                    "      - configuredIn: kustomization.yaml\n"
                                    "        configuredBy:\n"
                                    "          apiVersion: builtin\n"
                                    "          kind: PrefixTransformer\n"
                                    "    config.kubernetes.io/origin: |\n"
                                    "      path: ../base/r.yaml\n"
                                    "  labels:\n"
                                    "    app.kubernetes.io/managed-by: kustomize-v5.8.1\n"
                                    "  name: p-x\n");
}

TEST(a_configuration_takes_the_place_of_a_general_default)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    static const struct rig_file files[] = {
        {"kustomization.yaml", "resources: [r.yaml]\nconfigurations: [c.yaml]\nnamePrefix: p-\n", NULL},
        {"c.yaml", "namePrefix: [{path: metadata/name, kind: A}]\n", NULL},
        {"r.yaml", "kind: A\nmetadata: {name: a}\n---\nkind: B\nmetadata: {name: b}\n", NULL},
        {NULL, NULL, NULL}};
    CHECK_STR(build(a, files, ""), "kind: A\nmetadata:\n  name: p-a\n---\nkind: B\nmetadata:\n  name: b\n");
}

TEST(namespaces_reach_subjects_and_conflicts_are_found)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    CHECK_STR(
        build_one(
            a, "resources: [r.yaml]\nnamespace: x",
            "apiVersion: rbac.authorization.k8s.io/v1\nkind: RoleBinding\nmetadata: {name: rb}\nsubjects:\n"
            "- {kind: ServiceAccount, name: default}\n- {kind: ServiceAccount, name: other}\n---\n"
            "apiVersion: v1\nkind: Namespace\nmetadata: {name: old}\n---\napiVersion: v1\nkind: Node\n"
            "metadata: {name: n1}\n"),
        "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: x\n---\n"
        "apiVersion: rbac.authorization.k8s.io/v1\nkind: RoleBinding\nmetadata:\n  name: rb\n  namespace: "
        "x\nsubjects:\n"
        "- kind: ServiceAccount\n  name: default\n  namespace: x\n- kind: ServiceAccount\n  name: "
        "other\n---\n"
        "apiVersion: v1\nkind: Node\nmetadata:\n  name: n1\n");
    CHECK(strstr(
        build_one(
            a, "resources: [r.yaml]\nnamespace: x",
            "apiVersion: v1\nkind: Namespace\nmetadata: {name: a}\n---\napiVersion: v1\nkind: Namespace\n"
            "metadata: {name: b}\n"),
        "namespace transformation produces ID conflict: [{"));
}

TEST(transformers_and_generators_by_config)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    CHECK_STR(
        build_one(a,
                  "resources: [r.yaml]\ngenerators:\n- |\n  apiVersion: builtin\n  kind: IAMPolicyGenerator\n"
                  "  metadata: {name: x}\n  cloud: gke\n  kubernetesService: {namespace: kn, name: kname}\n"
                  "  serviceAccount: {name: sa, projectId: p}\ntransformers:\n- |\n  apiVersion: builtin\n"
                  "  kind: ValueAddTransformer\n  metadata: {name: x}\n  value: v\n  targets:\n"
                  "  - {selector: {kind: A}, fieldPath: spec/path, filePathPosition: 2}\n",
                  "kind: A\nmetadata: {name: a}\nspec: {path: projects/data}\n"),
        "apiVersion: v1\nkind: ServiceAccount\nmetadata:\n  annotations:\n"
        "    iam.gke.io/gcp-service-account: sa@p.iam.gserviceaccount.com\n  name: kname\n  namespace: "
        "kn\n---\n"
        "kind: A\nmetadata:\n  name: a\nspec:\n  path: projects/v/data\n");
}

TEST(a_chart_is_inflated_in_the_kustomizations_namespace)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    static const struct rig_file files[] = {
        {"kustomization.yaml",
         "namespace: shop\nhelmCharts: [{name: c, releaseName: rel, valuesInline: {v: {b: 2}}}]\n", NULL},
        {"charts/c/Chart.yaml", "apiVersion: v2\nname: c\nversion: 1.0.0\n", NULL},
        {"charts/c/values.yaml", "v: {a: 1, b: 1}\n", NULL},
        {"charts/c/templates/t.yaml",
         "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: '{{.Release.Name}}', namespace: "
         "'{{.Release.Namespace}}'}\n"
         "data: {a: '{{.Values.v.a}}{{.Values.v.b}}'}\n",
         NULL},
        {NULL, NULL, NULL}};
    struct kustomize_request rq = {.path = "", .enable_helm = true};
    struct kustomize_output out;
    CHECK_STR(
        build_rq(a, files, &rq, &out),
        "apiVersion: v1\ndata:\n  a: \"12\"\nkind: ConfigMap\nmetadata:\n  name: rel\n  namespace: shop\n");
}

/* --- what lies outside --- */

static const struct rig_file remote_files[] = {
    {"sub/kustomization.yaml", "resources: [r.yaml, ../../outside]\n", NULL},
    {"ok/kustomization.yaml", "resources: [r.yaml]\n", NULL},
    {"ok/r.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: remote}\n", NULL},
    {"sub/r.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: remote}\n", NULL},
    {"loop/kustomization.yaml", "resources: ['https://h/o/r//loop?ref=v1']\n", NULL},
    {NULL, NULL, NULL}};

static void free_rig(struct tree *t)
{
    free(CONTAINER(t, struct rig_tree, tree));
}

static struct err *fetch(void *arg, const struct kustomize_base *want, struct arena *a, struct tree **out,
                         const char **commit)
{
    static const struct tree_ops ops = {
        .stat = rig_stat, .list = rig_list, .read = rig_read, .free = free_rig};
    struct rig_tree *t = mem_alloc(sizeof(*t));
    (void)a;
    *t = (struct rig_tree){{&ops}, remote_files};
    *out = &t->tree;
    *commit = "c0ffee";
    str_printf(arg, "%s %s %d;", want->repo, want->ref, want->submodules);
    return NULL;
}

static struct err *get(void *arg, const char *url, struct arena *a, struct span *out)
{
    (void)arg;
    (void)a;
    if (!ends_with(url, ".yaml"))
        return err_reason(ERR_NOT_FOUND, kustomize_http_failed, "HTTP Error: status code 404 (Not Found)");
    *out = span_of("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: http}\n");
    return NULL;
}

TEST(remote_bases_and_files_come_through_the_requests_functions)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    static const struct kustomize_remote_ops ops = {fetch, get};
    CLEANUP(str_release) struct str asked = {0};
    static const struct {
        const char *resource, *want;
    } rows[] = {
        {"https://h/o/r//ok?ref=v1&submodules=false", "name: remote\n"},
        {"https://h/o/x.yaml", "name: http\n"},
        {"https://h/o/r/sub",
         "security; bases in kustomizations found in cloned git repos must be within the repo"},
        {"https://h/o/r/none",
         "must build at directory: not a valid directory: evalsymlink failure on '/h/o/r/none'"},
        {"https://h/o/r//loop?ref=v1", "cycle detected: URI 'https://h/o/r//loop?ref=v1' referenced by "
                                       "previous URI 'https://h/o/r//loop?ref=v1'"},
        {"https://h/nothing",
         "accumulating resources: accumulating resources from 'https://h/nothing': HTTP Error: status "
         "code 404 (Not Found)"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        const struct rig_file files[] = {
            {"kustomization.yaml", arena_printf(a, "resources: ['%s']\n", rows[i].resource), NULL},
            {NULL, NULL, NULL}};
        struct kustomize_request rq = {.path = "", .remote = &ops, .remote_arg = &asked};
        struct kustomize_output out;
        const char *text = build_rq(a, files, &rq, &out);
        CHECKF(strstr(text, rows[i].want), "%s: %s", rows[i].resource, text);
    }
    CHECK(starts_with(str_text(&asked), "https://h/o/r v1 0;https://h/o/r  1;"));
}

/* --- an Application's block --- */

static const char *overridden(struct arena *a, const char *kustomization, const char *block)
{
    const struct rig_file files[] = {{"kustomization.yaml", kustomization, NULL},
                                     {"r.yaml", DEPLOYMENT, NULL},
                                     {"c/kustomization.yaml", "kind: Component\nnameSuffix: -c\n", NULL},
                                     {NULL, NULL, NULL}};
    struct doc *overrides;
    struct kustomize_output out;
    CHECK_OK(json_read(a, span_of(block), NULL, &overrides));
    struct kustomize_request rq = {.path = "", .overrides = overrides};
    return build_rq(a, files, &rq, &out);
}

TEST(an_applications_block_changes_the_file)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    static const struct {
        const char *file, *block, *want;
    } rows[] = {
        {"", "{\"namePrefix\":\"p-\",\"nameSuffix\":\"-s\",\"namespace\":\"n1\"}",
         "  name: p-web-s\n  namespace: n1\n"},
        {"images: [{name: nginx, newName: other, newTag: '9'}]\n", "{\"images\":[\"nginx=*:7\"]}",
         "image: other:7\n"},
        {"images: [{name: nginx, newName: other, newTag: '9'}]\n", "{\"images\":[\"nginx:7\"]}",
         "image: nginx:7\n"},
        {"", "{\"images\":[\"nginx=h:5000/n@sha256:00\"]}", "image: h:5000/n@sha256:00\n"},
        {"", "{\"images\":[\"nginx\"]}", "error: invalid format of image 'nginx'"},
        {"replicas: [{name: web, count: 2}]\n", "{\"replicas\":[{\"name\":\"web\",\"count\":\"5\"}]}",
         "replicas: 5\n"},
        {"", "{\"replicas\":[{\"name\":\"web\",\"count\":\"x\"}]}", "error: replica count of 'web'"},
        {"", "{\"commonLabels\":{\"a\":\"b\"}}", "    matchLabels:\n      a: b\n"},
        {"commonLabels: {a: c}\n", "{\"commonLabels\":{\"a\":\"b\"}}",
         "error: label a already in kustomization file. Use --force to override."},
        {"commonLabels: {a: c}\n", "{\"commonLabels\":{\"a\":\"b\"},\"forceCommonLabels\":true}",
         "      a: b\n"},
        {"", "{\"commonLabels\":{\"a\":\"b\"},\"labelWithoutSelector\":true,\"labelIncludeTemplates\":true}",
         "spec:\n  template:\n    metadata:\n      labels:\n        a: b\n"},
        {"labels: [{pairs: {a: c}}]\n", "{\"commonLabels\":{\"a\":\"b\"},\"labelWithoutSelector\":true}",
         "error: label a already in kustomization file."},
        {"commonAnnotations: {a: c}\n", "{\"commonAnnotations\":{\"a\":\"b\"}}",
         "error: annotation a already in kustomization file. Use --force to override."},
        {"", "{\"commonAnnotations\":{\"a\":\"b\"}}", "  annotations:\n    a: b\n"},
        {"",
         "{\"patches\":[{\"patch\":\"- {op: add, path: /spec/x, value: "
         "1}\",\"target\":{\"kind\":\"Deployment\"}}]}",
         "  x: 1\n"},
        {"", "{\"components\":[\"c\"]}", "name: web-c\n"},
        {"", "{\"components\":[\"c\",\"gone\"]}", "error: accumulating components: loader.New"},
        {"", "{\"components\":[\"c\",\"gone\"],\"ignoreMissingComponents\":true}", "name: web-c\n"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        const char *text =
            overridden(a, arena_printf(a, "resources: [r.yaml]\n%s", rows[i].file), rows[i].block);
        CHECKF(strstr(text, rows[i].want), "%s: %s", rows[i].block, text);
    }
}

/* --- warnings, the cache --- */

TEST(warnings_name_file_and_line)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    static const struct rig_file files[] = {
        {"k/kustomization.yaml",
         "resources: [r.yaml]\ncommonLabels:\n  a: b\n"
         "patches:\n- patch: '[{\"op\": \"remove\", \"path\": \"/x\"}]'\n  target: {kind: None}\n",
         NULL},
        {"k/r.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\n", NULL},
        {NULL, NULL, NULL}};
    struct kustomize_request rq = {.path = "k"};
    struct kustomize_output out;
    build_rq(a, files, &rq, &out);
    CHECK_STR(doc_str(doc_at(out.warnings, 0), ""),
              "k/kustomization.yaml:3: 'commonLabels' is deprecated. Please use 'labels' instead.");
    CHECK(starts_with(doc_str(doc_at(out.warnings, 1), ""), "k/kustomization.yaml:"));
}

TEST(a_cache_is_bounded_and_builds_leave_it_as_it_was)
{
    CLEANUP(kustomize_cache_freep) struct kustomize_cache *c = kustomize_cache_new(4096);
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    for (int i = 0; i < 100; i++) {
        struct doc *d = doc_new_map(a);
        doc_set_str(a, d, "a", "some text that takes room");
        kustomize_cache_put(c, arena_printf(a, "key%d", i), d);
        CHECK(kustomize_cache_used(c) <= 4096);
    }
    CHECK(!kustomize_cache_get(c, a, "key0"));
    CHECK_STR(doc_str(doc_get(kustomize_cache_get(c, a, "key99"), "a"), ""), "some text that takes room");
    CHECK(kustomize_cache_used(c) > 0);
}

TEST_MAIN
