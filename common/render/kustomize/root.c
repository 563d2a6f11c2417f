/* render/kustomize/root - from a path in a kustomization to a folder or to a file's bytes.
 *
 * Every path is first made an absolute name, as the original sees it, and only then a path in the tree: so
 * messages are the original's, and what leaves the tree is refused in one place. */
#include "render/kustomize/root.h"

#include "base/map.h"
#include "base/str.h"
#include "render/kustomize/cache.h"
#include "render/kustomize/object.h"

enum { LINK_MAX = 4096, NAME_MAX_BYTES = 4096 };

const char kustomize_http_failed[] = "HTTPStatus";

bool kustomize_failed_for(const struct err *e, const char *reason)
{
    return e && e->reason && streq(e->reason, reason);
}

/* --- names and places --- */

/* dir + "/" + name: paths are joined for every file of every build. */
static char *join(struct arena *a, const char *dir, const char *name)
{
    size_t n = strlen(dir), len = n + 1 + strlen(name);
    char *joined = arena_raw(a, len + 1);
    memcpy(joined, dir, n);
    joined[n] = '/';
    memcpy(joined + n + 1, name, len - n);
    return joined;
}

/* Go's filepath.Clean of an absolute path. */
static const char *clean_name(struct arena *a, const char *name)
{
    char *out = arena_raw(a, strlen(name) + 2);
    size_t len = 0;
    struct span rest = span_of(name), part;
    while (span_cut(&rest, '/', &part)) {
        if (!part.len || span_is(part, "."))
            continue;
        if (!span_is(part, "..")) {
            out[len] = '/';
            memcpy(out + len + 1, part.at, part.len);
            len += 1 + part.len;
        } else {
            while (len && out[--len] != '/')
                ;
        }
    }
    out[len] = '\0';
    return len ? out : "/";
}

const char *kustomize_root_name(const struct kustomize_root *root, const char *path)
{
    struct arena *a = root->build->a;
    return clean_name(a, *path == '/' ? path : join(a, root->name, path));
}

/* The tree's path of a clean absolute name; NULL when it is not in the tree. */
static const char *in_tree(const struct kustomize_root *root, const char *name)
{
    size_t n = strlen(root->top);
    if (strncmp(name, root->top, n) != 0 || (name[n] && name[n] != '/'))
        return NULL;
    return name[n] ? name + n + 1 : "";
}

static const char *name_in(const struct kustomize_root *root, const char *path)
{
    if (!*path)
        return *root->top ? root->top : "/";
    return join(root->build->a, root->top, path);
}

/* Is `name` the folder `dir`, or below it? */
static bool is_below(const char *name, const char *dir)
{
    size_t n = streq(dir, "/") ? 0 : strlen(dir);
    return strncmp(name, dir, n) == 0 && (!name[n] || name[n] == '/');
}

static struct err *resolve_in_tree(const struct kustomize_root *root, const char *path, const char **real,
                                   struct tree_stat *st);

/* The real path of a folder, which is looked for once a build: most files lie in few folders. */
static struct err *resolve_folder(const struct kustomize_root *root, const char *folder, const char **real)
{
    struct tree_stat st;
    *real = map_get(root->folders, folder);
    if (*real)
        return NULL;
    TRY(resolve_in_tree(root, folder, real, &st));
    map_set(root->folders, folder, (void *)(uintptr_t)*real);
    return NULL;
}

/* What the last part of a path is, in the real folder of what stands before it. */
static struct err *resolve_in_tree(const struct kustomize_root *root, const char *path, const char **real,
                                   struct tree_stat *st)
{
    struct arena *a = root->build->a;
    const char *slash = strrchr(path, '/'), *folder = "";
    if (slash)
        TRY(resolve_folder(root, arena_strndup(a, path, (size_t)(slash - path)), &folder));
    *real = *folder ? join(a, folder, slash + 1) : slash ? slash + 1 : path;
    TRY(tree_stat(root->tree, *real, st));
    if (st->kind == TREE_ABSENT)
        return err_new(ERR_NOT_FOUND, "%s: no such file or directory", path);
    if (st->kind != TREE_LINK)
        return NULL;
    TRY(tree_resolve(root->tree, a, *real, real));
    return tree_stat(root->tree, *real, st);
}

