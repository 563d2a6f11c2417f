/* render/kustomize/merge - strategic merge as kustomize does it: both trees are walked at once, every field
 * of either side.
 *
 * A side that is absent or null gives way to the other; what is new goes through the walk against itself, so
 * that its nulls and directives vanish too. Nothing is copied until something differs: a walk that returns
 * the node it was given says that nothing did. Lists with keys follow the original's algorithm step by step
 * (specs/kustomize.md §7), because its answers to odd lists are part of what users see: it edits the old
 * list's elements in place while it collects the new list, and puts both together at the end. */
#include "render/kustomize/merge.h"

#include "base/map.h"
#include "render/kustomize/resource.h"
#include "render/kustomize/rule.h"

enum { ODD_LIST_MAX = 4096 }; /* elements of a keyed list that take the slow way: it is quadratic */

static const char DIRECTIVE[] = "$patch";

struct merge {
    struct arena *a;
    const struct kustomize_schema *schema;
    enum kustomize_merge_order order;
};

/* One place of the walk: two values, NULL = absent. The patch is the old value itself where that was absent.
 */
struct pair {
    const struct doc *dest, *patch;
    const struct kustomize_rule *rule;
};

enum directive { NO_DIRECTIVE, IS_MERGE, IS_REPLACE, IS_DELETE, IS_UNKNOWN };

static struct err *walk(struct merge *m, struct pair p, const struct doc **out);

static bool is_nothing(const struct doc *d)
{
    return !d || doc_is(d, DOC_NULL);
}

static bool is_empty(const struct doc *d)
{
    return is_nothing(d) || (doc_is(d, DOC_MAP) && !doc_len(d));
}

static enum directive directive_of(const struct doc *map)
{
    const struct doc *d = doc_get(map, DIRECTIVE);
    struct span word = kustomize_scalar(d);
    return !d                         ? NO_DIRECTIVE
           : span_is(word, "merge")   ? IS_MERGE
           : span_is(word, "replace") ? IS_REPLACE
           : span_is(word, "delete")  ? IS_DELETE
                                      : IS_UNKNOWN;
}

static struct err *unknown_directive(const struct doc *map)
{
    struct span word = kustomize_scalar(doc_get(map, DIRECTIVE));
    return err_new(ERR_INVALID, "unknown patch strategy '%.*s'", (int)word.len, word.at);
}

/* --- maps --- */

/* A map that is built only once it differs from `base`. */
struct edit {
    struct arena *a;
    const struct doc *base;
    struct doc *own;
};

static void edit_begin(struct edit *e, size_t kept)
{
    if (e->own)
        return;
    e->own = doc_new_map(e->a);
    doc_each (it, e->base) {
        if (it.index == kept)
            break;
        doc_set_span(e->a, e->own, it.key, it.val);
    }
}

static const struct doc *edit_done(struct edit *e)
{
    return e->own ? e->own : e->base;
}

/* Keys of the old map in its order, then those that only the patch has. `elided`: the patch's directive was
 * read, so it is no field. */
static struct err *walk_fields(struct merge *m, struct pair p, bool elided, const struct doc **out)
{
    struct edit e = {m->a, p.dest, NULL};
    bool itself = p.dest == p.patch;
    doc_each (it, p.dest) {
        const struct doc *patch = itself ? it.val : doc_get_span(p.patch, it.key), *now = NULL;
        if (elided && span_is(it.key, DIRECTIVE))
            patch = NULL;
        if (!itself || patch)
            TRY(walk(m, (struct pair){it.val, patch, kustomize_rule_below(p.rule, it.key)}, &now));
        if (now != it.val)
            edit_begin(&e, it.index);
        if (e.own && now)
            doc_set_span(m->a, e.own, it.key, now);
    }
    doc_each (it, itself ? NULL : p.patch) {
        const struct doc *now = NULL;
        if (doc_get_span(p.dest, it.key) || (elided && span_is(it.key, DIRECTIVE)))
            continue;
        TRY(walk(m, (struct pair){NULL, it.val, kustomize_rule_below(p.rule, it.key)}, &now));
        if (!now)
            continue;
        edit_begin(&e, doc_len(p.dest));
        doc_set_span(m->a, e.own, it.key, now);
    }
    *out = edit_done(&e);
    return arena_check(m->a);
}

