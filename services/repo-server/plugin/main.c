/* repo-server/plugin - runs one command of a config management plugin, confined to its work folder.
 *
 *     capstan-repo-server-plugin FOLDER CWD network|offline COMMAND [ARGS...]
 *
 * Started by capstan-repo-server with the plugin's environment. Exits with 125 when the command cannot be
 * confined, with 127 when there is no such command; else the command's own status is what is seen. */
#include "box/confine.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { CANNOT_CONFINE = 125, NO_COMMAND = 127 };

int main(int argc, char **argv)
{
    if (argc < 5 || (!streq(argv[3], "network") && !streq(argv[3], "offline"))) {
        fputs("capstan-repo-server-plugin: started by capstan-repo-server, to run a plugin; nothing to call "
              "by hand\n",
              stderr);
        return 2;
    }
    const struct box_confine what = {.folder = argv[1], .network = streq(argv[3], "network")};
    if (chdir(argv[2]) != 0) {
        fprintf(stderr, "%s: %s\n", argv[2], strerror(errno));
        _exit(CANNOT_CONFINE);
    }
    struct err *e = box_confine(&what);
    if (e) {
        fprintf(stderr, "the plugin cannot be confined, so it is not run: %s; run it as a sidecar instead\n",
                e->msg);
        _exit(CANNOT_CONFINE);
    }
    execvp(argv[4], argv + 4);
    fprintf(stderr, "%s: %s\n", argv[4], strerror(errno));
    _exit(NO_COMMAND); /* whoever looks for leaks at an orderly end is bound too */
}
