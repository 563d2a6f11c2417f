/* render/kustomize/generate - from literals, files and env files to an object, and into the set.
 *
 * Pairs come in the order envs, literals, files; a key that stands twice is an error. The hash is over a JSON
 * text whose name is always empty: so it depends on nothing but the data and, of a Secret, the type. */
#include "render/kustomize/generate.h"

#include "base/map.h"
#include "base/str.h"
#include "base/vec.h"
#include "crypto/digest.h"
#include "crypto/text.h"
#include "doc/json.h"
#include "text/unicode.h"

enum { BASE64_LINE = 70 };

struct pair {
    struct span key, value;
};
struct pairs {
    struct arena *a;
    struct map *seen; /* keys */
    VEC(struct pair) list;
};

static struct err *add_pair(struct pairs *p, const char *name, struct span key, struct span value)
{
    if (map_get_span(p->seen, key))
        return err_new(ERR_INVALID, "configmap %s illegally repeats the key `%.*s`", name, (int)key.len,
                       key.at);
    map_set(p->seen, arena_strndup(p->a, key.at, key.len), p);
    if (key.len)
        vec_push(&p->list, (struct pair){key, value});
    return NULL;
}

/* --- sources --- */

static struct span unquote(struct span s)
{
    bool quoted = s.len >= 2 && (s.at[0] == '"' || s.at[0] == '\'') && s.at[0] == s.at[s.len - 1];
    return quoted ? (struct span){s.at + 1, s.len - 2} : s;
}

static struct err *add_literal(struct pairs *p, const char *name, const char *source)
{
    const char *equals = strchr(source, '=');
    if (!equals || equals == source)
        return err_new(
            ERR_INVALID,
            "loading KV pairs: literal sources [%s]: invalid literal source %s, expected key=value", source,
            source);
    return add_pair(p, name, (struct span){source, (size_t)(equals - source)}, unquote(span_of(equals + 1)));
}

static struct err *split_file_source(const char *source, struct span *key, const char **path)
{
    const char *equals = strchr(source, '='), *slash = strrchr(source, '/');
    *path = source;
    *key = span_of(slash ? slash + 1 : source);
    if (!equals)
        return NULL;
    *path = equals + 1;
    *key = (struct span){source, (size_t)(equals - source)};
    if (strchr(equals + 1, '='))
        return err_new(ERR_INVALID, "source \"%s\" key name or file path contains '='", source);
    if (!key->len)
        return err_new(ERR_INVALID, "missing key name for file path \"%s\" in source \"%s\"", *path, source);
    if (!**path)
        return err_new(ERR_INVALID, "missing file path for key name \"%.*s\" in source \"%s\"", (int)key->len,
                       key->at, source);
    return NULL;
}

static struct err *add_file(const struct kustomize_at *at, struct pairs *p, const char *name,
                            const char *source)
{
    struct span key, text;
    const char *path;
    TRYF(split_file_source(source, &key, &path), "loading KV pairs: file sources: [%s]", source);
    TRYF(kustomize_read(at, path, &text), "loading KV pairs: file sources: [%s]", source);
    return add_pair(p, name, key, text);
}

static const char *byte_list(struct arena *a, struct span s)
{
    CLEANUP(str_release) struct str out = {0};
    for (size_t i = 0; i < s.len; i++)
        str_printf(&out, "%s%u", i ? " " : "", (unsigned char)s.at[i]);
    return arena_strdup(a, str_text(&out));
}

static struct err *add_env_line(struct pairs *p, const char *name, struct span line)
{
    if (!rune_valid(line))
        return err_new(ERR_INVALID, "line [%s] has invalid utf8 bytes : %.*s", byte_list(p->a, line),
                       (int)line.len, line.at);
    while (line.len && strchr(" \t\v\f\r", line.at[0]) && line.at[0]) {
        line.at++;
        line.len--;
    }
    if (!line.len || line.at[0] == '#')
        return NULL;
    const char *equals = memchr(line.at, '=', line.len);
    if (!equals)
        return add_pair(p, name, line, (struct span){"", 0});
    size_t n = (size_t)(equals - line.at);
    return add_pair(p, name, (struct span){line.at, n}, (struct span){equals + 1, line.len - n - 1});
}

static struct err *add_env(const struct kustomize_at *at, struct pairs *p, const char *name, const char *path)
{
    struct span text, line;
    TRYF(kustomize_read(at, path, &text), "loading KV pairs: env source files: [%s]", path);
    if (text.len >= 3 && memcmp(text.at, "\xef\xbb\xbf", 3) == 0)
        text = (struct span){text.at + 3, text.len - 3};
    while (span_cut(&text, '\n', &line)) {
        line.len -= line.len && line.at[line.len - 1] == '\r';
        TRYF(add_env_line(p, name, line), "loading KV pairs: env source files: [%s]", path);
    }
    return NULL;
}

