/* sync/plan - from pairs to the ordered list of tasks (engine.md §3.3).
 *
 * Order: phase, wave, kind order, name; then a Namespace is moved before what lives in it and a CRD before
 * its objects. Prune tasks take the waves in mirror image, so that what was made first goes last. */
#include "sync/hook.h"
#include "sync/task.h"

#include "api/app.h"
#include "base/time.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>

static const char *const kind_order[] = {
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
};

static int kind_rank(const char *kind)
{
    for (size_t i = 0; i < ARRAY_LEN(kind_order); i++)
        if (streq(kind, kind_order[i]))
            return (int)i;
    return ARRAY_LEN(kind_order);
}

static int order(const void *pa, const void *pb)
{
    const struct sync_task *a = pa, *b = pb;
    if (a->phase != b->phase)
        return a->phase < b->phase ? -1 : 1;
    if (a->wave != b->wave)
        return a->wave < b->wave ? -1 : 1;
    int ra = kind_rank(a->key.kind), rb = kind_rank(b->key.kind);
    if (ra != rb)
        return ra - rb;
    int c = strcmp(a->key.name, b->key.name);
    return c ? c : api_key_cmp(&a->key, &b->key);
}

/* Keys outlive the rows that they came from. */
static struct api_key own_key(struct sync *s, const struct api_key *k)
{
    struct arena *a = s->arena;
    return (struct api_key){arena_strdup(a, k->group), arena_strdup(a, k->kind), arena_strdup(a, k->ns),
                            arena_strdup(a, k->name)};
}

static struct sync_task *add(struct sync *s, const struct sync_pair *p)
{
    struct sync_task *t = &s->tasks[s->n_tasks++];
    const struct doc *any = p->target ? p->target : p->live;
    struct span version = api_gv_of(any).version;
    *t = (struct sync_task){
        .phase = SYNC_SYNC,
        .wave = sync_wave(any),
        .key = own_key(s, &p->key),
        .version = arena_strndup(s->arena, version.at, version.len),
        .target = p->target,
        .live = p->live,
        .namespaced = p->namespaced,
        .modified = p->modified,
        .prune = !p->target,
        .skip_dry_run = p->skip_dry_run,
        .problem = p->problem,
        .result = p->result,
        .message = "",
    };
    t->result_ns = *t->key.ns || !t->target ? t->key.ns : s->in.dest_ns;
    return t;
}

/* generateName hooks are named <prefix><revision>-<phase>-<unix seconds> in lower case. */
static const struct doc *named_hook(struct sync *s, const struct doc *target, enum sync_phase phase)
{
    if (*api_name(target) || !*api_generate_name(target))
        return target;
    int revision_len = strlen(s->in.revision) >= 8 ? 7 : (int)strlen(s->in.revision);
    char *suffix = arena_printf(s->arena, "%.*s-%s-%" PRId64, revision_len, s->in.revision,
                                sync_phase_name(phase), s->in.started_ms / 1000);
    for (char *c = suffix; *c; c++)
        *c = (char)tolower((unsigned char)*c);
    const char *name = arena_printf(s->arena, "%s%s", api_generate_name(target), suffix);
    target = doc_without(s->arena, target, "metadata", "generateName");
    return doc_with(s->arena, target, doc_new_str(s->arena, name), "metadata", "name");
}

static void add_hook(struct sync *s, const struct sync_pair *p, enum sync_phase phase)
{
    struct sync_task *t = add(s, p);
    t->phase = phase;
    t->hook_type = sync_phase_name(phase);
    t->delete_policy = sync_hook_delete_policy(p->target);
    t->target = named_hook(s, p->target, phase);
    t->key.name = api_name(t->target);
    if (!api_has_finalizer(t->target, API_FINALIZER_HOOK)) {
        const struct doc *old = doc_path(t->target, "metadata", "finalizers");
        struct doc *finalizers = old ? doc_deep(s->arena, old) : doc_new_list(s->arena);
        doc_push_str(s->arena, finalizers, API_FINALIZER_HOOK);
        t->target = doc_with(s->arena, t->target, finalizers, "metadata", "finalizers");
    }
}