/* Where the link at `path` points to; `path` itself when it is none. */
static const char *link_target(const struct kustomize_root *root, const char *path)
{
    struct arena *a = root->build->a;
    struct tree_stat st = {.kind = TREE_ABSENT};
    struct span target;
    const char *joined = path;
    struct err *e = tree_stat(root->tree, path, &st);
    if (!e && st.kind == TREE_LINK)
        e = tree_read(root->tree, path, LINK_MAX, a, &target);
    if (!e && st.kind == TREE_LINK && !tree_join(a, path, arena_printf(a, "../%s", target.at), &joined))
        joined = path;
    err_free(e);
    return joined;
}

/* What the original says of a path of which a part is missing. */
static struct err *no_such_file(const struct kustomize_root *root, const char *name, const char *path)
{
    const char *part = path;
    for (const char *slash = strchr(path, '/'); slash; slash = strchr(slash + 1, '/')) {
        part = arena_strndup(root->build->a, path, (size_t)(slash - path));
        const char *real;
        struct err *e = resolve_folder(root, part, &real);
        bool missing = e != NULL;
        err_free(e);
        if (missing)
            break;
        part = path;
    }
    return err_new(ERR_NOT_FOUND, "evalsymlink failure on '%s' : lstat %s: no such file or directory", name,
                   name_in(root, link_target(root, part)));
}

/* Follows links: *real in the tree, and what is there. Errors as the original's, or what it cannot say of
 * what lies outside. */
static struct err *resolve(const struct kustomize_root *root, const char *name, const char **real,
                           struct tree_stat *st)
{
    const char *path = in_tree(root, name);
    if (!path)
        return err_reason(ERR_DENIED, "OutOfBounds",
                          "evalsymlink failure on '%s' : it is outside of the repository", name);
    if (strlen(path) > NAME_MAX_BYTES)
        return err_new(ERR_INVALID, "evalsymlink failure on '%.60s...' : file name too long", name);
    struct err *e = resolve_in_tree(root, path, real, st);
    if (err_eat(&e, ERR_NOT_FOUND))
        return no_such_file(root, name, path);
    if (err_eat(&e, ERR_DENIED))
        return err_reason(ERR_DENIED, "OutOfBounds",
                          "evalsymlink failure on '%s' : a link leads out of the repository", name);
    TRYF(e, "evalsymlink failure on '%s' ", name);
    return NULL;
}

/* --- folders --- */

static struct err *demand_folder(const struct kustomize_root *root, const char *name, const char **real)
{
    struct tree_stat st;
    TRYF(resolve(root, name, real, &st), "must build at directory: not a valid directory");
    if (st.kind != TREE_DIR)
        return err_new(ERR_INVALID, "must build at directory: '%s': file is not directory", name);
    return NULL;
}

static struct err *check_cycle(const struct kustomize_root *from, const struct kustomize_root *to)
{
    for (const struct kustomize_root *r = from; r; r = r->parent)
        if (r->tree == to->tree && is_below(r->name, to->name))
            return err_new(ERR_INVALID, "cycle detected: candidate root '%s' contains visited root '%s'",
                           to->name, r->name);
    return NULL;
}

static struct err *check_repo_cycle(const struct kustomize_root *from, const struct kustomize_repo *repo)
{
    for (const struct kustomize_root *r = from; r; r = r->parent)
        if (r->repo && starts_with(r->repo->raw, repo->raw))
            return err_new(ERR_INVALID, "cycle detected: URI '%s' referenced by previous URI '%s'", repo->raw,
                           r->repo->raw);
    return NULL;
}

static void free_tree(void *t)
{
    tree_free(t);
}

static void free_map(void *m)
{
    map_free(m);
}

static struct map *folders_new(struct arena *a)
{
    struct map *m = map_new(NULL);
    arena_defer(a, free_map, m);
    return m;
}

