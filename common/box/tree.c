/* box/tree - a tree's questions as messages. */
#include "box/tree.h"

#include "proto/box.pb-c.h"
#include "wire/wire.h"

#include <stdlib.h>

typedef Capstan__Box__TreeQuestion question;
typedef Capstan__Box__TreeAnswer answer;

/* --- the worker's side
 * ------------------------------------------------------------------------------------------------- */

struct remote {
    struct tree tree;
    struct box_worker *worker;
    const char *name;
};

static struct err *ask(struct tree *t, const char *what, const char *path, size_t limit, struct arena *a,
                       answer **out)
{
    struct remote *r = CONTAINER(t, struct remote, tree);
    question q = CAPSTAN__BOX__TREE_QUESTION__INIT;
    struct span reply;
    q.has_version = q.has_limit = true;
    q.version = 1;
    q.path = wire_text(path);
    q.limit = limit;
    TRY(box_ask(r->worker, arena_printf(a, "%s.%s", r->name, what), wire_pack(a, &q), a, &reply));
    return wire_unpack(a, &capstan__box__tree_answer__descriptor, reply, NULL, out);
}

static struct err *remote_stat(struct tree *t, const char *path, struct tree_stat *out)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("stat");
    answer *r;
    TRY(ask(t, "stat", path, 0, a, &r));
    *out = (struct tree_stat){.kind = (enum tree_kind)MIN(r->kind, (uint32_t)TREE_OTHER)};
    if (r->digest && strlen(r->digest) <= TREE_DIGEST_MAX)
        strcpy(out->digest, r->digest);
    return NULL;
}

static struct err *remote_names(struct tree *t, const char *path, char out[TREE_DIGEST_MAX + 1])
{
    CLEANUP(arena_freep) struct arena *a = arena_new("names");
    answer *r;
    TRY(ask(t, "names", path, 0, a, &r));
    if (!r->digest || strlen(r->digest) > TREE_DIGEST_MAX)
        return err_new(ERR_INTERNAL, "no digest of the names in '%s'", path);
    strcpy(out, r->digest);
    return NULL;
}

static struct err *remote_list(struct tree *t, const char *path, struct arena *a, struct tree_list *out)
{
    answer *r;
    TRY(ask(t, "list", path, 0, a, &r));
    if (r->kinds.len != r->n_names)
        return err_new(ERR_INTERNAL, "a list of %zu names came with %zu kinds", r->n_names, r->kinds.len);
    *out = (struct tree_list){.at = NEW_N(a, struct tree_entry, r->n_names + 1), .len = r->n_names};
    for (size_t i = 0; i < r->n_names; i++)
        out->at[i] =
            (struct tree_entry){r->names[i], (enum tree_kind)MIN(r->kinds.data[i], (uint8_t)TREE_OTHER)};
    return NULL;
}

static struct err *remote_read(struct tree *t, const char *path, size_t limit, struct arena *a,
                               struct span *out)
{
    answer *r;
    TRY(ask(t, "read", path, limit, a, &r));
    char *bytes = arena_raw(a, r->data.len + 1); /* readers are promised a NUL behind */
    if (r->data.len)
        memcpy(bytes, r->data.data, r->data.len);
    bytes[r->data.len] = '\0';
    *out = (struct span){bytes, r->data.len};
    return NULL;
}

static struct err *remote_revision(struct tree *t, struct arena *a, const char **out)
{
    answer *r;
    TRY(ask(t, "revision", "", 0, a, &r));
    *out = r->revision ? r->revision : "";
    return NULL;
}

static void remote_free(struct tree *t)
{
    free(CONTAINER(t, struct remote, tree));
}

struct tree *box_tree(struct box_worker *w, const char *name)
{
    static const struct tree_ops ops = {remote_stat, remote_names, remote_list,
                                        remote_read, remote_free,  remote_revision};
    struct remote *r = mem_zalloc(sizeof(*r));
    r->tree.ops = &ops;
    r->worker = w;
    r->name = name;
    return &r->tree;
}

/* --- the process's side
 * ------------------------------------------------------------------------------------------------ */

static struct err *answer_stat(struct tree *tree, const question *q, struct arena *a, answer *r)
{
    struct tree_stat st;
    TRY(tree_stat(tree, q->path, &st));
    r->has_kind = true;
    r->kind = st.kind;
    r->digest = arena_strdup(a, st.digest);
    return NULL;
}

static struct err *answer_names(struct tree *tree, const question *q, struct arena *a, answer *r)
{
    char digest[TREE_DIGEST_MAX + 1] = "";
    TRY(tree_names(tree, q->path, digest));
    r->digest = arena_strdup(a, digest);
    return NULL;
}

static struct err *answer_list(struct tree *tree, const question *q, struct arena *a, answer *r)
{
    struct tree_list list;
    TRY(tree_list(tree, q->path, a, &list));
    char *kinds = arena_raw(a, list.len + 1);
    r->names = NEW_N(a, char *, list.len + 1);
    r->n_names = list.len;
    for (size_t i = 0; i < list.len; i++) {
        r->names[i] = wire_text(list.at[i].name);
        kinds[i] = (char)list.at[i].kind;
    }
    r->has_kinds = true;
    r->kinds = wire_bytes((struct span){kinds, list.len});
    return NULL;
}

static struct err *answer_read(struct tree *tree, const question *q, struct arena *a, answer *r)
{
    struct span bytes;
    TRY(tree_read(tree, q->path, q->limit, a, &bytes));
    r->has_data = true;
    r->data = wire_bytes(bytes);
    return NULL;
}

static struct err *answer_revision(struct tree *tree, const question *q, struct arena *a, answer *r)
{
    (void)q;
    const char *revision;
    TRY(tree_revision(tree, a, &revision));
    r->revision = wire_text(revision);
    return NULL;
}

struct err *box_tree_answer(struct tree *tree, const char *what, struct span asked, struct arena *a,
                            struct span *out)
{
    static const struct {
        const char *what;
        struct err *(*run)(struct tree *tree, const question *q, struct arena *a, answer *r);
    } table[] = {{"stat", answer_stat},
                 {"names", answer_names},
                 {"list", answer_list},
                 {"read", answer_read},
                 {"revision", answer_revision}};
    answer r = CAPSTAN__BOX__TREE_ANSWER__INIT;
    question *q;
    const char *clean;
    TRY(wire_unpack(a, &capstan__box__tree_question__descriptor, asked, NULL, &q));
    if (!q->path || !tree_join(a, "", q->path, &clean) || !streq(clean, q->path)) /* it came out of the box */
        return err_reason(ERR_DENIED, "OutOfBounds", "the path '%s' is none of a tree",
                          q->path ? q->path : "");
    const char *dot = strrchr(what, '.');
    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        if (!dot || !streq(dot + 1, table[i].what))
            continue;
        TRY(table[i].run(tree, q, a, &r));
        r.has_version = true;
        r.version = 1;
        *out = wire_pack(a, &r);
        return NULL;
    }
    return err_new(ERR_UNIMPLEMENTED, "a tree knows no question '%s'", what);
}
