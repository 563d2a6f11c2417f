/* render/helm/source - an Application's helm block as a request for a render (specs/engine.md §7.6).
 *
 * Precedence, lowest first: the chart's own values, valueFiles in their order, valuesObject or values,
 * parameters, fileParameters. Upstream keeps parameters in maps, so their order is nobody's promise: here
 * they go by name, and of one name the last counts. */
#include "base/str.h"
#include "base/vec.h"
#include "doc/yaml.h"
#include "render/helm/helm.h"
#include "render/render.h"
#include "text/glob.h"

#include <stdlib.h>

enum { VALUES_MAX = 64 << 20 };

struct place {
    struct tree *tree; /* NULL = `path` is a URL */
    const char *path;  /* real */
    const char *name;  /* as it was asked for */
};
struct source {
    const struct render_request *rq;
    struct tree *tree;
    struct arena *a;
    const struct doc *helm;
    struct helm_request out;
    VEC(struct place) places;
    VEC(struct helm_values_file) files;
    VEC(struct helm_setting) settings;
};

static void source_release(struct source *s)
{
    vec_release(&s->places);
    vec_release(&s->files);
    vec_release(&s->settings);
}

/* --- files --- */

static struct err *outside(const char *name)
{
    return err_reason(ERR_DENIED, "OutOfBounds", "file '%s' resolved to outside repository root", name);
}

/* The source that "$ref/..." names; NULL when it names none. */
static const struct render_ref *ref_of(const struct source *s, const char *name)
{
    size_t n = strcspn(name, "/");
    for (size_t i = 0; i < s->rq->refs_len && *name == '$'; i++)
        if (strlen(s->rq->refs[i].name) == n - 1 && strncmp(s->rq->refs[i].name, name + 1, n - 1) == 0)
            return &s->rq->refs[i];
    return NULL;
}

/* The environment is put in only where no other source is meant. */
static struct err *file_name(struct source *s, const struct doc *raw, const char **out)
{
    *out = doc_str(raw, "");
    return ref_of(s, *out) ? NULL : render_env_put(s->rq, s->a, *out, out);
}

static struct err *file_names(struct source *s, const struct doc *raw, const char ***out)
{
    *out = NEW_N(s->a, const char *, doc_len(raw) + 1);
    doc_each (it, raw)
        TRY(file_name(s, it.val, &(*out)[it.index]));
    return NULL;
}

static bool is_url(const char *name)
{
    return strstr(name, "://") != NULL;
}

static struct err *fetch(const struct source *s, const char *url, struct arena *a, struct span *out)
{
    const struct helm_sources *from = s->rq->helm_sources;
    if (!from || !from->ops || !from->ops->fetch_values)
        return err_new(ERR_UNIMPLEMENTED, "value file '%s' is a URL, which cannot be fetched here", url);
    TRYF(from->ops->fetch_values(from->arg, url, a, out), "value file '%s'", url);
    return NULL;
}

/* Which tree, and where in it: "$ref/x", "/from/the/root", "beside/the/chart". */
static struct err *locate(struct source *s, const char *name, struct tree **tree, const char **path)
{
    const char *base = s->rq->path, *rest = name;
    *tree = s->tree;
    const struct render_ref *ref = ref_of(s, name);
    if (ref) {
        *tree = ref->tree;
        rest = name + 1 + strlen(ref->name);
        base = "";
    }
    if (*rest == '/') {
        base = "";
        rest += strspn(rest, "/");
    }
    if (!tree_join(s->a, base, rest, path) || !**path)
        return outside(name);
    return NULL;
}

/* *found false when it is not there. */
static struct err *resolve(struct source *s, struct tree *tree, const char *name, const char **path,
                           bool *found)
{
    struct err *e = tree_resolve(tree, s->a, *path, path);
    *found = !e;
    if (err_eat(&e, ERR_NOT_FOUND))
        return NULL;
    if (err_eat(&e, ERR_DENIED))
        return outside(name);
    return e;
}

static struct err *read_place(struct source *s, const char *name, struct arena *a, struct span *out)
{
    struct tree *tree;
    const char *path;
    bool found;
    if (is_url(name))
        return fetch(s, name, a, out);
    TRY(locate(s, name, &tree, &path));
    TRY(resolve(s, tree, name, &path, &found));
    if (!found)
        return err_new(ERR_NOT_FOUND, "open %s: no such file or directory", name);
    return tree_read(tree, path, VALUES_MAX, a, out);
}

