/* schema/jsonschema_validate - a value against a compiled schema.
 *
 * `run` judges one value by one node and gives what is wrong with it as one fault, or NULL. A frame is one
 * such step: it knows which members or items no keyword has looked at yet (for unevaluated*), and its scopes
 * lead back to the root, which is what $dynamicRef needs and how an endless reference is noticed. Where only
 * the verdict counts
 * (`quiet`), faults are one constant and cost nothing.
 *
 * Every step, fault and remembered member is paid for out of one budget, so neither time nor memory can run
 * away. */
#include "schema/jsonschema_eval.h"

#include <stdlib.h>

struct js_fault js_invalid;

enum { STEPS_MAX = 20000000, DEPTH_LIMIT = 1000, FAULT_COST = 100 };

static struct js_fault *run(struct js_eval *e, struct js_frame *f);

/* --- faults --- */

bool js_pay(struct js_eval *e, size_t cost)
{
    e->steps -= (int64_t)MIN(cost, (size_t)STEPS_MAX);
    if (e->steps < 0 && !e->over)
        e->over = "SchemaTooCostly";
    return !e->over;
}

static void put_path(struct arena *a, struct str *out, const struct js_path *p)
{
    if (!p)
        return;
    put_path(a, out, p->parent);
    if (p->key.at)
        str_printf(out, "/%s", js_escape(a, p->key));
    else
        str_printf(out, "/%zu", p->index);
}

static const char *instance_of(struct js_eval *e, const struct js_frame *f)
{
    CLEANUP(str_release) struct str s = {0};
    put_path(e->a, &s, f->path);
    return arena_strndup(e->a, str_text(&s), s.len);
}

struct js_fault *js_fault_new(struct js_eval *e, const struct js_frame *f, const char *keyword,
                              struct str *message)
{
    struct js_fault *x = &js_invalid;
    if (!f->quiet && js_pay(e, FAULT_COST + message->len)) {
        const struct js_node *n = f->node;
        x = NEW(e->a, struct js_fault);
        x->instance = instance_of(e, f);
        x->left = e->steps;
        x->keyword = arena_printf(e->a, "%s#%s%s%s", n->root->url, js_url_pointer(e->a, n->ptr),
                                  *keyword ? "/" : "", keyword);
        x->message = arena_strndup(e->a, str_text(message), message->len);
    }
    str_release(message);
    return x;
}

struct js_fault *js_fault_text(struct js_eval *e, const struct js_frame *f, const char *keyword,
                               const char *text)
{
    struct str s = {0};
    if (!f->quiet)
        str_add(&s, text);
    return js_fault_new(e, f, keyword, &s);
}

void js_add(struct js_frame *f, struct js_fault *x)
{
    if (x)
        vec_push(&f->faults, x);
}

/* Moves the faults into x as its causes. */
struct js_fault *js_with_causes(struct js_eval *e, struct js_fault *x, struct js_faults *causes)
{
    if (x != &js_invalid && causes->len) {
        x->causes = NEW_N(e->a, struct js_fault *, causes->len);
        memcpy(x->causes, causes->at, causes->len * sizeof(*x->causes));
        x->len = causes->len;
    }
    vec_release(causes);
    return x;
}

static int by_instance(const void *x, const void *y)
{
    const struct js_fault *const *a = x, *const *b = y;
    int c = strcmp((*a)->instance, (*b)->instance);
    return c ? c : ((*a)->left < (*b)->left) - ((*a)->left > (*b)->left);
}

void js_sort(struct js_eval *e, struct js_frame *f, size_t from)
{
    if (!f->quiet && !e->over && f->faults.len - from > 1)
        qsort(f->faults.at + from, f->faults.len - from, sizeof(*f->faults.at), by_instance);
}

/* --- what is left unevaluated --- */

