/* The traps of specs/helm.md §6.6 that lie in Helm rather than in its template language, and hostile charts.
 */
#include "unit/render/rig.h"

struct row {
    const char *template, *values, *want;
};

static void run(const struct row *rows, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        CLEANUP(arena_freep) struct arena *a = arena_new("test");
        const char *got = rig_one(a, rows[i].template, rows[i].values);
        CHECKF(streq(got, rows[i].want), "%s\n  got  %s\n  want %s", rows[i].template, got, rows[i].want);
    }
}

TEST(contexts)
{
    static const struct row rows[] = {
        {"a: {{ .Release.Name }}-{{ .Release.Namespace }}-{{ .Release.Service }}", NULL, "a: rel-ns-Helm\n"},
        {"a: {{ .Release.IsInstall }} {{ .Release.IsUpgrade }} {{ .Release.Revision }}", NULL,
         "a: true false 1\n"},
        {"a: {{ .Chart.Name }} {{ .Chart.Version }} {{ .Chart.AppVersion }}", NULL, "a: shop 1.2.3 4.5\n"},
        {"a: {{ .Chart.Nothing }}{{ .Chart.IsRoot }}", NULL, "a: true\n"},
        {"a: {{ .Template.Name }} {{ .Template.BasePath }}", NULL,
         "a: shop/templates/t.yaml shop/templates\n"},
        {"a: {{ .Capabilities.KubeVersion }} {{ .Capabilities.KubeVersion.Minor }}", NULL, "a: v1.36.0 36\n"},
        {"a: {{ .Capabilities.APIVersions.Has \"apps/v1\" }}", NULL, "a: true\n"},
        {"a: {{ .Capabilities.APIVersions.Has \"apps/v1/Deployment\" }}", NULL, "a: false\n"},
        {"a: {{ has \"policy/v1\" .Capabilities.APIVersions }}", NULL, "a: true\n"},
        {"a: {{ typeOf .Values }} {{ kindOf .Values }} {{ typeOf .Values.x }}", "x: {}\n",
         "a: common.Values map map[string]interface {}\n"},
        {"a: {{ .Values.AsMap | typeOf }}", "x: 1\n", "a: map[string]interface {}\n"},
        {"a: {{ (.Values.Table \"x.w\").z }}", "x: {w: {z: 1}}\n", "a: 1\n"},
        {"a: {{ set .Values \"k\" 1 | len }} {{ .Values.k }}", "x: 1\n", "a: 2 1\n"},
    };
    run(rows, ARRAY_LEN(rows));
}

static const char *with_seed(struct arena *a, const char *template, const char *seed, const char *release)
{
    struct rig_file files[] = {
        {"Chart.yaml", CHART_YAML, NULL}, {"templates/t.yaml", template, NULL}, {NULL, NULL, NULL}};
    struct clock_fake clock;
    clock_fake_init(&clock, 1764000000000);
    struct helm_request rq = {.release = release, .clock = &clock.clock, .stable_seed = span_of(seed)};
    return rig_render(a, files, "", &rq);
}

TEST(a_seed_makes_random_texts_keys_and_certificates_stay)
{
    static const char template[] =
        "{{ $ca := genCA `ca` 365 }}{{ $c := genSignedCert `x` nil (list `a.b`) 10 $ca }}"
        "a: {{ randAlphaNum 10 }}{{ uuidv4 }}{{ shuffle `abcdef` }}{{ randBytes 8 }}\n"
        "b: {{ sha256sum (print $c.Cert $c.Key $ca.Cert $ca.Key) }}\n"
        "c: {{ htpasswd `a` `b` | quote }}{{/* more */}}\n"
        "d: {{ genPrivateKey `ecdsa` | sha256sum }} {{ encryptAES `k` `x` }} {{ now | unixEpoch }}\n"
        "e: {{ range until 2 }}{{ tpl `{{ randAlpha 8 }}` $ }} {{ end }}\n";
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    const char *first = with_seed(a, template, "0123456789abcdef", "rel");
    CHECK(starts_with(first, "---\n"));
    CHECK_STR(with_seed(a, template, "0123456789abcdef", "rel"), first);
    CHECK(!streq(with_seed(a, template, "0123456789abcdeF", "rel"), first));
    CHECK(!streq(with_seed(a, template, "0123456789abcdef", "other"), first));
}

