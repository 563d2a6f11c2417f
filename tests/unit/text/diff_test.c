/* Line differences: unified output as diff -u has it, and that applying a difference gives the new text. */
#include "text/diff.h"

#include "lib/test.h"
#include "text/table.h"

static char *unified(const char *old_text, const char *new_text, size_t context)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    CLEANUP(str_release) struct str out = {0};
    struct diff d;
    diff_lines(a, span_of(old_text), span_of(new_text), &d);
    diff_unified(&d, "old", "new", context, &out);
    return str_steal(&out);
}

TEST(unified_output)
{
    static const char *const rows[][3] = {
        {"a\nb\n", "a\nb\n", ""},
        {"", "", ""},
        {"a\n", "b\n", "--- old\n+++ new\n@@ -1 +1 @@\n-a\n+b\n"},
        {"", "a\nb\n", "--- old\n+++ new\n@@ -0,0 +1,2 @@\n+a\n+b\n"},
        {"a\nb\n", "", "--- old\n+++ new\n@@ -1,2 +0,0 @@\n-a\n-b\n"},
        {"a", "a\n", "--- old\n+++ new\n@@ -1 +1 @@\n-a\n\\ No newline at end of file\n+a\n"},
        {"x\na", "y\na", "--- old\n+++ new\n@@ -1,2 +1,2 @@\n-x\n+y\n a\n\\ No newline at end of file\n"},
        {"1\n2\n3\n4\n5\n6\n7\n8\n9\n", "1\n2\n3\n4\nx\n6\n7\n8\n9\n",
         "--- old\n+++ new\n@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+x\n 6\n 7\n 8\n"},
        {"a\n1\n2\n3\n4\n5\n6\nb\n", "A\n1\n2\n3\n4\n5\n6\nB\n",
         "--- old\n+++ new\n@@ -1,8 +1,8 @@\n-a\n+A\n 1\n 2\n 3\n 4\n 5\n 6\n-b\n+B\n"},
        {"a\n1\n2\n3\n4\n5\n6\n7\nb\n", "A\n1\n2\n3\n4\n5\n6\n7\nB\n",
         "--- old\n+++ new\n@@ -1,4 +1,4 @@\n-a\n+A\n 1\n 2\n 3\n@@ -6,4 +6,4 @@\n 5\n 6\n 7\n-b\n+B\n"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        char *got = unified(rows[i][0], rows[i][1], 3);
        CHECK_STR(got, rows[i][2]);
        free(got);
    }
    char *got = unified("a\nb\nc\n", "a\nx\nc\n", 0);
    CHECK_STR(got, "--- old\n+++ new\n@@ -2 +2 @@\n-b\n+x\n");
    free(got);
}

static uint32_t next_random(uint32_t *seed)
{
    *seed = *seed * 1664525 + 1013904223;
    return *seed >> 16;
}

static void random_text(struct str *s, uint32_t *seed, uint32_t lines, uint32_t words)
{
    for (uint32_t i = next_random(seed) % (lines + 1); i-- > 0;)
        str_printf(s, "%u\n", next_random(seed) % words);
    if (next_random(seed) % 3 == 0)
        str_add(s, "end");
}

static void check_applies(struct span x, struct span y)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    struct diff d;
    diff_lines(a, x, y, &d);
    size_t old_line = 0, new_line = 0;
    for (size_t i = 0; i < d.runs_len; i++) {
        const struct diff_run *r = &d.runs[i];
        CHECK_INT(r->old_line, old_line);
        CHECK_INT(r->new_line, new_line);
        for (size_t j = 0; r->kind == DIFF_SAME && j < r->lines; j++)
            CHECK(span_eq(d.old_lines[old_line + j], d.new_lines[new_line + j]));
        old_line += r->kind != DIFF_NEW ? r->lines : 0;
        new_line += r->kind != DIFF_OLD ? r->lines : 0;
    }
    CHECK_INT(old_line, d.old_len);
    CHECK_INT(new_line, d.new_len);
}

TEST(a_difference_leads_from_old_to_new)
{
    uint32_t seed = 7;
    for (int i = 0; i < 500; i++) {
        CLEANUP(str_release) struct str x = {0}, y = {0};
        random_text(&x, &seed, 30, 1 + (uint32_t)i % 12);
        random_text(&y, &seed, 30, 1 + (uint32_t)i % 12);
        check_applies(str_span(&x), str_span(&y));
    }
}

TEST(texts_with_nothing_in_common_end_soon)
{
    CLEANUP(str_release) struct str x = {0}, y = {0};
    for (int i = 0; i < 12000; i++) {
        str_printf(&x, "old %d\n", i);
        str_printf(&y, i % 50 ? "new %d\n" : "old %d\n", i % 50 ? i : (i * 7919) % 12000);
    }
    check_applies(str_span(&x), str_span(&y));
}

TEST(tables_align_columns)
{
    CLEANUP(table_freep) struct table *t = table_new(3, 2);
    CLEANUP(str_release) struct str out = {0};
    static const char *const cells[] = {
        "NAME", "SYNC", "N", "web", "Synced", "1", "\xe4\xb8\xad\xe6\x96\x87", "e\xcc\x81", "20"};
    for (size_t i = 0; i < ARRAY_LEN(cells); i++)
        table_cell(t, cells[i], i == 4 ? "32" : NULL);
    table_write(t, false, &out);
    CHECK_STR(str_text(&out),
              "NAME  SYNC    N\nweb   Synced  1\n\xe4\xb8\xad\xe6\x96\x87  e\xcc\x81       20\n");
    str_clear(&out);
    table_right(t, 2);
    table_write(t, true, &out);
    CHECK_STR(
        str_text(&out),
        "NAME  SYNC     N\nweb   \x1b[32mSynced\x1b[0m   1\n\xe4\xb8\xad\xe6\x96\x87  e\xcc\x81       20\n");
    CHECK_INT(table_width(span_of("\x1b[31mred\x1b[0m")), 3);
}

TEST_MAIN