static struct js_left left_from(struct js_eval *e, const struct js_node *n, const struct doc *v, bool wanted)
{
    struct js_left left = {0};
    bool map = doc_is(v, DOC_MAP), list = doc_is(v, DOC_LIST);
    size_t from = 0;
    if (map && (n->additional_properties || !(wanted || n->unevaluated_properties)))
        return left;
    if (list) {
        bool all = n->items || n->additional_items;
        from = n->items_list.len;
        if (all || !(wanted || n->unevaluated_items) || from >= doc_len(v))
            return left;
    }
    if ((!map && !list) || !doc_len(v) || !js_pay(e, doc_len(v)))
        return left;
    left.len = doc_len(v);
    left.count = left.len - from;
    left.at = NEW_N(e->a, bool, left.len);
    memset(left.at + from, true, left.count);
    return left;
}

void js_left_drop(struct js_left *left, size_t i)
{
    if (left->count && left->at[i]) {
        left->at[i] = false;
        left->count--;
    }
}

static void left_merge(struct js_left *left, const struct js_left *other)
{
    for (size_t i = 0; left->count && i < left->len; i++)
        if (!other->count || !other->at[i])
            js_left_drop(left, i);
}

/* --- steps down --- */

struct js_fault *js_check_self(struct js_eval *e, struct js_frame *f, const struct js_node *n,
                               const char *keyword, bool quiet)
{
    struct js_frame sub = {.node = n,
                           .v = f->v,
                           .path = f->path,
                           .scope = {n, keyword, f->scope.value, &f->scope},
                           .left = left_from(e, n, f->v, f->left.count != 0),
                           .quiet = f->quiet || quiet};
    struct js_fault *x = run(e, &sub);
    if (!x)
        left_merge(&f->left, &sub.left);
    return x;
}

struct js_fault *js_check_value(struct js_eval *e, struct js_frame *f, const struct js_node *n,
                                const struct doc *v, const struct js_path *path)
{
    struct js_frame sub = {.node = n,
                           .v = v,
                           .path = path,
                           .scope = {n, NULL, f->scope.value + 1, &f->scope},
                           .left = left_from(e, n, v, false),
                           .quiet = f->quiet};
    return run(e, &sub);
}

/* --- references --- */

static void add_ref(struct js_eval *e, struct js_frame *f, const struct js_node *n, const char *keyword)
{
    struct js_fault *x = js_check_self(e, f, n, keyword, false);
    if (!x)
        return;
    struct js_fault *ref = js_fault_text(e, f, keyword, "validation failed");
    if (ref != &js_invalid && x != &js_invalid) {
        bool group = x->kind == GROUP;
        ref->kind = REFERENCE;
        ref->causes = NEW_N(e->a, struct js_fault *, group ? x->len : 1);
        ref->len = group ? x->len : 1;
        for (size_t i = 0; i < ref->len; i++)
            ref->causes[i] = group ? x->causes[i] : x;
    }
    js_add(f, ref);
}

static const struct js_node *outermost_recursive(const struct js_frame *f, const struct js_node *n)
{
    for (const struct js_scope *s = &f->scope; s && n->recursive_anchor; s = s->parent)
        if (s->node->resource->node->recursive_anchor)
            n = s->node->resource->node;
    return n;
}

static const struct js_node *outermost_dynamic(const struct js_frame *f, const struct js_node *n,
                                               const char *anchor)
{
    if (!anchor || !n->dynamic_anchor || !streq(n->dynamic_anchor, anchor))
        return n;
    for (const struct js_scope *s = &f->scope; s; s = s->parent)
        vec_each (x, &s->node->resource->anchors)
            if (x->dynamic && streq(x->name, anchor))
                n = x->node;
    return n;
}

static void put_scope(struct str *out, const struct js_scope *s)
{
    if (!s->parent)
        return;
    put_scope(out, s->parent);
    const char *from = s->parent->node->ptr;
    if (s->keyword)
        str_printf(out, "/%s", s->keyword);
    else if (starts_with(s->node->ptr, from))
        str_add(out, s->node->ptr + strlen(from));
}

/* The same node for the same value again: nothing would ever end it. */
static struct js_fault *check_cycle(struct js_eval *e, struct js_frame *f)
{
    const struct js_scope *s = f->scope.parent;
    while (s && s->value == f->scope.value && s->node != f->node)
        s = s->parent;
    if (!s || s->value != f->scope.value)
        return NULL;
    struct str text = {0};
    if (!f->quiet) {
        str_add(&text, "both ");
        put_scope(&text, &f->scope);
        str_add(&text, " and ");
        put_scope(&text, s);
        str_printf(&text, " resolve to \"%s#%s\" causing reference cycle", f->node->root->url,
                   js_url_pointer(e->a, f->node->ptr));
    }
    return js_fault_new(e, f, "", &text);
}

