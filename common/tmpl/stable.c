/* tmpl/stable - randomness that is the same at each run: a stream for each call of a function.
 *
 * What a call gets depends on the secret, the template and place where it stands, and how many calls from
 * there went before it in this source's life; not on what other places draw. So a change elsewhere in a chart
 * leaves its passwords alone. A stream is opened when a call first asks for a number. */
#include "tmpl/private.h"

#include "base/secret.h"

#include <stdlib.h>

struct tmpl_stable {
    struct rand rand; /* first: what functions draw from */
    struct secret *secret;
    struct map *counts; /* of calls, by place */
    struct crypto_seeded stream;
    const struct state *run; /* that draws */
    uint64_t call;           /* of that run that the stream is for */
};

static struct crypto_seeded *stream_of_call(struct tmpl_stable *t)
{
    const struct state *s = t->run;
    if (t->call == s->calls)
        return &t->stream;
    CLEANUP(str_release) struct str label = {0};
    str_printf(&label, "%.*s:%u", (int)s->body->of->name.len, s->body->of->name.at, s->site->node->pos);
    size_t n = (size_t)(uintptr_t)map_get(t->counts, str_text(&label));
    map_set(t->counts, str_text(&label), (void *)(uintptr_t)(n + 1));
    str_printf(&label, ":%zu", n);
    crypto_seeded_init(&t->stream, secret_span(t->secret), str_span(&label));
    t->call = s->calls;
    return &t->stream;
}

static uint64_t stable_next(struct rand *r)
{
    uint64_t v;
    crypto_seeded_fill(stream_of_call(CONTAINER(r, struct tmpl_stable, rand)), &v, sizeof(v));
    return v;
}

struct tmpl_stable *tmpl_stable_new(struct span secret)
{
    struct tmpl_stable *t = mem_zalloc(sizeof(*t));
    t->rand.next = stable_next;
    t->secret = secret_new(secret.at, secret.len);
    t->counts = map_new(NULL);
    return t;
}

void tmpl_stable_free(struct tmpl_stable *t)
{
    if (!t)
        return;
    crypto_seeded_wipe(&t->stream);
    secret_unref(t->secret);
    map_free(t->counts);
    free(t);
}

void tmpl_stable_freep(struct tmpl_stable **t)
{
    tmpl_stable_free(*t);
    *t = NULL;
}

struct rand *stable_enter(struct tmpl_stable *t, const struct state *run)
{
    t->run = run;
    t->call = 0;
    return &t->rand;
}

struct crypto_seeded *tmpl_seeded(struct tmpl_exec *x)
{
    return x->env->stable ? stream_of_call(x->env->stable) : NULL;
}
