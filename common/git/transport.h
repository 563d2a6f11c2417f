/* git/transport.h - the two ways to a server, as libgit2's smart subtransports. Inside git/ only. */
#ifndef CAPSTAN_GIT_TRANSPORT_H
#define CAPSTAN_GIT_TRANSPORT_H

#include "git/private.h"

#include <git2/sys/transport.h>

/* `session` is a struct git_session, which outlives the transport. */
int git_http_subtransport(git_smart_subtransport **out, git_transport *owner, void *session);
int git_ssh_subtransport(git_smart_subtransport **out, git_transport *owner, void *session);

#endif
