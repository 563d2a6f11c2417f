/* application-controller/interest.h - what is leased at repo-server, and what it tells. */
#ifndef CAPSTAN_APPLICATION_CONTROLLER_INTEREST_H
#define CAPSTAN_APPLICATION_CONTROLLER_INTEREST_H

#include "controller.h"

/* `events`: where repo-servers publish. */
struct err *interest_start(struct controller *c, const char *const *events, size_t n) MUST_USE;
void interest_stop(struct controller *c);

#endif
