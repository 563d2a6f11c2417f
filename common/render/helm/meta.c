/* render/helm/meta - Chart.yaml and requirements.yaml.
 *
 * Read as Go reads YAML into a struct: keys match in any case, numbers and booleans become the text of a
 * string field, unknown keys are nobody's business, and other kinds are errors in encoding/json's words. */
#include "doc/yaml.h"
#include "render/helm/chart.h"
#include "text/semver.h"
#include "text/unicode.h"

#include "base/str.h"

#include <inttypes.h>
#include <strings.h>

struct field {
    const char *key, *name; /* as in YAML, and as in the templates' .Chart */
    size_t at;
};

#define META(key_, name_, member)                                                                            \
    {                                                                                                        \
        key_, name_, offsetof(struct helm_metadata, member)                                                  \
    }
static const struct field texts[] = {
    META("name", "Name", name),
    META("home", "Home", home),
    META("version", "Version", version),
    META("description", "Description", description),
    META("icon", "Icon", icon),
    META("apiVersion", "APIVersion", api_version),
    META("condition", "Condition", condition),
    META("tags", "Tags", tags),
    META("appVersion", "AppVersion", app_version),
    META("kubeVersion", "KubeVersion", kube_version),
    META("type", "Type", type),
};
#define DEP(key_, name_, member)                                                                             \
    {                                                                                                        \
        key_, name_, offsetof(struct helm_dependency, member)                                                \
    }
static const struct field dep_texts[] = {
    DEP("name", "Name", name),
    DEP("version", "Version", version),
    DEP("repository", "Repository", repository),
    DEP("condition", "Condition", condition),
    DEP("alias", "Alias", alias),
};
#define MAINTAINER(key_, name_, member)                                                                      \
    {                                                                                                        \
        key_, name_, offsetof(struct helm_maintainer, member)                                                \
    }
static const struct field maintainer_texts[] = {
    MAINTAINER("name", "Name", name),
    MAINTAINER("email", "Email", email),
    MAINTAINER("url", "URL", url),
};

static const char **text_at(void *of, size_t at)
{
    return (const char **)(void *)((char *)of + at);
}

/* --- reading --- */

const struct doc *helm_get(const struct doc *map, const char *key)
{
    const struct doc *found = doc_get(map, key);
    if (found)
        return found;
    doc_each (it, map) {
        if (strcasecmp(it.key.at, key) == 0)
            found = it.val;
    }
    return found;
}

static struct err *wrong_type(const struct doc *d, const char *where, const char *type)
{
    return err_new(ERR_INVALID,
                   "error unmarshaling JSON: while decoding JSON: json: cannot unmarshal %s into Go struct "
                   "field %s of type %s",
                   doc_kind_name(d), where, type);
}

static struct err *text_read(struct arena *a, const struct doc *d, const char *where, const char **out)
{
    CLEANUP(str_release) struct str number = {0};
    switch (doc_kind(d)) {
    case DOC_NONE:
    case DOC_NULL:
        return NULL;
    case DOC_STR:
        *out = doc_str(d, "");
        return NULL;
    case DOC_BOOL:
        *out = doc_bool(d, false) ? "true" : "false";
        return NULL;
    case DOC_INT:
        *out = arena_printf(a, "%" PRId64, doc_int(d, 0));
        return NULL;
    case DOC_FLOAT:
        tmpl_format_float(&number, doc_float(d, 0), 'g', -1);
        *out = arena_strdup(a, str_text(&number));
        return NULL;
    default:
        return wrong_type(d, where, "string");
    }
}

static struct err *texts_read(struct arena *a, const struct doc *d, const char *type,
                              const struct field *fields, size_t n, void *of)
{
    for (size_t i = 0; i < n; i++) {
        const char **out = text_at(of, fields[i].at);
        if (!*out)
            *out = "";
        CLEANUP(str_release) struct str where = {0};
        str_printf(&where, "%s.%s", type, fields[i].key);
        TRY(text_read(a, helm_get(d, fields[i].key), str_text(&where), out));
    }
    return NULL;
}

