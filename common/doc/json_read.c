/* doc/json_read - one pass over the text, without recursion.
 *
 * Open containers and the values read so far lie on one stack of entries: an open container's own entry, then
 * its children. When it closes, its children move into an exact-size array of the arena and its entry becomes
 * their owner. `opens` holds the places of the open containers' entries, so depth is its length.
 *
 * Keys go through a small direct-mapped cache first: the same thirty keys make up most of a list of
 * Kubernetes objects. */
#include "base/vec.h"
#include "doc/json.h"
#include "doc/node.h"

struct reader {
    struct arena *arena;
    struct limits limits;
    const char *start, *at, *end;
    size_t values;
    uint32_t line;
    const struct key *key; /* of the value that comes next, NULL in a list */
    VEC(struct entry) stack;
    VEC(uint32_t) opens;
    struct str scratch; /* a string whose escapes are being resolved */
    struct key_cache cache;
};

static struct err *fail_at(const struct reader *r, const char *where, const char *what)
{
    size_t line = 1, column = 1;
    for (const char *p = r->start; p < where; p++) {
        column = *p == '\n' ? 1 : column + 1;
        line += *p == '\n';
    }
    return err_new(ERR_INVALID, "line %zu, column %zu: %s", line, column, what);
}

static struct err *fail(const struct reader *r, const char *what)
{
    return fail_at(r, r->at, r->at >= r->end ? "unexpected end of JSON input" : what);
}

static void skip_space(struct reader *r)
{
    for (; r->at < r->end; r->at++) {
        if (LIKELY(*r->at > ' '))
            return;
        if (*r->at == '\n')
            r->line++;
        else if (*r->at != ' ' && *r->at != '\t' && *r->at != '\r')
            return;
    }
}

/* --- strings --- */
/* Bytes of the UTF-8 character at p, 0 when it is none: overlong forms, surrogates and beyond U+10FFFF are
 * none. */
size_t utf8_len(const unsigned char *p, const unsigned char *end)
{
    size_t n = p[0] < 0x80 ? 1 : p[0] < 0xc2 ? 0 : p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : p[0] < 0xf5 ? 4 : 0;
    if (n == 0 || (size_t)(end - p) < n)
        return 0;
    for (size_t i = 1; i < n; i++)
        if ((p[i] & 0xc0) != 0x80)
            return 0;
    if ((p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xed && p[1] > 0x9f) || (p[0] == 0xf0 && p[1] < 0x90) ||
        (p[0] == 0xf4 && p[1] > 0x8f))
        return 0;
    return n;
}

/* Whether any of eight bytes is a quote, a backslash, a control character or beyond ASCII. */
static bool special8(const char *p)
{
    const uint64_t ones = 0x0101010101010101u, highs = 0x8080808080808080u;
    uint64_t v;
    memcpy(&v, p, 8);
    uint64_t quote = v ^ (ones * '"'), back = v ^ (ones * '\\');
    return ((v | (v - ones * 0x20) | (quote - ones) | (back - ones)) & highs) != 0;
}

/* Moves to the first byte that needs a decision: quote, backslash, or an error. */
static struct err *scan_string(struct reader *r)
{
    for (;;) {
        while (r->end - r->at >= 8 && !special8(r->at))
            r->at += 8;
        for (; r->at < r->end; r->at++) {
            unsigned char c = (unsigned char)*r->at;
            if (c == '"' || c == '\\')
                return NULL;
            if (c < 0x20)
                return fail(r, "invalid character in string literal: a control character must be escaped");
            if (c < 0x80)
                continue;
            size_t n = utf8_len((const unsigned char *)r->at, (const unsigned char *)r->end);
            if (!n)
                return fail(r, "invalid UTF-8 in string literal");
            r->at += n;
            break;
        }
        if (r->at >= r->end)
            return fail(r, "");
    }
}

static bool hex4(struct reader *r, uint32_t *out)
{
    uint32_t v = 0;
    if (r->end - r->at < 4)
        return false;
    for (int i = 0; i < 4; i++) {
        char c = r->at[i];
        uint32_t digit = c >= '0' && c <= '9'   ? (uint32_t)(c - '0')
                         : c >= 'a' && c <= 'f' ? (uint32_t)(c - 'a' + 10)
                         : c >= 'A' && c <= 'F' ? (uint32_t)(c - 'A' + 10)
                                                : 16;
        if (digit == 16)
            return false;
        v = v * 16 + digit;
    }
    r->at += 4;
    *out = v;
    return true;
}

void utf8_add(struct str *s, uint32_t c)
{
    if (c < 0x80) {
        str_char(s, (char)c);
        return;
    }
    char b[4];
    size_t n = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    for (size_t i = n; i-- > 1; c >>= 6)
        b[i] = (char)(0x80 | (c & 0x3f));
    b[0] = (char)((n == 2 ? 0xc0 : n == 3 ? 0xe0 : 0xf0) | c);
    str_add_n(s, b, n);
}

