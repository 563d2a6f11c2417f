/* sandbox.h - capstan-sandbox, a Kubernetes API server in memory: for trial and test only.
 *
 * One loop thread owns everything. A `struct resource` is one served plural (of the built-in table or a CRD)
 * with its objects, sorted by key, and the history that its watches read. A `struct object` is one version of
 * one object: frozen, counted, serialised at most once. A request passes http.c (address, user, log, faults),
 * then one verb (read.c, write.c, delete.c, watch.c), and is answered by http.c. What a verb refuses is an
 * `struct err` whose reason is the API's word ("NotFound"); status.c makes a Status of it. */
#ifndef CAPSTAN_SANDBOX_H
#define CAPSTAN_SANDBOX_H

#include "base/loop.h"
#include "base/map.h"
#include "base/opt.h"
#include "base/vec.h"
#include "doc/doc.h"
#include "net/server.h"
#include "schema/schema.h"
#include "services/sandbox/sim.h"

#include <stdio.h>

enum { OBJECT_BYTES_MAX = 1536 * 1024, BODY_BYTES_MAX = 3 * 1024 * 1024 };

/* --- objects --------------------------------------------------------------------------------- */

struct object {
    struct frozen *frozen;
    const struct doc *doc; /* root of frozen */
    char *key;             /* "namespace/name" or "name" */
    char *json;            /* made on first use */
    size_t json_len;
    uint64_t version;
    int refs;
};

struct object *object_new(const struct doc *doc, uint64_t version) MUST_USE;
struct object *object_ref(struct object *o);
void object_unref(struct object *o);
struct span object_json(struct object *o);

/* --- resources ------------------------------------------------------------------------------- */

enum change { CHANGE_ADDED, CHANGE_MODIFIED, CHANGE_DELETED };

struct event {
    enum change change;
    uint64_t version;
    struct object *now, *before; /* `before` NULL when added */
};

struct watcher;
struct served {
    const char *version;
    struct schema_at at;
};

enum {
    RES_NAMESPACED = 1,
    RES_STATUS = 2, /* has a status subresource */
    RES_SCALE = 4,
    RES_GENERATION = 8, /* counts changes of what is not metadata or status */
    RES_CREATE_ONLY = 16,
};

struct watcher;
struct resource {
    const char *group, *plural, *singular, *kind, *short_names, *categories;
    unsigned flags;
    struct served *versions; /* the preferred one first; objects are stored at that */
    size_t versions_len;
    struct arena *arena; /* of a CRD's; NULL for built-in ones */
    VEC(struct object *) objects;
    VEC(struct event) history;
    uint64_t forgotten; /* changes up to this are no longer in the history */
    VEC(struct watcher *) watchers;
    bool dirty; /* watchers have something to read */
};

/* --- the server ------------------------------------------------------------------------------ */

#define SANDBOX_VERSION "v1.34.4"

struct sandbox_options {
    const char *listen;
    bool plain_http;
    bool simulate, simulate_lb, simulate_claims, simulate_node;
    const char *kubernetes_version; /* what it says to be; NULL = SANDBOX_VERSION */
    const char *write_kubeconfig, *request_log, *crds;
    struct opt_list tokens, namespaces, fail; /* "TOKEN=NAME"; "name"; HTTP codes */
    int64_t latency_ms, fail_per_mille, drop_watches_ms, watch_history;
};

struct sandbox {
    struct loop *loop;
    struct sandbox_options o;
    struct net_server *server;
    int port;
    char *cert_pem;
    struct map *tokens;     /* token to user */
    struct map *dependents; /* uid of an owner to the number of objects that name it */
    VEC(struct resource *) resources;
    uint64_t version; /* the one counter: of the last change */
    uint32_t next_ip;
    FILE *log;
    struct sim *sim;
    struct loop_timer flush, drop;
    VEC(struct request *) waiting; /* delayed by --latency */
};

/* Starts to serve; `*out` is set on success only. */
struct err *sandbox_start(struct loop *l, const struct sandbox_options *o, struct sandbox **out) MUST_USE;
void sandbox_free(struct sandbox *s);
/* A kubeconfig for the first token, in the arena. */
const char *sandbox_kubeconfig(struct arena *a, const struct sandbox *s);

/* --- kinds.c --------------------------------------------------------------------------------- */
void kinds_load(struct sandbox *s);
struct resource *kinds_find(struct sandbox *s, const char *group, const char *plural);
struct resource *kinds_by_kind(struct sandbox *s, const char *group, const char *kind);
const struct served *kinds_version(const struct resource *res, const char *version);
void kinds_drop(struct sandbox *s, struct resource *res); /* with its objects and watches */

/* --- store.c --------------------------------------------------------------------------------- */
/* First object whose key is not below `key`. */
size_t store_seek(const struct resource *res, const char *key);
struct object *store_get(const struct resource *res, const char *ns, const char *name);
/* Stores it under a new resourceVersion and tells the watchers; borrowed. */
struct object *store_put(struct sandbox *s, struct resource *res, struct arena *a, const struct doc *doc);
void store_remove(struct sandbox *s, struct resource *res, struct object *o);

/* --- requests -------------------------------------------------------------------------------- */

