/* Vars: specs/kustomize.md §8.9. The rows are what kustomize 5.8.1 answered. */
#include "unit/render/kustomize_rig.h"

static const char service[] =
    "{apiVersion: v1, kind: Service, metadata: {name: svc, labels: {l: $(NAME), n: $(NUM)}, annotations: {x: "
    "'$(NAME)-$(NUM)'}}, spec: {ports: [{port: $(NUM), targetPort: 80}], num: 5, b: true, f: 1.5, s: '5', "
    "list: [a, b], "
    "m: {k: v}, nul: null, e: ''}}\n---\n"
    "{apiVersion: apps/v1, kind: Deployment, metadata: {name: d}, spec: {template: {spec: {containers: "
    "[{args: %s}]}}}}";

#define NAME "{name: NAME, objref: {apiVersion: v1, kind: Service, name: svc}}"
#define NUM(path)                                                                                            \
    "{name: NUM, objref: {apiVersion: v1, kind: Service, name: svc}, fieldref: {fieldPath: " path "}}"

struct bench {
    struct kustomize_rig rig;
    struct kustomize_vars vars;
};

static void begin(struct bench *b, struct arena *a, const char *args)
{
    CLEANUP(str_release) struct str objects = {0};
    const char *hole = strstr(service, "%s");
    str_printf(&objects, "%.*s%s%s", (int)(hole - service), service, args, hole + 2);
    *b = (struct bench){0};
    rig_begin(&b->rig, a, str_text(&objects), NULL);
}

/* Bound, renamed, resolved. */
static struct err *run(struct bench *b, const char *vars)
{
    struct kustomize_rig *r = &b->rig;
    TRY(kustomize_vars_bind(&r->at, &r->set, rig_yaml(r->a, vars), &b->vars));
    kustomize_remember(&r->set, r->set.at[0]);
    kustomize_set_name(&r->set, r->set.at[0], "p-svc");
    return kustomize_vars_resolve(&r->build, &r->set, kustomize_config_default(), &b->vars);
}

static const char *args_of(const struct bench *b)
{
    const struct doc *containers =
        doc_path(b->rig.set.at[1]->object, "spec", "template", "spec", "containers");
    return json_text(b->rig.a, doc_get(doc_at(containers, 0), "args"), JSON_SORTED);
}

TEST(references_in_texts)
{
    static const struct {
        const char *path, *args, *want;
    } rows[] = {
        {"spec.num",
         "['$(NAME)', 'a$(NAME)b$(NUM)', '$$(NAME)', '$(UNKNOWN)', '$(NUM)', $, '$(', '$(NAME', $x, $$, "
         "'$$$(NAME)', x$]",
         "[\"p-svc\",\"ap-svcb5\",\"$(NAME)\",\"$(UNKNOWN)\",5,\"$\",\"$(\",\"$(NAME\",\"$x\",\"$\",\"$p-"
         "svc\",\"x$\"]"},
        {"spec.b", "[$(NUM), x$(NUM)]", "[true,\"xtrue\"]"},
        {"spec.f", "[$(NUM), x$(NUM)]", "[1.5,\"x1.5\"]"},
        {"spec.s", "[$(NUM), x$(NUM)]", "[\"5\",\"x5\"]"},
        {"spec.list", "[$(NUM), x$(NUM)]", "[\"$(NUM)\",\"x$(NUM)\"]"},
        {"spec.m", "[$(NUM), x$(NUM)]", "[\"$(NUM)\",\"x$(NUM)\"]"},
        {"spec.nul", "[$(NUM), x$(NUM)]", "[\"null\",\"xnull\"]"},
        {"spec.e", "[$(NUM), x$(NUM)]", "[\"\",\"x\"]"},
        {"'spec.list[0]'", "[$(NUM)]", "[\"a\"]"},
        {"'spec.list.[0]'", "[$(NUM)]", "[\"a\"]"},
        {"spec.list.1", "[$(NUM)]", "[\"b\"]"},
        {"'spec.ports[0].targetPort'", "[$(NUM)]", "[80]"},
        {"''", "[$(NUM)]", "[\"p-svc\"]"},
        {"spec.num", "$(NAME)", "\"p-svc\""},
        {"spec.num", "{a: $(NAME), b: 5, c: {d: $(NAME)}, e: null, f: $(NUM)}",
         "{\"a\":\"p-svc\",\"b\":5,\"c\":{\"d\":\"$(NAME)\"},\"e\":null,\"f\":5}"},
        {"spec.num", "null", "null"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        CLEANUP(arena_freep) struct arena *a = arena_new("test");
        struct bench b;
        begin(&b, a, rows[i].args);
        CHECK_OK(
            run(&b, arena_printf(a,
                                 "[" NAME ", {name: NUM, objref: {apiVersion: v1, kind: Service, name: svc}, "
                                 "fieldref: {fieldPath: %s}}]",
                                 rows[i].path)));
        CHECKF(streq(args_of(&b), rows[i].want), "%s %s\n  got  %s\n  want %s", rows[i].path, rows[i].args,
               args_of(&b), rows[i].want);
    }
}

TEST(labels_annotations_and_ports)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    struct bench b;
    begin(&b, a, "[]");
    CHECK_OK(run(&b, "[" NAME "," NUM("spec.num") "]"));
    CHECK_STR(
        json_text(a, doc_get(b.rig.set.at[0]->object, "metadata"), JSON_SORTED),
        "{\"annotations\":{\"x\":\"p-svc-5\"},\"labels\":{\"l\":\"p-svc\",\"n\":5},\"name\":\"p-svc\"}");
    CHECK_STR(json_text(a, doc_path(b.rig.set.at[0]->object, "spec", "ports"), JSON_SORTED),
              "[{\"port\":5,\"targetPort\":80}]");
    CHECK_STR(rig_warnings(&b.rig), "[]");
}

