/* application-controller/interest.h - what is leased at repo-server, and what it tells. */
#ifndef CAPSTAN_APPLICATION_CONTROLLER_INTEREST_H
#define CAPSTAN_APPLICATION_CONTROLLER_INTEREST_H

#include "controller.h"

/* `events`: where repo-servers publish. */
struct err *interest_start(struct controller *c, const char *const *events, size_t n) MUST_USE;
/* A new application may follow what nobody followed: leases are renewed within moments, once for all that
 * come together. */
void interest_soon(struct controller *c);
void interest_stop(struct controller *c);

/* --- follow.c --- */
/* That ref of that repository is at that commit: each application that follows it takes the revision along
 * when the commit does not touch it, else asks for its manifests. Telling the same again costs nothing. */
void follow_moved(struct controller *c, const char *url, const char *ref, const char *revision);
void follow_stop(struct controller *c);

#endif