static struct err *read_parameter_file(void *arg, const char *name, struct arena *a, struct span *out)
{
    return read_place(arg, name, a, out);
}

static bool has_place(const struct source *s, const struct tree *tree, const char *path)
{
    for (size_t i = 0; i < s->places.len; i++)
        if (s->places.at[i].tree == tree && streq(s->places.at[i].path, path))
            return true;
    return false;
}

/* --- globs --- */

static bool is_glob(const char *name)
{
    return !is_url(name) && strpbrk(name, "*?[");
}

struct search {
    struct source *s;
    struct tree *tree;
    const struct glob *pattern;
    const char *name; /* the pattern, for messages */
    size_t seen, matches;
};

static struct err *take_match(struct search *w, const char *path)
{
    const char *real = path;
    bool found;
    TRY(resolve(w->s, w->tree, w->name, &real, &found));
    if (!found)
        return NULL;
    w->matches++;
    if (!has_place(w->s, w->tree, real))
        vec_push(&w->s->places, (struct place){w->tree, real, path});
    return NULL;
}

static struct err *search_folder(struct search *w, const char *folder, int depth)
{
    struct tree_list list;
    if (depth > RENDER_MAX_DEPTH)
        return err_new(ERR_EXHAUSTED, "%s: folders are nested deeper than %d", folder, RENDER_MAX_DEPTH);
    TRY(tree_list(w->tree, folder, w->s->a, &list));
    for (size_t i = 0; i < list.len; i++) {
        const char *name = list.at[i].name;
        const char *path = *folder ? arena_printf(w->s->a, "%s/%s", folder, name) : name;
        if (++w->seen > RENDER_MAX_FILES)
            return err_new(ERR_EXHAUSTED, "%s: more than %d files to look at", w->name, RENDER_MAX_FILES);
        if (list.at[i].kind == TREE_DIR)
            TRY(search_folder(w, path, depth + 1));
        else if (glob_match(w->pattern, span_of(path)))
            TRY(take_match(w, path));
    }
    return NULL;
}

static struct err *expand(struct source *s, const char *name, bool ignore_missing)
{
    struct search w = {.s = s, .name = name};
    CLEANUP(glob_freep) struct glob *pattern = NULL;
    const char *path;
    TRY(locate(s, name, &w.tree, &path));
    TRYF(glob_doublestar(path, &pattern), "values file glob \"%s\"", name);
    w.pattern = pattern;
    size_t fixed = strcspn(path, "*?[");
    while (fixed && path[fixed] != '/')
        fixed--;
    struct err *e = search_folder(&w, arena_strndup(s->a, path, fixed), 0);
    if (!err_eat(&e, ERR_NOT_FOUND))
        TRY(e);
    if (!w.matches && !ignore_missing)
        return err_new(ERR_NOT_FOUND, "values file glob \"%s\" matched no files", name);
    return NULL;
}

/* --- values --- */

/* The files that are named first, so that a glob leaves them where they are. */
static struct err *find_places(struct source *s)
{
    bool ignore = doc_bool(doc_get(s->helm, "ignoreMissingValueFiles"), false);
    const char **names;
    TRY(file_names(s, doc_get(s->helm, "valueFiles"), &names));
    VEC(struct place) plain = {0};
    struct err *e = NULL;
    for (size_t i = 0; names[i]; i++) {
        const char *name = names[i];
        struct place p = {.path = name, .name = name};
        bool found = false;
        if (e || is_glob(name))
            continue;
        if (is_url(name)) {
            vec_push(&plain, p);
            continue;
        }
        e = locate(s, name, &p.tree, &p.path);
        if (!e)
            e = resolve(s, p.tree, name, &p.path, &found);
        if (!e && !found && !ignore)
            e = err_new(ERR_NOT_FOUND, "open %s: no such file or directory", name);
        if (!e && found)
            vec_push(&plain, p);
    }
    VEC(struct place) ordered = {0};
    size_t next = 0;
    for (size_t i = 0; names[i] && !e; i++) {
        const char *name = names[i];
        if (is_glob(name)) {
            s->places.len = 0;
            vec_each (p, &plain)
                vec_push(&s->places, *p);
            vec_each (p, &ordered)
                vec_push(&s->places, *p);
            size_t known = s->places.len;
            e = expand(s, name, ignore);
            for (size_t n = known; n < s->places.len; n++)
                vec_push(&ordered, s->places.at[n]);
        } else if (next < plain.len && streq(plain.at[next].name, name)) {
            vec_push(&ordered, plain.at[next++]);
        }
    }
    s->places.len = 0;
    vec_each (p, &ordered)
        vec_push(&s->places, *p);
    vec_release(&plain);
    vec_release(&ordered);
    return e;
}