static struct err *collect(const struct kustomize_at *at, const char *name, const struct doc *entry,
                           struct pairs *p)
{
    doc_each (it, doc_get(entry, "envs"))
        TRY(add_env(at, p, name, doc_str(it.val, "")));
    doc_each (it, doc_get(entry, "literals"))
        TRY(add_literal(p, name, doc_str(it.val, "")));
    doc_each (it, doc_get(entry, "files"))
        TRY(add_file(at, p, name, doc_str(it.val, "")));
    return NULL;
}

/* --- the object --- */

/* Lines of at most 70 characters, each ended. */
static struct doc *base64(struct arena *a, struct span bytes)
{
    CLEANUP(str_release) struct str s = {0};
    struct span text = crypto_base64_encode(a, CRYPTO_BASE64_STD, bytes);
    if (text.len <= BASE64_LINE)
        return doc_new_str_n(a, text.at, text.len);
    for (size_t i = 0; i < text.len; i += BASE64_LINE) {
        str_add_n(&s, text.at + i, MIN((size_t)BASE64_LINE, text.len - i));
        str_char(&s, '\n');
    }
    return doc_new_str_n(a, str_text(&s), s.len);
}

static void put_data(struct arena *a, struct doc *object, enum kustomize_generated kind,
                     const struct pairs *p)
{
    if (kind == KUSTOMIZE_SECRET)
        doc_set_map(a, object, "data");
    vec_each (pair, &p->list) {
        bool text = kind == KUSTOMIZE_CONFIG_MAP && rune_valid(pair->value);
        struct doc *data = doc_own_map(a, object, text || kind == KUSTOMIZE_SECRET ? "data" : "binaryData");
        doc_set_span(a, data, pair->key,
                     text ? doc_new_str_n(a, pair->value.at, pair->value.len) : base64(a, pair->value));
    }
}

/* Pairs of the entry, and of the file what the entry leaves out. */
static void put_pairs(struct arena *a, struct doc *meta, const char *field, const struct doc *own,
                      const struct doc *global)
{
    doc_each (it, doc_get(own, field))
        doc_set_span(a, doc_own_map(a, meta, field), it.key, it.val);
    doc_each (it, doc_get(global, field))
        if (!doc_get_span(doc_get(meta, field), it.key))
            doc_set_span(a, doc_own_map(a, meta, field), it.key, it.val);
}

static bool either(const struct doc *own, const struct doc *global, const char *field)
{
    return doc_bool(doc_get(own, field), false) || doc_bool(doc_get(global, field), false);
}

/* A word that is none of the three says nothing. */
static enum kustomize_behavior behavior_of(const char *word)
{
    static const char *const words[] = {
        [KUSTOMIZE_CREATE] = "create", [KUSTOMIZE_REPLACE] = "replace", [KUSTOMIZE_MERGE] = "merge"};
    for (size_t i = KUSTOMIZE_CREATE; i < ARRAY_LEN(words); i++)
        if (streq(word, words[i]))
            return (enum kustomize_behavior)i;
    return KUSTOMIZE_UNSPECIFIED;
}

static struct doc *object_new(struct arena *a, enum kustomize_generated kind, const struct doc *entry,
                              const struct doc *options, const struct pairs *p)
{
    const struct doc *own = doc_get(entry, "options");
    struct doc *object = doc_new_map(a);
    const char *type = doc_str(doc_get(entry, "type"), "");
    doc_set_str(a, object, "apiVersion", "v1");
    doc_set_str(a, object, "kind", kind == KUSTOMIZE_SECRET ? "Secret" : "ConfigMap");
    struct doc *meta = doc_set_map(a, object, "metadata");
    doc_set_str(a, meta, "name", doc_str(doc_get(entry, "name"), ""));
    if (*doc_str(doc_get(entry, "namespace"), ""))
        doc_set(a, meta, "namespace", doc_get(entry, "namespace"));
    put_pairs(a, meta, "labels", own, options);
    put_pairs(a, meta, "annotations", own, options);
    if (kind == KUSTOMIZE_SECRET)
        doc_set_str(a, object, "type", *type ? type : "Opaque");
    put_data(a, object, kind, p);
    if (either(own, options, "immutable"))
        doc_set_bool(a, object, "immutable", true);
    return object;
}

struct err *kustomize_generate(const struct kustomize_at *at, enum kustomize_generated kind,
                               const struct doc *entry, const struct doc *options,
                               struct kustomize_resource **out)
{
    struct arena *a = at->build->a;
    CLEANUP(map_freep) struct map *seen = map_new(NULL);
    struct pairs p = {.a = a, .seen = seen};
    const char *name = doc_str(doc_get(entry, "name"), "");
    if (!*name)
        return err_new(ERR_INVALID, "a configmap must have a name");
    struct err *e = collect(at, name, entry, &p);
    if (!e) {
        struct kustomize_resource *r = kustomize_resource_new(a, object_new(a, kind, entry, options, &p));
        r->behavior = behavior_of(doc_str(doc_get(entry, "behavior"), ""));
        r->needs_hash = !either(doc_get(entry, "options"), options, "disableNameSuffixHash");
        *out = r;
    }
    vec_release(&p.list);
    return e;
}