TEST(with_a_seed_one_place_does_not_change_another)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    const char *one = with_seed(a, "a: {{ randAlphaNum 30 }}\n", "0123456789abcdef", "rel");
    const char *two =
        with_seed(a, "a: {{ randAlphaNum 30 }}\nb: {{ randAlphaNum 30 }}\n", "0123456789abcdef", "rel");
    CHECK(strncmp(one, two, strlen(one)) == 0);
    const char *b = strstr(two, "b: ");
    CHECK(b && strncmp(strstr(one, "a: ") + 3, b + 3, 30) != 0);
}

static const char *by_version(struct arena *a, enum helm_version version, const char *template,
                              const char *defaults, const char *values)
{
    struct rig_file files[] = {{"Chart.yaml", CHART_YAML "keywords: [x]\n", NULL},
                               {"values.yaml", defaults, NULL},
                               {"templates/t.yaml", template, NULL},
                               {NULL, NULL, NULL}};
    struct helm_values_file file = {"values.yaml", span_of(values)};
    struct helm_request rq = {.release = "rel",
                              .namespace = "ns",
                              .version = version,
                              .kube_version = "v1.33.4-gke.1",
                              .files = &file,
                              .files_len = values != NULL};
    const char *text = rig_render(a, files, "", &rq), head[] = "---\n# Source: shop/templates/t.yaml\n";
    return starts_with(text, head) ? text + strlen(head) : text;
}

TEST(version_3_differs_in_a_few_things)
{
    static const struct {
        const char *template, *defaults, *values, *three, *four;
    } rows[] = {
        {"a: {{ .Chart.Nothing }}b", "", NULL,
         "error: template: shop/templates/t.yaml:1:12: executing \"shop/templates/t.yaml\" at "
         "<.Chart.Nothing>: "
         "can't evaluate field Nothing in type chart.Metadata",
         "a: b\n"},
        {"{{ toYaml .Chart }}", "", NULL,
         "IsRoot: true\napiVersion: v2\nappVersion: \"4.5\"\nkeywords:\n- x\nname: shop\nversion: 1.2.3\n",
         NULL},
        {"a: {{ hasKey .Values \"x\" }}{{ hasKey .Values.m \"k\" }}", "x: null\nm: {k: null}\n", NULL,
         "a: truetrue\n", "a: falsefalse\n"},
        {"a: {{ hasKey .Values \"x\" }}", "x: 1\n", "x: null\n", "a: false\n", "a: false\n"},
        {"a: {{ .Values.x }}{{ .Values.k }}", "x: 1\nk: 1\n---\nk: 2\n", "x: 3\n---\nx: 4\n", "a: 31\n",
         "a: 42\n"},
        {"a: {{ typeOf .Values }}", "", NULL, "a: chartutil.Values\n", "a: common.Values\n"},
        {"a: {{ .Capabilities.KubeVersion }} {{ .Capabilities.KubeVersion.Version }}", "", NULL,
         "a: v1.33.4-gke.1 v1.33.4-gke.1\n", "a: v1.33.4 v1.33.4-gke.1\n"},
        {"a: 1\n---b: 1\n---\n\n---\nc: 1\n", "", NULL,
         "a: 1\n---\n# Source: shop/templates/t.yaml\nb: 1\n---\n# Source: shop/templates/t.yaml\n---\nc: "
         "1\n",
         NULL},
        {"a: {{ mustToYaml 1 }}", "", NULL,
         "error: parse error at (shop/templates/t.yaml:1): function \"mustToYaml\" not defined", "a: 1\n"},
        {"a: {{ index (list) 1 }}", "", NULL,
         "error: template: shop/templates/t.yaml:1:6: executing \"shop/templates/t.yaml\" at <index (list) "
         "1>: "
         "error calling index: index out of range: 1",
         NULL},
    };
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        CHECK_STR(by_version(a, HELM_3, rows[i].template, rows[i].defaults, rows[i].values), rows[i].three);
        if (rows[i].four)
            CHECK_STR(by_version(a, HELM_4, rows[i].template, rows[i].defaults, rows[i].values),
                      rows[i].four);
    }
}

