/* git/mirror - a bare repository per URL by libgit2.
 *
 * Strict hash verification is off for reads: the indexer verified every object as it came in. References are those of the
 * server's branches and tags; a commit asked for by its SHA is kept alive under refs/capstan/. */
#include "git/private.h"

#include "base/str.h"
#include "base/vec.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

void git_setup(void)
{
    if (git_libgit2_init() < 0)
        panic("libgit2 does not start");
    git_libgit2_opts(GIT_OPT_ENABLE_STRICT_HASH_VERIFICATION, 0);
    git_libgit2_opts(GIT_OPT_SET_OWNER_VALIDATION, 0);
}

static enum err_code code_of(int klass)
{
    switch (klass) {
    case GIT_ERROR_REFERENCE:
    case GIT_ERROR_ODB:
        return ERR_NOT_FOUND;
    case GIT_ERROR_NET:
    case GIT_ERROR_HTTP:
    case GIT_ERROR_OS:
        return ERR_UNAVAILABLE;
    default:
        return ERR_UNKNOWN;
    }
}

struct err *git_error_take(struct git_session *session, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    CLEANUP(str_release) struct str context = {0};
    str_vprintf(&context, fmt, ap);
    va_end(ap);
    if (session && session->failure) {
        struct err *e = session->failure;
        session->failure = NULL;
        return err_wrap(e, "%s", str_text(&context));
    }
    const git_error *last = git_error_last();
    struct err *stopped = session ? call_check(session->call) : NULL;
    if (stopped)
        return err_wrap(stopped, "%s", str_text(&context));
    return err_new(last ? code_of(last->klass) : ERR_UNKNOWN, "%s: %s", str_text(&context),
                   last ? last->message : "unknown error");
}

/* --- sessions --- */

int git_session_fail(struct git_session *session, struct err *e)
{
    if (session->failure)
        err_free(e);
    else
        session->failure = e;
    return -1;
}

static int on_progress(const git_indexer_progress *p, void *arg)
{
    struct git_session *s = arg;
    if (!s->failure)
        s->failure = call_check(s->call);
    if (!s->failure && s->max_bytes && p->received_bytes > s->max_bytes)
        s->failure = err_reason(ERR_EXHAUSTED, "RepositoryTooLarge", "the server sends more than %zu bytes", s->max_bytes);
    return s->failure ? -1 : 0;
}

static int on_sideband(const char *text, int len, void *arg)
{
    (void)text, (void)len;
    struct git_session *s = arg;
    if (!s->failure)
        s->failure = call_check(s->call);
    return s->failure ? -1 : 0;
}

void git_session_callbacks(struct git_session *session, git_remote_callbacks *out)
{
    git_remote_init_callbacks(out, GIT_REMOTE_CALLBACKS_VERSION);
    out->payload = session;
    out->transfer_progress = on_progress;
    out->sideband_progress = on_sideband;
    if (!starts_with(session->url, "/") && !starts_with(session->url, "file://"))
        out->transport = git_transport_for;
}

struct err *git_connect(struct git_session *session, git_remote *remote)
{
    git_remote_callbacks callbacks;
    git_session_callbacks(session, &callbacks);
    git_proxy_options proxy = GIT_PROXY_OPTIONS_INIT;
    TRY(call_check(session->call));
    if (git_remote_connect(remote, GIT_DIRECTION_FETCH, &callbacks, &proxy, NULL) < 0)
        return git_error_take(session, "failed to list refs of %s", session->url);
    return NULL;
}

/* --- listing --- */

static void remote_free(git_remote **r)
{
    git_remote_free(*r);
}

/* Annotated tags are advertised twice: the peeled commit comes as "NAME^{}" behind them and takes their place. */
static void collect(const git_remote_head **heads, size_t n, struct arena *a, struct git_refs *out)
{
    out->at = NEW_N(a, struct git_ref, n);
    out->len = 0;
    for (size_t i = 0; i < n; i++) {
        char sha[GIT_SHA + 1];
        git_oid_tostr(sha, sizeof(sha), &heads[i]->oid);
        if (ends_with(heads[i]->name, "^{}")) {
            if (out->len)
                out->at[out->len - 1].sha = arena_strdup(a, sha);
            continue;
        }
        out->at[out->len++] = (struct git_ref){
            .name = arena_strdup(a, heads[i]->name),
            .sha = arena_strdup(a, sha),
            .symref = heads[i]->symref_target ? arena_strdup(a, heads[i]->symref_target) : NULL,
        };
    }
}

struct err *git_ls_remote(const struct call *call, const char *url, const struct git_access *access, struct arena *a,
                          struct git_refs *out)
{
    struct git_session session = {.call = call, .access = access, .url = url};
    CLEANUP(remote_free) git_remote *remote = NULL;
    if (git_remote_create_detached(&remote, url) < 0)
        return git_error_take(&session, "%s", url);
    TRY(git_connect(&session, remote));
    const git_remote_head **heads = NULL;
    size_t n = 0;
    if (git_remote_ls(&heads, &n, remote) < 0)
        return git_error_take(&session, "failed to list refs of %s", url);
    collect(heads, n, a, out);
    return NULL;
}

/* --- mirrors --- */

