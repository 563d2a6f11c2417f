/* doc/yaml_read - libyaml's events composed into documents, without recursion.
 *
 * As in json_read, open containers and finished values lie on one stack; `opens` holds the places of the open
 * ones. Keys are resolved as they arrive and wait in their container's frame for the value. Two marker keys
 * stand for `<<` and for null keys until the map closes, which is when merging, refusing and checking for
 * duplicates happen. Depth is checked on events because libyaml's own cost grows with the square of the
 * nesting. An alias is a deep copy, counted against its own limit, so that documents stay trees that can be
 * edited in place. */
#include "base/map.h"
#include "base/vec.h"
#include "doc/json.h"
#include "doc/node.h"
#include "doc/yaml.h"
#include "doc/yaml_scalar.h"

#include <yaml.h>

static const struct key merge_key, null_key;

struct frame {
    uint32_t place; /* of the container's entry on the stack */
    uint32_t key_line;
    const struct key *key; /* of the value that comes next; NULL in a list or where a key is due */
    char *anchor;          /* of the container, or NULL */
};

struct composer {
    struct arena *arena;
    enum yaml_dialect dialect;
    struct limits limits;
    yaml_parser_t parser;
    size_t values, aliased;
    VEC(struct entry) stack;
    VEC(uint32_t) key_lines; /* beside the stack */
    VEC(struct frame) opens;
    struct map *anchors; /* name -> struct doc in the arena; kind DOC_NONE while the container is open */
    struct key_cache cache;
};

static struct err *fail(uint32_t line, const char *what)
{
    return err_new(ERR_INVALID, "yaml: line %u: %s", line, what);
}

/* The line that go-yaml names. yaml.v2 looks at the problem first, yaml.v3 at the context; a scanner's mark
 * is one short. A mark on the first line is not named. */
static struct err *parser_error(const struct composer *c)
{
    const yaml_parser_t *p = &c->parser;
    size_t problem = p->problem_mark.line, context = p->context_mark.line;
    bool scanner = p->error == YAML_SCANNER_ERROR;
    bool v3 = c->dialect == YAML_V3;
    size_t line = v3 ? (context ? context : problem) : (problem ? problem : context);
    if (line && scanner && (v3 || problem))
        line++;
    const char *what = p->problem ? p->problem : "unknown problem parsing YAML content";
    if (line)
        return err_new(ERR_INVALID, "yaml: line %zu: %s", line, what);
    return err_new(ERR_INVALID, "yaml: %s", what);
}

static struct err *count_value(struct composer *c, uint32_t line)
{
    if (++c->values > c->limits.values)
        return err_reason(ERR_EXHAUSTED, "TooManyValues", "yaml: line %u: more than %zu values", line,
                          c->limits.values);
    return NULL;
}

/* --- keys --- */
static bool key_due(const struct composer *c)
{
    if (!c->opens.len)
        return false;
    const struct frame *f = &c->opens.at[c->opens.len - 1];
    return !f->key && c->stack.at[f->place].val.kind == DOC_MAP;
}

/* What a resolved scalar is as a key of a JSON object. */
static const struct key *key_from(struct composer *c, const struct doc *d)
{
    CLEANUP(str_release) struct str text = {0};
    if (d->kind != DOC_STR && c->dialect == YAML_V3)
        c->stack.at[c->opens.at[c->opens.len - 1].place].val.flags |= NODE_OTHER_KEYS;
    switch (doc_kind(d)) {
    case DOC_STR:
        return key_cached(&c->cache, c->arena, (struct span){d->text, d->len});
    case DOC_BOOL:
        return key_of(c->arena, span_of(d->truth ? "true" : "false"));
    case DOC_NULL:
        return c->dialect == YAML_SIGS ? &null_key : key_of(c->arena, span_of("null"));
    case DOC_FLOAT:
        if (c->dialect == YAML_SIGS) {
            yaml_float(doc_float(d, 0), true, &text);
            return key_of(c->arena, str_span(&text));
        }
        return key_of(c->arena, number_text(d));
    default:
        return key_of(c->arena, number_text(d));
    }
}

static void set_key(struct composer *c, const struct key *key, uint32_t line)
{
    struct frame *f = &c->opens.at[c->opens.len - 1];
    f->key = key;
    f->key_line = line;
}

