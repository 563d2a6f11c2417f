/* render/directory - a folder of YAML and JSON files (engine.md §7.8).
 *
 * The walk goes in lexical order; links are followed inside the repository. Files are read and parsed one at
 * a time, against one budget of bytes for all. */
#include "render/render.h"

#include "base/str.h"
#include "doc/json.h"
#include "doc/yaml.h"
#include "render/jsonnet.h"
#include "text/glob.h"

#define SKIP_MARK "+argocd:skip-file-rendering"

struct walk {
    const struct call *call;
    struct tree *tree;
    const struct render_request *rq;
    struct arena *a;
    struct render_result *out;
    const char *include, *exclude;
    bool recurse, any_extension;
    size_t bytes, files;
};

/* --- one file
 * ----------------------------------------------------------------------------------------------------------
 */

static bool is_list_kind(const struct doc *obj)
{
    return ends_with(doc_str(doc_get(obj, "kind"), ""), "List") && doc_get(obj, "items");
}

static void push_object(struct arena *a, const struct doc *obj, struct render_result *out)
{
    if (is_list_kind(obj)) {
        doc_each (it, doc_get(obj, "items"))
            push_object(a, it.val, out);
        return;
    }
    /* What has no kind is no manifest. */
    if (*doc_str(doc_get(obj, "kind"), ""))
        doc_push(a, out->manifests, obj);
}

static struct err *unmarshal_error(const char *name, struct err *cause)
{
    cause->code = ERR_PRECONDITION;
    return err_wrap(cause, "Failed to unmarshal \"%s\"", name);
}

/* A text that fails to parse is somebody's business only when it looks like a manifest. */
static bool looks_like_manifest(struct span text)
{
    static const char *const marks[] = {"apiVersion:", "kind:", "metadata:"};
    for (size_t i = 0; i < ARRAY_LEN(marks); i++)
        if (!memmem(text.at, text.len, marks[i], strlen(marks[i])))
            return false;
    return true;
}

static struct err *render_json(struct arena *a, const char *name, struct span text, struct render_result *out)
{
    struct doc *obj = NULL, *second = NULL;
    struct span rest = text;
    struct err *e = json_read_next(a, &rest, NULL, &obj);
    if (e)
        return unmarshal_error(name, e);
    e = json_read_next(a, &rest, NULL, &second);
    err_free(e);
    if (e || second)
        return err_new(ERR_PRECONDITION,
                       "Found multiple objects in \"%s\". Only single objects are allowed in JSON files.",
                       name);
    if (doc_is(obj, DOC_MAP))
        push_object(a, obj, out);
    return NULL;
}

struct err *render_text(struct arena *a, const char *name, struct span text, struct render_result *out)
{
    if (ends_with(name, ".json"))
        return render_json(a, name, text, out);
    struct yaml_docs docs;
    struct err *e = yaml_read_all(a, text, YAML_SIGS, NULL, &docs);
    if (e && !looks_like_manifest(text)) {
        err_free(e);
        return NULL;
    }
    if (e)
        return unmarshal_error(name, err_wrap(e, "failed to unmarshal manifest"));
    for (size_t i = 0; i < docs.len; i++) {
        const struct doc *d = docs.at[i];
        if (doc_is(d, DOC_MAP))
            push_object(a, d, out);
        else if (!doc_is(d, DOC_NULL) && looks_like_manifest(text))
            return err_new(ERR_PRECONDITION,
                           "Failed to unmarshal \"%s\": line %u: a manifest must be an object, not %s", name,
                           (unsigned)doc_line(d), doc_kind_name(d));
    }
    return NULL;
}

static bool wanted(const struct walk *w, const char *relative)
{
    static const char *const extensions[] = {".yaml", ".yml", ".json", ".jsonnet"};
    bool extension = w->any_extension && *w->include;
    for (size_t i = 0; i < ARRAY_LEN(extensions); i++)
        extension |= ends_with(relative, extensions[i]);
    if (!extension || (*w->exclude && glob_matches(w->exclude, relative, "")))
        return false;
    return !*w->include || glob_matches(w->include, relative, "");
}

/* --- Jsonnet
 * -----------------------------------------------------------------------------------------------------------
 */

static struct err *read_vars(struct walk *w, const struct doc *list, struct render_jsonnet_var **out,
                             size_t *len)
{
    *len = doc_len(list);
    *out = NEW_N(w->a, struct render_jsonnet_var, *len + 1);
    doc_each (it, list) {
        struct render_jsonnet_var *v = &(*out)[it.index];
        v->name = doc_str(doc_get(it.val, "name"), "");
        v->code = doc_bool(doc_get(it.val, "code"), false);
        TRY(render_env_put(w->rq, w->a, doc_str(doc_get(it.val, "value"), ""), &v->value));
    }
    return NULL;
}

/* Libraries are named from the root of the repository; what is not there finds nothing. */
static struct err *read_libs(struct walk *w, const struct doc *list, const char ***out, size_t *len)
{
    *out = NEW_N(w->a, const char *, doc_len(list) + 2);
    (*out)[0] = w->rq->path;
    *len = 1;
    doc_each (it, list) {
        const char *name = doc_str(it.val, ""), *path;
        struct err *e = NULL;
        if (!tree_join(w->a, "", name + strspn(name, "/"), &path))
            e = err_new(ERR_DENIED, "it leaves the repository");
        else
            e = tree_resolve(w->tree, w->a, path, &path);
        if (err_eat(&e, ERR_DENIED))
            return err_reason(ERR_DENIED, "OutOfBounds", "file '%s' resolved to outside repository root",
                              name);
        if (err_eat(&e, ERR_NOT_FOUND))
            continue;
        TRY(e);
        (*out)[(*len)++] = path;
    }
    return NULL;
}

