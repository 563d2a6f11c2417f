/* Schedules: when they come next, and what is none. */
#include "base/time.h"
#include "lib/test.h"
#include "text/cron.h"

TEST(the_next_moment)
{
    static const struct {
        const char *schedule, *after, *next; /* NULL = never */
    } rows[] = {
        {"* * * * *", "2026-11-25T10:00:00Z", "2026-11-25T10:01:00Z"},
        {"* * * * *", "2026-11-25T10:00:59Z", "2026-11-25T10:01:00Z"},
        {"0 22 * * *", "2026-11-25T22:00:00Z", "2026-11-26T22:00:00Z"},
        {"59 23 31 12 *", "2026-12-31T23:59:00Z", "2027-12-31T23:59:00Z"},
        {"0 0 1 6 *", "2026-11-25T10:00:00Z", "2027-06-01T00:00:00Z"},
        {"0 0 29 2 *", "2026-01-01T00:00:00Z", "2028-02-29T00:00:00Z"},
        {"0 0 30 2 *", "2026-01-01T00:00:00Z", NULL},
        {"*/15 8-17/3 * * mon-FRI", "2026-11-27T17:46:00Z", "2026-11-30T08:00:00Z"},
        {"5/20 * * * *", "2026-11-25T10:26:00Z", "2026-11-25T10:45:00Z"},
        {"0 12 1,15 jan,JUL ?", "2026-01-15T12:00:00Z", "2026-07-01T12:00:00Z"},
        {"0 0 13 * fri", "2026-11-10T00:00:00Z", "2026-11-13T00:00:00Z"}, /* one of the days is enough */
        {"0 0 13 * fri", "2026-11-13T00:00:00Z", "2026-11-20T00:00:00Z"},
        {"0 0 */2 * mon", "2026-11-25T00:00:00Z", "2026-11-27T00:00:00Z"}, /* a step is a restriction */
        {"0 0 */1 * mon", "2026-11-25T00:00:00Z", "2026-11-30T00:00:00Z"}, /* of one it is none */
        {" 0\t0  * * * ", "2026-11-25T00:00:00Z", "2026-11-26T00:00:00Z"},
        {"@hourly", "2026-11-25T10:59:59Z", "2026-11-25T11:00:00Z"},
        {"@daily", "2026-11-25T00:00:00Z", "2026-11-26T00:00:00Z"},
        {"@weekly", "2026-11-25T00:00:00Z", "2026-11-29T00:00:00Z"},
        {"@monthly", "2026-11-25T00:00:00Z", "2026-12-01T00:00:00Z"},
        {"@yearly", "2026-11-25T00:00:00Z", "2027-01-01T00:00:00Z"},
        {"@every 1h30m", "2026-11-25T10:00:00Z", "2026-11-25T11:30:00Z"},
        {"0 0 * * *", "1969-12-31T12:00:00Z", "1970-01-01T00:00:00Z"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct cron c;
        int64_t after_ms, next_s = 0;
        CHECK_OK(cron_parse(rows[i].schedule, &c));
        CHECK(time_parse_rfc3339(rows[i].after, &after_ms));
        bool found = cron_next_s(&c, after_ms / 1000, &next_s);
        CHECKF(found == (rows[i].next != NULL), "%s", rows[i].schedule);
        if (found && rows[i].next)
            CHECK_STR(time_rfc3339(next_s * 1000).text, rows[i].next);
    }
}

TEST(what_is_no_schedule)
{
    static const char *const rows[] = {
        "",
        "* * * *",
        "* * * * * *",
        "60 * * * *",
        "* 24 * * *",
        "* * 0 * *",
        "* * 32 * *",
        "* * * 13 *",
        "* * * * 7",
        "5-1 * * * *",
        "*/0 * * * *",
        "*/x * * * *",
        ", * * * *",
        "1, * * * *",
        "-1 * * * *",
        "+1 * * * *",
        "1-2-3 * * * *",
        "monday * * * *",
        "mon * * * *",
        "@often",
        "@every",
        "@every x",
        "CRON_TZ=UTC 0 0 * * *",
        "99999999999999999999 * * * *",
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct cron c;
        CLEANUP(err_freep) struct err *e = cron_parse(rows[i], &c);
        CHECKF(e && e->code == ERR_INVALID, "'%s'", rows[i]);
    }
}

TEST_MAIN
