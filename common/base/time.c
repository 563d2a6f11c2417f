/* base/time - clocks and RFC 3339. */
#include "base/time.h"

#include <ctype.h>
#include <stdio.h>
#include <time.h>

static int64_t now_ms(clockid_t id)
{
    struct timespec ts;
    clock_gettime(id, &ts);
    return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static int64_t system_mono_ms(const struct clock *c)
{
    (void)c;
    return now_ms(CLOCK_MONOTONIC);
}

static int64_t system_wall_ms(const struct clock *c)
{
    (void)c;
    return now_ms(CLOCK_REALTIME);
}

const struct clock clock_system = {system_mono_ms, system_wall_ms};

static int64_t fake_mono_ms(const struct clock *c)
{
    return ((const struct clock_fake *)(const void *)c)->mono_ms;
}

static int64_t fake_wall_ms(const struct clock *c)
{
    return ((const struct clock_fake *)(const void *)c)->wall_ms;
}

void clock_fake_init(struct clock_fake *c, int64_t wall_ms)
{
    *c = (struct clock_fake){{fake_mono_ms, fake_wall_ms}, 1000, wall_ms};
}

void clock_fake_advance(struct clock_fake *c, int64_t ms)
{
    c->mono_ms += ms;
    c->wall_ms += ms;
}

static struct time_text format(int64_t wall_ms, bool micro)
{
    int64_t ms = ((wall_ms % 1000) + 1000) % 1000;
    time_t s = (time_t)((wall_ms - ms) / 1000);
    struct tm tm;
    gmtime_r(&s, &tm);
    struct time_text out;
    size_t n = strftime(out.text, sizeof(out.text), "%Y-%m-%dT%H:%M:%S", &tm);
    if (micro)
        snprintf(out.text + n, sizeof(out.text) - n, ".%03d000Z", (int)ms);
    else
        snprintf(out.text + n, sizeof(out.text) - n, "Z");
    return out;
}

struct time_text time_rfc3339(int64_t wall_ms)
{
    return format(wall_ms, false);
}

struct time_text time_rfc3339_micro(int64_t wall_ms)
{
    return format(wall_ms, true);
}

/* `n` digits at *p; moves *p behind them. */
static bool digits(const char **p, int n, int *out)
{
    *out = 0;
    for (int i = 0; i < n; i++, (*p)++) {
        if (!isdigit((unsigned char)**p))
            return false;
        *out = *out * 10 + (**p - '0');
    }
    return true;
}

static bool literal(const char **p, const char *any)
{
    if (!**p || !strchr(any, **p))
        return false;
    (*p)++;
    return true;
}

static int fraction_ms(const char **p)
{
    int ms = 0, scale = 100;
    for (; isdigit((unsigned char)**p); (*p)++, scale /= 10)
        ms += (**p - '0') * scale;
    return ms;
}

bool time_parse_rfc3339(const char *text, int64_t *wall_ms)
{
    const char *p = text;
    struct tm tm = {0};
    if (!digits(&p, 4, &tm.tm_year) || !literal(&p, "-") || !digits(&p, 2, &tm.tm_mon) || !literal(&p, "-") ||
        !digits(&p, 2, &tm.tm_mday) || !literal(&p, "Tt ") || !digits(&p, 2, &tm.tm_hour) || !literal(&p, ":") ||
        !digits(&p, 2, &tm.tm_min) || !literal(&p, ":") || !digits(&p, 2, &tm.tm_sec))
        return false;
    if (tm.tm_mon < 1 || tm.tm_mon > 12 || tm.tm_mday < 1 || tm.tm_mday > 31 || tm.tm_hour > 23 || tm.tm_min > 59 ||
        tm.tm_sec > 60)
        return false;
    int ms = literal(&p, ".") ? fraction_ms(&p) : 0;
    int sign = 0, hours = 0, minutes = 0;
    if (*p == '+' || *p == '-') {
        sign = *p++ == '+' ? 1 : -1;
        if (!digits(&p, 2, &hours) || !literal(&p, ":") || !digits(&p, 2, &minutes))
            return false;
    } else if (!literal(&p, "Zz")) {
        return false;
    }
    if (*p)
        return false;
    tm.tm_year -= 1900;
    tm.tm_mon -= 1;
    *wall_ms = ((int64_t)timegm(&tm) - sign * (hours * 3600 + minutes * 60)) * 1000 + ms;
    return true;
}
