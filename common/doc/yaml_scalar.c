/* doc/yaml_scalar - go-yaml's resolve.go: words by table, then integers, floats and timestamps by form.
 *
 * The dialects differ in three places: yaml.v2 has more words for booleans, yaml.v3 makes times of
 * timestamps, and an explicit !!bool is taken by each dialect's own words. */
#include "doc/yaml_scalar.h"

#include "base/time.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum what { IS_STRING, IS_NULL, IS_BOOL, IS_INT, IS_FLOAT, IS_TIME, IS_INFINITE };

struct meaning {
    enum what what;
    bool truth, negative;
    uint64_t magnitude; /* IS_INT, with `negative` */
    double number;      /* IS_FLOAT */
};

static const struct word {
    const char *text;
    enum what what;
    bool truth;
    bool v2_only;
} words[] = {
    {"~", IS_NULL, false, false},         {"null", IS_NULL, false, false},
    {"Null", IS_NULL, false, false},      {"NULL", IS_NULL, false, false},
    {"true", IS_BOOL, true, false},       {"True", IS_BOOL, true, false},
    {"TRUE", IS_BOOL, true, false},       {"false", IS_BOOL, false, false},
    {"False", IS_BOOL, false, false},     {"FALSE", IS_BOOL, false, false},
    {"y", IS_BOOL, true, true},           {"Y", IS_BOOL, true, true},
    {"yes", IS_BOOL, true, true},         {"Yes", IS_BOOL, true, true},
    {"YES", IS_BOOL, true, true},         {"on", IS_BOOL, true, true},
    {"On", IS_BOOL, true, true},          {"ON", IS_BOOL, true, true},
    {"n", IS_BOOL, false, true},          {"N", IS_BOOL, false, true},
    {"no", IS_BOOL, false, true},         {"No", IS_BOOL, false, true},
    {"NO", IS_BOOL, false, true},         {"off", IS_BOOL, false, true},
    {"Off", IS_BOOL, false, true},        {"OFF", IS_BOOL, false, true},
    {".nan", IS_INFINITE, false, false},  {".NaN", IS_INFINITE, false, false},
    {".NAN", IS_INFINITE, false, false},  {".inf", IS_INFINITE, false, false},
    {".Inf", IS_INFINITE, false, false},  {".INF", IS_INFINITE, false, false},
    {"+.inf", IS_INFINITE, false, false}, {"+.Inf", IS_INFINITE, false, false},
    {"+.INF", IS_INFINITE, false, false}, {"-.inf", IS_INFINITE, false, false},
    {"-.Inf", IS_INFINITE, false, false}, {"-.INF", IS_INFINITE, false, false},
};

static bool find_word(enum yaml_dialect dialect, struct span s, struct meaning *out)
{
    for (size_t i = 0; s.len <= 5 && i < ARRAY_LEN(words); i++) {
        if (words[i].text[0] != s.at[0] || !span_is(s, words[i].text) ||
            (words[i].v2_only && dialect != YAML_SIGS))
            continue;
        *out = (struct meaning){.what = words[i].what, .truth = words[i].truth};
        return true;
    }
    return false;
}

/* Go's ParseInt(text, 0, 64), or ParseUint: sign, then 0x, 0o, 0b, 0 or decimal. */
static bool parse_int(const char *s, struct meaning *out)
{
    bool negative = *s == '-';
    s += *s == '-' || *s == '+';
    unsigned base = 10;
    if (s[0] == '0' && s[1]) {
        char c = (char)(s[1] | 0x20);
        base = c == 'x' ? 16 : c == 'b' ? 2 : 8;
        s += c == 'x' || c == 'b' || c == 'o' ? 2 : 1;
    }
    uint64_t v = 0;
    if (!*s)
        return false;
    for (; *s; s++) {
        char c = (char)(*s | 0x20);
        unsigned digit = *s >= '0' && *s <= '9' ? (unsigned)(*s - '0')
                         : c >= 'a' && c <= 'f' ? (unsigned)(c - 'a' + 10)
                                                : 99;
        if (digit >= base || __builtin_mul_overflow(v, base, &v) || __builtin_add_overflow(v, digit, &v))
            return false;
    }
    if (negative && v > (uint64_t)INT64_MAX + 1)
        return false;
    *out = (struct meaning){.what = IS_INT, .negative = negative && v, .magnitude = v};
    return true;
}

static size_t span_digits(const char *s)
{
    return strspn(s, "0123456789");
}

