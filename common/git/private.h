/* git/private.h - what the files of git/ share: libgit2's errors as ours, and the call that a transport serves. */
#ifndef CAPSTAN_GIT_PRIVATE_H
#define CAPSTAN_GIT_PRIVATE_H

#include "git/git.h"
#include "net/tls.h"

#include <git2.h>

struct git_mirror {
    git_repository *repo;
    char *dir;
};

/* Of one connection: what the callbacks and our transports need. A transport that fails leaves the true error in `failure`. */
struct git_session {
    const struct call *call;
    const struct git_access *access;
    const char *url;
    struct err *failure;
    size_t max_bytes;
};

/* The error of the last libgit2 call on this thread, or the session's own when there is one (taken). */
struct err *git_error_take(struct git_session *session, const char *fmt, ...) PRINTF(2, 3) MUST_USE;
/* Connects `remote` for fetching through our transports. */
struct err *git_connect(struct git_session *session, git_remote *remote) MUST_USE;
/* For a transport to return: keeps the first error, frees a later one; -1. */
int git_session_fail(struct git_session *session, struct err *e);
void git_session_callbacks(struct git_session *session, git_remote_callbacks *out);

/* ssh.c: the transport that the session's URL wants; `session` is a struct git_session. */
int git_transport_for(git_transport **out, git_remote *owner, void *session);

/* http.c: what of it HTTP knows; borrows from `access`, which may be NULL. */
struct net_creds git_creds(const struct git_access *access);

#endif
