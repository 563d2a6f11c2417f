/* git/git.h - bare mirrors of repositories, read without a checkout (specs/engine.md §1.10; DESIGN §1.1).
 *
 * A mirror is a folder with a bare repository that holds branches and tags of one URL; trees are read from its object
 * database. A `struct git_mirror` is a handle used by one thread at a time; several handles may open one folder. All calls
 * that touch the network take a `struct call` and end at its deadline or cancel. SIGPIPE must be ignored by the process. */
#ifndef CAPSTAN_GIT_GIT_H
#define CAPSTAN_GIT_GIT_H

#include "base/secret.h"
#include "tree/tree.h"

/* Once per process, before any thread uses git. */
void git_setup(void);

/* How to be let in; what is not needed is NULL. Borrowed during a call. */
struct git_access {
    const char *username;
    const struct secret *password;   /* or a token */
    const struct secret *ssh_key;    /* PEM */
    const char *known_hosts;         /* text; NULL or insecure: any host key */
    const char *ca_pem;              /* more trusted authorities for https */
    const struct secret *tls_cert, *tls_key;
    const char *proxy;
    bool insecure;                   /* no check of certificates and host keys */
};

enum { GIT_SHA = 40 };

struct git_ref {
    const char *name;   /* "HEAD", "refs/heads/main" */
    const char *sha;    /* of the commit: annotated tags are peeled */
    const char *symref; /* "refs/heads/main" for HEAD; NULL otherwise */
};
struct git_refs {
    struct git_ref *at; /* in the order of the server's advertisement */
    size_t len;
};

/* Is it a whole lower-case SHA? */
bool git_is_sha(const char *revision);
/* The commit that a revision names, by upstream's rules: a SHA as it is; "" is HEAD; a full ref name; a semver range over tags; a
 * short name, branches before tags; seven or more hex digits unchanged. ERR_NOT_FOUND "unable to resolve 'x' to a commit
 * SHA". No network. */
struct err *git_resolve(const struct git_refs *refs, const char *revision, struct arena *a, const char **sha) MUST_USE;

/* What the server advertises, without fetching. */
struct err *git_ls_remote(const struct call *call, const char *url, const struct git_access *access, struct arena *a,
                          struct git_refs *out) MUST_USE;

struct git_mirror;
/* Opens the mirror in `dir`, making an empty one where there is none. */
struct err *git_mirror_open(const char *dir, struct git_mirror **out) MUST_USE;
void git_mirror_close(struct git_mirror *m);
void git_mirror_closep(struct git_mirror **m);
/* Brings branches and tags (forced, pruned) and, when `sha` is not NULL, that commit too. ERR_NOT_FOUND when the server does
 * not give the commit; ERR_EXHAUSTED past `max_bytes` (0 = no limit). */
struct err *git_mirror_fetch(const struct call *call, struct git_mirror *m, const char *url,
                             const struct git_access *access, const char *sha, size_t max_bytes) MUST_USE;
bool git_mirror_has(struct git_mirror *m, const char *sha);
/* The commit's tree. The mirror must outlive it. */
struct err *git_mirror_tree(struct git_mirror *m, const char *sha, struct tree **out) MUST_USE;

/* --- submodules: a tree shows where one lies as TREE_OTHER, its digest being the commit --- */
struct git_module {
    const char *path, *url; /* as .gitmodules has them */
};
struct git_modules {
    struct git_module *at;
    size_t len;
};
enum { GIT_MODULES_MAX = 1000 };
/* The text of a .gitmodules (git-config(1)); entries without path or URL and paths that climb are left out. ERR_INVALID names
 * the line. */
struct err *git_modules_read(struct arena *a, struct span text, struct git_modules *out) MUST_USE;
/* "../x.git" and "./x" from the repository that it is written in; other URLs as they are. NULL when it climbs too far. */
const char *git_module_url(struct arena *a, const char *repository, const char *url) MUST_USE;

struct git_commit_info {
    const char *author;  /* "Name <mail>" */
    const char *message; /* first paragraph and the rest, as written */
    int64_t date_ms;     /* of the commit */
    const char **tags;   /* that name it */
    size_t n_tags;
};
struct err *git_mirror_commit(struct git_mirror *m, const char *sha, struct arena *a, struct git_commit_info *out) MUST_USE;

#endif