/* --- any value --- */

static struct js_fault *check_enum(struct js_eval *e, struct js_frame *f)
{
    struct str s = {0};
    bool scalars = true;
    unsigned kind = js_kind_of(f->v);
    if (f->node->enum_types & kind) {
        if (!js_pay(e, doc_len(f->node->enums)))
            return &js_invalid;
        doc_each (it, f->node->enums)
            if (doc_equal(it.val, f->v))
                return NULL;
    }
    if (f->quiet)
        return &js_invalid;
    doc_each (it, f->node->enums)
        scalars = scalars && !doc_is(it.val, DOC_MAP) && !doc_is(it.val, DOC_LIST);
    if (!scalars)
        return js_fault_text(e, f, "enum", "'enum' failed");
    str_add(&s, doc_len(f->node->enums) == 1 ? "value must be " : "value must be one of ");
    doc_each (it, f->node->enums) {
        str_add(&s, it.index ? ", " : "");
        js_display(&s, it.val);
    }
    return js_fault_new(e, f, "enum", &s);
}

static struct js_fault *check_const(struct js_eval *e, struct js_frame *f)
{
    const struct doc *want = f->node->constant;
    struct str s = {0};
    if (doc_equal(want, f->v))
        return NULL;
    if (doc_is(want, DOC_MAP) || doc_is(want, DOC_LIST))
        return js_fault_text(e, f, "const", "'const' failed");
    str_add(&s, "value must be ");
    js_display(&s, want);
    return js_fault_new(e, f, "const", &s);
}

static struct js_fault *check_type(struct js_eval *e, struct js_frame *f)
{
    unsigned kind = js_kind_of(f->v), types = f->node->types;
    struct str s = {0};
    if ((types & kind) || ((types & JS_INTEGER) && kind == JS_NUMBER && js_is_integer(f->v)))
        return NULL;
    if (!f->quiet)
        str_printf(&s, "got %s, want %s", js_type_names(e->a, kind), js_type_names(e->a, types));
    return js_fault_new(e, f, "type", &s);
}

static struct js_fault *check_format(struct js_eval *e, struct js_frame *f)
{
    struct str s = {0};
    if (!doc_is(f->v, DOC_STR) || !js_pay(e, doc_len(f->v)))
        return NULL;
    CLEANUP(err_freep) struct err *bad = f->node->format(doc_span(f->v));
    if (!bad)
        return NULL;
    if (!f->quiet) {
        js_quote(&s, doc_span(f->v));
        str_printf(&s, " is not valid %s: %s", f->node->format_name, bad->msg);
    }
    return js_fault_new(e, f, "format", &s);
}

/* --- combinations --- */

static void check_all_of(struct js_eval *e, struct js_frame *f)
{
    struct js_faults causes = {0};
    for (size_t i = 0; i < f->node->all_of.len && !(f->quiet && causes.len); i++) {
        struct js_fault *x = js_check_self(e, f, f->node->all_of.at[i], NULL, false);
        if (x)
            vec_push(&causes, x);
    }
    if (causes.len)
        js_add(f, js_with_causes(e, js_fault_text(e, f, "allOf", "'allOf' failed"), &causes));
}

static void check_any_of(struct js_eval *e, struct js_frame *f)
{
    struct js_faults causes = {0};
    bool matched = false;
    for (size_t i = 0; i < f->node->any_of.len; i++) {
        struct js_fault *x = js_check_self(e, f, f->node->any_of.at[i], NULL, false);
        if (x)
            vec_push(&causes, x);
        matched |= !x;
        if (matched && !f->left.count) /* with unevaluated* all branches have a say */
            break;
    }
    if (!matched && f->node->any_of.len)
        js_add(f, js_with_causes(e, js_fault_text(e, f, "anyOf", "'anyOf' failed"), &causes));
    vec_release(&causes);
}

