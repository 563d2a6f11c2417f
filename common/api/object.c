/* api/object - accessors over the parts that all Kubernetes objects share. */
#include "api/object.h"

#include "doc/json.h"

struct api_gv api_gv_parse(const char *api_version)
{
    const char *slash = strchr(api_version, '/');
    if (!slash)
        return (struct api_gv){{"", 0}, span_of(api_version)};
    return (struct api_gv){{api_version, (size_t)(slash - api_version)}, span_of(slash + 1)};
}

struct api_gv api_gv_of(const struct doc *obj)
{
    return api_gv_parse(doc_str(doc_get(obj, "apiVersion"), ""));
}

const char *api_gv_text(struct arena *a, struct span group, struct span version)
{
    if (!group.len)
        return arena_strndup(a, version.at, version.len);
    return arena_printf(a, "%.*s/%.*s", (int)group.len, group.at, (int)version.len, version.at);
}

static const char *meta(const struct doc *obj, const char *field)
{
    return doc_str(doc_path(obj, "metadata", field), "");
}

const char *api_kind(const struct doc *obj)
{
    return doc_str(doc_get(obj, "kind"), "");
}

const char *api_name(const struct doc *obj)
{
    return meta(obj, "name");
}

const char *api_namespace(const struct doc *obj)
{
    return meta(obj, "namespace");
}

const char *api_uid(const struct doc *obj)
{
    return meta(obj, "uid");
}

const char *api_resource_version(const struct doc *obj)
{
    return meta(obj, "resourceVersion");
}

const char *api_generate_name(const struct doc *obj)
{
    return meta(obj, "generateName");
}

const char *api_annotation(const struct doc *obj, const char *key)
{
    return doc_str(doc_path(obj, "metadata", "annotations", key), NULL);
}

const struct doc *api_last_applied(struct arena *a, const struct doc *obj)
{
    const char *text = api_annotation(obj, API_ANNOTATION_LAST_APPLIED);
    struct doc *d = NULL;
    CLEANUP(err_freep) struct err *e = text ? json_read(a, span_of(text), NULL, &d) : NULL;
    return e || !doc_is(d, DOC_MAP) ? NULL : d;
}

const char *api_label(const struct doc *obj, const char *key)
{
    return doc_str(doc_path(obj, "metadata", "labels", key), NULL);
}

bool api_is(const struct doc *obj, const char *group, const char *kind)
{
    return streq(api_kind(obj), kind) && span_is(api_gv_of(obj).group, group);
}

bool api_deleting(const struct doc *obj)
{
    return *meta(obj, "deletionTimestamp") != 0;
}

bool api_has_finalizer(const struct doc *obj, const char *name)
{
    doc_each(it, doc_path(obj, "metadata", "finalizers"))
        if (doc_str_is(it.val, name))
            return true;
    return false;
}

const struct doc *api_pod_spec(const struct doc *obj)
{
    if (api_is(obj, "", "Pod"))
        return doc_get(obj, "spec");
    if (api_is(obj, "batch", "CronJob"))
        return doc_path(obj, "spec", "jobTemplate", "spec", "template", "spec");
    return doc_path(obj, "spec", "template", "spec");
}

struct api_key api_key_of(struct arena *a, const struct doc *obj)
{
    struct span group = api_gv_of(obj).group;
    return (struct api_key){
        .group = group.len ? arena_strndup(a, group.at, group.len) : "",
        .kind = api_kind(obj),
        .ns = api_namespace(obj),
        .name = api_name(obj),
    };
}

bool api_key_eq(const struct api_key *x, const struct api_key *y)
{
    return api_key_cmp(x, y) == 0;
}

int api_key_cmp(const struct api_key *x, const struct api_key *y)
{
    int c = strcmp(x->group, y->group);
    c = c ? c : strcmp(x->kind, y->kind);
    c = c ? c : strcmp(x->ns, y->ns);
    return c ? c : strcmp(x->name, y->name);
}

const char *api_key_text(struct arena *a, const struct api_key *key)
{
    return arena_printf(a, "%s/%s/%s/%s", key->group, key->kind, key->ns, key->name);
}

char *api_key_id(const struct api_key *key)
{
    return mem_printf("%s/%s/%s/%s", key->group, key->kind, key->ns, key->name);
}

bool api_csv_has(const char *csv, const char *option)
{
    struct span rest = span_of(csv), item; /* NULL is an empty list */
    while (span_cut(&rest, ',', &item))
        if (span_is(span_trim(item), option))
            return true;
    return false;
}

bool api_sync_option(const struct doc *obj, const char *option)
{
    return api_csv_has(api_annotation(obj, API_ANNOTATION_SYNC_OPTIONS), option);
}

bool api_compare_option(const struct doc *obj, const char *option)
{
    return api_csv_has(api_annotation(obj, API_ANNOTATION_COMPARE_OPTIONS), option);
}

const struct doc *api_with_annotation(struct arena *a, const struct doc *obj, const char *key, const char *value)
{
    return doc_with(a, obj, value ? doc_new_str(a, value) : NULL, "metadata", "annotations", key);
}

const struct doc *api_with_label(struct arena *a, const struct doc *obj, const char *key, const char *value)
{
    return doc_with(a, obj, value ? doc_new_str(a, value) : NULL, "metadata", "labels", key);
}

const struct doc *api_with_namespace(struct arena *a, const struct doc *obj, const char *ns)
{
    return doc_with(a, obj, *ns ? doc_new_str(a, ns) : NULL, "metadata", "namespace");
}
