/* api-server/show - how objects look on the wire: an Application as upstream's Go types write it, and of any
 * answer only the `fields` that were asked for (api.md §4).
 *
 * The fields are kept as a tree of maps whose leaves are true: "items.metadata.name,items.spec" is
 * {"items": {"metadata": {"name": true}, "spec": true}}. */
#include "api.h"

struct fields {
    bool exclude;
    struct doc *tree;
};

enum { FIELD_DEPTH_MAX = 32 };

/* --- an Application ----------------------------------------------------------------------------------------
 */

/* Structs that Go's encoder writes even when nothing is in them. */
static const char *const always[][4] = {
    {"spec", "destination"},
    {"status", "health"},
    {"status", "summary"},
    {"status", "sourceHydrator"},
    {"status", "sync", "comparedTo", "destination"},
    {"status", "sync", "comparedTo", "source"},
};

const struct doc *show_app(struct arena *a, const struct doc *app)
{
    struct doc *out = doc_shallow(a, app);
    (void)doc_del(a, out, "apiVersion");
    (void)doc_del(a, out, "kind");
    for (size_t i = 0; i < ARRAY_LEN(always); i++) {
        struct doc *at = out;
        for (size_t k = 0; k < ARRAY_LEN(always[i]) && always[i][k]; k++)
            at = doc_own_map(a, at, always[i][k]);
    }
    struct doc *sync = doc_own_map(a, doc_own_map(a, out, "status"), "sync");
    if (!doc_get(sync, "status"))
        doc_set_str(a, sync, "status", "");
    struct doc *source = doc_own_map(a, doc_own_map(a, sync, "comparedTo"), "source");
    if (!doc_get(source, "repoURL"))
        doc_set_str(a, source, "repoURL", "");
    return out;
}

void turn_reply_app(struct turn *t, const struct doc *app)
{
    turn_reply(t, show_app(t->a, app));
}

/* --- fields ------------------------------------------------------------------------------------------------
 */

static void add_field(struct arena *a, struct doc *tree, struct span path)
{
    struct span key, rest = path;
    for (size_t depth = 0; span_cut(&rest, '.', &key) && depth < FIELD_DEPTH_MAX; depth++) {
        const char *name = arena_strndup(a, key.at, key.len);
        const struct doc *there = doc_get(tree, name);
        if (doc_is(there, DOC_BOOL)) /* all below it was asked for already */
            return;
        if (!rest.len)
            doc_set_bool(a, tree, name, true);
        else
            tree = doc_own_map(a, tree, name);
    }
}

const struct fields *show_fields(struct turn *t)
{
    struct span list = span_trim(span_of(turn_query(t, "fields"))), path;
    if (!list.len)
        return NULL;
    struct fields *f = NEW(t->a, struct fields);
    f->tree = doc_new_map(t->a);
    f->exclude = *list.at == '-';
    if (f->exclude)
        list = (struct span){list.at + 1, list.len - 1};
    while (span_cut(&list, ',', &path))
        add_field(t->a, f->tree, span_trim(path));
    return f;
}

static const struct doc *select_fields(struct arena *a, const struct doc *d, const struct doc *tree,
                                       bool exclude)
{
    if (doc_is(d, DOC_LIST)) {
        struct doc *list = doc_new_list(a);
        doc_each (it, d)
            doc_push(a, list, select_fields(a, it.val, tree, exclude));
        return list;
    }
    if (!doc_is(d, DOC_MAP))
        return d;
    struct doc *map = doc_new_map(a);
    doc_each (it, d) {
        const struct doc *below = doc_get_span(tree, it.key);
        if (doc_is(below, DOC_MAP))
            doc_set_span(a, map, it.key, select_fields(a, it.val, below, exclude));
        else if (exclude == !below)
            doc_set_span(a, map, it.key, it.val);
    }
    return map;
}

const struct doc *show_only(struct arena *a, const struct doc *d, const struct fields *f)
{
    return f ? select_fields(a, d, f->tree, f->exclude) : d;
}
