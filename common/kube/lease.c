/* kube/lease - one request at a time: GET, then create or update with the resourceVersion that was read.
 *
 * A conflict means that somebody was quicker, and the next round sees who. What ends our hold is not the
 * failure of a request but time: `lose` is set to the moment by which a renewal must have succeeded, counted
 * from when the last successful one was sent, since the server's record is at least that old. */
#include "kube/lease.h"

#include "base/str.h"
#include "base/vec.h"
#include "kube/private.h"

#include <stdlib.h>

enum { DURATION_MS = 15000, GRACE_MS = 2000 };

struct kube_lease {
    struct kube *kube;
    struct arena *arena;
    struct kube_lease_options options;
    struct kube_target target;
    struct kube_call *call;
    struct loop_timer next, lose;
    bool held, releasing;
    struct frozen *seen; /* the record as last read or written */
    struct str record; /* holder, renewTime and transitions of another's record, and since when we know it */
    int64_t record_ms;
    int64_t sent_ms;
    void (*released)(void *arg);
    void *released_arg;
};

static void round_begin(struct kube_lease *l);

static int64_t now_ms(const struct kube_lease *l)
{
    return clock_mono_ms(loop_clock(l->kube->loop));
}

static void lease_free(struct kube_lease *l)
{
    kube_cancel(l->call);
    loop_timer_stop(l->kube->loop, &l->next);
    loop_timer_stop(l->kube->loop, &l->lose);
    frozen_unref(l->seen);
    str_release(&l->record);
    arena_free(l->arena);
    free(l);
}

/* Last in its caller: the callback may free the lease. */
static void set_held(struct kube_lease *l, bool held)
{
    if (held == l->held)
        return;
    l->held = held;
    if (!l->releasing)
        l->options.changed(l->options.arg, held);
}

static void remember(struct kube_lease *l, const struct doc *lease)
{
    frozen_unref(l->seen);
    l->seen = lease ? doc_freeze(lease) : NULL;
}

/* Also when an answer is overdue: then its request is given up. */
static void on_next(struct loop_timer *t)
{
    struct kube_lease *l = CONTAINER(t, struct kube_lease, next);
    if (l->call)
        remember(l, NULL); /* it may have been written */
    kube_cancel(l->call);
    l->call = NULL;
    round_begin(l);
}

static void on_lose(struct loop_timer *t)
{
    set_held(CONTAINER(t, struct kube_lease, lose), false);
}

/* A third of the duration, give or take a fifth, so that many do not come at once. */
static void rest(struct kube_lease *l)
{
    int64_t third = l->options.duration_ms / 3;
    int64_t jitter = (int64_t)rand_below(l->kube->options.random, (uint64_t)(third * 2 / 5 + 1));
    loop_timer_set(l->kube->loop, &l->next, third * 4 / 5 + jitter, on_next);
}

/* --- the record --- */

static void write_times(struct kube_lease *l, struct arena *a, struct doc *spec, bool take)
{
    const char *now = time_rfc3339_micro(clock_wall_ms(loop_clock(l->kube->loop))).text;
    now = arena_strdup(a, now);
    doc_set_str(a, spec, "renewTime", now);
    if (take)
        doc_set_str(a, spec, "acquireTime", now);
    doc_set_int(a, spec, "leaseDurationSeconds", l->options.duration_ms / 1000);
}

