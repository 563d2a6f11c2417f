/* render/helm/split - where one document ends, what it is, and when its turn comes.
 *
 * Any line that begins with three dashes separates, whatever follows them: charts write "---apiVersion: v1".
 * Each document is parsed whole, though only its head is used, since Helm refuses what is no YAML. */
#include "render/helm/split.h"

#include "base/str.h"
#include "doc/yaml.h"
#include "text/unicode.h"

#include <stdlib.h>
#include <strings.h>

/* --- splitting --- */

static struct span trim_left(struct span s)
{
    while (s.len) {
        size_t n = 1;
        uint32_t c = (unsigned char)*s.at;
        if (c >= 0x80)
            c = rune_decode(s, &n);
        if (!rune_is_space(c))
            break;
        s.at += n;
        s.len -= n;
    }
    return s;
}

static struct span trim_right(struct span s)
{
    while (s.len && memchr(" \t\n\v\f\r", s.at[s.len - 1], 6))
        s.len--;
    return s;
}

/* The first "---" at the beginning of a line; NULL when there is none. `at_line` says that the text begins
 * one. */
static const char *find_separator(struct span s, bool at_line)
{
    if (at_line && s.len >= 3 && memcmp(s.at, "---", 3) == 0)
        return s.at;
    const char *hit = s.len ? memmem(s.at, s.len, "\n---", 4) : NULL;
    return hit ? hit + 1 : NULL;
}

bool helm_split(struct helm_splitter *s, struct span *piece)
{
    while (s->rest.len) {
        const char *last = s->rest.at + s->rest.len, *end = find_separator(s->rest, !s->inside);
        *piece = trim_left((struct span){s->rest.at, (size_t)((end ? end : last) - s->rest.at)});
        const char *next = end ? end + 3 : last;
        while (next < last && memchr(" \t\n\f\r", *next, s->version == HELM_3 ? 5 : 2))
            next++;
        if (s->version == HELM_3)
            *piece = trim_right(*piece);
        s->rest = (struct span){next, (size_t)(last - next)};
        s->inside = true;
        if (piece->len)
            return true;
    }
    return false;
}

/* --- heads --- */

static struct err *not_json(const struct doc *d, const char *where, const char *type)
{
    return err_new(
        ERR_INVALID,
        "error unmarshaling JSON: while decoding JSON: json: cannot unmarshal %s into Go %s of type %s",
        doc_kind_name(d), where, type);
}

static bool is_container(const struct doc *d)
{
    return doc_is(d, DOC_LIST) || doc_is(d, DOC_MAP);
}

static enum helm_role role_of(const char *events)
{
    static const char *const known[] = {"pre-install", "post-install", "pre-delete",   "post-delete",
                                        "pre-upgrade", "post-upgrade", "pre-rollback", "post-rollback",
                                        "test",        "test-success"};
    enum helm_role role = HELM_HOOK;
    struct span rest = span_of(events), one;
    if (!rest.len)
        return HELM_DROPPED;
    while (span_cut(&rest, ',', &one)) {
        size_t i = 0;
        one = span_trim(one);
        while (i < ARRAY_LEN(known) &&
               !(strlen(known[i]) == one.len && strncasecmp(known[i], one.at, one.len) == 0))
            i++;
        if (i == ARRAY_LEN(known))
            return HELM_DROPPED;
        if (starts_with(known[i], "test"))
            role = HELM_TEST;
    }
    return ends_with(events, ",") ? HELM_DROPPED : role;
}

static struct err *annotations_check(struct arena *a, const struct doc *annotations, const char **hook)
{
    *hook = NULL;
    if (!annotations || doc_is(annotations, DOC_NULL))
        return NULL;
    if (!doc_is(annotations, DOC_MAP))
        return not_json(annotations, "struct field .metadata.annotations", "map[string]string");
    doc_each (it, annotations) {
        if (is_container(it.val))
            return not_json(it.val, "struct field .metadata.annotations", "string");
        if (span_is(it.key, "helm.sh/hook"))
            *hook = doc_str(it.val, arena_strndup(a, doc_literal(it.val).at ? doc_literal(it.val).at : "",
                                                  doc_literal(it.val).len));
    }
    return NULL;
}

