/* api-server/validate.h - may an Application be written as it is? Texts and codes are upstream's. */
#ifndef CAPSTAN_API_SERVER_VALIDATE_H
#define CAPSTAN_API_SERVER_VALIDATE_H

#include "api.h"

/* What can be said at once: project, destination, sources, permissions. */
struct err *validate_spec(struct turn *t, const struct doc *app) MUST_USE;
/* The same, and whether repo-server can make its manifests (not with the query's validate=false); then go(t),
 * else the turn fails. Nothing of `app` is needed afterwards. */
typedef void validate_go(struct turn *t);
void validate(struct turn *t, const struct doc *app, validate_go *go);

#endif