struct request {
    struct sandbox *s;
    struct net_req *http;
    struct arena *a;
    const char *user, *verb;
    struct resource *res;
    const struct served *served;
    const char *ns, *name, *sub; /* "" when there is none */
    const char *manager;
    bool dry_run, force, strict, warn;
    bool shared_labels; /* of a Job that took its template's */
    struct span raw;
    const struct doc *body;
    const struct doc *causes; /* details.causes of a refusal */
    struct object *answer;    /* what is answered, as stored ... */
    const struct doc *result; /* ... or made for this request ... */
    struct str *text;         /* ... or as text, released once sent */
    int code;
    struct object
        *gone; /* a hold: its last finalizer went with this request, and so does it once that is answered */
    struct watcher *watcher;
    struct loop_timer delay;
};

/* Each sets code and answer or result. */
struct err *verb_get(struct request *r) MUST_USE;
struct err *verb_list(struct request *r) MUST_USE;
struct err *verb_create(struct request *r) MUST_USE;
struct err *verb_update(struct request *r) MUST_USE;
struct err *verb_patch(struct request *r) MUST_USE;
struct err *verb_delete(struct request *r) MUST_USE;
struct err *verb_delete_collection(struct request *r) MUST_USE;
struct err *verb_scale(struct request *r) MUST_USE;
struct err *verb_review(struct request *r) MUST_USE;

/* The object as its reader asked for it: version, table, metadata only. */
const struct doc *read_as(struct request *r, const struct doc *obj);
const struct doc *read_version(struct request *r, const struct doc *obj); /* at the version of the request */
const struct doc *read_table(struct request *r, const struct doc *items, const struct doc *list_meta);
enum read_form { READ_WHOLE, READ_TABLE, READ_METADATA };
enum read_form read_form(struct request *r);

/* The selectors of a list or watch. */
struct filter;
struct err *filter_parse(struct request *r, struct filter **out) MUST_USE;
bool filter_matches(const struct filter *f, const struct doc *obj);
bool filter_is_empty(const struct filter *f);
bool filter_keeps_key(const struct request *r, const struct object *o); /* the namespace */

/* --- watch.c: takes the request over, answers itself ----------------------------------------- */
struct err *watch_begin(struct request *r) MUST_USE;
void watch_flush(struct sandbox *s);
void watch_drop_all(struct sandbox *s);
void watch_drop(struct resource *res);

/* --- write.c --------------------------------------------------------------------------------- */
/* For what the server itself makes (namespaces at the start, CRDs of --crds). */
struct err *write_create_internal(struct sandbox *s, struct resource *res, const char *ns,
                                  const struct doc *obj) MUST_USE;

/* An edit of the object that came by its scale. */
struct err *write_scale(struct request *r, struct object *before, const struct doc *next) MUST_USE;

/* --- delete.c -------------------------------------------------------------------------------- */
/* What remains to be done when an object was changed that waits for its deletion: gone when no finalizer is
 * left. */
bool delete_finish(struct sandbox *s, struct resource *res, struct object *o);
void delete_in_background(struct sandbox *s, struct resource *res, struct object *o);

/* --- admit.c: what a kind's own registry adds or keeps --------------------------------------- */
/* What decoding itself does: stringData, the label of a namespace. */
const struct doc *admit_decode(struct request *r, const struct doc *obj);
/* What is allocated or set once the object is known to be tracked; `before` NULL on create. */
struct err *admit_prepare(struct request *r, const struct doc *before, const struct doc *next,
                          const struct doc **out) MUST_USE;

/* --- validate.c ------------------------------------------------------------------------------ */
/* ERR_INVALID reason Invalid with the real server's text; sets r->causes. */
struct err *validate(struct request *r, const struct doc *before, const struct doc *next) MUST_USE;
/* Without what the schema does not know; the paths of what was dropped are added to `unknown` (may be NULL).
 */
/* Refuses what Go's decoder refuses: a value of another type than the field's. `owner` is the name of the
 * struct that `path` ends in: at the start the kind, and "". */
struct err *validate_types(struct request *r, struct schema_at at, const struct doc *d, const char *owner,
                           const char *path) MUST_USE;
/* prune.c */
const struct doc *validate_prune(struct arena *a, struct schema_at at, const struct doc *d, const char *path,
                                 struct str *unknown);

/* --- crd.c ----------------------------------------------------------------------------------- */
bool crd_is(const struct resource *res);
struct err *crd_stored(struct sandbox *s, struct object *crd);
/* Adds what of the object does not fit the types of its CRD to the causes. */
void crd_check(struct request *r, const struct doc *obj, struct doc *causes);
void crd_removed(struct sandbox *s, const struct doc *crd);
struct err *crd_load_folder(struct sandbox *s, const char *folder) MUST_USE;

/* --- discovery.c, openapi.c: the addresses that are no objects; true when the request was answered --- */
bool discovery_serve(struct sandbox *s, struct net_req *r);
bool openapi_serve(struct sandbox *s, struct net_req *r);

/* --- status.c -------------------------------------------------------------------------------- */
int status_code(const struct err *e);
const struct doc *status_of(struct arena *a, const struct err *e, const struct request *r);
const char *status_qualified(struct arena *a, const struct resource *res); /* "deployments.apps" */
const char *status_kind(struct arena *a, const struct resource *res);      /* "Deployment.apps" */

/* --- http.c ---------------------------------------------------------------------------------- */
void http_request(struct net_req *r, void *sandbox);
/* Writes the request to the log; watches do so when they begin. */
void http_log(struct request *r);

static inline const char *meta_text(const struct doc *obj, const char *key)
{
    return doc_str(doc_path(obj, "metadata", key), "");
}

#endif