/* --- into the set --- */

static void union_of(struct arena *a, struct doc *into, const struct doc *old, const char *field)
{
    const struct doc *from = doc_get(old, field), *now = doc_get(into, field);
    if (!doc_len(from) && !doc_len(now))
        return;
    struct doc *both = doc_new_map(a);
    doc_each (it, from)
        doc_set_span(a, both, it.key, it.val);
    doc_each (it, now)
        doc_set_span(a, both, it.key, it.val);
    doc_set(a, into, field, both);
}

/* The new object with what is kept of the old one; it takes the old one's place and history. */
static void take_over(struct kustomize_set *set, struct kustomize_resource *old, struct kustomize_resource *r)
{
    struct doc *meta = doc_own_map(set->a, r->object, "metadata");
    union_of(set->a, meta, doc_get(old->object, "metadata"), "labels");
    union_of(set->a, meta, doc_get(old->object, "metadata"), "annotations");
    doc_set_str(set->a, meta, "name", old->id.name);
    doc_del(set->a, meta, "namespace");
    if (*old->id.namespace)
        doc_set_str(set->a, meta, "namespace", old->id.namespace);
    if (r->behavior == KUSTOMIZE_MERGE) {
        union_of(set->a, r->object, old->object, "data");
        union_of(set->a, r->object, old->object, "binaryData");
    }
    bool needs_hash = r->needs_hash && old->needs_hash;
    struct doc *object = r->object;
    const struct doc *origin = r->origin;
    *r = *old;
    r->object = object;
    r->needs_hash = needs_hash;
    r->origin = origin;
    kustomize_set_replace(set, old, r);
}

struct err *kustomize_set_generated(struct kustomize_set *set, struct kustomize_resource *r)
{
    static const char *const words[] = {"unspecified", "create", "replace", "merge"};
    struct kustomize_found found = kustomize_set_with_id(set, &r->id);
    bool merges = r->behavior == KUSTOMIZE_MERGE || r->behavior == KUSTOMIZE_REPLACE;
    const char *id = kustomize_id_text(set->a, &r->id);
    if (!found.len && merges)
        return err_new(ERR_INVALID, "id %s does not exist; cannot merge or replace", id);
    if (!found.len)
        return kustomize_set_add(set, r);
    if (found.len > 1)
        return err_new(ERR_INVALID, "found multiple objects %s, %s that could accept merge of %s",
                       kustomize_id_text(set->a, &found.at[0]->id),
                       kustomize_id_text(set->a, &found.at[1]->id), id);
    if (!merges)
        return err_new(ERR_INVALID,
                       "id %s exists; can not use behavior: '%s', behavior must be merge or replace", id,
                       words[r->behavior]);
    take_over(set, found.at[0], r);
    return NULL;
}

/* --- hashes --- */

/* A map as it is; what else may stand there is only said to be there or not. */
static void add_field(struct str *s, const struct doc *object, const char *field, bool always)
{
    const struct doc *value = doc_get(object, field);
    if (!doc_is(value, DOC_MAP) && !always)
        return;
    str_printf(s, "%s\"%s\":", s->len > 1 ? "," : "", field);
    if (value)
        json_write(s, value, JSON_SORTED | JSON_HTML);
    else
        str_add(s, "\"\"");
}

/* Ten letters and digits. */
static const char *hash_of(struct arena *a, const struct doc *object)
{
    static const struct {
        char from, to;
    } safe[] = {{'0', 'g'}, {'1', 'h'}, {'3', 'k'}, {'a', 'm'}, {'e', 't'}};
    CLEANUP(str_release) struct str s = {0};
    bool is_secret = doc_str_is(doc_get(object, "kind"), "Secret");
    struct crypto_digest digest;
    str_char(&s, '{');
    if (!is_secret)
        add_field(&s, object, "binaryData", false);
    add_field(&s, object, "data", true);
    str_printf(&s, ",\"kind\":\"%s\",\"name\":\"\"", is_secret ? "Secret" : "ConfigMap");
    if (is_secret) {
        add_field(&s, object, "stringData", false);
        add_field(&s, object, "type", true);
    }
    str_char(&s, '}');
    crypto_digest(CRYPTO_SHA256, str_span(&s), &digest);
    char *hash = arena_strndup(a, digest.hex, 10);
    for (char *p = hash; *p; p++)
        for (size_t i = 0; i < ARRAY_LEN(safe); i++)
            if (*p == safe[i].from) {
                *p = safe[i].to;
                break;
            }
    return hash;
}

void kustomize_hash_names(struct kustomize_set *set)
{
    for (size_t i = 0; i < set->len; i++) {
        struct kustomize_resource *r = set->at[i];
        if (!r->needs_hash)
            continue;
        kustomize_remember(set, r);
        kustomize_set_name(set, r, arena_printf(set->a, "%s-%s", r->id.name, hash_of(set->a, r->object)));
    }
}