struct err *git_mirror_open(const char *dir, struct git_mirror **out)
{
    git_repository *repo = NULL;
    if (git_repository_open_bare(&repo, dir) < 0) {
        git_repository_init_options options = GIT_REPOSITORY_INIT_OPTIONS_INIT;
        options.flags = GIT_REPOSITORY_INIT_BARE | GIT_REPOSITORY_INIT_MKPATH | GIT_REPOSITORY_INIT_NO_REINIT;
        options.mode = 0700;
        if (git_repository_init_ext(&repo, dir, &options) < 0)
            return git_error_take(NULL, "mirror %s", dir);
    }
    struct git_mirror *m = mem_zalloc(sizeof(*m));
    m->repo = repo;
    m->dir = mem_strdup(dir);
    *out = m;
    return NULL;
}

void git_mirror_close(struct git_mirror *m)
{
    if (!m)
        return;
    git_repository_free(m->repo);
    free(m->dir);
    free(m);
}

void git_mirror_closep(struct git_mirror **m)
{
    git_mirror_close(*m);
    *m = NULL;
}

static struct err *download(struct git_session *session, struct git_mirror *m, char **specs, size_t n, bool prune)
{
    CLEANUP(remote_free) git_remote *remote = NULL;
    if (git_remote_create_anonymous(&remote, m->repo, session->url) < 0)
        return git_error_take(session, "%s", session->url);
    TRY(git_connect(session, remote));
    git_fetch_options options = GIT_FETCH_OPTIONS_INIT;
    git_session_callbacks(session, &options.callbacks);
    options.prune = prune ? GIT_FETCH_PRUNE : GIT_FETCH_NO_PRUNE;
    options.download_tags = GIT_REMOTE_DOWNLOAD_TAGS_NONE; /* they are in the refspecs */
    git_strarray refspecs = {specs, n};
    if (git_remote_fetch(remote, &refspecs, &options, NULL) < 0)
        return git_error_take(session, "failed to fetch %s", session->url);
    git_remote_disconnect(remote);
    return NULL;
}

struct err *git_mirror_fetch(const struct call *call, struct git_mirror *m, const char *url,
                             const struct git_access *access, const char *sha, size_t max_bytes)
{
    struct git_session session = {.call = call, .access = access, .url = url, .max_bytes = max_bytes};
    static char heads[] = "+refs/heads/*:refs/heads/*", tags[] = "+refs/tags/*:refs/tags/*";
    char *specs[] = {heads, tags};
    TRY(download(&session, m, specs, ARRAY_LEN(specs), true));
    if (!sha || git_mirror_has(m, sha))
        return NULL;
    /* Not on a branch or tag: servers may still give it when asked by name. */
    CLEANUP(mem_freep) char *spec = mem_printf("+%s:refs/capstan/%s", sha, sha);
    CLEANUP(err_freep) struct err *e = download(&session, m, &spec, 1, false);
    if (git_mirror_has(m, sha))
        return NULL;
    if (e && (e->code == ERR_CANCELLED || e->code == ERR_DEADLINE)) {
        struct err *stopped = e;
        e = NULL;
        return stopped;
    }
    return err_new(ERR_NOT_FOUND, "%s has no commit %s", url, sha);
}

static void object_free(git_object **o)
{
    git_object_free(*o);
}

static int commit_of(struct git_mirror *m, const char *sha, git_object **out)
{
    CLEANUP(object_free) git_object *any = NULL;
    if (git_revparse_single(&any, m->repo, sha) < 0)
        return -1;
    return git_object_peel(out, any, GIT_OBJECT_COMMIT);
}

bool git_mirror_has(struct git_mirror *m, const char *sha)
{
    CLEANUP(object_free) git_object *commit = NULL;
    return commit_of(m, sha, &commit) == 0;
}

struct tags {
    const git_oid *commit;
    git_repository *repo;
    struct arena *a;
    VEC(const char *) names;
};

static int on_tag(const char *name, git_oid *oid, void *arg)
{
    struct tags *t = arg;
    git_object *any = NULL, *commit = NULL;
    if (git_object_lookup(&any, t->repo, oid, GIT_OBJECT_ANY) == 0 &&
        git_object_peel(&commit, any, GIT_OBJECT_COMMIT) == 0 && git_oid_equal(git_object_id(commit), t->commit))
        vec_push(&t->names, arena_strdup(t->a, name + strlen("refs/tags/")));
    git_object_free(commit);
    git_object_free(any);
    return 0;
}

struct err *git_mirror_commit(struct git_mirror *m, const char *sha, struct arena *a, struct git_commit_info *out)
{
    CLEANUP(object_free) git_object *object = NULL;
    if (commit_of(m, sha, &object) < 0)
        return err_new(ERR_NOT_FOUND, "no commit %s", sha);
    const git_commit *commit = (const git_commit *)object;
    const git_signature *author = git_commit_author(commit);
    struct tags tags = {.commit = git_object_id(object), .repo = m->repo, .a = a};
    git_tag_foreach(m->repo, on_tag, &tags);
    *out = (struct git_commit_info){
        .author = arena_printf(a, "%s <%s>", author->name, author->email),
        .message = arena_strdup(a, git_commit_message(commit)),
        .date_ms = (int64_t)git_commit_time(commit) * 1000,
        .tags = arena_dup(a, tags.names.at, tags.names.len * sizeof(*tags.names.at)),
        .n_tags = tags.names.len,
    };
    vec_release(&tags.names);
    return NULL;
}