/* --- values --- */
/* A value joins the stack under the key that waits for it. */
static void push_value(struct composer *c, const struct doc *d)
{
    struct frame *f = c->opens.len ? &c->opens.at[c->opens.len - 1] : NULL;
    vec_push(&c->stack, (struct entry){f ? f->key : NULL, *d});
    vec_push(&c->key_lines, f ? f->key_line : 0);
    if (f)
        f->key = NULL;
}

static void remember(struct composer *c, const char *anchor, const struct doc *d)
{
    struct doc *place = NEW(c->arena, struct doc);
    *place = *d;
    map_set(c->anchors, anchor, place);
}

static const char *short_tag(struct arena *a, const yaml_char_t *tag)
{
    static const char core[] = "tag:yaml.org,2002:";
    const char *text = (const char *)tag;
    if (!text || !*text)
        return NULL;
    return starts_with(text, core) ? arena_printf(a, "!!%s", text + strlen(core)) : text;
}

static struct err *on_scalar(struct composer *c, const yaml_event_t *e)
{
    uint32_t line = (uint32_t)e->start_mark.line + 1;
    struct span text = {(const char *)e->data.scalar.value, e->data.scalar.length};
    bool plain = e->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
    const char *tag = short_tag(c->arena, e->data.scalar.tag);
    struct doc d = {.line = line};
    TRY(count_value(c, line));
    if (key_due(c)) {
        if (span_is(text, "<<") && (tag ? streq(tag, "!!merge") : plain)) {
            set_key(c, &merge_key, line);
            return NULL;
        }
        if (plain && !tag && !e->data.scalar.anchor && text.len &&
            !strchr("0123456789+-.~yYnNtTfFoO", text.at[0])) {
            set_key(c, key_cached(&c->cache, c->arena, text), line);
            return NULL;
        }
    }
    TRYF(yaml_scalar(c->arena, c->dialect, text, tag, plain, &d), "yaml");
    if (e->data.scalar.style == YAML_FOLDED_SCALAR_STYLE && d.kind == DOC_STR)
        d.flags |= NODE_FOLDED;
    if (e->data.scalar.anchor)
        remember(c, (const char *)e->data.scalar.anchor, &d);
    if (key_due(c))
        set_key(c, key_from(c, &d), line);
    else
        push_value(c, &d);
    return NULL;
}

static size_t count_nodes(const struct doc *d)
{
    size_t n = 1;
    doc_each (it, d)
        n += count_nodes(it.val);
    return n;
}

static size_t depth_of(const struct doc *d)
{
    size_t deepest = 0;
    doc_each (it, d) {
        size_t depth = depth_of(it.val);
        deepest = MAX(deepest, depth);
    }
    return deepest + (d->kind == DOC_LIST || d->kind == DOC_MAP);
}

static struct err *on_alias(struct composer *c, const yaml_event_t *e)
{
    uint32_t line = (uint32_t)e->start_mark.line + 1;
    const char *name = (const char *)e->data.alias.anchor;
    const struct doc *target = map_get(c->anchors, name);
    if (!target)
        return err_new(ERR_INVALID, "yaml: unknown anchor '%s' referenced", name);
    if (target->kind == DOC_NONE)
        return err_new(ERR_INVALID, "yaml: anchor '%s' value contains itself", name);
    if (key_due(c)) {
        if (target->kind == DOC_LIST || target->kind == DOC_MAP)
            return fail(line, "invalid map key");
        set_key(c, key_from(c, target), line);
        return NULL;
    }
    size_t nodes = count_nodes(target);
    c->aliased += nodes;
    c->values += nodes;
    if (c->aliased > c->limits.aliases || c->values > c->limits.values)
        return err_reason(ERR_EXHAUSTED, "ExcessiveAliasing", "yaml: document contains excessive aliasing");
    if (c->opens.len + depth_of(target) > c->limits.depth)
        return fail(line, "exceeded max depth through an alias");
    struct doc *copy = doc_deep(c->arena, target);
    push_value(c, copy);
    return arena_check(c->arena);
}

static struct err *on_open(struct composer *c, const yaml_event_t *e, enum doc_kind kind,
                           const yaml_char_t *anchor)
{
    uint32_t line = (uint32_t)e->start_mark.line + 1;
    TRY(count_value(c, line));
    if (c->opens.len == c->limits.depth)
        return err_new(ERR_INVALID, "yaml: line %u: exceeded max depth of %zu", line, c->limits.depth);
    if (key_due(c))
        return fail(line, "invalid map key");
    struct doc d = {.kind = (uint8_t)kind, .line = line};
    push_value(c, &d);
    struct frame f = {.place = (uint32_t)c->stack.len - 1};
    if (anchor) {
        f.anchor = arena_strdup(c->arena, (const char *)anchor);
        remember(c, f.anchor, &(struct doc){.kind = DOC_NONE});
    }
    vec_push(&c->opens, f);
    return NULL;
}