/* Whatever goes wrong is told in the original's words, as if git had been run. */
static struct err *enter_repo(struct kustomize_root *root, const struct kustomize_repo *repo)
{
    const struct kustomize_request *rq = root->build->rq;
    struct arena *a = root->build->a;
    const char *host = strstr(repo->url, "://");
    const struct kustomize_base want = {repo->url, repo->ref, repo->submodules};
    const char *commit;
    struct err *e = !rq->remote || !rq->remote->base
                        ? err_reason(ERR_UNIMPLEMENTED, "RemoteBase",
                                     "remote bases are not loaded here: clone it and name its folder instead")
                        : rq->remote->base(rq->remote_arg, &want, a, &root->tree, &commit);
    TRYF(e, "failed to run '/usr/bin/git fetch --depth=1 %s %s'", repo->url, *repo->ref ? repo->ref : "HEAD");
    arena_defer(a, free_tree, root->tree);
    root->folders = folders_new(a);
    root->repo = repo;
    root->top = clean_name(a, arena_printf(a, "/%s", host ? host + 3 : repo->url));
    TRY(demand_folder(root, clean_name(a, arena_printf(a, "%s/%s", root->top, repo->path)), &root->path));
    root->name = name_in(root, root->path);
    return NULL;
}

static struct kustomize_root *root_new(struct kustomize_build *build, const struct kustomize_root *from)
{
    struct kustomize_root *root = NEW(build->a, struct kustomize_root);
    if (from)
        *root = *from;
    root->build = build;
    root->parent = from;
    root->depth = from ? from->depth + 1 : 0;
    return root;
}

struct err *kustomize_root_enter(const struct kustomize_root *from, const char *path,
                                 struct kustomize_root **out)
{
    struct arena *a = from->build->a;
    struct kustomize_root *root = root_new(from->build, from);
    struct kustomize_repo *repo = NEW(a, struct kustomize_repo);
    *out = root;
    if (!*path)
        return err_new(ERR_INVALID, "new root cannot be empty");
    if (root->depth > KUSTOMIZE_DEPTH_MAX)
        return err_new(ERR_EXHAUSTED, "bases are nested deeper than %d", KUSTOMIZE_DEPTH_MAX);
    if (kustomize_repo_parse(a, path, repo)) {
        TRY(check_repo_cycle(from, repo));
        return enter_repo(root, repo);
    }
    if (*path == '/')
        return err_new(ERR_INVALID, "new root '%s' cannot be absolute", path);
    const char *name = kustomize_root_name(from, path);
    if (from->repo && !in_tree(from, name))
        return err_new(
            ERR_DENIED,
            "security; bases in kustomizations found in cloned git repos must be within the repo, but "
            "base '%s' is outside '%s'",
            name, from->top);
    TRY(demand_folder(root, name, &root->path));
    root->name = name_in(root, root->path);
    return check_cycle(from, root);
}

struct err *kustomize_root_open(struct kustomize_build *build, const char *path, struct kustomize_root **out)
{
    struct kustomize_root *root = root_new(build, NULL);
    const char *top = build->rq->root_name ? build->rq->root_name : "/";
    *out = root;
    root->tree = build->rq->tree;
    root->folders = folders_new(build->a);
    top = clean_name(build->a, top);
    root->top = streq(top, "/") ? "" : top;
    root->name = top;
    TRY(demand_folder(root, clean_name(build->a, arena_printf(build->a, "%s/%s", root->top, path)),
                      &root->path));
    root->name = name_in(root, root->path);
    return NULL;
}

/* --- files --- */

static struct err *read_http(const struct kustomize_root *root, const char *url, struct span *out)
{
    const struct kustomize_request *rq = root->build->rq;
    struct kustomize_repo repo;
    if (!rq->remote || !rq->remote->file)
        return err_reason(ERR_UNIMPLEMENTED, "RemoteFile",
                          "'%s' cannot be loaded here: download it and name the file instead", url);
    struct err *e = rq->remote->file(rq->remote_arg, url, root->build->a, out);
    if (kustomize_failed_for(e, kustomize_http_failed) && kustomize_repo_parse(root->build->a, url, &repo)) {
        err_free(e);
        return err_new(ERR_NOT_FOUND, "URL is a git repository");
    }
    return e;
}

