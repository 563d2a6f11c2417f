/* api/customize - the ConfigMap's keys gathered per kind: old form first, so that the new one overrides it.
 */
#include "api/customize.h"

#include "doc/yaml.h"
#include "text/glob.h"

#define CUSTOMIZATIONS "resource.customizations"

/* One kind's entry as it is gathered. */
struct entry {
    const char *key; /* where the script stands */
    const char *script;
    bool open_libs;
    const struct doc *ignore;
};

struct parser {
    struct arena *a;
    struct doc *order; /* kinds, as they came */
    struct entry *entries;
    size_t max;
    struct doc *problems;
};

static struct entry *entry_of(struct parser *p, const char *kind)
{
    doc_each (it, p->order)
        if (doc_str_is(it.val, kind))
            return &p->entries[it.index];
    if (doc_len(p->order) == p->max)
        return NULL;
    doc_push_str(p->a, p->order, kind);
    return &p->entries[doc_len(p->order) - 1];
}

static struct doc *read_yaml(struct parser *p, const char *key, const char *text)
{
    struct doc *out = NULL;
    CLEANUP(err_freep) struct err *e = yaml_read(p->a, span_of(text), YAML_SIGS, NULL, &out);
    if (!e && doc_is(out, DOC_MAP))
        return out;
    doc_push_str(p->a, p->problems,
                 arena_printf(p->a, "argocd-cm, key '%s': %s", key, e ? e->msg : "no map of settings"));
    return NULL;
}

/* "apps_Deployment" is "apps/Deployment", "all" is every kind. NULL for two underscores. */
static const char *kind_of(struct arena *a, const char *suffix)
{
    const char *cut = strchr(suffix, '_');
    if (streq(suffix, "all"))
        return "*/*";
    if (!cut)
        return suffix;
    return strchr(cut + 1, '_') ? NULL : arena_printf(a, "%.*s/%s", (int)(cut - suffix), suffix, cut + 1);
}

static void take_legacy(struct parser *p, const char *text)
{
    doc_each (it, read_yaml(p, CUSTOMIZATIONS, text)) {
        struct entry *e = entry_of(p, it.key.at);
        if (!e)
            return;
        e->key = arena_printf(p->a, CUSTOMIZATIONS ": %s", it.key.at);
        e->script = doc_str(doc_get(it.val, "health.lua"), NULL);
        e->open_libs = doc_bool(doc_get(it.val, "health.lua.useOpenLibs"), false);
        const char *ignore = doc_str(doc_get(it.val, "ignoreDifferences"), "");
        if (*ignore)
            e->ignore = read_yaml(p, e->key, ignore);
    }
}

static void take_split(struct parser *p, const char *key, const char *value)
{
    static const char *const others[] = {"actions", "ignoreResourceUpdates", "knownTypeFields"};
    const char *type = key + sizeof(CUSTOMIZATIONS), *dot = strchr(type, '.');
    const char *word = dot ? arena_strndup(p->a, type, (size_t)(dot - type)) : type;
    const char *kind = dot && dot[1] ? kind_of(p->a, dot + 1) : NULL;
    struct entry *e = kind ? entry_of(p, kind) : NULL;
    if (e && streq(word, "health")) {
        e->key = key;
        e->script = value;
    } else if (e && streq(word, "useOpenLibs")) {
        e->open_libs = streq(value, "true");
    } else if (e && streq(word, "ignoreDifferences")) {
        e->ignore = read_yaml(p, key, value);
    } else if (!e || !str_in(word, others, ARRAY_LEN(others))) {
        doc_push_str(
            p->a, p->problems,
            arena_printf(
                p->a,
                "argocd-cm, key '%s': no customization of that form is known; they are " CUSTOMIZATIONS
                ".TYPE.GROUP_KIND",
                key));
    }
}

static void add_ignore(struct parser *p, struct doc *list, const char *kind, const struct doc *rule)
{
    const char *slash = strrchr(kind, '/');
    struct doc *out = doc_push(p->a, list, doc_shallow(p->a, rule));
    doc_set_span(p->a, out, span_of("group"), doc_new_str_n(p->a, kind, slash ? (size_t)(slash - kind) : 0));
    doc_set_str(p->a, out, "kind", slash ? slash + 1 : kind);
}

void api_customize_parse(struct arena *a, const struct doc *cm, struct api_customize *out)
{
    const struct doc *data = doc_get(cm, "data");
    const char *legacy = doc_str(doc_get(data, CUSTOMIZATIONS), "");
    enum { KINDS_MAX = 2000 };
    struct parser p = {.a = a, .order = doc_new_list(a), .max = KINDS_MAX, .problems = doc_new_list(a)};
    struct doc *ignore = doc_new_list(a);
    p.entries = NEW_N(a, struct entry, KINDS_MAX);
    if (*legacy)
        take_legacy(&p, legacy);
    doc_each (it, data)
        if (starts_with(it.key.at, CUSTOMIZATIONS "."))
            take_split(&p, it.key.at, doc_str(it.val, ""));
    *out = (struct api_customize){
        .health = NEW_N(a, struct api_health_script, KINDS_MAX), .ignore = ignore, .problems = p.problems};
    doc_each (it, p.order) {
        const struct entry *e = &p.entries[it.index];
        const char *kind = doc_str(it.val, "");
        if (e->script && *e->script)
            out->health[out->health_len++] =
                (struct api_health_script){e->key, kind, e->script, e->open_libs};
        if (e->ignore)
            add_ignore(&p, ignore, kind, e->ignore);
    }
}

const struct api_health_script *api_customize_health(const struct api_customize *c, const char *group,
                                                     const char *kind)
{
    if (!c || !c->health_len)
        return NULL;
    CLEANUP(mem_freep) char *name = *group ? mem_printf("%s/%s", group, kind) : mem_strdup(kind);
    for (size_t i = 0; i < c->health_len; i++)
        if (streq(c->health[i].kind, name))
            return &c->health[i];
    for (size_t i = 0; i < c->health_len; i++)
        if (strpbrk(c->health[i].kind, "*?[{") && glob_matches(c->health[i].kind, name, ""))
            return &c->health[i];
    return NULL;
}
