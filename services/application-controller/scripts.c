/* application-controller/scripts - the memory of answers, and the jobs that make them.
 *
 * A question is named by its script, its trust domain and a digest of the object. Answers lie in two maps:
 * what is used moves to the younger; when that is full the older one goes, so memory is bounded and what is
 * in use stays. */
#include "scripts.h"

#include "base/hash.h"
#include "base/map.h"
#include "base/work.h"
#include "box/box.h"
#include "box/lua.h"
#include "doc/json.h"
#include "proto/script.pb-c.h"
#include "wire/wire.h"

#include <inttypes.h>
#include <stdlib.h>

enum { ANSWERS_MAX = 30000, GRACE_MS = 1000, REST_MS = 60000, WORKER_BYTES = 512 << 20, QUEUE = 1000000 };

struct scripts {
    struct loop *loop;
    struct scripts_options options;
    struct box *box;
    struct work *work;
    struct map *young, *old; /* question to struct answer */
    struct map *jobs;        /* question to struct job: under way */
    struct map *resting;     /* script to struct rest */
    uint64_t runs;
    bool ending;
};

struct answer {
    struct frozen *said;
    struct err *e;
};

/* Of both kinds of scripts. */
struct question {
    bool lua;
    const char *domain, *text;
    bool open_libs;
    const struct doc *obj;
};

struct job {
    struct work_job job;
    struct scripts *scripts;
    struct call call;
    char *key, *script_key;
    struct question q; /* texts owned, the object is that of `obj` */
    struct frozen *obj;
    struct map *waiters; /* "app\nrow" of those to tell */
    struct answer answer;
};

struct rest {
    struct scripts *scripts;
    char *script_key;
    struct loop_timer timer;
    struct err *e;
    struct map *waiters;
};

static void answer_free(void *arg)
{
    struct answer *answer = arg;
    frozen_unref(answer->said);
    err_free(answer->e);
    free(answer);
}

static void add_waiter(struct map *waiters, const struct scripts_asker *asker)
{
    CLEANUP(mem_freep) char *key = mem_printf("%s\n%s", asker->app, asker->row);
    if (!map_has(waiters, key))
        map_set(waiters, key, NULL);
}

/* Takes the waiters. */
static void tell(struct scripts *s, struct map *waiters)
{
    map_each (it, waiters) {
        const char *cut = strchr(it.key, '\n');
        CLEANUP(mem_freep) char *app = mem_strndup(it.key, (size_t)(cut - it.key));
        if (!s->ending)
            s->options.answered(s->options.arg, app, cut + 1);
    }
    map_free(waiters);
}

/* --- scripts that rest --- */

static void rest_free(void *arg)
{
    struct rest *r = arg;
    loop_timer_stop(r->scripts->loop, &r->timer);
    map_free(r->waiters);
    err_free(r->e);
    free(r->script_key);
    free(r);
}

static void on_rested(struct loop_timer *t)
{
    struct rest *r = CONTAINER(t, struct rest, timer);
    struct scripts *s = r->scripts;
    struct map *told = r->waiters;
    r->waiters = NULL;
    CLEANUP(mem_freep) char *script_key = mem_strdup(r->script_key);
    map_del(s->resting, script_key);
    tell(s, told);
}

/* The same script on other objects is not tried either. */
static void put_to_rest(struct scripts *s, const struct job *because)
{
    struct rest *r = mem_zalloc(sizeof(*r));
    *r = (struct rest){.scripts = s,
                       .script_key = mem_strdup(because->script_key),
                       .e = err_copy(because->answer.e),
                       .waiters = map_new(NULL)};
    map_set(s->resting, r->script_key, r);
    loop_timer_set(s->loop, &r->timer, s->options.rest_ms ? s->options.rest_ms : REST_MS, on_rested);
    map_each (it, s->jobs) {
        struct job *other = it.value;
        if (streq(other->script_key, r->script_key))
            call_cancel(&other->call);
    }
}

static bool misbehaved(const struct err *e)
{
    return e && (e->code == ERR_DEADLINE || e->code == ERR_EXHAUSTED || e->code == ERR_INTERNAL);
}

/* --- a job --- */

static void job_free(struct job *j)
{
    map_free(j->waiters);
    frozen_unref(j->obj);
    frozen_unref(j->answer.said);
    err_free(j->answer.e);
    free(j->key);
    free(j->script_key);
    free((char *)j->q.domain);
    free((char *)j->q.text);
    free(j);
}

