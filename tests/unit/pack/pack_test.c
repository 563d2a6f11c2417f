/* zstd, gzip, archives: round trips, limits, damage, hostile entries. */
#include "lib/test.h"
#include "pack/archive.h"
#include "pack/gzip.h"
#include "pack/zstd.h"

/* Repeating YAML of `len` bytes. */
static struct span sample(struct arena *a, size_t len)
{
    static const char line[] = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\n";
    char *text = arena_raw(a, len + 1);
    for (size_t i = 0; i < len; i++)
        text[i] = line[i % (sizeof(line) - 1)];
    text[len] = 0;
    return (struct span){text, len};
}

TEST(zstd_gives_back_what_it_took)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    CLEANUP(pack_zstd_freep) struct pack_zstd *z = pack_zstd_new(-1, (struct span){NULL, 0});
    size_t sizes[] = {0, 1, 1000, 1 << 20};
    for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
        struct span plain = sample(a, sizes[i]), packed = pack_zstd_compress(z, a, plain), back;
        CHECK_OK(pack_zstd_decompress(z, a, packed, sizes[i], &back));
        CHECK(span_eq(plain, back));
        if (sizes[i])
            CHECK_ERR(pack_zstd_decompress(z, a, packed, sizes[i] - 1, &back), ERR_EXHAUSTED,
                      "more than the limit");
        CHECK_ERR(pack_zstd_decompress(z, a, (struct span){packed.at, packed.len - 1}, 1 << 21, &back),
                  ERR_DATA_LOSS, "");
    }
    struct span packed = pack_zstd_compress(z, a, sample(a, 1000)), back;
    char *forged = arena_dup(a, packed.at, packed.len);
    forged[packed.len - 1] ^= 1;
    CHECK_ERR(pack_zstd_decompress(z, a, (struct span){forged, packed.len}, 2000, &back), ERR_DATA_LOSS,
              "damaged zstd");
    CHECK_ERR(pack_zstd_decompress(z, a, span_of("nonsense"), 2000, &back), ERR_DATA_LOSS, "not one whole");
}

TEST(zstd_dictionary_shrinks_small_bodies)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    char *all = arena_raw(a, 200 * 400);
    size_t lengths[400], len = 0;
    for (size_t i = 0; i < 400; i++) {
        const char *one = arena_printf(a,
                                       "{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"metadata\":{\"name\":"
                                       "\"n%zu\"},\"data\":{\"k\":\"%zu\"}}",
                                       i, i * 7919);
        lengths[i] = strlen(one);
        memcpy(all + len, one, lengths[i]);
        len += lengths[i];
    }
    struct span dict = pack_zstd_train(a, (struct span){all, len}, lengths, 400, 4096);
    CHECK(dict.len > 0);
    CLEANUP(pack_zstd_freep)
    struct pack_zstd *with = pack_zstd_new(-1, dict),
                     *without = pack_zstd_new(-1, (struct span){NULL, 0});
    struct span body = {all, lengths[0]}, packed = pack_zstd_compress(with, a, body), back;
    CHECK(packed.len < pack_zstd_compress(without, a, body).len);
    CHECK_OK(pack_zstd_decompress(with, a, packed, 1000, &back));
    CHECK(span_eq(body, back));
    CHECK_ERR(pack_zstd_decompress(without, a, packed, 1000, &back), ERR_DATA_LOSS, "damaged zstd");
}

TEST(gzip_whole_and_streamed)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    struct span plain = sample(a, 300000), packed = pack_gzip(a, plain), back;
    CHECK_OK(pack_gunzip(a, packed, plain.len, &back));
    CHECK(span_eq(plain, back));
    CHECK_ERR(pack_gunzip(a, packed, plain.len - 1, &back), ERR_EXHAUSTED, "more than the limit");
    CHECK_ERR(pack_gunzip(a, (struct span){packed.at, packed.len - 1}, 1 << 20, &back), ERR_DATA_LOSS,
              "cut short");
    CHECK_ERR(pack_gunzip(a, span_of("nonsense"), 1 << 20, &back), ERR_DATA_LOSS, "damaged gzip");
    CHECK_ERR(pack_gunzip(a, (struct span){NULL, 0}, 1 << 20, &back), ERR_DATA_LOSS, "cut short");
    struct pack_gzip_stream *s = pack_gzip_stream_new();
    CLEANUP(str_release) struct str out = {0};
    pack_gzip_stream_add(s, span_of("event: one\n"), true, &out);
    size_t flushed = out.len;
    CHECK(flushed > 10);
    pack_gzip_stream_add(s, span_of("event: two\n"), false, &out);
    pack_gzip_stream_end(s, &out);
    pack_gzip_stream_freep(&s);
    CHECK_OK(pack_gunzip(a, str_span(&out), 1000, &back));
    CHECK(span_is(back, "event: one\nevent: two\n"));
    char *two = arena_raw(a, 2 * out.len);
    memcpy(two, out.at, out.len);
    memcpy(two + out.len, out.at, out.len);
    CHECK_OK(pack_gunzip(a, (struct span){two, 2 * out.len}, 1000, &back));
    CHECK_INT(back.len, 44);
}