static bool is_restricted(const struct kustomize_root *root)
{
    return root->repo || !root->build->rq->load_any;
}

/* A file of the tree that may be loaded: *real in the tree, *digest of its bytes, NULL where the tree has
 * none. */
static struct err *find_file(const struct kustomize_root *root, const char *path, const char **real,
                             const char **digest)
{
    const char *name = kustomize_root_name(root, path);
    struct tree_stat st;
    TRY(resolve(root, name, real, &st));
    if (st.kind != TREE_FILE)
        return err_new(ERR_PRECONDITION, "'%s' must resolve to a file", name);
    if (is_restricted(root) && !is_below(name_in(root, *real), root->name))
        return err_reason(ERR_DENIED, "OutOfBounds", "security; file '%s' is not in or below '%s'", name,
                          root->name);
    *digest = *st.digest ? arena_strdup(root->build->a, st.digest) : NULL;
    return NULL;
}

static struct err *root_read(const struct kustomize_root *root, const char *path, struct span *out)
{
    const char *real, *digest;
    if (kustomize_is_http(path))
        return read_http(root, path, out);
    TRY(find_file(root, path, &real, &digest));
    TRYF(tree_read(root->tree, real, KUSTOMIZE_FILE_MAX, root->build->a, out), "%s",
         kustomize_root_name(root, path));
    return NULL;
}

struct err *kustomize_read(const struct kustomize_at *at, const char *path, struct span *out)
{
    return root_read(at->root, path, out);
}

/* --- objects --- */

struct err *kustomize_root_parsed(const struct kustomize_root *root, const char *path, const char *kind,
                                  kustomize_parse *parse, const struct doc **out)
{
    struct arena *a = root->build->a;
    const char *real, *digest = NULL;
    struct span text;
    if (!kustomize_is_http(path))
        TRY(find_file(root, path, &real, &digest));
    const char *key = digest ? arena_printf(a, "%s %s", kind, digest) : NULL;
    *out = key ? kustomize_cache_get(root->build->cache, a, key) : NULL;
    if (*out)
        return NULL;
    if (digest)
        TRYF(tree_read(root->tree, real, KUSTOMIZE_FILE_MAX, a, &text), "%s",
             kustomize_root_name(root, path));
    else
        TRY(root_read(root, path, &text));
    TRY(parse(a, text, path, out));
    if (key)
        kustomize_cache_put(root->build->cache, key, *out);
    return NULL;
}

/* Two lists: the objects and their lines. */
static struct err *parse_objects(struct arena *a, struct span text, const char *name, const struct doc **out)
{
    struct kustomize_objects objects;
    struct doc *pair = doc_new_list(a);
    *out = pair;
    TRY(kustomize_objects_read(a, text, name, &objects));
    doc_push(a, pair, objects.list);
    doc_push(a, pair, objects.lines);
    return NULL;
}

struct err *kustomize_root_objects(const struct kustomize_root *root, const char *path,
                                   struct kustomize_objects *out)
{
    const struct doc *pair;
    TRY(kustomize_root_parsed(root, path, "objects", parse_objects, &pair));
    *out = (struct kustomize_objects){doc_at(pair, 0), doc_at(pair, 1)};
    return NULL;
}

struct err *kustomize_text_objects(const struct kustomize_at *at, struct span text, const char *name,
                                   const struct doc **list)
{
    struct kustomize_objects objects;
    TRY(kustomize_objects_read(at->build->a, text, name, &objects));
    *list = objects.list;
    return NULL;
}

void kustomize_warn(const struct kustomize_at *at, uint32_t line, const char *format, ...)
{
    struct arena *a = at->build->a;
    va_list args;
    va_start(args, format);
    const char *sentence = arena_vprintf(a, format, args);
    va_end(args);
    const char *text = line ? arena_printf(a, "%s:%u: %s", at->file, line, sentence)
                            : arena_printf(a, "%s: %s", at->file, sentence);
    doc_push_str(a, at->build->warnings, text);
}
