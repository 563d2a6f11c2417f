/* render/kustomize/json6902 - operations on a tree that is made own only along the paths that they name. */
#include "render/kustomize/json6902.h"

#include "doc/json.h"
#include "doc/yaml.h"

#include <errno.h>
#include <stdlib.h>

enum { OPS_MAX = 10000, COPIED_MAX = 1000 * 1000, EXACT_MAX_BITS = 53 };

struct patch {
    struct arena *a;
    struct doc *root;
    size_t copied; /* values that copy operations have multiplied */
};

/* One operation's path, or where it takes from. */
struct place {
    const char *text;
    struct span *at; /* unescaped, without what stands before the first slash */
    size_t len;
};

/* --- reading --- */

struct err *kustomize_json6902_read(struct arena *a, struct span text, const struct doc **ops)
{
    struct doc *d = NULL;
    bool is_json = text.len && text.at[0] == '[';
    TRYF(is_json ? json_read(a, text, NULL, &d) : yaml_read(a, text, YAML_SIGS, NULL, &d),
         "decoding \"%.*s\"", (int)MIN(text.len, (size_t)200), text.at);
    if (!doc_is(d, DOC_LIST) && !doc_is(d, DOC_NULL))
        return err_new(ERR_INVALID,
                       "decoding \"%.*s\": json: cannot unmarshal %s into Go value of type jsonpatch.Patch",
                       (int)MIN(text.len, (size_t)200), text.at, doc_kind_name(d));
    doc_each (it, d)
        if (!doc_is(it.val, DOC_MAP))
            return err_new(ERR_INVALID,
                           "decoding \"%.*s\": json: cannot unmarshal %s into Go value of type "
                           "jsonpatch.Operation",
                           (int)MIN(text.len, (size_t)200), text.at, doc_kind_name(it.val));
    *ops = d;
    return NULL;
}

static struct span unescape(struct arena *a, struct span s)
{
    if (!memchr(s.at, '~', s.len))
        return s;
    char *out = arena_raw(a, s.len + 1);
    size_t n = 0;
    for (size_t i = 0; i < s.len; i++) {
        bool escape = s.at[i] == '~' && i + 1 < s.len && (s.at[i + 1] == '0' || s.at[i + 1] == '1');
        out[n++] = (char)(!escape ? s.at[i] : s.at[i + 1] == '0' ? '~' : '/');
        i += escape;
    }
    out[n] = '\0';
    return (struct span){out, n};
}

static struct place place_of(struct arena *a, const char *text)
{
    struct place p = {.text = text};
    struct span rest = span_of(text), part;
    size_t room = 1;
    for (const char *c = text; *c; c++)
        room += *c == '/';
    p.at = NEW_N(a, struct span, room);
    bool more = span_cut(&rest, '/', &part);
    while (more && span_cut(&rest, '/', &part))
        p.at[p.len++] = unescape(a, part);
    return p;
}

/* --- places --- */

/* Go's strconv.Atoi, with its words. */
static struct err *parse_index(struct span token, int64_t *out)
{
    struct span digits = token;
    if (digits.len && (digits.at[0] == '-' || digits.at[0] == '+'))
        digits = (struct span){token.at + 1, token.len - 1};
    bool valid = digits.len > 0;
    for (size_t i = 0; i < digits.len; i++)
        valid &= digits.at[i] >= '0' && digits.at[i] <= '9';
    if (!valid)
        return err_new(ERR_INVALID, "strconv.Atoi: parsing \"%.*s\": invalid syntax", (int)token.len,
                       token.at);
    if (!span_int(digits, out))
        return err_new(ERR_INVALID, "strconv.Atoi: parsing \"%.*s\": value out of range", (int)token.len,
                       token.at);
    *out = token.at[0] == '-' ? -*out : *out;
    return NULL;
}

/* The index that a token means among `len` places. */
static struct err *index_of(struct span token, size_t len, size_t *out)
{
    int64_t at = 0;
    TRY(parse_index(token, &at));
    if (at >= (int64_t)len || at < -(int64_t)len)
        return err_new(ERR_INVALID, "Unable to access invalid index: %lld: invalid index referenced",
                       (long long)at);
    *out = (size_t)(at < 0 ? at + (int64_t)len : at);
    return NULL;
}

/* The container that the last token is looked up in, made own from the root; NULL when it is not there. */
static struct doc *container(struct patch *p, const struct place *of)
{
    struct doc *d = of->len ? p->root : NULL;
    for (size_t i = 0; d && i + 1 < of->len; i++) {
        size_t at = 0;
        if (doc_is(d, DOC_LIST)) {
            CLEANUP(err_freep) struct err *e = index_of(of->at[i], doc_len(d), &at);
            d = e ? NULL : doc_own_at(p->a, d, at);
        } else {
            d = doc_own_get(p->a, d, of->at[i]);
        }
    }
    return doc_is(d, DOC_LIST) || doc_is(d, DOC_MAP) ? d : NULL;
}