TEST(functions)
{
    static const struct row rows[] = {
        {"a: {{ tpl \"{{ .Values.x }}\" . }}", "x: 1\n", "a: 1\n"},
        {"a: {{ tpl \"plain\" . }}", NULL, "a: plain\n"},
        {"{{ tpl `{{ define \"in\" }}1{{ end }}a: {{ include \"in\" . }}` . }}", NULL, "a: 1\n"},
        {"a: '{{ tpl \"{{ .nothing }}\" dict }}'", NULL, "a: ''\n"},
        {"a: {{ .Values.nothing }}b<no value>", NULL, "a: b\n"},
        {"{{ define \"x\" }}\nv{{ end }}a: {{ include \"x\" . | trim }}", NULL, "a: v\n"},
        {"a: {{ required \"needed\" .Values.x }}", "x: 0\n", "a: 0\n"},
        {"a: {{ lookup \"v1\" \"Secret\" \"ns\" \"n\" | len }}", NULL, "a: 0\n"},
        {"a: {{ (lookup \"v1\" \"Secret\" \"ns\" \"n\").data }}", NULL, "a:\n"},
        {"a: '{{ getHostByName \"example.com\" }}'", NULL, "a: ''\n"},
    };
    run(rows, ARRAY_LEN(rows));
}

TEST(errors_as_helm_words_them)
{
    static const struct row rows[] = {
        {"a: {{ required \"x is needed\" .Values.x }}", NULL,
         "error: execution error at (shop/templates/t.yaml:1:6): x is needed"},
        {"a: {{ fail \"no: more\" }}", NULL,
         "error: execution error at (shop/templates/t.yaml:1:6): no: more"},
        {"{{ define \"h\" }}{{ fail \"deep\" }}{{ end }}\na: {{ include \"h\" . }}", NULL,
         "error: execution error at (shop/templates/t.yaml:2:6): deep"},
        {"a: {{ tpl \"{{ fail `in tpl` }}\" . }}", NULL,
         "error: execution error at (shop/templates/t.yaml:1:6): in tpl"},
        {"a: {{ .Values.a.b }}", NULL,
         "error: shop/templates/t.yaml:1:13\n  executing \"shop/templates/t.yaml\" at <.Values.a.b>:\n    "
         "nil pointer "
         "evaluating interface {}.b"},
        {"{{ define \"h\" }}{{ .Values.a.b }}{{ end }}a: {{ include \"h\" . }}", NULL,
         "error: shop/templates/t.yaml:1:48\n  executing \"shop/templates/t.yaml\" at <include \"h\" .>:\n   "
         " error "
         "calling include:\nshop/templates/t.yaml:1:26\n  executing \"h\" at <.Values.a.b>:\n    nil pointer "
         "evaluating "
         "interface {}.b"},
        {"a: {{ include \"gone\" . }}", NULL,
         "error: shop/templates/t.yaml:1:6\n  executing \"shop/templates/t.yaml\" at <include \"gone\" .>:\n "
         "   error "
         "calling include:\ntemplate: no template \"gone\" associated with template \"gotpl\""},
        {"a: {{ .x ", NULL, "error: parse error at (shop/templates/t.yaml:1): unclosed action"},
        {"a: {{ env \"HOME\" }}", NULL,
         "error: parse error at (shop/templates/t.yaml:1): function \"env\" not defined"},
        {"a: b: c", NULL,
         "error: YAML parse error on shop/templates/t.yaml: error converting YAML to JSON: yaml: mapping "
         "values "
         "are not allowed in this context"},
        {"- a", NULL,
         "error: YAML parse error on shop/templates/t.yaml: error unmarshaling JSON: while decoding JSON: "
         "json: cannot "
         "unmarshal array into Go value of type util.SimpleHead"},
    };
    run(rows, ARRAY_LEN(rows));
}

TEST(documents_are_split)
{
    static const struct row rows[] = {
        {"---a: 1\n---\n\n---  \nb: 2", NULL, "a: 1\n\n---\n# Source: shop/templates/t.yaml\nb: 2\n"},
        {"# only a comment", NULL, "# only a comment\n"},
        {"a: 1\n------\nb: 2\n", NULL, "a: 1\n\n---\n# Source: shop/templates/t.yaml\n---\nb: 2\n"},
        {"  \n \n", NULL, "\n"},
    };
    run(rows, ARRAY_LEN(rows));
}

