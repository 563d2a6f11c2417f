/* registry/version - which of many versions is meant, as Helm decides it. */
#include "registry/private.h"
#include "text/semver.h"

#include <stdlib.h>

struct row {
    struct semver version;
    bool valid;
    size_t index;
};

static int newest_first(const void *x, const void *y)
{
    const struct row *a = x, *b = y;
    int c = a->valid != b->valid ? (a->valid ? -1 : 1)
            : a->valid           ? semver_compare(&b->version, &a->version)
                                 : 0;
    return c ? c : (a->index > b->index) - (a->index < b->index);
}

void registry_sort(struct arena *a, const char *const *versions, size_t n, size_t *order)
{
    struct row *rows = NEW_N(a, struct row, n + 1);
    for (size_t i = 0; i < n; i++) {
        struct err *bad = semver_parse(span_of(versions[i]), &rows[i].version);
        rows[i].valid = !bad;
        rows[i].index = i;
        err_free(bad);
    }
    qsort(rows, n, sizeof(*rows), newest_first);
    for (size_t i = 0; i < n; i++)
        order[i] = rows[i].index;
}

struct err *registry_pick(struct arena *a, const struct registry_versions *versions, const char *range,
                          size_t *out)
{
    struct semver_constraint *c;
    TRY(semver_constraint_parse(a, span_of(*range ? range : "*"), &c));
    for (*out = 0; *range && *out < versions->len; ++*out)
        if (streq(versions->at[*out], range))
            return NULL;
    for (*out = 0; *out < versions->len; ++*out) {
        struct semver v;
        struct err *bad = semver_parse(span_of(versions->at[*out]), &v);
        if (!bad && semver_satisfies(c, &v))
            return NULL;
        err_free(bad);
    }
    return NULL;
}