static struct span last_of(const struct place *of)
{
    return of->at[of->len - 1];
}

/* The value there; NULL for a key that is not there, an error for an index. */
static struct err *get(const struct doc *in, struct span token, const struct doc **out)
{
    size_t at = 0;
    *out = doc_get_span(in, token);
    if (!doc_is(in, DOC_LIST))
        return NULL;
    TRY(index_of(token, doc_len(in), &at));
    *out = doc_at(in, at);
    return NULL;
}

static struct err *add_to(struct patch *p, struct doc *in, struct span token, const struct doc *val)
{
    size_t at = 0;
    if (doc_is(in, DOC_MAP)) {
        doc_set_span(p->a, in, token, val);
        return NULL;
    }
    if (span_is(token, "-")) {
        doc_push(p->a, in, val);
        return NULL;
    }
    int64_t ignored;
    TRYF(parse_index(token, &ignored), "value was not a proper array index: '%.*s'", (int)token.len,
         token.at);
    TRY(index_of(token, doc_len(in) + 1, &at));
    doc_insert(p->a, in, at, val);
    return NULL;
}

static struct err *remove_from(struct patch *p, struct doc *in, struct span token)
{
    size_t at = 0;
    if (doc_is(in, DOC_MAP)) {
        if (doc_del_span(p->a, in, token))
            return NULL;
        return err_new(ERR_INVALID, "Unable to remove nonexistent key: %.*s: missing value", (int)token.len,
                       token.at);
    }
    TRY(index_of(token, doc_len(in), &at));
    doc_remove(p->a, in, at);
    return NULL;
}

/* --- operations --- */

static struct err *no_place(const char *form, const char *name, const char *path, const char *quote)
{
    return err_new(ERR_INVALID, "%s operation does not apply: %s: %s%s%s: missing value", name, form, quote,
                   path, quote);
}

static struct err *op_add(struct patch *p, const struct place *path, const struct doc *val)
{
    struct doc *in = container(p, path);
    if (!in)
        return no_place("doc is missing path", "add", path->text, "\"");
    TRYF(add_to(p, in, last_of(path), val), "error in add for path: '%s'", path->text);
    return NULL;
}

static struct err *op_remove(struct patch *p, const struct place *path)
{
    struct doc *in = container(p, path);
    if (!in)
        return no_place("doc is missing path", "remove", path->text, "\"");
    TRYF(remove_from(p, in, last_of(path)), "error in remove for path: '%s'", path->text);
    return NULL;
}

static struct err *op_replace(struct patch *p, const struct place *path, const struct doc *val)
{
    if (!*path->text) {
        if (!doc_is(val, DOC_MAP) && !doc_is(val, DOC_LIST))
            return err_new(ERR_INVALID, "replace operation value must be object or array");
        p->root = doc_shallow(p->a, val);
        return NULL;
    }
    struct doc *in = container(p, path);
    if (!in)
        return no_place("doc is missing path", "replace", path->text, "");
    size_t at = 0;
    if (doc_is(in, DOC_MAP)) {
        doc_set_span(p->a, in, last_of(path), val);
        return NULL;
    }
    CLEANUP(err_freep) struct err *e = index_of(last_of(path), doc_len(in), &at);
    if (e)
        return no_place("doc is missing key", "replace", path->text, "");
    doc_put(doc_own_at(p->a, in, at), val);
    return NULL;
}

static struct err *op_test(struct patch *p, const struct place *path, const struct doc *val)
{
    const struct doc *found = p->root;
    if (*path->text) {
        const struct doc *in = container(p, path);
        if (!in)
            return no_place("is missing path", "test", path->text, "");
        TRYF(get(in, last_of(path), &found), "error in test for path: '%s'", path->text);
    }
    bool null = !found || doc_is(found, DOC_NULL), want_null = !val || doc_is(val, DOC_NULL);
    if (null ? want_null : doc_equal(found, val))
        return NULL;
    return err_new(ERR_INVALID, "testing value %s failed: test failed", path->text);
}

/* Counts a value's nodes against what is left, stopping early. */
static bool fits(const struct doc *d, size_t *left)
{
    if (*left == 0)
        return false;
    --*left;
    doc_each (it, d)
        if (!fits(it.val, left))
            return false;
    return true;
}