/* \uXXXX, pairs of surrogates joined; a lone one becomes U+FFFD as in Go. */
static struct err *unicode_escape(struct reader *r)
{
    uint32_t c, low;
    if (!hex4(r, &c))
        return fail(r, "invalid \\u escape");
    if (c >= 0xd800 && c < 0xdc00 && r->end - r->at >= 6 && r->at[0] == '\\' && r->at[1] == 'u') {
        const char *before = r->at;
        r->at += 2;
        if (!hex4(r, &low))
            return fail(r, "invalid \\u escape");
        if (low >= 0xdc00 && low < 0xe000)
            c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
        else
            r->at = before;
    }
    utf8_add(&r->scratch, c >= 0xd800 && c < 0xe000 ? 0xfffd : c);
    return NULL;
}

/* After the first backslash: the rest of the string by way of the scratch buffer. */
static struct err *read_escaped(struct reader *r, const char *from)
{
    str_clear(&r->scratch);
    while (*r->at == '\\') {
        static const char escapes[] = "\"\"\\\\//b\bf\fn\nr\rt\t";
        str_add_n(&r->scratch, from, (size_t)(r->at - from));
        if (++r->at == r->end)
            return fail(r, "");
        char c = *r->at++;
        if (c == 'u') {
            TRY(unicode_escape(r));
        } else {
            const char *e = escapes;
            while (*e && *e != c)
                e += 2;
            if (!*e)
                return fail_at(r, r->at - 1, "invalid escape in string literal");
            str_char(&r->scratch, e[1]);
        }
        from = r->at;
        TRY(scan_string(r));
    }
    str_add_n(&r->scratch, from, (size_t)(r->at - from));
    return NULL;
}

/* Behind the opening quote; *out is borrowed from the text or the scratch buffer. */
static struct err *read_string(struct reader *r, struct span *out)
{
    const char *from = ++r->at;
    TRY(scan_string(r));
    *out = (struct span){from, (size_t)(r->at - from)};
    if (UNLIKELY(*r->at == '\\')) {
        TRY(read_escaped(r, from));
        *out = str_span(&r->scratch);
    }
    r->at++;
    return NULL;
}

/* --- values --- */
static bool digits(struct reader *r)
{
    const char *from = r->at;
    while (r->at < r->end && *r->at >= '0' && *r->at <= '9')
        r->at++;
    return r->at > from;
}

static struct err *read_number(struct reader *r, struct doc *d)
{
    const char *from = r->at;
    r->at += *r->at == '-';
    bool zero = r->at < r->end && *r->at == '0';
    if (zero)
        r->at++;
    else if (!digits(r))
        return fail(r, "invalid character in numeric literal");
    if (r->at < r->end && *r->at == '.') {
        r->at++;
        if (!digits(r))
            return fail(r, "invalid character after decimal point in numeric literal");
    }
    if (r->at < r->end && (*r->at == 'e' || *r->at == 'E')) {
        r->at++;
        r->at += r->at < r->end && (*r->at == '+' || *r->at == '-');
        if (!digits(r))
            return fail(r, "invalid character in exponent of numeric literal");
    }
    number_set(r->arena, d, (struct span){from, (size_t)(r->at - from)});
    return NULL;
}

static struct err *read_word(struct reader *r, const char *word, enum doc_kind kind, struct doc *d)
{
    size_t n = strlen(word);
    if ((size_t)(r->end - r->at) < n || memcmp(r->at, word, n) != 0)
        return fail(r, "invalid character looking for beginning of value");
    r->at += n;
    d->kind = (uint8_t)kind;
    d->truth = word[0] == 't';
    return NULL;
}

static struct err *read_scalar(struct reader *r, struct doc *d)
{
    struct span s;
    switch (*r->at) {
    case '"':
        TRY(read_string(r, &s));
        d->kind = DOC_STR;
        d->text = arena_strndup(r->arena, s.at, s.len);
        d->len = d->cap = (uint32_t)s.len;
        return NULL;
    case 't':
        return read_word(r, "true", DOC_BOOL, d);
    case 'f':
        return read_word(r, "false", DOC_BOOL, d);
    case 'n':
        return read_word(r, "null", DOC_NULL, d);
    default:
        if (*r->at == '-' || (*r->at >= '0' && *r->at <= '9'))
            return read_number(r, d);
        return fail(r, "invalid character looking for beginning of value");
    }
}

static struct err *push_value(struct reader *r)
{
    if (++r->values > r->limits.values)
        return err_reason(ERR_EXHAUSTED, "TooManyValues", "line %u: more than %zu values", r->line,
                          r->limits.values);
    vec_push(&r->stack, (struct entry){.key = r->key, .val = {.line = r->line}});
    r->key = NULL;
    return NULL;
}

