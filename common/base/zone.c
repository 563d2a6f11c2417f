/* base/zone - the compiled form of the tz database: moments at which the offset changes, and a rule for the
 * time after the last one. Invariant: `struct reader` never reads past its end; once it would have, it is
 * `bad` and all further reads are 0. */
#include "base/zone.h"

#include "base/file.h"
#include "base/str.h"

#include <ctype.h>
#include <time.h>

enum { DAY_S = 86400, HEADER = 44, FILE_MAX = 1 << 20 };

struct reader {
    const unsigned char *at, *end;
    bool bad;
};

static const unsigned char *take(struct reader *r, size_t n)
{
    if (r->bad || (size_t)(r->end - r->at) < n) {
        r->bad = true;
        return NULL;
    }
    r->at += n;
    return r->at - n;
}

static int64_t number(const unsigned char *p, size_t width)
{
    uint64_t v = p[0] & 0x80 ? UINT64_MAX : 0;
    for (size_t i = 0; i < width; i++)
        v = v << 8 | p[i];
    return (int64_t)v;
}

/* --- the blocks of moments
 * --------------------------------------------------------------------------------------------- */

struct block {
    char version;
    size_t width; /* of a moment: 4 bytes in the first block, 8 in the second */
    size_t isut, isstd, leaps, times, types, chars;
};

static bool read_header(struct reader *r, size_t width, struct block *b)
{
    const unsigned char *p = take(r, HEADER);
    if (!p || memcmp(p, "TZif", 4) != 0)
        return false;
    size_t *const counts[] = {&b->isut, &b->isstd, &b->leaps, &b->times, &b->types, &b->chars};
    for (size_t i = 0; i < ARRAY_LEN(counts); i++)
        *counts[i] = (size_t)number(p + 20 + 4 * i, 4) & 0x7fffffff;
    b->version = (char)p[4];
    b->width = width;
    return b->types > 0;
}

static void skip_rest(struct reader *r, const struct block *b)
{
    take(r, b->chars + b->leaps * (b->width + 4) + b->isstd + b->isut);
}

/* The offset at a moment by the block alone. `past` tells that it lies behind the last change. */
static bool look_up(struct reader *r, const struct block *b, int64_t at_s, int64_t *out, bool *past)
{
    const unsigned char *times = take(r, b->times * b->width), *index = take(r, b->times),
                        *types = take(r, b->types * 6);
    if (r->bad)
        return false;
    size_t i = 0;
    while (i < b->times && number(times + i * b->width, b->width) <= at_s)
        i++;
    size_t type = i ? index[i - 1] : 0; /* before all changes the first type counts */
    if (type >= b->types)
        return false;
    *out = number(types + type * 6, 4);
    *past = i == b->times;
    return true;
}

/* --- the rule behind the last change: a TZ string of POSIX
 * --------------------------------------------------------------- */

static int64_t digits(struct reader *r)
{
    int64_t v = 0;
    if (r->at == r->end || !isdigit(*r->at))
        r->bad = true;
    while (r->at < r->end && isdigit(*r->at) && v < 10000)
        v = v * 10 + (*r->at++ - '0');
    return v;
}

static bool next_is(struct reader *r, char c)
{
    if (r->at == r->end || *r->at != (unsigned char)c)
        return false;
    r->at++;
    return true;
}

/* [+-]hh[:mm[:ss]] in seconds. */
static int64_t clock_time(struct reader *r)
{
    bool negative = next_is(r, '-');
    if (!negative)
        (void)next_is(r, '+');
    int64_t s = digits(r) * 3600;
    if (next_is(r, ':'))
        s += digits(r) * 60;
    if (next_is(r, ':'))
        s += digits(r);
    return negative ? -s : s;
}

/* "CET" or "<+03>" */
static void skip_name(struct reader *r)
{
    const unsigned char *from = r->at;
    bool quoted = next_is(r, '<');
    while (r->at < r->end && (quoted ? *r->at != '>' : isalpha(*r->at) != 0))
        r->at++;
    if (r->at == from || (quoted && !next_is(r, '>')))
        r->bad = true;
}

static bool leap_year(int64_t y)
{
    return (y % 4 == 0 && y % 100 != 0) || y % 400 == 0;
}

static int64_t utc_s(int64_t year, int month, int64_t day)
{
    struct tm tm = {.tm_year = (int)year - 1900, .tm_mon = month, .tm_mday = (int)day};
    return (int64_t)timegm(&tm);
}

