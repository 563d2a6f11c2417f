/* doc/patch - RFC 6902 by copy on write: the root is copied one level, and each step down makes its container
 * own. */
#include "doc/patch.h"

#include "doc/node.h"
#include "doc/pointer.h"

enum { OPS_MAX = 10000, COPIED_MAX = 1000 * 1000 };

struct patch {
    struct arena *arena;
    struct doc *root;
    size_t copied; /* values that copy operations have multiplied */
};

struct op {
    const char *name;
    struct span text; /* of the path */
    struct pointer path;
};

static struct err *no_path(const struct op *op)
{
    return err_new(ERR_INVALID, "%s operation does not apply: doc is missing path: \"%.*s\"", op->name,
                   (int)op->text.len, op->text.at);
}

/* The container that holds the path's last token, made own from the root down; NULL when it is not there. */
static struct doc *parent_of(struct patch *p, const struct pointer *path)
{
    struct doc *d = p->root;
    for (size_t i = 0; d && i + 1 < path->len; i++) {
        size_t index;
        if (d->kind == DOC_LIST)
            d = pointer_index(path->at[i], d->len, &index) ? doc_own_at(p->arena, d, index) : NULL;
        else
            d = doc_own_get(p->arena, d, path->at[i]);
    }
    return d && (d->kind == DOC_LIST || d->kind == DOC_MAP) ? d : NULL;
}

/* Counts a value's nodes against what is left, stopping early, and refuses what nests too deep. */
static bool fits(const struct doc *d, size_t depth, size_t *left)
{
    if (depth > DEPTH_MAX || *left == 0)
        return false;
    --*left;
    doc_each (it, d) {
        if (!fits(it.val, depth + 1, left))
            return false;
    }
    return true;
}

static struct err *check_size(struct patch *p, const struct op *op, const struct doc *val, bool copied)
{
    size_t left = COPIED_MAX - (copied ? p->copied : 0);
    size_t before = left;
    if (!fits(val, op->path.len, &left))
        return err_reason(ERR_EXHAUSTED, "PatchTooLarge",
                          "%s operation at \"%.*s\": the result is too large or nested too deep", op->name,
                          (int)op->text.len, op->text.at);
    p->copied += copied ? before - left : 0;
    return arena_check(p->arena);
}

static struct err *add(struct patch *p, const struct op *op, const struct doc *val)
{
    if (!op->path.len) {
        p->root = doc_shallow(p->arena, val);
        return NULL;
    }
    struct doc *in = parent_of(p, &op->path);
    struct span last = op->path.at[op->path.len - 1];
    size_t index;
    if (!in)
        return no_path(op);
    if (in->kind == DOC_MAP)
        doc_set_span(p->arena, in, last, val);
    else if (span_is(last, "-"))
        doc_push(p->arena, in, val);
    else if (pointer_index(last, in->len + 1, &index))
        doc_insert(p->arena, in, index, val);
    else
        return no_path(op);
    return NULL;
}

static struct err *replace(struct patch *p, const struct op *op, const struct doc *val)
{
    size_t index;
    if (!op->path.len)
        return add(p, op, val);
    struct doc *in = parent_of(p, &op->path);
    struct span last = op->path.at[op->path.len - 1];
    if (!in || !(in->kind == DOC_MAP ? doc_get_span(in, last) != NULL : pointer_index(last, in->len, &index)))
        return no_path(op);
    if (in->kind == DOC_MAP)
        doc_set_span(p->arena, in, last, val);
    else
        *doc_own_at(p->arena, in, index) = node_share(val);
    return NULL;
}

static struct err *remove_at(struct patch *p, const struct op *op)
{
    struct doc *in = op->path.len ? parent_of(p, &op->path) : NULL;
    if (!in)
        return no_path(op);
    struct span last = op->path.at[op->path.len - 1];
    size_t index;
    bool done = in->kind == DOC_MAP ? doc_del_span(p->arena, in, last)
                                    : pointer_index(last, in->len, &index) && doc_remove(p->arena, in, index);
    return done ? NULL : no_path(op);
}