static struct err *open_container(struct reader *r)
{
    if (r->opens.len == r->limits.depth) {
        CLEANUP(mem_freep) char *what = mem_printf("nested deeper than %zu levels", r->limits.depth);
        return fail(r, what);
    }
    r->stack.at[r->stack.len - 1].val.kind = *r->at == '{' ? DOC_MAP : DOC_LIST;
    vec_push(&r->opens, (uint32_t)r->stack.len - 1);
    r->at++;
    return NULL;
}

static struct err *close_container(struct reader *r)
{
    uint32_t place = vec_pop(&r->opens);
    struct entry *own = &r->stack.at[place];
    size_t n = r->stack.len - place - 1;
    if (own->val.kind == DOC_MAP)
        map_fill(r->arena, &own->val, own + 1, n);
    else
        list_fill(r->arena, &own->val, own + 1, n);
    r->stack.len = place + 1;
    r->at++;
    return arena_check(r->arena);
}

static struct err *read_key(struct reader *r)
{
    struct span key;
    skip_space(r);
    if (r->at == r->end || *r->at != '"')
        return fail(r, "invalid character looking for beginning of object key string");
    TRY(read_string(r, &key));
    r->key = key_cached(&r->cache, r->arena, key);
    skip_space(r);
    if (r->at == r->end || *r->at != ':')
        return fail(r, "invalid character after object key");
    r->at++;
    return NULL;
}

/* After a complete value: closes what closes here, and moves to where the next value begins. *done at the
 * outermost end. */
static struct err *after_value(struct reader *r, bool *done)
{
    for (;;) {
        if (r->opens.len == 0) {
            *done = true;
            return NULL;
        }
        bool in_map = r->stack.at[r->opens.at[r->opens.len - 1]].val.kind == DOC_MAP;
        skip_space(r);
        if (r->at == r->end)
            return fail(r, "");
        if (*r->at == ',') {
            r->at++;
            return in_map ? read_key(r) : NULL;
        }
        if (*r->at != (in_map ? '}' : ']'))
            return fail(r, in_map ? "invalid character after object key:value pair"
                                  : "invalid character after array element");
        TRY(close_container(r));
    }
}

/* A container was just opened: true when it closes at once, else moves to its first value. */
static struct err *first_child(struct reader *r, bool *empty)
{
    bool in_map = r->stack.at[r->stack.len - 1].val.kind == DOC_MAP;
    skip_space(r);
    *empty = r->at < r->end && *r->at == (in_map ? '}' : ']');
    if (*empty)
        return close_container(r);
    return in_map ? read_key(r) : NULL;
}

static struct err *read_value(struct reader *r)
{
    for (bool done = false; !done;) {
        skip_space(r);
        if (r->at == r->end)
            return fail(r, "");
        TRY(push_value(r));
        if (*r->at == '{' || *r->at == '[') {
            bool empty;
            TRY(open_container(r));
            TRY(first_child(r, &empty));
            if (!empty)
                continue;
        } else {
            TRY(read_scalar(r, &r->stack.at[r->stack.len - 1].val));
        }
        TRY(after_value(r, &done));
    }
    return NULL;
}

static void reader_release(struct reader *r)
{
    vec_release(&r->stack);
    vec_release(&r->opens);
    str_release(&r->scratch);
}

static struct err *read_one(struct arena *a, struct span *rest, const struct limits *limits, bool whole,
                            struct doc **out)
{
    const char *text = rest->at ? rest->at : ""; /* what is absent reads as empty */
    CLEANUP(reader_release)
    struct reader r = {.arena = a,
                       .limits = limits_or_default(limits),
                       .start = text,
                       .at = text,
                       .end = text + rest->len,
                       .line = 1};
    *out = NULL;
    if (rest->len > r.limits.bytes)
        return err_reason(ERR_EXHAUSTED, "TooLarge", "%zu bytes of JSON, at most %zu are read", rest->len,
                          r.limits.bytes);
    skip_space(&r);
    if (r.at == r.end && !whole) {
        rest->len = 0;
        return NULL;
    }
    TRY(read_value(&r));
    skip_space(&r);
    if (whole && r.at < r.end)
        return fail(&r, "invalid character after top-level value");
    *rest = (struct span){r.at, (size_t)(r.end - r.at)};
    *out = NEW(a, struct doc);
    **out = r.stack.at[0].val;
    return NULL;
}

struct err *json_read(struct arena *a, struct span text, const struct limits *limits, struct doc **out)
{
    return read_one(a, &text, limits, true, out);
}

struct err *json_read_next(struct arena *a, struct span *rest, const struct limits *limits, struct doc **out)
{
    return read_one(a, rest, limits, false, out);
}