static void add_pair(struct sync *s, const struct sync_pair *p)
{
    bool skip = false;
    int phases = p->target ? sync_hook_phases(p->target, &skip) : 0;
    if (skip || phases == HOOK_IGNORED)
        return;
    if (!phases) {
        add(s, p);
        return;
    }
    for (int phase = SYNC_PRESYNC; phase <= SYNC_SYNCFAIL && !s->in.no_hooks; phase++)
        if (phases & (1 << phase))
            add_hook(s, p, (enum sync_phase)phase);
}

/* CreateNamespace=true: a PreSync task, untracked, by server-side apply so that managed metadata merges
 * (engine.md §3.8). */
static void add_namespace(struct sync *s)
{
    const struct doc *metadata = s->in.namespace_metadata;
    if (!*s->in.dest_ns || (s->in.namespace_exists && !metadata))
        return;
    for (size_t i = 0; i < s->in.n_pairs; i++)
        if (s->in.pairs[i].target && api_is(s->in.pairs[i].target, "", "Namespace") &&
            streq(api_name(s->in.pairs[i].target), s->in.dest_ns))
            return;
    struct arena *a = s->arena;
    struct doc *ns = doc_new_map(a);
    doc_set_str(a, ns, "apiVersion", "v1");
    doc_set_str(a, ns, "kind", "Namespace");
    struct doc *meta = doc_set_map(a, ns, "metadata");
    doc_set_str(a, meta, "name", s->in.dest_ns);
    struct doc *annotations = doc_new_map(a);
    doc_each (it, doc_get(metadata, "annotations"))
        doc_set_span(a, annotations, it.key, it.val);
    doc_set_str(a, annotations, API_ANNOTATION_SYNC_OPTIONS, "ServerSideApply=true");
    doc_set(a, meta, "annotations", annotations);
    if (doc_get(metadata, "labels"))
        doc_set(a, meta, "labels", doc_get(metadata, "labels"));
    struct sync_pair p = {.key = {"", "Namespace", "", s->in.dest_ns}, .target = ns, .modified = true};
    struct sync_task *t = add(s, &p);
    t->phase = SYNC_PRESYNC;
    t->result_ns = "";
}