static struct err *evaluate(struct walk *w, const char *path)
{
    const struct doc *options = doc_path(w->rq->source, "directory", "jsonnet");
    struct render_jsonnet rq = {.tree = w->tree, .path = path};
    struct render_jsonnet_var *ext, *tla;
    const char **libs;
    struct doc *value;
    TRY(read_vars(w, doc_get(options, "extVars"), &ext, &rq.ext_len));
    TRY(read_vars(w, doc_get(options, "tlas"), &tla, &rq.tla_len));
    TRY(read_libs(w, doc_get(options, "libs"), &libs, &rq.libs_len));
    rq.ext = ext;
    rq.tla = tla;
    rq.libs = libs;
    TRY(render_jsonnet(&rq, w->a, &value));
    if (doc_is(value, DOC_MAP)) {
        push_object(w->a, value, w->out);
        return NULL;
    }
    if (!doc_is(value, DOC_LIST))
        return err_new(ERR_PRECONDITION, "%s: the result must be an object or a list of objects, not %s",
                       path, doc_kind_name(value));
    doc_each (it, value) {
        if (!doc_is(it.val, DOC_MAP))
            return err_new(ERR_PRECONDITION, "%s: element %zu of the result is no object but %s", path,
                           it.index, doc_kind_name(it.val));
        push_object(w->a, it.val, w->out);
    }
    return NULL;
}

/* --- the walk
 * ----------------------------------------------------------------------------------------------------------
 */

/* Jsonnet reads its files itself and does not count into the budget. */
static bool is_jsonnet(const char *name)
{
    return ends_with(name, ".jsonnet");
}

static struct err *read_file(struct walk *w, const char *path, const char *relative)
{
    size_t limit = w->rq->max_bytes ? w->rq->max_bytes : (size_t)RENDER_MAX_BYTES;
    struct span text;
    struct err *e = tree_read(w->tree, path, limit - w->bytes, w->a, &text);
    if (err_eat(&e, ERR_EXHAUSTED))
        return err_reason(
            ERR_EXHAUSTED, "ManifestsTooLarge",
            "exceeded max combined manifest file size: %s and what came before it are more than %zu bytes",
            relative, limit);
    TRY(e);
    w->bytes += text.len;
    if (memmem(text.at, text.len, SKIP_MARK, strlen(SKIP_MARK)))
        return NULL;
    if (starts_with(text.at, "version https://git-lfs.github.com/spec/"))
        return err_new(ERR_PRECONDITION,
                       "%s is a Git LFS pointer, not a manifest: enable LFS for the repository", relative);
    return render_text(w->a, relative, text, w->out);
}

static struct err *walk_folder(struct walk *w, const char *path, const char *relative, int depth);

static struct err *visit(struct walk *w, const char *path, const char *relative, enum tree_kind kind,
                         int depth)
{
    if (kind == TREE_DIR)
        return w->recurse ? walk_folder(w, path, relative, depth + 1) : NULL;
    if (!wanted(w, relative))
        return NULL;
    if (kind == TREE_LINK) {
        const char *real = NULL;
        struct err *e = tree_resolve(w->tree, w->a, path, &real);
        if (err_eat(&e, ERR_NOT_FOUND)) {
            doc_push_str(w->a, w->out->warnings, arena_printf(w->a, "%s is a link to nothing", relative));
            return NULL;
        }
        TRY(e);
        struct tree_stat st;
        TRY(tree_stat(w->tree, real, &st));
        if (st.kind != TREE_FILE)
            return NULL;
        path = real;
    } else if (kind != TREE_FILE) {
        return NULL;
    }
    if (++w->files > RENDER_MAX_FILES)
        return err_new(ERR_EXHAUSTED, "%s: more than %d manifest files", w->rq->path, RENDER_MAX_FILES);
    return is_jsonnet(relative) ? evaluate(w, path) : read_file(w, path, relative);
}

static struct err *walk_folder(struct walk *w, const char *path, const char *relative, int depth)
{
    if (depth > RENDER_MAX_DEPTH)
        return err_new(ERR_EXHAUSTED, "%s: folders are nested deeper than %d", relative, RENDER_MAX_DEPTH);
    struct tree_list list;
    TRY(call_check(w->call));
    TRY(tree_list(w->tree, path, w->a, &list));
    for (size_t i = 0; i < list.len; i++) {
        const char *name = list.at[i].name;
        if (streq(name, ".git"))
            continue;
        TRY(visit(w, arena_printf(w->a, "%s%s%s", path, *path ? "/" : "", name),
                  arena_printf(w->a, "%s%s%s", relative, *relative ? "/" : "", name), list.at[i].kind,
                  depth));
    }
    return NULL;
}

struct err *render_directory(const struct call *call, struct tree *tree, const struct render_request *rq,
                             struct arena *a, struct render_result *out)
{
    const struct doc *options = doc_get(rq->source, "directory");
    struct walk w = {
        .call = call,
        .tree = tree,
        .rq = rq,
        .a = a,
        .out = out,
        .include = doc_str(doc_get(options, "include"), ""),
        .exclude = doc_str(doc_get(options, "exclude"), ""),
        .recurse = doc_bool(doc_get(options, "recurse"), false),
        .any_extension = doc_bool(doc_get(options, "disableExtensionFilter"), false),
    };
    return walk_folder(&w, rq->path, "", 0);
}
