/* notify/plan - subscriptions to destinations, destinations and marks to what is due.
 *
 * Invariant: a mark leaves the annotation only when nothing can be due because of that, so that what was told
 * is never told again. */
#include "notify/trigger.h"

#include "api/object.h"
#include "base/time.h"
#include "base/vec.h"
#include "crypto/digest.h"
#include "crypto/text.h"
#include "doc/json.h"
#include "doc/yaml.h"

#define PREFIX "notifications.argoproj.io/"
#define LEGACY "recipients.argocd-notifications.argoproj.io"

void notify_remark(struct arena *a, struct notify_remarks *r, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    const char *text = arena_vprintf(a, fmt, ap);
    va_end(ap);
    if (r->len == r->cap) {
        const char **more = NEW_N(a, const char *, MAX(r->cap * 2, (size_t)8));
        if (r->len)
            memcpy(more, r->at, r->len * sizeof(*more));
        r->at = more;
        r->cap = MAX(r->cap * 2, (size_t)8);
    }
    r->at[r->len++] = text;
}

enum { NAMED_MAX = 4 * NOTIFY_DESTINATIONS_MAX };

struct destination {
    const struct trigger *trigger;
    const char *service, *recipient;
};

struct planning {
    struct arena *a;
    const struct notify_input *in;
    struct notify_plan *out;
    const char *holder; /* whose annotations are read: for remarks */
    VEC(struct destination) to;
    size_t named; /* subscriptions read, good or not */
    bool full;
    VEC(struct notify_delivery) due;
    struct doc *marks; /* of the annotation, as a map that may be edited */
    struct doc *live;  /* keys that hold something back now */
};

/* --- subscriptions --- */

static void add(struct planning *p, struct span trigger, struct span service, struct span recipient)
{
    struct arena *a = p->a;
    struct destination d = {.trigger = trigger_find(trigger),
                            .service = arena_strndup(a, service.at, service.len),
                            .recipient = arena_strndup(a, recipient.len ? recipient.at : "", recipient.len)};
    if (!d.trigger) {
        notify_remark(a, &p->out->remarks, "%s subscribes to '%.*s', which is no trigger that is served",
                      p->holder, (int)trigger.len, trigger.at);
        return;
    }
    if (!notify_config_service(p->in->config, d.service)) {
        notify_remark(a, &p->out->remarks, "%s subscribes by service '%s', which is not configured",
                      p->holder, d.service);
        return;
    }
    vec_each (old, &p->to)
        if (old->trigger == d.trigger && streq(old->service, d.service) && streq(old->recipient, d.recipient))
            return;
    vec_push(&p->to, d);
}

/* A few annotations can name triggers and recipients whose product is huge. */
static bool full(struct planning *p)
{
    if (p->to.len < NOTIFY_DESTINATIONS_MAX && p->named < NAMED_MAX)
        return false;
    if (!p->full)
        notify_remark(p->a, &p->out->remarks, "%s has more than %d subscriptions; the rest is ignored",
                      p->holder, NOTIFY_DESTINATIONS_MAX);
    p->full = true;
    return true;
}

/* The named trigger, or the default ones of the service where none is named. */
static void add_or_default(struct planning *p, struct span trigger, struct span service,
                           struct span recipient)
{
    if (full(p))
        return;
    p->named++;
    if (trigger.len) {
        add(p, trigger, service, recipient);
        return;
    }
    const char *name = arena_strndup(p->a, service.at, service.len);
    const struct doc *defaults = notify_config_default_triggers(p->in->config, name);
    if (!doc_len(defaults))
        notify_remark(p->a, &p->out->remarks,
                      "%s subscribes by service '%s' without a trigger, and there is no defaultTriggers",
                      p->holder, name);
    doc_each (it, defaults)
        add(p, doc_span(it.val), service, recipient);
}

/* subscribe.<trigger>.<service> or subscribe.<service>: recipients; separated by ';'. */
static void read_subscribe(struct planning *p, struct span what, struct span recipients)
{
    struct span rest = what, first = {0}, second = {0}, recipient;
    span_cut(&rest, '.', &first);
    bool named = span_cut(&rest, '.', &second);
    if (!recipients.len) {
        add_or_default(p, named ? first : (struct span){0}, named ? second : first, recipients);
        return;
    }
    while (span_cut(&recipients, ';', &recipient)) {
        recipient = span_trim(recipient);
        if (recipient.len)
            add_or_default(p, named ? first : (struct span){0}, named ? second : first, recipient);
    }
}

/* [<trigger>.]recipients.argocd-notifications.argoproj.io: service:recipient,... */
static void read_legacy(struct planning *p, struct span trigger, struct span value)
{
    struct span one, service, recipient;
    while (span_cut(&value, ',', &one)) {
        one = span_trim(one);
        recipient = (struct span){0};
        if (!one.len || !span_cut(&one, ':', &service))
            continue;
        span_cut(&one, ':', &recipient);
        add_or_default(p, trigger, span_trim(service), span_trim(recipient));
    }
}

