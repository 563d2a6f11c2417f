/* Input: a constraint, a NUL, a version. What the strict parser takes the loose one takes too. */
#include "lib/fuzz.h"
#include "text/semver.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data, *cut = size ? memchr(data, 0, size) : NULL;
    struct span first = {text, cut ? (size_t)(cut - text) : size};
    struct span second = cut ? (struct span){cut + 1, size - first.len - 1} : first;
    CLEANUP(arena_freep) struct arena *a = arena_new("fuzz");
    struct semver strict, loose;
    struct semver_constraint *c = NULL;
    CLEANUP(err_freep) struct err *e1 = semver_parse_strict(second, &strict);
    CLEANUP(err_freep) struct err *e2 = semver_parse(second, &loose);
    CLEANUP(err_freep) struct err *e3 = semver_constraint_parse(a, first, &c);
    if (!e1 && (e2 || semver_compare(&strict, &loose) != 0))
        panic("the loose parser differs");
    if (!e2 && !e3)
        semver_satisfies(c, &loose);
    return 0;
}