struct err *helm_head_read(struct arena *a, struct span text, struct helm_head *out)
{
    struct doc *d;
    const char *hook = NULL;
    *out = (struct helm_head){"", HELM_MANIFEST};
    TRY(yaml_read(a, text, YAML_SIGS, NULL, &d));
    if (doc_is(d, DOC_NULL))
        return NULL;
    if (!doc_is(d, DOC_MAP))
        return not_json(d, "value", "util.SimpleHead");
    const struct doc *kind = helm_get(d, "kind"), *version = helm_get(d, "apiVersion");
    const struct doc *meta = helm_get(d, "metadata");
    if (is_container(kind))
        return not_json(kind, "struct field SimpleHead.kind", "string");
    if (is_container(version))
        return not_json(version, "struct field SimpleHead.apiVersion", "string");
    if (meta && !doc_is(meta, DOC_MAP) && !doc_is(meta, DOC_NULL))
        return not_json(meta, "struct field SimpleHead.metadata",
                        "struct { Name string \"json:\\\"name\\\"\"; Annotations map[string]string "
                        "\"json:\\\"annotations\\\"\" }");
    const struct doc *name = helm_get(meta, "name");
    if (is_container(name))
        return not_json(name, "struct field .metadata.name", "string");
    TRY(annotations_check(a, helm_get(meta, "annotations"), &hook));
    out->kind = doc_str(kind, "");
    if (hook)
        out->role = role_of(hook);
    if (out->role == HELM_DROPPED)
        out->kind = hook;
    return NULL;
}

/* --- order --- */

static const char *const install_order[] = {
    "PriorityClass",
    "Namespace",
    "NetworkPolicy",
    "ResourceQuota",
    "LimitRange",
    "PodSecurityPolicy",
    "PodDisruptionBudget",
    "ServiceAccount",
    "Secret",
    "SecretList",
    "ConfigMap",
    "StorageClass",
    "PersistentVolume",
    "PersistentVolumeClaim",
    "CustomResourceDefinition",
    "ClusterRole",
    "ClusterRoleList",
    "ClusterRoleBinding",
    "ClusterRoleBindingList",
    "Role",
    "RoleList",
    "RoleBinding",
    "RoleBindingList",
    "Service",
    "DaemonSet",
    "Pod",
    "ReplicationController",
    "ReplicaSet",
    "Deployment",
    "HorizontalPodAutoscaler",
    "StatefulSet",
    "Job",
    "CronJob",
    "IngressClass",
    "Ingress",
    "APIService",
    "MutatingWebhookConfiguration",
    "ValidatingWebhookConfiguration",
};

struct ranked {
    struct helm_document doc;
    size_t rank, order;
};

static size_t rank_of(const char *kind)
{
    for (size_t i = 0; i < ARRAY_LEN(install_order); i++)
        if (streq(kind, install_order[i]))
            return i;
    return ARRAY_LEN(install_order);
}

static int by_turn(const void *x, const void *y)
{
    const struct ranked *a = x, *b = y;
    bool a_hook = a->doc.role != HELM_MANIFEST, b_hook = b->doc.role != HELM_MANIFEST;
    if (a_hook != b_hook)
        return a_hook ? 1 : -1;
    if (a->rank != b->rank)
        return a->rank < b->rank ? -1 : 1;
    int c = a->rank == ARRAY_LEN(install_order) ? strcmp(a->doc.kind, b->doc.kind) : 0;
    return c ? c : (a->order > b->order) - (a->order < b->order);
}

static void sort(struct arena *a, struct helm_documents *list)
{
    if (!list->len)
        return;
    struct ranked *r = NEW_N(a, struct ranked, list->len);
    for (size_t i = 0; i < list->len; i++)
        r[i] = (struct ranked){list->at[i], rank_of(list->at[i].kind), i};
    qsort(r, list->len, sizeof(*r), by_turn);
    for (size_t i = 0; i < list->len; i++)
        list->at[i] = r[i].doc;
}

void helm_documents_push(struct arena *a, struct helm_documents *list, const struct helm_document *d)
{
    if (list->len == list->cap) {
        list->cap = MAX(list->cap * 2, (size_t)32);
        struct helm_document *grown = arena_raw(a, list->cap * sizeof(*grown));
        if (list->len)
            memcpy(grown, list->at, list->len * sizeof(*grown));
        list->at = grown;
    }
    list->at[list->len++] = *d;
}

static struct err *take_piece(const struct helm_loader *l, const struct helm_file *f, struct span piece,
                              struct helm_documents *out)
{
    struct helm_head head;
    if (!helm_cache_head(l->cache, l->arena, piece, &head)) {
        CLEANUP(arena_freep) struct arena *scratch = arena_new("helm head");
        TRYF(helm_head_read(scratch, piece, &head), "YAML parse error on %s", f->name);
        helm_cache_put_head(l->cache, piece, &head);
        head.kind = arena_strdup(l->arena, head.kind);
    }
    if (head.role == HELM_DROPPED)
        helm_log(l->arena, l->warnings, "INFO", "skipping unknown hooks",
                 (const char *const[]){"hookTypes", head.kind, NULL});
    else
        helm_documents_push(l->arena, out, &(struct helm_document){f->name, piece, head.kind, head.role});
    return NULL;
}

struct err *helm_documents_of(const struct helm_loader *l, const struct helm_files *files,
                              struct helm_documents *out)
{
    for (size_t i = 0; i < files->len; i++) {
        struct helm_splitter s = {trim_left(files->at[i].data), false, l->version};
        struct span piece;
        while (helm_split(&s, &piece))
            TRY(take_piece(l, &files->at[i], piece, out));
    }
    sort(l->arena, out);
    return NULL;
}
