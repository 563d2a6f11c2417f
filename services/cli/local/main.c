/* capstan: the command line. It names and explains the commands and renders; those that talk to a server are
 * capstan-remote's, the sibling beside this binary, so that this program starts without a TLS library and its
 * completion is instant. */
#include "base/proc.h"
#include "services/cli/local/local.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define CAPSTAN_VERSION "v0.1.0"
enum { WORD_MAX = 64, EXIT_USAGE = 1, EXIT_NO_SIBLING = 20 };

struct command {
    const char *name, *about;
};

static const struct command commands[] = {
    {"login", "log in to a server"},
    {"logout", "log out"},
    {"context", "show or switch contexts"},
    {"version", "show versions; --client does without a server"},
    {"account get-user-info", "show who is logged in"},
    {"app create", "create an application"},
    {"app list", "list applications"},
    {"app get", "show an application"},
    {"app set", "change an application"},
    {"app sync", "make the cluster what the repository says"},
    {"app diff", "show what a sync would change"},
    {"app wait", "wait until an application is synced and healthy"},
    {"app history", "show what was deployed when"},
    {"app rollback", "deploy again what was deployed before"},
    {"app terminate-op", "stop the operation that runs"},
    {"app delete", "delete an application"},
    {"app manifests", "print the manifests"},
    {"app resources", "list the resources"},
    {"render", "print what a folder would deploy, without a server"},
    {"render helm", "print what a chart would deploy, as helm template does"},
    {"render kustomize", "print what a kustomization would deploy, as kustomize build does"},
    {"repo add", "add a repository"},
    {"repo list", "list repositories"},
    {"repo rm", "remove a repository"},
    {"proj list", "list projects"},
    {"proj get", "show a project"},
    {"proj windows list", "list a project's sync windows"},
};

static const char examples[] =
    "\nExamples:\n"
    "  capstan login argocd.example.com --username admin\n"
    "  capstan app create guestbook --repo https://git.example.com/demo.git --path guestbook \\\n"
    "      --dest-server https://kubernetes.default.svc --dest-namespace default\n"
    "  capstan app diff guestbook         what would a sync change?\n"
    "  capstan app sync guestbook         change it, and wait for the end\n"
    "  capstan app wait guestbook --health --timeout 300\n"
    "\n'capstan COMMAND --help' explains a command, its flags and its exit codes.\n";

static bool in_group(const char *name, const char *group)
{
    size_t n = strlen(group);
    return n == 0 || (strncmp(name, group, n) == 0 && name[n] == ' ');
}

/* All commands, or those of a group such as "app". */
static void help(FILE *to, const char *group)
{
    fprintf(to, "Usage: capstan %s%sCOMMAND [flags]\n\n%s\n\nCommands:\n", group, *group ? " " : "",
            "Deploys to Kubernetes what Git repositories say. Works with Capstan and with Argo CD servers.");
    for (size_t i = 0; i < ARRAY_LEN(commands); i++)
        if (in_group(commands[i].name, group))
            fprintf(to, "  %-24s%s\n", commands[i].name, commands[i].about);
    fputs(examples, to);
}

/* Edits between two words; words beyond WORD_MAX count as far. */
static size_t distance(const char *x, const char *y)
{
    size_t row[WORD_MAX + 1], n = strlen(y);
    if (n > WORD_MAX || strlen(x) > WORD_MAX)
        return SIZE_MAX;
    for (size_t j = 0; j <= n; j++)
        row[j] = j;
    for (size_t i = 1; x[i - 1]; i++) {
        size_t corner = row[0];
        row[0] = i;
        for (size_t j = 1; j <= n; j++) {
            size_t change = corner + (x[i - 1] != y[j - 1]);
            corner = row[j];
            row[j] = MIN(change, MIN(row[j], row[j - 1]) + 1);
        }
    }
    return row[n];
}

static int unknown(const char *typed)
{
    const char *nearest = NULL;
    size_t best = strlen(typed) / 2 + 1;
    for (size_t i = 0; i < ARRAY_LEN(commands); i++) {
        size_t d = distance(typed, commands[i].name);
        if (d < best) {
            best = d;
            nearest = commands[i].name;
        }
    }
    fprintf(stderr, "capstan: unknown command '%s'", typed);
    if (nearest)
        fprintf(stderr, "; did you mean 'capstan %s'?\n", nearest);
    else
        fputs("; 'capstan --help' lists the commands\n", stderr);
    return EXIT_USAGE;
}

static bool known(const char *name)
{
    for (size_t i = 0; i < ARRAY_LEN(commands); i++)
        if (streq(commands[i].name, name))
            return true;
    return false;
}

static bool is_group(const char *name)
{
    for (size_t i = 0; i < ARRAY_LEN(commands); i++)
        if (*name && in_group(commands[i].name, name))
            return true;
    return false;
}

static bool asks_help(const char *word)
{
    return streq(word, "-h") || streq(word, "--help") || streq(word, "help");
}

/* Becomes the sibling; returns only where that fails. */
static int become_remote(char **argv)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("remote");
    const char *path = "capstan-remote";
    CLEANUP(err_freep) struct err *e = proc_sibling(a, path, &path);
    if (!e) {
        execv(path, argv);
        e = err_errno(errno, "cannot run '%s', which is installed together with capstan", path);
    }
    fprintf(stderr, "capstan: %s\n", e->msg);
    return EXIT_NO_SIBLING;
}

static bool has_flag(int argc, char **argv, const char *flag)
{
    for (int i = 2; i < argc; i++)
        if (streq(argv[i], flag))
            return true;
    return false;
}

int main(int argc, char **argv)
{
    char two[2 * WORD_MAX + 2] = "", three[3 * WORD_MAX + 3] = "";
    const char *first = argc > 1 ? argv[1] : "", *second = argc > 2 ? argv[2] : "", *third = argc > 3 ? argv[3] : "";
    if (!*first || asks_help(first)) {
        help(argc > 1 ? stdout : stderr, "");
        return argc > 1 ? 0 : EXIT_USAGE;
    }
    if (streq(first, "version") && has_flag(argc, argv, "--client")) {
        printf("capstan: " CAPSTAN_VERSION "\n");
        return 0;
    }
    if (streq(first, "render"))
        return local_render(argc - 1, argv + 1);
    if (known(first))
        return become_remote(argv);
    snprintf(two, sizeof(two), "%s %s", first, second);
    snprintf(three, sizeof(three), "%s %s", two, third);
    if (known(two) || known(three))
        return become_remote(argv);
    if (is_group(two) && (!*third || asks_help(third))) {
        help(*third ? stdout : stderr, two);
        return *third ? 0 : EXIT_USAGE;
    }
    if (is_group(first) && (!*second || asks_help(second))) {
        help(*second ? stdout : stderr, first);
        return *second ? 0 : EXIT_USAGE;
    }
    return unknown(*second && is_group(first) ? two : first);
}
