/* tmpl/sprig_dates - time.Time with its methods, and what Sprig makes of dates and durations.
 *
 * The local zone is UTC, as it is in a pod. Other zones are known to the host, which may know none: then, as
 * upstream with a name that it does not find, UTC is used. */
#include "base/duration.h"
#include "tmpl/gotime.h"
#include "tmpl/sprig.h"

#include <inttypes.h>
#include <stdlib.h>

struct time_object {
    struct tmpl_object object;
    struct gotime t;
};

static const struct gotime *time_of(struct tmpl_value v)
{
    return &CONTAINER(v.object, struct time_object, object)->t;
}

static const struct tmpl_type time_type;

static struct tmpl_value new_time(struct tmpl_exec *x, const struct gotime *t)
{
    struct time_object *o = NEW(x->arena, struct time_object);
    o->object.type = &time_type;
    o->t = *t;
    return tmpl_object(&o->object);
}

static struct gotime now_time(const struct tmpl_exec *x)
{
    int64_t ms = clock_wall_ms(x->clock), s = ms / 1000 - (ms % 1000 < 0);
    return (struct gotime){
        .unix_s = s, .ns = (int32_t)(ms - s * 1000) * 1000000, .zone = "UTC", .monotonic = true};
}

static void time_text(struct tmpl_value v, struct str *out)
{
    const struct gotime *t = time_of(v);
    gotime_format(out, t, span_of("2006-01-02 15:04:05.999999999 -0700 MST"));
    str_add(out, t->monotonic ? " m=+0.000000000" : "");
}

static struct doc *time_doc(struct arena *a, struct tmpl_value v)
{
    CLEANUP(str_release) struct str s = {0};
    gotime_format(&s, time_of(v), span_of("2006-01-02T15:04:05.999999999Z07:00"));
    return doc_new_str_n(a, s.at, s.len);
}

static bool time_equal(const struct tmpl_object *x, const struct tmpl_object *y)
{
    const struct gotime *a = time_of(tmpl_object((struct tmpl_object *)x)),
                        *b = time_of(tmpl_object((struct tmpl_object *)y));
    return a->unix_s == b->unix_s && a->ns == b->ns && a->offset_s == b->offset_s && streq(a->zone, b->zone);
}

static struct err *format(struct tmpl_exec *x, const struct gotime *t, struct span layout,
                          struct tmpl_value *out)
{
    struct str s = {0};
    gotime_format(&s, t, layout);
    return tmpl_give(x, &s, out);
}

/* --- numbers with a name: a month, a weekday, a duration --- */

static int64_t named_number(struct tmpl_value v)
{
    return v.object->fields[0].i;
}

static void month_text(struct tmpl_value v, struct str *out)
{
    str_add(out, gotime_months[named_number(v) - 1]);
}

static void weekday_text(struct tmpl_value v, struct str *out)
{
    str_add(out, gotime_weekdays[named_number(v)]);
}

static void duration_text(struct tmpl_value v, struct str *out)
{
    gotime_duration(out, named_number(v));
}

static struct doc *number_doc(struct arena *a, struct tmpl_value v)
{
    return doc_new_int(a, named_number(v));
}

TMPL_FN(string_of)
{
    struct str s = {0};
    args[0].object->type->text(args[0], &s);
    return tmpl_give(x, &s, out);
}

static double in_units(struct tmpl_value v, double unit)
{
    return (double)named_number(v) / unit;
}

TMPL_FN(hours_of)
{
    *out = tmpl_float(in_units(args[0], 3600e9));
    return NULL;
}

TMPL_FN(minutes_of)
{
    *out = tmpl_float(in_units(args[0], 60e9));
    return NULL;
}

TMPL_FN(seconds_of)
{
    *out = tmpl_float(in_units(args[0], 1e9));
    return NULL;
}

static const struct tmpl_func string_method[] = {{"String", "", string_of}};
static const struct tmpl_func duration_methods[] = {{"Hours", "", hours_of},
                                                    {"Minutes", "", minutes_of},
                                                    {"Seconds", "", seconds_of},
                                                    {"String", "", string_of}};

#define NAMED_NUMBER(name_, text_, methods_)                                                                 \
    {                                                                                                        \
        .name = (name_), .kind = TMPL_OBJECT, .hidden = true, .fields_len = 1, .text = (text_),              \
        .to_doc = number_doc, .methods = (methods_), .methods_len = ARRAY_LEN(methods_)                      \
    }
