/* schema/jsonschema_format - `format`: what each name asks of a string, with the words in which Go says no.
 *
 * Every check is a linear scan. Numbers in dates and addresses are short by form, so nothing overflows. */
#include "schema/jsonschema_private.h"

#include <arpa/inet.h>
#include <stdlib.h>

#define BAD(...) return err_new(ERR_INVALID, __VA_ARGS__)

static bool digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool alnum(char c)
{
    return digit(c) || ((c | 32) >= 'a' && (c | 32) <= 'z');
}

static struct span behind(struct span s, size_t n)
{
    return (struct span){s.at + n, s.len - n};
}

static bool has(struct span s, const char *part)
{
    return s.len && memmem(s.at, s.len, part, strlen(part));
}

static bool begins(struct span s, const char *prefix)
{
    return s.len >= strlen(prefix) && memcmp(s.at, prefix, strlen(prefix)) == 0;
}

/* The next piece up to `sep`; a text without any has one. */
static struct span piece_of(struct span s, char sep)
{
    const char *end = s.len ? memchr(s.at, sep, s.len) : NULL;
    return (struct span){s.at, end ? (size_t)(end - s.at) : s.len};
}

/* Runs body for each piece between separators, empty ones too. */
#define EACH_PIECE(piece, rest, text, sep)                                                                   \
    for (struct span rest = (text), piece = piece_of(rest, sep); rest.at;                                    \
         rest = piece.len < rest.len ? behind(rest, piece.len + 1) : (struct span){NULL, 0},                 \
                     piece = piece_of(rest, sep))

/* `where` is the part that it stands in, NULL = not said. */
static struct err *bad_char(struct span at, const char *where)
{
    CLEANUP(str_release) struct str s = {0};
    size_t len = 1;
    while (len < at.len && ((unsigned char)at.at[len] & 0xc0) == 0x80)
        len++;
    js_quote(&s, (struct span){at.at, len});
    if (where)
        str_printf(&s, " in %s identifier", where);
    BAD("invalid character %s", str_text(&s));
}

/* --- names and addresses --- */

static struct err *check_hostname(struct span s)
{
    if (s.len && s.at[s.len - 1] == '.')
        s.len--;
    if (s.len > 253)
        BAD("more than 253 characters long");
    if (!s.len)
        BAD("label must be 1 to 63 characters long");
    EACH_PIECE(label, rest, s, '.')
    {
        if (label.len < 1 || label.len > 63)
            BAD("label must be 1 to 63 characters long");
        if (label.at[0] == '-')
            BAD("label starts with hyphen");
        if (label.at[label.len - 1] == '-')
            BAD("label ends with hyphen");
        for (size_t i = 0; i < label.len; i++)
            if (!alnum(label.at[i]) && label.at[i] != '-')
                return bad_char(behind(label, i), NULL);
    }
    return NULL;
}

static struct err *check_ipv4(struct span s)
{
    size_t n = 1;
    for (size_t i = 0; i < s.len; i++)
        n += s.at[i] == '.';
    if (n != 4)
        BAD("expected four decimals");
    EACH_PIECE(group, rest, s, '.')
    {
        int64_t v;
        if (group.len > 1 && group.at[0] == '0')
            BAD("leading zeros");
        if (!span_int(group, &v))
            BAD("strconv.Atoi: parsing \"%.*s\": invalid syntax", (int)group.len, group.at);
        if (v < 0 || v > 255)
            BAD("decimal must be between 0 and 255");
    }
    return NULL;
}

static struct err *check_ipv6(struct span s)
{
    char text[INET6_ADDRSTRLEN + 1];
    struct in6_addr address;
    if (!has(s, ":"))
        BAD("missing colon");
    if (has(s, "%"))
        BAD("zone id is not a part of ipv6 address");
    if (s.len < sizeof(text)) {
        memcpy(text, s.at, s.len);
        text[s.len] = 0;
        if (strlen(text) == s.len && inet_pton(AF_INET6, text, &address) == 1)
            return NULL;
    }
    BAD("ParseAddr(\"%.*s\"): unable to parse IP", (int)s.len, s.at);
}

