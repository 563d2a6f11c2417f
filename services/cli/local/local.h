/* services/cli/local/local.h - the commands that this program runs itself. */
#ifndef CAPSTAN_CLI_LOCAL_H
#define CAPSTAN_CLI_LOCAL_H

/* `capstan render ...`; argv[0] is "render". The exit code. */
int local_render(int argc, char **argv);
/* `capstan render kustomize [DIR] ...`; argv[0] is "kustomize". The exit code. */
int local_render_kustomize(int argc, char **argv);

struct arena;
struct err;
struct tree;
/* What lies around the folder or archive: its Git repository, or else the folder itself; links are followed
 * inside. */
struct local_place {
    const char *root; /* of the repository, absolute */
    const char *path; /* of what was given, in it */
};
struct err *local_open(struct arena *a, const char *given, struct tree **tree, struct local_place *out)
    __attribute__((warn_unused_result));

#endif
