/* cli/remote/project - the words for a project's lists, shared by `proj list` and `proj get` (proj_get.c). */
#ifndef CAPSTAN_CLI_PROJECT_H
#define CAPSTAN_CLI_PROJECT_H

#include "base/arena.h"
#include "doc/doc.h"

/* "https://kubernetes.default.svc,demo*" */
const char *cli_project_destination(struct arena *a, const struct doc *destination);
/* "apps/Deployment" */
const char *cli_project_kind(struct arena *a, const struct doc *group_kind);
/* "disabled", "enabled", "enabled (warn=false)" */
const char *cli_project_orphaned(const struct doc *spec);

#endif
