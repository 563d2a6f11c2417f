/* schema/jsonschema_compile - from a document to nodes: find resources and anchors, follow references, read
 * keywords.
 *
 * A document is walked once for what keywords say is a subschema, so that ids and anchors are known before
 * any reference is followed. Keywords are read only of what can be reached from the root: a broken reference
 * in a definition that nobody uses is no error. A reference may lead to a place that no keyword names as a
 * schema; that place is walked then, and checked like a schema. */
#include "doc/json.h"
#include "doc/pointer.h"
#include "schema/jsonschema_private.h"

enum { NODES_MAX = 100000, META_HOPS = 8, DEFAULT_DRAFT = JS_2020 };

struct compiler {
    struct arena *a;
    const struct jsonschema_options *options;
    struct jsonschema *schema;
    VEC(struct js_node *) queue;
};

/* --- the table --- */

static size_t slot_of(const struct js_table *t, const struct doc *d)
{
    uint64_t h = (uint64_t)(uintptr_t)d * 0x9e3779b97f4a7c15U;
    size_t i = (size_t)(h >> 20) & (t->cap - 1);
    while (t->at[i] && t->at[i]->doc != d)
        i = (i + 1) & (t->cap - 1);
    return i;
}

struct js_node *js_find(const struct js_table *t, const struct doc *d)
{
    return t->cap && d ? t->at[slot_of(t, d)] : NULL;
}

static void table_add(struct arena *a, struct js_table *t, struct js_node *n)
{
    if (t->len * 2 >= t->cap) {
        struct js_table old = *t;
        t->cap = MAX(old.cap * 2, (size_t)64);
        t->at = NEW_N(a, struct js_node *, t->cap);
        for (size_t i = 0; i < old.cap; i++)
            if (old.at[i])
                t->at[slot_of(t, old.at[i]->doc)] = old.at[i];
    }
    t->at[slot_of(t, n->doc)] = n;
    t->len++;
}

/* --- resources and anchors --- */

enum shape { ONE = 1, LIST = 2, MAP = 4 };
static const struct {
    const char *key;
    int since;
    unsigned shape;
} places[] = {
    {"definitions", JS_4, MAP},
    {"not", JS_4, ONE},
    {"allOf", JS_4, LIST},
    {"anyOf", JS_4, LIST},
    {"oneOf", JS_4, LIST},
    {"properties", JS_4, MAP},
    {"additionalProperties", JS_4, ONE},
    {"patternProperties", JS_4, MAP},
    {"items", JS_4, ONE | LIST},
    {"additionalItems", JS_4, ONE},
    {"dependencies", JS_4, MAP},
    {"propertyNames", JS_6, ONE},
    {"contains", JS_6, ONE},
    {"if", JS_7, ONE},
    {"then", JS_7, ONE},
    {"else", JS_7, ONE},
    {"$defs", JS_2019, MAP},
    {"dependentSchemas", JS_2019, MAP},
    {"unevaluatedProperties", JS_2019, ONE},
    {"unevaluatedItems", JS_2019, ONE},
    {"contentSchema", JS_2019, ONE},
    {"prefixItems", JS_2020, LIST},
};

static int draft_named(const char *url)
{
    static const struct {
        const char *url;
        int draft;
    } known[] = {
        {"json-schema.org/schema", DEFAULT_DRAFT},         {"json-schema.org/draft/2020-12/schema", JS_2020},
        {"json-schema.org/draft/2019-09/schema", JS_2019}, {"json-schema.org/draft-07/schema", JS_7},
        {"json-schema.org/draft-06/schema", JS_6},         {"json-schema.org/draft-04/schema", JS_4}};
    const char *rest = starts_with(url, "http://") ? url + 7 : starts_with(url, "https://") ? url + 8 : url;
    size_t len = strlen(rest);
    struct span bare = {rest, len && rest[len - 1] == '#' ? len - 1 : len};
    for (size_t i = 0; i < ARRAY_LEN(known); i++)
        if (span_is(bare, known[i].url))
            return known[i].draft;
    return 0;
}

static struct err *load(struct compiler *c, const char *url, const struct doc **out);

