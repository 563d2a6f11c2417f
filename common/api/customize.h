/* api/customize.h - what argocd-cm says of kinds: resource.customizations.* (specs/engine.md §2.3, 5.4).
 *
 * `resource.customizations.TYPE.GROUP_KIND` (KIND alone for the core group; globs may stand in it), and the
 * older `resource.customizations`, a map of "GROUP/KIND" to all types at once, which the former override. */
#ifndef CAPSTAN_API_CUSTOMIZE_H
#define CAPSTAN_API_CUSTOMIZE_H

#include "api/object.h"

struct api_health_script {
    const char *key;  /* in argocd-cm: for messages */
    const char *kind; /* "group/Kind", "Kind" of the core group; a glob */
    const char *text; /* Lua */
    bool open_libs;   /* useOpenLibs */
};

struct api_customize {
    struct api_health_script *health;
    size_t health_len;
    const struct doc *ignore; /* ignoreDifferences of all applications: {group, kind, jsonPointers, ...} as an
                                 application's own */
    const struct doc *problems; /* texts: what cannot be read, and is left out */
};

/* `cm` is argocd-cm or NULL. What is returned borrows from it and lives in the arena. */
void api_customize_parse(struct arena *a, const struct doc *cm, struct api_customize *out);
/* The script for a kind: the one of exactly that name, else the first whose glob matches; NULL = none. */
const struct api_health_script *api_customize_health(const struct api_customize *c, const char *group,
                                                     const char *kind);

#endif
