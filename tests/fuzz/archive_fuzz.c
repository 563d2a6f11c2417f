/* Archives from strangers: any bytes give files or an error. */
#include "lib/fuzz.h"
#include "pack/archive.h"

static struct err *drop(void *arg, const char *path, struct span content, mode_t mode)
{
    *(size_t *)arg += strlen(path) + content.len + mode;
    return NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct pack_archive_limits limits = {100, 1 << 20, 4 << 20, 100};
    size_t seen = 0;
    err_free(pack_archive_read((struct span){(const char *)data, size}, &limits, drop, &seen));
    return 0;
}
