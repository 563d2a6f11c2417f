/* svc/private.h - what svc.c and probe.c share. */
#ifndef CAPSTAN_SVC_PRIVATE_H
#define CAPSTAN_SVC_PRIVATE_H

#include "base/map.h"
#include "svc/svc.h"

struct svc_probe;

/* Answers /healthz, /readyz and /metrics there. `conditions` maps names to what is missing, on the heap; "" =
 * nothing. */
struct err *svc_probe_open(struct svc_run *run, const struct map *conditions, const char *address,
                           struct svc_probe **out) MUST_USE;
void svc_probe_close(struct svc_probe *p);

#endif
