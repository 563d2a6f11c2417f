/* schema/jsonschema_kinds - the keywords that are about one kind of value: objects, arrays, strings and
 * numbers.
 *
 * Each function adds what is wrong to the frame and goes on, so that people see all of it at once. */
#include "schema/jsonschema_eval.h"

#include <stdlib.h>

/* "minLength: got 2, want 3" */
static void add_count(struct js_eval *e, struct js_frame *f, const char *keyword, size_t got, int64_t want)
{
    struct str s = {0};
    if (!f->quiet) {
        str_printf(&s, "%s: got ", keyword);
        js_int_text(&s, (int64_t)got);
        str_add(&s, ", want ");
        js_int_text(&s, want);
    }
    js_add(f, js_fault_new(e, f, keyword, &s));
}

static void add_least(struct js_eval *e, struct js_frame *f, const char *keyword, size_t got, int64_t want)
{
    if (want >= 0 && (int64_t)got < want)
        add_count(e, f, keyword, got, want);
}

static void add_most(struct js_eval *e, struct js_frame *f, const char *keyword, size_t got, int64_t want)
{
    if (want >= 0 && (int64_t)got > want)
        add_count(e, f, keyword, got, want);
}

static struct js_fault *check_item(struct js_eval *e, struct js_frame *f, const struct js_node *n, size_t i)
{
    struct js_path path = {.parent = f->path, .index = i};
    return js_check_value(e, f, n, doc_at(f->v, i), &path);
}

static struct js_fault *check_member(struct js_eval *e, struct js_frame *f, const struct js_node *n,
                                     const struct doc_iter *it)
{
    struct js_path path = {.parent = f->path, .key = it->key};
    return js_check_value(e, f, n, it->val, &path);
}

/* --- objects --- */

/* "'a', 'b'" of the names that are missing; false when none is. */
static bool missing(const struct js_frame *f, const struct doc *names, struct str *out, size_t *n)
{
    *n = 0;
    if (doc_is(names, DOC_LIST))
        doc_each (it, names) {
            if (!doc_is(it.val, DOC_STR) || doc_get_span(f->v, doc_span(it.val)))
                continue;
            if (!f->quiet) {
                str_add(out, *n ? ", " : "");
                js_quote(out, doc_span(it.val));
            }
            ++*n;
        }
    return *n != 0;
}

static void check_required(struct js_eval *e, struct js_frame *f)
{
    CLEANUP(str_release) struct str names = {0};
    struct str s = {0};
    size_t n;
    if (!missing(f, f->node->required, &names, &n))
        return;
    str_printf(&s, "missing propert%s %s", n == 1 ? "y" : "ies", str_text(&names));
    js_add(f, js_fault_new(e, f, "required", &s));
}

static void check_dependency(struct js_eval *e, struct js_frame *f, const char *keyword,
                             const struct doc_iter *it)
{
    CLEANUP(str_release) struct str names = {0};
    struct str s = {0};
    size_t n;
    if (!missing(f, it->val, &names, &n))
        return;
    str_printf(&s, "properties %s required, if ", str_text(&names));
    js_quote(&s, it->key);
    str_add(&s, " exists");
    js_add(f, js_fault_new(e, f, keyword, &s));
}

static void check_dependencies(struct js_eval *e, struct js_frame *f, const struct doc *map,
                               const char *keyword)
{
    doc_each (it, map) {
        const struct js_node *n = js_find(&f->node->root->schema->table, it.val);
        if (!doc_get_span(f->v, it.key))
            continue;
        if (doc_is(it.val, DOC_LIST))
            check_dependency(e, f, keyword, &it);
        else if (n)
            js_add(f, js_check_self(e, f, n, NULL, false));
    }
}

/* True when some keyword has judged the member; *extra counts those that additionalProperties: false refuses.
 */
static bool check_properties(struct js_eval *e, struct js_frame *f, const struct doc_iter *it, bool *extra)
{
    const struct js_node *n = f->node;
    const struct js_node *own = js_find(&n->root->schema->table, doc_get_span(n->properties, it->key));
    bool seen = own != NULL;
    *extra = false;
    if (own)
        js_add(f, check_member(e, f, own, it));
    for (size_t i = 0; i < n->n_patterns; i++) {
        if (!regex_match(n->patterns[i].regex, it->key))
            continue;
        seen = true;
        js_add(f, check_member(e, f, n->patterns[i].node, it));
    }
    if (seen || !n->additional_properties)
        return seen;
    *extra = n->additional_properties->kind == JS_FALSE;
    if (!*extra)
        js_add(f, check_member(e, f, n->additional_properties, it));
    return true;
}

static int by_span(const void *x, const void *y)
{
    const struct span *a = x, *b = y;
    int c = memcmp(a->at, b->at, MIN(a->len, b->len));
    return c ? c : (a->len > b->len) - (a->len < b->len);
}

