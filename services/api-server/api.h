/* api-server/api.h - the REST interface: who may ask, what is asked, and where the answer comes from.
 *
 * Everything belongs to the loop thread. Reads of Applications, projects and repositories are answered from
 * watches (cache.c); writes are requests to Kubernetes; trees and manifests come over the bus. One request is
 * a `struct turn` from the moment its body is complete until turn_end: handlers start calls and return, and
 * whoever has the answer ends the turn. The wire forms are specs/api.md's. */
#ifndef CAPSTAN_API_SERVER_H
#define CAPSTAN_API_SERVER_H

#include "api/app.h"
#include "api/repository.h"
#include "base/map.h"
#include "base/work.h"
#include "client/controller.h"
#include "client/repo.h"
#include "kube/watch.h"
#include "net/router.h"
#include "svc/cache.h"
#include "track/track.h"

struct api_options {
    struct loop *loop;
    struct kube *kube;
    struct bus_client *repo, *controller;
    struct svc_cache *cache; /* where the controller keeps what readers see; NULL = nowhere */
    const char *ns;          /* of Applications, projects and settings */
    const char *listen;      /* as net_server_listen */
    struct net_tls *tls;     /* NULL = plain http only; the server takes a hold of its own */
    int64_t login_delay_ms;  /* each password check takes so long, up to twice that at random */
    int64_t peer_timeout_ms; /* of a question over the bus */
    /* Told whenever readiness changes; `why` names what is missing, NULL = ready. May be NULL. */
    void (*ready)(void *arg, const char *why);
    void *arg;
};

enum api_watch { WATCH_APPS, WATCH_PROJECTS, WATCH_REPOSITORIES, WATCH_SECRET, WATCH_CM, WATCHES };

struct session;
struct turn;

struct api {
    struct api_options o;
    int port; /* that it listens on */
    struct net_server *server;
    struct net_router *router;
    struct net_route *routes; /* parallel to the table of endpoints */
    struct turn *turns;       /* all that are open */
    struct kube_watch *watches[WATCHES];
    bool synced[WATCHES];
    struct map *apps, *projects, *repositories; /* name to struct frozen */
    struct frozen *secret, *cm;                 /* argocd-secret, argocd-cm; NULL = absent */
    struct session *session;
    size_t event_serial;
    uint64_t broken; /* bodies of Redis that did not open, as far as told */
};

struct err *api_start(const struct api_options *o, struct api **out) MUST_USE;
/* No new connections; `done(arg)` once what was begun is answered (streams are ended). */
void api_drain(struct api *api, void (*done)(void *arg), void *arg);
/* The end in two steps, as kube may go only after its watches, and turns only after the calls that know them:
 * api_halt, then the caller frees kube and the bus clients, then api_free. NULL is allowed. */
void api_halt(struct api *api);
void api_free(struct api *api);

/* --- server.c: requests and their ends --- */
struct endpoint;
struct turn {
    struct api *api;
    struct net_req *r;
    struct arena *a;        /* the request's */
    const char *user;       /* "admin"; "" for a request without a session */
    const struct doc *body; /* parsed; NULL when there was none */
    bool stream;            /* errors are told in a stream's form */
    const char *name;       /* {name} of the path, or "" */
    struct turn *prev, *next;
    /* While a turn waits or streams (cache.c): */
    void (*on_app)(struct turn *t, enum kube_event event, const struct doc *app);
    struct loop_timer timer;
    struct call call; /* of questions over the bus */
    void *state;      /* the handler's, in the arena */
    void *asking;     /* render.c's, while it asks */
};
typedef void api_handler(struct turn *t);

/* Ends of a turn. The error is freed. */
void turn_reply(struct turn *t, const struct doc *d);
/* The end of a kube_delete whose argument the turn is: {}, or the error. */
void turn_deleted(void *turn, struct err *e, const struct doc *object);
void turn_reply_text(struct turn *t, const char *json);
void turn_fail(struct turn *t, struct err *e);
/* What a client is told who leaves out a field that proto2 requires. */
struct err *turn_missing(const char *field) MUST_USE;
/* Does the client want server-sent events? */
bool api_wants_sse(struct net_req *r);
/* Only after net_stream_start: the stream is over. */
void turn_end_stream(struct turn *t);
/* The query's parameter, "" when absent. */
const char *turn_query(struct turn *t, const char *name);
/* One of the flags that a query may have (cascade, forceRefresh, noCache, upsert, validate); `dflt` when
 * absent. A value that is no boolean never reaches a handler. */
bool turn_flag(struct turn *t, const char *name, bool dflt);
/* The HTTP status of a gRPC code (api.md §1.7). */
int api_http_status(enum err_code code);

