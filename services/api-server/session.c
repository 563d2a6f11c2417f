/* api-server/session - who is asking: admin's password, tokens (JWT, HS256) and what argocd-secret needs for
 * both.
 *
 * The first password lives in argocd-initial-admin-secret. That Secret is created once and never written
 * again: who finds it there hashes what it holds. So several servers that start together, and one that ended
 * half-way, agree. */
#include "api.h"

#include "base/log.h"
#include "base/rand.h"
#include "crypto/aead.h"
#include "crypto/digest.h"
#include "crypto/password.h"
#include "crypto/text.h"
#include "doc/json.h"

#include <inttypes.h>
#include <stdlib.h>

enum { LOGINS_MAX = 50, FAILURES_MAX = 5, USERNAME_MAX = 32, PASSWORD_LEN = 16, TOKEN_MAX = 16384 };
enum { FAILURE_WINDOW_MS = 300 * 1000, RETRY_MS = 3000, TOKEN_MS = 24 * 3600 * 1000 };

#define INITIAL_SECRET "argocd-initial-admin-secret"
#define DUMMY_HASH "$2a$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy"

struct session {
    struct api *api;
    struct work *work;
    size_t logins; /* checks under way */
    int failures;  /* of admin, the only account, since: */
    int64_t failed_since_ms;
    bool preparing;
    struct loop_timer retry;
    struct work_job hash_job;
    struct secret *initial;
    char *hash;
    struct err *hash_error;
};

struct session *session_new(struct api *api)
{
    struct session *s = mem_zalloc(sizeof(*s));
    s->api = api;
    s->work = work_new(api->o.loop,
                       &(struct work_options){.name = "password", .threads = 1, .queue = 2 * LOGINS_MAX});
    return s;
}

void session_halt(struct session *s)
{
    if (s->work)
        work_free(s->work);
    s->work = NULL;
    loop_timer_stop(s->api->o.loop, &s->retry);
}

void session_free(struct session *s)
{
    session_halt(s);
    secret_unref(s->initial);
    free(s->hash);
    err_free(s->hash_error);
    free(s);
}

/* A value of argocd-secret, decoded; empty when absent. */
static struct span secret_value(struct api *api, struct arena *a, const char *key)
{
    struct span out = {0};
    struct span text = doc_span(doc_path(frozen_root(api->secret), "data", key));
    return text.len && crypto_base64_decode(a, CRYPTO_BASE64_STD, text, &out) ? out : (struct span){0};
}

static bool has(struct api *api, const char *key)
{
    return doc_len(doc_path(frozen_root(api->secret), "data", key)) > 0;
}

bool session_ready(const struct api *api)
{
    return has((struct api *)api, "admin.password") && has((struct api *)api, "server.secretkey");
}

/* --- argocd-secret -----------------------------------------------------------------------------------------
 */

static void set_encoded(struct arena *a, struct doc *data, const char *key, struct span value)
{
    doc_set_str(a, data, key, crypto_base64_encode(a, CRYPTO_BASE64_STD, value).at);
}

static struct kube_target secrets(const struct api *api, const char *name)
{
    return (struct kube_target){
        .group = "", .version = "v1", .resource = "secrets", .ns = api->o.ns, .name = name};
}

static struct doc *new_secret(const struct api *api, struct arena *a, const char *name)
{
    struct doc *d = doc_new_map(a);
    doc_set_str(a, d, "apiVersion", "v1");
    doc_set_str(a, d, "kind", "Secret");
    struct doc *meta = doc_set_map(a, d, "metadata");
    doc_set_str(a, meta, "name", name);
    doc_set_str(a, meta, "namespace", api->o.ns);
    doc_set_str(a, doc_set_map(a, meta, "labels"), "app.kubernetes.io/part-of", "argocd");
    doc_set_str(a, d, "type", "Opaque");
    return d;
}

static void on_retry(struct loop_timer *timer)
{
    session_secret_changed(CONTAINER(timer, struct session, retry)->api);
}

/* What is still missing by then is tried again. */
static void prepare_later(struct session *s)
{
    s->preparing = false;
    loop_timer_set(s->api->o.loop, &s->retry, RETRY_MS, on_retry);
}

