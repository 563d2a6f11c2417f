/* base/secret - each secret on pages of its own, locked where the limits allow and excluded from core dumps. */
#include "base/secret.h"

#include <stdatomic.h>
#include <sys/mman.h>
#include <unistd.h>

struct secret {
    atomic_int refs;
    size_t len, mapped;
    char bytes[];
};

struct secret *secret_new(const char *bytes, size_t len)
{
    if (!bytes)
        return NULL;
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    size_t mapped = (sizeof(struct secret) + len + page) / page * page;
    struct secret *s = mmap(NULL, mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (s == MAP_FAILED)
        panic("out of memory for a secret");
    madvise(s, mapped, MADV_DONTDUMP);
    mlock(s, mapped);
    atomic_init(&s->refs, 1);
    s->len = len;
    s->mapped = mapped;
    memcpy(s->bytes, bytes, len);
    return s;
}

struct secret *secret_ref(struct secret *s)
{
    if (s)
        atomic_fetch_add(&s->refs, 1);
    return s;
}

void secret_unref(struct secret *s)
{
    if (!s || atomic_fetch_sub(&s->refs, 1) != 1)
        return;
    size_t mapped = s->mapped;
    secret_wipe(s, mapped);
    munmap(s, mapped);
}

void secret_unrefp(struct secret **s)
{
    secret_unref(*s);
    *s = NULL;
}

const char *secret_text(const struct secret *s)
{
    return s ? s->bytes : "";
}

struct span secret_span(const struct secret *s)
{
    return s ? (struct span){s->bytes, s->len} : (struct span){"", 0};
}

bool secret_equal(const struct secret *a, const struct secret *b)
{
    struct span x = secret_span(a), y = secret_span(b);
    unsigned char differs = x.len != y.len;
    for (size_t i = 0; i < MIN(x.len, y.len); i++)
        differs |= (unsigned char)(x.at[i] ^ y.at[i]);
    return !differs;
}

void secret_wipe(void *bytes, size_t len)
{
    explicit_bzero(bytes, len);
}