static void check_one_of(struct js_eval *e, struct js_frame *f)
{
    struct js_faults causes = {0};
    size_t matched = SIZE_MAX, i = 0;
    for (; i < f->node->one_of.len; i++) {
        struct js_fault *x = js_check_self(e, f, f->node->one_of.at[i], NULL, matched != SIZE_MAX);
        if (x && matched == SIZE_MAX)
            vec_push(&causes, x);
        if (x)
            continue;
        if (matched != SIZE_MAX)
            break;
        matched = i;
    }
    if (i < f->node->one_of.len) {
        struct str s = {0};
        str_printf(&s, "'oneOf' failed, subschemas %zu, %zu matched", matched, i);
        js_add(f, js_fault_new(e, f, "oneOf", &s));
    } else if (matched == SIZE_MAX && f->node->one_of.len) {
        js_add(f, js_with_causes(e, js_fault_text(e, f, "oneOf", "'oneOf' failed, none matched"), &causes));
    }
    vec_release(&causes);
}

static void check_combined(struct js_eval *e, struct js_frame *f)
{
    const struct js_node *n = f->node;
    if (n->not_ && !js_check_self(e, f, n->not_, NULL, true))
        js_add(f, js_fault_text(e, f, "not", "'not' failed"));
    check_all_of(e, f);
    check_any_of(e, f);
    check_one_of(e, f);
    if (!n->if_)
        return;
    const struct js_node *branch = js_check_self(e, f, n->if_, NULL, true) ? n->else_ : n->then_;
    if (branch)
        js_add(f, js_check_self(e, f, branch, NULL, false));
}

static void check_unevaluated(struct js_eval *e, struct js_frame *f)
{
    const struct js_node *rule = doc_is(f->v, DOC_MAP)    ? f->node->unevaluated_properties
                                 : doc_is(f->v, DOC_LIST) ? f->node->unevaluated_items
                                                          : NULL;
    size_t before = f->faults.len;
    if (!rule)
        return;
    doc_each (it, f->v) {
        struct js_path path = {.parent = f->path, .key = it.key, .index = it.index};
        if (f->left.count && f->left.at[it.index])
            js_add(f, js_check_value(e, f, rule, it.val, &path));
    }
    f->left = (struct js_left){0};
    if (doc_is(f->v, DOC_MAP))
        js_sort(e, f, before);
}

/* --- one step --- */

static struct js_fault *outcome(struct js_eval *e, struct js_frame *f)
{
    struct js_fault *only = f->faults.len ? f->faults.at[0] : NULL;
    if (f->faults.len < 2 || f->quiet) {
        vec_release(&f->faults);
        return only;
    }
    struct js_fault *group = js_fault_text(e, f, "", "validation failed");
    if (group != &js_invalid)
        group->kind = GROUP;
    return js_with_causes(e, group, &f->faults);
}

static struct js_fault *check_first(struct js_eval *e, struct js_frame *f)
{
    const struct js_node *n = f->node;
    struct js_fault *x = check_cycle(e, f);
    if (!x && n->types)
        x = check_type(e, f);
    if (!x && n->constant)
        x = check_const(e, f);
    if (!x && n->enums)
        x = check_enum(e, f);
    return !x && n->format ? check_format(e, f) : x;
}

static void check_kind(struct js_eval *e, struct js_frame *f)
{
    switch (doc_kind(f->v)) {
    case DOC_MAP:
        js_check_object(e, f);
        break;
    case DOC_LIST:
        js_check_array(e, f);
        break;
    case DOC_STR:
        js_check_string(e, f);
        break;
    case DOC_INT:
    case DOC_FLOAT:
        js_check_number(e, f);
        break;
    case DOC_NONE:
    case DOC_NULL:
    case DOC_BOOL:
        break;
    }
}

static struct js_fault *run_keywords(struct js_eval *e, struct js_frame *f)
{
    const struct js_node *n = f->node;
    struct js_fault *first = check_first(e, f);
    if (first)
        return first;
    if (n->ref)
        add_ref(e, f, n->ref, "$ref");
    if (n->ref && n->draft < JS_2019)
        return outcome(e, f);
    check_kind(e, f);
    if (f->quiet && f->faults.len)
        return outcome(e, f);
    if (n->recursive_ref)
        add_ref(e, f, outermost_recursive(f, n->recursive_ref), "$recursiveRef");
    if (n->dynamic_ref)
        add_ref(e, f, outermost_dynamic(f, n->dynamic_ref, n->dynamic_ref_anchor), "$dynamicRef");
    check_combined(e, f);
    check_unevaluated(e, f);
    return outcome(e, f);
}

