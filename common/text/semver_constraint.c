/* text/semver_constraint - an or of ands of conditions, each a version with an operator and the parts that it
 * left open. */
#include "text/semver.h"

#include "base/str.h"
#include "text/semver_scan.h"

enum operator{ OP_NONE, OP_NOT, OP_GT, OP_GE, OP_LT, OP_LE, OP_TILDE, OP_CARET };

struct condition {
    enum operator op;
    struct semver version;
    bool dirty, minor_dirty, patch_dirty; /* parts that were x, * or missing */
    bool or_next;                         /* the last condition of its alternative */
};

struct semver_constraint {
    size_t len;
    struct condition at[];
};

enum { CONDITIONS_MAX = 128, CONSTRAINT_TEXT_MAX = 4096 };

static void skip(struct span *s, size_t n)
{
    *s = (struct span){s->at + n, s->len - n};
}

static void skip_blanks(struct span *s)
{
    while (s->len && (s->at[0] == ' ' || (s->at[0] >= '\t' && s->at[0] <= '\r')))
        skip(s, 1);
}

static enum operator scan_operator(struct span *s)
{
    static const struct {
        const char *text;
        enum operator op;
    } operators[] = {{"!=", OP_NOT}, {">=", OP_GE},    {"=>", OP_GE},  {"<=", OP_LE},
                     {"=<", OP_LE},  {"~>", OP_TILDE}, {"=", OP_NONE}, {">", OP_GT},
                     {"<", OP_LT},   {"~", OP_TILDE},  {"^", OP_CARET}};
    for (size_t i = 0; i < ARRAY_LEN(operators); i++) {
        size_t n = strlen(operators[i].text);
        if (s->len >= n && memcmp(s->at, operators[i].text, n) == 0) {
            skip(s, n);
            return operators[i].op;
        }
    }
    return OP_NONE;
}

/* A number, or x, X or * which leaves it open. */
static bool scan_part(struct span *s, uint64_t *out, bool *open)
{
    *open = s->len && (s->at[0] == 'x' || s->at[0] == 'X' || s->at[0] == '*');
    if (*open) {
        skip(s, 1);
        return true;
    }
    return semver_scan_number(s, out);
}

static bool scan_version(struct span *s, struct condition *c)
{
    bool open[3] = {false, true, true};
    uint64_t *const parts[] = {&c->version.major, &c->version.minor, &c->version.patch};
    if (s->len && s->at[0] == 'v')
        skip(s, 1);
    for (size_t i = 0; i < 3; i++) {
        if (i && (!s->len || s->at[0] != '.'))
            break;
        skip(s, i > 0);
        if (!scan_part(s, parts[i], &open[i]))
            return false;
    }
    if (!semver_scan_tail(s, &c->version))
        return false;
    c->dirty = open[0] || open[1] || open[2];
    c->minor_dirty = !open[0] && open[1];
    c->patch_dirty = !open[0] && !open[1] && open[2];
    if (open[0])
        c->version.major = c->version.minor = 0;
    if (open[0] || open[1])
        c->version.minor = 0;
    if (c->dirty)
        c->version.patch = 0;
    return true;
}

/* "- 2.3" behind a version makes it the low end of a range. */
static bool scan_hyphen(struct span *s, struct condition *low, struct condition *high)
{
    struct span rest = *s;
    size_t before = rest.len;
    skip_blanks(&rest);
    if (rest.len == before || rest.len < 2 || rest.at[0] != '-')
        return false;
    skip(&rest, 1);
    before = rest.len;
    skip_blanks(&rest);
    if (rest.len == before || !scan_version(&rest, high))
        return false;
    low->op = OP_GE;
    high->op = OP_LE;
    *s = rest;
    return true;
}

/* The alternative that is none, quoted as Helm 4.2's library does. */
static struct err *improper(struct span text)
{
    CLEANUP(str_release) struct str quoted = {0};
    for (size_t i = 0; i < MIN(text.len, (size_t)256); i++) {
        char c = text.at[i];
        str_add(&quoted, c == '"' ? "\\\"" : c == '\\' ? "\\\\" : c == '\n' ? "\\n" : c == '\t' ? "\\t" : "");
        if (!strchr("\"\\\n\t", c))
            str_char(&quoted, c);
    }
    return err_new(ERR_INVALID, "improper constraint: \"%s\"", str_text(&quoted));
}

struct builder {
    struct condition at[CONDITIONS_MAX];
    size_t len;
};