static struct err *op_move(struct patch *p, const struct place *from, const struct place *path)
{
    struct doc *in = container(p, from);
    const struct doc *found = NULL;
    if (!in)
        return no_place("doc is missing from path", "move", from->text, "");
    struct span key = last_of(from);
    TRYF(get(in, key, &found), "error in move for path: '%.*s'", (int)key.len, key.at);
    struct doc *val = doc_shallow(p->a, found);
    TRYF(remove_from(p, in, key), "error in move for path: '%.*s'", (int)key.len, key.at);
    in = container(p, path);
    if (!in)
        return no_place("doc is missing destination path", "move", path->text, "");
    TRYF(add_to(p, in, last_of(path), val), "error in move for path: '%s'", path->text);
    return NULL;
}

static struct err *op_copy(struct patch *p, const struct place *from, const struct place *path)
{
    struct doc *in = container(p, from);
    const struct doc *found = NULL;
    if (!in)
        return no_place("doc is missing from path", "copy", from->text, "");
    TRYF(get(in, last_of(from), &found), "error in copy for from: '%s'", from->text);
    struct doc *val = found ? doc_shallow(p->a, found) : doc_new_null(p->a);
    size_t left = COPIED_MAX - p->copied, before = left;
    if (!fits(val, &left))
        return err_new(ERR_EXHAUSTED, "copy operation at \"%s\": the copies are more than %d values",
                       path->text, COPIED_MAX);
    p->copied += before - left;
    in = container(p, path);
    if (!in)
        return no_place("doc is missing destination path", "copy", path->text, "");
    TRYF(add_to(p, in, last_of(path), val), "error while adding value during copy: '%s'", path->text);
    return NULL;
}

static struct err *apply(struct patch *p, const struct doc *op)
{
    const char *name = doc_str(doc_get(op, "op"), "unknown");
    const char *path_text = doc_str(doc_get(op, "path"), NULL),
               *from_text = doc_str(doc_get(op, "from"), NULL);
    static const char *const names[] = {"add", "remove", "replace", "test", "move", "copy"};
    if (!str_in(name, names, ARRAY_LEN(names)))
        return err_new(ERR_INVALID, "Unexpected kind: %s", name);
    bool from_needed = streq(name, "move") || streq(name, "copy");
    if (from_needed && !from_text)
        return err_new(ERR_INVALID,
                       "%s operation failed to decode from: operation, missing from field: missing value",
                       name);
    if (!path_text)
        return err_new(ERR_INVALID, "%s operation failed to decode path: missing value", name);
    struct place path = place_of(p->a, path_text);
    const struct doc *val = doc_get(op, "value");
    if (from_needed) {
        struct place from = place_of(p->a, from_text);
        return streq(name, "move") ? op_move(p, &from, &path) : op_copy(p, &from, &path);
    }
    if (streq(name, "remove"))
        return op_remove(p, &path);
    if (streq(name, "test"))
        return op_test(p, &path, val);
    val = val ? val : doc_new_null(p->a);
    return streq(name, "add") ? op_add(p, &path, val) : op_replace(p, &path, val);
}

/* --- numbers --- */

/* Integers beyond 2^53 come back as the nearest float64. Only what has such a number is copied. */
static const struct doc *through_floats(struct arena *a, const struct doc *d)
{
    if (doc_is(d, DOC_INT) || doc_is(d, DOC_FLOAT)) {
        struct span text = doc_literal(d);
        int64_t v = doc_int(d, INT64_MAX), most = (int64_t)1 << EXACT_MAX_BITS;
        bool exact = memchr(text.at, '.', text.len) || (v <= most && v >= -most);
        return exact ? d : doc_new_float(a, strtod(arena_strndup(a, text.at, text.len), NULL));
    }
    struct doc *own = NULL;
    doc_each (it, d) {
        const struct doc *now = through_floats(a, it.val);
        if (now == it.val)
            continue;
        own = own ? own : doc_shallow(a, d);
        if (doc_is(d, DOC_MAP))
            doc_set_span(a, own, it.key, now);
        else
            doc_put(doc_own_at(a, own, it.index), now);
    }
    return own ? own : d;
}

struct err *kustomize_json6902(struct arena *a, const struct doc *d, const struct doc *ops,
                               const struct doc **out)
{
    struct patch p = {.a = a, .root = doc_shallow(a, d)};
    if (doc_len(ops) > OPS_MAX)
        return err_new(ERR_EXHAUSTED, "a JSON patch of %zu operations; at most %d are applied", doc_len(ops),
                       OPS_MAX);
    doc_each (it, ops) {
        TRY(apply(&p, it.val));
        TRY(arena_check(a));
    }
    *out = through_floats(a, p.root);
    return NULL;
}