/* The kinds of a stream in their order, hooks marked. */
static const char *order_of(struct arena *a, const char *text)
{
    CLEANUP(str_release) struct str s = {0};
    for (const char *at = text; (at = strstr(at, "kind: ")); at++)
        str_printf(&s, "%s%.*s", s.len ? " " : "", (int)strcspn(at + 6, "\n"), at + 6);
    return arena_strdup(a, str_text(&s));
}

#define HOOK(kind, event) "kind: " kind "\nmetadata: {annotations: {helm.sh/hook: '" event "'}}\n---\n"

TEST(order_of_installation_and_hooks)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    static const struct rig_file files[] = {
        {"Chart.yaml", CHART_YAML, NULL},
        {"crds/c.yaml", "kind: CRD # {{ not a template }}\n", NULL},
        {"crds/readme.md", "no\n", NULL},
        {"templates/NOTES.txt", "kind: Notes {{ .Release.Name }}", NULL},
        {"templates/_p.tpl", "kind: Partial", NULL},
        {"templates/a.yaml", "kind: Zebra\n---\nkind: Deployment\n---\nkind: Apple\n---\nkind: Service\n",
         NULL},
        {"templates/b.yaml",
         HOOK("Job", "pre-install") HOOK("Secret", "Post-Upgrade , test")
             HOOK("Gone", "crd-install") "kind: Namespace",
         NULL},
        {NULL, NULL, NULL}};
    struct helm_request rq = {.release = "r", .include_crds = true};
    CHECK_STR(order_of(a, rig_render(a, files, "", &rq)),
              "CRD # {{ not a template }} Namespace Service Deployment Apple Zebra Secret Job");
    rq.include_crds = false;
    rq.skip_tests = true;
    CHECK_STR(order_of(a, rig_render(a, files, "", &rq)), "Namespace Service Deployment Apple Zebra Job");
    rq.no_hooks = true;
    CHECK_STR(order_of(a, rig_render(a, files, "", &rq)), "Namespace Service Deployment Apple Zebra");
}

TEST(notes_fail_the_render)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    static const struct rig_file files[] = {{"Chart.yaml", CHART_YAML, NULL},
                                            {"templates/NOTES.txt", "{{ fail \"x\" }}", NULL},
                                            {NULL, NULL, NULL}};
    CHECK_STR(rig_render(a, files, "", &(struct helm_request){.release = "r"}),
              "error: execution error at (shop/templates/NOTES.txt:1:3): x");
}

TEST(definitions_of_the_parent_win)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    static const struct rig_file files[] = {
        {"Chart.yaml", CHART_YAML, NULL},
        {"templates/_h.tpl", "{{ define \"name\" }}parent{{ end }}{{ define \"blank\" }}  {{ end }}", NULL},
        {"charts/sub/Chart.yaml", "name: sub\nversion: 1.0.0\n", NULL},
        {"charts/sub/templates/_h.tpl", "{{ define \"name\" }}sub{{ end }}{{ define \"blank\" }}sub{{ end }}",
         NULL},
        {"charts/sub/templates/t.yaml", "kind: {{ include \"name\" . }}-{{ include \"blank\" . }}", NULL},
        {"charts/lib/Chart.yaml", "apiVersion: v2\nname: lib\nversion: 1.0.0\ntype: library\n", NULL},
        {"charts/lib/templates/x.yaml", "kind: Never", NULL},
        {NULL, NULL, NULL}};
    CHECK_STR(order_of(a, rig_render(a, files, "", &(struct helm_request){.release = "r"})), "parent-sub");
}

TEST(files_of_the_chart)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    static const struct rig_file files[] = {
        {"Chart.yaml", CHART_YAML, NULL},
        {"files/a.txt", "\xef\xbb\xbfone\ntwo\n", NULL},
        {"files/sub/b.txt", "b", NULL},
        {"templates/t.yaml",
         "get: {{ .Files.Get \"files/a.txt\" | quote }}\nlines: {{ .Files.Lines \"files/a.txt\" | len }}\n"
         "glob: {{ len (.Files.Glob \"files/*\") }} {{ len (.Files.Glob \"files/**\") }}\n"
         "{{ (.Files.Glob \"files/**b.txt\").AsConfig }}\n{{ (.Files.Glob \"**/b.txt\").AsSecrets | replace "
         "\"b.txt\" \"s\" }}\n"
         "none: '{{ .Files.Get \"gone\" }}'\nbytes: '{{ .Files.GetBytes \"files/a.txt\" }}'",
         NULL},
        {NULL, NULL, NULL}};
    CHECK(strstr(rig_render(a, files, "", &(struct helm_request){.release = "r"}),
                 "get: \"one\\ntwo\\n\"\nlines: 2\nglob: 1 2\nb.txt: b\ns: Yg==\nnone: ''\n"
                 "bytes: '[111 110 101 10 116 119 111 10]'\n"));
}