/* The conditions of one alternative. False when the text is none. */
static bool scan_alternative(struct span s, struct builder *b)
{
    skip_blanks(&s);
    do {
        struct condition c = {0}, high = {0};
        if (b->len + 2 > CONDITIONS_MAX)
            return false;
        c.op = scan_operator(&s);
        skip_blanks(&s);
        if (!scan_version(&s, &c))
            return false;
        bool range = c.op == OP_NONE && scan_hyphen(&s, &c, &high);
        b->at[b->len++] = c;
        if (range)
            b->at[b->len++] = high;
        size_t before = s.len;
        skip_blanks(&s);
        bool comma = s.len && s.at[0] == ',';
        if (comma) {
            skip(&s, 1);
            skip_blanks(&s);
        }
        if (s.len == 0)
            return !comma;
        if (before == s.len)
            return false;
    } while (true);
}

struct err *semver_constraint_parse(struct arena *a, struct span text, struct semver_constraint **out)
{
    struct builder b = {.len = 0};
    *out = NULL;
    if (text.len > CONSTRAINT_TEXT_MAX)
        return improper(text);
    struct span rest = {arena_strndup(a, text.at ? text.at : "", text.len), text.len};
    for (;;) {
        const char *bars = memmem(rest.at, rest.len, "||", 2);
        struct span part = {rest.at, bars ? (size_t)(bars - rest.at) : rest.len};
        if (!scan_alternative(part, &b))
            return improper(part);
        b.at[b.len - 1].or_next = true;
        if (!bars)
            break;
        skip(&rest, part.len + 2);
    }
    *out = arena_raw(a, sizeof(**out) + b.len * sizeof(b.at[0]));
    (*out)->len = b.len;
    memcpy((*out)->at, b.at, b.len * sizeof(b.at[0]));
    return NULL;
}

static bool not_equal(const struct condition *c, const struct semver *v)
{
    const struct semver *w = &c->version;
    if (!c->dirty)
        return semver_compare(v, w) != 0;
    if (v->major != w->major)
        return true;
    if (c->minor_dirty)
        return false;
    return v->minor != w->minor;
}

static bool greater(const struct condition *c, const struct semver *v)
{
    const struct semver *w = &c->version;
    if (!c->dirty || v->major != w->major)
        return semver_compare(v, w) > 0;
    if (c->minor_dirty) /* >11 asks for 12 */
        return false;
    return c->patch_dirty ? v->minor > w->minor : semver_compare(v, w) > 0;
}

static bool less_equal(const struct condition *c, const struct semver *v)
{
    const struct semver *w = &c->version;
    if (!c->dirty)
        return semver_compare(v, w) <= 0;
    if (v->major != w->major)
        return v->major < w->major;
    return v->minor <= w->minor || c->minor_dirty;
}

static bool tilde(const struct condition *c, const struct semver *v)
{
    const struct semver *w = &c->version;
    if (semver_compare(v, w) < 0)
        return false;
    if (!w->major && !w->minor && !w->patch && !c->minor_dirty && !c->patch_dirty)
        return true; /* ~0.0.0 and * take everything */
    return v->major == w->major && (v->minor == w->minor || c->minor_dirty);
}

static bool caret(const struct condition *c, const struct semver *v)
{
    const struct semver *w = &c->version;
    if (semver_compare(v, w) < 0)
        return false;
    if (w->major > 0 || c->minor_dirty)
        return v->major == w->major;
    if (v->major > 0)
        return false;
    if (w->minor > 0 || c->patch_dirty)
        return v->minor == w->minor;
    return v->minor == 0 && v->patch == w->patch;
}

static bool holds(const struct condition *c, const struct semver *v)
{
    if (v->pre.len && !c->version.pre.len)
        return false;
    switch (c->op) {
    case OP_NOT:
        return not_equal(c, v);
    case OP_GT:
        return greater(c, v);
    case OP_GE:
        return semver_compare(v, &c->version) >= 0;
    case OP_LT:
        return semver_compare(v, &c->version) < 0;
    case OP_LE:
        return less_equal(c, v);
    case OP_TILDE:
        return tilde(c, v);
    case OP_CARET:
        return caret(c, v);
    default:
        return c->dirty ? tilde(c, v) : semver_compare(v, &c->version) == 0;
    }
}

bool semver_satisfies(const struct semver_constraint *c, const struct semver *v)
{
    bool all = true;
    for (size_t i = 0; i < c->len; i++) {
        all = all && holds(&c->at[i], v);
        if (c->at[i].or_next) {
            if (all)
                return true;
            all = true;
        }
    }
    return false;
}