/* ^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$ and in range. */
static bool parse_float(const char *text, struct meaning *out)
{
    const char *s = text + (*text == '-' || *text == '+');
    size_t whole = span_digits(s), fraction = 0;
    s += whole;
    if (*s == '.') {
        fraction = span_digits(s + 1);
        s += 1 + fraction;
    }
    if (!whole && !fraction)
        return false;
    if (*s == 'e' || *s == 'E') {
        s += 1 + (s[1] == '-' || s[1] == '+');
        size_t n = span_digits(s);
        if (!n)
            return false;
        s += n;
    }
    if (*s)
        return false;
    double v = strtod(text, NULL);
    if (!isfinite(v))
        return false;
    *out = (struct meaning){.what = IS_FLOAT, .number = v};
    return true;
}

/* "2001-12-14", and with a time behind it after T, t or blanks. Day and hour are checked by
 * time_parse_rfc3339. */
static bool is_timestamp(struct span s, char rfc3339[static 64])
{
    int year, month, day, n = 0;
    char text[64];
    if (s.len < 8 || s.len >= sizeof(text) - 16 || s.at[4] != '-')
        return false;
    for (size_t i = 0; i < 4; i++)
        if (!isdigit((unsigned char)s.at[i]))
            return false;
    memcpy(text, s.at, s.len);
    text[s.len] = 0;
    if (sscanf(text, "%4d-%2d-%2d%n", &year, &month, &day, &n) != 3)
        return false;
    int64_t ignored;
    const char *rest = text + n;
    if (!*rest && s.len == 10) {
        snprintf(rfc3339, 64, "%.10sT00:00:00Z", text);
        return time_parse_rfc3339(rfc3339, &ignored);
    }
    rest += *rest == 'T' || *rest == 't' ? 1 : strspn(rest, " \t");
    int hour, minute, second;
    if (rest == text + n || sscanf(rest, "%2d:%2d:%2d%n", &hour, &minute, &second, &n) != 3)
        return false;
    rest += n;
    const char *digits = rest + (*rest == '.');
    size_t given = digits > rest ? span_digits(digits) : 0, kept = MIN(given, (size_t)9);
    while (kept && digits[kept - 1] == '0')
        kept--;
    rest = digits + given;
    rest += strspn(rest, " ");
    snprintf(rfc3339, 64, "%04d-%02d-%02dT%02d:%02d:%02d%s%.*s%s", year, month, day, hour, minute, second,
             kept ? "." : "", (int)kept, digits, *rest ? rest : "Z");
    return time_parse_rfc3339(rfc3339, &ignored);
}

/* The meaning of an unquoted text. `number` is scratch for the text without underscores. */
static struct meaning meaning_of(enum yaml_dialect dialect, struct span s)
{
    struct meaning m = {.what = IS_STRING};
    if (s.len == 0)
        return (struct meaning){.what = IS_NULL};
    char c = s.at[0];
    bool digit = c >= '0' && c <= '9';
    if (!yaml_may_resolve(c) || (!digit && find_word(dialect, s, &m)))
        return m;
    char stamp[64], plain[512];
    if ((!digit && c != '+' && c != '-' && c != '.') || s.len >= sizeof(plain) || memchr(s.at, 0, s.len))
        return m;
    if (digit && is_timestamp(s, stamp))
        return (struct meaning){.what = dialect == YAML_V3 ? IS_TIME : IS_STRING};
    size_t n = 0;
    for (size_t i = 0; i < s.len; i++)
        if (s.at[i] != '_' || c == '.')
            plain[n++] = s.at[i];
    plain[n] = 0;
    if (c == '.' || !parse_int(plain, &m))
        parse_float(plain, &m);
    return m;
}

bool yaml_resolves(enum yaml_dialect dialect, struct span text)
{
    char stamp[64];
    return meaning_of(dialect, text).what != IS_STRING || is_timestamp(text, stamp);
}

static const char *tag_of(enum what what)
{
    static const char *const tags[] = {"!!str",   "!!null",      "!!bool", "!!int",
                                       "!!float", "!!timestamp", "!!float"};
    return tags[what];
}

static void set_string(struct arena *a, struct doc *d, struct span s)
{
    d->kind = DOC_STR;
    d->flags = 0;
    d->text = arena_strndup(a, s.at, s.len);
    d->len = d->cap = (uint32_t)s.len;
}

/* Documents are JSON, whose strings are UTF-8: each byte that is none becomes U+FFFD, as in encoding/json. */
static void set_bytes(struct arena *a, struct doc *d, struct span s)
{
    CLEANUP(str_release) struct str text = {0};
    const unsigned char *p = (const unsigned char *)s.at, *end = p + s.len;
    while (p < end) {
        size_t n = utf8_len(p, end);
        str_add_n(&text, n ? (const char *)p : "\xef\xbf\xbd", n ? n : 3);
        p += n ? n : 1;
    }
    set_string(a, d, str_span(&text));
}

