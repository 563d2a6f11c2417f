/* kube/watch.h - one kind of one cluster, followed: list by pages, then watch, for ever.
 *
 * Events come in the order ADDED..., SYNCED, then changes as they happen. After a lost connection the watch
 * goes on from where it was; when the server no longer has that (410) everything is listed again, and the
 * difference is reported: what is gone as DELETED (an object with apiVersion, kind, name, namespace and uid
 * only), what is new or changed as ADDED or MODIFIED, and SYNCED again. A failure is reported once a try as
 * ERROR, with what is known kept; the next try follows a back-off with jitter (1 s to 1 min, longer when the
 * server says so). A connection without a byte for longer than the server's own time-out is taken for dead.
 */
#ifndef CAPSTAN_KUBE_WATCH_H
#define CAPSTAN_KUBE_WATCH_H

#include "kube/discovery.h"

enum kube_event { KUBE_ADDED, KUBE_MODIFIED, KUBE_DELETED, KUBE_SYNCED, KUBE_ERROR };

struct kube_watch;

struct kube_watch_options {
    const char *group, *version, *resource, *kind;
    const char *ns;              /* NULL or "" = all namespaces, or a cluster-scoped kind */
    const char *labels, *fields; /* selectors, NULL = all */
    bool metadata_only;          /* objects have apiVersion, kind and metadata */
    int page;                    /* objects a page; 0 = 500 */
    /* `object` has its apiVersion and kind, is NULL for SYNCED and ERROR, and lives for the callback. `e` is
     * set for ERROR only, and borrowed. The callback may stop the watch. */
    void (*event)(void *arg, enum kube_event event, const struct doc *object, const struct err *e);
    void *arg;
};

/* Everything is copied. The first event comes from the loop. */
struct kube_watch *kube_watch_start(struct kube *k, const struct kube_watch_options *options) MUST_USE;
/* No event comes after this. NULL is allowed. */
void kube_watch_stop(struct kube_watch *w);
/* The last list is complete and no error is standing. */
bool kube_watch_synced(const struct kube_watch *w);
/* Objects known. */
size_t kube_watch_len(const struct kube_watch *w);

#endif
