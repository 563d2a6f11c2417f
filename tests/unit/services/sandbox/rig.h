/* A sandbox in this process on a loopback port, and clients of it on the same loop: everything waits by
 * running that. */
#ifndef CAPSTAN_TEST_SANDBOX_RIG_H
#define CAPSTAN_TEST_SANDBOX_RIG_H

#include "doc/json.h"
#include "kube/watch.h"
#include "lib/test.h"
#include "services/sandbox/sandbox.h"

#pragma GCC diagnostic ignored "-Wmissing-field-initializers"

struct rig {
    struct loop *loop;
    struct sandbox *sandbox;
    struct kube *kube;
    struct arena *a;
    struct err *err;
    const struct doc *answer; /* in `a` */
    bool done;
};
static struct rig rig;

static void rig_done(void *arg, struct err *e, const struct doc *object)
{
    (void)arg;
    err_freep(&rig.err);
    rig.err = e;
    rig.answer = object ? doc_deep(rig.a, object) : NULL;
    rig.done = true;
}

UNUSED static void rig_turn(bool *until)
{
    while (!*until)
        CHECK(loop_run_once(rig.loop));
}

static const struct doc *rig_wait(void)
{
    rig.done = false;
    rig_turn(&rig.done);
    return rig.answer;
}

UNUSED static struct kube *rig_client(const char *token)
{
    char url[64];
    snprintf(url, sizeof(url), "http://127.0.0.1:%d", rig.sandbox->port);
    CLEANUP(secret_unrefp) struct secret *secret = secret_new(token, token ? strlen(token) : 0);
    struct kube_options o = {.qps = 100000, .burst = 100000, .tries = 1};
    CHECK_OK(kube_config_from(url, &(struct net_creds){.token = secret}, "", &o.config));
    return kube_new(rig.loop, &o);
}

UNUSED static void rig_begin(struct sandbox_options o)
{
    static const char *spaces[] = {"a", "b"};
    rig = (struct rig){.loop = loop_new(NULL), .a = arena_new("test")};
    o.listen = "127.0.0.1:0";
    o.plain_http = true;
    o.namespaces = (struct opt_list){spaces, 2};
    CHECK_OK(sandbox_start(rig.loop, &o, &rig.sandbox));
    rig.kube = rig_client(NULL);
}

static void rig_end(void)
{
    if (rig.kube)
        kube_free(rig.kube);
    sandbox_free(rig.sandbox);
    loop_free(rig.loop);
    arena_free(rig.a);
    err_freep(&rig.err);
}

/* METHOD path body: the answer, NULL with rig.err set when it was refused. */
UNUSED static const struct doc *ask(const char *method, const char *path, const char *type, const char *body)
{
    struct kube_raw raw = {
        .method = method, .path = path, .content_type = type, .body = span_of(body ? body : "")};
    kube_request(rig.kube, &raw, rig_done, NULL);
    return rig_wait();
}

UNUSED static const struct doc *get(const char *path)
{
    return ask("GET", path, NULL, NULL);
}

UNUSED static const struct doc *must(const char *method, const char *path, const char *type, const char *body)
{
    const struct doc *d = ask(method, path, type, body);
    CHECKF(d && !rig.err, "%s %s: %s", method, path, rig.err ? rig.err->msg : "no answer");
    return d;
}

UNUSED static const struct doc *create(const char *path, const char *body)
{
    return must("POST", path, "application/json", body);
}

#define CHECK_REFUSED(reason_, part)                                                                         \
    do {                                                                                                     \
        CHECK(rig.err != NULL);                                                                              \
        CHECK_STR(rig.err->reason, reason_);                                                                 \
        CHECKF(strstr(rig.err->msg, part), "'%s' does not hold '%s'", rig.err->msg, part);                   \
    } while (0)

#endif