static struct span packed(struct arena *a, const struct question *q)
{
    struct span object = span_of(json_text(a, q->obj, 0));
    if (q->lua) {
        Capstan__Script__HealthRequest m = CAPSTAN__SCRIPT__HEALTH_REQUEST__INIT;
        m.has_version = m.has_open_libs = m.has_object = true;
        m.version = 1;
        m.script = wire_text(q->text);
        m.open_libs = q->open_libs;
        m.object = wire_bytes(object);
        return wire_pack(a, &m);
    }
    Capstan__Script__JqRequest m = CAPSTAN__SCRIPT__JQ_REQUEST__INIT;
    m.has_version = m.has_object = true;
    m.version = 1;
    m.expression = wire_text(q->text);
    m.object = wire_bytes(object);
    return wire_pack(a, &m);
}

static const char *or_empty(const char *text)
{
    return text ? text : "";
}

static struct err *take_health(struct arena *a, struct span reply, struct frozen **out)
{
    Capstan__Script__HealthReply *said;
    TRY(wire_unpack(a, &capstan__script__health_reply__descriptor, reply, NULL, &said));
    struct doc *d = doc_new_map(a);
    doc_set_str(a, d, "status", or_empty(said->status));
    doc_set_str(a, d, "message", or_empty(said->message));
    doc_set_str(a, d, "deletionMessage", or_empty(said->deletion_message));
    *out = doc_freeze(d);
    return NULL;
}

static struct err *take_paths(struct arena *a, struct span reply, struct frozen **out)
{
    Capstan__Script__JqReply *said;
    struct doc *paths;
    TRY(wire_unpack(a, &capstan__script__jq_reply__descriptor, reply, NULL, &said));
    TRY(json_read(a, wire_span(said->paths), NULL, &paths));
    *out = doc_freeze(paths);
    return NULL;
}

static struct err *run_in_box(struct job *j)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("script");
    struct scripts *s = j->scripts;
    struct call call;
    struct span reply;
    int64_t limit_ms = j->q.lua ? BOX_LUA_MS : s->options.jq_ms;
    call_child(&call, &j->call,
               limit_ms +
                   GRACE_MS); /* who runs in time may have a worker to start, and a program to compile */
    const struct box_job job = {.method = j->q.lua ? "health" : "jq", .body = packed(a, &j->q)};
    struct err *e = box_run(s->box, &call, &job, a, &reply);
    if (err_eat(&e, ERR_DEADLINE))
        return err_new(ERR_DEADLINE, "the script ran longer than %" PRId64 " ms", limit_ms);
    TRY(e);
    return j->q.lua ? take_health(a, reply, &j->answer.said) : take_paths(a, reply, &j->answer.said);
}

static void job_run(struct work_job *work, void *state)
{
    (void)state;
    struct job *j = CONTAINER(work, struct job, job);
    j->answer.e = run_in_box(j);
}

static void remember(struct scripts *s, const char *key, struct answer *answer)
{
    if (map_len(s->young) >= ANSWERS_MAX) {
        map_free(s->old);
        s->old = s->young;
        s->young = map_new(answer_free);
    }
    map_set(s->young, key, answer);
}

static void job_done(struct work_job *work)
{
    struct job *j = CONTAINER(work, struct job, job);
    struct scripts *s = j->scripts;
    bool ran = !j->job.skipped && err_code_of(j->answer.e) != ERR_CANCELLED;
    map_del(s->jobs, j->key);
    s->runs += ran;
    if (ran && misbehaved(j->answer.e) && !map_has(s->resting, j->script_key)) {
        put_to_rest(s, j);
    } else if (ran && !misbehaved(j->answer.e)) {
        struct answer *kept = mem_alloc(sizeof(*kept));
        *kept = j->answer;
        j->answer = (struct answer){0};
        remember(s, j->key, kept);
    }
    tell(s, j->waiters);
    j->waiters = NULL;
    job_free(j);
}