static struct err *take_values(struct source *s)
{
    const struct doc *object = doc_get(s->helm, "valuesObject");
    const char *inline_text = doc_str(doc_get(s->helm, "values"), "");
    TRY(find_places(s));
    vec_each (p, &s->places) {
        struct helm_values_file file = {.name = p->name};
        TRY(p->tree ? tree_read(p->tree, p->path, VALUES_MAX, s->a, &file.text)
                    : fetch(s, p->path, s->a, &file.text));
        vec_push(&s->files, file);
    }
    if (doc_is(object, DOC_MAP) && doc_len(object))
        inline_text = yaml_text(s->a, object, YAML_WRITE_SIGS);
    if (*inline_text)
        vec_push(&s->files, (struct helm_values_file){"values", span_of(inline_text)});
    return NULL;
}

/* --- parameters --- */

/* A comma is no separator here, but in a whole list "{a,b}". */
static const char *escape_commas(struct arena *a, const char *value)
{
    CLEANUP(str_release) struct str s = {0};
    size_t n = strlen(value);
    if (n >= 2 && value[0] == '{' && value[n - 1] == '}')
        return value;
    for (size_t i = 0; i < n; i++) {
        str_char(&s, value[i]);
        if (value[i] != '\\' && value[i + 1] == ',') {
            str_add(&s, "\\,");
            i++;
        }
    }
    return arena_strdup(a, str_text(&s));
}

static int by_text(const void *x, const void *y)
{
    const struct helm_setting *a = x, *b = y;
    return a->kind != b->kind ? (int)a->kind - (int)b->kind : strcmp(a->text, b->text);
}

static bool is_last_of_name(const struct doc *list, size_t index, const char *name)
{
    for (size_t i = index + 1; i < doc_len(list); i++)
        if (doc_str_is(doc_get(doc_at(list, i), "name"), name))
            return false;
    return true;
}

static struct err *take_parameters(struct source *s)
{
    const struct doc *values = doc_get(s->helm, "parameters"), *files = doc_get(s->helm, "fileParameters");
    doc_each (it, values) {
        const char *name = doc_str(doc_get(it.val, "name"), "");
        const char *value;
        TRY(render_env_put(s->rq, s->a, doc_str(doc_get(it.val, "value"), ""), &value));
        bool force = doc_bool(doc_get(it.val, "forceString"), false);
        if (is_last_of_name(values, it.index, name))
            vec_push(&s->settings,
                     (struct helm_setting){force ? HELM_SET_STRING : HELM_SET,
                                           arena_printf(s->a, "%s=%s", name, escape_commas(s->a, value))});
    }
    doc_each (it, files) {
        const char *name = doc_str(doc_get(it.val, "name"), "");
        const char *path;
        TRY(file_name(s, doc_get(it.val, "path"), &path));
        if (is_last_of_name(files, it.index, name))
            vec_push(&s->settings,
                     (struct helm_setting){HELM_SET_FILE,
                                           arena_printf(s->a, "%s=%s", name, escape_commas(s->a, path))});
    }
    if (s->settings.len)
        qsort(s->settings.at, s->settings.len, sizeof(*s->settings.at), by_text);
    return NULL;
}

/* --- the request --- */

static const char *text_or(const struct doc *d, const char *otherwise)
{
    const char *own = doc_str(d, "");
    return *own ? own : otherwise;
}

static struct err *take_cluster(struct source *s)
{
    const struct doc *versions = doc_get(s->helm, "apiVersions");
    const char *version = text_or(doc_get(s->helm, "kubeVersion"), s->rq->kube_version);
    struct helm_words *to = &s->out.api_versions;
    size_t n = doc_len(versions) ? doc_len(versions) : s->rq->api_versions_len;
    if (version && *version) {
        struct helm_kube_version kube;
        TRYF(helm_kube_version_parse(s->a, version, &kube), "kube version '%s'", version);
        s->out.kube_version = kube.normal + 1;
    }
    to->at = NEW_N(s->a, const char *, n + 1);
    for (; to->len < n; to->len++)
        to->at[to->len] =
            doc_len(versions) ? doc_str(doc_at(versions, to->len), "") : s->rq->api_versions[to->len];
    return NULL;
}

