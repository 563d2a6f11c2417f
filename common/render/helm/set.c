/* render/helm/set - what users give: merged files and the grammar of --set.
 *
 * A reader over the text that writes into the values as it goes, as strvals does: what came before an error
 * stays set. A list is made anew for each element that is set, since lists never change. */
#include "render/helm/values.h"

#include "base/str.h"
#include "doc/json.h"
#include "text/unicode.h"

#include <ctype.h>
#include <inttypes.h>
#include <strings.h>

enum { INDEX_MAX = 65536, NAMES_MAX = 30, ITEMS_MAX = 1000000, LISTS_MAX = 1000 };

void helm_values_merge(struct tmpl_map *to, struct tmpl_map *from)
{
    size_t n;
    const struct tmpl_entry *e = tmpl_map_sorted(from, &n);
    for (size_t i = 0; i < n; i++) {
        struct span key = {e[i].key, e[i].key_len};
        struct tmpl_value old = tmpl_map_get(to, key);
        if (old.kind == TMPL_MAP && e[i].value.kind == TMPL_MAP)
            helm_values_merge(old.map, e[i].value.map);
        else
            tmpl_map_set(to, key, e[i].value);
    }
}

struct parser {
    struct arena *a;
    enum helm_set kind;
    const struct helm_reader *reader;
    struct span rest;
    size_t items; /* list elements made so far */
    int lists;    /* indexes within indexes */
    bool ended;   /* the text ended where strvals says io.EOF */
};

/* --- words --- */

/* Up to one of the stops, which is taken too and given as *stop; 0 at the end of the text. A backslash takes
 * the next character as it is, but for --set-literal. */
static struct span word(struct parser *p, const char *stops, char *stop)
{
    CLEANUP(str_release) struct str s = {0};
    *stop = 0;
    while (p->rest.len) {
        char c = *p->rest.at;
        p->rest.at++;
        p->rest.len--;
        if (strchr(stops, c) && c) {
            *stop = c;
            break;
        }
        if (c == '\\' && p->kind != HELM_SET_LITERAL) {
            if (!p->rest.len)
                break;
            c = *p->rest.at;
            p->rest.at++;
            p->rest.len--;
        }
        str_char(&s, c);
    }
    return (struct span){arena_strndup(p->a, str_text(&s), s.len), s.len};
}

static bool is_word(struct span s, const char *what)
{
    return s.len == strlen(what) && strncasecmp(s.at, what, s.len) == 0;
}

static struct tmpl_value typed(struct span s)
{
    int64_t i;
    if (is_word(s, "true") || is_word(s, "false"))
        return tmpl_bool(s.len == 4);
    if (is_word(s, "null"))
        return tmpl_nil();
    if (span_is(s, "0"))
        return tmpl_int64(0);
    if (s.len && s.at[0] != '0' && span_int(s, &i))
        return tmpl_int64(i);
    return tmpl_span(s);
}

static struct err *value_of(struct parser *p, struct span s, struct tmpl_value *out)
{
    struct span content;
    *out = p->kind == HELM_SET ? typed(s) : tmpl_span(s);
    if (p->kind != HELM_SET_FILE)
        return NULL;
    if (!p->reader || !p->reader->read)
        return err_new(ERR_INVALID, "there are no files to read \"%.*s\" from", (int)s.len, s.at);
    TRY(p->reader->read(p->reader->arg, s.at, p->a, &content));
    *out = tmpl_span(content);
    return NULL;
}

/* --- lists --- */

static struct err *take_items(struct parser *p, size_t n)
{
    p->items += n;
    if (p->items > ITEMS_MAX)
        return err_new(ERR_EXHAUSTED, "more than %d elements of lists in one setting", ITEMS_MAX);
    return NULL;
}

static struct err *set_index(struct parser *p, struct tmpl_list **list, int64_t i, struct tmpl_value v)
{
    size_t old = *list ? (*list)->len : 0;
    if (i > INDEX_MAX)
        return err_new(ERR_INVALID, "index of %" PRId64 " is greater than maximum supported index of %d", i,
                       INDEX_MAX);
    size_t len = MAX(old, (size_t)i + 1);
    TRY(take_items(p, len));
    struct tmpl_list *grown = tmpl_list_new(p->a, &tmpl_type_list, len);
    for (size_t k = 0; k < len; k++)
        grown->items[k] = k < old ? (*list)->items[k] : tmpl_nil();
    grown->items[i] = v.kind == TMPL_NONE ? tmpl_nil() : v;
    *list = grown;
    return NULL;
}