static struct err *check_local_part(struct span local)
{
    if (local.len > 64)
        BAD("local part more than 64 characters long");
    if (local.len > 1 && local.at[0] == '"') {
        struct span inner = {local.at + 1, local.len - 2};
        if (has(inner, "\\") || has(inner, "\""))
            BAD("backslash and quote are not allowed within quoted local part");
        return NULL;
    }
    if (local.len && local.at[0] == '.')
        BAD("starts with dot");
    if (local.len && local.at[local.len - 1] == '.')
        BAD("ends with dot");
    if (has(local, ".."))
        BAD("consecutive dots");
    for (size_t i = 0; i < local.len; i++)
        if (!alnum(local.at[i]) && (!local.at[i] || !strchr(".!#$%&'*+-/=?^_`{|}~", local.at[i])))
            return bad_char(behind(local, i), NULL);
    return NULL;
}

static struct err *check_email(struct span s)
{
    const char *at = s.len ? memrchr(s.at, '@', s.len) : NULL;
    if (s.len > 254)
        BAD("more than 255 characters long");
    if (!at)
        BAD("missing @");
    struct span local = {s.at, (size_t)(at - s.at)}, domain = behind(s, local.len + 1);
    TRY(check_local_part(local));
    if (domain.len < 2 || domain.at[0] != '[' || domain.at[domain.len - 1] != ']') {
        TRYF(check_hostname(domain), "invalid domain");
        return NULL;
    }
    domain = (struct span){domain.at + 1, domain.len - 2};
    if (begins(domain, "IPv6:"))
        TRYF(check_ipv6(behind(domain, 5)), "invalid ipv6 address");
    else
        TRYF(check_ipv4(domain), "invalid ipv4 address");
    return NULL;
}

/* --- times --- */

static bool two(struct span s, size_t at, int *out)
{
    if (at + 2 > s.len || !digit(s.at[at]) || !digit(s.at[at + 1]))
        return false;
    *out = (s.at[at] - '0') * 10 + s.at[at + 1] - '0';
    return true;
}

static struct err *bad_date(struct span s, size_t at, const char *what)
{
    BAD("parsing time \"%.*s\" as \"2006-01-02\": cannot parse \"%.*s\" as \"%s\"", (int)s.len, s.at,
        (int)(s.len - MIN(at, s.len)), s.at + MIN(at, s.len), what);
}

static struct err *check_date(struct span s)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int century, rest, month, day;
    if (!two(s, 0, &century) || !two(s, 2, &rest))
        return bad_date(s, 0, "2006");
    if (s.len < 5 || s.at[4] != '-')
        return bad_date(s, 4, "-");
    if (!two(s, 5, &month))
        return bad_date(s, 5, "01");
    if (month < 1 || month > 12)
        BAD("parsing time \"%.*s\": month out of range", (int)s.len, s.at);
    if (s.len < 8 || s.at[7] != '-')
        return bad_date(s, 7, "-");
    if (!two(s, 8, &day))
        return bad_date(s, 8, "02");
    if (s.len > 10)
        BAD("parsing time \"%.*s\": extra text: \"%.*s\"", (int)s.len, s.at, (int)s.len - 10, s.at + 10);
    int year = century * 100 + rest;
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    if (day < 1 || day > days[month - 1] + (leap && month == 2))
        BAD("parsing time \"%.*s\": day out of range", (int)s.len, s.at);
    return NULL;
}

/* "+05:30" behind the time; moves hour and minute to UTC. */
static struct err *apply_offset(struct span s, int *h, int *m)
{
    int zone_h, zone_m;
    if (s.len != 6)
        BAD("offset must be 6 characters long");
    if (s.at[0] != '+' && s.at[0] != '-')
        BAD("offset must begin with plus/minus");
    if (s.at[3] != ':')
        BAD("missing colon in offset in correct place");
    if (!two(s, 1, &zone_h) || !two(s, 4, &zone_m))
        BAD("invalid hour/min in offset");
    if (zone_h > 23 || zone_m > 59)
        BAD("hour/min in offset out of range");
    int at = *h * 60 + *m + (s.at[0] == '+' ? -1 : 1) * (zone_h * 60 + zone_m);
    at += at < 0 ? 24 * 60 : 0;
    *h = at / 60;
    *m = at % 60;
    return NULL;
}

