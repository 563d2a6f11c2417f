/* text/cron - fields as sets of bits; the next moment is found day by day, then by minute within the day. */
#include "text/cron.h"

#include "base/duration.h"
#include "base/str.h"

#include <stdlib.h>
#include <strings.h>
#include <time.h>

enum { DAY_S = 86400, YEARS = 5 };

struct field {
    const char *what;
    int64_t min, max;
    const char *const *names; /* of min, min + 1, ...; NULL = none */
};

static const char *const month_names[] = {"jan", "feb", "mar", "apr", "may", "jun", "jul",
                                          "aug", "sep", "oct", "nov", "dec", NULL};
static const char *const day_names[] = {"sun", "mon", "tue", "wed", "thu", "fri", "sat", NULL};

static const struct field fields[] = {
    {"minute", 0, 59, NULL},          {"hour", 0, 23, NULL},
    {"day of month", 1, 31, NULL},    {"month", 1, 12, month_names},
    {"day of week", 0, 6, day_names},
};

static bool value(const struct field *f, struct span text, int64_t *out)
{
    for (size_t i = 0; f->names && f->names[i]; i++)
        if (text.len == 3 && strncasecmp(text.at, f->names[i], 3) == 0) {
            *out = f->min + (int64_t)i;
            return true;
        }
    return text.len && text.at[0] >= '0' && text.at[0] <= '9' && span_int(text, out) && *out >= f->min &&
           *out <= f->max;
}

/* One item of a list: range[/step]. */
static bool item(const struct field *f, struct span text, uint64_t *set, bool *any)
{
    struct span rest = text, range, first;
    int64_t from = f->min, to = f->max, step = 1;
    if (!span_cut(&rest, '/', &range))
        return false;
    bool stepped = range.len < text.len;
    if (stepped && (!span_int(rest, &step) || step < 1))
        return false;
    if (span_is(range, "*") || span_is(range, "?")) {
        *any |= step == 1;
    } else {
        struct span second = range;
        if (!span_cut(&second, '-', &first) || !value(f, first, &from))
            return false;
        if (first.len < range.len) {
            if (!value(f, second, &to))
                return false;
        } else if (!stepped) {
            to = from;
        }
    }
    if (from > to)
        return false;
    for (int64_t v = from; v <= to; v += MIN(step, INT64_C(64)))
        *set |= UINT64_C(1) << v;
    return true;
}

static struct err *parse_field(const char *text, const struct field *f, struct span part, uint64_t *set,
                               bool *any)
{
    struct span rest = part, one;
    while (span_cut(&rest, ',', &one))
        if (!item(f, one, set, any))
            return err_new(ERR_INVALID,
                           "schedule '%s': '%.*s' is no %s (%lld-%lld, lists, ranges and steps of them)",
                           text, (int)one.len, one.at, f->what, (long long)f->min, (long long)f->max);
    return NULL;
}

static struct err *parse_descriptor(const char *text, struct cron *out)
{
    static const struct {
        const char *name, *fields;
    } known[] = {
        {"@yearly", "0 0 1 1 *"}, {"@annually", "0 0 1 1 *"}, {"@monthly", "0 0 1 * *"},
        {"@weekly", "0 0 * * 0"}, {"@daily", "0 0 * * *"},    {"@midnight", "0 0 * * *"},
        {"@hourly", "0 * * * *"},
    };
    int64_t every_ms;
    for (size_t i = 0; i < ARRAY_LEN(known); i++)
        if (streq(text, known[i].name))
            return cron_parse(known[i].fields, out);
    if (!starts_with(text, "@every ") || !duration_parse_ms(span_of(text + strlen("@every ")), &every_ms))
        return err_new(ERR_INVALID,
                       "schedule '%s' is not known: @hourly, @daily, @weekly, @monthly, @yearly and @every "
                       "<duration> are",
                       text);
    out->every_s = MAX(every_ms / 1000, INT64_C(1));
    return NULL;
}

struct err *cron_parse(const char *text, struct cron *out)
{
    *out = (struct cron){0};
    if (*text == '@')
        return parse_descriptor(text, out);
    uint64_t *const sets[] = {&out->minutes, &out->hours, &out->days, &out->months, &out->weekdays};
    bool any[ARRAY_LEN(fields)] = {0};
    size_t n = 0;
    for (const char *p = text; *(p += strspn(p, " \t")); n++) {
        struct span part = {p, strcspn(p, " \t")};
        if (n < ARRAY_LEN(fields))
            TRY(parse_field(text, &fields[n], part, sets[n], &any[n]));
        p += part.len;
    }
    if (n != ARRAY_LEN(fields))
        return err_new(ERR_INVALID,
                       "schedule '%s' has %zu fields, not 5: minute, hour, day of month, month, day of week",
                       text, n);
    out->any_day = any[2];
    out->any_weekday = any[4];
    return NULL;
}

static bool day_fits(const struct cron *c, const struct tm *tm)
{
    bool day = c->days >> tm->tm_mday & 1, weekday = c->weekdays >> tm->tm_wday & 1;
    if (!(c->months >> (tm->tm_mon + 1) & 1))
        return false;
    return c->any_day || c->any_weekday ? day && weekday : day || weekday;
}

/* The first fitting minute of a day at or after `from`; -1 when there is none. */
static int minute_of_day(const struct cron *c, int from)
{
    for (int m = from; m < 24 * 60; m++)
        if (c->hours >> (m / 60) & 1 && c->minutes >> (m % 60) & 1)
            return m;
    return -1;
}

bool cron_next_s(const struct cron *c, int64_t after_s, int64_t *out)
{
    if (c->every_s) {
        *out = after_s + c->every_s;
        return true;
    }
    int64_t in_day = (after_s % DAY_S + DAY_S) % DAY_S, day = after_s - in_day;
    int from = (int)(in_day / 60) + 1;
    struct tm tm;
    time_t t = (time_t)day;
    if (!gmtime_r(&t, &tm))
        return false;
    for (int last = tm.tm_year + YEARS; tm.tm_year <= last; day += DAY_S, from = 0) {
        t = (time_t)day;
        if (!gmtime_r(&t, &tm))
            return false;
        int minute = tm.tm_year <= last && day_fits(c, &tm) ? minute_of_day(c, from) : -1;
        if (minute >= 0) {
            *out = day + (int64_t)minute * 60;
            return true;
        }
    }
    return false;
}
