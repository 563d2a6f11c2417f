/* tmpl/gotime_parse - a time out of a text by a layout, with Go's sentences for what does not fit. */
#include "tmpl/gotime.h"

struct reading {
    struct arena *a;
    struct span layout, text; /* whole, for messages */
    struct span rest;
    int year, month, day, hour, minute, second, ns, yearday;
    int offset;
    bool pm, has_pm, has_offset, utc;
    const char *zone;
    const char *range; /* what is out of range */
};

static char byte(struct span s, size_t i)
{
    return i < s.len ? s.at[i] : 0;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static void skip(struct reading *r, size_t n)
{
    r->rest = (struct span){r->rest.at + n, r->rest.len - n};
}

/* One or two digits; two when `fixed`. */
static bool number(struct reading *r, bool fixed, int *out)
{
    if (!is_digit(byte(r->rest, 0)))
        return false;
    if (!is_digit(byte(r->rest, 1))) {
        *out = r->rest.at[0] - '0';
        skip(r, 1);
        return !fixed;
    }
    *out = (r->rest.at[0] - '0') * 10 + r->rest.at[1] - '0';
    skip(r, 2);
    return true;
}

static bool digits(struct reading *r, size_t n, int *out)
{
    *out = 0;
    for (size_t i = 0; i < n; i++) {
        if (!is_digit(byte(r->rest, i)))
            return false;
        *out = *out * 10 + r->rest.at[i] - '0';
    }
    skip(r, n);
    return true;
}

static bool same_letters(struct span s, const char *name, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if ((byte(s, i) | 0x20) != (name[i] | 0x20))
            return false;
    return true;
}

/* The index of the name that starts the rest; `letters` of it, 0 = all. */
static bool name(struct reading *r, const char *const *names, int count, size_t letters, int *out)
{
    for (int i = 0; i < count; i++) {
        size_t n = letters ? letters : strlen(names[i]);
        if (r->rest.len < n || !same_letters(r->rest, names[i], n))
            continue;
        *out = i;
        skip(r, n);
        return true;
    }
    return false;
}

static void check(struct reading *r, bool fine, const char *what)
{
    if (!fine)
        r->range = what;
}

/* A fraction behind the seconds may stand in the text though the layout has none. */
static void fraction(struct reading *r, size_t n)
{
    int scale = 100000000;
    r->ns = 0;
    for (size_t i = 1; i <= n; i++, scale /= 10)
        r->ns += (r->rest.at[i] - '0') * scale;
    skip(r, n + 1);
}

static size_t fraction_digits(const struct reading *r)
{
    size_t n = 0;
    if (byte(r->rest, 0) != '.' && byte(r->rest, 0) != ',')
        return 0;
    while (is_digit(byte(r->rest, n + 1)) && n < 9)
        n++;
    return n;
}

static bool seconds(struct reading *r, bool fixed, struct span layout)
{
    if (!number(r, fixed, &r->second))
        return false;
    check(r, r->second < 60, "second");
    size_t n = fraction_digits(r);
    struct span ahead = layout;
    if (n && layout_next(&ahead).kind != LAYOUT_FRACTION)
        fraction(r, n);
    return true;
}

static bool parse_offset(struct reading *r, const struct layout *l)
{
    int hours = 0, minutes = 0, seconds_ = 0;
    if (l->iso && byte(r->rest, 0) == 'Z') {
        skip(r, 1);
        r->utc = true;
        return true;
    }
    char sign = byte(r->rest, 0);
    if (sign != '+' && sign != '-')
        return false;
    skip(r, 1);
    int *parts[] = {&hours, &minutes, &seconds_};
    for (int i = 0; i < l->digits / 2; i++) {
        if (i && l->colons) {
            if (byte(r->rest, 0) != ':')
                return false;
            skip(r, 1);
        }
        if (!digits(r, 2, parts[i]))
            return false;
    }
    check(r, hours <= 24, "time zone offset hour");
    check(r, minutes < 60, "time zone offset minute");
    r->offset = (hours * 3600 + minutes * 60 + seconds_) * (sign == '-' ? -1 : 1);
    r->has_offset = true;
    return true;
}

/* Three or four capitals, "UTC", or GMT with an offset's hours. */
static bool parse_zone(struct reading *r)
{
    size_t n = 0;
    if (r->rest.len >= 3 && memcmp(r->rest.at, "UTC", 3) == 0) {
        skip(r, 3);
        r->utc = true;
        return true;
    }
    while (byte(r->rest, n) >= 'A' && byte(r->rest, n) <= 'Z')
        n++;
    if (n < 3 || n > 5)
        return false;
    r->zone = arena_strndup(r->a, r->rest.at, n);
    skip(r, n);
    return true;
}

static bool half_day(struct reading *r, const char *am, const char *pm)
{
    if (r->rest.len < 2)
        return false;
    r->pm = memcmp(r->rest.at, pm, 2) == 0;
    r->has_pm = r->pm || memcmp(r->rest.at, am, 2) == 0;
    if (r->has_pm)
        skip(r, 2);
    return r->has_pm;
}

static bool parse_date(struct reading *r, enum layout_kind kind)
{
    int v;
    switch (kind) {
    case LAYOUT_LONG_YEAR:
        return digits(r, 4, &r->year);
    case LAYOUT_YEAR:
        if (!digits(r, 2, &r->year))
            return false;
        r->year += r->year >= 69 ? 1900 : 2000;
        return true;
    case LAYOUT_LONG_MONTH:
    case LAYOUT_MONTH:
        if (!name(r, gotime_months, 12, kind == LAYOUT_MONTH ? 3 : 0, &v))
            return false;
        r->month = v + 1;
        return true;
    case LAYOUT_NUM_MONTH:
    case LAYOUT_ZERO_MONTH:
        if (!number(r, kind == LAYOUT_ZERO_MONTH, &r->month))
            return false;
        check(r, r->month >= 1 && r->month <= 12, "month");
        return true;
    case LAYOUT_LONG_WEEKDAY:
    case LAYOUT_WEEKDAY:
        return name(r, gotime_weekdays, 7, kind == LAYOUT_WEEKDAY ? 3 : 0, &v);
    case LAYOUT_DAY:
    case LAYOUT_UNDER_DAY:
    case LAYOUT_ZERO_DAY:
        if (kind == LAYOUT_UNDER_DAY && byte(r->rest, 0) == ' ')
            skip(r, 1);
        return number(r, kind == LAYOUT_ZERO_DAY, &r->day);
    default:
        for (int i = 0; kind == LAYOUT_UNDER_YEARDAY && i < 2 && byte(r->rest, 0) == ' '; i++)
            skip(r, 1);
        return digits(r, 3, &r->yearday);
    }
}

static bool parse_element(struct reading *r, const struct layout *l, struct span layout)
{
    switch (l->kind) {
    case LAYOUT_HOUR:
        if (!number(r, false, &r->hour))
            return false;
        check(r, r->hour < 24, "hour");
        return true;
    case LAYOUT_HOUR12:
    case LAYOUT_ZERO_HOUR12:
        if (!number(r, l->kind == LAYOUT_ZERO_HOUR12, &r->hour))
            return false;
        check(r, r->hour <= 12, "hour");
        return true;
    case LAYOUT_MINUTE:
    case LAYOUT_ZERO_MINUTE:
        if (!number(r, l->kind == LAYOUT_ZERO_MINUTE, &r->minute))
            return false;
        check(r, r->minute < 60, "minute");
        return true;
    case LAYOUT_SECOND:
    case LAYOUT_ZERO_SECOND:
        return seconds(r, l->kind == LAYOUT_ZERO_SECOND, layout);
    case LAYOUT_PM:
        return half_day(r, "AM", "PM");
    case LAYOUT_LOWER_PM:
        return half_day(r, "am", "pm");
    case LAYOUT_TZ:
        return parse_zone(r);
    case LAYOUT_OFFSET:
        return parse_offset(r, l);
    case LAYOUT_FRACTION: {
        size_t n = fraction_digits(r);
        if (!l->trims && n != (size_t)l->digits)
            return false;
        if (n)
            fraction(r, n);
        return true;
    }
    default:
        return parse_date(r, l->kind);
    }
}

/* "parsing time "x" as "y": cannot parse "rest" as "element"" */
static struct err *refuse(const struct reading *r, struct span rest, struct span as)
{
    CLEANUP(str_release) struct str s = {0};
    str_add(&s, "parsing time ");
    tmpl_quote(&s, r->text);
    str_add(&s, " as ");
    tmpl_quote(&s, r->layout);
    str_add(&s, ": cannot parse ");
    tmpl_quote(&s, rest);
    str_add(&s, " as ");
    tmpl_quote(&s, as);
    return err_new(ERR_INVALID, "%s", str_text(&s));
}

static struct err *wrong(const struct reading *r, const char *fmt, ...) PRINTF(2, 3);
static struct err *wrong(const struct reading *r, const char *fmt, ...)
{
    va_list ap;
    CLEANUP(str_release) struct str s = {0};
    str_add(&s, "parsing time ");
    tmpl_quote(&s, r->text);
    str_add(&s, ": ");
    va_start(ap, fmt);
    str_vprintf(&s, fmt, ap);
    va_end(ap);
    return err_new(ERR_INVALID, "%s", str_text(&s));
}

static bool is_leap(int year)
{
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static int days_in(int month, int year)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return days[month - 1] + (month == 2 && is_leap(year));
}

static struct err *finish(struct reading *r, struct gotime *out)
{
    if (r->has_pm && r->pm && r->hour < 12)
        r->hour += 12;
    else if (r->has_pm && !r->pm && r->hour == 12)
        r->hour = 0;
    if (r->yearday >= 0) {
        if (r->yearday < 1 || r->yearday > 365 + is_leap(r->year))
            return wrong(r, "day-of-year out of range");
        r->month = 1;
        r->day = r->yearday;
    } else {
        r->month = r->month < 0 ? 1 : r->month;
        r->day = r->day < 0 ? 1 : r->day;
        if (r->day < 1 || r->day > days_in(r->month, r->year))
            return wrong(r, "day out of range");
    }
    *out = (struct gotime){.ns = r->ns, .zone = "UTC"};
    out->unix_s = gotime_unix(r->year, r->month, r->day, r->hour * 3600 + r->minute * 60 + r->second);
    if (r->has_offset) {
        out->unix_s -= r->offset;
        out->offset_s = r->offset;
        out->zone = r->zone ? r->zone : r->offset ? "" : "UTC";
    } else if (r->zone && !r->utc) {
        out->zone = r->zone;
    }
    return NULL;
}

struct err *gotime_parse(struct arena *a, struct span layout, struct span text, struct gotime *out)
{
    struct reading r = {
        .a = a, .layout = layout, .text = text, .rest = text, .month = -1, .day = -1, .yearday = -1};
    while (layout.len) {
        struct layout l = layout_next(&layout);
        size_t n = l.before.len;
        if (r.rest.len < n || (n && memcmp(r.rest.at, l.before.at, n) != 0))
            return refuse(&r, r.rest, l.before);
        skip(&r, n);
        struct span before = r.rest;
        if (l.kind == LAYOUT_NONE)
            break;
        if (!parse_element(&r, &l, layout))
            return refuse(&r, before, l.text);
        if (r.range)
            return wrong(&r, "%s out of range", r.range);
    }
    if (r.rest.len) {
        CLEANUP(str_release) struct str s = {0};
        tmpl_quote(&s, r.rest);
        return wrong(&r, "extra text: %s", str_text(&s));
    }
    return finish(&r, out);
}