/* "{a,b}": *is_list false when there is no brace. */
static struct err *value_list(struct parser *p, bool *is_list, struct tmpl_value *out)
{
    struct tmpl_list *list = tmpl_list_new(p->a, &tmpl_type_list, 0);
    *is_list = p->rest.len && *p->rest.at == '{';
    if (!*is_list)
        return NULL;
    p->rest.at++;
    p->rest.len--;
    for (char stop = ','; stop == ',';) {
        struct tmpl_value v;
        struct span s = word(p, ",}", &stop);
        if (!stop)
            return err_new(ERR_INVALID, "list must terminate with '}'");
        TRY(value_of(p, s, &v));
        TRY(set_index(p, &list, (int64_t)list->len, v));
    }
    if (p->rest.len && *p->rest.at == ',') {
        p->rest.at++;
        p->rest.len--;
    }
    *out = tmpl_list_value(list);
    return NULL;
}

/* White space, and a comma: true when a comma or the end was there. */
static bool skip_empty(struct parser *p)
{
    while (p->rest.len) {
        size_t n;
        uint32_t c = rune_decode(p->rest, &n);
        if (c != ',' && !rune_is_space(c))
            return false;
        p->rest.at += n;
        p->rest.len -= n;
        if (c == ',')
            return true;
    }
    return true;
}

static struct err *json_value(struct parser *p, struct tmpl_value *out)
{
    struct doc *d;
    *out = tmpl_nil();
    if (skip_empty(p))
        return NULL;
    TRY(json_read_next(p->a, &p->rest, NULL, &d));
    *out = tmpl_from_doc(p->a, d, TMPL_NUMBERS_FLOAT);
    skip_empty(p);
    return NULL;
}

/* What stands behind the "=". */
static struct err *value(struct parser *p, struct tmpl_value *out)
{
    bool is_list;
    char stop;
    if (p->kind == HELM_SET_JSON)
        return json_value(p, out);
    if (p->kind == HELM_SET_LITERAL) {
        *out = tmpl_span(p->rest);
        p->rest.len = 0;
        return NULL;
    }
    if (!p->rest.len) {
        *out = tmpl_str("");
        return NULL;
    }
    TRY(value_list(p, &is_list, out));
    return is_list ? NULL : value_of(p, word(p, ",", &stop), out);
}

/* --- keys --- */

static void set(struct tmpl_map *m, struct span key, struct tmpl_value v)
{
    if (key.len)
        tmpl_map_set(m, key, v);
}

static struct err *not_a(struct tmpl_value v, const char *wanted)
{
    return err_new(ERR_INVALID, "unable to parse key: interface conversion: interface {} is %s, not %s",
                   v.kind == TMPL_NIL ? "nil" : tmpl_type_name(v), wanted);
}

static struct err *key_index(struct parser *p, int64_t *out)
{
    char stop;
    struct span s = word(p, "]", &stop);
    p->ended = !stop; /* which strvals takes for the end of all */
    if (p->ended)
        return NULL;
    if (!span_int(s, out))
        return err_new(ERR_INVALID, "error parsing index: strconv.Atoi: parsing \"%.*s\": invalid syntax",
                       (int)s.len, s.at);
    if (*out < 0)
        return err_new(ERR_INVALID, "negative %" PRId64 " index not allowed", *out);
    return NULL;
}

static struct err *key(struct parser *p, struct tmpl_map *data, int level);
static struct err *list_item(struct parser *p, struct tmpl_list **list, int64_t i, int level);

static struct tmpl_value item_at(const struct tmpl_list *list, int64_t i)
{
    return list && (size_t)i < list->len ? list->items[i] : TMPL_NOTHING;
}

static struct err *item_list(struct parser *p, struct tmpl_list **list, int64_t i, int level)
{
    int64_t next;
    TRY(key_index(p, &next));
    if (p->ended)
        return NULL;
    struct tmpl_value old = item_at(*list, i);
    if (!tmpl_is_nothing(old) && old.kind != TMPL_LIST)
        return not_a(old, "[]interface {}");
    struct tmpl_list *inner = old.kind == TMPL_LIST ? old.list : NULL;
    TRY(list_item(p, &inner, next, level));
    return p->ended ? NULL : set_index(p, list, i, tmpl_list_value(inner));
}

static struct err *item_map(struct parser *p, struct tmpl_list **list, int64_t i, int level)
{
    struct tmpl_value old = item_at(*list, i);
    struct tmpl_map *inner = old.kind == TMPL_MAP ? old.map : tmpl_map_new(p->a, &tmpl_type_map);
    TRY(key(p, inner, level));
    return p->ended ? NULL : set_index(p, list, i, tmpl_map_value(inner));
}

/* %q of the characters, as strvals prints them. */
static struct err *unexpected_data(struct span s)
{
    CLEANUP(str_release) struct str text = {0};
    for (size_t n; s.len; s.at += n, s.len -= n) {
        str_printf(&text, "%s'", text.len ? " " : "");
        rune_add(&text, rune_decode(s, &n));
        str_char(&text, '\'');
    }
    return err_new(ERR_INVALID, "unexpected data at end of array index: [%s]", str_text(&text));
}