TEST(errors_of_vars)
{
    static const struct {
        const char *vars, *args, *want;
    } rows[] = {
        {"[" NUM("spec.nope") "]", "[]",
         "field specified in var '{NUM Service.v1.[noGrp] {spec.nope}}' not found in corresponding resource"},
        {"[" NUM("\"metadata.labels['l']\"") "]", "[]",
         "field specified in var '{NUM Service.v1.[noGrp] {metadata.labels['l']}}' not found in "
         "corresponding resource"},
        {"[{name: NAME, objref: {kind: Service, name: svc}}]", "[]",
         "var '{NAME Service.[noVer].[noGrp] {metadata.name}}' cannot be mapped to a field in the set of "
         "known resources"},
        {"[{name: NAME}]", "[]",
         "var '{NAME [noKind].[noVer].[noGrp] {metadata.name}}' cannot be mapped to a field in the set of "
         "known resources"},
        {"[{name: NAME, objref: {apiVersion: v1, kind: Service, name: svc, namespace: x}}]", "[]",
         "var '{NAME Service.v1.[noGrp] {metadata.name}}' cannot be mapped to a field in the set of known "
         "resources"},
        {"[" NAME "," NAME "]", "[]",
         "merging vars [{NAME Service.[noVer].[noGrp] {}} {NAME Service.[noVer].[noGrp] {}}]: var 'NAME' "
         "already "
         "encountered"},
        {"[" NAME "]", "[$(NAME), 5]",
         "considering field 'spec/template/spec/containers/args' of object Deployment.v1.apps/d.[noNs]: "
         "visit traversal "
         "on path: [args]: invalid value type expect a string"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        CLEANUP(arena_freep) struct arena *a = arena_new("test");
        struct bench b;
        begin(&b, a, rows[i].args);
        CLEANUP(err_freep) struct err *e = run(&b, rows[i].vars);
        CHECKF(e && streq(e->msg, rows[i].want), "%s\n  got  %s\n  want %s", rows[i].vars,
               e ? e->msg : "success", rows[i].want);
    }
}

TEST(more_than_one_match)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    struct kustomize_rig r;
    struct kustomize_vars vars = {0};
    rig_begin(&r, a,
              "{apiVersion: v1, kind: ConfigMap, metadata: {name: c, namespace: a}}\n---\n"
              "{apiVersion: v1, kind: ConfigMap, metadata: {name: c, namespace: b}}",
              NULL);
    CHECK_ERR(
        kustomize_vars_bind(&r.at, &r.set,
                            rig_yaml(a, "[{name: X, objref: {apiVersion: v1, kind: ConfigMap, name: c}}]"),
                            &vars),
        ERR_INVALID,
        "found 2 resId matches for var {X ConfigMap.v1.[noGrp] {metadata.name}} (unable to disambiguate)");
    CHECK_OK(kustomize_vars_bind(
        &r.at, &r.set,
        rig_yaml(a, "[{name: X, objref: {apiVersion: v1, kind: ConfigMap, name: c, namespace: b}}]"), &vars));
    struct kustomize_vars again = vars;
    CHECK_ERR(kustomize_vars_absorb(a, &again, &vars), ERR_INVALID, "var 'X' already encountered");
    /* A generator's merge puts a new object in the place of the old one. */
    struct kustomize_resource *now = kustomize_resource_new(a, r.set.at[1]->object);
    kustomize_set_replace(&r.set, r.set.at[1], now);
    CHECK_OK(kustomize_vars_resolve(&r.build, &r.set, kustomize_config_default(), &vars));
    CHECK_STR(rig_warnings(&r), "[\"k.yaml:1: the var 'X' is used nowhere\"]");
    kustomize_set_remove(&r.set, now);
    CHECK_ERR(kustomize_vars_resolve(&r.build, &r.set, kustomize_config_default(), &vars), ERR_INVALID,
              "cannot be mapped to a field");
}

TEST_MAIN