/* --- archives: tar blocks made by hand, so that hostile ones are as easy as good ones --- */

static void tar_add(struct str *tar, const char *name, char type, const char *link, struct span content)
{
    char h[512] = {0};
    snprintf(h, 100, "%s", name);
    snprintf(h + 100, 8, "0000644");
    snprintf(h + 124, 12, "%011o", (unsigned)content.len);
    snprintf(h + 136, 12, "%011o", 0U);
    memset(h + 148, ' ', 8);
    h[156] = type;
    snprintf(h + 157, 100, "%s", link);
    memcpy(h + 257, "ustar\00000", 8);
    unsigned sum = 0;
    for (size_t i = 0; i < sizeof(h); i++)
        sum += (unsigned char)h[i];
    snprintf(h + 148, 8, "%06o", sum);
    str_add_n(tar, h, sizeof(h));
    str_add_span(tar, content);
    str_fill(tar, 0, (512 - content.len % 512) % 512);
}

static struct err *note(void *arg, const char *path, struct span content, mode_t mode)
{
    str_printf(arg, "%s=%.*s;", path, (int)MIN(content.len, (size_t)8), content.at);
    return mode == 0644 ? NULL : err_new(ERR_INTERNAL, "mode %o", mode);
}

TEST(archives_give_their_files)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    CLEANUP(str_release) struct str tar = {0}, seen = {0};
    tar_add(&tar, "chart/", '5', "", span_of(""));
    tar_add(&tar, "chart/Chart.yaml", '0', "", span_of("name: x"));
    tar_add(&tar, "./chart/b", '0', "", span_of(""));
    str_fill(&tar, 0, 1024);
    CHECK_OK(pack_archive_read(str_span(&tar), &pack_archive_defaults, note, &seen));
    CHECK_STR(str_text(&seen), "chart/Chart.yaml=name: x;chart/b=;");
    str_clear(&seen);
    CHECK_OK(pack_archive_read(pack_gzip(a, str_span(&tar)), &pack_archive_defaults, note, &seen));
    CHECK_STR(str_text(&seen), "chart/Chart.yaml=name: x;chart/b=;");
}

TEST(archives_refuse_what_leads_out)
{
    static const struct {
        const char *name;
        char type;
        const char *link, *want;
    } rows[] = {
        {"a/../../b", '0', "", "leaves its root"},
        {"/etc/passwd", '0', "", "is absolute"},
        {"l", '2', "/etc", "'l' in the archive is a symbolic link"},
        {"h", '1', "x", "is a hard link"},
        {"fifo", '6', "", "is neither file nor folder"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        CLEANUP(str_release) struct str tar = {0}, seen = {0};
        tar_add(&tar, rows[i].name, rows[i].type, rows[i].link, span_of(""));
        str_fill(&tar, 0, 1024);
        CHECK_ERR(pack_archive_read(str_span(&tar), &pack_archive_defaults, note, &seen), ERR_INVALID,
                  rows[i].want);
        CHECK_STR(str_text(&seen), "");
    }
}

TEST(archives_are_limited)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    CLEANUP(str_release) struct str tar = {0}, seen = {0};
    char *zeros = arena_alloc(a, 4 << 20, 16);
    tar_add(&tar, "bomb", '0', "", (struct span){zeros, 4 << 20});
    tar_add(&tar, "next", '0', "", span_of("x"));
    str_fill(&tar, 0, 1024);
    struct span packed = pack_gzip(a, str_span(&tar));
    struct pack_archive_limits few = pack_archive_defaults, small = few, total = few;
    few.entries = 1, few.ratio = 0, small.entry_bytes = 1000, total.total_bytes = 1000;
    CHECK_ERR(pack_archive_read(packed, &pack_archive_defaults, note, &seen), ERR_EXHAUSTED,
              "more than 200 times its size");
    CHECK_ERR(pack_archive_read(packed, &few, note, &seen), ERR_EXHAUSTED, "more than 1 entries");
    CHECK_ERR(pack_archive_read(packed, &small, note, &seen), ERR_EXHAUSTED,
              "'bomb' in the archive is larger");
    CHECK_ERR(pack_archive_read(packed, &total, note, &seen), ERR_EXHAUSTED, "limit of 1000 bytes");
    CHECK_ERR(pack_archive_read(span_of("nonsense"), &few, note, &seen), ERR_DATA_LOSS, "damaged archive");
    CHECK_ERR(pack_archive_read((struct span){packed.at, packed.len / 2}, &few, note, &seen), ERR_DATA_LOSS,
              "damaged");
    CHECK_ERR(pack_archive_read((struct span){NULL, 0}, &few, note, &seen), ERR_DATA_LOSS, "damaged archive");
}
TEST_MAIN
