/* registry/index - a repository's index.yaml: one chart's versions, and the one that is meant.
 *
 * An index holds thousands of charts and is asked for one. As Helm writes it, each chart is a key of two or
 * no blanks under "entries:" at the start of a line, and in a block mapping nothing else can stand at that
 * depth: so the chart's lines are cut out and read alone. Whatever does not look so is read whole. */
#include "base/vec.h"
#include "doc/json.h"
#include "doc/yaml.h"
#include "registry/private.h"
#include "text/semver.h"

#include <stdlib.h>

struct entry {
    const struct doc *doc;
    const char *version;
};
struct entries {
    struct entry *at;
    const char **versions; /* of the same, newest first */
    size_t len;
};

/* --- cutting --- */

static struct span line_at(struct span text, size_t from)
{
    const char *end = memchr(text.at + from, '\n', text.len - from);
    return (struct span){text.at + from, end ? (size_t)(end - text.at) - from + 1 : text.len - from};
}

static size_t indent_of(struct span line)
{
    size_t n = 0;
    while (n < line.len && line.at[n] == ' ')
        n++;
    return n;
}

static bool blank_or_comment(struct span line)
{
    struct span s = span_trim(line);
    return !s.len || s.at[0] == '#';
}

/* Is it "key:" with nothing but blanks behind, plain or quoted? */
static bool is_key(struct span line, const char *key)
{
    struct span s = span_trim(line);
    if (!s.len || s.at[s.len - 1] != ':')
        return false;
    s = span_trim((struct span){s.at, s.len - 1});
    if (s.len >= 2 && (s.at[0] == '"' || s.at[0] == '\'') && s.at[s.len - 1] == s.at[0])
        s = (struct span){s.at + 1, s.len - 2};
    return span_is(s, key);
}

/* Behind the line "entries:" at the start of a line; 0 when there is none. */
static size_t find_entries(struct span text)
{
    for (size_t i = 0; i < text.len;) {
        struct span line = line_at(text, i);
        i += line.len;
        if (line.len && line.at[0] == 'e' && is_key(line, "entries"))
            return i;
    }
    return 0;
}

/* A list may stand at its key's own depth: "- " there is no new key. */
static bool starts_key(struct span line, size_t depth)
{
    size_t indent = indent_of(line);
    bool item = indent + 1 < line.len && line.at[indent] == '-' && strchr(" \t\r\n", line.at[indent + 1]);
    return indent <= depth && !item && !blank_or_comment(line);
}

/* The lines of one chart, its key's among them. False when the index is not of the usual form or lacks it. */
static bool cut(struct span text, const char *chart, struct span *out)
{
    size_t i = find_entries(text), depth = SIZE_MAX, from = 0;
    bool found = false;
    for (; i && i < text.len;) {
        struct span line = line_at(text, i);
        bool blank = blank_or_comment(line);
        if (!blank && depth == SIZE_MAX) {
            depth = indent_of(line);
            if (!depth)
                return false;
        }
        if (!blank && starts_key(line, depth)) {
            if (found)
                break;
            if (indent_of(line) < depth)
                return false;
            found = is_key(line, chart);
            from = i;
        }
        i += line.len;
    }
    *out = (struct span){text.at + from, i - from};
    return found;
}

static bool says_version(struct span text)
{
    if (text.len > 11 && memcmp(text.at, "apiVersion:", 11) == 0)
        return true;
    return memmem(text.at, text.len, "\napiVersion:", 12) != NULL;
}

/* --- reading --- */

static struct err *bad_index(const char *url, const char *what)
{
    return err_new(ERR_INVALID, "error loading the index of %s: %s", url, what);
}

static struct err *read_part(struct arena *a, struct span part, const char *chart, const struct doc **out)
{
    struct doc *d = NULL;
    TRY(yaml_read(a, part, YAML_SIGS, NULL, &d));
    *out = doc_get(d, chart);
    return doc_is(*out, DOC_LIST) ? NULL : err_new(ERR_INVALID, "not as it looks");
}

static struct err *read_whole(struct arena *a, struct span text, const char *url, const char *chart,
                              const struct doc **out)
{
    struct span start = span_trim((struct span){text.at, MIN(text.len, (size_t)64)});
    struct limits limits = {.bytes = 1U << 30};
    struct doc *d = NULL;
    bool json = start.len && start.at[0] == '{';
    TRYF(json ? json_read(a, text, &limits, &d) : yaml_read(a, text, YAML_SIGS, &limits, &d),
         "error loading the index of %s", url);
    if (!*doc_str(doc_get(d, "apiVersion"), ""))
        return bad_index(url, "no API version specified");
    *out = doc_get(doc_get(d, "entries"), chart);
    return NULL;
}

