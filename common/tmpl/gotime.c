/* tmpl/gotime - calendars and layouts. A layout is read element by element, greedily and in Go's order; what
 * is no element is text. Reading a time by a layout is gotime_parse.c's. */
#include "tmpl/gotime.h"

#include <inttypes.h>
#include <stdio.h>

enum { DAY_S = 86400 };

const struct gotime gotime_zero = {.unix_s = -62135596800, .zone = "UTC"};

const char *const gotime_months[12] = {"January", "February", "March",     "April",   "May",      "June",
                                       "July",    "August",   "September", "October", "November", "December"};
const char *const gotime_weekdays[7] = {"Sunday",   "Monday", "Tuesday", "Wednesday",
                                        "Thursday", "Friday", "Saturday"};

/* --- the calendar: days counted in eras of 400 years that start on March 1st --- */

static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

static int64_t days_of(int64_t year, int64_t month, int64_t day)
{
    year += floor_div(month - 1, 12);
    month = month - 1 - floor_div(month - 1, 12) * 12 + 1;
    year -= month <= 2;
    int64_t era = floor_div(year, 400), of_era = year - era * 400;
    int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5;
    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468 + day - 1;
}

int64_t gotime_unix(int64_t year, int64_t month, int64_t day, int64_t seconds)
{
    return days_of(year, month, day) * DAY_S + seconds;
}

struct civil gotime_civil(const struct gotime *t)
{
    int64_t local = t->unix_s + t->offset_s, days = floor_div(local, DAY_S), rest = local - days * DAY_S;
    int64_t shifted = days + 719468, era = floor_div(shifted, 146097), of_era = shifted - era * 146097;
    int64_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    int64_t of_year = of_era - (365 * year + year / 4 - year / 100), month = (5 * of_year + 2) / 153;
    struct civil c = {.day = (int)(of_year - (153 * month + 2) / 5 + 1),
                      .month = (int)(month < 10 ? month + 3 : month - 9)};
    c.year = year + era * 400 + (c.month <= 2);
    c.hour = (int)(rest / 3600);
    c.minute = (int)(rest / 60 % 60);
    c.second = (int)(rest % 60);
    c.weekday = (int)(days + 4 - floor_div(days + 4, 7) * 7);
    c.yearday = (int)(days - days_of(c.year, 1, 1)) + 1;
    return c;
}

/* --- layouts --- */

static bool at(struct span s, size_t i, const char *what)
{
    size_t n = strlen(what);
    return s.len >= i + n && memcmp(s.at + i, what, n) == 0;
}

