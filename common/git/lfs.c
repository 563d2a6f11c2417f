/* git/lfs - the batch API, an object a question. */
#include "git/lfs.h"
#include "git/private.h"

#include "base/file.h"
#include "base/str.h"
#include "crypto/digest.h"
#include "doc/json.h"
#include "net/client.h"
#include "net/url.h"

#include <stdlib.h>

enum { POINTER_MAX = 1024, ANSWER_MAX = 1 << 20, HEADERS_MAX = 16, REDIRECTS = 5 };

struct lfs_tree {
    struct tree_over over;
    const struct git_lfs *lfs;
};

/* --- pointers --- */

static bool is_oid(struct span s)
{
    for (size_t i = 0; i < s.len; i++)
        if (!strchr("0123456789abcdef", s.at[i]) || !s.at[i])
            return false;
    return s.len == 64;
}

bool git_lfs_pointer_read(struct span text, struct git_lfs_pointer *out)
{
    static const char version[] = "version https://git-lfs.github.com/spec/v1\n",
                      sha256[] = "oid sha256:", size[] = "size ";
    struct span line;
    *out = (struct git_lfs_pointer){.size = -1};
    if (text.len > POINTER_MAX || text.len < sizeof(version) ||
        memcmp(text.at, version, sizeof(version) - 1) != 0)
        return false;
    while (span_cut(&text, '\n', &line)) {
        if (line.len > sizeof(sha256) - 1 && memcmp(line.at, sha256, sizeof(sha256) - 1) == 0) {
            struct span oid = {line.at + sizeof(sha256) - 1, line.len - (sizeof(sha256) - 1)};
            if (!is_oid(oid))
                return false;
            memcpy(out->oid, oid.at, oid.len);
        }
        if (line.len > sizeof(size) - 1 && memcmp(line.at, size, sizeof(size) - 1) == 0 &&
            !span_int((struct span){line.at + sizeof(size) - 1, line.len - (sizeof(size) - 1)}, &out->size))
            return false;
    }
    return *out->oid && out->size >= 0;
}

/* --- the server --- */

struct question {
    const struct git_lfs *lfs;
    const struct git_lfs_pointer *pointer;
    struct net_session *session;
    struct net_creds creds;
    struct arena *a;
};

static struct err *status_error(const struct net_response *r)
{
    enum err_code code = r->status == 404   ? ERR_NOT_FOUND
                         : r->status == 401 ? ERR_UNAUTHENTICATED
                         : r->status == 403 ? ERR_DENIED
                                            : ERR_UNAVAILABLE;
    return err_new(code, "%s: %d %s", r->url, r->status, net_status_text(r->status));
}

static const char *batch_url(struct question *q)
{
    const char *url = q->lfs->url;
    size_t n = strlen(url);
    while (n && url[n - 1] == '/')
        n--;
    return arena_printf(q->a, "%.*s%s/info/lfs/objects/batch", (int)n, url,
                        n > 4 && memcmp(url + n - 4, ".git", 4) == 0 ? "" : ".git");
}

static struct err *ask(struct question *q, struct doc **object)
{
    static const struct net_pair headers[] = {{"Accept", "application/vnd.git-lfs+json"},
                                              {"Content-Type", "application/vnd.git-lfs+json"}};
    const char *body =
        arena_printf(q->a,
                     "{\"operation\":\"download\",\"transfers\":[\"basic\"],\"objects\":[{\"oid\":\"%s\","
                     "\"size\":%lld}]}",
                     q->pointer->oid, (long long)q->pointer->size);
    const struct net_request rq = {.method = "POST",
                                   .url = batch_url(q),
                                   .headers = headers,
                                   .headers_len = ARRAY_LEN(headers),
                                   .body = span_of(body),
                                   .creds = &q->creds,
                                   .proxy = q->lfs->access->proxy,
                                   .max_body = ANSWER_MAX};
    struct net_response r;
    struct doc *answer;
    TRY(net_fetch(q->session, q->lfs->call, &rq, q->a, &r));
    if (r.status != 200)
        return status_error(&r);
    TRYF(json_read(q->a, r.body, NULL, &answer), "%s", r.url);
    *object = doc_shallow(q->a, doc_at(doc_get(answer, "objects"), 0));
    const struct doc *error = doc_get(*object, "error");
    return error ? err_new(ERR_NOT_FOUND, "%s",
                           doc_str(doc_get(error, "message"), "the server does not have it"))
                 : NULL;
}

static bool same_origin(struct question *q, const char *href)
{
    struct net_url one, other;
    struct err *e = net_url_parse(q->a, href, &one), *f = net_url_parse(q->a, q->lfs->url, &other);
    bool same = !e && !f && net_url_same_origin(&one, &other);
    err_free(e);
    err_free(f);
    return same;
}