/* What follows an index. */
static struct err *list_item(struct parser *p, struct tmpl_list **list, int64_t i, int level)
{
    char stop;
    struct tmpl_value v;
    struct span s = word(p, "[.=", &stop);
    if (s.len)
        return unexpected_data(s);
    if (!stop) {
        p->ended = true;
        return NULL;
    }
    if (++p->lists > LISTS_MAX)
        return err_new(ERR_EXHAUSTED, "lists are nested more than %d deep", LISTS_MAX);
    struct err *e = NULL;
    if (stop == '[')
        e = item_list(p, list, i, level);
    else if (stop == '.')
        e = item_map(p, list, i, level);
    else if (!(e = value(p, &v)))
        e = set_index(p, list, i, v);
    p->lists--;
    return e;
}

static struct err *key_list(struct parser *p, struct tmpl_map *data, struct span name, int level)
{
    int64_t i;
    TRY(key_index(p, &i));
    if (p->ended)
        return NULL;
    struct tmpl_value old = tmpl_map_get(data, name);
    if (old.kind != TMPL_NONE && old.kind != TMPL_LIST)
        return not_a(old, "[]interface {}");
    struct tmpl_list *list = old.kind == TMPL_LIST ? old.list : tmpl_list_new(p->a, &tmpl_type_list, 0);
    TRY(list_item(p, &list, i, level));
    set(data, name, tmpl_list_value(list));
    return NULL;
}

static struct err *key_map(struct parser *p, struct tmpl_map *data, struct span name, int level)
{
    if (level + 1 > NAMES_MAX)
        return err_new(ERR_INVALID,
                       "value name nested level is greater than maximum supported nested level of %d",
                       NAMES_MAX);
    struct tmpl_value old = tmpl_map_get(data, name);
    if (old.kind != TMPL_NONE && old.kind != TMPL_MAP)
        return not_a(old, "map[string]interface {}");
    struct tmpl_map *inner = old.kind == TMPL_MAP ? old.map : tmpl_map_new(p->a, &tmpl_type_map);
    TRY(key(p, inner, level + 1));
    if (!p->ended && tmpl_map_len(inner) == 0)
        return err_new(ERR_INVALID, "key map \"%.*s\" has no value", (int)name.len, name.at);
    if (tmpl_map_len(inner))
        set(data, name, tmpl_map_value(inner));
    return NULL;
}

static struct err *key(struct parser *p, struct tmpl_map *data, int level)
{
    char stop;
    bool empty;
    struct tmpl_value v = tmpl_nil();
    struct span name = word(p, p->kind == HELM_SET_LITERAL ? "=[." : "=[,.", &stop);
    switch (stop) {
    case '[':
        return key_list(p, data, name, level);
    case '.':
        return key_map(p, data, name, level);
    case ',':
        set(data, name, tmpl_str(""));
        return err_new(ERR_INVALID, "key \"%.*s\" has no value (cannot end with ,)", (int)name.len, name.at);
    case '=':
        empty = !p->rest.len && p->kind != HELM_SET_JSON && p->kind != HELM_SET_LITERAL;
        TRY(value(p, &v));
        set(data, name, v);
        p->ended = empty;
        return NULL;
    default:
        p->ended = true;
        return !name.len ? NULL : err_new(ERR_INVALID, "key \"%.*s\" has no value", (int)name.len, name.at);
    }
}

static struct err *set_text(struct parser *p, struct tmpl_map *values)
{
    while (!p->ended)
        TRY(key(p, values, 0));
    return NULL;
}

static struct err *set_json(struct parser *p, struct tmpl_map *values, const char *text)
{
    struct span s = span_trim(span_of(text));
    struct doc *d;
    if (!s.len || s.at[0] != '{')
        TRY(set_text(p, values));
    else {
        TRY(json_read(p->a, s, NULL, &d));
        helm_values_merge(values, tmpl_from_doc(p->a, d, TMPL_NUMBERS_FLOAT).map);
    }
    return NULL;
}

struct err *helm_values_set(struct arena *a, struct tmpl_map *values, const struct helm_setting *s,
                            const struct helm_reader *reader)
{
    static const char *const flags[] = {"set", "set-string", "set-file", "set-json", "set-literal"};
    struct parser p = {.a = a, .kind = s->kind, .reader = reader, .rest = span_of(arena_strdup(a, s->text))};
    if (s->kind != HELM_SET_JSON)
        TRYF(set_text(&p, values), "failed parsing --%s data", flags[s->kind]);
    else {
        struct err *e = set_json(&p, values, s->text);
        if (e && e->code == ERR_INVALID) {
            bool object = *span_trim(span_of(s->text)).at == '{';
            err_free(e);
            return err_new(ERR_INVALID, "failed parsing --set-json data%s%s", object ? " JSON: " : " ",
                           s->text);
        }
        TRY(e);
    }
    return NULL;
}