static struct err *take_all(struct source *s)
{
    const char *version = doc_str(doc_get(s->helm, "version"), "");
    if (*version && !streq(version, "v3") && !streq(version, "v4")) /* which says nothing else, as upstream */
        return err_new(ERR_INVALID, "invalid helm version '%s': v3 and v4 are known", version);
    TRY(helm_release_name(s->a, text_or(doc_get(s->helm, "releaseName"), s->rq->app_name), &s->out.release));
    s->out.namespace = text_or(doc_get(s->helm, "namespace"), s->rq->namespace);
    s->out.include_crds = !doc_bool(doc_get(s->helm, "skipCrds"), false);
    s->out.skip_tests = doc_bool(doc_get(s->helm, "skipTests"), false);
    s->out.skip_schema = doc_bool(doc_get(s->helm, "skipSchemaValidation"), false);
    TRY(take_cluster(s));
    TRY(take_values(s));
    TRY(take_parameters(s));
    s->out.files = s->files.at;
    s->out.files_len = s->files.len;
    s->out.settings = s->settings.at;
    s->out.settings_len = s->settings.len;
    s->out.reader = (struct helm_reader){read_parameter_file, s};
    return NULL;
}

/* What upstream would have run: its error texts begin with that. */
static const char *command_line(const struct source *s)
{
    static const char *const flags[] = {"--set", "--set-string", "--set-file", "--set-json", "--set-literal"};
    CLEANUP(str_release) struct str line = {0};
    str_printf(&line, "helm template . --name-template %s --namespace %s", s->out.release, s->out.namespace);
    if (s->out.kube_version)
        str_printf(&line, " --kube-version %s", s->out.kube_version);
    vec_each (v, &s->settings)
        str_printf(&line, " %s %s", flags[v->kind], v->text);
    vec_each (f, &s->files)
        str_printf(&line, " --values %s", f->name);
    str_printf(&line, " <api versions removed>%s%s%s", s->out.include_crds ? " --include-crds" : "",
               s->out.skip_schema ? " --skip-schema-validation" : "",
               s->out.skip_tests ? " --skip-tests" : "");
    return arena_strdup(s->a, str_text(&line));
}

static struct err *helm_failed(const struct source *s, const struct helm_output *o, struct err *e)
{
    if (e->code == ERR_EXHAUSTED || e->code == ERR_DEADLINE || e->code == ERR_CANCELLED)
        return err_wrap(e, "failed to execute helm template command");
    struct err *said = err_reason(
        ERR_UNKNOWN, e->reason,
        "failed to execute helm template command: failed running helm: `%s` failed exit status 1: "
        "Error: %s%s",
        command_line(s), e->msg, o->rendering ? "\n\nUse --debug flag to render out invalid YAML" : "");
    err_free(e);
    return said;
}

static struct err *render_source(const struct call *call, struct helm_cache *cache, struct source *s,
                                 struct render_result *out)
{
    CLEANUP(str_release) struct str text = {0};
    struct helm_output rendered;
    struct helm_sources sources = {.tree = s->tree, .path = s->rq->path};
    TRY(take_all(s));
    if (s->rq->helm_sources) {
        sources.ops = s->rq->helm_sources->ops;
        sources.arg = s->rq->helm_sources->arg;
    }
    struct clock_fake still;
    if (s->rq->stable_seed.len) {
        clock_fake_init(&still, s->rq->stable_time_ms);
        s->out.stable_seed = s->rq->stable_seed;
        s->out.clock = &still.clock;
    }
    s->out.sources = &sources;
    s->out.call = call;
    struct err *e = helm_render(cache, s->tree, s->rq->path, &s->out, s->a, &rendered);
    doc_each (it, rendered.warnings)
        doc_push(s->a, out->warnings, it.val);
    if (e)
        return helm_failed(s, &rendered, e);
    helm_print(&rendered, &text);
    return render_text(s->a, rendered.chart,
                       (struct span){arena_strndup(s->a, str_text(&text), text.len), text.len}, out);
}

struct err *render_helm(const struct call *call, struct tree *tree, const struct render_request *rq,
                        struct arena *a, struct render_result *out)
{
    CLEANUP(source_release)
    struct source s = {.rq = rq, .tree = tree, .a = a, .helm = doc_get(rq->source, "helm")};
    CLEANUP(helm_cache_freep) struct helm_cache *own = rq->helm_cache ? NULL : helm_cache_new(0);
    return render_source(call, own ? own : rq->helm_cache, &s, out);
}