static struct err *words_read(struct arena *a, const struct doc *d, const char *where, struct helm_words *out)
{
    if (!d || doc_is(d, DOC_NULL))
        return NULL;
    if (!doc_is(d, DOC_LIST))
        return wrong_type(d, where, "[]string");
    *out = (struct helm_words){NEW_N(a, const char *, doc_len(d) + 1), 0};
    doc_each (it, d) {
        out->at[out->len] = "";
        TRY(text_read(a, it.val, where, &out->at[out->len++]));
    }
    return NULL;
}

static struct err *maintainers_read(struct arena *a, const struct doc *d, struct helm_metadata *m)
{
    if (!d || doc_is(d, DOC_NULL))
        return NULL;
    if (!doc_is(d, DOC_LIST))
        return wrong_type(d, "Metadata.maintainers", "[]*v2.Maintainer");
    m->maintainers = NEW_N(a, struct helm_maintainer, doc_len(d) + 1);
    doc_each (it, d) {
        if (doc_is(it.val, DOC_NULL)) {
            m->null_maintainer = true;
            continue;
        }
        if (!doc_is(it.val, DOC_MAP))
            return wrong_type(it.val, "Metadata.maintainers", "v2.Maintainer");
        TRY(texts_read(a, it.val, "Maintainer", maintainer_texts, ARRAY_LEN(maintainer_texts),
                       &m->maintainers[m->maintainers_len++]));
    }
    return NULL;
}

static struct err *annotations_read(struct arena *a, const struct doc *d, struct helm_metadata *m)
{
    if (!d || doc_is(d, DOC_NULL))
        return NULL;
    if (!doc_is(d, DOC_MAP))
        return wrong_type(d, "Metadata.annotations", "map[string]string");
    struct doc *own = doc_new_map(a);
    doc_each (it, d) {
        const char *text = "";
        TRY(text_read(a, it.val, "Metadata.annotations", &text));
        doc_set_span(a, own, it.key, doc_new_str(a, text));
    }
    m->annotations = own;
    return NULL;
}

static struct err *dependencies_read(struct arena *a, const struct doc *d, struct helm_metadata *m)
{
    if (!d)
        return NULL;
    m->deps_given = doc_is(d, DOC_LIST);
    m->deps_len = 0;
    if (doc_is(d, DOC_NULL))
        return NULL;
    if (!doc_is(d, DOC_LIST))
        return wrong_type(d, "Metadata.dependencies", "[]*v2.Dependency");
    m->deps = NEW_N(a, struct helm_dependency, doc_len(d) + 1);
    doc_each (it, d) {
        if (doc_is(it.val, DOC_NULL)) {
            m->null_dep = true;
            continue;
        }
        struct helm_dependency *dep = &m->deps[m->deps_len++];
        if (!doc_is(it.val, DOC_MAP))
            return wrong_type(it.val, "Metadata.dependencies", "v2.Dependency");
        TRY(texts_read(a, it.val, "Dependency", dep_texts, ARRAY_LEN(dep_texts), dep));
        TRY(words_read(a, helm_get(it.val, "tags"), "Dependency.tags", &dep->tags));
        const struct doc *import = helm_get(it.val, "import-values");
        if (import && !doc_is(import, DOC_LIST) && !doc_is(import, DOC_NULL))
            return wrong_type(import, "Dependency.import-values", "[]interface {}");
        dep->import_values = doc_is(import, DOC_LIST) ? import : NULL;
    }
    return NULL;
}

