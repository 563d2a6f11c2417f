/* render/helm/helm - the steps of a render in Helm's order: load, values, dependencies, coalesce, schema,
 * version, templates, documents (specs/helm.md §4.1). */
#include "render/helm/helm.h"

#include "base/secret.h"
#include "base/str.h"
#include "crypto/digest.h"
#include "render/helm/values_schema.h"
#include "text/glob.h"
#include "tmpl/sprig.h"

#include <stdlib.h>
#include <strings.h>

enum { RELEASE_MAX = 53 };
#define RELEASE_PATTERN "^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$"

static bool is_alnum(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

struct err *helm_release_check(const char *name)
{
    size_t n = strlen(name);
    bool fine = n && n <= RELEASE_MAX;
    if (!n)
        return err_new(ERR_INVALID, "release name check failed: release name \"\": no name provided");
    for (size_t i = 0; i < n && fine; i++) {
        bool edge = i == 0 || i + 1 == n || name[i - 1] == '.' || name[i + 1] == '.';
        fine = is_alnum(name[i]) || (!edge && name[i] == '-') ||
               (name[i] == '.' && i > 0 && i + 1 < n && is_alnum(name[i - 1]) && is_alnum(name[i + 1]));
    }
    if (fine)
        return NULL;
    return err_new(ERR_INVALID,
                   "release name check failed: release name \"%s\": invalid release name, must match "
                   "regex " RELEASE_PATTERN " and the length must not be longer than %d",
                   name, RELEASE_MAX);
}

static struct err *run_name(struct arena *a, struct tmpl *t, const char **out)
{
    CLEANUP(tmpl_set_freep) struct tmpl_set *set = tmpl_set_new(NULL);
    CLEANUP(str_release) struct str text = {.limit = 1 << 16};
    struct tmpl_env env = {.arena = a, .set = set, .limits = {.memory = 64 << 20, .steps = 1000000}};
    tmpl_set_add(set, t);
    TRY(tmpl_run(&env, tmpl_name(t), TMPL_NOTHING, &text));
    *out = arena_strdup(a, str_text(&text));
    return NULL;
}

struct err *helm_release_name(struct arena *a, const char *template, const char **out)
{
    CLEANUP(tmpl_funcs_freep) struct tmpl_funcs *funcs = NULL;
    CLEANUP(tmpl_unrefp) struct tmpl *t = NULL;
    *out = template;
    if (!strstr(template, "{{"))
        return NULL;
    funcs = tmpl_funcs_new();
    tmpl_sprig_add(funcs);
    TRY(tmpl_compile(funcs, span_of("name-template"), span_of(template), &t));
    return run_name(a, t, out);
}

static struct err *apply_setting(const struct helm_request *rq, const struct helm_setting *s, struct arena *a,
                                 struct tmpl_map *to)
{
    bool object = s->kind == HELM_SET_JSON && starts_with(s->text + strspn(s->text, " \t\n"), "{");
    if (object && rq->version == HELM_3)
        return err_new(ERR_INVALID, "failed parsing --set-json data %s", s->text);
    return helm_values_set(a, to, s, &rq->reader);
}

static struct err *user_values(struct helm_cache *cache, const struct helm_request *rq, struct arena *a,
                               struct tmpl_map **out)
{
    static const enum helm_set order[] = {HELM_SET_JSON, HELM_SET, HELM_SET_STRING, HELM_SET_FILE,
                                          HELM_SET_LITERAL};
    *out = tmpl_map_new(a, &tmpl_type_map);
    for (size_t i = 0; i < rq->files_len; i++) {
        struct tmpl_map *m;
        TRYF(helm_cache_values(cache, a, rq->version, rq->files[i].text, &m), "failed to parse %s",
             rq->files[i].name);
        helm_values_merge(*out, m);
    }
    for (size_t o = 0; o < ARRAY_LEN(order); o++)
        for (size_t i = 0; i < rq->settings_len; i++)
            if (rq->settings[i].kind == order[o])
                TRY(apply_setting(rq, &rq->settings[i], a, *out));
    return NULL;
}

static struct err *check_chart(const struct helm_chart *c, struct arena *a, struct doc *warnings)
{
    if (helm_is_library(c))
        return err_new(ERR_INVALID, "%s charts are not installable", c->meta.type);
    if (c->meta.deprecated)
        helm_log(a, warnings, "WARN", "this chart is deprecated", NULL);
    return helm_deps_check(c);
}

static struct err *check_kube_version(const struct helm_engine *e, const struct helm_chart *c)
{
    struct helm_kube_version kube;
    TRY(helm_kube_version_parse(e->arena, e->capabilities.kube_version, &kube));
    const char *judged = e->version == HELM_3 ? kube.version : kube.normal;
    if (*c->meta.kube_version && !helm_version_fits(e->arena, c->meta.kube_version, judged))
        return err_new(ERR_INVALID, "chart requires kubeVersion: %s which is incompatible with Kubernetes %s",
                       c->meta.kube_version, kube.version);
    return NULL;
}

static struct helm_words all_versions(struct arena *a, const struct helm_words *more)
{
    struct helm_words w = {NEW_N(a, const char *, helm_default_versions_len + more->len), 0};
    for (size_t i = 0; i < helm_default_versions_len; i++)
        w.at[w.len++] = helm_default_versions[i];
    for (size_t i = 0; i < more->len; i++)
        w.at[w.len++] = more->at[i];
    return w;
}

static bool is_manifest_name(const char *name)
{
    const char *dot = strrchr(name, '.');
    return starts_with(name, "crds/") && dot &&
           (strcasecmp(dot, ".yaml") == 0 || strcasecmp(dot, ".yml") == 0 || strcasecmp(dot, ".json") == 0);
}

static void add_crds(struct arena *a, const struct helm_chart *c, struct helm_documents *out)
{
    for (size_t i = 0; i < c->files.len; i++) {
        const struct helm_file *f = &c->files.at[i];
        if (is_manifest_name(f->name))
            helm_documents_push(
                a, out,
                &(struct helm_document){arena_printf(a, "%s/%s", helm_chart_path(a, c), f->name), f->data, "",
                                        HELM_MANIFEST});
    }
    for (size_t i = 0; i < c->children_len; i++)
        add_crds(a, c->children[i], out);
}

/* Without notes. */
static void drop_notes(struct helm_files *files)
{
    size_t n = 0;
    for (size_t i = 0; i < files->len; i++)
        if (!ends_with(files->at[i].name, "NOTES.txt"))
            files->at[n++] = files->at[i];
    files->len = n;
}

/* What the request leaves out. */
static void filter(const struct helm_request *rq, struct helm_documents *d)
{
    size_t n = 0;
    for (size_t i = 0; i < d->len; i++) {
        enum helm_role role = d->at[i].role;
        if (role == HELM_MANIFEST || (!rq->no_hooks && !(rq->skip_tests && role == HELM_TEST)))
            d->at[n++] = d->at[i];
    }
    d->len = n;
}

/* What there is to look at when a document is no YAML. */
static void whole_files(struct arena *a, const struct helm_files *files, struct helm_documents *out)
{
    out->len = 0;
    for (size_t i = 0; i < files->len; i++)
        if (span_trim(files->at[i].data).len)
            helm_documents_push(
                a, out, &(struct helm_document){files->at[i].name, files->at[i].data, "", HELM_MANIFEST});
}

static struct err *run_templates(struct helm_engine *e, const struct helm_request *rq,
                                 const struct helm_chart *c, struct helm_output *out)
{
    struct helm_files files;
    out->rendering = true;
    TRY(check_kube_version(e, c));
    if (rq->explain)
        e->watch = helm_watch_new(e->arena);
    TRY(helm_engine_run(e, c, &files));
    if (rq->explain)
        TRY(helm_explain(e->watch, c, rq, &out->explained));
    drop_notes(&files);
    const struct helm_loader loader = {
        .cache = e->cache, .arena = e->arena, .version = e->version, .warnings = out->warnings};
    struct err *bad = helm_documents_of(&loader, &files, &out->documents);
    if (bad) {
        whole_files(e->arena, &files, &out->documents);
        return bad;
    }
    filter(rq, &out->documents);
    if (rq->include_crds)
        add_crds(e->arena, c, &out->crds);
    return NULL;
}

static struct err *render_chart(struct helm_engine *e, const struct helm_request *rq, struct helm_chart *c,
                                const struct tmpl_map *user, struct helm_output *out)
{
    TRY(helm_release_check(e->release.name));
    TRY(helm_deps_process(e->arena, c, user, e->version, out->warnings));
    TRY(helm_values_coalesce(e->arena, c, user, e->version == HELM_3 ? HELM_NULLS_STAY : 0, out->warnings,
                             &e->values));
    if (!rq->skip_schema)
        TRY(helm_schema_validate(e->arena, c, e->values, out->warnings));
    return run_templates(e, rq, c, out);
}

/* NULL where randomness is to be fresh. */
static struct tmpl_stable *stable_of(const struct helm_request *rq, const struct helm_release *release)
{
    CLEANUP(str_release) struct str label = {0};
    struct crypto_digest secret;
    if (!rq->stable_seed.len)
        return NULL;
    str_printf(&label, "helm release %s/%s", release->namespace, release->name);
    crypto_hmac(CRYPTO_SHA256, rq->stable_seed, str_span(&label), &secret);
    struct tmpl_stable *t = tmpl_stable_new((struct span){(const char *)secret.bytes, secret.len});
    secret_wipe(&secret, sizeof(secret));
    return t;
}

struct err *helm_render(struct helm_cache *cache, struct tree *tree, const char *path,
                        const struct helm_request *rq, struct arena *a, struct helm_output *out)
{
    *out = (struct helm_output){.warnings = doc_new_list(a)};
    struct helm_loader loader = {
        .call = rq->call, .cache = cache, .arena = a, .version = rq->version, .warnings = out->warnings};
    struct helm_chart *c;
    struct tmpl_map *user;
    struct helm_engine e = {
        .call = rq->call,
        .cache = cache,
        .arena = a,
        .version = rq->version,
        .limits = {.output = HELM_OUTPUT_MAX,
                   .memory = rq->max_memory ? rq->max_memory : (size_t)HELM_MEMORY_MAX},
        .rand = rq->rand,
        .clock = rq->clock,
        .lookup = rq->lookup,
        .release = {rq->release ? rq->release : "release-name", rq->namespace ? rq->namespace : "default",
                    rq->is_upgrade},
        .capabilities = {rq->kube_version ? rq->kube_version : HELM_KUBE_VERSION,
                         all_versions(a, &rq->api_versions)},
    };
    CLEANUP(tmpl_stable_freep) struct tmpl_stable *stable = stable_of(rq, &e.release);
    e.stable = stable;
    struct helm_kube_version kube;
    TRYF(helm_kube_version_parse(a, e.capabilities.kube_version, &kube), "invalid kube version '%s'",
         e.capabilities.kube_version);
    TRY(user_values(cache, rq, a, &user));
    TRY(helm_load(&loader, tree, path, &c));
    out->chart = c->meta.name;
    out->version = c->meta.version;
    if (rq->sources)
        TRY(helm_deps_build(&loader, rq->sources, c));
    TRY(check_chart(c, a, out->warnings));
    return render_chart(&e, rq, c, user, out);
}

/* --- printing --- */

static void print_one(struct str *text, const struct helm_document *d)
{
    str_printf(text, "---\n# Source: %s\n", d->source);
    str_add_span(text, d->text);
    str_char(text, '\n');
}

/* Helm trims the manifests, which are CRDs and documents that are no hooks, as one text. */
void helm_print(const struct helm_output *o, struct str *text)
{
    size_t i = 0, start = text->len;
    for (; i < o->crds.len; i++)
        print_one(text, &o->crds.at[i]);
    for (i = 0; i < o->documents.len && o->documents.at[i].role == HELM_MANIFEST; i++)
        print_one(text, &o->documents.at[i]);
    while (text->len > start && memchr(" \t\n\v\f\r", text->at[text->len - 1], 6))
        text->at[--text->len] = 0;
    str_char(text, '\n');
    for (; i < o->documents.len; i++)
        print_one(text, &o->documents.at[i]);
}

/* The name below the chart's in "# Source: chart/NAME"; {NULL, 0} in a text without. */
static struct span source_of(struct span piece)
{
    const char *at = piece.len ? memmem(piece.at, piece.len, "# Source: ", strlen("# Source: ")) : NULL;
    if (!at)
        return (struct span){NULL, 0};
    size_t left = piece.len - (size_t)(at - piece.at);
    const char *end = memchr(at, '\n', left), *slash = memchr(at, '/', left);
    if (!end)
        end = at + left;
    return slash && slash < end ? (struct span){slash + 1, (size_t)(end - slash - 1)}
                                : (struct span){NULL, 0};
}

static bool print_matching(struct span all, const char *pattern, struct str *text)
{
    struct helm_splitter s = {all, false, HELM_4};
    struct span piece;
    bool found = false;
    while (helm_split(&s, &piece)) {
        bool matched = false;
        struct span name = source_of(piece);
        char *own = name.at ? mem_strndup(name.at, name.len) : NULL;
        if (own)
            err_free(glob_path(pattern, own, &matched));
        free(own);
        found |= matched;
        if (matched) {
            str_add(text, "---\n");
            str_add_span(text, piece);
            str_char(text, '\n');
        }
    }
    return found;
}

struct err *helm_print_only(const struct helm_output *o, const struct helm_words *patterns, struct str *text)
{
    CLEANUP(str_release) struct str all = {0};
    helm_print(o, &all);
    for (size_t i = 0; i < patterns->len; i++)
        if (!print_matching(str_span(&all), patterns->at[i], text))
            return err_new(ERR_NOT_FOUND, "could not find template %s in chart", patterns->at[i]);
    return NULL;
}