static const struct tmpl_type month_type = NAMED_NUMBER("time.Month", month_text, string_method);
static const struct tmpl_type weekday_type = NAMED_NUMBER("time.Weekday", weekday_text, string_method);
static const struct tmpl_type duration_type = NAMED_NUMBER("time.Duration", duration_text, duration_methods);

static struct tmpl_value named(struct tmpl_exec *x, const struct tmpl_type *type, int64_t v)
{
    struct tmpl_value field = tmpl_int64(v);
    return tmpl_struct(x->arena, type, &field);
}

/* --- methods of a time --- */

#define CIVIL_METHOD(name_, expression_)                                                                     \
    TMPL_FN(name_)                                                                                           \
    {                                                                                                        \
        struct civil c = gotime_civil(time_of(args[0]));                                                     \
        *out = (expression_);                                                                                \
        return NULL;                                                                                         \
    }
CIVIL_METHOD(year, tmpl_int(c.year))
CIVIL_METHOD(month, named(x, &month_type, c.month))
CIVIL_METHOD(day, tmpl_int(c.day))
CIVIL_METHOD(hour, tmpl_int(c.hour))
CIVIL_METHOD(minute, tmpl_int(c.minute))
CIVIL_METHOD(second, tmpl_int(c.second))
CIVIL_METHOD(weekday, named(x, &weekday_type, c.weekday))
CIVIL_METHOD(year_day, tmpl_int(c.yearday))

static int64_t scaled(const struct gotime *t, int64_t per_second)
{
    return (int64_t)((uint64_t)t->unix_s * (uint64_t)per_second) + t->ns / (1000000000 / per_second);
}

TMPL_FN(unix_time)
{
    *out = tmpl_int64(time_of(args[0])->unix_s);
    return NULL;
}

TMPL_FN(unix_milli)
{
    *out = tmpl_int64(scaled(time_of(args[0]), 1000));
    return NULL;
}

TMPL_FN(unix_nano)
{
    *out = tmpl_int64(scaled(time_of(args[0]), 1000000000));
    return NULL;
}

TMPL_FN(nanosecond)
{
    *out = tmpl_int(time_of(args[0])->ns);
    return NULL;
}

TMPL_FN(is_zero)
{
    *out = tmpl_bool(gotime_is_zero(time_of(args[0])));
    return NULL;
}

TMPL_FN(to_utc)
{
    struct gotime t = *time_of(args[0]);
    t.offset_s = 0;
    t.zone = "UTC";
    *out = new_time(x, &t);
    return NULL;
}

TMPL_FN(format_method)
{
    return format(x, time_of(args[0]), tmpl_span_of(args[1]), out);
}

static struct gotime plus(const struct gotime *t, int64_t ns)
{
    struct gotime sum = *t;
    int64_t rest = t->ns + ns % 1000000000;
    sum.unix_s += ns / 1000000000 + (rest >= 1000000000) - (rest < 0);
    sum.ns = (int32_t)(rest >= 1000000000 ? rest - 1000000000 : rest < 0 ? rest + 1000000000 : rest);
    sum.monotonic = false;
    return sum;
}

TMPL_FN(add_duration)
{
    bool is_duration = args[1].kind == TMPL_OBJECT && args[1].object->type == &duration_type;
    if (!is_duration && args[1].kind != TMPL_INT)
        return err_new(ERR_INVALID, "wrong type for value; expected time.Duration; got %s",
                       tmpl_type_name(args[1]));
    struct gotime t = plus(time_of(args[0]), is_duration ? named_number(args[1]) : args[1].i);
    *out = new_time(x, &t);
    return NULL;
}

TMPL_FN(add_date)
{
    struct gotime t = *time_of(args[0]);
    struct civil c = gotime_civil(&t);
    int64_t most = 1000000;
    for (int i = 1; i <= 3; i++)
        if (args[i].i > most || args[i].i < -most)
            return err_new(ERR_INVALID, "AddDate: %" PRId64 " is out of range", args[i].i);
    t.unix_s = gotime_unix(c.year + args[1].i, c.month + args[2].i, c.day + args[3].i,
                           c.hour * 3600 + c.minute * 60 + c.second) -
               t.offset_s;
    t.monotonic = false;
    *out = new_time(x, &t);
    return NULL;
}

