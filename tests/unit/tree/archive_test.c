/* Archives as trees: what lies where, and what is refused. */
#include "base/str.h"
#include "lib/test.h"
#include "tree/archive.h"

#include <stdio.h>

/* --- a tar of our own making --- */

static void add(struct str *tar, const char *path, const char *content, char type)
{
    char head[512] = {0};
    unsigned sum = 0;
    snprintf(head, 100, "%s", path);
    snprintf(head + 100, 8, "%07o", 0644);
    snprintf(head + 124, 12, "%011zo", type == '0' ? strlen(content) : 0);
    snprintf(head + 136, 12, "%011o", 0);
    memset(head + 148, ' ', 8);
    head[156] = type;
    if (type != '0')
        snprintf(head + 157, 100, "%s", content);
    memcpy(head + 257, "ustar", 6);
    memcpy(head + 263, "00", 2);
    for (size_t i = 0; i < sizeof(head); i++)
        sum += (unsigned char)head[i];
    snprintf(head + 148, 8, "%06o", sum);
    str_add_n(tar, head, sizeof(head));
    if (type != '0')
        return;
    str_add(tar, content);
    str_fill(tar, '\0', (512 - strlen(content) % 512) % 512);
}

static struct span end(struct str *tar)
{
    str_fill(tar, '\0', 1024);
    return str_span(tar);
}

TEST(archive_lists_reads_and_stats)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    CLEANUP(str_release) struct str tar = {0};
    CLEANUP(tree_freep) struct tree *t = NULL;
    struct tree_list list;
    struct tree_stat st, other;
    struct span bytes;
    char names[TREE_DIGEST_MAX + 1];
    add(&tar, "b/c/z.yaml", "z", '0');
    add(&tar, "b/c/a.yaml", "hello", '0');
    add(&tar, "top.yaml", "top", '0');
    add(&tar, "top.yaml", "later", '0');
    CHECK_OK(tree_archive(end(&tar), NULL, false, &t));
    CHECK_OK(tree_list(t, "", a, &list));
    CHECK_INT(list.len, 2);
    CHECK_STR(list.at[0].name, "b");
    CHECK_INT(list.at[0].kind, TREE_DIR);
    CHECK_STR(list.at[1].name, "top.yaml");
    CHECK_OK(tree_list(t, "b/c", a, &list));
    CHECK_STR(list.at[0].name, "a.yaml");
    CHECK_STR(list.at[1].name, "z.yaml");
    CHECK_OK(tree_read(t, "top.yaml", 100, a, &bytes));
    CHECK_STR(bytes.at, "later");
    CHECK_ERR(tree_read(t, "b/c/a.yaml", 4, a, &bytes), ERR_EXHAUSTED, "5 bytes");
    CHECK_ERR(tree_read(t, "b", 4, a, &bytes), ERR_NOT_FOUND, "no such file");
    CHECK_ERR(tree_list(t, "top.yaml", a, &list), ERR_NOT_FOUND, "no such folder");
    CHECK_OK(tree_stat(t, "b/c/a.yaml", &st));
    CHECK_INT(st.kind, TREE_FILE);
    CHECK_INT(strlen(st.digest), 32);
    CHECK_OK(tree_stat(t, "b/c/z.yaml", &other));
    CHECK(!streq(st.digest, other.digest));
    CHECK_OK(tree_stat(t, "nowhere", &st));
    CHECK_INT(st.kind, TREE_ABSENT);
    CHECK_OK(tree_names(t, "b/c", names));
    CHECK_ERR(tree_names(t, "x", names), ERR_NOT_FOUND, "no such folder");
}

TEST(archive_of_one_folder_is_that_folder)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    CLEANUP(str_release) struct str tar = {0};
    CLEANUP(tree_freep) struct tree *t = NULL;
    struct span bytes;
    add(&tar, "shop/Chart.yaml", "name: shop", '0');
    add(&tar, "shop/templates/a.yaml", "a", '0');
    CHECK_OK(tree_archive(end(&tar), NULL, true, &t));
    CHECK_OK(tree_read(t, "Chart.yaml", 100, a, &bytes));
    CHECK_STR(bytes.at, "name: shop");
    CHECK_OK(tree_read(t, "templates/a.yaml", 100, a, &bytes));
}

static struct err *refuse(const char *first, const char *second, bool strip)
{
    CLEANUP(str_release) struct str tar = {0};
    CLEANUP(tree_freep) struct tree *t = NULL;
    add(&tar, first, "x", '0');
    add(&tar, second, "y", '0');
    return tree_archive(end(&tar), NULL, strip, &t);
}

TEST(archive_refuses_what_is_no_tree)
{
    CLEANUP(str_release) struct str tar = {0};
    struct tree *t = NULL;
    CHECK_ERR(refuse("a/b", "c", true), ERR_INVALID, "outside of its one folder");
    CHECK_ERR(refuse("a/b", "c/d", true), ERR_INVALID, "expected a single one");
    CHECK_ERR(refuse("a", "a/b", false), ERR_INVALID, "a file where a folder is");
    CHECK_ERR(refuse("a/b", "a", false), ERR_INVALID, "a file where a folder is");
    CHECK_ERR(refuse("a/b", "../c", false), ERR_INVALID, "..");
    add(&tar, "link", "/etc/passwd", '2');
    CHECK_ERR(tree_archive(end(&tar), NULL, false, &t), ERR_INVALID, "link");
    CHECK_ERR(tree_archive(span_of("no archive"), NULL, false, &t), ERR_DATA_LOSS, "");
}

TEST(archive_keeps_to_its_limits)
{
    CLEANUP(str_release) struct str tar = {0};
    struct tree *t = NULL;
    struct pack_archive_limits limits = {.entries = 1, .entry_bytes = 10, .total_bytes = 10};
    add(&tar, "a", "1", '0');
    add(&tar, "b", "2", '0');
    CHECK_ERR(tree_archive(end(&tar), &limits, false, &t), ERR_EXHAUSTED, "");
}

TEST_MAIN