/* A part of a schema that has a draft of its own is judged by that one's meta-schema. */
static void switch_dialect(const struct js_eval *e, struct js_frame *f)
{
    const struct js_node *n = e->dialects ? js_find(e->dialects, f->v) : NULL;
    if (!n || n->resource->node != n || n->draft == f->node->draft ||
        f->node != js_meta(f->node->draft)->node)
        return;
    f->node = f->scope.node = js_meta(n->draft)->node;
}

static struct js_fault *run(struct js_eval *e, struct js_frame *f)
{
    if (!js_pay(e, 1))
        return &js_invalid;
    switch_dialect(e, f);
    if (f->node->kind == JS_TRUE)
        return NULL;
    if (f->node->kind == JS_FALSE)
        return js_fault_text(e, f, "", "false schema");
    if (e->depth == DEPTH_LIMIT) {
        e->over = "SchemaTooDeep";
        return &js_invalid;
    }
    e->depth++;
    struct js_fault *x = run_keywords(e, f);
    e->depth--;
    return x;
}

/* --- results --- */

struct list {
    struct jsonschema_error *at;
    size_t len, cap;
};

static void flatten(struct list *out, const struct js_fault *x, unsigned depth)
{
    bool skipped = x->kind == REFERENCE && x->len == 1;
    if (!skipped)
        vec_push(out, (struct jsonschema_error){x->instance, x->keyword, x->message, depth});
    for (size_t i = 0; i < x->len; i++)
        flatten(out, x->causes[i], depth + !skipped);
}

static struct err *validate(const struct js_node *n, struct js_eval *e, const struct doc *value,
                            struct jsonschema_errors *out)
{
    struct js_frame f = {.node = n, .v = value, .scope = {.node = n}};
    f.left = left_from(e, n, value, false);
    struct js_fault *x = run(e, &f);
    *out = (struct jsonschema_errors){0};
    if (e->over)
        return err_reason(ERR_EXHAUSTED, e->over, "checking the values against the schema takes too %s",
                          streq(e->over, "SchemaTooDeep") ? "many nested steps" : "much work");
    if (!x)
        return NULL;
    struct list list = {0};
    for (size_t i = 0; i < x->len && x->kind == GROUP; i++)
        flatten(&list, x->causes[i], 0);
    if (x->kind != GROUP)
        flatten(&list, x, 0);
    out->len = list.len;
    out->at = arena_dup(e->a, list.at, list.len * sizeof(*out->at));
    vec_release(&list);
    return NULL;
}

struct err *jsonschema_validate(const struct jsonschema *s, struct arena *a, const struct doc *value,
                                struct jsonschema_errors *out)
{
    struct js_eval e = {.a = a, .steps = STEPS_MAX};
    return validate(s->node, &e, value, out);
}

struct err *js_check_meta(struct arena *a, int draft, const struct doc *value, const struct js_table *t,
                          const char **out)
{
    struct js_eval e = {.a = a, .steps = STEPS_MAX, .dialects = t};
    struct jsonschema_errors errors;
    CLEANUP(str_release) struct str text = {0};
    *out = NULL;
    TRY(validate(js_meta(draft)->node, &e, value, &errors));
    if (!errors.len)
        return NULL;
    str_printf(&text, "jsonschema validation failed with '%s#'\n", js_draft_url(draft));
    jsonschema_errors_text(&errors, &text);
    *out = arena_strndup(a, str_text(&text), text.len);
    return NULL;
}

void jsonschema_errors_text(const struct jsonschema_errors *errors, struct str *out)
{
    for (size_t i = 0; i < errors->len; i++) {
        const struct jsonschema_error *x = &errors->at[i];
        str_add(out, i ? "\n" : "");
        str_fill(out, ' ', (size_t)x->depth * 2);
        str_add(out, "- at ");
        js_quote(out, span_of(x->instance));
        str_printf(out, ": %s", x->message);
    }
}
