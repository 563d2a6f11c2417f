/* Folders and archives (specs/helm.md §4.2-4.5). */
#include "pack/gzip.h"
#include "unit/render/rig.h"

/* --- archives --- */

struct entry {
    const char *name, *text;
    char type; /* '0' file, '2' link to text */
};

static void tar_entry(struct str *out, const char *name, const char *text, size_t len, char type)
{
    char head[512] = {0};
    unsigned sum = 0;
    bool link = type == '2';
    snprintf(head, 100, "%s", name);
    memcpy(head + 100, "0000644", 8);
    memcpy(head + 108, "0000000", 8);
    memcpy(head + 116, "0000000", 8);
    snprintf(head + 124, 12, "%011o", link ? 0U : (unsigned)len);
    memcpy(head + 136, "00000000000", 12);
    memset(head + 148, ' ', 8);
    head[156] = type;
    if (link)
        snprintf(head + 157, 100, "%s", text);
    memcpy(head + 257, "ustar\00000", 8);
    for (size_t i = 0; i < sizeof(head); i++)
        sum += (unsigned char)head[i];
    snprintf(head + 148, 8, "%06o", sum);
    str_add_n(out, head, sizeof(head));
    if (link)
        return;
    str_add_n(out, text, len);
    str_fill(out, 0, (512 - len % 512) % 512);
}

static struct span tgz(struct arena *a, const struct entry *entries)
{
    CLEANUP(str_release) struct str tar = {0};
    for (; entries->name; entries++)
        tar_entry(&tar, entries->name, entries->text, strlen(entries->text),
                  entries->type ? entries->type : '0');
    str_fill(&tar, 0, 1024);
    return pack_gzip(a, str_span(&tar));
}

static struct err *load(struct arena *a, struct span bytes, struct helm_chart **out)
{
    CLEANUP(helm_cache_freep) struct helm_cache *cache = helm_cache_new(0);
    struct helm_loader l = {.cache = cache, .arena = a, .warnings = doc_new_list(a)};
    return helm_load_archive(&l, bytes, out);
}

TEST(a_folder_of_charts_needs_its_chart)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    static const struct entry entries[] = {{"x/Chart.yaml", CHART_YAML, 0},
                                           {"x/charts/_off/Chart.yaml", "nonsense: [", 0},
                                           {"x/charts/stray.md", "not a chart", 0},
                                           {NULL, NULL, 0}};
    struct helm_chart *c = NULL;
    struct err *e = load(a, tgz(a, entries), &c);
    CHECK(e && strstr(e->msg, "error unpacking subchart stray.md in shop: Chart.yaml file is missing"));
    err_free(e);
}

TEST(archives_in_archives)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    static const struct entry child[] = {{"sub/Chart.yaml", "name: sub\nversion: 0.1.0\n", 0},
                                         {NULL, NULL, 0}};
    struct span packed = tgz(a, child);
    CLEANUP(str_release) struct str tar = {0};
    tar_entry(&tar, "x/Chart.yaml", CHART_YAML, strlen(CHART_YAML), '0');
    tar_entry(&tar, "x/charts/sub-0.1.0.tgz", packed.at, packed.len, '0');
    tar_entry(&tar, "x/charts/sub.tgz.prov", "p", 1, '0');
    tar_entry(&tar, "x/values.schema.json", "{}", 2, '0');
    tar_entry(&tar, "x/templates/t.yaml", "a: 1", 4, '0');
    str_fill(&tar, 0, 1024);
    struct helm_chart *c = NULL;
    struct err *e = load(a, pack_gzip(a, str_span(&tar)), &c);
    CHECK(!e);
    CHECK_STR(c->meta.app_version, "4.5");
    CHECK_INT(c->children_len, 1);
    CHECK_STR(c->children[0]->meta.name, "sub");
    CHECK_STR(helm_chart_path(a, c->children[0]), "shop/charts/sub");
    CHECK_INT(c->files.len, 1);
    CHECK_INT(c->templates.len, 1);
    CHECK(c->schema.len == 2);
}

TEST(hostile_archives_are_refused)
{
    static const struct entry climbing[] = {
        {"x/Chart.yaml", CHART_YAML, 0}, {"x/../../etc/cron", "x", 0}, {NULL, NULL, 0}};
    static const struct entry absolute[] = {{"/etc/cron", "x", 0}, {NULL, NULL, 0}};
    static const struct entry link[] = {
        {"x/Chart.yaml", CHART_YAML, 0}, {"x/link", "/etc/passwd", '2'}, {NULL, NULL, 0}};
    static const struct entry bare[] = {{"Chart.yaml", CHART_YAML, 0}, {NULL, NULL, 0}};
    static const struct entry none[] = {{"x/readme", "x", 0}, {NULL, NULL, 0}};
    static const struct {
        const struct entry *entries;
        const char *want;
    } rows[] = {{climbing, ""},
                {absolute, ""},
                {link, ""},
                {bare, "chart yaml not in base directory"},
                {none, "Chart.yaml file is missing"}};
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        CLEANUP(arena_freep) struct arena *a = arena_new("test");
        struct helm_chart *c = NULL;
        struct err *e = load(a, tgz(a, rows[i].entries), &c);
        CHECKF(e && strstr(e->msg, rows[i].want), "row %zu: %s", i, e ? e->msg : "success");
        err_free(e);
    }
}