/* Somebody else may have been quicker; then the watch shows what they wrote. */
static void on_written(void *arg, struct err *e, const struct doc *object)
{
    (void)object;
    struct session *s = arg;
    prepare_later(s);
    if (e && e->code != ERR_EXISTS && e->code != ERR_ABORTED)
        log_error("argocd-secret could not be written: nobody can log in", "error", e->msg);
    err_free(e);
}

static void write_secret(struct session *s)
{
    struct api *api = s->api;
    CLEANUP(arena_freep) struct arena *a = arena_new("secret");
    const struct doc *there = frozen_root(api->secret);
    struct doc *d = there ? doc_new_map(a) : new_secret(api, a, "argocd-secret");
    if (there) /* a precondition: what was read is what is completed */
        doc_set_str(a, doc_set_map(a, d, "metadata"), "resourceVersion", api_resource_version(there));
    struct doc *data = doc_set_map(a, d, "data");
    if (s->hash && !has(api, "admin.password")) {
        set_encoded(a, data, "admin.password", span_of(s->hash));
        struct time_text now = time_rfc3339(clock_wall_ms(loop_clock(api->o.loop)));
        set_encoded(a, data, "admin.passwordMtime", span_of(now.text));
    }
    if (!has(api, "server.secretkey")) {
        char key[32];
        crypto_random(key, sizeof(key));
        set_encoded(a, data, "server.secretkey",
                    crypto_base64_encode(a, CRYPTO_BASE64_URL, (struct span){key, sizeof(key)}));
    }
    struct kube_target t = secrets(api, there ? "argocd-secret" : NULL);
    if (there)
        kube_patch(api->o.kube, &t, (struct kube_patch_body){KUBE_MERGE_PATCH, d}, NULL, on_written, s);
    else
        kube_create(api->o.kube, &t, d, NULL, on_written, s);
}

static void run_hash(struct work_job *job, void *state)
{
    (void)state;
    struct session *s = CONTAINER(job, struct session, hash_job);
    s->hash_error = crypto_password_hash(s->initial, CRYPTO_PASSWORD_COST, &s->hash);
}

static void hash_done(struct work_job *job)
{
    struct session *s = CONTAINER(job, struct session, hash_job);
    if (s->hash_error) {
        log_error("the password in " INITIAL_SECRET " cannot be used", "error", s->hash_error->msg);
        prepare_later(s);
    } else {
        write_secret(s);
    }
    err_freep(&s->hash_error);
}

static void hash_initial(struct session *s)
{
    s->hash_job = (struct work_job){.run = run_hash, .done = hash_done};
    struct err *e = work_submit(s->work, &s->hash_job);
    if (e)
        prepare_later(s);
    err_free(e);
}

static void on_initial_read(void *arg, struct err *e, const struct doc *object)
{
    struct session *s = arg;
    CLEANUP(arena_freep) struct arena *a = arena_new("secret");
    struct span password = {0};
    if (e || !crypto_base64_decode(a, CRYPTO_BASE64_STD, doc_span(doc_path(object, "data", "password")),
                                   &password)) {
        log_error(INITIAL_SECRET " could not be read: nobody can log in", "error",
                  e ? e->msg : "no password in it");
        prepare_later(s);
    } else {
        secret_unref(s->initial);
        s->initial = secret_new(password.at, password.len);
        hash_initial(s);
    }
    err_free(e);
}

static void on_initial_created(void *arg, struct err *e, const struct doc *object)
{
    (void)object;
    struct session *s = arg;
    struct kube_target t = secrets(s->api, INITIAL_SECRET);
    if (!e) {
        log_info("a password for admin was made", "secret", INITIAL_SECRET);
        hash_initial(s);
    } else if (e->code == ERR_EXISTS) {
        kube_get(s->api->o.kube, &t, on_initial_read, s);
    } else {
        log_error(INITIAL_SECRET " could not be written: nobody can log in", "error", e->msg);
        prepare_later(s);
    }
    err_free(e);
}