struct err *helm_metadata_read(struct arena *a, struct span text, bool only_deps, struct helm_metadata *m)
{
    struct doc *d;
    TRY(yaml_read(a, text, YAML_SIGS, NULL, &d));
    if (!doc_is(d, DOC_MAP) && !doc_is(d, DOC_NULL))
        return err_new(
            ERR_INVALID,
            "error unmarshaling JSON: while decoding JSON: json: cannot unmarshal %s into Go value "
            "of type loader.chartBase",
            doc_kind_name(d));
    TRY(dependencies_read(a, helm_get(d, "dependencies"), m));
    if (only_deps)
        return NULL;
    TRY(texts_read(a, d, "Metadata", texts, ARRAY_LEN(texts), m));
    const struct doc *deprecated = helm_get(d, "deprecated");
    if (deprecated && !doc_is(deprecated, DOC_BOOL) && !doc_is(deprecated, DOC_NULL))
        return wrong_type(deprecated, "Metadata.deprecated", "bool");
    m->deprecated = doc_bool(deprecated, false);
    TRY(words_read(a, helm_get(d, "sources"), "Metadata.sources", &m->sources));
    TRY(words_read(a, helm_get(d, "keywords"), "Metadata.keywords", &m->keywords));
    TRY(maintainers_read(a, helm_get(d, "maintainers"), m));
    return annotations_read(a, helm_get(d, "annotations"), m);
}

/* --- checking --- */

/* Unicode spaces as blanks, without what does not print. */
static const char *clean(struct arena *a, const char *text)
{
    CLEANUP(str_release) struct str s = {0};
    const char *p = text;
    while (*p >= ' ' && *p < 0x7f)
        p++;
    if (!*p)
        return text;
    struct span rest = span_of(text);
    while (rest.len) {
        size_t n;
        uint32_t c = rune_decode(rest, &n);
        if (rune_is_space(c))
            str_char(&s, ' ');
        else if (rune_is_print(c))
            str_add_n(&s, rest.at, n);
        rest.at += n;
        rest.len -= n;
    }
    return arena_strdup(a, str_text(&s));
}

static void clean_words(struct arena *a, struct helm_words *w)
{
    for (size_t i = 0; i < w->len; i++)
        w->at[i] = clean(a, w->at[i]);
}

static struct err *refuse(const char *fmt, const char *value)
{
    CLEANUP(str_release) struct str text = {0}, quoted = {0};
    tmpl_quote(&quoted, span_of(value));
    const char *at = strstr(fmt, "%q");
    str_add_n(&text, fmt, (size_t)(at - fmt));
    str_add(&text, str_text(&quoted));
    str_add(&text, at + 2);
    return err_new(ERR_INVALID, "validation: %s", str_text(&text));
}

static bool alias_is_fine(const char *alias)
{
    for (; *alias; alias++)
        if (!(*alias >= 'a' && *alias <= 'z') && !(*alias >= 'A' && *alias <= 'Z') &&
            !(*alias >= '0' && *alias <= '9') && *alias != '_' && *alias != '-')
            return false;
    return true;
}

static const char *key_of(const struct helm_dependency *d)
{
    return *d->alias ? d->alias : d->name;
}

static struct err *dependencies_check(struct arena *a, struct helm_metadata *m)
{
    if (m->null_dep)
        return err_new(ERR_INVALID, "validation: dependencies must not contain empty or null nodes");
    for (size_t i = 0; i < m->deps_len; i++) {
        struct helm_dependency *d = &m->deps[i];
        d->name = clean(a, d->name);
        d->version = clean(a, d->version);
        d->repository = clean(a, d->repository);
        d->condition = clean(a, d->condition);
        clean_words(a, &d->tags);
        if (!alias_is_fine(d->alias))
            return refuse("dependency %q has disallowed characters in the alias", d->name);
        for (size_t j = 0; j < i; j++)
            if (streq(key_of(&m->deps[j]), key_of(d)))
                return refuse("more than one dependency with name or alias %q", key_of(d));
    }
    return NULL;
}