TEST(show_only)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    CLEANUP(helm_cache_freep) struct helm_cache *cache = helm_cache_new(0);
    static const struct rig_file files[] = {{"Chart.yaml", CHART_YAML, NULL},
                                            {"templates/a.yaml", "kind: A", NULL},
                                            {"templates/b.yaml", "kind: B", NULL},
                                            {NULL, NULL, NULL}};
    struct rig_tree t = rig_tree(files);
    struct helm_output out;
    CLEANUP(str_release) struct str text = {0};
    struct err *e = helm_render(cache, &t.tree, "", &(struct helm_request){.release = "r"}, a, &out);
    CHECK(!e);
    const char *pattern[] = {"templates/b.*"}, *gone[] = {"templates/c.yaml"};
    e = helm_print_only(&out, &(struct helm_words){pattern, 1}, &text);
    CHECK(!e);
    CHECK_STR(str_text(&text), "---\n# Source: shop/templates/b.yaml\nkind: B\n\n");
    e = helm_print_only(&out, &(struct helm_words){gone, 1}, &text);
    CHECK(e);
    CHECK_STR(e->msg, "could not find template templates/c.yaml in chart");
    err_free(e);
}

TEST(explained)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    CLEANUP(helm_cache_freep) struct helm_cache *cache = helm_cache_new(0);
    static const struct rig_file files[] = {
        {"Chart.yaml", CHART_YAML, NULL},
        {"values.yaml", "image:\n  name: x\n  tag: 1\nglobal: {g: 1}\n", NULL},
        {"templates/t.yaml",
         "a: {{ .Values.image.name }} {{ with .Values.image }}{{ .tag }}{{ end }} {{ .Values.set.it }} {{ "
         ".Values.no }}",
         NULL},
        {"charts/sub/Chart.yaml", "name: sub\nversion: 1.0.0\n", NULL},
        {"charts/sub/values.yaml", "k: 1\n\nk2: {a.b: 1}\n", NULL},
        {"charts/sub/templates/t.yaml",
         "a: {{ .Values.k }} {{ .Values.k2 | toJson }} {{ .Values.global.g }} {{ index .Values \"k\" }}",
         NULL},
        {NULL, NULL, NULL}};
    static const char *const want[][4] = {
        {"shop/charts/sub/templates/t.yaml", "sub.k", "1", "charts/sub/values.yaml:1"},
        {"shop/charts/sub/templates/t.yaml", "sub.k2", "{\"a.b\":1}", "charts/sub/values.yaml:3"},
        {"shop/charts/sub/templates/t.yaml", "sub.global.g", "1", "values.yaml:4"},
        {"shop/templates/t.yaml", "image.name", "\"x\"", "values.yaml:2"},
        {"shop/templates/t.yaml", "image.tag", "2", "prod.yaml:3"},
        {"shop/templates/t.yaml", "set.it", "5", "--set set.it=5"},
        {"shop/templates/t.yaml", "no", "", "nowhere"},
    };
    struct helm_values_file file = {"prod.yaml", span_of("# production\nimage:\n  tag: 2\n")};
    struct helm_setting setting = {HELM_SET, "set.it=5"};
    struct helm_request rq = {.release = "r",
                              .explain = true,
                              .files = &file,
                              .files_len = 1,
                              .settings = &setting,
                              .settings_len = 1};
    struct rig_tree t = rig_tree(files);
    struct helm_output out;
    struct err *e = helm_render(cache, &t.tree, "", &rq, a, &out);
    CHECKF(!e, "%s", e->msg);
    CHECK_INT(out.explained.len, ARRAY_LEN(want));
    for (size_t i = 0; i < ARRAY_LEN(want); i++) {
        CHECK_STR(out.explained.at[i].file, want[i][0]);
        CHECK_STR(out.explained.at[i].path, want[i][1]);
        CHECK_STR(out.explained.at[i].value, want[i][2]);
        CHECK_STR(out.explained.at[i].from, want[i][3]);
    }
}

