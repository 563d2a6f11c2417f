/* track/track - marks on targets, and reading them back from live objects with suspicion. */
#include "track/track.h"

#include <ctype.h>

const struct track track_default = {TRACK_ANNOTATION, API_LABEL_INSTANCE, ""};

enum { LABEL_MAX = 63 };

enum track_method track_method_parse(const char *word)
{
    if (streq(word, "label"))
        return TRACK_LABEL;
    return streq(word, "annotation+label") ? TRACK_ANNOTATION_LABEL : TRACK_ANNOTATION;
}

/* At most 63 bytes, ending in a letter or digit: what a label value may be. */
static const char *label_value(struct arena *a, const char *instance)
{
    size_t n = MIN(strlen(instance), (size_t)LABEL_MAX);
    while (n && !isalnum((unsigned char)instance[n - 1]))
        n--;
    return arena_strndup(a, instance, n);
}

static const char *tracking_id(struct arena *a, const struct doc *target, const char *instance, const char *dest_ns)
{
    struct api_key key = api_key_of(a, target);
    return arena_printf(a, "%s:%s/%s:%s/%s", instance, key.group, key.kind, *key.ns ? key.ns : dest_ns, key.name);
}

const struct doc *track_mark(struct arena *a, const struct track *t, const struct doc *target, const char *instance,
                             const char *dest_ns)
{
    if (api_is(target, "apiextensions.k8s.io", "CustomResourceDefinition"))
        return target;
    if (t->method == TRACK_LABEL)
        return api_with_label(a, target, t->label, instance);
    target = api_with_annotation(a, target, API_ANNOTATION_TRACKING, tracking_id(a, target, instance, dest_ns));
    if (*t->installation_id)
        target = api_with_annotation(a, target, API_ANNOTATION_INSTALLATION, t->installation_id);
    if (t->method == TRACK_ANNOTATION_LABEL)
        target = api_with_label(a, target, t->label, label_value(a, instance));
    return target;
}

/* Exactly one `sep` in `s`, cut there. */
static bool cut_once(struct span s, char sep, struct span *left, struct span *right)
{
    const char *at = memchr(s.at, sep, s.len);
    if (!at)
        return false;
    *left = (struct span){s.at, (size_t)(at - s.at)};
    *right = (struct span){at + 1, s.len - left->len - 1};
    return !memchr(right->at, sep, right->len);
}

bool track_id_parse(const char *id, struct track_id *out)
{
    struct span rest = span_of(id), parts[3];
    for (size_t i = 0; i < 2; i++)
        if (!span_cut(&rest, ':', &parts[i]) || !rest.at)
            return false;
    parts[2] = rest;
    out->instance = parts[0];
    return cut_once(parts[1], '/', &out->group, &out->kind) && cut_once(parts[2], '/', &out->ns, &out->name);
}

struct span track_owner(const struct track *t, const struct doc *live)
{
    if (t->method == TRACK_LABEL)
        return span_of(api_label(live, t->label));
    const char *id = api_annotation(live, API_ANNOTATION_TRACKING);
    const char *installation = api_annotation(live, API_ANNOTATION_INSTALLATION);
    struct track_id parsed;
    if (!id || !streq(installation ? installation : "", t->installation_id) || !track_id_parse(id, &parsed))
        return (struct span){NULL, 0};
    return parsed.instance;
}

/* The namespace is compared only for namespaced live objects: ids of cluster-scoped ones carry the destination's. */
static bool same_object(const struct doc *live, struct span group, struct span kind, struct span ns, struct span name)
{
    const char *live_ns = api_namespace(live);
    return span_eq(api_gv_of(live).group, group) && span_is(kind, api_kind(live)) && span_is(name, api_name(live)) &&
           (!*live_ns || span_is(ns, live_ns));
}

bool track_self_reference(const struct track *t, const struct doc *target, const struct doc *live)
{
    if (!live || t->method == TRACK_LABEL)
        return true;
    if (target)
        return same_object(live, api_gv_of(target).group, span_of(api_kind(target)), span_of(api_namespace(target)),
                           span_of(api_name(target)));
    const char *id = api_annotation(live, API_ANNOTATION_TRACKING);
    struct track_id parsed;
    if (!id || !track_id_parse(id, &parsed))
        return true;
    return same_object(live, parsed.group, parsed.kind, parsed.ns, parsed.name);
}
