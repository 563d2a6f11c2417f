/* Offsets of zones: from the system's database, and from files of it that a test makes. */
#include "base/str.h"
#include "base/time.h"
#include "base/zone.h"
#include "lib/test.h"

static int64_t moment_s(const char *text)
{
    int64_t ms = 0;
    CHECK(time_parse_rfc3339(text, &ms));
    return ms / 1000;
}

TEST(names_of_the_database)
{
    static const struct {
        const char *zone, *at;
        int64_t offset_s;
    } rows[] = {
        {"", "2026-07-01T00:00:00Z", 0},
        {"UTC", "2026-07-01T00:00:00Z", 0},
        {"Europe/Berlin", "2026-03-29T00:59:59Z", 3600},
        {"Europe/Berlin", "2026-03-29T01:00:00Z", 7200},
        {"Europe/Berlin", "2026-10-25T00:59:59Z", 7200},
        {"Europe/Berlin", "2026-10-25T01:00:00Z", 3600},
        {"Europe/Berlin", "2055-07-01T00:00:00Z", 7200}, /* behind the last change: by the rule */
        {"Europe/Berlin", "2055-12-01T00:00:00Z", 3600},
        {"America/New_York", "2026-07-01T00:00:00Z", -14400},
        {"Australia/Sydney", "2055-01-01T00:00:00Z", 39600}, /* summer over the turn of the year */
        {"Australia/Sydney", "2055-07-01T00:00:00Z", 36000},
        {"Asia/Kolkata", "2026-07-01T00:00:00Z", 19800},
        {"Etc/GMT+3", "2026-07-01T00:00:00Z", -10800},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        int64_t offset_s = -1;
        CHECKF(zone_offset_s(rows[i].zone, moment_s(rows[i].at), &offset_s), "%s", rows[i].zone);
        CHECKF(offset_s == rows[i].offset_s, "%s at %s is %lld", rows[i].zone, rows[i].at,
               (long long)offset_s);
    }
}

TEST(what_is_no_name)
{
    static const char *const rows[] = {"Mars/Base", "/etc/localtime", "../../../etc/passwd",
                                       "Europe",    "Europe/../UTC",  "a b"};
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        int64_t offset_s = -1;
        CHECKF(!zone_offset_s(rows[i], 0, &offset_s), "%s", rows[i]);
        CHECK_INT(offset_s, 0);
    }
}

/* A file of version 2 without changes: a type of +01:00 and the rule. */
static void make_file(struct str *s, const char *rule)
{
    static const char header[] = "TZif2\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0" /* counts: */
                                 "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1\0\0\0\4";
    static const char type[] = "\0\0\x0e\x10\0\0"
                               "CET";
    for (int i = 0; i < 2; i++) {
        str_add_n(s, header, sizeof(header) - 1);
        str_add_n(s, type, sizeof(type));
    }
    str_printf(s, "\n%s\n", rule);
}

TEST(rules_of_posix)
{
    static const struct {
        const char *rule, *at;
        int64_t offset_s; /* -1 = not a rule */
    } rows[] = {
        {"", "2026-07-01T00:00:00Z", 3600},
        {"CET-1", "2026-07-01T00:00:00Z", 3600},
        {"<+0330>-3:30", "2026-07-01T00:00:00Z", 12600},
        {"EST5EDT,M3.2.0,M11.1.0", "2026-03-08T06:59:59Z", -18000},
        {"EST5EDT,M3.2.0,M11.1.0", "2026-03-08T07:00:00Z", -14400},
        {"EST5EDT,M3.2.0,M11.1.0", "2026-11-01T06:00:00Z", -18000},
        {"AAA0BBB,J60/0,J61/0", "2028-03-01T12:00:00Z", 3600}, /* J60 is 1 March in a leap year too */
        {"AAA0BBB,59/0,60/0", "2028-02-29T12:00:00Z", 3600},   /* plain days count it */
        {"<-02>2<-01>,M3.5.0/-1,M10.5.0/0", "2026-03-29T00:30:00Z", -7200},
        {"<-02>2<-01>,M3.5.0/-1,M10.5.0/0", "2026-03-29T01:00:00Z", -3600},
        {"CET", "2026-07-01T00:00:00Z", -1},
        {"CET-1CEST", "2026-07-01T00:00:00Z", -1},
        {"CET-1CEST,M13.1.0,M1.1.0", "2026-07-01T00:00:00Z", -1},
        {"<CET-1", "2026-07-01T00:00:00Z", -1},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        CLEANUP(str_release) struct str file = {0};
        int64_t offset_s = -1;
        make_file(&file, rows[i].rule);
        bool ok = zone_offset_in(str_span(&file), moment_s(rows[i].at), &offset_s);
        CHECKF(ok == (rows[i].offset_s != -1), "%s", rows[i].rule);
        if (ok)
            CHECKF(offset_s == rows[i].offset_s, "%s at %s is %lld", rows[i].rule, rows[i].at,
                   (long long)offset_s);
    }
}

TEST(a_file_cut_anywhere_is_none)
{
    CLEANUP(str_release) struct str file = {0};
    make_file(&file, "CET-1");
    size_t whole = file.len - strlen("\nCET-1\n");
    for (size_t n = 0; n < whole; n++) {
        int64_t offset_s;
        CHECK(!zone_offset_in((struct span){str_text(&file), n}, 0, &offset_s));
    }
}

TEST_MAIN