/* Nanoseconds from `b` to `a`, cut to what a duration holds. */
static int64_t between(const struct gotime *a, const struct gotime *b)
{
    int64_t ns;
    if (__builtin_mul_overflow(a->unix_s - b->unix_s, (int64_t)1000000000, &ns) ||
        __builtin_add_overflow(ns, (int64_t)a->ns - b->ns, &ns))
        return a->unix_s > b->unix_s ? INT64_MAX : INT64_MIN;
    return ns;
}

static int order(const struct tmpl_value *args)
{
    const struct gotime *a = time_of(args[0]), *b = time_of(args[1]);
    int by_second = (a->unix_s > b->unix_s) - (a->unix_s < b->unix_s);
    return by_second ? by_second : (a->ns > b->ns) - (a->ns < b->ns);
}

TMPL_FN(sub)
{
    *out = named(x, &duration_type, between(time_of(args[0]), time_of(args[1])));
    return NULL;
}

TMPL_FN(before)
{
    *out = tmpl_bool(order(args) < 0);
    return NULL;
}

TMPL_FN(after)
{
    *out = tmpl_bool(order(args) > 0);
    return NULL;
}

TMPL_FN(equal)
{
    *out = tmpl_bool(order(args) == 0);
    return NULL;
}

static const struct tmpl_func time_methods[] = {
    {"Add", "a", add_duration},
    {"AddDate", "iii", add_date},
    {"After", "o", after, &time_type},
    {"Before", "o", before, &time_type},
    {"Day", "", day},
    {"Equal", "o", equal, &time_type},
    {"Format", "s", format_method},
    {"Hour", "", hour},
    {"IsZero", "", is_zero},
    {"Local", "", to_utc},
    {"Minute", "", minute},
    {"Month", "", month},
    {"Nanosecond", "", nanosecond},
    {"Second", "", second},
    {"String", "", string_of},
    {"Sub", "o", sub, &time_type},
    {"UTC", "", to_utc},
    {"Unix", "", unix_time},
    {"UnixMilli", "", unix_milli},
    {"UnixNano", "", unix_nano},
    {"Weekday", "", weekday},
    {"Year", "", year},
    {"YearDay", "", year_day},
};
static const struct tmpl_type time_type = {.name = "time.Time",
                                           .kind = TMPL_OBJECT,
                                           .hidden = true,
                                           .methods = time_methods,
                                           .methods_len = ARRAY_LEN(time_methods),
                                           .text = time_text,
                                           .to_doc = time_doc,
                                           .equal = time_equal};

/* --- functions --- */

TMPL_FN(now)
{
    struct gotime t = now_time(x);
    *out = new_time(x, &t);
    return NULL;
}

/* A time, or seconds since 1970; what is neither is now. */
static struct gotime any_time(const struct tmpl_exec *x, struct tmpl_value v)
{
    if (v.kind == TMPL_OBJECT && v.object->type == &time_type)
        return *time_of(v);
    if (tmpl_is_int(v))
        return (struct gotime){.unix_s = v.i, .zone = "UTC"};
    return now_time(x);
}

/* Moves the time to the zone; false when nobody knows it. */
static void to_zone(struct tmpl_exec *x, struct span zone, struct gotime *t)
{
    t->offset_s = 0;
    t->zone = "UTC";
    if (zone.len == 0 || span_is(zone, "UTC") || span_is(zone, "Local") || !x->env->zone)
        return;
    const char *name = arena_strndup(x->arena, zone.at, zone.len);
    int32_t offset;
    const char *abbreviation;
    if (!x->env->zone(x->env->host, name, t->unix_s, &offset, &abbreviation))
        return;
    t->offset_s = offset;
    t->zone = arena_strdup(x->arena, abbreviation);
}

static struct err *date_in(struct tmpl_exec *x, struct span layout, struct tmpl_value when, struct span zone,
                           struct tmpl_value *out)
{
    struct gotime t = any_time(x, when);
    to_zone(x, zone, &t);
    return format(x, &t, layout, out);
}

TMPL_FN(date)
{
    return date_in(x, tmpl_span_of(args[0]), args[1], span_of("Local"), out);
}

TMPL_FN(date_in_zone)
{
    return date_in(x, tmpl_span_of(args[0]), args[1], tmpl_span_of(args[2]), out);
}

TMPL_FN(html_date)
{
    return date_in(x, span_of("2006-01-02"), args[0], span_of("Local"), out);
}

TMPL_FN(html_date_in_zone)
{
    return date_in(x, span_of("2006-01-02"), args[0], tmpl_span_of(args[1]), out);
}