/* The draft of a schema: as its "$schema" says, through custom meta-schemas that are loaded. */
static struct err *draft_of(struct compiler *c, const struct doc *d, int fallback, int *out)
{
    for (int hops = 0; hops < META_HOPS; hops++) {
        const char *url = doc_str(doc_get(d, "$schema"), NULL);
        *out = url ? draft_named(url) : fallback;
        if (*out)
            return NULL;
        TRY(load(c, arena_strndup(c->a, url, strcspn(url, "#")), &d));
    }
    return err_new(ERR_INVALID, "cycle in resolving $schema in \"%s\"", c->schema->roots->url);
}

static const char *id_of(const struct doc *d, int draft)
{
    if (draft < JS_2019 && doc_is(doc_get(d, "$ref"), DOC_STR))
        return "";
    return doc_str(doc_get(d, draft == JS_4 ? "id" : "$id"), "");
}

static const char *location(struct arena *a, const struct js_root *root, const char *ptr)
{
    return arena_printf(a, "%s#%s", root->url, js_url_pointer(a, ptr));
}

static struct err *anchor_add(struct compiler *c, struct js_node *n, const char *name, bool dynamic)
{
    struct js_resource *r = n->resource;
    vec_each (x, &r->anchors) {
        if (!streq(x->name, name))
            continue;
        if (x->node != n)
            return err_new(ERR_INVALID, "duplicate anchor \"%s\" in \"%s\" at \"%s\" and \"%s\"", name,
                           n->root->url, x->node->ptr, n->ptr);
        x->dynamic |= dynamic;
        return NULL;
    }
    size_t cap = r->anchors.cap;
    if (r->anchors.len == cap) { /* in the arena, where the resource lives */
        struct js_anchor *more = NEW_N(c->a, struct js_anchor, MAX(cap * 2, (size_t)4));
        if (r->anchors.len)
            memcpy(more, r->anchors.at, r->anchors.len * sizeof(*more));
        r->anchors.at = more;
        r->anchors.cap = MAX(cap * 2, (size_t)4);
    }
    r->anchors.at[r->anchors.len++] = (struct js_anchor){name, n, dynamic};
    return NULL;
}

static struct err *collect_anchors(struct compiler *c, struct js_node *n)
{
    const char *url, *fragment;
    if (n->draft < JS_2019) {
        const char *id = id_of(n->doc, n->draft);
        TRY(js_url_join(c->a, n->root->url, *id ? id : "#", &url, &fragment));
        return *fragment && *fragment != '/' ? anchor_add(c, n, fragment, false) : NULL;
    }
    const char *anchor = doc_str(doc_get(n->doc, "$anchor"), NULL);
    const char *dynamic = n->draft >= JS_2020 ? doc_str(doc_get(n->doc, "$dynamicAnchor"), NULL) : NULL;
    if (anchor)
        TRY(anchor_add(c, n, anchor, false));
    return dynamic ? anchor_add(c, n, dynamic, true) : NULL;
}

static struct js_resource *resource_named(const struct js_root *root, const char *id)
{
    struct js_resource *r = root->resources;
    while (r && !streq(r->id, id))
        r = r->next;
    return r;
}

/* Makes `n` a resource of its own when it has an id, or is the root. */
static struct err *collect_resource(struct compiler *c, struct js_node *n, const struct js_resource *base)
{
    int draft;
    TRY(draft_of(c, n->doc, n->draft, &draft));
    const char *id = id_of(n->doc, draft), *url = base ? base->id : n->root->url, *fragment;
    bool has_schema = doc_is(doc_get(n->doc, "$schema"), DOC_STR);
    if (base && !strcspn(id, "#")) { /* "$schema" counts only where an id makes a resource */
        draft = n->draft;
        has_schema = false;
        id = id_of(n->doc, draft);
    }
    if (base && !strcspn(id, "#"))
        return NULL;
    if (strcspn(id, "#"))
        TRY(js_url_join(c->a, url, id, &url, &fragment));
    struct js_resource *same = resource_named(n->root, url);
    if (same)
        return err_new(ERR_INVALID, "duplicate id \"%s\" in \"%s\" at \"%s\" and \"%s\"", url, n->root->url,
                       n->ptr, same->node->ptr);
    struct js_resource *r = NEW(c->a, struct js_resource);
    *r = (struct js_resource){
        .id = url, .node = n, .draft = has_schema ? draft : n->draft, .next = n->root->resources};
    n->root->resources = r;
    n->resource = r;
    n->draft = r->draft;
    return NULL;
}

