/* pack/archive - libarchive over a memory block; each limit is checked before the bytes that break it are
 * kept. */
#include "pack/archive.h"

#include "base/file.h"
#include "base/str.h"

#include <archive.h>
#include <archive_entry.h>

enum { CHUNK = 64 * 1024, RATIO_FROM = 1 << 20, NAME_SHOWN = 200 };

const struct pack_archive_limits pack_archive_defaults = {10000, 64 << 20, 256 << 20, 200};

struct reading {
    struct archive *archive;
    struct span source;
    const struct pack_archive_limits *limits;
    struct err *(*entry)(void *arg, const char *path, struct span content, mode_t mode);
    void *arg;
    size_t entries, total;
};

static void free_archive(struct archive **a)
{
    archive_read_free(*a);
}

static struct err *damaged(struct reading *r)
{
    const char *why = archive_error_string(r->archive);
    return err_new(ERR_DATA_LOSS, "damaged archive after %zu entries: %s", r->entries,
                   why ? why : "unknown format");
}

static struct err *check_total(const struct reading *r)
{
    const struct pack_archive_limits *l = r->limits;
    if (r->total > l->total_bytes)
        return err_new(ERR_EXHAUSTED, "archive unpacks to more than the limit of %zu bytes", l->total_bytes);
    if (l->ratio && r->total > RATIO_FROM && r->total / l->ratio > r->source.len)
        return err_new(ERR_EXHAUSTED, "archive unpacks to more than %zu times its size", l->ratio);
    return NULL;
}

static struct err *read_content(struct reading *r, const char *path, struct str *content)
{
    for (;;) {
        char *room = str_reserve(content, CHUNK);
        la_ssize_t n = archive_read_data(r->archive, room, CHUNK);
        if (n < 0)
            return damaged(r);
        if (n == 0)
            return NULL;
        content->len += (size_t)n;
        r->total += (size_t)n;
        if (content->len > r->limits->entry_bytes)
            return err_new(ERR_EXHAUSTED, "'%s' in the archive is larger than the limit of %zu bytes", path,
                           r->limits->entry_bytes);
        TRY(check_total(r));
    }
}

static const char *refusal(struct archive_entry *e)
{
    if (archive_entry_hardlink(e))
        return "is a hard link";
    if (archive_entry_is_encrypted(e))
        return "is encrypted";
    switch (archive_entry_filetype(e)) {
    case AE_IFREG:
    case AE_IFDIR:
        return NULL;
    case AE_IFLNK:
        return "is a symbolic link";
    default:
        return "is neither file nor folder";
    }
}

static struct err *read_entry(struct reading *r, struct archive_entry *e)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("archive");
    const char *name = archive_entry_pathname(e), *path = NULL;
    if (++r->entries > r->limits->entries)
        return err_new(ERR_EXHAUSTED, "archive has more than %zu entries", r->limits->entries);
    if (!name)
        return err_new(ERR_INVALID, "entry %zu of the archive has no readable name", r->entries);
    const char *why = refusal(e);
    if (why)
        return err_reason(ERR_INVALID, "ArchiveEntry", "'%.*s' in the archive %s", NAME_SHOWN, name, why);
    TRYF(file_clean(a, span_of(name), &path), "entry %zu of the archive", r->entries);
    if (archive_entry_filetype(e) == AE_IFDIR)
        return NULL;
    CLEANUP(str_release) struct str content = {.limit = r->limits->entry_bytes + 2 * (size_t)CHUNK};
    TRY(read_content(r, path, &content));
    str_add(&content, "");
    return r->entry(r->arg, path, str_span(&content), archive_entry_perm(e));
}

static struct err *read_entries(struct reading *r)
{
    struct archive_entry *e;
    for (;;) {
        int rc = archive_read_next_header(r->archive, &e);
        if (rc == ARCHIVE_EOF)
            return NULL;
        if (rc < ARCHIVE_WARN)
            return damaged(r);
        TRY(read_entry(r, e));
    }
}

struct err *pack_archive_read(struct span bytes, const struct pack_archive_limits *limits,
                              struct err *(*entry)(void *arg, const char *path, struct span content,
                                                   mode_t mode),
                              void *arg)
{
    CLEANUP(free_archive) struct archive *a = archive_read_new();
    if (!a)
        panic("out of memory for libarchive");
    archive_read_support_filter_gzip(a);
    archive_read_support_filter_zstd(a);
    archive_read_support_format_tar(a);
    archive_read_support_format_zip(a);
    struct reading r = {a, bytes, limits, entry, arg, 0, 0};
    if (!bytes.len || archive_read_open_memory(a, bytes.at, bytes.len) != ARCHIVE_OK)
        return damaged(&r);
    return read_entries(&r);
}