static struct err *check_time(struct span s)
{
    int h, m, sec;
    if (s.len < 9)
        BAD("less than 9 characters long");
    if (s.at[2] != ':' || s.at[5] != ':')
        BAD("missing colon in correct place");
    if (!two(s, 0, &h) || !two(s, 3, &m) || !two(s, 6, &sec))
        BAD("invalid hour/min/sec");
    if (h > 23 || m > 59 || sec > 60)
        BAD("hour/min/sec out of range");
    s = behind(s, 8);
    if (s.at[0] == '.') {
        size_t digits = 0;
        while (digits + 1 < s.len && digit(s.at[digits + 1]))
            digits++;
        if (!digits)
            BAD("no digits in second fraction");
        s = behind(s, digits + 1);
    }
    if (!span_is(s, "z") && !span_is(s, "Z"))
        TRY(apply_offset(s, &h, &m));
    if (sec >= 60 && (h != 23 || m != 59))
        BAD("invalid leap second");
    return NULL;
}

static struct err *check_date_time(struct span s)
{
    if (s.len < 20)
        BAD("less than 20 characters long");
    if (s.at[10] != 't' && s.at[10] != 'T')
        BAD("11th character must be t or T");
    TRYF(check_date((struct span){s.at, 10}), "invalid date element");
    TRYF(check_time(behind(s, 11)), "invalid time element");
    return NULL;
}

static struct err *check_units(struct span s, const char *units)
{
    const char *all = units;
    while (s.len) {
        size_t digits = 0;
        while (digits < s.len && digit(s.at[digits]))
            digits++;
        if (!digits)
            BAD("missing number");
        if (digits == s.len)
            BAD("missing unit");
        char unit = s.at[digits];
        const char *at = unit ? strchr(units, unit) : NULL;
        if (!at && unit && strchr(all, unit))
            BAD("unit '%c' out of order", unit);
        if (!at)
            BAD("invalid unit '%c'", unit);
        units = at + 1;
        s = behind(s, digits + 1);
    }
    return NULL;
}

static struct err *check_duration(struct span s)
{
    if (!begins(s, "P"))
        BAD("must start with P");
    s = behind(s, 1);
    if (!s.len)
        BAD("nothing after P");
    if (s.at[s.len - 1] == 'W') {
        if (s.len == 1)
            BAD("no number in week");
        for (size_t i = 0; i + 1 < s.len; i++)
            if (!digit(s.at[i]))
                BAD("invalid week");
        return NULL;
    }
    size_t part = 0;
    EACH_PIECE(units, rest, s, 'T')
    {
        if (part && !units.len)
            BAD("no time elements");
        if (part > 1)
            BAD("more than one T");
        TRY(check_units(units, part++ ? "HMS" : "YMD"));
    }
    return NULL;
}

static struct err *check_period(struct span s)
{
    struct span start = piece_of(s, '/');
    if (start.len == s.len)
        BAD("missing slash");
    struct span end = behind(s, start.len + 1);
    if (begins(start, "P")) {
        TRYF(check_duration(start), "invalid start duration");
        TRYF(check_date_time(end), "invalid end date-time");
        return NULL;
    }
    TRYF(check_date_time(start), "invalid start date-time");
    if (begins(end, "P"))
        TRYF(check_duration(end), "invalid end duration");
    else
        TRYF(check_date_time(end), "invalid end date-time");
    return NULL;
}

/* --- pointers, ids, versions --- */

static struct err *check_pointer(struct span s)
{
    if (s.len && s.at[0] != '/')
        BAD("not starting with /");
    for (size_t i = 0; i < s.len; i++)
        if (s.at[i] == '~' && (i + 1 == s.len || (s.at[i + 1] != '0' && s.at[i + 1] != '1')))
            BAD("~ must be followed by 0 or 1");
    return NULL;
}

static struct err *check_relative_pointer(struct span s)
{
    size_t digits = 0;
    while (digits < s.len && digit(s.at[digits]))
        digits++;
    if (!digits)
        BAD("must start with non-negative integer");
    if (digits > 1 && s.at[0] == '0')
        BAD("starts with zero");
    s = behind(s, digits);
    return span_is(s, "#") ? NULL : check_pointer(s);
}