static void check_members(struct js_eval *e, struct js_frame *f)
{
    VEC(struct span) extra = {0};
    size_t before = f->faults.len;
    bool refused;
    doc_each (it, f->v) {
        if (e->over || (f->quiet && (f->faults.len || extra.len)))
            break;
        if (check_properties(e, f, &it, &refused))
            js_left_drop(&f->left, it.index);
        if (refused)
            vec_push(&extra, it.key);
    }
    js_sort(e, f, before);
    if (extra.len) {
        struct str s = {0};
        str_add(&s, "additional properties ");
        qsort(extra.at, extra.len, sizeof(*extra.at), by_span);
        for (size_t i = 0; i < extra.len && !f->quiet; i++) {
            str_add(&s, i ? ", " : "");
            js_quote(&s, extra.at[i]);
        }
        str_add(&s, " not allowed");
        js_add(f, js_fault_new(e, f, "additionalProperties", &s));
    }
    vec_release(&extra);
}

static void check_names(struct js_eval *e, struct js_frame *f)
{
    doc_each (it, f->v) {
        if (!js_pay(e, it.key.len + 1))
            return;
        struct js_frame at_root = *f; /* a name has no place of its own: Go says '' */
        at_root.path = NULL;
        at_root.faults = (struct js_faults){0};
        const struct doc *name = doc_new_str_n(e->a, it.key.at, it.key.len);
        struct js_fault *x = js_check_value(e, &at_root, f->node->property_names, name, NULL);
        struct str s = {0};
        if (!x)
            continue;
        str_add(&s, "invalid propertyName ");
        js_quote(&s, it.key);
        struct js_fault *named = js_fault_new(e, &at_root, "propertyNames", &s);
        struct js_faults causes = {0};
        for (size_t i = 0; i < x->len && x->kind == GROUP; i++)
            vec_push(&causes, x->causes[i]);
        if (x->kind != GROUP && x != &js_invalid)
            vec_push(&causes, x);
        js_add(f, js_with_causes(e, named, &causes));
    }
}

void js_check_object(struct js_eval *e, struct js_frame *f)
{
    const struct js_node *n = f->node;
    add_least(e, f, "minProperties", doc_len(f->v), n->min_properties);
    add_most(e, f, "maxProperties", doc_len(f->v), n->max_properties);
    check_required(e, f);
    if (f->quiet && f->faults.len)
        return;
    check_dependencies(e, f, n->dependencies, "dependencies");
    check_members(e, f);
    if (n->property_names)
        check_names(e, f);
    check_dependencies(e, f, n->dependent_schemas, "dependentSchemas");
    check_dependencies(e, f, n->dependent_required, "dependentRequired");
}

/* --- arrays --- */

struct hashed {
    uint64_t hash;
    size_t index;
};

static int by_hash(const void *x, const void *y)
{
    const struct hashed *a = x, *b = y;
    if (a->hash != b->hash)
        return a->hash < b->hash ? -1 : 1;
    return (a->index > b->index) - (a->index < b->index);
}

/* The pair whose second is first to repeat one before it. */
static bool find_repeated(const struct doc *list, struct hashed *h, size_t *first, size_t *second)
{
    size_t n = doc_len(list);
    *second = SIZE_MAX;
    doc_each (it, list)
        h[it.index] = (struct hashed){doc_hash(it.val), it.index};
    qsort(h, n, sizeof(*h), by_hash);
    for (size_t i = 1; i < n; i++) {
        bool same =
            h[i].hash == h[i - 1].hash && doc_equal(doc_at(list, h[i].index), doc_at(list, h[i - 1].index));
        if (!same || h[i].index >= *second)
            continue;
        *first = h[i - 1].index;
        *second = h[i].index;
    }
    return *second != SIZE_MAX;
}

static void check_unique(struct js_eval *e, struct js_frame *f)
{
    size_t first = 0, second, n = doc_len(f->v);
    if (!f->node->unique_items || n < 2 || !js_pay(e, n))
        return;
    CLEANUP(mem_freep) struct hashed *h = mem_alloc(n * sizeof(*h));
    struct str s = {0};
    if (!find_repeated(f->v, h, &first, &second))
        return;
    str_add(&s, "items at ");
    js_int_text(&s, (int64_t)first);
    str_add(&s, " and ");
    js_int_text(&s, (int64_t)second);
    str_add(&s, " are equal");
    js_add(f, js_fault_new(e, f, "uniqueItems", &s));
}

