/* tree/trace - a map from path to the stat that was seen; the first look wins, since a tree does not change. */
#include "tree/trace.h"

#include "base/map.h"

#include <stdlib.h>

enum { INPUTS_MAX = 1000000 };

struct trace {
    struct map *inputs; /* path to struct tree_stat */
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

static void note(struct trace *t, const char *path, const struct tree_stat *st)
{
    if (map_has(t->inputs, path) || map_len(t->inputs) >= INPUTS_MAX)
        return;
    struct tree_stat *copy = mem_alloc(sizeof(*copy));
    *copy = *st;
    map_set(t->inputs, path, copy);
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
    note(d->trace, path, out);
    return NULL;
}

static struct err *note_path(struct traced *d, const char *path)
{
    struct tree_stat st;
    return map_has(d->trace->inputs, path) ? NULL : traced_stat(&d->tree, path, &st);
}

static struct err *traced_list(struct tree *t, const char *path, struct arena *a, struct tree_list *out)
{
    struct traced *d = CONTAINER(t, struct traced, tree);
    TRY(note_path(d, path));
    return tree_list(d->inner, path, a, out);
}

static struct err *traced_read(struct tree *t, const char *path, size_t limit, struct arena *a, struct span *out)
{
    struct traced *d = CONTAINER(t, struct traced, tree);
    TRY(note_path(d, path));
    return tree_read(d->inner, path, limit, a, out);
}

static void traced_free(struct tree *t)
{
    free(CONTAINER(t, struct traced, tree));
}

struct tree *tree_traced(struct tree *inner, struct trace *trace)
{
    static const struct tree_ops ops = {traced_stat, traced_list, traced_read, traced_free};
    struct traced *d = mem_zalloc(sizeof(*d));
    *d = (struct traced){{&ops}, inner, trace};
    return &d->tree;
}

/* --- replay --- */

struct err *trace_replay(const struct trace *t, struct tree *tree, struct arena *a, bool *holds, const char **differs)
{
    *holds = false;
    map_each(it, t->inputs) {
        const struct tree_stat *seen = it.value;
        struct tree_stat now;
        TRY(tree_stat(tree, it.key, &now));
        if (now.kind == seen->kind && streq(now.digest, seen->digest))
            continue;
        if (differs)
            *differs = arena_strdup(a, it.key);
        return NULL;
    }
    *holds = true;
    return NULL;
}

/* --- text --- */

static const char letters[] = "AFDLO"; /* in the order of enum tree_kind */

void trace_write(const struct trace *t, struct str *out)
{
    map_each(it, t->inputs) {
        const struct tree_stat *st = it.value;
        str_printf(out, "%c %s %s\n", letters[st->kind], *st->digest ? st->digest : "-", it.key);
    }
}

static struct err *read_line(struct span line, struct trace *t)
{
    struct span kind, digest;
    const char *letter = line.len ? strchr(letters, line.at[0]) : NULL;
    if (!letter || !*letter || !span_cut(&line, ' ', &kind) || kind.len != 1 || !span_cut(&line, ' ', &digest) ||
        !line.at || digest.len > TREE_DIGEST_MAX)
        return err_new(ERR_INVALID, "not an input");
    struct tree_stat st = {.kind = (enum tree_kind)(letter - letters)};
    if (!span_is(digest, "-"))
        memcpy(st.digest, digest.at, digest.len);
    CLEANUP(mem_freep) char *path = mem_strndup(line.at, line.len);
    note(t, path, &st);
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
    }
    *out = t;
    t = NULL;
    return NULL;
}
