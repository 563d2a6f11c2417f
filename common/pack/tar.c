/* pack/tar - libarchive's writer, its bytes taken by a callback. */
#include "pack/tar.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <stdlib.h>

struct pack_tar {
    struct archive *archive;
    struct str *out;
};

static la_ssize_t take(struct archive *archive, void *arg, const void *bytes, size_t n)
{
    struct pack_tar *t = arg;
    str_add_n(t->out, bytes, n);
    if (!t->out->full)
        return (la_ssize_t)n;
    archive_set_error(archive, ENOSPC, "more than %zu bytes",
                      t->out->limit ? t->out->limit : (size_t)STR_LIMIT);
    return -1;
}

struct pack_tar *pack_tar_new(struct str *out)
{
    struct pack_tar *t = mem_zalloc(sizeof(*t));
    t->out = out;
    t->archive = archive_write_new();
    if (!t->archive)
        panic("archive_write_new: out of memory");
    archive_write_set_format_pax_restricted(t->archive);
    archive_write_add_filter_gzip(t->archive);
    archive_write_set_filter_option(t->archive, "gzip", "compression-level", "1");
    archive_write_set_filter_option(t->archive, "gzip", "timestamp", NULL);
    archive_write_set_bytes_per_block(t->archive, 0);
    archive_write_open(t->archive, t, NULL, take, NULL);
    return t;
}

static struct err *failed(struct pack_tar *t, const char *path)
{
    const char *why = archive_error_string(t->archive);
    return err_new(t->out->full ? ERR_EXHAUSTED : ERR_INTERNAL, "packing %s: %s", path, why ? why : "failed");
}

static struct err *add(struct pack_tar *t, struct archive_entry *entry, const char *path, struct span content)
{
    archive_entry_set_pathname(entry, path);
    archive_entry_set_size(entry, (la_int64_t)content.len);
    bool done = archive_write_header(t->archive, entry) == ARCHIVE_OK &&
                (!content.len ||
                 archive_write_data(t->archive, content.at, content.len) == (la_ssize_t)content.len) &&
                archive_write_finish_entry(t->archive) == ARCHIVE_OK;
    archive_entry_free(entry);
    return done ? NULL : failed(t, path);
}

static struct archive_entry *entry_new(mode_t type, mode_t mode)
{
    struct archive_entry *entry = archive_entry_new();
    if (!entry)
        panic("archive_entry_new: out of memory");
    archive_entry_set_filetype(entry, type);
    archive_entry_set_perm(entry, mode);
    archive_entry_set_mtime(entry, 0, 0);
    return entry;
}

struct err *pack_tar_file(struct pack_tar *t, const char *path, struct span content)
{
    return add(t, entry_new(AE_IFREG, 0644), path, content);
}

struct err *pack_tar_link(struct pack_tar *t, const char *path, const char *target)
{
    struct archive_entry *entry = entry_new(AE_IFLNK, 0777);
    archive_entry_set_symlink(entry, target);
    return add(t, entry, path, (struct span){0});
}

void pack_tar_freep(struct pack_tar **t)
{
    if (!*t)
        return;
    archive_write_free((*t)->archive);
    free(*t);
    *t = NULL;
}

struct err *pack_tar_end(struct pack_tar *t)
{
    struct err *e = archive_write_close(t->archive) == ARCHIVE_OK ? NULL : failed(t, "the end");
    pack_tar_freep(&t);
    return e;
}
