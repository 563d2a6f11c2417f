/* Dates: layouts, parsing, methods of a time, durations; clock and zones are given. */
#include "unit/tmpl/rows.h"

/* As upstream's Sprig answers. */
static const struct row rows[] = {
    {"{{date \"2006-01-02 15:04:05.000 MST\" 1500000000}}|{{dateInZone \"2006-01-02 15:04:05.000 MST\" "
     "951782400 \"UTC\"}}",
     "2017-07-14 02:40:00.000 UTC|2000-02-29 00:00:00.000 UTC", ""},
    {"{{date \"2006-01-02T15:04:05Z07:00\" 1500000000}}|{{dateInZone \"2006-01-02T15:04:05Z07:00\" 951782400 "
     "\"UTC\"}}",
     "2017-07-14T02:40:00Z|2000-02-29T00:00:00Z", ""},
    {"{{date \"Jan _2 Mon January Monday 06 1 2 3 4 5 pm PM\" 1500000000}}|{{dateInZone \"Jan _2 Mon January "
     "Monday 06 1 2 3 4 5 pm PM\" 951782400 \"UTC\"}}",
     "Jul 14 Fri July Friday 17 7 14 2 40 0 am AM|Feb 29 Tue February Tuesday 00 2 29 12 0 0 am AM", ""},
    {"{{date \"20060102150405\" 1500000000}}|{{dateInZone \"20060102150405\" 951782400 \"UTC\"}}",
     "20170714024000|20000229000000", ""},
    {"{{date \"002 __2 _2\" 1500000000}}|{{dateInZone \"002 __2 _2\" 951782400 \"UTC\"}}",
     "195 195 14|060  60 29", ""},
    {"{{date \"-0700 -07:00 -07 Z0700 Z07\" 1500000000}}|{{dateInZone \"-0700 -07:00 -07 Z0700 Z07\" "
     "951782400 \"UTC\"}}",
     "+0000 +00:00 +00 Z Z|+0000 +00:00 +00 Z Z", ""},
    {"{{date \"January1st Janet Mon. Monx MSTx\" 1500000000}}|{{dateInZone \"January1st Janet Mon. Monx "
     "MSTx\" 951782400 \"UTC\"}}",
     "July7st Janet Fri. Monx UTCx|February2st Janet Tue. Monx UTCx", ""},
    {"{{date \"2006.5 .00 .999 ,000 .0005\" 1500000000}}|{{dateInZone \"2006.5 .00 .999 ,000 .0005\" "
     "951782400 \"UTC\"}}",
     "2017.0 .00  ,000 .0000|2000.0 .00  ,000 .0000", ""},
    {"{{date \"_2006 15h 03h\" 1500000000}}|{{dateInZone \"_2006 15h 03h\" 951782400 \"UTC\"}}",
     "_2017 02h 02h|_2000 00h 12h", ""},
    {"{{date \"15:04:05.999999999\" 1500000000}}|{{dateInZone \"15:04:05.999999999\" 951782400 \"UTC\"}}",
     "02:40:00|00:00:00", ""},
    {"{{date \"Month Jan. 02x 01\" 1500000000}}|{{dateInZone \"Month Jan. 02x 01\" 951782400 \"UTC\"}}",
     "Month Jul. 14x 07|Month Feb. 29x 02", ""},
    {"{{date \"1/2/06 3:4PM\" 1500000000}}|{{dateInZone \"1/2/06 3:4PM\" 951782400 \"UTC\"}}",
     "7/14/17 2:40AM|2/29/00 12:0AM", ""},
    {"{{date \"MST -070000 Z07:00:00\" 1500000000}}|{{dateInZone \"MST -070000 Z07:00:00\" 951782400 "
     "\"UTC\"}}",
     "UTC +000000 Z|UTC +000000 Z", ""},
    {"{{date \"12 0 22 99 20066\" 1500000000}}|{{dateInZone \"12 0 22 99 20066\" 951782400 \"UTC\"}}",
     "714 0 1414 99 20176|229 0 2929 99 20006", ""},
    {"{{date \"5.00\" 1500000000}}|{{dateInZone \"5.00\" 951782400 \"UTC\"}}", "0.00|0.00", ""},
    {"{{date \"Mon Jan 2 15:04:05 -0700 MST 2006\" 1500000000}}|{{dateInZone \"Mon Jan 2 15:04:05 -0700 MST "
     "2006\" 951782400 \"UTC\"}}",
     "Fri Jul 14 02:40:00 +0000 UTC 2017|Tue Feb 29 00:00:00 +0000 UTC 2000", ""},
    {"{{dateInZone \"2006-01-02 15:04:05 MST -0700\" 1500000000 \"Nope/Zone\"}}",
     "2017-07-14 02:40:00 UTC +0000", ""},
    {"{{dateInZone \"15:04 MST\" 1500000000 \"\"}}", "02:40 UTC", ""},
    {"{{htmlDate 0}} {{htmlDateInZone 0 \"UTC\"}}", "1970-01-01 1970-01-01", ""},
    {"{{unixEpoch (toDate \"2006-01-02\" \"2017-12-31\")}}", "1514678400", ""},
    {"{{toDate \"2006-01-02\" \"2017-12-31\"}}", "2017-12-31 00:00:00 +0000 UTC", ""},
    {"{{toDate \"2006-01-02\" \"bad\"}}", "0001-01-01 00:00:00 +0000 UTC", ""},
    {"{{mustToDate \"2006-01-02\" \"bad\"}}", "",
     "template: t:1:2: executing \"t\" at <mustToDate \"2006-01-02\" \"bad\">: error calling mustToDate: "
     "parsing time \"bad\" as \"2006-01-02\": cannot parse \"bad\" as \"2006\""},
    {"{{mustToDate \"2006-01-02\" \"2017-13-01\"}}", "",
     "template: t:1:2: executing \"t\" at <mustToDate \"2006-01-02\" \"2017-13-01\">: error calling "
     "mustToDate: parsing time \"2017-13-01\": month out of range"},
    {"{{mustToDate \"2006-01-02\" \"2017-02-30\"}}", "",
     "template: t:1:2: executing \"t\" at <mustToDate \"2006-01-02\" \"2017-02-30\">: error calling "
     "mustToDate: parsing time \"2017-02-30\": day out of range"},
    {"{{mustToDate \"2006-01-02\" \"2017-02-03x\"}}", "",
     "template: t:1:2: executing \"t\" at <mustToDate \"2006-01-02\" \"2017-02-03x\">: error calling "
     "mustToDate: parsing time \"2017-02-03x\": extra text: \"x\""},
    {"{{mustToDate \"2006-01-02 15:04:05 MST\" \"2017-02-03 10:11:12 PST\"}}",
     "2017-02-03 10:11:12 +0000 PST", ""},
    {"{{mustToDate \"2006-01-02T15:04:05Z07:00\" \"2017-02-03T10:11:12+02:00\"}}",
     "2017-02-03 10:11:12 +0200 +0200", ""},
    {"{{mustToDate \"2006-01-02T15:04:05Z07:00\" \"2017-02-03T10:11:12Z\"}}", "2017-02-03 10:11:12 +0000 UTC",
     ""},
    {"{{mustToDate \"Jan 2, 2006 at 3:04pm\" \"Feb 3, 2013 at 7:54pm\"}}", "2013-02-03 19:54:00 +0000 UTC",
     ""},
    {"{{mustToDate \"15:04:05\" \"10:11:12.345\"}}", "0000-01-01 10:11:12.345 +0000 UTC", ""},
    {"{{mustToDate \"Monday 02-Jan-06\" \"Tuesday 03-Feb-99\"}}", "1999-02-03 00:00:00 +0000 UTC", ""},
    {"{{mustToDate \"x\" \"y\"}}", "",
     "template: t:1:2: executing \"t\" at <mustToDate \"x\" \"y\">: error calling mustToDate: parsing time "
     "\"y\" as \"x\": cannot parse \"y\" as \"x\""},
    {"{{dateModify \"1h\" (toDate \"2006-01-02\" \"2017-12-31\")}}", "2017-12-31 01:00:00 +0000 UTC", ""},
    {"{{dateModify \"zz\" (toDate \"2006-01-02\" \"2017-12-31\")}}", "2017-12-31 00:00:00 +0000 UTC", ""},
    {"{{mustDateModify \"zz\" (toDate \"2006-01-02\" \"2017-12-31\")}}", "",
     "template: t:1:2: executing \"t\" at <mustDateModify \"zz\" (toDate \"2006-01-02\" \"2017-12-31\")>: "
     "error calling mustDateModify: time: invalid duration \"zz\""},
    {"{{date_modify \"-36h\" (toDate \"2006-01-02\" \"2017-12-31\")}}", "2017-12-29 12:00:00 +0000 UTC", ""},
    {"{{date_in_zone \"2006\" 0 \"UTC\"}}", "1970", ""},
    {"{{must_date_modify \"1s\" (toDate \"2006-01-02\" \"2017-12-31\")}}", "2017-12-31 00:00:01 +0000 UTC",
     ""},
    {"{{duration \"95\"}}{{duration 95}}{{duration (int64 95)}}{{duration \"x\"}}{{duration 1.5}}{{duration "
     "\"3600\"}}{{duration nil}}",
     "1m35s0s1m35s0s0s1h0m0s0s", ""},
    {"{{durationRound \"2h10m5s\"}} {{durationRound \"2400h10m5s\"}} {{durationRound (int64 1000000000)}} "
     "{{durationRound 5}} {{durationRound \"1s\"}} {{durationRound \"0s\"}} {{durationRound \"500ms\"}} "
     "{{durationRound \"90m\"}} {{durationRound \"x\"}} {{durationRound \"-3h\"}} {{durationRound "
     "\"8760h\"}} {{durationRound \"750h\"}} {{durationRound \"59m59s\"}}",
     "2h 3mo 0s 0s 0s 0s 0s 1h 0s 3h 12mo 1mo 59m", ""},
    {"{{unixEpoch 5}}", "",
     "template: t:1:12: executing \"t\" at <5>: can't handle 5 for arg of type time.Time"},
    {"{{unixEpoch nil}}", "", "template: t:1:12: executing \"t\" at <nil>: cannot assign nil to time.Time"},
    {"{{$t := toDate \"2006-01-02 15:04:05\" \"2017-12-31 10:11:12\"}}{{$t.Year}} {{$t.Month}} {{$t.Day}} "
     "{{$t.Hour}} {{$t.Minute}} {{$t.Second}} {{$t.Weekday}} {{$t.YearDay}} {{$t.Unix}} {{$t.UnixNano}} "
     "{{$t.Nanosecond}} {{$t.UTC}} {{$t.Format \"Jan\"}} {{$t.IsZero}} {{$t.String}} {{$t.AddDate 0 1 1}} "
     "{{$t.UnixMilli}}",
     "2017 December 31 10 11 12 Sunday 365 1514715072 1514715072000000000 0 2017-12-31 10:11:12 +0000 UTC "
     "Dec false 2017-12-31 10:11:12 +0000 UTC 2018-02-01 10:11:12 +0000 UTC 1514715072000",
     ""},
    {"{{$t := toDate \"2006\" \"2017\"}}{{$u := toDate \"2006\" \"2018\"}}{{$t.Before $u}}{{$t.After "
     "$u}}{{$t.Equal $u}}{{$u.Sub $t}}",
     "truefalsefalse8760h0m0s", ""},
    {"{{toDate \"2006\" \"2017\" | toJson}}{{printf \"%T %v\" (toDate \"2006\" \"2017\").Month (toDate "
     "\"2006\" \"2017\").Weekday}}{{toDate \"2006\" \"2017\" | kindOf}}",
     "\"2017-01-01T00:00:00Z\"time.Month Sundaystruct", ""},
    {"{{(toDate \"2006\" \"x\").IsZero}}{{(toDate \"2006\" \"x\")}}", "true0001-01-01 00:00:00 +0000 UTC",
     ""},
    {"{{printf \"%d\" (toDate \"2006\" \"2017\").Month}}", "1", ""},
    {"{{empty (toDate \"2006\" \"x\")}}", "false", ""},
    {"{{date \"2006\" (int64 0)}}{{date \"2006\" 0}}{{date nil 0}}", "19701970",
     "template: t:1:49: executing \"t\" at <nil>: cannot assign nil to string"},
    {"{{dateModify \"1h\" 5}}", "",
     "template: t:1:18: executing \"t\" at <5>: can't handle 5 for arg of type time.Time"},
    {"{{(toDate \"2006\" \"2017\").Add 5}}", "2017-01-01 00:00:00.000000005 +0000 UTC", ""},
    {"{{eq (toDate \"2006\" \"2017\") (toDate \"2006\" \"2017\")}}", "true", ""},
    {"{{(toDate \"2006-01-02\" \"2024-02-29\").AddDate 1 0 0}}", "2025-03-01 00:00:00 +0000 UTC", ""},
    {"{{(toDate \"2006\" \"2017\").Nope}}", "",
     "template: t:1:17: executing \"t\" at <\"2017\">: can't evaluate field Nope in type time.Time"},
    {"{{date \"2006-01-02\" -62135596800}} {{date \"2006\" -99999999999}} {{date \"2006\" 253402300800}}",
     "0001-01-01 -1199 10000", ""},
};

