/* cli/remote/config - the file of contexts, in the format of Argo CD's own CLI, so that both may share it.
 *
 * The document is kept as it was read and edited in place: keys that this program does not know stay. A
 * context names a server and a user (mostly all three have the server's name). */
#ifndef CAPSTAN_CLI_CONFIG_H
#define CAPSTAN_CLI_CONFIG_H

#include "doc/doc.h"

struct cli_entry {
    const char *name, *server, *user;
    const char *token; /* "" = logged out */
    bool plaintext, insecure;
};

/* `flag` if not empty; else $ARGOCD_CONFIG_DIR/config, $XDG_CONFIG_HOME/argocd/config,
 * ~/.config/argocd/config. */
struct err *cli_config_path(struct arena *a, const char *flag, const char **out) MUST_USE;
/* An absent file gives an empty document. ERR_INVALID for what is no mapping. At most 1 MiB. */
struct err *cli_config_read(struct arena *a, const char *path, struct doc **out) MUST_USE;
/* Mode 0600, the folder 0700. */
struct err *cli_config_write(const char *path, const struct doc *config) MUST_USE;
/* The context of that name, "" = the current one. False when there is none. */
bool cli_config_context(const struct doc *config, const char *name, struct cli_entry *out);
/* Adds or replaces context, server and user, and makes it the current one. */
void cli_config_put(struct arena *a, struct doc *config, const struct cli_entry *context);
/* Removes a context with its user and, where no other context needs it, its server. False when there is none.
 */
bool cli_config_remove(struct arena *a, struct doc *config, const char *name);
/* Empties the token of a user; false when there is no such context. */
bool cli_config_logout(struct arena *a, struct doc *config, const char *name);

#endif