static struct err *collect(struct compiler *c, const struct doc *d, const char *ptr, struct js_node *parent,
                           struct js_root *root);

static struct err *collect_children(struct compiler *c, struct js_node *n)
{
    for (size_t i = 0; i < ARRAY_LEN(places); i++) {
        const struct doc *d = n->draft >= places[i].since ? doc_get(n->doc, places[i].key) : NULL;
        const char *ptr = d ? arena_printf(c->a, "%s/%s", n->ptr, places[i].key) : NULL;
        bool list = doc_is(d, DOC_LIST), map = doc_is(d, DOC_MAP);
        if (d && (places[i].shape & ONE) && !(list && (places[i].shape & LIST)))
            TRY(collect(c, d, ptr, n, n->root));
        if (!(list && (places[i].shape & LIST)) && !(map && (places[i].shape & MAP)))
            continue;
        doc_each (it, d) {
            const char *token = list ? arena_printf(c->a, "%zu", it.index) : js_escape(c->a, it.key);
            if (list || !doc_is(it.val, DOC_LIST)) /* a list in "dependencies" is of names */
                TRY(collect(c, it.val, arena_printf(c->a, "%s/%s", ptr, token), n, n->root));
        }
    }
    return NULL;
}

static struct err *collect(struct compiler *c, const struct doc *d, const char *ptr, struct js_node *parent,
                           struct js_root *root)
{
    if (js_find(&c->schema->table, d))
        return NULL;
    if (c->schema->table.len >= NODES_MAX)
        return err_reason(ERR_EXHAUSTED, "SchemaTooLarge", "the schema has more than %d subschemas",
                          NODES_MAX);
    struct js_node *n = NEW(c->a, struct js_node);
    *n = (struct js_node){.doc = d, .ptr = ptr, .root = root, .draft = DEFAULT_DRAFT};
    if (parent) {
        n->resource = parent->resource;
        n->draft = parent->resource->draft;
    }
    table_add(c->a, &c->schema->table, n);
    if (!parent || doc_is(d, DOC_MAP))
        TRY(collect_resource(c, n, parent ? parent->resource : NULL));
    if (!doc_is(d, DOC_MAP))
        return NULL;
    TRY(collect_anchors(c, n));
    return collect_children(c, n);
}

/* --- documents --- */

static bool is_meta_url(const char *url)
{
    return starts_with(url, "http://json-schema.org/") || starts_with(url, "https://json-schema.org/");
}

static struct err *check_meta(struct compiler *c, const struct js_node *n)
{
    const char *why;
    if (is_meta_url(n->root->url))
        return NULL;
    TRY(js_check_meta(c->a, n->resource->draft, n->doc, &c->schema->table, &why));
    if (!why)
        return NULL;
    return err_new(ERR_INVALID, "\"%s\" is not valid against metaschema: %s", location(c->a, n->root, n->ptr),
                   why);
}

static struct err *root_add(struct compiler *c, const char *url, const struct doc *d, struct js_root **out)
{
    struct js_root *r = NEW(c->a, struct js_root), **end = &c->schema->roots;
    *r = (struct js_root){.schema = c->schema, .url = url, .doc = d};
    while (*end)
        end = &(*end)->next;
    *end = r;
    TRY(collect(c, d, "", NULL, r));
    *out = r;
    return check_meta(c, js_find(&c->schema->table, d));
}

static struct err *load(struct compiler *c, const char *url, const struct doc **out)
{
    for (struct js_root *r = c->schema->roots; r; r = r->next)
        if (streq(r->url, url)) {
            *out = r->doc;
            return NULL;
        }
    if (is_meta_url(url)) {
        const char *name = strstr(url, "json-schema.org/") + strlen("json-schema.org/");
        const char *text = js_meta_text(streq(name, "schema") ? "draft/2020-12/schema" : name);
        struct doc *d;
        if (text) {
            TRY(json_read(c->a, span_of(text), NULL, &d));
            *out = d;
            return NULL;
        }
    }
    if (!c->options->load)
        return err_new(ERR_INVALID, "failing loading \"%s\": schemas are not fetched", url);
    TRYF(c->options->load(c->options->arg, c->a, url, out), "failing loading \"%s\"", url);
    return NULL;
}