static struct err *walk_map(struct merge *m, struct pair p, const struct doc **out)
{
    enum directive directive = directive_of(p.patch);
    bool elided = directive != NO_DIRECTIVE;
    *out = NULL;
    if (is_nothing(p.dest)) {
        if (directive == IS_DELETE)
            return NULL;
        p.dest = p.patch;
        elided &= directive != IS_UNKNOWN; /* what is taken whole keeps a word that means nothing */
        return walk_fields(m, p, elided, out);
    }
    if (directive == IS_UNKNOWN)
        return unknown_directive(p.patch);
    if (directive == IS_DELETE)
        return NULL;
    if (directive == IS_REPLACE)
        p.dest = p.patch;
    return walk_fields(m, p, elided, out);
}

/* --- lists with keys --- */

/* A list under way. */
struct work {
    const struct doc **at;
    size_t len;
};
struct keyed {
    struct merge *m;
    const struct kustomize_rule *rule;
    struct work dest, patch, made;
    bool itself;
    const char **keys; /* the valid ones */
    size_t *place;     /* of each in the rule's */
    size_t keys_len;
    struct span *tuples; /* rule->keys_len texts each */
    size_t tuples_len;
};

static struct work work_of(struct arena *a, const struct doc *list, size_t room)
{
    struct work w = {NEW_N(a, const struct doc *, doc_len(list) + room + 1), 0};
    doc_each (it, list)
        w.at[w.len++] = it.val;
    return w;
}

/* "Matching" of the original: every key is there and its text is the wanted one, or none is wanted. Keys
 * beyond the wanted texts are not looked at; without any wanted text everything matches. */
static bool matches(const struct keyed *k, const struct doc *e, const struct span *texts, size_t n)
{
    for (size_t i = 0; i < MIN(n, k->keys_len); i++) {
        const struct doc *field = doc_get(e, k->keys[i]);
        if (!field || (texts[i].len && !span_eq(kustomize_scalar(field), texts[i])))
            return false;
    }
    return true;
}

/* Replaces what matches, all of it by one, or appends; NULL deletes. Empty elements get lost on the way. */
static void set_element(const struct keyed *k, struct work *w, const struct doc *element,
                        const struct span *texts, size_t n)
{
    size_t kept = 0;
    bool found = false;
    for (size_t i = 0; i < w->len; i++) {
        const struct doc *e = w->at[i];
        if (is_empty(e))
            continue;
        bool hit = matches(k, e, texts, n);
        if (!hit || (element && !found))
            w->at[kept++] = hit ? element : e;
        found |= hit;
    }
    w->len = kept;
    if (element && !found)
        w->at[w->len++] = element;
}

/* The first element whose keys are the tuple's; keys without a text count only when none has one. */
static size_t find_element(const struct keyed *k, const struct work *w, const struct span *texts)
{
    bool any = false;
    for (size_t j = 0; j < k->keys_len; j++)
        any |= texts[j].len > 0;
    for (size_t i = 0; i < w->len; i++) {
        bool hit = true;
        for (size_t j = 0; hit && j < k->keys_len; j++) {
            const struct doc *field = doc_get(w->at[i], k->keys[j]);
            hit = (any && !texts[j].len) || (field && span_eq(kustomize_scalar(field), texts[j]));
        }
        if (hit)
            return i;
    }
    return SIZE_MAX;
}

static bool tuple_eq(const struct keyed *k, const struct span *x, const struct span *y)
{
    for (size_t i = 0; i < k->rule->keys_len; i++)
        if (!span_eq(x[i], y[i]))
            return false;
    return true;
}

static void add_tuples(struct keyed *k, const struct work *w)
{
    size_t n = k->rule->keys_len;
    for (size_t i = 0; i < w->len; i++) {
        struct span *t = &k->tuples[k->tuples_len * n];
        for (size_t j = 0; j < n; j++)
            t[j] = kustomize_scalar(doc_get(w->at[i], k->rule->keys[j]));
        bool seen = false;
        for (size_t j = 0; !seen && j < k->tuples_len; j++)
            seen = tuple_eq(k, t, &k->tuples[j * n]);
        k->tuples_len += !seen;
    }
}

/* The union of two tuples that share a text and differ only where one has none; false for all others. */
static bool unite_two(const struct span *x, const struct span *y, size_t n, struct span *out)
{
    bool shared = false;
    for (size_t f = 0; f < n; f++) {
        bool same = span_eq(x[f], y[f]);
        if (!same && x[f].len && y[f].len)
            return false;
        shared |= same;
        out[f] = x[f].len ? x[f] : y[f];
    }
    return shared;
}