static struct err *check_uuid(struct span s)
{
    static const size_t lengths[] = {8, 4, 4, 4, 12};
    size_t n = 1, i = 0;
    for (size_t k = 0; k < s.len; k++)
        n += s.at[k] == '-';
    if (n != ARRAY_LEN(lengths))
        BAD("must have 5 elements");
    EACH_PIECE(group, rest, s, '-')
    {
        if (group.len != lengths[i])
            BAD("element %zu must be %zu characters long", i + 1, lengths[i]);
        for (size_t k = 0; k < group.len; k++)
            if (!digit(group.at[k]) && ((group.at[k] | 32) < 'a' || (group.at[k] | 32) > 'f'))
                BAD("non-hex character '%c'", group.at[k]);
        i++;
    }
    return NULL;
}

/* The dot-separated names behind + or -. */
static struct err *check_identifiers(struct span s, const char *what, bool numeric)
{
    EACH_PIECE(id, rest, s, '.')
    {
        bool digits = true;
        if (!id.len)
            BAD("%s identifier is empty", what);
        for (size_t i = 0; i < id.len; i++) {
            if (!alnum(id.at[i]) && id.at[i] != '-')
                return bad_char(behind(id, i), what);
            digits = digits && digit(id.at[i]);
        }
        if (numeric && digits && id.len > 1 && id.at[0] == '0')
            BAD("%s numeric identifier starts with zero", what);
    }
    return NULL;
}

static struct err *check_core(struct span s)
{
    static const char *const names[] = {"major", "minor", "patch"};
    size_t n = 1, part = 0;
    for (size_t i = 0; i < s.len; i++)
        n += s.at[i] == '.';
    if (n != ARRAY_LEN(names) || !s.len)
        BAD("versionCore must have 3 numbers separated by dot");
    EACH_PIECE(number, rest, s, '.')
    {
        if (!number.len)
            BAD("%s is empty", names[part]);
        if (number.len > 1 && number.at[0] == '0')
            BAD("%s starts with zero", names[part]);
        for (size_t i = 0; i < number.len; i++)
            if (!digit(number.at[i]))
                BAD("%s contains non-digit", names[part]);
        part++;
    }
    return NULL;
}

static struct err *check_semver(struct span s)
{
    struct span core = piece_of(s, '+');
    if (core.len < s.len) {
        if (core.len + 1 == s.len)
            BAD("build is empty");
        TRY(check_identifiers(behind(s, core.len + 1), "build", false));
    }
    struct span numbers = piece_of(core, '-');
    if (numbers.len < core.len && numbers.len + 1 == core.len)
        BAD("pre-release identifier is empty");
    if (numbers.len < core.len)
        TRY(check_identifiers(behind(core, numbers.len + 1), "pre-release", true));
    return check_core(numbers);
}

static struct err *check_regex(struct span s)
{
    struct regex *r = NULL;
    TRY(regex_compile(s, &r));
    regex_free(r);
    return NULL;
}

/* --- URLs, as Go's net/url takes them --- */

static bool is_hex(char c)
{
    return digit(c) || ((c | 32) >= 'a' && (c | 32) <= 'f');
}

static struct err *bad_url(struct span url, struct err *why)
{
    CLEANUP(str_release) struct str s = {0};
    js_quote_double(&s, url);
    return err_wrap(why, "parse %s", str_text(&s));
}
#define BAD_URL(...) return bad_url(whole, err_new(ERR_INVALID, __VA_ARGS__))

static struct err *check_escapes(struct span whole, struct span s)
{
    for (size_t i = 0; i < s.len; i++)
        if (s.at[i] == '%' && (i + 2 >= s.len || !is_hex(s.at[i + 1]) || !is_hex(s.at[i + 2])))
            BAD_URL("invalid URL escape \"%.*s\"", (int)MIN(s.len - i, (size_t)3), s.at + i);
    return NULL;
}