struct err *helm_metadata_check(struct arena *a, struct helm_metadata *m)
{
    struct semver version;
    const char **cleaned[] = {&m->name,      &m->description, &m->home,        &m->icon,
                              &m->condition, &m->tags,        &m->app_version, &m->kube_version};
    for (size_t i = 0; i < ARRAY_LEN(cleaned); i++)
        *cleaned[i] = clean(a, *cleaned[i]);
    clean_words(a, &m->sources);
    clean_words(a, &m->keywords);
    if (!*m->name)
        return err_new(ERR_INVALID, "validation: chart.metadata.name is required");
    if (streq(m->name, ".") || streq(m->name, ".."))
        return refuse("chart.metadata.name %q is not allowed", m->name);
    if (strchr(m->name, '/'))
        return refuse("chart.metadata.name %q is invalid", m->name);
    if (!*m->version)
        return err_new(ERR_INVALID, "validation: chart.metadata.version is required");
    struct err *e = semver_parse(span_of(m->version), &version);
    if (e) {
        err_free(e);
        return refuse("chart.metadata.version %q is invalid", m->version);
    }
    if (*m->type && !streq(m->type, "application") && !streq(m->type, "library"))
        return err_new(ERR_INVALID, "validation: chart.metadata.type must be application or library");
    if (m->null_maintainer)
        return err_new(ERR_INVALID, "validation: maintainers must not contain empty or null nodes");
    for (size_t i = 0; i < m->maintainers_len; i++) {
        struct helm_maintainer *who = &m->maintainers[i];
        who->name = clean(a, who->name);
        who->email = clean(a, who->email);
        who->url = clean(a, who->url);
    }
    return dependencies_check(a, m);
}

/* --- for templates --- */

static void set(struct tmpl_map *m, const char *key, struct tmpl_value v)
{
    tmpl_map_set(m, span_of(key), v);
}

static struct tmpl_map *texts_value(struct arena *a, const struct field *fields, size_t n, const void *of)
{
    struct tmpl_map *m = tmpl_map_new(a, &tmpl_type_map);
    for (size_t i = 0; i < n; i++)
        set(m, fields[i].name, tmpl_str(*text_at((void *)of, fields[i].at)));
    return m;
}

static struct tmpl_value words_value(struct arena *a, const struct helm_words *w)
{
    struct tmpl_list *l = tmpl_list_new(a, &tmpl_type_list, w->len);
    for (size_t i = 0; i < w->len; i++)
        l->items[i] = tmpl_str(w->at[i]);
    return tmpl_list_value(l);
}

static struct tmpl_value dependencies_value(struct arena *a, const struct helm_metadata *m)
{
    struct tmpl_list *l = tmpl_list_new(a, &tmpl_type_list, m->deps_len);
    for (size_t i = 0; i < m->deps_len; i++) {
        const struct helm_dependency *d = &m->deps[i];
        struct tmpl_map *row = texts_value(a, dep_texts, ARRAY_LEN(dep_texts), d);
        struct tmpl_list *none = tmpl_list_new(a, &tmpl_type_list, 0);
        set(row, "Tags", words_value(a, &d->tags));
        set(row, "Enabled", tmpl_bool(d->enabled));
        set(row, "ImportValues",
            d->import_values ? tmpl_from_doc(a, d->import_values, TMPL_NUMBERS_FLOAT)
                             : tmpl_list_value(none));
        l->items[i] = tmpl_map_value(row);
    }
    return tmpl_list_value(l);
}

static struct tmpl_value maintainers_value(struct arena *a, const struct helm_metadata *m)
{
    struct tmpl_list *l = tmpl_list_new(a, &tmpl_type_list, m->maintainers_len);
    for (size_t i = 0; i < m->maintainers_len; i++)
        l->items[i] =
            tmpl_map_value(texts_value(a, maintainer_texts, ARRAY_LEN(maintainer_texts), &m->maintainers[i]));
    return tmpl_list_value(l);
}

static struct tmpl_value annotations_value(struct arena *a, const struct helm_metadata *m)
{
    struct tmpl_map *own =
        m->annotations ? tmpl_map_new(a, &tmpl_type_str_map) : tmpl_map_nil(a, &tmpl_type_str_map);
    doc_each (it, m->annotations)
        tmpl_map_set(own, it.key, tmpl_span(doc_span(it.val)));
    return tmpl_map_value(own);
}