TEST(dates_as_in_sprig)
{
    CLEANUP(tmpl_funcs_freep) struct tmpl_funcs *funcs = tmpl_funcs_new();
    tmpl_sprig_add(funcs);
    rows_check(funcs, rows, ARRAY_LEN(rows), "{}", TMPL_MISSING_DEFAULT);
}

static bool fake_zone(void *host, const char *name, int64_t unix_s, int32_t *offset_s,
                      const char **abbreviation)
{
    (void)host, (void)unix_s;
    *offset_s = -4 * 3600;
    *abbreviation = "EDT";
    return streq(name, "America/New_York");
}

TEST(clock_and_zones_come_from_the_host)
{
    static const struct row given[] = {
        {"{{dateInZone `2006-01-02 15:04:05 MST -0700` 1500000000 `America/New_York`}}",
         "2017-07-13 22:40:00 EDT -0400", ""},
        {"{{dateInZone `15:04 MST` 1500000000 `Nope/Zone`}} {{date `15:04 MST` 1500000000}}",
         "02:40 UTC 02:40 UTC", ""},
        {"{{now}} {{now.Unix}} {{date `2006` `x`}}",
         "2017-07-14 02:40:00.25 +0000 UTC m=+0.000000000 1500000000 2017", ""},
        {"{{ago 1499999990}} {{ago (now)}} {{durationRound (toDate `2006` `2017`)}}", "10s 0s 6mo", ""},
    };
    CLEANUP(tmpl_funcs_freep) struct tmpl_funcs *funcs = tmpl_funcs_new();
    tmpl_sprig_add(funcs);
    struct clock_fake clock;
    clock_fake_init(&clock, 1500000000250);
    for (size_t i = 0; i < ARRAY_LEN(given); i++) {
        CLEANUP(arena_freep) struct arena *a = arena_new("test");
        CLEANUP(str_release) struct str out = {0};
        struct tmpl_env env = {.arena = a, .clock = &clock.clock, .zone = fake_zone};
        CLEANUP(mem_freep) char *error = rows_run(&env, funcs, given[i].text, tmpl_nil(), &out);
        CHECK_STR(error, "");
        CHECK_STR(str_text(&out), given[i].want);
    }
}

TEST_MAIN