/* --- closing a map: null keys, merging, duplicates --- */
typedef VEC(struct entry) entries;

static struct err *merge_into(entries *out, const struct doc *from)
{
    static const char what[] = "yaml: map merge requires map or sequence of maps as the value";
    if (from->kind == DOC_MAP) {
        for (size_t i = 0; i < from->len; i++)
            vec_push(out, from->entries[i]);
        return NULL;
    }
    if (from->kind != DOC_LIST)
        return err_new(ERR_INVALID, "%s", what);
    for (size_t i = from->len;
         i-- > 0;) { /* backwards: earlier maps take precedence, and the last entry wins */
        if (from->items[i].kind != DOC_MAP)
            return err_new(ERR_INVALID, "%s", what);
        TRY(merge_into(out, &from->items[i]));
    }
    return NULL;
}

static void entries_release(entries *e)
{
    vec_release(e);
}

/* yaml.v2 merges where the key stands, so that it overrides what came before; in yaml.v3 the map's own keys
 * always win. */
static struct err *fill_merged(struct composer *c, struct doc *map, const struct entry *from, size_t n)
{
    CLEANUP(entries_release) entries all = {0};
    bool v3 = c->dialect == YAML_V3;
    for (size_t i = 0; i < n; i++) {
        if (from[i].key == &merge_key)
            TRY(merge_into(&all, &from[i].val));
        else if (!v3)
            vec_push(&all, from[i]);
    }
    for (size_t i = 0; v3 && i < n; i++)
        if (from[i].key != &merge_key)
            vec_push(&all, from[i]);
    map_fill(c->arena, map, all.at, all.len);
    return NULL;
}

static struct err *duplicate(const struct entry *e, uint32_t line, uint32_t first)
{
    const char *text = e->key == &merge_key ? "<<" : e->key->text;
    return err_new(ERR_INVALID,
                   "yaml: unmarshal errors:\n  line %u: mapping key \"%s\" already defined at line %u", line,
                   text, first);
}

/* yaml.v3: the first key that stands twice is an error. Sorting positions by key would lose the order, so a
 * small map is compared pair by pair and a large one through a scratch index. */
static struct err *check_duplicates(const struct entry *e, const uint32_t *lines, size_t n)
{
    if (n <= MAP_PLAIN) {
        for (size_t i = 1; i < n; i++)
            for (size_t j = 0; j < i; j++)
                if (key_eq(e[i].key, e[j].key))
                    return duplicate(&e[i], lines[i], lines[j]);
        return NULL;
    }
    size_t mask = map_slots(n) - 1;
    CLEANUP(mem_freep) uint32_t *index = mem_zalloc((mask + 1) * sizeof(*index));
    for (size_t i = 0; i < n; i++) {
        size_t s = e[i].key->hash & mask;
        for (; index[s]; s = (s + 1) & mask)
            if (key_eq(e[index[s] - 1].key, e[i].key))
                return duplicate(&e[i], lines[i], lines[index[s] - 1]);
        index[s] = (uint32_t)i + 1;
    }
    return NULL;
}

static struct err *close_map(struct composer *c, uint32_t place)
{
    struct entry *own = &c->stack.at[place], *children = own + 1;
    size_t n = c->stack.len - place - 1;
    bool merges = false;
    uint8_t other_keys = own->val.flags & NODE_OTHER_KEYS;
    for (size_t i = 0; i < n; i++) {
        merges = merges || children[i].key == &merge_key;
        if (children[i].key == &null_key) {
            CLEANUP(arena_freep) struct arena *tmp = arena_new("message");
            return err_new(ERR_INVALID, "Unsupported map key of type: %%!s(<nil>), key: <nil>, value: %s",
                           json_text(tmp, &children[i].val, 0));
        }
    }
    if (c->dialect == YAML_V3)
        TRY(check_duplicates(children, c->key_lines.at + place + 1, n));
    if (merges)
        TRY(fill_merged(c, &own->val, children, n));
    else
        map_fill(c->arena, &own->val, children, n);
    own->val.flags |= other_keys;
    return NULL;
}