/* Of version 3: what is empty is left out, and a key is that of the file. */
static struct doc *chart_doc(struct arena *a, struct tmpl_value v);

static const char *const chart_fields[] = {
    "Name",        "Home",        "Sources",     "Version",      "Description", "Keywords",
    "Maintainers", "Icon",        "APIVersion",  "Condition",    "Tags",        "AppVersion",
    "Deprecated",  "Annotations", "KubeVersion", "Dependencies", "Type",        "IsRoot"};
static const struct tmpl_type chart_type = {.name = "chart.Metadata",
                                            .kind = TMPL_OBJECT,
                                            .fields = chart_fields,
                                            .fields_len = ARRAY_LEN(chart_fields),
                                            .to_doc = chart_doc};

/* "APIVersion" as the file has it. */
static const char *file_key(struct arena *a, const char *name)
{
    if (streq(name, "APIVersion") || streq(name, "URL"))
        return streq(name, "URL") ? "url" : "apiVersion";
    if (streq(name, "ImportValues") || streq(name, "IsRoot"))
        return streq(name, "IsRoot") ? name : "import-values";
    char *key = arena_strdup(a, name);
    key[0] = (char)(key[0] | 0x20);
    return key;
}

static struct doc *file_doc(struct arena *a, const struct doc *d)
{
    struct doc *out = doc_new_map(a), *list = doc_new_list(a);
    if (doc_is(d, DOC_LIST)) {
        doc_each (it, d)
            doc_push(a, list, file_doc(a, it.val));
        return list;
    }
    if (!doc_is(d, DOC_MAP))
        return doc_deep(a, d);
    doc_each (it, d) {
        bool empty = doc_is(it.val, DOC_NULL) || (doc_is(it.val, DOC_BOOL) && !doc_bool(it.val, false)) ||
                     (!doc_is(it.val, DOC_BOOL) && doc_len(it.val) == 0);
        bool words = span_is(it.key, "Annotations");
        if (!empty || span_is(it.key, "IsRoot"))
            doc_set(a, out, file_key(a, it.key.at), words ? it.val : file_doc(a, it.val));
    }
    return out;
}

static struct doc *chart_doc(struct arena *a, struct tmpl_value v)
{
    struct tmpl_map *m = tmpl_map_new(a, &tmpl_type_map);
    struct doc *d = NULL;
    for (size_t i = 0; i < ARRAY_LEN(chart_fields); i++)
        set(m, chart_fields[i], v.object->fields[i]);
    err_free(tmpl_to_doc(a, tmpl_map_value(m), &d)); /* texts, lists and maps always are documents */
    return file_doc(a, d);
}

static struct tmpl_map *chart_map(struct arena *a, const struct helm_chart *c)
{
    struct tmpl_map *m = texts_value(a, texts, ARRAY_LEN(texts), &c->meta);
    set(m, "Sources", words_value(a, &c->meta.sources));
    set(m, "Keywords", words_value(a, &c->meta.keywords));
    set(m, "Maintainers", maintainers_value(a, &c->meta));
    set(m, "Deprecated", tmpl_bool(c->meta.deprecated));
    set(m, "Annotations", annotations_value(a, &c->meta));
    set(m, "Dependencies", dependencies_value(a, &c->meta));
    set(m, "IsRoot", tmpl_bool(!c->parent));
    return m;
}

struct tmpl_value helm_chart_value(struct arena *a, const struct helm_chart *c, enum helm_version version)
{
    struct tmpl_map *m = chart_map(a, c);
    struct tmpl_value fields[ARRAY_LEN(chart_fields)];
    if (version == HELM_4)
        return tmpl_map_value(m);
    for (size_t i = 0; i < ARRAY_LEN(chart_fields); i++)
        fields[i] = tmpl_map_get(m, span_of(chart_fields[i]));
    return tmpl_struct(a, &chart_type, fields);
}
