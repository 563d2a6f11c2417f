/* repo-server/plugin_run - a plugin file's commands on the source as files, in a folder of their own that
 * goes with the render. The commands run in capstan-repo-server-plugin, which confines them; they get the
 * environment that a sidecar's commands get, PATH, and a HOME and TMPDIR of their own. */
#include "plugins.h"

#include "base/file.h"
#include "base/proc.h"
#include "text/glob.h"
#include "tree/walk.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

enum { ENTRIES_MAX = 200000, OUTPUT_MAX = 64 << 20, FILE_MAX = 1 << 30 };

/* --- the source as files --- */

static struct err *write_file(void *arg, const char *path, enum tree_kind kind, struct span content)
{
    struct plugin_job *j = arg;
    const char *to = arena_printf(j->a, "%s/source/%s", j->folder, path), *real;
    TRY(file_mkdirs(arena_strndup(j->a, to, (size_t)(strrchr(to, '/') - to)), 0700));
    if (kind == TREE_FILE)
        return file_write(to, content, 0600);
    TRY(tree_resolve(j->tree, j->a, path, &real)); /* none leads out */
    return symlink(content.at, to) == 0 ? NULL : err_errno(errno, "%s", path);
}

static struct err *write_source(struct plugin_job *j)
{
    const struct tree_walk_limits limits = {ENTRIES_MAX, j->plugins->source_bytes};
    if (j->folder)
        return NULL;
    TRY(file_tempdir("capstan-plugin-", &j->folder));
    TRY(file_mkdirs(arena_printf(j->a, "%s/source/%s", j->folder, j->path), 0700));
    TRY(file_mkdirs(arena_printf(j->a, "%s/tmp", j->folder), 0700));
    return tree_walk(j->call, j->tree, &limits, write_file, j);
}

void plugin_run_end(struct plugin_job *j)
{
    if (j->folder)
        err_free(file_remove(j->folder)); /* a left-over in $TMPDIR hurts nobody */
    free(j->folder);
    j->folder = NULL;
}

/* --- a command --- */

static const char **environment(struct plugin_job *j)
{
    const char **out = NEW_N(j->a, const char *, doc_len(j->env) + 4);
    size_t n = 0;
    out[n++] = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
    out[n++] = arena_printf(j->a, "HOME=%s/tmp", j->folder);
    out[n++] = arena_printf(j->a, "TMPDIR=%s/tmp", j->folder);
    doc_each (it, j->env)
        out[n++] = arena_printf(j->a, "%s=%s", it.key.at, doc_str(it.val, ""));
    return out;
}

/* `command`: {command: [...], args: [...]} */
static const char **arguments(struct plugin_job *j, const struct plugin *p, const struct doc *command)
{
    const struct doc *lists[] = {doc_get(command, "command"), doc_get(command, "args")};
    const char **out = NEW_N(j->a, const char *, doc_len(lists[0]) + doc_len(lists[1]) + 5);
    size_t n = 0;
    out[n++] = j->plugins->runner;
    out[n++] = j->folder;
    out[n++] = arena_printf(j->a, "%s/source/%s", j->folder, j->path);
    out[n++] = p->network ? "network" : "offline";
    for (size_t i = 0; i < ARRAY_LEN(lists); i++)
        doc_each (it, lists[i])
            out[n++] = doc_str(it.val, "");
    return out;
}

static struct err *run(struct plugin_job *j, const struct plugin *p, const struct doc *command,
                       struct proc_result *out)
{
    struct call call;
    TRY(write_source(j));
    call_child(&call, j->call, j->plugins->timeout_ms);
    const struct proc_spec spec = {.argv = arguments(j, p, command),
                                   .env = environment(j),
                                   .output_limit = OUTPUT_MAX,
                                   .limits = {.file_size = FILE_MAX}};
    TRY(proc_run(&call, &spec, out));
    /* The command is what people know, not who runs it. */
    const struct proc_spec named = {.argv = spec.argv + 4};
    return proc_check(&named, out);
}

/* --- discovery --- */

struct search {
    struct plugin_job *j;
    struct glob *pattern;
    bool found;
};

static struct err *look(void *arg, const char *path, enum tree_kind kind, struct span content)
{
    struct search *s = arg;
    size_t n = strlen(s->j->path);
    (void)kind, (void)content;
    if (n && (strncmp(path, s->j->path, n) != 0 || path[n] != '/'))
        return NULL;
    s->found |= glob_match(s->pattern, span_of(path + n + (n > 0)));
    return NULL;
}

/* Upstream's fileName knows no "**", so what the other dialect makes of the rest is the same. */
static struct err *has_file(struct plugin_job *j, const char *pattern, bool *out)
{
    CLEANUP(glob_freep) struct glob *glob = NULL;
    const struct tree_walk_limits limits = {.entries = ENTRIES_MAX};
    TRYF(glob_doublestar(pattern + (starts_with(pattern, "./") ? 2 : 0), &glob), "discover: \"%s\"", pattern);
    struct search s = {.j = j, .pattern = glob};
    TRY(tree_walk(j->call, j->tree, &limits, look, &s));
    *out = s.found;
    return NULL;
}

struct err *plugin_run_match(struct plugin_job *j, const struct plugin *p, bool named, bool *out)
{
    const struct doc *discover = doc_get(p->config, "discover");
    const char *name = doc_str(doc_get(discover, "fileName"), "");
    const char *glob = doc_str(doc_path(discover, "find", "glob"), "");
    const struct doc *find = doc_get(discover, "find");
    *out = named;
    if (*name || *glob)
        return has_file(j, *name ? name : glob, out);
    if (!doc_len(doc_get(find, "command")))
        return NULL;
    CLEANUP(proc_result_release) struct proc_result result = {0};
    struct err *e = run(j, p, find, &result);
    *out = !e && span_trim(str_span(&result.out)).len > 0;
    return e;
}

struct err *plugin_run_generate(struct plugin_job *j, const struct plugin *p, struct doc **out)
{
    const struct doc *init = doc_get(p->config, "init"), *generate = doc_get(p->config, "generate");
    CLEANUP(proc_result_release) struct proc_result first = {0}, result = {0};
    if (!doc_len(doc_get(generate, "command")))
        return err_new(ERR_INVALID, "its file states no generate.command");
    if (doc_len(doc_get(init, "command")))
        TRYF(run(j, p, init, &first), "init");
    TRYF(run(j, p, generate, &result), "generate");
    *out = doc_new_list(j->a);
    doc_push(j->a, *out, doc_new_str_n(j->a, str_text(&result.out), result.out.len));
    return NULL;
}