static int by_number(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static void mirror_prune_waves(struct sync *s)
{
    int64_t *waves = NEW_N(s->arena, int64_t, s->n_tasks + 1);
    size_t n = 0;
    for (size_t i = 0; i < s->n_tasks; i++)
        if (s->tasks[i].prune)
            waves[n++] = s->tasks[i].wave;
    qsort(waves, n, sizeof(*waves), by_number);
    size_t distinct = 0;
    for (size_t i = 0; i < n; i++)
        if (!distinct || waves[distinct - 1] != waves[i])
            waves[distinct++] = waves[i];
    for (size_t i = 0; i < s->n_tasks; i++) {
        struct sync_task *t = &s->tasks[i];
        if (!t->prune)
            continue;
        const int64_t *at = bsearch(&t->wave, waves, distinct, sizeof(*waves), by_number);
        t->wave = waves[distinct - 1 - (size_t)(at - waves)];
    }
}

/* PruneLast: after everything that the sync applies. */
static void prune_last(struct sync *s)
{
    int64_t last = 0;
    for (size_t i = 0; i < s->n_tasks; i++)
        if (s->tasks[i].phase == SYNC_SYNC)
            last = MAX(last, s->tasks[i].wave);
    bool all = api_options_have(s->in.options, "PruneLast=true");
    for (size_t i = 0; i < s->n_tasks; i++)
        if (s->tasks[i].prune && (all || api_sync_option(s->tasks[i].live, "PruneLast=true")))
            s->tasks[i].wave = last + 1;
}

/* Moves task `from` directly before task `to` (to < from), into its phase and wave. */
static void hoist(struct sync *s, size_t from, size_t to)
{
    struct sync_task t = s->tasks[from];
    t.phase = s->tasks[to].phase;
    t.wave = s->tasks[to].wave;
    memmove(&s->tasks[to + 1], &s->tasks[to], (from - to) * sizeof(*s->tasks));
    s->tasks[to] = t;
}

static bool lives_in(const struct sync_task *ns, const struct sync_task *t)
{
    return streq(t->key.ns, ns->key.name);
}

static bool is_of_crd(const struct sync_task *crd, const struct sync_task *t)
{
    const struct doc *spec = doc_get(crd->target, "spec");
    return doc_str_is(doc_get(spec, "group"), t->key.group) &&
           doc_str_is(doc_path(spec, "names", "kind"), t->key.kind);
}

static void hoist_kind(struct sync *s, const char *group, const char *kind,
                       bool (*needs)(const struct sync_task *, const struct sync_task *))
{
    for (size_t i = 0; i < s->n_tasks; i++) {
        const struct sync_task *t = &s->tasks[i];
        if (t->prune || !streq(t->key.group, group) || !streq(t->key.kind, kind))
            continue;
        for (size_t j = 0; j < i; j++)
            if (!s->tasks[j].prune && needs(t, &s->tasks[j])) {
                hoist(s, i, j);
                break;
            }
    }
}

static enum sync_state state_parse(const char *word)
{
    for (int i = SYNC_RUNNING; i <= SYNC_TERMINATING; i++)
        if (streq(word, sync_state_name((enum sync_state)i)))
            return (enum sync_state)i;
    return SYNC_STATE_NONE;
}

static enum sync_code code_parse(const char *word)
{
    for (int i = SYNC_SYNCED; i <= SYNC_PRUNE_SKIPPED; i++)
        if (streq(word, sync_code_name((enum sync_code)i)))
            return (enum sync_code)i;
    return SYNC_CODE_NONE;
}

static bool is_result_of(const struct doc *r, const struct sync_task *t)
{
    return doc_str_is(doc_get(r, "kind"), t->key.kind) && doc_str_is(doc_get(r, "name"), t->key.name) &&
           streq(doc_str(doc_get(r, "group"), ""), t->key.group) &&
           streq(doc_str(doc_get(r, "namespace"), ""), t->result_ns) &&
           streq(doc_str(doc_get(r, "syncPhase"), ""), sync_phase_name(t->phase));
}

/* What an earlier life of this operation had reached. */
static void attach_results(struct sync *s)
{
    doc_each (it, s->in.results)
        for (size_t i = 0; i < s->n_tasks; i++) {
            struct sync_task *t = &s->tasks[i];
            if (!is_result_of(it.val, t))
                continue;
            t->code = code_parse(doc_str(doc_get(it.val, "status"), ""));
            t->state = state_parse(doc_str(doc_get(it.val, "hookPhase"), ""));
            t->message = doc_str(doc_get(it.val, "message"), "");
        }
}

void sync_plan(struct sync *s)
{
    s->tasks = NEW_N(s->arena, struct sync_task,
                     s->in.n_pairs * 4 + 1); /* an object is a hook in at most four phases */
    for (size_t i = 0; i < s->in.n_pairs; i++)
        add_pair(s, &s->in.pairs[i]);
    if (api_options_have(s->in.options, "CreateNamespace=true"))
        add_namespace(s);
    mirror_prune_waves(s);
    prune_last(s);
    qsort(s->tasks, s->n_tasks, sizeof(*s->tasks), order);
    hoist_kind(s, "", "Namespace", lives_in);
    hoist_kind(s, "apiextensions.k8s.io", "CustomResourceDefinition", is_of_crd);
    attach_results(s);
    for (size_t i = 1; i < s->n_tasks; i++)
        s->multi_step |= s->tasks[i].phase != s->tasks[0].phase || s->tasks[i].wave != s->tasks[0].wave;
    s->cmds = NEW_N(s->arena, struct sync_cmd, s->n_tasks * 2 + 1);
}