static struct err *root_for(struct compiler *c, const char *url, struct js_root **out)
{
    const struct doc *d;
    for (*out = c->schema->roots; *out; *out = (*out)->next)
        if (streq((*out)->url, url))
            return NULL;
    TRY(load(c, url, &d));
    return root_add(c, url, d, out);
}

/* --- references --- */

static void enqueue(struct compiler *c, struct js_node *n)
{
    if (!n || n->queued)
        return;
    n->queued = true;
    vec_push(&c->queue, n);
}

/* Follows a pointer from a node, remembering the deepest subschema on the way: its resource is the target's,
 * too. */
static struct err *at_pointer(struct compiler *c, struct js_node *from, const char *text,
                              struct js_node **out)
{
    struct pointer p;
    struct js_node *deepest = from;
    const struct doc *d = from->doc;
    const char *ptr = arena_printf(c->a, "%s%s", from->ptr, text);
    struct err *bad = pointer_parse(c->a, span_of(text), &p);
    if (bad) {
        err_free(bad);
        return err_new(ERR_INVALID, "invalid json-pointer \"%s\"", location(c->a, from->root, ptr));
    }
    for (size_t i = 0; i < p.len && d; i++) {
        size_t index;
        bool list = doc_is(d, DOC_LIST);
        d = !list                                        ? doc_get_span(d, p.at[i])
            : pointer_index(p.at[i], doc_len(d), &index) ? doc_at(d, index)
                                                         : NULL;
        struct js_node *n = js_find(&c->schema->table, d);
        deepest = n ? n : deepest;
    }
    if (!d)
        return err_new(ERR_INVALID, "json-pointer in \"%s\" not found", location(c->a, from->root, ptr));
    *out = js_find(&c->schema->table, d);
    if (*out)
        return NULL;
    TRY(collect(c, d, ptr, deepest, from->root));
    *out = js_find(&c->schema->table, d);
    return check_meta(c, *out);
}

static struct err *resolve(struct compiler *c, struct js_node *n, const char *ref, struct js_node **out,
                           const char **anchor)
{
    const char *url, *fragment;
    struct js_root *root = n->root;
    TRY(js_url_join(c->a, n->resource->id, ref, &url, &fragment));
    struct js_resource *r = resource_named(root, url);
    if (!r && streq(root->url, url))
        r = js_find(&c->schema->table, root->doc)->resource;
    if (!r) {
        TRY(root_for(c, url, &root));
        r = js_find(&c->schema->table, root->doc)->resource;
    }
    *anchor = NULL;
    if (!*fragment || *fragment == '/')
        return at_pointer(c, r->node, fragment, out);
    *anchor = fragment;
    vec_each (x, &r->anchors) {
        *out = x->node;
        if (streq(x->name, fragment))
            return NULL;
    }
    return err_new(ERR_INVALID, "anchor in \"%s#%s\" not found in schema \"%s\"", r->id,
                   js_url_pointer(c->a, fragment), root->url);
}

static struct err *read_ref(struct compiler *c, struct js_node *n, const char *key, struct js_node **out,
                            const char **anchor)
{
    const char *ref = doc_str(doc_get(n->doc, key), NULL), *ignored;
    if (!ref)
        return NULL;
    TRY(resolve(c, n, ref, out, anchor ? anchor : &ignored));
    enqueue(c, *out);
    return NULL;
}

/* --- keywords --- */

static struct js_node *child(struct compiler *c, const struct js_node *n, const char *key)
{
    struct js_node *sub = js_find(&c->schema->table, doc_get(n->doc, key));
    enqueue(c, sub);
    return sub;
}

static struct js_list children(struct compiler *c, const struct js_node *n, const char *key)
{
    const struct doc *d = doc_get(n->doc, key);
    struct js_list list = {0};
    if (!doc_is(d, DOC_LIST))
        return list;
    list.at = NEW_N(c->a, struct js_node *, doc_len(d));
    doc_each (it, d) {
        list.at[list.len++] = js_find(&c->schema->table, it.val);
        enqueue(c, list.at[list.len - 1]);
    }
    return list;
}