TEST(bombs_are_refused)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    CLEANUP(str_release) struct str zeros = {0}, tar = {0};
    str_fill(&zeros, ' ', HELM_FILE_MAX + 1);
    tar_entry(&tar, "x/Chart.yaml", CHART_YAML, strlen(CHART_YAML), '0');
    tar_entry(&tar, "x/big", zeros.at, zeros.len, '0');
    str_fill(&tar, 0, 1024);
    struct helm_chart *c = NULL;
    struct err *e = load(a, pack_gzip(a, str_span(&tar)), &c);
    CHECK(e && e->code == ERR_EXHAUSTED);
    err_free(e);
    struct span inner =
        tgz(a, (struct entry[]){{"x/Chart.yaml", "name: x\nversion: 1.0.0\n", 0}, {NULL, NULL, 0}});
    for (int i = 0; i < HELM_NESTING + 1; i++) {
        str_clear(&tar);
        tar_entry(&tar, "x/Chart.yaml", "name: x\nversion: 1.0.0\n", 23, '0');
        tar_entry(&tar, "x/charts/x.tgz", inner.at, inner.len, '0');
        str_fill(&tar, 0, 1024);
        inner = pack_gzip(a, str_span(&tar));
    }
    e = load(a, inner, &c);
    CHECK(e && e->code == ERR_EXHAUSTED && strstr(e->msg, "nested more than"));
    err_free(e);
}

/* --- folders --- */

TEST(helmignore)
{
    static const struct {
        const char *rules, *path;
        bool dir, ignored;
    } rows[] = {
        {"", "templates/.hidden", false, true},
        {"", "templates/a.yaml", false, false},
        {"# a comment\n\n*.md\n", "readme.md", false, true},
        {"*.md\n", "docs/readme.md", false, true},
        {"docs/\n", "docs", true, true},
        {"docs/\n", "docs", false, false},
        {"/top.txt\n", "top.txt", false, true},
        {"/top.txt\n", "sub/top.txt", false, false},
        {"a/*.txt\n", "a/b.txt", false, true},
        {"a/*.txt\n", "a/b/c.txt", false, false},
        {"[a-c].txt\n", "b.txt", false, true},
        {"  spaced.txt  \n", "spaced.txt", false, true},
        /* a negated rule ignores what it does not match */
        {"!keep.txt\n", "other.txt", false, true},
        {"!keep.txt\n", "keep.txt", false, false},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        CLEANUP(arena_freep) struct arena *a = arena_new("test");
        struct helm_ignore *ignore = NULL;
        struct err *e = helm_ignore_read(a, span_of(rows[i].rules), &ignore);
        CHECK(!e);
        CHECKF(helm_ignores(ignore, rows[i].path, rows[i].dir) == rows[i].ignored, "%s %s", rows[i].rules,
               rows[i].path);
    }
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    struct helm_ignore *ignore = NULL;
    struct err *e = helm_ignore_read(a, span_of("a/**\n"), &ignore);
    CHECK(e && strstr(e->msg, "double-star (**) syntax is not supported"));
    err_free(e);
}

TEST(an_ignored_folder_is_not_read)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    static const struct rig_file files[] = {
        {"Chart.yaml", CHART_YAML, NULL},
        {".helmignore", "charts/old\nsecret.txt\n", NULL},
        {"secret.txt", "s", NULL},
        {"templates/t.yaml", "a: '{{ .Files.Get \"secret.txt\" }}'", NULL},
        {"charts/old/Chart.yaml", "nonsense", NULL},
        {NULL, NULL, NULL}};
    CHECK_STR(rig_render(a, files, "", &(struct helm_request){.release = "r"}),
              "---\n# Source: shop/templates/t.yaml\na: ''\n");
}

TEST(texts_of_the_metadata)
{
    static const struct {
        const char *yaml, *template, *want;
    } rows[] = {
        {"appVersion: 1.20\n", "{{ .Chart.AppVersion }}", "1.2"},
        {"appVersion: 0755\n", "{{ .Chart.AppVersion }}", "493"},
        {"appVersion: 1e3\n", "{{ .Chart.AppVersion }}", "1000"},
        {"appVersion: true\n", "{{ .Chart.AppVersion }}", "true"},
        {"APPVERSION: x\n", "{{ .Chart.AppVersion }}", "x"},
        {"description: \"a\\tb\\u0007c\"\n", "{{ .Chart.Description }}", "a bc"},
        {"annotations: {a: 1, b: yes}\n", "{{ .Chart.Annotations.a }}{{ .Chart.Annotations.b }}", "1true"},
        {"keywords: [k]\nmaintainers: [{name: n, email: e}]\n",
         "{{ first .Chart.Keywords }}{{ (first .Chart.Maintainers).Email }}", "ke"},
        {"deprecated: true\n", "{{ .Chart.Deprecated }}", "true"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        CLEANUP(arena_freep) struct arena *a = arena_new("test");
        struct rig_file files[] = {
            {"Chart.yaml", arena_printf(a, "apiVersion: v2\nname: shop\nversion: 1.0.0\n%s", rows[i].yaml),
             NULL},
            {"templates/t.yaml", arena_printf(a, "v: \"%s\"", rows[i].template), NULL},
            {NULL, NULL, NULL}};
        CHECK_STR(rig_render(a, files, "", &(struct helm_request){.release = "r"}),
                  arena_printf(a, "---\n# Source: shop/templates/t.yaml\nv: \"%s\"\n", rows[i].want));
    }
}
TEST_MAIN