static struct err *read_chart(struct arena *a, struct span text, const char *url, const char *chart,
                              const struct doc **out)
{
    struct span part;
    if (!span_trim(text).len)
        return bad_index(url, "empty index.yaml file");
    if (says_version(text) && cut(text, chart, &part)) {
        struct err *odd = read_part(a, part, chart, out);
        if (!odd)
            return NULL;
        err_free(odd); /* an anchor from elsewhere, perhaps */
    }
    return read_whole(a, text, url, chart, out);
}

/* As Helm loads an index: an entry without a name or a version is passed over. */
static bool is_valid(const struct doc *d)
{
    struct semver v;
    const char *name = doc_str(doc_get(d, "name"), "");
    struct err *bad = semver_parse(span_of(doc_str(doc_get(d, "version"), "")), &v);
    bool valid = !bad && *name && !strchr(name, '/') && !streq(name, ".") && !streq(name, "..");
    err_free(bad);
    return valid;
}

static void sort_entries(struct arena *a, const struct doc *list, struct entries *out)
{
    size_t n = 0, total = doc_len(list);
    const struct doc **docs = NEW_N(a, const struct doc *, total + 1);
    const char **versions = NEW_N(a, const char *, total + 1);
    size_t *order = NEW_N(a, size_t, total + 1);
    doc_each (it, list) {
        if (!is_valid(it.val))
            continue;
        docs[n] = it.val;
        versions[n++] = doc_str(doc_get(it.val, "version"), "");
    }
    registry_sort(a, versions, n, order);
    out->at = NEW_N(a, struct entry, n + 1);
    out->versions = NEW_N(a, const char *, n + 1);
    for (size_t i = 0; i < n; i++) {
        out->at[i] = (struct entry){docs[order[i]], versions[order[i]]};
        out->versions[i] = versions[order[i]];
    }
    out->len = n;
}

static struct err *load(struct arena *a, struct span text, const char *url, const char *chart,
                        struct entries *out)
{
    const struct doc *list = NULL;
    TRY(read_chart(a, text, url, chart, &list));
    if (!doc_is(list, DOC_LIST))
        return err_new(ERR_NOT_FOUND, "chart \"%s\" not found in %s repository", chart, url);
    sort_entries(a, list, out);
    return NULL;
}

/* Relative ones as seen from the repository's folder, with its query. */
static struct err *absolute_url(struct arena *a, const char *base, const char *ref, const char **out)
{
    struct net_url from, to;
    if (strstr(ref, "://")) {
        *out = ref;
        return NULL;
    }
    TRYF(net_url_parse(a, base, &from), "failed to parse %s as URL", base);
    if (!ends_with(from.path, "/"))
        from.path = arena_printf(a, "%s/", from.path);
    TRYF(net_url_resolve(a, &from, ref, &to), "failed to make chart URL absolute");
    to.query = from.query;
    *out = net_url_text(a, &to, true);
    return NULL;
}

static const char *digest_of(struct arena *a, const struct doc *d)
{
    const char *hex = doc_str(doc_get(d, "digest"), "");
    const char *text = starts_with(hex, "sha256:") ? hex : arena_printf(a, "sha256:%.128s", hex);
    return registry_is_digest(text) ? text : "";
}

struct err *registry_index_find(struct arena *a, struct span index, const char *url, const char *chart,
                                const char *range, struct registry_chart *out)
{
    struct entries found;
    size_t at;
    TRY(load(a, index, url, chart, &found));
    struct registry_versions versions = {found.versions, found.len};
    TRYF(registry_pick(a, &versions, range, &at), "chart \"%s\" version \"%s\" of %s", chart, range, url);
    if (at == found.len)
        return *range ? err_new(ERR_NOT_FOUND, "chart \"%s\" version \"%s\" not found in %s repository",
                                chart, range, url)
                      : err_new(ERR_NOT_FOUND, "chart \"%s\" not found in %s repository", chart, url);
    const struct doc *d = found.at[at].doc;
    const char *first = doc_str(doc_at(doc_get(d, "urls"), 0), "");
    if (!*first)
        return err_new(ERR_NOT_FOUND, "chart \"%s\" version \"%s\" has no downloadable URLs", chart,
                       found.at[at].version);
    *out = (struct registry_chart){.name = doc_str(doc_get(d, "name"), ""),
                                   .version = found.at[at].version,
                                   .digest = digest_of(a, d),
                                   .deprecated = doc_bool(doc_get(d, "deprecated"), false)};
    return absolute_url(a, url, first, &out->url);
}

struct err *registry_index_list(struct arena *a, struct span index, const char *url, const char *chart,
                                struct registry_versions *out)
{
    struct entries found;
    TRY(load(a, index, url, chart, &found));
    *out = (struct registry_versions){found.versions, found.len};
    return NULL;
}