/* The record that says we hold it (or nobody does), made of the one that was read. */
static const struct doc *next_record(struct kube_lease *l, struct arena *a, const struct doc *old,
                                     const char *holder)
{
    struct doc *lease = old ? doc_shallow(a, old) : doc_new_map(a);
    doc_set_str(a, lease, "apiVersion", "coordination.k8s.io/v1");
    doc_set_str(a, lease, "kind", "Lease");
    struct doc *meta = doc_own_map(a, lease, "metadata");
    doc_set_str(a, meta, "name", l->options.name);
    doc_set_str(a, meta, "namespace", l->options.ns);
    if (l->options.label)
        doc_set_str(a, doc_own_map(a, meta, "labels"), l->options.label, l->options.value);
    const struct doc *old_spec = doc_get(old, "spec");
    bool take = !doc_str_is(doc_get(old_spec, "holderIdentity"), l->options.identity);
    int64_t transitions = doc_int(doc_get(old_spec, "leaseTransitions"), 0);
    struct doc *spec = doc_own_map(a, lease, "spec");
    doc_set_str(a, spec, "holderIdentity", holder);
    doc_set_int(a, spec, "leaseTransitions", transitions + (take && old));
    write_times(l, a, spec, take);
    return lease;
}

/* Has nobody touched it for as long as it lasts? */
static bool is_free(struct kube_lease *l, const struct doc *lease)
{
    const struct doc *spec = doc_get(lease, "spec");
    const char *holder = doc_str(doc_get(spec, "holderIdentity"), "");
    if (!*holder || streq(holder, l->options.identity))
        return true;
    CLEANUP(str_release) struct str record = {0};
    str_printf(&record, "%s %s %lld", holder, doc_str(doc_get(spec, "renewTime"), ""),
               (long long)doc_int(doc_get(spec, "leaseTransitions"), 0));
    if (!streq(str_text(&record), str_text(&l->record))) {
        str_clear(&l->record);
        str_add_span(&l->record, str_span(&record));
        l->record_ms = now_ms(l);
    }
    int64_t duration = MAX(doc_int(doc_get(spec, "leaseDurationSeconds"), 1), (int64_t)1) * 1000;
    return now_ms(l) - l->record_ms >= duration;
}

/* --- rounds --- */

static void on_written(void *arg, struct err *e, const struct doc *lease)
{
    struct kube_lease *l = arg;
    l->call = NULL;
    remember(l, lease);
    rest(l);
    if (e) { /* a conflict, or no answer: the next round reads what is true */
        err_free(e);
        return;
    }
    int64_t safe = l->options.duration_ms * 2 / 3 - (now_ms(l) - l->sent_ms);
    if (safe <= 0)
        return;
    loop_timer_set(l->kube->loop, &l->lose, safe, on_lose);
    set_held(l, true);
}

static void write_record(struct kube_lease *l, const struct doc *old)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("kube_lease");
    const struct doc *lease = next_record(l, a, old, l->options.identity);
    l->sent_ms = now_ms(l);
    l->call = old ? kube_update(l->kube, &l->target, lease, NULL, on_written, l)
                  : kube_create(l->kube, &l->target, lease, NULL, on_written, l);
}

static void on_read(void *arg, struct err *e, const struct doc *lease)
{
    struct kube_lease *l = arg;
    l->call = NULL;
    bool absent = e && e->code == ERR_NOT_FOUND;
    bool unknown = e && !absent;
    err_free(e);
    if (absent || (!unknown && is_free(l, lease))) {
        write_record(l, absent ? NULL : lease);
        return;
    }
    rest(l);
    if (!unknown) { /* somebody else's */
        loop_timer_stop(l->kube->loop, &l->lose);
        set_held(l, false);
    }
}

/* A holder writes on what it wrote before; everybody else looks first. */
static void round_begin(struct kube_lease *l)
{
    rest(l);
    if (l->held && l->seen)
        write_record(l, frozen_root(l->seen));
    else
        l->call = kube_get(l->kube, &l->target, on_read, l);
}

struct kube_lease *kube_lease_start(struct kube *k, const struct kube_lease_options *options)
{
    struct kube_lease *l = mem_zalloc(sizeof(*l));
    struct arena *a = l->arena = arena_new("kube_lease");
    l->kube = k;
    l->options = *options;
    struct kube_lease_options *o = &l->options;
    o->ns = arena_strdup(a, options->ns);
    o->name = arena_strdup(a, options->name);
    o->identity = arena_strdup(a, options->identity);
    o->label = options->label ? arena_strdup(a, options->label) : NULL;
    o->value = options->value ? arena_strdup(a, options->value) : "";
    o->duration_ms =
        options->duration_ms ? MAX(options->duration_ms / 1000 * 1000, (int64_t)1000) : DURATION_MS;
    l->target = (struct kube_target){"coordination.k8s.io", "v1", "leases", o->ns, o->name, NULL};
    round_begin(l);
    return l;
}