/* Base64 with line breaks inside, as !!binary is written. */
static struct err *set_binary(struct arena *a, struct doc *d, struct span s)
{
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    CLEANUP(str_release) struct str out = {0};
    uint32_t bits = 0, have = 0, count = 0, padding = 0;
    for (size_t i = 0; i < s.len; i++) {
        if (s.at[i] == '\n' || s.at[i] == '\r')
            continue;
        const char *at = s.at[i] ? strchr(alphabet, s.at[i]) : NULL;
        count++;
        padding += s.at[i] == '=';
        if (s.at[i] == '=' && padding <= 2)
            continue;
        if (!at || padding)
            return err_new(ERR_INVALID, "!!binary value contains invalid base64 data");
        bits = (bits << 6 | (uint32_t)(at - alphabet)) & 0xffff;
        have += 6;
        if (have >= 8) {
            have -= 8;
            str_char(&out, (char)(bits >> have));
        }
    }
    if (count % 4)
        return err_new(ERR_INVALID, "!!binary value contains invalid base64 data");
    set_bytes(a, d, str_span(&out));
    return NULL;
}

static struct err *set_meaning(struct arena *a, struct doc *d, struct span s, const struct meaning *m)
{
    char text[64];
    CLEANUP(str_release) struct str number = {0};
    switch (m->what) {
    case IS_NULL:
        d->kind = DOC_NULL;
        d->flags = s.len ? 0 : NODE_BLANK;
        return NULL;
    case IS_BOOL:
        d->kind = DOC_BOOL;
        d->truth = m->truth;
        return NULL;
    case IS_INT:
        str_printf(&number, "%s%" PRIu64, m->negative ? "-" : "", m->magnitude);
        number_set(a, d, str_span(&number));
        return NULL;
    case IS_FLOAT:
        float_text(m->number, &number);
        number_set(a, d, str_span(&number));
        d->kind = DOC_FLOAT;
        return NULL;
    case IS_INFINITE:
        return err_new(ERR_INVALID, "json: unsupported value: %s",
                       memchr("nN", s.at[1], 2) ? "NaN"
                       : s.at[0] == '-'         ? "-Inf"
                                                : "+Inf");
    case IS_TIME:
        if (is_timestamp(s, text))
            set_string(a, d, span_of(text));
        return NULL;
    default:
        set_string(a, d, s);
        return NULL;
    }
}

static bool core_tag(const char *tag)
{
    static const char *const core[] = {"!!null", "!!bool", "!!int", "!!float", "!!timestamp"};
    return str_in(tag, core, ARRAY_LEN(core));
}

struct err *yaml_scalar(struct arena *a, enum yaml_dialect dialect, struct span text, const char *tag,
                        bool plain, struct doc *d)
{
    if (tag && streq(tag, "!!binary"))
        return set_binary(a, d, text);
    if (tag ? !core_tag(tag) : !plain) {
        set_string(a, d, text);
        return NULL;
    }
    struct meaning m = meaning_of(dialect, text);
    if (!tag)
        return set_meaning(a, d, text, &m);
    char stamp[64];
    if (m.what == IS_INT && streq(tag, "!!float"))
        m = (struct meaning){.what = IS_FLOAT,
                             .number = m.negative ? -(double)m.magnitude : (double)m.magnitude};
    else if (streq(tag, "!!timestamp") && is_timestamp(text, stamp))
        m.what = IS_TIME;
    if (!streq(tag_of(m.what), tag))
        return err_new(ERR_INVALID, "cannot decode %s `%.*s` as a %s", tag_of(m.what), (int)text.len, text.at,
                       tag);
    return set_meaning(a, d, text, &m);
}

/* Looking for the shortest digits, Go decides between the forms by the exponent alone: below -4 and from 6 on
 * it is written. */
void yaml_float(double v, bool single, struct str *out)
{
    char text[48];
    int digits = 0, most = single ? 9 : 17;
    double want = single ? (double)(float)v : v;
    if (isinf(want)) { /* a double may be beyond the floats */
        str_add(out, want < 0 ? "-.inf" : ".inf");
        return;
    }
    for (; digits < most; digits++) {
        snprintf(text, sizeof(text), "%.*e", digits, want);
        double back = single ? (double)strtof(text, NULL) : strtod(text, NULL);
        if (back == want)
            break;
    }
    long exponent = strtol(strchr(text, 'e') + 1, NULL, 10);
    if (exponent >= -4 && exponent < 6)
        snprintf(text, sizeof(text), "%.*f", (int)MAX(digits - exponent, 0L), want);
    str_add(out, text);
}