/* Both of a pair become their union. The first of it counts as it was before its own round. */
static void unite(struct keyed *k)
{
    size_t n = k->rule->keys_len;
    struct span *first = NEW_N(k->m->a, struct span, n), *both = NEW_N(k->m->a, struct span, n);
    for (size_t i = 0; n > 1 && i < k->tuples_len; i++) {
        memcpy(first, &k->tuples[i * n], n * sizeof(*first));
        for (size_t j = 0; j < k->tuples_len; j++) {
            if (i == j || !unite_two(first, &k->tuples[j * n], n, both))
                continue;
            memcpy(&k->tuples[i * n], both, n * sizeof(*both));
            memcpy(&k->tuples[j * n], both, n * sizeof(*both));
        }
    }
}

/* Keys that have a text anywhere; all where none has. */
static void choose_keys(struct keyed *k)
{
    size_t n = k->rule->keys_len;
    k->keys = NEW_N(k->m->a, const char *, n);
    k->place = NEW_N(k->m->a, size_t, n);
    for (int all = 0; all < 2 && !k->keys_len; all++) {
        for (size_t f = 0; f < n; f++) {
            bool used = all;
            for (size_t i = 0; !used && i < k->tuples_len; i++)
                used = k->tuples[i * n + f].len > 0;
            if (!used)
                continue;
            k->place[k->keys_len] = f;
            k->keys[k->keys_len++] = k->rule->keys[f];
        }
    }
}

static struct err *merge_tuple(struct keyed *k, const struct span *tuple, struct span *texts)
{
    for (size_t j = 0; j < k->keys_len; j++)
        texts[j] = tuple[k->place[j]];
    size_t at = find_element(k, &k->dest, texts),
           in_patch = k->itself ? at : find_element(k, &k->patch, texts);
    struct pair p = {.rule = k->rule->items};
    const struct doc *now = NULL;
    p.dest = at == SIZE_MAX ? NULL : k->dest.at[at];
    p.patch = k->itself ? p.dest : in_patch == SIZE_MAX ? NULL : k->patch.at[in_patch];
    if (p.dest || p.patch)
        TRY(walk(k->m, p, &now));
    if (p.patch && directive_of(p.patch) != NO_DIRECTIVE) {
        /* A directive is gone once it was read, should the element survive or come up again. */
        struct doc *rest = doc_shallow(k->m->a, p.patch);
        doc_del(k->m->a, rest, DIRECTIVE);
        *(k->itself ? &k->dest.at[at] : &k->patch.at[in_patch]) = rest;
    }
    if (is_empty(now)) {
        set_element(k, &k->dest, NULL, texts, k->keys_len);
        return NULL;
    }
    /* The old element is edited in place, save where the patch's takes over: then the old one survives. */
    if (p.dest && (k->itself || directive_of(p.patch) != IS_REPLACE))
        k->dest.at[at] = now;
    set_element(k, &k->made, now, texts, k->keys_len);
    return NULL;
}

/* Every element of `from` into `into`, by the texts that it has. */
static void put_together(const struct keyed *k, struct work *into, const struct work *from,
                         struct span *texts)
{
    for (size_t i = 0; i < from->len; i++) {
        const struct doc *e = from->at[i];
        size_t n = 0;
        for (size_t j = 0; j < k->keys_len; j++) {
            const struct doc *field = doc_get(e, k->keys[j]);
            if (field)
                texts[n++] = kustomize_scalar(field);
            else
                into->at[into->len++] = e;
        }
        if (k->keys_len > 1)
            set_element(k, into, NULL, texts, n);
        set_element(k, into, is_nothing(e) ? NULL : e, texts, n);
    }
}

static struct err *keyed_slowly(struct keyed *k, struct work *out)
{
    struct arena *a = k->m->a;
    size_t n = k->rule->keys_len, total = k->dest.len + k->patch.len;
    if (total > ODD_LIST_MAX)
        return err_new(ERR_EXHAUSTED,
                       "a list merged by %s has %zu elements and keys that repeat or are missing; at most %d "
                       "such are merged",
                       k->rule->keys[0], total, ODD_LIST_MAX);
    bool prepend = k->m->order == KUSTOMIZE_PREPEND;
    k->tuples = NEW_N(a, struct span, (total + 1) * n);
    add_tuples(k, prepend ? &k->patch : &k->dest);
    add_tuples(k, prepend ? &k->dest : &k->patch);
    unite(k);
    choose_keys(k);
    struct span *texts = NEW_N(a, struct span, n);
    k->made = work_of(a, NULL, (total + 1) * (n + 1));
    for (size_t i = 0; i < k->tuples_len; i++)
        TRY(merge_tuple(k, &k->tuples[i * n], texts));
    put_together(k, prepend ? &k->made : &k->dest, prepend ? &k->dest : &k->made, texts);
    *out = prepend ? k->made : k->dest;
    return NULL;
}

