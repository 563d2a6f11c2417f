/* doc/yaml_compose - events composed into documents, without recursion.
 *
 * As in json_read, open containers and finished values lie on one stack; `opens` holds the places of the open
 * ones. Keys are resolved as they arrive and wait in their container's frame for the value. Two marker keys
 * stand for `<<` and for null keys until the map closes, which is when merging, refusing and checking for
 * duplicates happen. Depth is checked on events because libyaml's own cost grows with the square of the
 * nesting. An alias is a deep copy, counted against its own limit, so that documents stay trees that can be
 * edited in place. */
#include "doc/yaml_compose.h"

#include "doc/json.h"
#include "doc/yaml_scalar.h"

static const struct key merge_key, null_key;

static struct err *fail(uint32_t line, const char *what)
{
    return err_new(ERR_INVALID, "yaml: line %u: %s", line, what);
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
    return compose_in_map(c) && !c->opens.at[c->opens.len - 1].key;
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
    struct compose_frame *f = &c->opens.at[c->opens.len - 1];
    f->key = key;
    f->key_line = line;
}

/* --- values --- */
/* A value joins the stack under the key that waits for it. */
static void push_value(struct composer *c, const struct doc *d)
{
    struct compose_frame *f = c->opens.len ? &c->opens.at[c->opens.len - 1] : NULL;
    vec_push(&c->stack, (struct entry){f ? f->key : NULL, *d});
    vec_push(&c->key_lines, f ? f->key_line : 0);
    if (f)
        f->key = NULL;
}

static void remember(struct composer *c, const char *anchor, const struct doc *d)
{
    struct doc *place = NEW(c->arena, struct doc);
    *place = *d;
    if (!c->anchors)
        c->anchors = map_new(NULL);
    map_set(c->anchors, anchor, place);
}

/* Integers as they are mostly written need no second look: no sign, no leading zero, not too long to be one.
 */
static bool is_small_int(struct span s)
{
    if (s.len > INLINE_MAX || (s.at[0] == '0' && s.len > 1))
        return false;
    for (size_t i = 0; i < s.len; i++)
        if (s.at[i] < '0' || s.at[i] > '9')
            return false;
    return true;
}

/* The value of a scalar without tag. */
static struct err *set_value(struct composer *c, const struct compose_scalar *s, struct doc *d)
{
    if (s->plain && (!s->text.len || yaml_may_resolve(s->text.at[0]))) {
        if (!s->text.len || !is_small_int(s->text))
            return yaml_scalar(c->arena, c->dialect, s->text, NULL, true, d);
        d->kind = DOC_INT;
        d->flags = NODE_INLINE;
        d->inline_len = (uint16_t)s->text.len;
        memcpy(d->inline_text, s->text.at, s->text.len);
        return NULL;
    }
    d->kind = DOC_STR;
    d->text = arena_strndup(c->arena, s->text.at, s->text.len);
    d->len = d->cap = (uint32_t)s->text.len;
    return NULL;
}

struct err *compose_scalar(struct composer *c, const struct compose_scalar *s)
{
    struct doc d = {.line = s->line};
    bool key = key_due(c);
    TRY(count_value(c, s->line));
    if (key && span_is(s->text, "<<") && (s->tag ? streq(s->tag, "!!merge") : s->plain)) {
        set_key(c, &merge_key, s->line);
        return NULL;
    }
    if (key && !s->tag && !s->anchor && (!s->plain || (s->text.len && !yaml_may_resolve(s->text.at[0])))) {
        set_key(c, key_cached(&c->cache, c->arena, s->text), s->line);
        return NULL;
    }
    if (s->tag)
        TRYF(yaml_scalar(c->arena, c->dialect, s->text, s->tag, s->plain, &d), "yaml");
    else
        TRYF(set_value(c, s, &d), "yaml");
    if (s->folded && d.kind == DOC_STR)
        d.flags |= NODE_FOLDED;
    if (s->anchor)
        remember(c, s->anchor, &d);
    if (key)
        set_key(c, key_from(c, &d), s->line);
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

struct err *compose_alias(struct composer *c, const char *name, uint32_t line)
{
    const struct doc *target = c->anchors ? map_get(c->anchors, name) : NULL;
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

struct err *compose_open(struct composer *c, enum doc_kind kind, const char *anchor, uint32_t line)
{
    TRY(count_value(c, line));
    if (c->opens.len == c->limits.depth)
        return err_new(ERR_INVALID, "yaml: line %u: exceeded max depth of %zu", line, c->limits.depth);
    if (key_due(c))
        return fail(line, "invalid map key");
    struct doc d = {.kind = (uint8_t)kind, .line = line};
    push_value(c, &d);
    struct compose_frame f = {.place = (uint32_t)c->stack.len - 1};
    if (anchor) {
        f.anchor = arena_strdup(c->arena, anchor);
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

struct err *compose_close(struct composer *c)
{
    struct compose_frame f = vec_pop(&c->opens);
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

/* --- a document --- */
void compose_start(struct composer *c)
{
    if (c->anchors)
        map_clear(c->anchors);
    c->stack.len = c->key_lines.len = c->opens.len = 0;
}

struct doc *compose_finish(struct composer *c)
{
    struct doc *d = NEW(c->arena, struct doc);
    *d = c->stack.len ? c->stack.at[0].val : (struct doc){.kind = DOC_NULL};
    return d;
}

void compose_release(struct composer *c)
{
    vec_release(&c->stack);
    vec_release(&c->key_lines);
    vec_release(&c->opens);
    map_freep(&c->anchors);
}