static struct err *check_host(struct span whole, struct span host)
{
    const char *at = host.len ? memrchr(host.at, '@', host.len) : NULL;
    if (at)
        host = behind(host, (size_t)(at - host.at) + 1);
    bool v6 = begins(host, "[");
    const char *close = v6 ? memrchr(host.at, ']', host.len) : NULL;
    if (v6 && !close)
        BAD_URL("missing ']' in host");
    struct span port = v6 ? behind(host, (size_t)(close - host.at) + 1) : host;
    if (!v6) {
        const char *colon = host.len ? memrchr(host.at, ':', host.len) : NULL;
        port = colon ? behind(host, (size_t)(colon - host.at)) : (struct span){NULL, 0};
    }
    for (size_t i = 0; i < port.len; i++)
        if (i ? !digit(port.at[i]) : port.at[i] != ':')
            BAD_URL("invalid port \"%.*s\" after host", (int)port.len, port.at);
    struct span name = {host.at, host.len - port.len};
    if (v6)
        TRYF(check_ipv6((struct span){name.at + 1, name.len - 2}), "invalid ipv6 address");
    else if (has(name, ":"))
        BAD("ipv6 address not enclosed in brackets");
    for (size_t i = 0; i < name.len; i++)
        if (strchr(" \"<>\\^`{|}", name.at[i]) && name.at[i])
            BAD_URL("invalid character \"%c\" in host name", name.at[i]);
    return NULL;
}

/* *absolute: it has a scheme. */
static struct err *check_url(struct span s, bool *absolute)
{
    struct span whole = s;
    size_t scheme = 0;
    *absolute = false;
    for (size_t i = 0; i < s.len; i++)
        if ((unsigned char)s.at[i] < 0x20 || s.at[i] == 0x7f)
            BAD_URL("net/url: invalid control character in URL");
    struct span no_fragment = piece_of(s, '#');
    if (no_fragment.len < s.len)
        TRY(check_escapes(whole, behind(s, no_fragment.len + 1)));
    s = no_fragment;
    while (scheme < s.len &&
           (alnum(s.at[scheme]) || (scheme && strchr("+-.", s.at[scheme]) && s.at[scheme])) &&
           (scheme || !digit(s.at[0])))
        scheme++;
    if (!scheme && begins(s, ":"))
        BAD_URL("missing protocol scheme");
    *absolute = scheme && scheme < s.len && s.at[scheme] == ':';
    if (*absolute)
        s = behind(s, scheme + 1);
    s = piece_of(s, '?');
    if (*absolute && s.len && s.at[0] != '/')
        return NULL; /* opaque */
    struct span segment = piece_of(s, '/');
    if (!*absolute && has(segment, ":"))
        BAD_URL("first path segment in URL cannot contain colon");
    if (begins(s, "//")) {
        struct span host = piece_of(behind(s, 2), '/');
        TRY(check_host(whole, host));
        s = behind(s, 2 + host.len);
    }
    return check_escapes(whole, s);
}

static struct err *check_uri(struct span s)
{
    bool absolute;
    TRY(check_url(s, &absolute));
    if (!absolute)
        BAD("relative url");
    return NULL;
}

static struct err *check_uri_reference(struct span s)
{
    bool absolute;
    if (has(s, "\\"))
        BAD("contains \\");
    return check_url(s, &absolute);
}

static struct err *check_uri_template(struct span s)
{
    bool absolute, open = false;
    TRY(check_url(s, &absolute));
    EACH_PIECE(token, rest, s, '/')
    {
        for (size_t i = 0; i < token.len; i++) {
            if (token.at[i] != '{' && token.at[i] != '}')
                continue;
            if ((token.at[i] == '{') == open)
                BAD("nested curly braces");
            open = !open;
        }
        if (open)
            BAD("no matching closing brace");
    }
    return NULL;
}

js_format *js_format_find(const char *name)
{
    static const struct {
        const char *name;
        js_format *check;
    } formats[] = {
        {"json-pointer", check_pointer},
        {"relative-json-pointer", check_relative_pointer},
        {"uuid", check_uuid},
        {"duration", check_duration},
        {"period", check_period},
        {"ipv4", check_ipv4},
        {"ipv6", check_ipv6},
        {"hostname", check_hostname},
        {"email", check_email},
        {"date", check_date},
        {"time", check_time},
        {"date-time", check_date_time},
        {"uri", check_uri},
        {"iri", check_uri},
        {"uri-reference", check_uri_reference},
        {"iri-reference", check_uri_reference},
        {"uri-template", check_uri_template},
        {"semver", check_semver},
        {"regex", check_regex},
    };
    for (size_t i = 0; i < ARRAY_LEN(formats); i++)
        if (streq(formats[i].name, name))
            return formats[i].check;
    return NULL;
}