/* A map whose values are subschemas; NULL when there is none. */
static const struct doc *members(struct compiler *c, const struct js_node *n, const char *key)
{
    const struct doc *d = doc_get(n->doc, key);
    if (!doc_is(d, DOC_MAP))
        return NULL;
    doc_each (it, d)
        enqueue(c, js_find(&c->schema->table, it.val));
    return d;
}

static void free_regex(void *r)
{
    regex_free(r);
}

static struct err *read_regex(struct compiler *c, const struct js_node *n, const char *key, struct span text,
                              struct regex **out)
{
    struct err *e = regex_compile(text, out);
    if (e)
        return err_wrap(e, "invalid regex \"%.*s\" at \"%s/%s\"", (int)text.len, text.at,
                        location(c->a, n->root, n->ptr), key);
    arena_defer(c->a, free_regex, *out);
    return NULL;
}

static struct err *read_patterns(struct compiler *c, struct js_node *n)
{
    const struct doc *d = members(c, n, "patternProperties");
    n->patterns = NEW_N(c->a, struct js_pattern, doc_len(d) + 1);
    doc_each (it, d) {
        struct js_pattern *p = &n->patterns[n->n_patterns];
        TRY(read_regex(c, n, "patternProperties", it.key, &p->regex));
        p->node = js_find(&c->schema->table, it.val);
        n->n_patterns++;
    }
    return NULL;
}

static void read_applicators(struct compiler *c, struct js_node *n)
{
    n->all_of = children(c, n, "allOf");
    n->any_of = children(c, n, "anyOf");
    n->one_of = children(c, n, "oneOf");
    n->not_ = child(c, n, "not");
    if (n->draft >= JS_2020)
        n->items_list = children(c, n, "prefixItems");
    else if (doc_is(doc_get(n->doc, "items"), DOC_LIST)) {
        n->items_list = children(c, n, "items");
        n->additional_items = child(c, n, "additionalItems");
    }
    n->items = child(c, n, "items");
    n->properties = members(c, n, "properties");
    n->additional_properties = child(c, n, "additionalProperties");
    n->dependencies = members(c, n, "dependencies");
    if (n->draft >= JS_6) {
        n->contains = child(c, n, "contains");
        n->property_names = child(c, n, "propertyNames");
    }
    if (n->draft >= JS_7 && (n->if_ = child(c, n, "if")) != NULL) {
        n->then_ = child(c, n, "then");
        n->else_ = child(c, n, "else");
    }
    if (n->draft >= JS_2019) {
        n->dependent_schemas = members(c, n, "dependentSchemas");
        n->unevaluated_items = child(c, n, "unevaluatedItems");
        n->unevaluated_properties = child(c, n, "unevaluatedProperties");
    }
}

static unsigned type_named(const char *name)
{
    static const char *const names[] = {"null", "boolean", "number", "integer", "string", "array", "object"};
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        if (streq(names[i], name))
            return 1U << i;
    return 0;
}

static const struct doc *number(const struct js_node *n, const char *key)
{
    const struct doc *d = doc_get(n->doc, key);
    return doc_is(d, DOC_INT) || doc_is(d, DOC_FLOAT) ? d : NULL;
}

static int64_t count(const struct js_node *n, const char *key)
{
    const struct doc *d = number(n, key);
    return d && js_is_integer(d) ? MAX(doc_int(d, INT64_MAX), (int64_t)0) : -1;
}

static void read_bounds(struct js_node *n)
{
    n->multiple_of = number(n, "multipleOf");
    n->maximum = number(n, "maximum");
    n->minimum = number(n, "minimum");
    n->exclusive_maximum = number(n, "exclusiveMaximum");
    n->exclusive_minimum = number(n, "exclusiveMinimum");
    if (doc_bool(doc_get(n->doc, "exclusiveMaximum"), false)) {
        n->exclusive_maximum = n->maximum;
        n->maximum = NULL;
    }
    if (doc_bool(doc_get(n->doc, "exclusiveMinimum"), false)) {
        n->exclusive_minimum = n->minimum;
        n->minimum = NULL;
    }
    n->min_length = count(n, "minLength");
    n->max_length = count(n, "maxLength");
    n->min_items = count(n, "minItems");
    n->max_items = count(n, "maxItems");
    n->min_properties = count(n, "minProperties");
    n->max_properties = count(n, "maxProperties");
    n->min_contains = n->draft >= JS_2019 ? count(n, "minContains") : -1;
    n->max_contains = n->draft >= JS_2019 ? count(n, "maxContains") : -1;
    n->unique_items = doc_bool(doc_get(n->doc, "uniqueItems"), false);
}

