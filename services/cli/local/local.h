/* services/cli/local/local.h - the commands that this program runs itself. */
#ifndef CAPSTAN_CLI_LOCAL_H
#define CAPSTAN_CLI_LOCAL_H

/* `capstan render ...`; argv[0] is "render". The exit code. */
int local_render(int argc, char **argv);
/* `capstan render kustomize [DIR] ...`; argv[0] is "kustomize". The exit code. */
int local_render_kustomize(int argc, char **argv);

#endif
