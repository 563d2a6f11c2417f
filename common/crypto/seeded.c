/* crypto/seeded - the stream, and OpenSSL's way to it.
 *
 * A provider of our own, loaded beside the default one into a library context that the process makes once,
 * offers one random generator. All its instances read the stream that the thread has entered; with none they
 * fail, so that nothing is ever made of a stream by accident. */
#include "crypto/seeded.h"

#include "base/secret.h"
#include "crypto/digest.h"

#include <openssl/core_dispatch.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/provider.h>
#include <openssl/rand.h>
#include <pthread.h>

enum { REQUEST_MAX = 1 << 16, STRENGTH = 256 };
#define GENERATOR "CAPSTAN-SEEDED"

/* --- the stream --- */

void crypto_seeded_init(struct crypto_seeded *s, struct span secret, struct span label)
{
    struct crypto_digest key;
    crypto_hmac(CRYPTO_SHA256, secret, label, &key);
    *s = (struct crypto_seeded){.block = 0};
    memcpy(s->key, key.bytes, sizeof(s->key));
    secret_wipe(&key, sizeof(key));
}

static void next_block(struct crypto_seeded *s)
{
    unsigned char in[sizeof(s->key) + 8];
    struct crypto_digest d;
    memcpy(in, s->key, sizeof(s->key));
    for (int i = 0; i < 8; i++)
        in[sizeof(s->key) + (size_t)i] = (unsigned char)(s->block >> (8 * i));
    crypto_digest(CRYPTO_SHA256, (struct span){(const char *)in, sizeof(in)}, &d);
    memcpy(s->bytes, d.bytes, sizeof(s->bytes));
    s->left = sizeof(s->bytes);
    s->block++;
    secret_wipe(in, sizeof(in));
    secret_wipe(&d, sizeof(d));
}

void crypto_seeded_fill(struct crypto_seeded *s, void *out, size_t len)
{
    unsigned char *to = out;
    while (len) {
        if (!s->left)
            next_block(s);
        size_t n = MIN(len, s->left);
        memcpy(to, s->bytes + sizeof(s->bytes) - s->left, n);
        s->left -= n;
        to += n;
        len -= n;
    }
}

void crypto_seeded_wipe(struct crypto_seeded *s)
{
    secret_wipe(s, sizeof(*s));
}

/* --- OpenSSL's generator --- */

static _Thread_local struct crypto_seeded *entered;

struct generator {
    int state;
};

static void *generator_new(void *provider, void *parent, const OSSL_DISPATCH *parent_calls)
{
    (void)provider, (void)parent, (void)parent_calls;
    struct generator *g = OPENSSL_zalloc(sizeof(*g));
    if (g)
        g->state = EVP_RAND_STATE_UNINITIALISED;
    return g;
}

static void generator_free(void *g)
{
    OPENSSL_free(g);
}

static int generator_instantiate(void *g, unsigned strength, int prediction, const unsigned char *personal,
                                 size_t personal_len, const OSSL_PARAM params[])
{
    (void)strength, (void)prediction, (void)personal, (void)personal_len, (void)params;
    ((struct generator *)g)->state = EVP_RAND_STATE_READY;
    return 1;
}

static int generator_uninstantiate(void *g)
{
    ((struct generator *)g)->state = EVP_RAND_STATE_UNINITIALISED;
    return 1;
}

/* The bytes, as OpenSSL calls it. */
static int generator_generate(void *g, unsigned char *out, size_t len, unsigned strength, int prediction,
                              const unsigned char *more, size_t more_len)
{
    (void)g, (void)strength, (void)prediction, (void)more, (void)more_len;
    if (!entered)
        return 0;
    crypto_seeded_fill(entered, out, len);
    return 1;
}

/* What it has to share is its thread's own. */
static int generator_lock(void *g)
{
    (void)g;
    return 1;
}

static void generator_unlock(void *g)
{
    (void)g;
}

static int generator_get(void *g, OSSL_PARAM params[])
{
    OSSL_PARAM *p = OSSL_PARAM_locate(params, OSSL_RAND_PARAM_STATE);
    if (p && !OSSL_PARAM_set_int(p, ((struct generator *)g)->state))
        return 0;
    p = OSSL_PARAM_locate(params, OSSL_RAND_PARAM_STRENGTH);
    if (p && !OSSL_PARAM_set_uint(p, STRENGTH))
        return 0;
    p = OSSL_PARAM_locate(params, OSSL_RAND_PARAM_MAX_REQUEST);
    return !p || OSSL_PARAM_set_size_t(p, REQUEST_MAX);
}

#define CALL(id, fn)                                                                                         \
    {                                                                                                        \
        id, (void (*)(void))(fn)                                                                             \
    }
static const OSSL_DISPATCH generator_calls[] = {
    CALL(OSSL_FUNC_RAND_NEWCTX, generator_new),
    CALL(OSSL_FUNC_RAND_FREECTX, generator_free),
    CALL(OSSL_FUNC_RAND_INSTANTIATE, generator_instantiate),
    CALL(OSSL_FUNC_RAND_UNINSTANTIATE, generator_uninstantiate),
    CALL(OSSL_FUNC_RAND_GENERATE, generator_generate),
    CALL(OSSL_FUNC_RAND_ENABLE_LOCKING, generator_lock),
    CALL(OSSL_FUNC_RAND_LOCK, generator_lock),
    CALL(OSSL_FUNC_RAND_UNLOCK, generator_unlock),
    CALL(OSSL_FUNC_RAND_GET_CTX_PARAMS, generator_get),
    {0, NULL},
};

static const OSSL_ALGORITHM *provider_query(void *provider, int operation, int *no_cache)
{
    static const OSSL_ALGORITHM generators[] = {
        {GENERATOR, "provider=capstan", generator_calls, "reads a stream"}, {NULL, NULL, NULL, NULL}};
    (void)provider;
    *no_cache = 0;
    return operation == OSSL_OP_RAND ? generators : NULL;
}

static int provider_init(const OSSL_CORE_HANDLE *handle, const OSSL_DISPATCH *in, const OSSL_DISPATCH **out,
                         void **provider)
{
    static const OSSL_DISPATCH calls[] = {CALL(OSSL_FUNC_PROVIDER_QUERY_OPERATION, provider_query),
                                          {0, NULL}};
    static int nothing;
    (void)handle, (void)in;
    *out = calls;
    *provider = &nothing;
    return 1;
}

/* --- the context --- */

static OSSL_LIB_CTX *context;

static void make_context(void)
{
    context = OSSL_LIB_CTX_new();
    if (!context || !OSSL_PROVIDER_add_builtin(context, "capstan", provider_init) ||
        !OSSL_PROVIDER_load(context, "default") || !OSSL_PROVIDER_load(context, "capstan") ||
        !RAND_set_DRBG_type(context, GENERATOR, NULL, NULL, NULL))
        panic("OpenSSL takes no random generator of ours");
}

struct ossl_lib_ctx_st *crypto_seeded_enter(struct crypto_seeded *s)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, make_context);
    entered = s;
    return context;
}

void crypto_seeded_leave(void)
{
    entered = NULL;
}