unsigned js_kind_of(const struct doc *d)
{
    static const unsigned kinds[] = {
        [DOC_NONE] = 0,          [DOC_NULL] = JS_NULL,  [DOC_BOOL] = JS_BOOLEAN, [DOC_INT] = JS_NUMBER,
        [DOC_FLOAT] = JS_NUMBER, [DOC_STR] = JS_STRING, [DOC_LIST] = JS_ARRAY,   [DOC_MAP] = JS_OBJECT};
    return kinds[doc_kind(d)];
}

static struct err *read_assertions(struct compiler *c, struct js_node *n)
{
    const struct doc *type = doc_get(n->doc, "type"), *pattern = doc_get(n->doc, "pattern");
    n->types = type_named(doc_str(type, ""));
    if (doc_is(type, DOC_LIST))
        doc_each (it, type)
            n->types |= type_named(doc_str(it.val, ""));
    n->constant = n->draft >= JS_6 ? doc_get(n->doc, "const") : NULL;
    n->enums = doc_is(doc_get(n->doc, "enum"), DOC_LIST) ? doc_get(n->doc, "enum") : NULL;
    doc_each (it, n->enums)
        n->enum_types |= js_kind_of(it.val);
    n->required = doc_get(n->doc, "required");
    n->dependent_required = n->draft >= JS_2019 ? doc_get(n->doc, "dependentRequired") : NULL;
    read_bounds(n);
    n->format_name = doc_str(doc_get(n->doc, "format"), NULL);
    if (n->format_name && (n->draft < JS_2019 || c->schema->meta))
        n->format = js_format_find(n->format_name);
    if (!doc_is(pattern, DOC_STR))
        return NULL;
    n->pattern_text = doc_str(pattern, "");
    return read_regex(c, n, "pattern", doc_span(pattern), &n->pattern);
}

static struct err *compile_node(struct compiler *c, struct js_node *n)
{
    if (!doc_is(n->doc, DOC_MAP) || !doc_len(n->doc)) {
        n->kind = doc_bool(n->doc, true) ? JS_TRUE : JS_FALSE;
        return NULL;
    }
    TRY(read_ref(c, n, "$ref", &n->ref, NULL));
    if (n->draft < JS_2019 && n->ref)
        return NULL; /* all beside a "$ref" is ignored there */
    if (n->draft >= JS_2019) {
        TRY(read_ref(c, n, "$recursiveRef", &n->recursive_ref, NULL));
        n->recursive_anchor = doc_bool(doc_get(n->doc, "$recursiveAnchor"), false);
    }
    if (n->draft >= JS_2020) {
        TRY(read_ref(c, n, "$dynamicRef", &n->dynamic_ref, &n->dynamic_ref_anchor));
        n->dynamic_anchor = doc_str(doc_get(n->doc, "$dynamicAnchor"), NULL);
    }
    enqueue(c, n->resource->node);
    vec_each (x, &n->resource->anchors)
        if (x->dynamic && n->resource->node == n)
            enqueue(c, x->node);
    read_applicators(c, n);
    TRY(read_patterns(c, n));
    return read_assertions(c, n);
}

static struct err *compile(struct compiler *c, const char *url, const struct doc *d)
{
    struct js_root *root;
    TRY(root_add(c, url, d, &root));
    c->schema->node = js_find(&c->schema->table, d);
    enqueue(c, c->schema->node);
    for (size_t i = 0; i < c->queue.len; i++)
        TRY(compile_node(c, c->queue.at[i]));
    return NULL;
}

struct err *jsonschema_compile(struct arena *a, const struct doc *schema,
                               const struct jsonschema_options *options, struct jsonschema **out)
{
    static const struct jsonschema_options defaults;
    struct compiler c = {
        .a = a, .options = options ? options : &defaults, .schema = NEW(a, struct jsonschema)};
    const char *url = c.options->url ? c.options->url : "file:///values.schema.json";
    c.schema->meta = is_meta_url(url);
    struct err *e = compile(&c, url, schema);
    vec_release(&c.queue);
    *out = e ? NULL : c.schema;
    return e;
}