static struct err *on_close(struct composer *c)
{
    struct frame f = vec_pop(&c->opens);
    struct doc *d = &c->stack.at[f.place].val;
    if (d->kind == DOC_MAP)
        TRY(close_map(c, f.place));
    else
        list_fill(c->arena, d, c->stack.at + f.place + 1, c->stack.len - f.place - 1);
    c->stack.len = c->key_lines.len = f.place + 1;
    if (f.anchor)
        remember(c, f.anchor, d);
    return arena_check(c->arena);
}

/* --- the stream --- */
static struct err *on_event(struct composer *c, const yaml_event_t *e)
{
    switch (e->type) {
    case YAML_SCALAR_EVENT:
        return on_scalar(c, e);
    case YAML_ALIAS_EVENT:
        return on_alias(c, e);
    case YAML_SEQUENCE_START_EVENT:
        return on_open(c, e, DOC_LIST, e->data.sequence_start.anchor);
    case YAML_MAPPING_START_EVENT:
        return on_open(c, e, DOC_MAP, e->data.mapping_start.anchor);
    case YAML_SEQUENCE_END_EVENT:
    case YAML_MAPPING_END_EVENT:
        return on_close(c);
    default:
        return NULL;
    }
}

/* The next document; *out NULL at the end of the stream. */
static struct err *next_document(struct composer *c, struct doc **out)
{
    *out = NULL;
    map_clear(c->anchors);
    c->stack.len = c->key_lines.len = 0;
    for (;;) {
        yaml_event_t event;
        if (!yaml_parser_parse(&c->parser, &event))
            return parser_error(c);
        yaml_event_type_t type = event.type;
        struct err *e = on_event(c, &event);
        yaml_event_delete(&event);
        if (e || type == YAML_STREAM_END_EVENT)
            return e;
        if (type == YAML_DOCUMENT_END_EVENT)
            break;
    }
    *out = NEW(c->arena, struct doc);
    **out = c->stack.len ? c->stack.at[0].val : (struct doc){.kind = DOC_NULL};
    return NULL;
}

static void composer_release(struct composer *c)
{
    yaml_parser_delete(&c->parser);
    vec_release(&c->stack);
    vec_release(&c->key_lines);
    vec_release(&c->opens);
    map_freep(&c->anchors);
}

static struct err *compose(struct composer *c, struct span text, bool all, struct yaml_docs *out)
{
    VEC(struct doc *) docs = {0};
    struct err *e = NULL;
    if (text.len > c->limits.bytes)
        return err_reason(ERR_EXHAUSTED, "TooLarge", "%zu bytes of YAML, at most %zu are read", text.len,
                          c->limits.bytes);
    yaml_parser_set_input_string(&c->parser, (const unsigned char *)(text.len ? text.at : ""), text.len);
    do {
        struct doc *d;
        e = next_document(c, &d);
        if (e || !d)
            break;
        vec_push(&docs, d);
    } while (all);
    out->len = docs.len;
    out->at = arena_dup(c->arena, docs.at, docs.len * sizeof(*docs.at));
    vec_release(&docs);
    return e;
}

static struct err *read_docs(struct arena *a, struct span text, enum yaml_dialect dialect,
                             const struct limits *limits, bool all, struct yaml_docs *out)
{
    *out = (struct yaml_docs){0};
    CLEANUP(composer_release)
    struct composer c = {
        .arena = a, .dialect = dialect, .limits = limits_or_default(limits), .anchors = map_new(NULL)};
    if (!yaml_parser_initialize(&c.parser))
        panic("out of memory for a YAML parser");
    struct err *e = compose(&c, text, all, out);
    return dialect == YAML_SIGS ? err_wrap(e, "error converting YAML to JSON") : e;
}

struct err *yaml_read_all(struct arena *a, struct span text, enum yaml_dialect dialect,
                          const struct limits *limits, struct yaml_docs *out)
{
    return read_docs(a, text, dialect, limits, true, out);
}

struct err *yaml_read(struct arena *a, struct span text, enum yaml_dialect dialect,
                      const struct limits *limits, struct doc **out)
{
    struct yaml_docs docs;
    *out = NULL;
    TRY(read_docs(a, text, dialect, limits, false, &docs));
    *out = docs.len ? docs.at[0] : doc_new_null(a);
    return NULL;
}