bool kube_lease_held(const struct kube_lease *l)
{
    return l->held;
}

void kube_lease_free(struct kube_lease *l)
{
    if (l)
        lease_free(l);
}

static void on_released(void *arg, struct err *e, const struct doc *lease)
{
    (void)lease;
    struct kube_lease *l = arg;
    err_free(e); /* it runs out by itself */
    l->call = NULL;
    void (*released)(void *) = l->released;
    void *released_arg = l->released_arg;
    lease_free(l);
    if (released)
        released(released_arg);
}

static void on_nothing_held(struct loop_timer *t)
{
    on_released(CONTAINER(t, struct kube_lease, next), NULL, NULL);
}

void kube_lease_release(struct kube_lease *l, void (*released)(void *arg), void *arg)
{
    kube_cancel(l->call);
    l->call = NULL;
    l->releasing = true;
    l->released = released;
    l->released_arg = arg;
    loop_timer_stop(l->kube->loop, &l->lose);
    if (!l->held || !l->seen) {
        loop_timer_set(l->kube->loop, &l->next, 0, on_nothing_held);
        return;
    }
    loop_timer_stop(l->kube->loop, &l->next);
    CLEANUP(arena_freep) struct arena *a = arena_new("kube_lease");
    const struct doc *lease = next_record(l, a, frozen_root(l->seen), "");
    l->call = kube_update(l->kube, &l->target, lease, NULL, on_released, l);
}

/* --- who is alive --- */

struct kube_holders_query {
    struct kube *kube;
    struct kube_call *call;
    kube_holders_done *done;
    void *arg;
};

const char *kube_lease_holder(const struct doc *lease, int64_t wall_ms)
{
    const struct doc *spec = doc_get(lease, "spec");
    const char *holder = doc_str(doc_get(spec, "holderIdentity"), "");
    int64_t renewed;
    if (!*holder || !time_parse_rfc3339(doc_str(doc_get(spec, "renewTime"), ""), &renewed))
        return NULL;
    int64_t lasts = MIN(doc_int(doc_get(spec, "leaseDurationSeconds"), 0), (int64_t)86400) * 1000;
    return wall_ms <= renewed + lasts + GRACE_MS ? holder : NULL;
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void on_leases(void *arg, struct err *e, const struct doc *list)
{
    struct kube_holders_query *q = arg;
    VEC(const char *) found = {0};
    int64_t wall = clock_wall_ms(loop_clock(q->kube->loop));
    doc_each (it, doc_get(list, "items")) {
        const char *holder = kube_lease_holder(it.val, wall);
        if (holder)
            vec_push(&found, holder);
    }
    if (found.len)
        qsort(found.at, found.len, sizeof(char *), by_text);
    struct kube_holders holders = {found.at, found.len};
    q->done(q->arg, e, e ? NULL : &holders);
    vec_release(&found);
    free(q);
}

struct kube_holders_query *kube_lease_holders(struct kube *k, const char *ns, const char *label,
                                              const char *value, kube_holders_done *done, void *arg)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("kube_lease");
    struct kube_holders_query *q = mem_zalloc(sizeof(*q));
    *q = (struct kube_holders_query){k, NULL, done, arg};
    struct kube_target t = {"coordination.k8s.io", "v1", "leases", ns, NULL, NULL};
    struct kube_list_options o = {.labels = arena_printf(a, "%s=%s", label, value)};
    q->call = kube_list(k, &t, &o, on_leases, q);
    return q;
}

void kube_holders_cancel(struct kube_holders_query *q)
{
    if (!q)
        return;
    kube_cancel(q->call);
    free(q);
}