static void read_destination(struct planning *p, const struct doc *triggers, const struct doc *destination)
{
    struct span service = doc_span(doc_get(destination, "service"));
    const struct doc *recipients = doc_get(destination, "recipients");
    size_t n = doc_len(triggers), m = doc_len(recipients);
    for (size_t i = 0; i < MAX(n, (size_t)1); i++)
        for (size_t j = 0; j < MAX(m, (size_t)1) && !full(p); j++)
            add_or_default(p, doc_span(doc_at(triggers, i)), service, doc_span(doc_at(recipients, j)));
}

/* subscriptions: a YAML list of {trigger: [...], destinations: [{service, recipients: [...]}]}. */
static void read_list(struct planning *p, struct span text)
{
    struct doc *list = NULL;
    static const struct limits limits = {.bytes = 256 * 1024, .values = 10000, .depth = 20, .aliases = 1000};
    struct err *e = yaml_read(p->a, text, YAML_SIGS, &limits, &list);
    if (e || !(doc_is(list, DOC_LIST) || doc_is(list, DOC_NULL)))
        notify_remark(p->a, &p->out->remarks, "%s: annotation " PREFIX "subscriptions is no list: %s",
                      p->holder, e ? e->msg : doc_kind_name(list));
    else
        doc_each (it, list)
            doc_each (to, doc_get(it.val, "destinations"))
                if (!full(p))
                    read_destination(p, doc_get(it.val, "trigger"), to.val);
    err_free(e);
}

static void read_annotations(struct planning *p, const struct doc *object, const char *kind)
{
    p->holder = arena_printf(p->a, "%s %s", kind, api_name(object));
    doc_each (it, doc_path(object, "metadata", "annotations")) {
        const char *key = it.key.at;
        if (streq(key, PREFIX "subscriptions"))
            read_list(p, doc_span(it.val));
        else if (starts_with(key, PREFIX "subscribe."))
            read_subscribe(p, span_of(key + strlen(PREFIX "subscribe.")), doc_span(it.val));
        else if (streq(key, LEGACY))
            read_legacy(p, (struct span){0}, doc_span(it.val));
        else if (ends_with(key, "." LEGACY))
            read_legacy(p, (struct span){key, it.key.len - strlen("." LEGACY)}, doc_span(it.val));
    }
}

/* --- marks --- */

static void read_marks(struct planning *p)
{
    const char *text = api_annotation(p->in->app, NOTIFY_ANNOTATION);
    p->marks = doc_new_map(p->a);
    p->live = doc_new_map(p->a);
    if (text) {
        struct doc *old = NULL;
        struct err *e = json_read(p->a, span_of(text), NULL, &old);
        if (e || !doc_is(old, DOC_MAP))
            notify_remark(p->a, &p->out->remarks, "%s: annotation " NOTIFY_ANNOTATION " is broken: %s",
                          p->holder, e ? e->msg : "no object");
        else
            p->marks = old;
        err_free(e);
    }
    for (size_t i = 0; i < p->in->done_len; i++)
        doc_set_int(p->a, p->marks, p->in->done[i].mark, p->in->done[i].unix_s);
}

/* Is there a mark of that moment or a later one, under whatever value? */
static bool marked_since(struct planning *p, const char *mark, int64_t moment_s)
{
    const char *tail = arena_printf(p->a, ":%s", mark);
    bool found = false;
    doc_each (it, p->marks)
        if ((span_is(it.key, mark) || ends_with(it.key.at, tail)) && doc_int(it.val, 0) >= moment_s) {
            doc_set_bool(p->a, p->live, it.key.at, true);
            found = true;
        }
    return found;
}

static const char *delivery_key(struct arena *a, const struct doc *app, const struct destination *d,
                                const char *once)
{
    struct crypto_stream *s = crypto_stream_new(CRYPTO_SHA256);
    struct crypto_digest sum;
    crypto_stream_add_text(s, "capstan notification v1");
    crypto_stream_add_text(s, d->trigger->name);
    crypto_stream_add_text(s, api_uid(app));
    crypto_stream_add_text(s, once);
    crypto_stream_add_text(s, d->service);
    crypto_stream_add_text(s, d->recipient);
    crypto_stream_sum(s, &sum);
    crypto_stream_freep(&s);
    return arena_strndup(a, sum.hex, 32);
}

