/* crypto/aead - AES-256-GCM by EVP; lengths stay below INT_MAX, which EVP counts in. */
#include "crypto/aead.h"

#include <limits.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/rand.h>
#include <stdlib.h>

enum { VERSION = 1, NONCE = 12, TAG = 16 };

struct crypto_key {
    struct secret *secret; /* CRYPTO_KEY bytes */
};

static void free_cipher(EVP_CIPHER_CTX **c)
{
    EVP_CIPHER_CTX_free(*c);
}

static void must(int ok, const char *what)
{
    if (ok <= 0)
        panic("OpenSSL: %s failed", what);
}

void crypto_random(void *out, size_t len)
{
    if (len)
        must(len <= INT_MAX && RAND_bytes(out, (int)len) == 1, "random generator");
}

static struct crypto_key *key_of(unsigned char *bytes)
{
    struct crypto_key *k = mem_alloc(sizeof(*k));
    k->secret = secret_new((const char *)bytes, CRYPTO_KEY);
    secret_wipe(bytes, CRYPTO_KEY);
    return k;
}

struct crypto_key *crypto_key_derive(const struct secret *secret, const char *info)
{
    unsigned char bytes[CRYPTO_KEY];
    size_t len = sizeof(bytes);
    struct span s = secret_span(secret);
    EVP_PKEY_CTX *kdf = EVP_PKEY_CTX_new_id(EVP_PKEY_HKDF, NULL);
    must(kdf != NULL && EVP_PKEY_derive_init(kdf) > 0, "HKDF");
    must(EVP_PKEY_CTX_set_hkdf_md(kdf, EVP_sha256()), "HKDF");
    must(EVP_PKEY_CTX_set1_hkdf_key(kdf, (const unsigned char *)(s.at ? s.at : ""), (int)s.len), "HKDF");
    must(EVP_PKEY_CTX_add1_hkdf_info(kdf, (const unsigned char *)info, (int)strlen(info)), "HKDF");
    must(EVP_PKEY_derive(kdf, bytes, &len), "HKDF");
    EVP_PKEY_CTX_free(kdf);
    return key_of(bytes);
}

struct crypto_key *crypto_key_random(void)
{
    unsigned char bytes[CRYPTO_KEY];
    crypto_random(bytes, sizeof(bytes));
    return key_of(bytes);
}

void crypto_key_free(struct crypto_key *k)
{
    if (!k)
        return;
    secret_unref(k->secret);
    free(k);
}

void crypto_key_freep(struct crypto_key **k)
{
    crypto_key_free(*k);
    *k = NULL;
}

static const unsigned char *key_bytes(const struct crypto_key *k)
{
    return (const unsigned char *)secret_text(k->secret);
}

struct span crypto_seal(struct arena *a, const struct crypto_key *k, struct span plain,
                        struct span associated)
{
    if (plain.len > INT_MAX - CRYPTO_SEAL_EXTRA || associated.len > INT_MAX)
        panic("sealing %zu bytes: callers limit what they seal", plain.len);
    unsigned char *out = arena_raw(a, plain.len + CRYPTO_SEAL_EXTRA), *nonce = out + 1, *body = nonce + NONCE;
    int n = 0;
    out[0] = VERSION;
    crypto_random(nonce, NONCE);
    CLEANUP(free_cipher) EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
    must(c && EVP_EncryptInit_ex(c, EVP_aes_256_gcm(), NULL, key_bytes(k), nonce), "AES-GCM");
    if (associated.len)
        must(EVP_EncryptUpdate(c, NULL, &n, (const unsigned char *)associated.at, (int)associated.len),
             "AES-GCM");
    if (plain.len)
        must(EVP_EncryptUpdate(c, body, &n, (const unsigned char *)plain.at, (int)plain.len), "AES-GCM");
    must(EVP_EncryptFinal_ex(c, body + plain.len, &n), "AES-GCM");
    must(EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_GCM_GET_TAG, TAG, body + plain.len), "AES-GCM");
    return (struct span){(const char *)out, plain.len + CRYPTO_SEAL_EXTRA};
}

static bool decrypt(const struct crypto_key *k, struct span sealed, struct span associated,
                    unsigned char *out)
{
    const unsigned char *nonce = (const unsigned char *)sealed.at + 1, *body = nonce + NONCE;
    int n = 0, len = (int)(sealed.len - CRYPTO_SEAL_EXTRA);
    unsigned char tag[TAG];
    memcpy(tag, body + len, TAG);
    CLEANUP(free_cipher) EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
    must(c && EVP_DecryptInit_ex(c, EVP_aes_256_gcm(), NULL, key_bytes(k), nonce), "AES-GCM");
    if (associated.len)
        must(EVP_DecryptUpdate(c, NULL, &n, (const unsigned char *)associated.at, (int)associated.len),
             "AES-GCM");
    if (len)
        must(EVP_DecryptUpdate(c, out, &n, body, len), "AES-GCM");
    must(EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_GCM_SET_TAG, TAG, tag), "AES-GCM");
    return EVP_DecryptFinal_ex(c, out + len, &n) > 0;
}

struct err *crypto_open(struct arena *a, const struct crypto_key *k, struct span sealed,
                        struct span associated, struct span *out)
{
    if (sealed.len < CRYPTO_SEAL_EXTRA || sealed.len > INT_MAX || associated.len > INT_MAX ||
        sealed.at[0] != VERSION)
        return err_reason(ERR_DATA_LOSS, "SealBroken", "not a sealed text of this version (%zu bytes)",
                          sealed.len);
    size_t len = sealed.len - CRYPTO_SEAL_EXTRA;
    char *plain = arena_raw(a, len + 1);
    if (!decrypt(k, sealed, associated, (unsigned char *)plain)) {
        secret_wipe(plain, len);
        return err_reason(ERR_DATA_LOSS, "SealBroken",
                          "sealed with another key or for another place, or changed since");
    }
    plain[len] = 0;
    *out = (struct span){plain, len};
    return NULL;
}
