/* opt, duration: one table, three sources, and errors that teach. */
#include "base/duration.h"
#include "base/opt.h"
#include "lib/test.h"

static struct {
    const char *redis, *level;
    int64_t parallel, interval, cache;
    bool debug;
    struct opt_list repos;
    struct secret *password;
} o;

static const char *const levels[] = {"debug", "info", NULL};
static const struct opt sources[] = {
    {OPT_STRING, "redis", .env = "T_REDIS", .def = "127.0.0.1:6379", .string = &o.redis, .arg = "ADDRESS",
     .help = "where Redis listens", .letter = 'r'},
    {OPT_SECRET, "redis-password", .env = "T_PASSWORD", .secret = &o.password, .help = "password of Redis"},
    {OPT_LIST, "repo", .env = "T_REPOS", .def = "a,b", .list = &o.repos, .help = "repositories to poll"},
};
static const struct opt work[] = {
    {OPT_INT, "parallel", .def = "4", .integer = &o.parallel, .min = 1, .max = 64, .help = "renders at once"},
    {OPT_DURATION, "interval", .def = "3m", .integer = &o.interval, .help = "how often to poll"},
    {OPT_BYTES, "cache", .def = "64Mi", .integer = &o.cache, .help = "memory for results"},
    {OPT_BOOL, "debug", .env = "T_DEBUG", .flag = &o.debug, .help = "say more"},
    {OPT_CHOICE, "level", .def = "info", .choices = levels, .string = &o.level, .help = "what to log"},
};
static const struct opt_section sections[] = {{"Sources", sources, 3}, {"Work", work, 5}};
static const struct opt_page page = {"capstan-test", "[flags]", "Tests the option table.", NULL, sections, 2};

static struct err *parse(struct arena *a, struct opt_result *r, const char *words)
{
    const char *argv[16] = {"capstan-test"};
    int argc = 1;
    for (char *w = strtok(arena_strdup(a, words), " "); w; w = strtok(NULL, " "))
        argv[argc++] = w;
    return opt_parse(a, &page, argc, (char **)(uintptr_t)argv, r);
}

TEST(defaults_then_environment_then_flags)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    struct opt_result r;
    CHECK_OK(parse(a, &r, ""));
    CHECK_STR(o.redis, "127.0.0.1:6379");
    CHECK_INT(o.interval, 180000);
    CHECK_INT(o.cache, 64 << 20);
    CHECK_INT(o.repos.len, 2);
    setenv("T_REDIS", "redis:1", 1);
    setenv("T_REPOS", "x", 1);
    setenv("T_DEBUG", "", 1);
    CHECK_OK(parse(a, &r, ""));
    CHECK_STR(o.redis, "redis:1");
    CHECK_INT(o.repos.len, 1);
    CHECK(!o.debug);
    CHECK_OK(parse(a, &r, "--redis=flag:2 --repo y,z --repo w --debug --parallel 7 one -- --two"));
    CHECK_STR(o.redis, "flag:2");
    CHECK_INT(o.repos.len, 3);
    CHECK_STR(o.repos.at[2], "w");
    CHECK(o.debug);
    CHECK_INT(o.parallel, 7);
    CHECK_INT(r.rest_len, 2);
    CHECK_STR(r.rest[1], "--two");
    CHECK_OK(parse(a, &r, "-r short:3 --debug=false"));
    CHECK_STR(o.redis, "short:3");
    CHECK(!o.debug);
}

TEST(errors_name_the_flag_and_what_would_do)
{
    static const struct {
        const char *words, *want;
    } rows[] = {
        {"--reids x", "unknown flag --reids; did you mean --redis?"},
        {"--zzzzzzzz", "unknown flag --zzzzzzzz; 'capstan-test --help' lists them"},
        {"-q", "unknown flag -q"},
        {"--parallel 99", "--parallel: 99 is out of range: want 1 to 64"},
        {"--parallel x", "--parallel: 'x' is not a whole number"},
        {"--interval 5", "--interval: '5' is not a duration such as 1m30s"},
        {"--interval -5s", "out of range"},
        {"--cache 5X", "--cache: '5X' is not a size such as 64Mi"},
        {"--debug=maybe", "--debug: 'maybe' is neither true nor false"},
        {"--level loud", "--level: 'loud' is none of: debug, info"},
        {"--redis", "--redis needs a value"},
    };
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    struct opt_result r;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        CHECK_ERR(parse(a, &r, rows[i].words), ERR_INVALID, rows[i].want);
}

TEST(secrets_are_never_printed)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    CLEANUP(str_release) struct str text = {0};
    struct opt_result r;
    setenv("T_PASSWORD", "hunter2", 1);
    CHECK_OK(parse(a, &r, "--help --nonsense"));
    CHECK(r.help);
    CHECK_STR(secret_text(o.password), "hunter2");
    opt_help(&page, &text);
    opt_print(&page, &text);
    CHECK(strstr(str_text(&text), "hunter2") == NULL);
    CHECK(strstr(str_text(&text), "redis-password=***\n") != NULL);
    CHECK(strstr(str_text(&text),
                 "  -r, --redis ADDRESS             where Redis listens (default 127.0.0.1:6379) "
                 "[$T_REDIS]\n") != NULL);
    CHECK(strstr(str_text(&text), "\nWork:\n") != NULL);
    CHECK(strstr(str_text(&text), "interval=3m0s\n") != NULL);
    secret_unrefp(&o.password);
}

TEST(durations_are_gos)
{
    static const struct {
        const char *text;
        int64_t ns;
        bool ok;
    } rows[] = {
        {"0", 0, true},
        {"1h2m3.5s", 3723500000000, true},
        {"-1.5h", -5400000000000, true},
        {"100ms", 100000000, true},
        {"1us", 1000, true},
        {"1µs", 1000, true},
        {".5s", 500000000, true},
        {"5.s", 5000000000, true},
        {"+5s", 5000000000, true},
        {"", 0, false},
        {"3", 0, false},
        {"-", 0, false},
        {"s", 0, false},
        {".s", 0, false},
        {"1d", 0, false},
        {"3000000h", 0, false},
        {"1m m", 0, false},
        {"9223372036854775808ns", 0, false},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        int64_t ns = 0;
        CHECKF(duration_parse_ns(span_of(rows[i].text), &ns) == rows[i].ok, "%s", rows[i].text);
        if (rows[i].ok)
            CHECK_INT(ns, rows[i].ns);
    }
    CHECK_STR(duration_format_ms(3600000).text, "1h0m0s");
    CHECK_STR(duration_format_ms(1500).text, "1.5s");
    CHECK_STR(duration_format_ms(250).text, "250ms");
    CHECK_STR(duration_format_ms(0).text, "0s");
    CHECK_STR(duration_format_ms(-61005).text, "-1m1.005s");
}
TEST_MAIN