static const struct doc *delivery_body(struct arena *a, const struct doc *app,
                                       const struct notify_delivery *d, const char *moment)
{
    const struct doc *spec = doc_get(app, "spec"), *status = doc_get(app, "status"), *sources;
    const char *url = doc_str(doc_path(spec, "source", "repoURL"), "");
    if ((sources = doc_get(spec, "sources")) && !*url)
        url = doc_str(doc_get(doc_at(sources, 0), "repoURL"), "");
    struct doc *body = doc_new_map(a);
    doc_set_str(a, body, "trigger", d->trigger);
    struct doc *of = doc_set_map(a, body, "app");
    doc_set_str(a, of, "name", api_name(app));
    doc_set_str(a, of, "namespace", api_namespace(app));
    doc_set_str(a, of, "project", doc_str(doc_get(spec, "project"), "default"));
    doc_set_str(a, body, "revision", trigger_revision(a, app));
    doc_set_str(a, body, "phase", doc_str(doc_path(status, "operationState", "phase"), ""));
    doc_set_str(a, body, "sync", doc_str(doc_path(status, "sync", "status"), ""));
    doc_set_str(a, body, "health", doc_str(doc_path(status, "health", "status"), ""));
    doc_set_str(a, body, "message", d->message);
    doc_set_str(a, body, "repoURL", url);
    doc_set_str(a, body, "time", moment);
    doc_set_str(a, body, "idempotencyKey", d->key);
    return body;
}

static const char *sentence(struct arena *a, const struct trigger *t, const struct doc *app)
{
    CLEANUP(str_release) struct str text = {0};
    const char *gap = strstr(t->sentence, "%s"), *detail = t->detail(app);
    str_add_n(&text, t->sentence, (size_t)(gap - t->sentence));
    str_add(&text, api_name(app));
    str_add(&text, gap + 2);
    if (*detail)
        str_printf(&text, ": %s", detail);
    return arena_strdup(a, str_text(&text));
}

static void due(struct planning *p, const struct destination *to, struct notify_done done, const char *once,
                const char *moment)
{
    struct notify_delivery d = {.trigger = to->trigger->name,
                                .service = to->service,
                                .recipient = to->recipient,
                                .done = done,
                                .key = delivery_key(p->a, p->in->app, to, once),
                                .message = sentence(p->a, to->trigger, p->in->app)};
    d.body = delivery_body(p->a, p->in->app, &d, moment);
    vec_push(&p->due, d);
}

static void evaluate(struct planning *p, const struct destination *to)
{
    const struct trigger *t = to->trigger;
    const struct doc *app = p->in->app;
    const char *mark = arena_printf(p->a, "%s:%s:%s", trigger_tag(p->a, t), to->service, to->recipient);
    if (!t->holds(app)) {
        if (!t->by_moment)
            doc_del(p->a, p->marks, mark);
        return;
    }
    const char *moment = t->moment(p->a, app), *value = t->value ? t->value(p->a, app) : "";
    int64_t moment_ms = 0, now_s = p->in->now_ms / 1000;
    bool timed = t->by_moment && time_parse_rfc3339(moment, &moment_ms);
    if (*value)
        mark = arena_printf(p->a, "%s:%s", value, mark);
    bool told = timed ? marked_since(p, mark, moment_ms / 1000) : doc_get(p->marks, mark) != NULL;
    doc_set_bool(p->a, p->live, mark, true);
    if (!told)
        due(p, to, (struct notify_done){mark, timed ? moment_ms / 1000 : now_s}, *value ? value : moment,
            moment);
}

/* Drops the oldest marks that hold nothing back while there are too many. */
static void trim_marks(struct planning *p)
{
    while (doc_len(p->marks) > NOTIFY_MARKS_MAX) {
        struct span oldest = {0};
        int64_t at = INT64_MAX;
        doc_each (it, p->marks)
            if (!doc_get_span(p->live, it.key) && doc_int(it.val, 0) < at) {
                at = doc_int(it.val, 0);
                oldest = it.key;
            }
        if (!oldest.at)
            return;
        doc_del_span(p->a, p->marks, oldest);
    }
}

static void finish(struct planning *p)
{
    const char *old = api_annotation(p->in->app, NOTIFY_ANNOTATION);
    trim_marks(p);
    const char *now = doc_len(p->marks) ? json_text(p->a, p->marks, JSON_SORTED) : NULL;
    struct doc *before = NULL;
    struct err *e = old ? json_read(p->a, span_of(old), NULL, &before) : NULL;
    p->out->marks = now;
    p->out->changed = e || (old ? !doc_equal(before, p->marks) : now != NULL);
    err_free(e);
    if (p->due.len)
        p->out->due = arena_dup(p->a, p->due.at, p->due.len * sizeof(*p->due.at));
    p->out->due_len = p->due.len;
}

void notify_plan(struct arena *a, const struct notify_input *in, struct notify_plan *out)
{
    struct planning p = {.a = a, .in = in, .out = out};
    *out = (struct notify_plan){0};
    read_annotations(&p, in->app, "application");
    read_marks(&p);
    if (in->project)
        read_annotations(&p, in->project, "project");
    if (trigger_refreshed(in->app))
        vec_each (to, &p.to)
            evaluate(&p, to);
    finish(&p);
    vec_release(&p.to);
    vec_release(&p.due);
}