/* "Mmonth.week.day": the week'th such day of the month, 5 = the last one. */
static int64_t week_rule(struct reader *r, int64_t year)
{
    static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int64_t month = digits(r);
    r->bad |= !next_is(r, '.');
    int64_t week = digits(r);
    r->bad |= !next_is(r, '.');
    int64_t day = digits(r);
    if (r->bad || month < 1 || month > 12 || week < 1 || week > 5 || day > 6) {
        r->bad = true;
        return 0;
    }
    int64_t first = utc_s(year, (int)month - 1, 1);
    int64_t length = lengths[month - 1] + (month == 2 && leap_year(year));
    int64_t of_first = (first / DAY_S % 7 + 7 + 4) % 7; /* 1970 began on a Thursday */
    int64_t ahead = (day - of_first + 7) % 7 + (week - 1) * 7;
    return first + (ahead < length ? ahead : ahead - 7) * DAY_S;
}

/* ",rule[/time]": the moment of a change in that year, in local time as it is before the change. */
static int64_t change(struct reader *r, int64_t year)
{
    int64_t day_s;
    r->bad |= !next_is(r, ',');
    if (next_is(r, 'M')) {
        day_s = week_rule(r, year);
    } else if (next_is(r, 'J')) { /* 1 to 365; 29 February is never counted */
        int64_t n = digits(r);
        day_s = utc_s(year, 0, 1) + (n - 1 + (leap_year(year) && n >= 60)) * DAY_S;
    } else {
        day_s = utc_s(year, 0, 1) + digits(r) * DAY_S;
    }
    return day_s + (next_is(r, '/') ? clock_time(r) : 7200);
}

static bool by_rule(struct reader *r, int64_t at_s, int64_t *out)
{
    skip_name(r);
    int64_t standard = -clock_time(r); /* POSIX counts to the west */
    *out = standard;
    if (r->bad || r->at == r->end)
        return !r->bad;
    skip_name(r);
    int64_t summer = r->at < r->end && *r->at != ',' ? -clock_time(r) : standard + 3600;
    time_t local = (time_t)(at_s + standard);
    struct tm tm;
    if (!gmtime_r(&local, &tm) || tm.tm_year > 8000)
        return false;
    int64_t year = (int64_t)tm.tm_year + 1900;
    int64_t begin = change(r, year) - standard, end = change(r, year) - summer;
    bool is_summer = begin < end ? at_s >= begin && at_s < end : at_s >= begin || at_s < end;
    *out = is_summer ? summer : standard;
    return !r->bad;
}

bool zone_offset_in(struct span file, int64_t at_s, int64_t *out)
{
    struct reader r = {(const unsigned char *)file.at, (const unsigned char *)file.at + file.len, false};
    struct block b = {0};
    bool past = false;
    const int64_t farthest = INT64_C(250000000000); /* some 8,000 years: no calendar goes on */
    at_s = MAX(MIN(at_s, farthest), -farthest);
    if (!read_header(&r, 4, &b))
        return false;
    if (b.version) { /* the block for 32-bit machines is passed over */
        take(&r, b.times * 5 + b.types * 6);
        skip_rest(&r, &b);
        if (!read_header(&r, 8, &b))
            return false;
    }
    if (!look_up(&r, &b, at_s, out, &past))
        return false;
    skip_rest(&r, &b);
    if (r.bad || !past || !b.version || !next_is(&r, '\n') || r.at == r.end || *r.at == '\n')
        return !r.bad;
    const unsigned char *stop = memchr(r.at, '\n', (size_t)(r.end - r.at));
    r.end = stop ? stop : r.end;
    return by_rule(&r, at_s, out);
}

/* A name of the database, and no path out of it. */
static bool is_name(const char *name)
{
    for (const char *p = name; *p; p++)
        if (!isalnum((unsigned char)*p) && !strchr("/_+-", *p))
            return false;
    return *name != '/' && strlen(name) < 100;
}

bool zone_offset_s(const char *name, int64_t at_s, int64_t *out)
{
    *out = 0;
    if (!*name || streq(name, "UTC"))
        return true;
    if (!is_name(name))
        return false;
    CLEANUP(arena_freep) struct arena *a = arena_new("zone");
    struct span file;
    CLEANUP(err_freep)
    struct err *e = file_read(a, arena_printf(a, "/usr/share/zoneinfo/%s", name), FILE_MAX, &file);
    return !e && zone_offset_in(file, at_s, out);
}
