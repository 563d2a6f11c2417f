/* cli/remote/repo_add - `repo add`. */
#include "services/cli/remote/commands.h"

#include "base/file.h"

#include <stdio.h>

enum { KEY_BYTES = 1 << 20 };

static struct {
    const char *type, *name, *username, *project, *key_path;
    struct secret *password;
    bool insecure, upsert, enable_lfs, enable_oci;
} o;

static const struct opt rows[] = {
    {OPT_STRING, "type", .def = "git", .string = &o.type, .arg = "git|helm|oci",
     .help = "what the repository is"},
    {OPT_STRING, "name", .string = &o.name, .help = "a name for people; a Helm repository needs one"},
    {OPT_STRING, "username", .string = &o.username, .help = "user of the repository"},
    {OPT_SECRET, "password", .secret = &o.password,
     .help = "password or token; asked for when there is a user"},
    {OPT_STRING, "ssh-private-key-path", .string = &o.key_path, .arg = "FILE",
     .help = "private key for SSH URLs"},
    {OPT_STRING, "project", .string = &o.project, .help = "only this project may use the repository"},
    {OPT_BOOL, "insecure-skip-server-verification", .flag = &o.insecure,
     .help = "do not check certificate or host key"},
    {OPT_BOOL, "enable-lfs", .flag = &o.enable_lfs, .help = "fetch files kept by Git LFS"},
    {OPT_BOOL, "enable-oci", .flag = &o.enable_oci, .help = "the Helm repository is an OCI registry"},
    {OPT_BOOL, "upsert", .flag = &o.upsert, .help = "replace a repository that differs"},
};

static void put(struct cli *c, struct doc *to, const char *key, const char *value)
{
    if (value && *value)
        doc_set_str(c->a, to, key, value);
}

static struct err *describe(struct cli *c, const char *url, struct doc *repo)
{
    const char *password = o.password ? secret_text(o.password) : NULL;
    struct span key;
    if (streq(o.type, "helm") && !*o.name)
        return cli_usage("Must specify --name for repos of type 'helm'");
    if (*o.username && !password)
        TRY(cli_ask(c, "Password: ", true, &password));
    doc_set_str(c->a, repo, "repo", url);
    put(c, repo, "type", o.type);
    put(c, repo, "name", o.name);
    put(c, repo, "username", o.username);
    put(c, repo, "password", password);
    put(c, repo, "project", o.project);
    if (*o.key_path) {
        TRY(file_read(c->a, o.key_path, KEY_BYTES, &key));
        put(c, repo, "sshPrivateKey", key.at);
    }
    const struct {
        const char *key;
        bool set;
    } flags[] = {{"insecure", o.insecure}, {"enableLfs", o.enable_lfs}, {"enableOCI", o.enable_oci}};
    for (size_t i = 0; i < ARRAY_LEN(flags); i++)
        if (flags[i].set)
            doc_set_bool(c->a, repo, flags[i].key, true);
    return NULL;
}

static struct err *run(struct cli *c, const char *const *args, size_t n)
{
    (void)n;
    struct doc *repo = doc_new_map(c->a);
    struct err *e = cli_connect(c);
    if (!e)
        e = describe(c, args[0], repo);
    secret_unref(o.password);
    TRY(e);
    TRY(cli_request(c, "POST", o.upsert ? "/api/v1/repositories?upsert=true" : "/api/v1/repositories", repo,
                    NULL));
    printf("Repository '%s' added\n", args[0]);
    return NULL;
}

const struct cli_command cli_repo_add = {
    .name = "repo add",
    .usage = "REPOURL [flags]",
    .about = "Add a repository with its credentials.",
    .examples = "Examples:\n  capstan repo add https://git.example.com/demo.git --username ci\n"
                "  capstan repo add git@git.example.com:demo.git --ssh-private-key-path ~/.ssh/id_ed25519\n",
    .flags = rows,
    .flags_len = ARRAY_LEN(rows),
    .args_min = 1,
    .args_max = 1,
    .run = run,
};
