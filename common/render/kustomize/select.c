/* render/kustomize/select - patterns are compiled once an entry; a literal kind and name take the set's index
 * instead of a walk. */
#include "render/kustomize/select.h"

#include "text/regex.h"

static void free_regex(void *r)
{
    regex_free(r);
}

struct err *kustomize_regex(struct arena *a, const char *pattern, struct regex **out)
{
    TRY(regex_compile(span_of(pattern), out));
    arena_defer(a, free_regex, *out);
    return NULL;
}

struct err *kustomize_pattern_read(struct arena *a, const char *text, struct kustomize_pattern *out)
{
    *out = (struct kustomize_pattern){.text = text};
    if (!strpbrk(text, "\\.+*?()|[]{}^$"))
        return NULL;
    return kustomize_regex(a, arena_printf(a, "^(?:%s)$", text), &out->regex);
}

bool kustomize_pattern_matches(const struct kustomize_pattern *p, const char *text)
{
    return !*p->text || (p->regex ? regex_match(p->regex, span_of(text)) : streq(p->text, text));
}

struct err *kustomize_selector_read(struct arena *a, const struct doc *target, struct kustomize_selector *out)
{
    *out = (struct kustomize_selector){0};
    struct {
        const char *field;
        struct kustomize_pattern *pattern;
    } patterns[] = {{"group", &out->group},
                    {"version", &out->version},
                    {"kind", &out->kind},
                    {"name", &out->name},
                    {"namespace", &out->namespace}};
    for (size_t i = 0; i < ARRAY_LEN(patterns); i++)
        TRY(kustomize_pattern_read(a, doc_str(doc_get(target, patterns[i].field), ""), patterns[i].pattern));
    TRY(selector_parse(a, span_of(doc_str(doc_get(target, "labelSelector"), "")), &out->labels));
    return selector_parse(a, span_of(doc_str(doc_get(target, "annotationSelector"), "")), &out->annotations);
}

bool kustomize_selector_takes_gvk(const struct kustomize_selector *s, const struct kustomize_gvk *gvk)
{
    return kustomize_pattern_matches(&s->kind, gvk->kind) &&
           kustomize_pattern_matches(&s->group, gvk->group) &&
           kustomize_pattern_matches(&s->version, gvk->version);
}

/* Numbers and truths count by their text. */
static bool mark(const void *arg, struct span key, struct span *value)
{
    const struct doc *d = doc_get_span(arg, key);
    *value = kustomize_scalar(d);
    return d != NULL;
}

bool kustomize_selector_takes_marks(const struct kustomize_selector *s, const struct kustomize_resource *r)
{
    return (!s->labels.len ||
            selector_matches(&s->labels, mark, doc_path(r->object, "metadata", "labels"))) &&
           (!s->annotations.len ||
            selector_matches(&s->annotations, mark, doc_path(r->object, "metadata", "annotations")));
}

static bool takes(const struct kustomize_selector *s, const struct kustomize_resource *r)
{
    if (!kustomize_selector_takes_gvk(s, &r->id.gvk))
        return false;
    struct kustomize_id original = kustomize_original_id(r);
    bool name =
        kustomize_pattern_matches(&s->name, original.name) || kustomize_pattern_matches(&s->name, r->id.name);
    bool namespace = !*s->namespace.text ||
                     kustomize_pattern_matches(&s->namespace, kustomize_effective_namespace(&original)) ||
                     kustomize_pattern_matches(&s->namespace, kustomize_effective_namespace(&r->id));
    return name && namespace && kustomize_selector_takes_marks(s, r);
}

struct kustomize_found kustomize_select(struct arena *a, struct kustomize_set *set,
                                        const struct kustomize_selector *s)
{
    bool literal = *s->kind.text && !s->kind.regex && *s->name.text && !s->name.regex;
    struct kustomize_found from = literal ? kustomize_set_named(set, s->kind.text, s->name.text)
                                          : (struct kustomize_found){set->at, set->len};
    struct kustomize_found out = {NEW_N(a, struct kustomize_resource *, from.len + 1), 0};
    for (size_t i = 0; i < from.len; i++)
        if (takes(s, from.at[i]))
            out.at[out.len++] = from.at[i];
    return out;
}