TMPL_FN(must_date_modify)
{
    int64_t ns;
    if (!duration_parse_ns(tmpl_span_of(args[0]), &ns)) {
        CLEANUP(str_release) struct str s = {0};
        tmpl_quote(&s, tmpl_span_of(args[0]));
        return err_new(ERR_INVALID, "time: invalid duration %s", str_text(&s));
    }
    struct gotime t = plus(time_of(args[1]), ns);
    *out = new_time(x, &t);
    return NULL;
}

TMPL_FN(date_modify)
{
    struct err *e = must_date_modify(x, args, n, out);
    if (err_eat(&e, ERR_INVALID))
        *out = args[1];
    return e;
}

TMPL_FN(must_to_date)
{
    struct gotime t;
    TRY(gotime_parse(x->arena, tmpl_span_of(args[0]), tmpl_span_of(args[1]), &t));
    *out = new_time(x, &t);
    return NULL;
}

TMPL_FN(to_date)
{
    struct err *e = must_to_date(x, args, n, out);
    if (err_eat(&e, ERR_INVALID))
        *out = new_time(x, &gotime_zero);
    return e;
}

TMPL_FN(unix_epoch)
{
    *out = tmpl_str(arena_printf(x->arena, "%" PRId64, time_of(args[0])->unix_s));
    return NULL;
}

static struct err *duration_out(struct tmpl_exec *x, int64_t ns, struct tmpl_value *out)
{
    struct str s = {0};
    gotime_duration(&s, ns);
    return tmpl_give(x, &s, out);
}

/* Whole seconds, halves away from zero; the longest duration where that would be longer, as Go's Round. */
TMPL_FN(ago)
{
    struct gotime now = now_time(x), then = any_time(x, args[0]);
    int64_t ns = between(&now, &then), s = ns / 1000000000, rest = ns % 1000000000;
    s += (rest >= 500000000) - (rest <= -500000000);
    if (__builtin_mul_overflow(s, 1000000000, &s))
        s = ns < 0 ? INT64_MIN : INT64_MAX;
    return duration_out(x, s, out);
}

TMPL_FN(duration)
{
    int64_t s = 0;
    if (args[0].kind == TMPL_STR && !span_int(tmpl_span_of(args[0]), &s))
        s = 0;
    if (args[0].kind == TMPL_INT64)
        s = args[0].i;
    return duration_out(x, (int64_t)((uint64_t)s * 1000000000), out);
}

/* The biggest unit of which there is more than one. */
TMPL_FN(duration_round)
{
    static const struct {
        const char *name;
        uint64_t seconds;
    } units[] = {{"y", 8760 * 3600}, {"mo", 730 * 3600}, {"d", 24 * 3600}, {"h", 3600}, {"m", 60}, {"s", 1}};
    int64_t ns = 0;
    if (args[0].kind == TMPL_STR && !duration_parse_ns(tmpl_span_of(args[0]), &ns))
        ns = 0;
    if (args[0].kind == TMPL_INT64)
        ns = args[0].i;
    if (args[0].kind == TMPL_OBJECT && args[0].object->type == &time_type) {
        struct gotime now = now_time(x);
        ns = between(&now, time_of(args[0]));
    }
    uint64_t u = ns < 0 ? 0 - (uint64_t)ns : (uint64_t)ns;
    *out = tmpl_str("0s");
    for (size_t i = 0; i < ARRAY_LEN(units); i++) {
        uint64_t unit = units[i].seconds * 1000000000;
        if (u <= unit)
            continue;
        *out = tmpl_str(arena_printf(x->arena, "%" PRIu64 "%s", u / unit, units[i].name));
        break;
    }
    return NULL;
}

static const struct tmpl_func rows[] = {
    {"ago", "a", ago},
    {"date", "sa", date},
    {"dateInZone", "sas", date_in_zone},
    {"dateModify", "so", date_modify, &time_type},
    {"date_in_zone", "sas", date_in_zone},
    {"date_modify", "so", date_modify, &time_type},
    {"duration", "a", duration},
    {"durationRound", "a", duration_round},
    {"htmlDate", "a", html_date},
    {"htmlDateInZone", "as", html_date_in_zone},
    {"mustDateModify", "so", must_date_modify, &time_type},
    {"mustToDate", "ss", must_to_date},
    {"must_date_modify", "so", must_date_modify, &time_type},
    {"now", "", now},
    {"toDate", "ss", to_date},
    {"unixEpoch", "o", unix_epoch, &time_type},
};
const struct tmpl_family tmpl_sprig_dates = {rows, ARRAY_LEN(rows)};