static char byte(struct span s, size_t i)
{
    return i < s.len ? s.at[i] : 0;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool lower_follows(struct span s, size_t i)
{
    char c = byte(s, i);
    return c >= 'a' && c <= 'z';
}

/* A fixed word that is an element. */
struct word {
    const char *text;
    enum layout_kind kind;
    bool alone; /* not before a lower-case letter */
};

static const struct word words[] = {
    {"January", LAYOUT_LONG_MONTH, false},
    {"Jan", LAYOUT_MONTH, true},
    {"Monday", LAYOUT_LONG_WEEKDAY, false},
    {"Mon", LAYOUT_WEEKDAY, true},
    {"MST", LAYOUT_TZ, false},
    {"01", LAYOUT_ZERO_MONTH, false},
    {"02", LAYOUT_ZERO_DAY, false},
    {"03", LAYOUT_ZERO_HOUR12, false},
    {"04", LAYOUT_ZERO_MINUTE, false},
    {"05", LAYOUT_ZERO_SECOND, false},
    {"06", LAYOUT_YEAR, false},
    {"002", LAYOUT_ZERO_YEARDAY, false},
    {"15", LAYOUT_HOUR, false},
    {"1", LAYOUT_NUM_MONTH, false},
    {"2006", LAYOUT_LONG_YEAR, false},
    {"2", LAYOUT_DAY, false},
    {"__2", LAYOUT_UNDER_YEARDAY, false},
    {"3", LAYOUT_HOUR12, false},
    {"4", LAYOUT_MINUTE, false},
    {"5", LAYOUT_SECOND, false},
    {"PM", LAYOUT_PM, false},
    {"pm", LAYOUT_LOWER_PM, false},
};

static bool word_at(struct span s, size_t i, struct layout *l)
{
    for (size_t w = 0; w < ARRAY_LEN(words); w++) {
        size_t n = strlen(words[w].text);
        if (!at(s, i, words[w].text) || (words[w].alone && lower_follows(s, i + n)))
            continue;
        l->kind = words[w].kind;
        l->text.len = n;
        return true;
    }
    if (at(s, i, "_2") && !at(s, i, "_2006")) {
        l->kind = LAYOUT_UNDER_DAY;
        l->text.len = 2;
        return true;
    }
    return false;
}

static bool offset_at(struct span s, size_t i, struct layout *l)
{
    static const struct {
        const char *digits;
        int count;
        bool colons;
    } forms[] = {{"070000", 6, false},
                 {"07:00:00", 6, true},
                 {"0700", 4, false},
                 {"07:00", 4, true},
                 {"07", 2, false}};
    if (byte(s, i) != '-' && byte(s, i) != 'Z')
        return false;
    for (size_t f = 0; f < ARRAY_LEN(forms); f++) {
        if (!at(s, i + 1, forms[f].digits))
            continue;
        l->kind = LAYOUT_OFFSET;
        l->iso = byte(s, i) == 'Z';
        l->digits = forms[f].count;
        l->colons = forms[f].colons;
        l->text.len = 1 + strlen(forms[f].digits);
        return true;
    }
    return false;
}

static bool fraction_at(struct span s, size_t i, struct layout *l)
{
    char c = byte(s, i + 1);
    size_t end = i + 1;
    if ((byte(s, i) != '.' && byte(s, i) != ',') || (c != '0' && c != '9'))
        return false;
    while (byte(s, end) == c)
        end++;
    if (is_digit(byte(s, end)))
        return false;
    l->kind = LAYOUT_FRACTION;
    l->trims = c == '9';
    l->digits = (int)MIN(end - i - 1, 9);
    l->text.len = end - i;
    return true;
}

struct layout layout_next(struct span *rest)
{
    struct layout l = {.before = *rest};
    for (size_t i = 0; i < rest->len; i++) {
        if (!word_at(*rest, i, &l) && !offset_at(*rest, i, &l) && !fraction_at(*rest, i, &l))
            continue;
        l.before.len = i;
        l.text.at = rest->at + i;
        *rest = (struct span){rest->at + i + l.text.len, rest->len - i - l.text.len};
        return l;
    }
    rest->len = 0;
    return l;
}

/* --- formatting --- */

static void add_offset(struct str *out, int32_t offset, const struct layout *l)
{
    int seconds = offset < 0 ? -offset : offset;
    if (l->iso && offset == 0) {
        str_char(out, 'Z');
        return;
    }
    const char *colon = l->colons ? ":" : "";
    str_printf(out, "%c%02d", offset < 0 ? '-' : '+', seconds / 3600);
    if (l->digits >= 4)
        str_printf(out, "%s%02d", colon, seconds / 60 % 60);
    if (l->digits >= 6)
        str_printf(out, "%s%02d", colon, seconds % 60);
}

static void add_fraction(struct str *out, int32_t ns, const struct layout *l)
{
    char digits[16];
    str_printf(out, "%c", l->text.at[0]);
    size_t n = (size_t)l->digits;
    snprintf(digits, sizeof(digits), "%09d", ns);
    while (l->trims && n && digits[n - 1] == '0')
        n--;
    if (l->trims && n == 0)
        out->at[--out->len] = 0;
    else
        str_add_n(out, digits, n);
}

static void add_zone(struct str *out, const struct gotime *t)
{
    if (*t->zone) {
        str_add(out, t->zone);
        return;
    }
    struct layout l = {.digits = 4};
    add_offset(out, t->offset_s, &l);
}

static void add_year(struct str *out, int64_t year)
{
    str_printf(out, year < 0 ? "-%04" PRId64 : "%04" PRId64, year < 0 ? -year : year);
}

static void add_date(struct str *out, const struct civil *c, enum layout_kind kind)
{
    switch (kind) {
    case LAYOUT_LONG_MONTH:
        str_add(out, gotime_months[c->month - 1]);
        return;
    case LAYOUT_MONTH:
        str_add_n(out, gotime_months[c->month - 1], 3);
        return;
    case LAYOUT_LONG_WEEKDAY:
        str_add(out, gotime_weekdays[c->weekday]);
        return;
    case LAYOUT_WEEKDAY:
        str_add_n(out, gotime_weekdays[c->weekday], 3);
        return;
    case LAYOUT_NUM_MONTH:
    case LAYOUT_ZERO_MONTH:
        str_printf(out, kind == LAYOUT_NUM_MONTH ? "%d" : "%02d", c->month);
        return;
    case LAYOUT_DAY:
    case LAYOUT_UNDER_DAY:
    case LAYOUT_ZERO_DAY:
        str_printf(out, kind == LAYOUT_DAY ? "%d" : kind == LAYOUT_UNDER_DAY ? "%2d" : "%02d", c->day);
        return;
    case LAYOUT_UNDER_YEARDAY:
    case LAYOUT_ZERO_YEARDAY:
        str_printf(out, kind == LAYOUT_UNDER_YEARDAY ? "%3d" : "%03d", c->yearday);
        return;
    case LAYOUT_LONG_YEAR:
        add_year(out, c->year);
        return;
    default:
        str_printf(out, "%02d", (int)((c->year % 100 + 100) % 100));
    }
}

static void add_clock(struct str *out, const struct civil *c, enum layout_kind kind)
{
    int hour12 = c->hour % 12 ? c->hour % 12 : 12;
    switch (kind) {
    case LAYOUT_HOUR:
        str_printf(out, "%02d", c->hour);
        return;
    case LAYOUT_HOUR12:
    case LAYOUT_ZERO_HOUR12:
        str_printf(out, kind == LAYOUT_HOUR12 ? "%d" : "%02d", hour12);
        return;
    case LAYOUT_MINUTE:
    case LAYOUT_ZERO_MINUTE:
        str_printf(out, kind == LAYOUT_MINUTE ? "%d" : "%02d", c->minute);
        return;
    case LAYOUT_SECOND:
    case LAYOUT_ZERO_SECOND:
        str_printf(out, kind == LAYOUT_SECOND ? "%d" : "%02d", c->second);
        return;
    case LAYOUT_PM:
        str_add(out, c->hour >= 12 ? "PM" : "AM");
        return;
    default:
        str_add(out, c->hour >= 12 ? "pm" : "am");
    }
}

static bool is_clock(enum layout_kind kind)
{
    return (kind >= LAYOUT_HOUR && kind <= LAYOUT_ZERO_SECOND) || kind == LAYOUT_PM ||
           kind == LAYOUT_LOWER_PM;
}

void gotime_format(struct str *out, const struct gotime *t, struct span layout)
{
    struct civil c = gotime_civil(t);
    while (layout.len) {
        struct layout l = layout_next(&layout);
        str_add_span(out, l.before);
        if (l.kind == LAYOUT_TZ)
            add_zone(out, t);
        else if (l.kind == LAYOUT_OFFSET)
            add_offset(out, t->offset_s, &l);
        else if (l.kind == LAYOUT_FRACTION)
            add_fraction(out, t->ns, &l);
        else if (is_clock(l.kind))
            add_clock(out, &c, l.kind);
        else if (l.kind != LAYOUT_NONE)
            add_date(out, &c, l.kind);
    }
}

/* --- durations --- */

void gotime_duration(struct str *out, int64_t ns)
{
    uint64_t u = ns < 0 ? 0 - (uint64_t)ns : (uint64_t)ns, unit = 1;
    const char *name = "ns";
    if (ns == 0) {
        str_add(out, "0s");
        return;
    }
    str_add(out, ns < 0 ? "-" : "");
    if (u >= 1000000000) {
        uint64_t seconds = u / 1000000000;
        if (seconds >= 3600)
            str_printf(out, "%" PRIu64 "h", seconds / 3600);
        if (seconds >= 60)
            str_printf(out, "%" PRIu64 "m", seconds / 60 % 60);
        u -= seconds / 60 * 60 * 1000000000;
        unit = 1000000000;
        name = "s";
    } else if (u >= 1000) {
        unit = u >= 1000000 ? 1000000 : 1000;
        name = u >= 1000000 ? "ms" : "\xC2\xB5s";
    }
    str_printf(out, "%" PRIu64, u / unit);
    if (u % unit) {
        uint64_t fraction = u % unit, scale = unit / 10;
        str_char(out, '.');
        for (; fraction; fraction %= scale, scale /= 10) {
            str_char(out, (char)('0' + fraction / scale));
            if (fraction % scale == 0)
                break;
        }
    }
    str_add(out, name);
}