/* What nearly every list is: one key, and each element has its own text under it. Then the steps above come
 * to this, in linear time. */
static bool index_plain(const struct work *w, const char *key, struct map *index)
{
    for (size_t i = 0; i < w->len; i++) {
        struct span text = kustomize_scalar(doc_get(w->at[i], key));
        if (!text.len || memchr(text.at, '\0', text.len))
            return false;
        CLEANUP(mem_freep) char *name = mem_strndup(text.at, text.len);
        if (map_has(index, name))
            return false;
        map_set(index, name, &w->at[i]);
    }
    return true;
}

static struct err *keyed_plainly(struct keyed *k, struct map *in_dest, struct map *in_patch, struct work *out)
{
    const char *key = k->rule->keys[0];
    bool prepend = k->m->order == KUSTOMIZE_PREPEND;
    *out = work_of(k->m->a, NULL, k->dest.len + k->patch.len);
    const struct work *first = prepend ? &k->patch : &k->dest, *second = prepend ? &k->dest : &k->patch;
    for (size_t i = 0; i < first->len + second->len; i++) {
        bool late = i >= first->len;
        const struct doc *e = late ? second->at[i - first->len] : first->at[i], *now = NULL;
        struct map *other = late == prepend ? in_patch : in_dest;
        const struct doc **twin = map_get_span(other, kustomize_scalar(doc_get(e, key)));
        if (late && twin)
            continue;
        struct pair p = {.rule = k->rule->items};
        p.dest = late == prepend ? e : twin ? *twin : NULL;
        p.patch = late == prepend ? (k->itself ? e : twin ? *twin : NULL) : e;
        TRY(walk(k->m, p, &now));
        if (is_empty(now))
            continue;
        bool survives = prepend && p.dest && !k->itself && directive_of(p.patch) == IS_REPLACE;
        out->at[out->len++] = survives ? p.dest : now;
    }
    return NULL;
}

/* The list of these elements: the old one where nothing differs. */
static const struct doc *list_of(struct arena *a, const struct doc *old, const struct work *w)
{
    bool same = w->len == doc_len(old);
    for (size_t i = 0; same && i < w->len; i++)
        same = w->at[i] == doc_at(old, i);
    if (same)
        return old;
    struct doc *list = doc_new_list(a);
    for (size_t i = 0; i < w->len; i++)
        doc_push(a, list, w->at[i]);
    return list;
}

static struct err *merge_keyed(struct merge *m, struct pair p, const struct doc **out)
{
    CLEANUP(map_freep) struct map *in_dest = map_new(NULL);
    CLEANUP(map_freep) struct map *in_patch = map_new(NULL);
    size_t room = (doc_len(p.dest) + doc_len(p.patch)) * (p.rule->keys_len + 1);
    struct keyed k = {.m = m, .rule = p.rule, .itself = p.dest == p.patch};
    struct work w = {0};
    k.dest = work_of(m->a, p.dest, room);
    if (!k.itself)
        k.patch = work_of(m->a, p.patch, 0);
    bool plain = p.rule->keys_len == 1 && index_plain(&k.dest, p.rule->keys[0], in_dest) &&
                 index_plain(&k.patch, p.rule->keys[0], in_patch);
    TRY(plain ? keyed_plainly(&k, in_dest, in_patch, &w) : keyed_slowly(&k, &w));
    *out = list_of(m->a, p.dest, &w);
    return NULL;
}

/* --- other lists --- */

/* The union by text, first come first kept; where both have it the later side's node is taken. */
static const struct doc *merge_values(struct merge *m, struct pair p)
{
    CLEANUP(map_freep) struct map *seen = map_new(NULL);
    bool prepend = m->order == KUSTOMIZE_PREPEND;
    const struct doc *sides[] = {prepend ? p.patch : p.dest, prepend ? p.dest : p.patch};
    struct work w = work_of(m->a, NULL, doc_len(p.dest) + doc_len(p.patch));
    for (size_t i = 0; i < 2; i++) {
        doc_each (it, sides[i]) {
            CLEANUP(mem_freep)
            char *text = mem_strndup(kustomize_scalar(it.val).at, kustomize_scalar(it.val).len);
            const struct doc **place = map_get(seen, text);
            if (is_empty(it.val))
                continue;
            if (!place) {
                place = &w.at[w.len++];
                map_set(seen, text, place);
            }
            *place = it.val;
        }
    }
    return list_of(m->a, p.dest, &w);
}