TEST(what_is_refused_before_rendering)
{
    static const struct {
        const char *chart, *release, *want;
    } rows[] = {
        {"name: x\n", "r", "error: validation: chart.metadata.version is required"},
        {"version: 1.0.0\n", "r", "error: validation: chart.metadata.name is required"},
        {"name: x\nversion: one\n", "r", "error: validation: chart.metadata.version \"one\" is invalid"},
        {"name: a/b\nversion: 1.0.0\n", "r", "error: validation: chart.metadata.name \"a/b\" is invalid"},
        {"name: [x]\nversion: 1.0.0\n", "r",
         "error: cannot load Chart.yaml: error unmarshaling JSON: while decoding JSON: json: cannot "
         "unmarshal array into "
         "Go struct field Metadata.name of type string"},
        {"name: x\nversion: 1.0.0\ntype: library\n", "r", "error: library charts are not installable"},
        {"name: x\nversion: 1.0.0\nkubeVersion: '<1.20'\n", "r",
         "error: chart requires kubeVersion: <1.20 which is incompatible with Kubernetes v1.36.0"},
        {"name: x\nversion: 1.0.0\nkubeVersion: '>=1.20-0'\n", "r", "\n"},
        {"name: x\nversion: 1.0.0\n", "Upper",
         "error: release name check failed: release name \"Upper\": invalid release name, must match regex "
         "^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$ and the length must not be "
         "longer than 53"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        CLEANUP(arena_freep) struct arena *a = arena_new("test");
        struct rig_file files[] = {{"Chart.yaml", rows[i].chart, NULL}, {NULL, NULL, NULL}};
        CHECK_STR(rig_render(a, files, "", &(struct helm_request){.release = rows[i].release}), rows[i].want);
    }
}

/* --- hostile charts --- */

static void ends_in(const char *template, const char *want)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    const char *got = rig_one(a, template, NULL);
    CHECKF(strncmp(got, "error: ", 7) == 0 && strstr(got, want), "%s\n  got %.300s\n  want %s", template, got,
           want);
    CHECK_STR(rig_one(a, "a: 1", NULL), "a: 1\n");
}

TEST(hostile_templates_end)
{
    ends_in("{{ define \"x\" }}{{ include \"x\" . }}{{ end }}{{ include \"x\" . }}", "");
    ends_in("{{ define \"x\" }}{{ template \"x\" . }}{{ end }}{{ template \"x\" . }}", "");
    ends_in("{{ $t := \"{{ tpl .t . }}\" }}{{ tpl $t (dict \"t\" $t) }}", "");
    ends_in("{{ range until 1000000000 }}{{ end }}", "");
    ends_in("{{ repeat 1000000000 \"x\" }}{{ repeat 1000000000 \"x\" }}", "");
}

TEST(deep_values_end)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    CLEANUP(str_release) struct str deep = {0};
    str_fill(&deep, '[', 100000);
    CHECK(strstr(rig_one(a, "a: 1", arena_printf(a, "x: %s", str_text(&deep))), "error: "));
    str_clear(&deep);
    for (int i = 0; i < 900; i++)
        str_add(&deep, "{a: ");
    str_fill(&deep, '}', 900);
    CHECK_STR(rig_one(a, "a: {{ len .Values }}", arena_printf(a, "x: %s", str_text(&deep))), "a: 1\n");
}

TEST(links_stay_inside)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    static const struct rig_file inside[] = {{"c/Chart.yaml", CHART_YAML, NULL},
                                             {"c/templates/t.yaml", NULL, "../../shared/t.yaml"},
                                             {"shared/t.yaml", "a: {{ .Release.Name }}", NULL},
                                             {NULL, NULL, NULL}};
    static const struct rig_file outside[] = {{"c/Chart.yaml", CHART_YAML, NULL},
                                              {"c/templates/t.yaml", NULL, "../../../etc/passwd"},
                                              {NULL, NULL, NULL}};
    struct helm_request rq = {.release = "r"};
    CHECK(strstr(rig_render(a, inside, "c", &rq), "a: r\n"));
    CHECK(starts_with(rig_render(a, outside, "c", &rq), "error: error evaluating symlink templates/t.yaml"));
}
TEST_MAIN
