/* text/selector - the grammar of k8s.io/apimachinery/pkg/labels: a list of requirements, cut by a one-token
 * scanner. */
#include "text/selector.h"

#include "base/str.h"

enum { NAME_MAX_LEN = 63, PREFIX_MAX_LEN = 253, REQUIREMENTS_MAX = 1000, VALUES_MAX = 10000 };

static bool alphanumeric(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool valid_name(struct span s)
{
    if (!s.len || s.len > NAME_MAX_LEN || !alphanumeric(s.at[0]) || !alphanumeric(s.at[s.len - 1]))
        return false;
    for (size_t i = 0; i < s.len; i++)
        if (!alphanumeric(s.at[i]) && s.at[i] != '-' && s.at[i] != '_' && s.at[i] != '.')
            return false;
    return true;
}

/* A DNS-1123 subdomain. */
static bool valid_prefix(struct span s)
{
    if (!s.len || s.len > PREFIX_MAX_LEN)
        return false;
    char before = '.';
    for (size_t i = 0; i <= s.len; before = s.at[i++]) {
        char c = i < s.len ? s.at[i] : '.';
        bool edge = before == '.' || c == '.';
        bool word = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z');
        if (!word && c != '-' && c != '.')
            return false;
        if (edge && (c == '-' || (c == '.' && (before == '.' || before == '-'))))
            return false;
        if (i == s.len)
            break;
    }
    return true;
}

bool selector_valid_key(struct span key)
{
    const char *slash = memchr(key.at, '/', key.len);
    if (!slash)
        return valid_name(key);
    size_t n = (size_t)(slash - key.at);
    return valid_prefix((struct span){key.at, n}) && valid_name((struct span){slash + 1, key.len - n - 1});
}

bool selector_valid_value(struct span value)
{
    return value.len == 0 || valid_name(value);
}

struct err *selector_add(struct arena *a, struct selector *s, const struct requirement *r)
{
    int64_t ignored;
    if (!selector_valid_key(r->key))
        return err_new(ERR_INVALID, "label selector: '%.*s' is no valid label key", (int)r->key.len,
                       r->key.at);
    bool set = r->op == SELECTOR_IN || r->op == SELECTOR_NOT_IN,
         order = r->op == SELECTOR_GREATER || r->op == SELECTOR_LESS;
    if (set && !r->values_len)
        return err_new(ERR_INVALID, "label selector: 'in' and 'notin' of '%.*s' need values", (int)r->key.len,
                       r->key.at);
    if (order ? r->values_len != 1 || !span_int(r->values[0], &ignored) : !set && r->values_len)
        return err_new(ERR_INVALID, "label selector: '%.*s' needs %s", (int)r->key.len, r->key.at,
                       order ? "one integer" : "no value");
    for (size_t i = 0; i < r->values_len; i++)
        if (!selector_valid_value(r->values[i]))
            return err_new(ERR_INVALID, "label selector: '%.*s' is no valid label value",
                           (int)r->values[i].len, r->values[i].at);
    if (s->len == REQUIREMENTS_MAX)
        return err_new(ERR_EXHAUSTED, "label selector: more than %d requirements", REQUIREMENTS_MAX);
    if (s->len == s->cap) {
        struct requirement *more = NEW_N(a, struct requirement, MAX(s->cap * 2, (size_t)4));
        if (s->len)
            memcpy(more, s->at, s->len * sizeof(*more));
        s->cap = MAX(s->cap * 2, (size_t)4);
        s->at = more;
    }
    s->at[s->len++] = *r;
    return NULL;
}

struct scanner {
    struct arena *arena;
    struct span rest;
};

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* The next token without moving: a symbol of one or two characters, or a word; empty at the end. */
static struct span peek(struct scanner *s)
{
    static const char symbols[] = "()=!<>,";
    while (s->rest.len && is_blank(s->rest.at[0]))
        s->rest = (struct span){s->rest.at + 1, s->rest.len - 1};
    struct span r = s->rest;
    if (!r.len)
        return r;
    if (r.len >= 2 && r.at[1] == '=' && (r.at[0] == '=' || r.at[0] == '!'))
        return (struct span){r.at, 2};
    if (r.at[0] && strchr(symbols, r.at[0]))
        return (struct span){r.at, 1};
    size_t n = 0;
    while (n < r.len && !is_blank(r.at[n]) && !(r.at[n] && strchr(symbols, r.at[n])))
        n++;
    return (struct span){r.at, n};
}

static void take(struct scanner *s, struct span token)
{
    s->rest = (struct span){token.at + token.len, s->rest.len - token.len};
}

static bool is_word(struct span t)
{
    return t.len && !strchr("()=!<>,", t.at[0]);
}

static struct err *unexpected(struct span t, const char *want)
{
    return err_new(ERR_INVALID, "unable to parse requirement: found '%.*s', expected: %s",
                   (int)MIN(t.len, (size_t)64), t.at, want);
}

/* "(x, y)" */
static struct err *scan_set(struct scanner *s, struct requirement *r)
{
    struct span t = peek(s);
    size_t cap = 0;
    if (!span_is(t, "("))
        return unexpected(t, "'('");
    take(s, t);
    for (;;) {
        t = peek(s);
        struct span value = is_word(t) ? t : (struct span){t.at, 0};
        take(s, value);
        if (r->values_len == cap) {
            cap = MAX(cap * 2, (size_t)4);
            struct span *more = NEW_N(s->arena, struct span, cap);
            if (r->values_len)
                memcpy(more, r->values, r->values_len * sizeof(*more));
            r->values = more;
        }
        r->values[r->values_len++] = value;
        t = peek(s);
        bool more = span_is(t, ",");
        if (!more && !span_is(t, ")"))
            return unexpected(t, "',' or ')'");
        take(s, t);
        if (!more)
            return NULL;
        if (r->values_len == VALUES_MAX)
            return err_new(ERR_EXHAUSTED, "label selector: more than %d values", VALUES_MAX);
    }
}

static struct err *scan_value(struct scanner *s, struct requirement *r)
{
    struct span t = peek(s);
    struct span value = is_word(t) ? t : (struct span){t.at, 0};
    if (!is_word(t) && t.len && !span_is(t, ","))
        return unexpected(t, "a value");
    take(s, value);
    r->values = NEW(s->arena, struct span);
    r->values[0] = value;
    r->values_len = 1;
    return NULL;
}

static struct err *scan_operator(struct scanner *s, struct requirement *r)
{
    static const struct {
        const char *text;
        enum selector_op op;
        bool set;
    } operators[] = {{"=", SELECTOR_IN, false},        {"==", SELECTOR_IN, false},
                     {"!=", SELECTOR_NOT_IN, false},   {"in", SELECTOR_IN, true},
                     {"notin", SELECTOR_NOT_IN, true}, {">", SELECTOR_GREATER, false},
                     {"<", SELECTOR_LESS, false}};
    struct span t = peek(s);
    if (!t.len || span_is(t, ",")) {
        r->op = SELECTOR_EXISTS;
        return NULL;
    }
    for (size_t i = 0; i < ARRAY_LEN(operators); i++)
        if (span_is(t, operators[i].text)) {
            take(s, t);
            r->op = operators[i].op;
            return operators[i].set ? scan_set(s, r) : scan_value(s, r);
        }
    return unexpected(t, "in, notin, =, ==, !=, > or <");
}

static struct err *scan_requirement(struct scanner *s, struct requirement *r)
{
    struct span t = peek(s);
    bool absent = span_is(t, "!");
    if (absent) {
        take(s, t);
        t = peek(s);
    }
    if (!is_word(t))
        return unexpected(t, "a label key");
    take(s, t);
    r->key = t;
    r->op = SELECTOR_ABSENT;
    return absent ? NULL : scan_operator(s, r);
}

struct err *selector_parse(struct arena *a, struct span text, struct selector *out)
{
    struct scanner s = {a, {arena_strndup(a, text.at ? text.at : "", text.len), text.len}};
    *out = (struct selector){0};
    struct span t = peek(&s);
    while (t.len) {
        struct requirement r = {0};
        TRY(scan_requirement(&s, &r));
        TRY(selector_add(a, out, &r));
        t = peek(&s);
        if (!t.len)
            break;
        if (!span_is(t, ","))
            return unexpected(t, "','");
        take(&s, t);
        t = peek(&s);
        if (!t.len)
            return unexpected(t, "a label key");
    }
    return NULL;
}

static bool in(const struct requirement *r, struct span value)
{
    for (size_t i = 0; i < r->values_len; i++)
        if (span_eq(r->values[i], value))
            return true;
    return false;
}

static bool holds(const struct requirement *r, bool there, struct span value)
{
    int64_t want, have;
    switch (r->op) {
    case SELECTOR_IN:
        return there && in(r, value);
    case SELECTOR_NOT_IN:
        return !there || !in(r, value);
    case SELECTOR_EXISTS:
        return there;
    case SELECTOR_ABSENT:
        return !there;
    default:
        if (!there || !span_int(value, &have) || !span_int(r->values[0], &want))
            return false;
        return r->op == SELECTOR_GREATER ? have > want : have < want;
    }
}

bool selector_matches(const struct selector *s,
                      bool (*label)(const void *arg, struct span key, struct span *value), const void *arg)
{
    for (size_t i = 0; i < s->len; i++) {
        struct span value = {NULL, 0};
        bool there = label(arg, s->at[i].key, &value);
        if (!holds(&s->at[i], there, value))
            return false;
    }
    return true;
}
