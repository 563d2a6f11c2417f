/* Quantities: forms, canonical text, order, rounding. */
#include "text/quantity.h"

#include "lib/test.h"

TEST(quantities_have_one_canonical_text)
{
    static const char *const rows[][2] = {{"0", "0"},
                                          {"0m", "0"},
                                          {"1", "1"},
                                          {"1000", "1k"},
                                          {"1000m", "1"},
                                          {"1500m", "1500m"},
                                          {"0.5", "500m"},
                                          {"1.5", "1500m"},
                                          {".5", "500m"},
                                          {"1.", "1"},
                                          {"100k", "100k"},
                                          {"12345", "12345"},
                                          {"1Ki", "1Ki"},
                                          {"1024", "1024"},
                                          {"1024Ki", "1Mi"},
                                          {"1.5Gi", "1536Mi"},
                                          {"0.5Ki", "512"},
                                          {"1000Ki", "1000Ki"},
                                          {"1e3", "1e3"},
                                          {"1E3", "1e3"},
                                          {"12e-1", "1200e-3"},
                                          {"1E", "1E"},
                                          {"+1", "1"},
                                          {"-1.5Gi", "-1536Mi"},
                                          {"1n", "1n"},
                                          {"0.1n", "1n"},
                                          {"-0.1n", "-1n"},
                                          {"1.0000000001", "1000000001n"},
                                          {"9223372036854775807", "9223372036854775807"},
                                          {"9223372036854775808", "9223372036854775807"},
                                          {"1e100", "9223372036854775807"},
                                          {"8Ei", "9223372036854775807"},
                                          {"100E", "9223372036854775807"},
                                          {"1.00000000000000000000000000000000000000Gi", "1Gi"},
                                          {"10000000000000000000000n", "10T"},
                                          {"1e-1000", "1e-9"},
                                          {"0.001Ki", "1024m"},
                                          {"00012", "12"},
                                          {"7Ei", "7Ei"},
                                          {"1u", "1u"},
                                          {"128974848", "128974848"},
                                          {"129M", "129M"}};
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        CLEANUP(str_release) struct str s = {0};
        struct quantity q;
        CHECK_OK(quantity_parse(span_of(rows[i][0]), &q));
        quantity_text(&q, &s);
        CHECKF(streq(str_text(&s), rows[i][1]), "%s is %s, want %s", rows[i][0], str_text(&s), rows[i][1]);
    }
    static const char *const bad[] = {"",    "x",  "1x", "1.2.3", "--1", "Ki", "1 Ki",
                                      "1ki", "1K", "1e", "1e+",   "1mi", "+",  "."};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct quantity q;
        struct err *e = quantity_parse(span_of(bad[i]), &q);
        CHECKF(e, "'%s' is taken", bad[i]);
        err_free(e);
    }
}

TEST(quantities_compare_by_value)
{
    static const char *const rows[][3] = {
        {"1000m", "1", "="}, {"1Gi", "1G", ">"}, {"0.1", "100m", "="}, {"-1", "1", "<"}, {"1e3", "1k", "="}};
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct quantity x, y;
        CHECK_OK(quantity_parse(span_of(rows[i][0]), &x));
        CHECK_OK(quantity_parse(span_of(rows[i][1]), &y));
        CHECK_INT(quantity_compare(&x, &y), rows[i][2][0] == '=' ? 0 : rows[i][2][0] == '<' ? -1 : 1);
    }
    struct quantity q;
    CHECK_OK(quantity_parse(span_of("1001m"), &q));
    CHECK_INT(quantity_int(&q), 2);
    CHECK_INT(quantity_milli(&q), 1001);
    CHECK_OK(quantity_parse(span_of("-1001m"), &q));
    CHECK_INT(quantity_int(&q), -2);
    q = quantity_add(&q, &q);
    CHECK_INT(quantity_milli(&q), -2002);
    CHECK_OK(quantity_parse(span_of("8Ei"), &q));
    CHECK_INT(quantity_int(&q), INT64_MAX);
    CHECK_INT(quantity_milli(&q), INT64_MAX);
}

TEST_MAIN
