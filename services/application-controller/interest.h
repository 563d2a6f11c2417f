/* application-controller/interest.h - what is leased at repo-server, and what it tells. */
#ifndef CAPSTAN_APPLICATION_CONTROLLER_INTEREST_H
#define CAPSTAN_APPLICATION_CONTROLLER_INTEREST_H

#include "controller.h"

/* `events`: where repo-servers publish. */
struct err *interest_start(struct controller *c, const char *const *events, size_t n) MUST_USE;
/* A new application may follow what nobody followed: leases are renewed within moments, once for all that come together. */
void interest_soon(struct controller *c);
void interest_stop(struct controller *c);

#endif