/* The store is often another host: it gets what the answer says and nothing of the repository's. */
static struct err *download(struct question *q, const struct doc *object, struct span *out)
{
    const struct doc *action = doc_path(object, "actions", "download"), *given = doc_get(action, "header");
    const char *href = doc_str(doc_get(action, "href"), "");
    struct net_pair headers[HEADERS_MAX];
    struct net_response r;
    size_t n = 0;
    bool authorized = false;
    doc_each (it, given) {
        authorized |= strcasecmp(it.key.at, "authorization") == 0;
        if (n < HEADERS_MAX)
            headers[n++] = (struct net_pair){it.key.at, doc_str(it.val, "")};
    }
    const struct net_request rq = {.url = href,
                                   .headers = headers,
                                   .headers_len = n,
                                   .creds = same_origin(q, href) && !authorized ? &q->creds : NULL,
                                   .proxy = q->lfs->access->proxy,
                                   .raw = true,
                                   .redirects = REDIRECTS,
                                   .max_body = (size_t)q->pointer->size + 1};
    TRY(net_fetch(q->session, q->lfs->call, &rq, q->a, &r));
    if (r.status != 200)
        return status_error(&r);
    struct crypto_digest digest;
    crypto_digest(CRYPTO_SHA256, r.body, &digest);
    if (!streq(digest.hex, q->pointer->oid))
        return err_reason(ERR_DATA_LOSS, "DigestMismatch", "what came is not the object: its SHA-256 is %s",
                          digest.hex);
    *out = (struct span){arena_strndup(q->a, r.body.at ? r.body.at : "", r.body.len), r.body.len};
    return NULL;
}

static struct err *fetch(const struct git_lfs *lfs, const struct git_lfs_pointer *pointer, struct arena *a,
                         struct span *out)
{
    struct question q = {.lfs = lfs, .pointer = pointer, .a = a};
    struct doc *object = NULL;
    if (!starts_with(lfs->url, "https://") && !starts_with(lfs->url, "http://"))
        return err_new(ERR_UNIMPLEMENTED,
                       "objects of Git LFS are fetched over https only: give the repository's https URL");
    q.creds = git_creds(lfs->access);
    q.session = net_session_new("git-lfs/3 capstan");
    struct err *e = ask(&q, &object);
    if (!e)
        e = download(&q, object, out);
    net_session_free(q.session);
    return e;
}

/* --- the tree --- */

/* A store that fails is none. */
static struct err *object(const struct git_lfs *lfs, const struct git_lfs_pointer *pointer, struct arena *a,
                          struct span *out)
{
    const char *file = arena_printf(a, "%s/%s", lfs->dir, pointer->oid);
    struct crypto_digest digest;
    struct err *e = file_read(a, file, (size_t)pointer->size, out);
    if (!e)
        crypto_digest(CRYPTO_SHA256, *out, &digest);
    if (!e && streq(digest.hex, pointer->oid))
        return NULL;
    err_free(e);
    TRY(fetch(lfs, pointer, a, out));
    e = file_mkdirs(lfs->dir, 0700);
    if (!e)
        e = file_write(file, *out, 0600);
    err_free(e);
    return NULL;
}

static struct err *lfs_read(struct tree *t, const char *path, size_t limit, struct arena *a, struct span *out)
{
    struct lfs_tree *l = CONTAINER(t, struct lfs_tree, over.tree);
    struct git_lfs_pointer pointer;
    TRY(tree_read(l->over.inner, path, limit, a, out));
    if (!git_lfs_pointer_read(*out, &pointer))
        return NULL;
    if (pointer.size > (int64_t)MIN(limit, (size_t)INT64_MAX))
        return err_reason(ERR_EXHAUSTED, "FileTooLarge", "%s: %lld bytes are more than the limit of %zu",
                          path, (long long)pointer.size, limit);
    TRYF(object(l->lfs, &pointer, a, out), "%s: Git LFS object %.12s", path, pointer.oid);
    return NULL;
}

static void lfs_free(struct tree *t)
{
    struct lfs_tree *l = CONTAINER(t, struct lfs_tree, over.tree);
    tree_free(l->over.inner);
    free(l);
}

struct tree *git_lfs_tree(struct tree *inner, const struct git_lfs *lfs)
{
    static const struct tree_ops ops = {tree_over_stat, tree_over_names, tree_over_list,
                                        lfs_read,       lfs_free,        tree_over_revision};
    struct lfs_tree *l = mem_zalloc(sizeof(*l));
    *l = (struct lfs_tree){{{&ops}, inner}, lfs};
    return &l->over.tree;
}