static void check_items(struct js_eval *e, struct js_frame *f)
{
    const struct js_node *n = f->node;
    size_t len = doc_len(f->v), prefix = MIN(n->items_list.len, len);
    bool listed = n->draft < JS_2020 && n->items_list.at;
    const struct js_node *rest = listed ? n->additional_items : n->items;
    for (size_t i = 0; i < prefix && !e->over; i++)
        if (n->items_list.at[i])
            js_add(f, check_item(e, f, n->items_list.at[i], i));
    if (listed && rest && rest->kind == JS_FALSE && rest->doc && !doc_is(rest->doc, DOC_MAP)) {
        struct str s = {0};
        if (len == prefix)
            return;
        str_add(&s, "last ");
        js_int_text(&s, (int64_t)(len - prefix));
        str_add(&s, " additionalItem(s) not allowed");
        js_add(f, js_fault_new(e, f, "additionalItems", &s));
        return;
    }
    for (size_t i = prefix; i < len && rest && !e->over; i++)
        js_add(f, check_item(e, f, rest, i));
}

static void add_contains(struct js_eval *e, struct js_frame *f, const char *keyword, struct js_faults *causes,
                         struct str *text)
{
    js_add(f, js_with_causes(e, js_fault_new(e, f, keyword, text), causes));
}

static void check_contains(struct js_eval *e, struct js_frame *f)
{
    const struct js_node *n = f->node;
    struct js_faults causes = {0}, none = {0};
    CLEANUP(str_release) struct str matched = {0};
    size_t count = 0;
    for (size_t i = 0; i < doc_len(f->v) && !e->over; i++) {
        struct js_fault *x = check_item(e, f, n->contains, i);
        if (x) {
            vec_push(&causes, x);
            continue;
        }
        str_printf(&matched, "%s%zu", count++ ? " " : "", i);
        if (n->draft >= JS_2020)
            js_left_drop(&f->left, i);
    }
    struct str least = {0}, most = {0};
    if (n->min_contains >= 0 && (int64_t)count < n->min_contains) {
        str_printf(&least, "min %lld items required to match contains schema, but ",
                   (long long)n->min_contains);
        if (count)
            str_printf(&least, "matched %zu items at %s", count, str_text(&matched));
        else
            str_add(&least, "none matched");
        add_contains(e, f, "minContains", &causes, &least);
    } else if (n->min_contains < 0 && !count) {
        str_add(&least, "no items match contains schema");
        add_contains(e, f, "contains", &causes, &least);
    }
    if (n->max_contains >= 0 && (int64_t)count > n->max_contains) {
        str_printf(&most, "max %lld items required to match contains schema, but matched %zu items at %s",
                   (long long)n->max_contains, count, str_text(&matched));
        add_contains(e, f, "maxContains", &none, &most);
    }
    vec_release(&causes);
}

void js_check_array(struct js_eval *e, struct js_frame *f)
{
    add_least(e, f, "minItems", doc_len(f->v), f->node->min_items);
    add_most(e, f, "maxItems", doc_len(f->v), f->node->max_items);
    check_unique(e, f);
    check_items(e, f);
    if (f->node->contains)
        check_contains(e, f);
}

/* --- scalars --- */

void js_check_string(struct js_eval *e, struct js_frame *f)
{
    const struct js_node *n = f->node;
    struct span s = doc_span(f->v);
    if (n->min_length >= 0 || n->max_length >= 0) {
        size_t points = 0;
        for (size_t i = 0; i < s.len; i++)
            points += ((unsigned char)s.at[i] & 0xc0) != 0x80;
        add_least(e, f, "minLength", points, n->min_length);
        add_most(e, f, "maxLength", points, n->max_length);
    }
    if (!n->pattern || !js_pay(e, s.len) || regex_match(n->pattern, s))
        return;
    struct str text = {0};
    js_quote(&text, s);
    str_add(&text, " does not match pattern ");
    js_quote(&text, span_of(n->pattern_text));
    js_add(f, js_fault_new(e, f, "pattern", &text));
}

static void add_number(struct js_eval *e, struct js_frame *f, const char *keyword, const struct doc *want)
{
    struct str s = {0};
    str_printf(&s, "%s: got ", keyword);
    js_number_text(&s, doc_float(f->v, 0));
    str_add(&s, ", want ");
    js_number_text(&s, doc_float(want, 0));
    js_add(f, js_fault_new(e, f, keyword, &s));
}

void js_check_number(struct js_eval *e, struct js_frame *f)
{
    const struct js_node *n = f->node;
    if (n->minimum && js_number_compare(f->v, n->minimum) < 0)
        add_number(e, f, "minimum", n->minimum);
    if (n->maximum && js_number_compare(f->v, n->maximum) > 0)
        add_number(e, f, "maximum", n->maximum);
    if (n->exclusive_minimum && js_number_compare(f->v, n->exclusive_minimum) <= 0)
        add_number(e, f, "exclusiveMinimum", n->exclusive_minimum);
    if (n->exclusive_maximum && js_number_compare(f->v, n->exclusive_maximum) >= 0)
        add_number(e, f, "exclusiveMaximum", n->exclusive_maximum);
    if (n->multiple_of && !js_is_multiple(f->v, n->multiple_of))
        add_number(e, f, "multipleOf", n->multiple_of);
}
