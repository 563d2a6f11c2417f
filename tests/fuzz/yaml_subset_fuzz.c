/* The scanner of YAML's common subset against libyaml's events, in both dialects: the same documents (kinds,
 * literals, order, lines, how they were written), or it gives up, as it must wherever libyaml sees an error.
 */
#include "doc/json.h"
#include "doc/yaml_compose.h"
#include "lib/fuzz.h"

#include <stdio.h>

static bool same(const struct doc *x, const struct doc *y)
{
    if (doc_is_blank(x) != doc_is_blank(y) || doc_is_folded(x) != doc_is_folded(y))
        return false;
    if (doc_kind(x) != doc_kind(y) || doc_line(x) != doc_line(y) || doc_len(x) != doc_len(y))
        return false;
    if (doc_is(x, DOC_INT) || doc_is(x, DOC_FLOAT))
        return span_eq(doc_literal(x), doc_literal(y));
    struct doc_iter j = {.in = y};
    doc_each (i, x)
        if (!doc_next(&j) || !span_eq(i.key, j.key) || !same(i.val, j.val))
            return false;
    return (!doc_is(x, DOC_STR) || span_eq(doc_span(x), doc_span(y))) &&
           (!doc_is(x, DOC_BOOL) || doc_bool(x, false) == doc_bool(y, false));
}

static void compare(struct span text, enum yaml_dialect dialect, bool all)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("fuzz");
    const struct limits limits = {.bytes = 1 << 26, .depth = 100, .values = 1 << 26, .aliases = 1000};
    CLEANUP(compose_release) struct composer c = {.arena = a, .dialect = dialect, .limits = limits};
    CLEANUP(compose_release) struct composer reference = {.arena = a, .dialect = dialect, .limits = limits};
    struct yaml_docs ours, theirs;
    if (!yaml_subset_read(&c, text, all, &ours))
        return;
    CLEANUP(err_freep) struct err *e = yaml_events_read(&reference, text, all, &theirs);
    if (e)
        panic("'%.*s' was read, but: %s", (int)text.len, text.at, e->msg);
    bool equal = ours.len == theirs.len;
    for (size_t i = 0; equal && i < ours.len; i++)
        equal = same(ours.at[i], theirs.at[i]);
    if (equal)
        return;
    for (size_t i = 0; i < MAX(ours.len, theirs.len); i++)
        fprintf(stderr, "document %zu, line %u: %s\n  libyaml, line %u: %s\n", i,
                i < ours.len ? doc_line(ours.at[i]) : 0, i < ours.len ? json_text(a, ours.at[i], 0) : "-",
                i < theirs.len ? doc_line(theirs.at[i]) : 0,
                i < theirs.len ? json_text(a, theirs.at[i], 0) : "-");
    panic("'%.*s' is read differently (all %d, dialect %d)", (int)text.len, text.at, all, dialect);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span text = {(const char *)data, size};
    compare(text, YAML_SIGS, true);
    compare(text, YAML_V3, true);
    compare(text, YAML_SIGS, false);
    return 0;
}