/* The value at "from", as an own node that stays while the tree changes. */
static struct err *from_of(struct patch *p, const struct doc *d, struct op *from, const struct doc **out)
{
    const struct doc *text = doc_get(d, "from");
    if (!doc_is(text, DOC_STR))
        return err_new(ERR_INVALID, "%s operation: \"from\" must be a string", from->name);
    from->text = doc_span(text);
    TRY(pointer_parse(p->arena, from->text, &from->path));
    const struct doc *found = pointer_get(p->root, &from->path);
    if (!found)
        return no_path(from);
    *out = doc_shallow(p->arena, found);
    return NULL;
}

static bool is_below(const struct pointer *path, const struct pointer *top)
{
    if (path->len <= top->len)
        return false;
    for (size_t i = 0; i < top->len; i++)
        if (!span_eq(path->at[i], top->at[i]))
            return false;
    return true;
}

static struct err *move_or_copy(struct patch *p, const struct op *op, const struct doc *d)
{
    struct op from = {.name = op->name};
    const struct doc *val = NULL;
    TRY(from_of(p, d, &from, &val));
    bool copy = op->name[0] == 'c';
    TRY(check_size(p, op, val, copy));
    if (copy)
        return add(p, op, val);
    if (is_below(&op->path, &from.path))
        return err_new(ERR_INVALID, "move operation: \"%.*s\" is inside of what is moved", (int)op->text.len,
                       op->text.at);
    if (op->path.len == 0)
        return add(p, op, val);
    TRY(remove_at(p, &from));
    return add(p, op, val);
}

static struct err *test(const struct patch *p, const struct op *op, const struct doc *val)
{
    const struct doc *found = pointer_get(p->root, &op->path);
    bool null_as_absent = !found && doc_is(val, DOC_NULL); /* as the library of Kubernetes has it */
    if (null_as_absent || doc_equal(found, val))
        return NULL;
    return err_new(ERR_PRECONDITION, "testing value %.*s failed: test failed", (int)op->text.len,
                   op->text.at);
}

static struct err *apply(struct patch *p, const struct doc *d)
{
    struct op op = {.name = doc_str(doc_get(d, "op"), NULL), .text = doc_span(doc_get(d, "path"))};
    if (!op.name)
        return err_new(ERR_INVALID, "\"op\" must be a string");
    if (!op.text.at)
        return err_new(ERR_INVALID, "%s operation: \"path\" must be a string", op.name);
    TRY(pointer_parse(p->arena, op.text, &op.path));
    if (streq(op.name, "remove"))
        return remove_at(p, &op);
    if (streq(op.name, "move") || streq(op.name, "copy"))
        return move_or_copy(p, &op, d);
    const struct doc *val = doc_get(d, "value");
    if (!streq(op.name, "add") && !streq(op.name, "replace") && !streq(op.name, "test"))
        return err_new(ERR_INVALID, "unexpected kind: %s", op.name);
    if (!val)
        return err_new(ERR_INVALID, "%s operation: \"value\" is missing", op.name);
    if (streq(op.name, "test"))
        return test(p, &op, val);
    TRY(check_size(p, &op, val, false));
    return streq(op.name, "add") ? add(p, &op, val) : replace(p, &op, val);
}

struct err *patch_json(struct arena *a, const struct doc *d, const struct doc *ops, const struct doc **out)
{
    struct patch p = {.arena = a, .root = doc_shallow(a, d)};
    *out = NULL;
    if (!doc_is(ops, DOC_LIST))
        return err_new(ERR_INVALID, "a JSON patch is a list of operations, not a %s", doc_kind_name(ops));
    if (doc_len(ops) > OPS_MAX)
        return err_reason(ERR_EXHAUSTED, "PatchTooLarge",
                          "a JSON patch of %zu operations, at most %d are applied", doc_len(ops), OPS_MAX);
    doc_each (it, ops) {
        TRYF(apply(&p, it.val), "operation %zu", it.index);
    }
    *out = p.root;
    return NULL;
}
