/* Regular expressions against the rows recorded from Go. The rows are JSON, which this floor cannot read: a
 * few lines here cut them apart. */
#include "text/regex.h"

#include "lib/test.h"

static void utf8(struct str *s, unsigned c)
{
    if (c < 0x80)
        str_char(s, (char)c);
    else if (c < 0x800)
        str_printf(s, "%c%c", 0xc0 | c >> 6, 0x80 | (c & 63));
    else
        str_printf(s, "%c%c%c", 0xe0 | c >> 12, 0x80 | (c >> 6 & 63), 0x80 | (c & 63));
}

/* The string of a field, escapes resolved; false when the row has no such field. */
static bool field(const char *row, const char *name, struct str *out)
{
    char *key = mem_printf("\"%s\":\"", name);
    const char *p = strstr(row, key);
    str_clear(out);
    if (p)
        p += strlen(key);
    free(key);
    if (!p)
        return false;
    for (; *p != '"'; p++) {
        if (*p != '\\') {
            str_char(out, *p);
        } else if (*++p == 'u') {
            unsigned c;
            CHECK_INT(sscanf(p + 1, "%4x", &c), 1);
            utf8(out, c);
            p += 4;
        } else {
            str_char(out, *p == 'n' ? '\n' : *p == 't' ? '\t' : *p == 'r' ? '\r' : *p);
        }
    }
    return true;
}

static void check_match(const char *row, const struct regex *r, struct span text)
{
    struct span groups[REGEX_GROUPS_MAX];
    struct str got = {0};
    bool found = regex_find(r, text, 0, groups, regex_groups(r) + 1);
    for (size_t i = 0; found && i <= regex_groups(r); i++)
        if (groups[i].at)
            str_printf(&got, "%s%td,%td", i ? "," : "[", groups[i].at - text.at,
                       groups[i].at - text.at + (ptrdiff_t)groups[i].len);
        else
            str_add(&got, ",null,null");
    str_add(&got, found ? "]" : "null");
    char *want = mem_printf("\"match\":%s,", str_text(&got));
    CHECKF(strstr(row, want), "%s: %s", row, want);
    free(want);
    str_release(&got);
    int all = 0;
    struct regex_iter it = {.regex = r, .text = text};
    while (regex_next(&it))
        all++;
    CHECKF(atoi(strstr(row, "\"all\":") + 6) == all, "%s: all %d", row, all);
}

TEST(patterns_match_as_recorded)
{
    char *text = test_read_file(test_conformance("regex/patterns.jsonl"), NULL), *save = NULL;
    struct str pattern = {0}, subject = {0}, error = {0};
    int rows = 0;
    for (char *row = strtok_r(text, "\n", &save); row; row = strtok_r(NULL, "\n", &save), rows++) {
        struct regex *r = NULL;
        CHECK(field(row, "pattern", &pattern) && field(row, "text", &subject));
        struct err *e = regex_compile(str_span(&pattern), &r);
        if (field(row, "error", &error)) {
            CHECKF(e, "%s compiles", row);
            CHECK_STR(e->msg, str_text(&error));
            err_free(e);
            continue;
        }
        CHECKF(!e, "%s: %s", row, e->msg);
        check_match(row, r, str_span(&subject));
        regex_free(r);
    }
    CHECK(rows >= 60);
    str_release(&pattern);
    str_release(&subject);
    str_release(&error);
    free(text);
}

TEST(replacing_expands_go_templates)
{
    static const char *const rows[][4] = {{"a(x*)b", "-ab-axxb-", "T", "-T-T-"},
                                          {"a(x*)b", "-ab-axxb-", "$1", "--xx-"},
                                          {"a(x*)b", "-ab-axxb-", "$1W", "---"},
                                          {"a(x*)b", "-ab-axxb-", "${1}W", "-W-xxW-"},
                                          {"(?P<n>o+)", "foo", "<$n>$$", "f<oo>$"},
                                          {"b*", "abc", "-", "-a-c-"},
                                          {"(?<y>\\d+)-(\\d+)", "1-2", "$2/${y}", "2/1"},
                                          {"x", "axa", "${", "a${a"},
                                          {"[(?<]", "a(b", "_", "a_b"}};
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        CLEANUP(regex_freep) struct regex *r = NULL;
        CLEANUP(str_release) struct str out = {0};
        CHECK_OK(regex_compile(span_of(rows[i][0]), &r));
        regex_replace(r, span_of(rows[i][1]), span_of(rows[i][2]), &out);
        CHECK_STR(str_text(&out), rows[i][3]);
    }
}

TEST(quoting_names_and_limits)
{
    CLEANUP(regex_freep) struct regex *r = NULL;
    CLEANUP(str_release) struct str s = {0};
    regex_quote(span_of("a.b*[c]"), &s);
    CHECK_STR(str_text(&s), "a\\.b\\*\\[c\\]");
    CHECK_OK(regex_compile(span_of("(a)(?P<name>b)\\Q\\C\\E"), &r));
    CHECK_INT(regex_groups(r), 2);
    CHECK_STR(regex_group_name(r, 2), "name");
    CHECK_STR(regex_group_name(r, 1), "");
    CHECK(regex_match(r, span_of("xab\\Cx")));
    str_clear(&s);
    str_fill(&s, 'a', REGEX_MAX + 1);
    struct regex *none = NULL;
    CHECK_ERR(regex_compile(str_span(&s), &none), ERR_INVALID, "too large");
    CHECK_ERR(regex_compile(span_of("((((a{100}){100}){100}){100})"), &none), ERR_INVALID,
              "error parsing regexp");
}

TEST_MAIN
