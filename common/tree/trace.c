/* tree/trace - a map from path to the stat that was seen; the first look wins, since a tree does not change.
 * A folder is noted as such when a path leads through it, and with its names once these are read: who adds a
 * neighbour disturbs nobody. */
#include "tree/trace.h"

#include "base/map.h"

#include <stdlib.h>

enum { INPUTS_MAX = 1000000 };

struct trace {
    char *revision;     /* of the tree, when it was asked for */
    struct map *inputs; /* path to struct tree_stat; of a folder whose names were read, the digest of these */
    bool overflow;      /* more was looked at than is noted: it never holds */
    bool line_end;      /* in a path: the text would read as something else */
};

struct trace *trace_new(void)
{
    struct trace *t = mem_zalloc(sizeof(*t));
    t->inputs = map_new(free);
    return t;
}

void trace_free(struct trace *t)
{
    if (!t)
        return;
    map_free(t->inputs);
    free(t->revision);
    free(t);
}

void trace_freep(struct trace **t)
{
    trace_free(*t);
    *t = NULL;
}

size_t trace_len(const struct trace *t)
{
    return map_len(t->inputs);
}

bool trace_writable(const struct trace *t)
{
    return !t->overflow && !t->line_end;
}

static struct tree_stat *note(struct trace *t, const char *path, const struct tree_stat *st)
{
    struct tree_stat *seen = map_get(t->inputs, path);
    if (seen)
        return seen;
    if (map_len(t->inputs) >= INPUTS_MAX) {
        t->overflow = true;
        return NULL;
    }
    t->line_end |= strchr(path, '\n') != NULL;
    seen = mem_alloc(sizeof(*seen));
    *seen = *st;
    map_set(t->inputs, path, seen);
    return seen;
}

/* --- the decorator --- */

struct traced {
    struct tree tree;
    struct tree *inner;
    struct trace *trace;
};

static struct err *traced_stat(struct tree *t, const char *path, struct tree_stat *out)
{
    struct traced *d = CONTAINER(t, struct traced, tree);
    TRY(tree_stat(d->inner, path, out));
    (void)note(d->trace, path, out);
    return NULL;
}

static struct err *note_path(struct traced *d, const char *path)
{
    struct tree_stat st;
    return map_has(d->trace->inputs, path) ? NULL : traced_stat(&d->tree, path, &st);
}

static struct err *traced_names(struct tree *t, const char *path, char out[TREE_DIGEST_MAX + 1])
{
    struct traced *d = CONTAINER(t, struct traced, tree);
    TRY(note_path(d, path));
    TRY(tree_names(d->inner, path, out));
    struct tree_stat *seen = note(d->trace, path, &(struct tree_stat){.kind = TREE_DIR});
    if (seen)
        memcpy(seen->digest, out, sizeof(seen->digest));
    return NULL;
}

static struct err *traced_list(struct tree *t, const char *path, struct arena *a, struct tree_list *out)
{
    struct traced *d = CONTAINER(t, struct traced, tree);
    char digest[TREE_DIGEST_MAX + 1] = "";
    struct err *e = traced_names(t, path, digest);
    if (!err_eat(&e, ERR_NOT_FOUND))
        TRY(e);
    return tree_list(d->inner, path, a, out);
}

static struct err *traced_read(struct tree *t, const char *path, size_t limit, struct arena *a,
                               struct span *out)
{
    struct traced *d = CONTAINER(t, struct traced, tree);
    TRY(note_path(d, path));
    return tree_read(d->inner, path, limit, a, out);
}

static struct err *traced_revision(struct tree *t, struct arena *a, const char **out)
{
    struct traced *d = CONTAINER(t, struct traced, tree);
    TRY(tree_revision(d->inner, a, out));
    if (!d->trace->revision)
        d->trace->revision = mem_strdup(*out);
    return NULL;
}

static void traced_free(struct tree *t)
{
    free(CONTAINER(t, struct traced, tree));
}

struct tree *tree_traced(struct tree *inner, struct trace *trace)
{
    static const struct tree_ops ops = {traced_stat, traced_names, traced_list,
                                        traced_read, traced_free,  traced_revision};
    struct traced *d = mem_zalloc(sizeof(*d));
    *d = (struct traced){{&ops}, inner, trace};
    return &d->tree;
}

/* --- replay --- */

static struct err *same(struct tree *tree, const char *path, const struct tree_stat *seen, bool *out)
{
    struct tree_stat now;
    TRY(tree_stat(tree, path, &now));
    if (now.kind == TREE_DIR && seen->kind == TREE_DIR && *seen->digest)
        TRY(tree_names(tree, path, now.digest));
    *out = now.kind == seen->kind && streq(now.digest, seen->digest);
    return NULL;
}

static struct err *same_revision(const struct trace *t, struct tree *tree, bool *out)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("revision");
    const char *now;
    TRY(tree_revision(tree, a, &now));
    *out = streq(now, t->revision);
    return NULL;
}

struct err *trace_replay(const struct trace *t, struct tree *tree, struct arena *a, bool *holds,
                         const char **differs)
{
    *holds = !t->overflow;
    if (*holds && t->revision)
        TRY(same_revision(t, tree, holds));
    if (!*holds && differs)
        *differs = "";
    map_each (it, t->inputs) {
        if (!*holds)
            break;
        TRY(same(tree, it.key, it.value, holds));
        if (!*holds && differs)
            *differs = arena_strdup(a, it.key);
    }
    return NULL;
}

/* --- text --- */

static const char letters[] = "AFDLO"; /* in the order of enum tree_kind */

void trace_write(const struct trace *t, struct str *out)
{
    if (t->revision)
        str_printf(out, "R %s\n", t->revision);
    map_each (it, t->inputs) {
        const struct tree_stat *st = it.value;
        str_printf(out, "%c %s %s\n", letters[st->kind], *st->digest ? st->digest : "-", it.key);
    }
}

static struct err *read_line(struct span line, struct trace *t)
{
    struct span kind, digest;
    if (line.len > 2 && memcmp(line.at, "R ", 2) == 0 && !t->revision) {
        t->revision = mem_strndup(line.at + 2, line.len - 2);
        return NULL;
    }
    const char *letter = line.len ? strchr(letters, line.at[0]) : NULL;
    if (!letter || !*letter || !span_cut(&line, ' ', &kind) || kind.len != 1 ||
        !span_cut(&line, ' ', &digest) || !line.at || digest.len > TREE_DIGEST_MAX)
        return err_new(ERR_INVALID, "not an input");
    struct tree_stat st = {.kind = (enum tree_kind)(letter - letters)};
    if (!span_is(digest, "-"))
        memcpy(st.digest, digest.at, digest.len);
    CLEANUP(mem_freep) char *path = mem_strndup(line.at, line.len);
    (void)note(t, path, &st);
    return NULL;
}

struct err *trace_read(struct span text, struct trace **out)
{
    CLEANUP(trace_freep) struct trace *t = trace_new();
    struct span line;
    for (size_t n = 1; span_cut(&text, '\n', &line); n++) {
        if (!line.len && !text.at)
            break; /* behind the last line end */
        TRYF(read_line(line, t), "trace line %zu", n);
        if (t->overflow)
            return err_new(ERR_EXHAUSTED, "trace line %zu: more than %d inputs", n, INPUTS_MAX);
    }
    *out = t;
    t = NULL;
    return NULL;
}