/* --- door.c --- */
/* True when the request was turned away (and so answered): its path is not clean, or it writes and is not
 * exactly application/json. */
bool door_refuses(struct net_req *r);
/* Ends the request with a plain text. */
void door_refuse(struct net_req *r, int status, const char *text);

/* --- session.c --- */
struct session *session_new(struct api *api) MUST_USE;
/* Ends the worker; no check is under way after this. */
void session_halt(struct session *s);
void session_free(struct session *s);
/* What argocd-secret lacks is made and written: the key of tokens, the first password of admin. */
void session_secret_changed(struct api *api);
/* Both are there: logins can be answered. */
bool session_ready(const struct api *api);
/* The user that the request's token names; an error says why there is none. */
struct err *session_user(struct api *api, struct net_req *r, const char **user) MUST_USE;
api_handler session_create, session_delete, session_userinfo;

/* --- cache.c --- */
void cache_start(struct api *api);
void cache_halt(struct api *api); /* no event comes after this */
void cache_stop(struct api *api);
/* Borrowed until the loop's next turn; NULL when unknown. */
const struct doc *cache_app(struct api *api, const char *name);
/* An Application as a write was answered: kept, so that who wrote reads it back. */
void cache_saw_app(struct api *api, const struct doc *object);
const struct doc *cache_project(struct api *api, const char *name);
/* The application that the path names, as far as the query (project, appNamespace) allows; else ends the turn
 * and returns NULL. */
const struct doc *turn_app(struct turn *t);
/* The project that an application is in: default when it names none. */
const char *app_project(const struct doc *app);
uint64_t api_version_of(const struct doc *object);

/* --- show.c --- */
/* As clients of upstream know it: without its type, with the structs that Go never leaves out. */
const struct doc *show_app(struct arena *a, const struct doc *app);
void turn_reply_app(struct turn *t, const struct doc *app);
/* What the query's `fields` names, in the turn's arena; NULL = everything. */
struct fields;
const struct fields *show_fields(struct turn *t);
const struct doc *show_only(struct arena *a, const struct doc *d, const struct fields *f);

/* --- health.c --- */
/* The same with the health of each resource, as the controller's tree knows it. */
void turn_reply_app_with_health(struct turn *t, const struct doc *app);

/* --- apps.c --- */
api_handler apps_list, app_get, app_create, app_update, app_update_spec, app_patch, app_delete;

/* --- stream.c --- */
api_handler apps_stream;

/* --- edit.c: read, change, write; repeated while others write in between --- */
/* *next is the object as it shall be, in the arena; `live` lives as long. The same pointer = nothing to do.
 */
typedef struct err *edit_change(struct turn *t, const struct doc *live, const struct doc **next);
typedef void edit_done(struct turn *t, const struct doc *app);
/* At most 10 tries; `done` NULL = the turn is answered with the application. */
void app_edit(struct turn *t, edit_change *change, edit_done *done);
struct kube_target app_target(const struct api *api, const char *name);

/* --- operate.c --- */
api_handler app_sync, app_terminate, app_rollback;

/* --- windows.c --- */
/* May a person sync the application now, as its project's windows have it? ERR_DENIED when not. */
struct err *window_permits(struct turn *t, const struct doc *app) MUST_USE;
api_handler app_windows, project_windows;

/* --- shown.c --- */
/* `json` lives for the callback; empty when there is nothing. The error is the callee's. */
typedef void shown_done(struct turn *t, struct err *e, struct span json);
void shown_tree(struct turn *t, shown_done *done);
/* Of the resources that the query's group, kind, namespace and name let through. */
void shown_managed(struct turn *t, shown_done *done);

/* --- views.c --- */
api_handler app_tree, app_managed, app_manifests, app_events, app_revision_metadata;

/* --- actions.c --- */
api_handler app_actions, app_action_run, app_action_run_v2;

/* --- settings.c --- */
/* How objects are marked, as argocd-cm says; borrowed until the loop's next turn, so copied into the arena.
 */
struct track settings_track(struct turn *t);
api_handler version_get, settings_get, health_get;

/* --- projects.c, repositories.c, clusters.c --- */
api_handler projects_list, project_get;
api_handler repositories_list, repository_get, repository_create, repository_update, repository_delete;
api_handler clusters_list, cluster_get;

/* --- audit.c --- */
/* A Kubernetes event about the application: "<user> <text>". Sent and forgotten. */
void audit(struct turn *t, const struct doc *app, const char *reason, const char *fmt, ...) PRINTF(4, 5);

#endif