static struct secret *random_password(void)
{
    static const char letters[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-";
    unsigned char bytes[256];
    char out[PASSWORD_LEN];
    size_t n = 0;
    while (n < PASSWORD_LEN) {
        crypto_random(bytes, sizeof(bytes));
        for (size_t i = 0; i < sizeof(bytes) && n < PASSWORD_LEN; i++) {
            size_t most =
                256 - 256 % (sizeof(letters) - 1); /* beyond it the first letters would be likelier */
            if (bytes[i] < most)
                out[n++] = letters[bytes[i] % (sizeof(letters) - 1)];
        }
    }
    struct secret *s = secret_new(out, sizeof(out));
    secret_wipe(out, sizeof(out));
    secret_wipe(bytes, sizeof(bytes));
    return s;
}

void session_secret_changed(struct api *api)
{
    struct session *s = api->session;
    if (s->preparing || session_ready(api))
        return;
    s->preparing = true;
    loop_timer_stop(api->o.loop, &s->retry);
    if (has(api, "admin.password")) {
        write_secret(s);
        return;
    }
    CLEANUP(arena_freep) struct arena *a = arena_new("secret");
    secret_unref(s->initial);
    s->initial = random_password();
    free(s->hash);
    s->hash = NULL;
    struct doc *d = new_secret(api, a, INITIAL_SECRET);
    set_encoded(a, doc_set_map(a, d, "data"), "password", secret_span(s->initial));
    struct kube_target t = secrets(api, NULL);
    kube_create(api->o.kube, &t, d, NULL, on_initial_created, s);
}

/* --- tokens ------------------------------------------------------------------------------------------------
 */

static struct span sign(struct api *api, struct arena *a, struct span text)
{
    struct crypto_digest mac;
    crypto_hmac(CRYPTO_SHA256, secret_value(api, a, "server.secretkey"), text, &mac);
    return crypto_base64_encode(a, CRYPTO_BASE64_URL, (struct span){(char *)mac.bytes, mac.len});
}

static const char *uuid4(struct arena *a)
{
    unsigned char b[16];
    crypto_random(b, sizeof(b));
    b[6] = (b[6] & 0x0f) | 0x40;
    b[8] = (b[8] & 0x3f) | 0x80;
    const char *h = crypto_hex_encode(a, (struct span){(char *)b, sizeof(b)});
    return arena_printf(a, "%.8s-%.4s-%.4s-%.4s-%.12s", h, h + 8, h + 12, h + 16, h + 20);
}

static const char *token_new(struct api *api, struct arena *a)
{
    int64_t now = clock_wall_ms(loop_clock(api->o.loop)) / 1000;
    struct doc *claims = doc_new_map(a);
    doc_set_str(a, claims, "iss", "argocd");
    doc_set_str(a, claims, "sub", "admin:login");
    doc_set_int(a, claims, "exp", now + TOKEN_MS / 1000);
    doc_set_int(a, claims, "nbf", now);
    doc_set_int(a, claims, "iat", now);
    doc_set_str(a, claims, "jti", uuid4(a));
    struct span head =
        crypto_base64_encode(a, CRYPTO_BASE64_URL, span_of("{\"alg\":\"HS256\",\"typ\":\"JWT\"}"));
    struct span body = crypto_base64_encode(a, CRYPTO_BASE64_URL, span_of(json_text(a, claims, 0)));
    const char *signed_text = arena_printf(a, "%s.%s", head.at, body.at);
    return arena_printf(a, "%s.%s", signed_text, sign(api, a, span_of(signed_text)).at);
}

static struct err *check_claims(struct api *api, struct arena *a, const struct doc *claims)
{
    int64_t now = clock_wall_ms(loop_clock(api->o.loop)) / 1000, changed_ms = 0;
    if (!doc_str_is(doc_get(claims, "iss"), "argocd"))
        return err_new(ERR_UNAUTHENTICATED, "invalid session: token is not issued by argocd");
    if (doc_int(doc_get(claims, "exp"), 0) <= now)
        return err_new(ERR_UNAUTHENTICATED, "invalid session: token has invalid claims: token is expired");
    if (doc_int(doc_get(claims, "nbf"), 0) > now)
        return err_new(ERR_UNAUTHENTICATED,
                       "invalid session: token has invalid claims: token is not valid yet");
    if (!doc_str_is(doc_get(claims, "sub"), "admin:login") || !doc_len(doc_get(claims, "jti")))
        return err_new(ERR_UNAUTHENTICATED, "invalid session: account does not have login capability");
    struct span mtime = secret_value(api, a, "admin.passwordMtime");
    if (mtime.len && time_parse_rfc3339(mtime.at, &changed_ms) &&
        doc_int(doc_get(claims, "iat"), 0) < changed_ms / 1000)
        return err_new(ERR_UNAUTHENTICATED,
                       "invalid session: account password has changed since token issued");
    return NULL;
}

static struct err *token_check(struct api *api, struct arena *a, struct span token)
{
    struct span rest = token, head, body, mac, bytes;
    struct doc *header = NULL, *claims = NULL;
    if (token.len > TOKEN_MAX || !span_cut(&rest, '.', &head) || !span_cut(&rest, '.', &body) ||
        !span_cut(&rest, '.', &mac) || rest.len || !has(api, "server.secretkey"))
        return err_new(ERR_UNAUTHENTICATED, "invalid session: token is malformed");
    struct span signed_text = {head.at, (size_t)(body.at + body.len - head.at)};
    if (!crypto_equal(mac, sign(api, a, signed_text)))
        return err_new(ERR_UNAUTHENTICATED, "invalid session: token signature is invalid");
    /* From here on the text is ours. */
    if (!crypto_base64_decode(a, CRYPTO_BASE64_URL, head, &bytes))
        return err_new(ERR_UNAUTHENTICATED, "invalid session: token is malformed");
    TRY(json_read(a, bytes, NULL, &header));
    if (!doc_str_is(doc_get(header, "alg"), "HS256"))
        return err_new(ERR_UNAUTHENTICATED, "invalid session: token is not signed by HS256");
    if (!crypto_base64_decode(a, CRYPTO_BASE64_URL, body, &bytes))
        return err_new(ERR_UNAUTHENTICATED, "invalid session: token is malformed");
    TRY(json_read(a, bytes, NULL, &claims));
    return check_claims(api, a, claims);
}

/* The value of cookie argocd.token; a session's token fits into one. */
static struct span cookie_token(struct net_req *r)
{
    struct span rest = span_of(net_req_header(r, "cookie")), piece;
    while (rest.len && span_cut(&rest, ';', &piece)) {
        piece = span_trim(piece);
        static const char name[] = "argocd.token=";
        size_t n = sizeof(name) - 1;
        if (piece.len > n && memcmp(piece.at, name, n) == 0)
            return (struct span){piece.at + n, piece.len - n};
    }
    return (struct span){0};
}

/* What does not come in three parts is no token of anybody's. */
static bool is_token(struct span s)
{
    size_t dots = 0;
    for (size_t i = 0; i < s.len; i++)
        dots += s.at[i] == '.';
    return dots == 2;
}

/* The first of the places that api.md §3.1 names; empty when none holds a token. */
static struct span token_of(struct net_req *r)
{
    const char *bearer = net_req_header(r, "authorization");
    if (bearer && strncasecmp(bearer, "Bearer ", 7) == 0)
        bearer += 7;
    else
        bearer = NULL;
    const struct span places[] = {span_of(net_req_header(r, "grpc-metadata-token")), span_of(bearer),
                                  cookie_token(r)};
    for (size_t i = 0; i < ARRAY_LEN(places); i++)
        if (is_token(places[i]))
            return span_trim(places[i]);
    return (struct span){0};
}

struct err *session_user(struct api *api, struct net_req *r, const char **user)
{
    struct span token = token_of(r);
    if (!token.len)
        return err_new(ERR_UNAUTHENTICATED, "no session information");
    TRY(token_check(api, r->arena, token));
    *user = "admin";
    return NULL;
}

/* --- login -------------------------------------------------------------------------------------------------
 */

struct login {
    struct turn *turn;
    struct work_job job;
    struct secret *password;
    const char *hash;
    bool known, matches;
};

static bool locked_out(struct session *s, int64_t now_ms)
{
    if (now_ms - s->failed_since_ms > FAILURE_WINDOW_MS)
        s->failures = 0;
    return s->failures >= FAILURES_MAX;
}

static struct err *wrong(void)
{
    return err_new(ERR_UNAUTHENTICATED, "Invalid username or password");
}

static void set_cookie(struct turn *t, const char *token)
{
    net_set_header(t->r, "Set-Cookie",
                   arena_printf(t->a, "argocd.token=%s; path=/; SameSite=lax; httpOnly%s", token,
                                t->api->o.tls ? "; Secure" : ""));
}

static void answer_login(struct loop_timer *timer)
{
    struct turn *t = CONTAINER(timer, struct turn, timer);
    struct login *l = t->state;
    if (!l->known || !l->matches) {
        turn_fail(t, wrong());
        return;
    }
    struct doc *d = doc_new_map(t->a);
    const char *token = token_new(t->api, t->a);
    doc_set_str(t->a, d, "token", token);
    set_cookie(t, token);
    turn_reply(t, d);
}

static void run_check(struct work_job *job, void *state)
{
    (void)state;
    struct login *l = CONTAINER(job, struct login, job);
    l->matches = crypto_password_matches(l->password, l->hash);
}

static void check_done(struct work_job *job)
{
    struct login *l = CONTAINER(job, struct login, job);
    struct turn *t = l->turn;
    struct session *s = t->api->session;
    int64_t now = loop_now_ms(t->api->o.loop), delay = t->api->o.login_delay_ms;
    s->logins--;
    secret_unrefp(&l->password);
    if (l->known && !l->matches && s->failures++ == 0)
        s->failed_since_ms = now;
    else if (l->known && l->matches)
        s->failures = 0;
    loop_timer_set(t->api->o.loop, &t->timer, delay + (int64_t)rand_below(rand_system(), (uint64_t)delay + 1),
                   answer_login);
}

static struct err *may_try(struct turn *t, const char *user, struct span password)
{
    struct session *s = t->api->session;
    if (t->body && !doc_is(t->body, DOC_MAP))
        return err_new(ERR_INVALID, "the body is %s, an object is wanted", doc_kind_name(t->body));
    if (doc_len(doc_get(t->body, "token")))
        return err_new(ERR_UNAUTHENTICATED,
                       "token-based session creation no longer supported. please upgrade "
                       "argocd cli to v0.7+");
    if (!*user || !password.len)
        return err_new(ERR_UNAUTHENTICATED, "no credentials supplied");
    if (strlen(user) > USERNAME_MAX)
        return err_new(ERR_INVALID, "Username is too long (%d bytes max)", USERNAME_MAX);
    if (!session_ready(s->api))
        return err_new(ERR_UNAVAILABLE, "argocd-secret is not there yet: try again in a moment");
    if (s->logins >= LOGINS_MAX || (streq(user, "admin") && locked_out(s, loop_now_ms(s->api->o.loop))))
        return wrong();
    return NULL;
}

void session_create(struct turn *t)
{
    struct session *s = t->api->session;
    const char *user = doc_str(doc_get(t->body, "username"), "");
    struct span password = doc_span(doc_get(t->body, "password"));
    struct err *e = may_try(t, user, password);
    if (e) {
        turn_fail(t, e);
        return;
    }
    struct login *l = NEW(t->a, struct login);
    t->state = l;
    l->turn = t;
    l->known = streq(user, "admin") &&
               !streq(doc_str(doc_path(frozen_root(t->api->cm), "data", "admin.enabled"), ""), "false");
    /* Who asks for an unknown account waits as long as the others. */
    struct span hash = secret_value(t->api, t->a, "admin.password");
    l->hash = !l->known ? DUMMY_HASH : hash.len ? hash.at : "";
    l->password = secret_new(password.at, password.len);
    l->job = (struct work_job){.run = run_check, .done = check_done};
    e = work_submit(s->work, &l->job);
    if (e) {
        secret_unrefp(&l->password);
        turn_fail(t, e);
        return;
    }
    s->logins++;
}

/* As upstream: the client forgets its token; nothing is revoked. */
void session_delete(struct turn *t)
{
    turn_reply(t, doc_new_map(t->a));
}

void session_userinfo(struct turn *t)
{
    struct doc *d = doc_new_map(t->a);
    if (*t->user) {
        doc_set_bool(t->a, d, "loggedIn", true);
        doc_set_str(t->a, d, "username", t->user);
        doc_set_str(t->a, d, "iss", "argocd");
    }
    turn_reply(t, d);
}