/* The first element with a directive, if that is all it has: it speaks for the list. SIZE_MAX = none. */
static size_t list_directive(const struct doc *list)
{
    doc_each (it, list)
        if (doc_get(it.val, DIRECTIVE))
            return doc_len(it.val) == 1 ? it.index : SIZE_MAX;
    return SIZE_MAX;
}

/* The list without its directive. The original takes out whatever bears the same word, and what is empty. */
static struct doc *without_directive(struct arena *a, const struct doc *list, enum directive directive)
{
    struct doc *rest = doc_new_list(a);
    doc_each (it, list)
        if (!is_empty(it.val) && directive_of(it.val) != directive)
            doc_push(a, rest, it.val);
    return rest;
}

static struct err *merge_list(struct merge *m, struct pair p, const struct doc **out)
{
    size_t at = list_directive(p.patch);
    *out = NULL;
    if (at != SIZE_MAX && !is_nothing(p.dest)) {
        enum directive directive = directive_of(doc_at(p.patch, at));
        if (directive == IS_UNKNOWN)
            return unknown_directive(doc_at(p.patch, at));
        if (directive == IS_DELETE)
            return NULL;
        struct doc *rest = without_directive(m->a, p.patch, directive);
        p.dest = directive == IS_REPLACE || p.dest == p.patch ? rest : p.dest;
        p.patch = rest;
    }
    if (is_nothing(p.dest))
        p.dest = p.patch;
    if (p.rule->keys_len)
        return merge_keyed(m, p, out);
    *out = merge_values(m, p);
    return NULL;
}

/* --- the walk --- */

static struct err *check_kind(struct merge *m, const struct doc *of, const struct doc *patch)
{
    if (is_nothing(patch) || doc_kind(of) == doc_kind(patch) ||
        (!kustomize_is_container(of) && !kustomize_is_container(patch)))
        return NULL;
    return kustomize_wrong_kind(m->a, doc_kind(of), patch);
}

/* An object inside of what no schema knows is merged by its own type; where its type is not known, by the one
 * that the patch names. */
static const struct kustomize_rule *rule_of(struct merge *m, struct pair p)
{
    const struct doc *sides[] = {p.dest, p.patch};
    const struct kustomize_rule *found = NULL;
    for (size_t i = 0; m->schema && i < 2 && !found; i++) {
        const char *api_version = doc_str(doc_get(sides[i], "apiVersion"), "");
        const char *kind = doc_str(doc_get(sides[i], "kind"), "");
        if (*api_version && *kind)
            found = kustomize_rule_of(m->schema, api_version, kind);
    }
    return found;
}

static struct err *walk(struct merge *m, struct pair p, const struct doc **out)
{
    const struct doc *of = is_nothing(p.dest) ? p.patch : p.dest;
    *out = NULL;
    if (is_nothing(of)) { /* an explicit null that the patch leaves alone stays */
        *out = !p.patch && p.dest && !doc_is_blank(p.dest) ? p.dest : NULL;
        return NULL;
    }
    if (p.patch && doc_is(p.patch, DOC_NULL))
        return NULL;
    TRY(check_kind(m, of, p.patch));
    if (doc_is(of, DOC_MAP)) {
        p.rule = p.rule ? p.rule : rule_of(m, p);
        return walk_map(m, p, out);
    }
    if (doc_is(of, DOC_LIST) && p.rule && p.rule->merges)
        return merge_list(m, p, out);
    bool same = doc_kind(p.patch) == doc_kind(p.dest) && !doc_is(of, DOC_LIST) &&
                span_eq(kustomize_scalar(p.patch), kustomize_scalar(p.dest));
    *out = p.patch && !same ? p.patch : p.dest;
    return NULL;
}

struct err *kustomize_merge(struct arena *a, const struct kustomize_schema *schema, const struct doc *dest,
                            const struct doc *patch, enum kustomize_merge_order order, const struct doc **out)
{
    return walk(&(struct merge){a, schema, order}, (struct pair){dest, patch, NULL}, out);
}