static struct job *start(struct scripts *s, const char *key, const char *script_key, const struct question *q)
{
    struct job *j = mem_zalloc(sizeof(*j));
    j->scripts = s;
    j->waiters = map_new(NULL);
    j->key = mem_strdup(key);
    j->script_key = mem_strdup(script_key);
    j->obj = doc_freeze(q->obj);
    j->q = (struct question){q->lua, mem_strdup(q->domain), mem_strdup(q->text), q->open_libs,
                             frozen_root(j->obj)};
    call_init(&j->call);
    j->call.domain = j->q.domain;
    j->job = (struct work_job){.run = job_run, .done = job_done, .call = &j->call};
    CLEANUP(err_freep) struct err *e = work_submit(s->work, &j->job);
    if (e) { /* full, or ending: the next look asks again */
        job_free(j);
        return NULL;
    }
    map_set(s->jobs, key, j);
    return j;
}

/* --- questions --- */

/* What is known: an answer, or the error of a script that rests. NULL: the asker is told later. */
static const struct answer *ask(struct scripts *s, const struct scripts_asker *asker,
                                const struct question *q, struct arena *a)
{
    const char *script_key = arena_printf(a, "%c%d%s %s", q->lua ? 'h' : 'j', q->open_libs, q->domain,
                                          hash128_hex(q->text, strlen(q->text)).text);
    const char *key = arena_printf(a, "%s %016" PRIx64, script_key, doc_hash(q->obj));
    struct answer *known = map_get(s->young, key);
    if (!known && (known = map_take(s->old, key)))
        remember(s, key, known);
    if (known)
        return known;
    struct rest *rest = map_get(s->resting, script_key);
    if (rest) {
        struct answer *said = NEW(a, struct answer);
        said->e = rest->e;
        add_waiter(rest->waiters, asker);
        return said;
    }
    struct job *j = map_get(s->jobs, key);
    if (!j)
        j = start(s, key, script_key, q);
    if (j)
        add_waiter(j->waiters, asker);
    return NULL;
}

struct diff_jq scripts_jq(struct scripts *s, const struct scripts_asker *asker, const char *expression,
                          const struct doc *obj, struct arena *a)
{
    const struct question q = {.domain = asker->domain, .text = expression, .obj = obj};
    const struct answer *known = ask(s, asker, &q, a);
    struct diff_jq out = {.pending = !known};
    if (known && !known->e)
        out.paths = doc_deep(a, frozen_root(known->said));
    else if (known && known->e->code != ERR_PRECONDITION)
        out.problem = arena_printf(a, "ignoreDifferences of %s: the jq expression '%s' is passed over: %s",
                                   api_kind(obj), expression, known->e->msg);
    return out;
}

bool scripts_health(struct scripts *s, const struct scripts_asker *asker,
                    const struct api_health_script *script, const struct doc *live, struct arena *a,
                    struct health_said *out)
{
    const struct question q = {
        .lua = true, .domain = asker->domain, .text = script->text, .open_libs = script->open_libs, .obj = live};
    const struct answer *known = ask(s, asker, &q, a);
    *out = (struct health_said){.deletion_message = ""};
    if (!known)
        return false;
    if (known->e) {
        out->health = health_script_failed(a, script, live, known->e);
        return true;
    }
    const struct doc *said = frozen_root(known->said);
    out->health = health_from_script(doc_str(doc_get(said, "status"), ""),
                                     arena_strdup(a, doc_str(doc_get(said, "message"), "")));
    out->deletion_message = arena_strdup(a, doc_str(doc_get(said, "deletionMessage"), ""));
    return true;
}

uint64_t scripts_runs(const struct scripts *s)
{
    return s->runs;
}

/* --- life --- */

struct scripts *scripts_new(struct loop *l, const struct scripts_options *options)
{
    struct scripts *s = mem_zalloc(sizeof(*s));
    s->loop = l;
    s->options = *options;
    s->box = box_new(&(struct box_options){
        .program = options->program, .idle = (size_t)options->threads, .memory = WORKER_BYTES});
    s->work =
        work_new(l, &(struct work_options){.name = "scripts", .threads = options->threads, .queue = QUEUE});
    s->young = map_new(answer_free);
    s->old = map_new(answer_free);
    s->jobs = map_new(NULL);
    s->resting = map_new(rest_free);
    return s;
}

void scripts_free(struct scripts *s)
{
    if (!s)
        return;
    s->ending = true;
    map_each (it, s->jobs)
        call_cancel(&((struct job *)it.value)->call);
    work_free(s->work);
    box_free(s->box);
    map_free(s->resting);
    map_free(s->jobs);
    map_free(s->young);
    map_free(s->old);
    free(s);
}
