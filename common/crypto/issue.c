/* crypto/issue - keys and certificates by OpenSSL, in the forms of Go's x509 package. */
#include "crypto/issue.h"

#include <arpa/inet.h>
#include <limits.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

enum { DSA_BITS = 2048, DSA_Q_BITS = 256, SCRYPT_R = 8, SCRYPT_P = 2, SCRYPT_MEMORY = 128 << 20 };

static void free_bio(BIO **b)
{
    BIO_free(*b);
}

static void free_key(EVP_PKEY **k)
{
    EVP_PKEY_free(*k);
}

static void free_cert(X509 **x)
{
    X509_free(*x);
}

static struct span bio_text(struct arena *a, BIO *b)
{
    char *text = NULL;
    long n = BIO_get_mem_data(b, &text);
    size_t len = n > 0 ? (size_t)n : 0;
    return (struct span){arena_strndup(a, len ? text : "", len), len};
}

/* A PEM text is never longer than an int says: callers' texts are some KiB. */
static BIO *bio_of(struct span text)
{
    return BIO_new_mem_buf(text.len ? text.at : "", (int)MIN(text.len, (size_t)INT_MAX));
}

/* --- keys --- */

static EVP_PKEY *dsa_key(OSSL_LIB_CTX *lib)
{
    EVP_PKEY *params = NULL, *key = NULL;
    EVP_PKEY_CTX *c = EVP_PKEY_CTX_new_from_name(lib, "DSA", NULL);
    bool fine = c && EVP_PKEY_paramgen_init(c) > 0 && EVP_PKEY_CTX_set_dsa_paramgen_bits(c, DSA_BITS) > 0 &&
                EVP_PKEY_CTX_set_dsa_paramgen_q_bits(c, DSA_Q_BITS) > 0 && EVP_PKEY_paramgen(c, &params) > 0;
    EVP_PKEY_CTX_free(c);
    c = fine ? EVP_PKEY_CTX_new_from_pkey(lib, params, NULL) : NULL;
    if (c && EVP_PKEY_keygen_init(c) > 0)
        EVP_PKEY_keygen(c, &key);
    EVP_PKEY_CTX_free(c);
    EVP_PKEY_free(params);
    return key;
}

static EVP_PKEY *new_key(OSSL_LIB_CTX *lib, enum crypto_key_kind kind)
{
    switch (kind) {
    case CRYPTO_KEY_RSA2048:
        return EVP_PKEY_Q_keygen(lib, NULL, "RSA", (size_t)2048);
    case CRYPTO_KEY_RSA4096:
        return EVP_PKEY_Q_keygen(lib, NULL, "RSA", (size_t)4096);
    case CRYPTO_KEY_DSA:
        return dsa_key(lib);
    case CRYPTO_KEY_ECDSA:
        return EVP_PKEY_Q_keygen(lib, NULL, "EC", "P-256");
    default:
        return EVP_PKEY_Q_keygen(lib, NULL, "ED25519");
    }
}

static struct span key_text(struct arena *a, EVP_PKEY *key)
{
    CLEANUP(free_bio) BIO *b = BIO_new(BIO_s_mem());
    if (EVP_PKEY_is_a(key, "ED25519"))
        PEM_write_bio_PrivateKey(b, key, NULL, NULL, 0, NULL, NULL);
    else
        PEM_write_bio_PrivateKey_traditional(b, key, NULL, NULL, 0, NULL, NULL);
    return bio_text(a, b);
}

struct span crypto_private_key(struct arena *a, enum crypto_key_kind kind, struct crypto_seeded *seed)
{
    CLEANUP(free_key) EVP_PKEY *key = new_key(seed ? crypto_seeded_enter(seed) : NULL, kind);
    crypto_seeded_leave();
    if (!key)
        panic("OpenSSL made no private key");
    return key_text(a, key);
}

/* Nothing is asked of anybody: an encrypted key is refused. */
static int no_password(char *buf, int size, int writing, void *arg)
{
    (void)buf, (void)size, (void)writing, (void)arg;
    return -1;
}

static struct err *read_key(OSSL_LIB_CTX *lib, struct span pem, EVP_PKEY **out)
{
    CLEANUP(free_bio) BIO *b = bio_of(pem);
    *out = PEM_read_bio_PrivateKey_ex(b, NULL, no_password, NULL, lib, NULL);
    ERR_clear_error();
    if (*out)
        return NULL;
    bool block = pem.len && memmem(pem.at, pem.len, "-----BEGIN", 10);
    return err_new(ERR_INVALID, "parsing private key: %s",
                   block ? "no private key that is known in it" : "no PEM data in input");
}

struct err *crypto_private_key_read(struct arena *a, struct span pem, struct span *out)
{
    CLEANUP(free_key) EVP_PKEY *key = NULL;
    TRY(read_key(NULL, pem, &key));
    *out = key_text(a, key);
    return NULL;
}

/* --- certificates --- */

static X509 *read_cert(struct span pem)
{
    CLEANUP(free_bio) BIO *b = bio_of(pem);
    X509 *x = PEM_read_bio_X509(b, NULL, no_password, NULL);
    ERR_clear_error();
    return x;
}

bool crypto_cert_readable(struct span pem)
{
    CLEANUP(free_cert) X509 *x = read_cert(pem);
    return x != NULL;
}

static struct err *add_name(GENERAL_NAMES *names, int type, const void *bytes, size_t len)
{
    GENERAL_NAME *g = GENERAL_NAME_new();
    ASN1_STRING *s = type == GEN_IPADD ? ASN1_OCTET_STRING_new() : ASN1_IA5STRING_new();
    ASN1_STRING_set(s, bytes, (int)len);
    GENERAL_NAME_set0_value(g, type, s);
    sk_GENERAL_NAME_push(names, g);
    return NULL;
}

static struct err *add_ip(struct arena *a, GENERAL_NAMES *names, struct span ip)
{
    unsigned char bytes[16];
    const char *text = arena_strndup(a, ip.at, ip.len);
    if (inet_pton(AF_INET, text, bytes) == 1)
        return add_name(names, GEN_IPADD, bytes, 4);
    if (inet_pton(AF_INET6, text, bytes) == 1)
        return add_name(names, GEN_IPADD, bytes, 16);
    return err_new(ERR_INVALID, "error parsing ip: %s", text);
}

static struct err *add_alt_names(struct arena *a, X509 *x, const struct crypto_cert_wish *wish)
{
    GENERAL_NAMES *names = GENERAL_NAMES_new();
    struct err *e = NULL;
    for (size_t i = 0; i < wish->names_len && !e; i++)
        e = add_name(names, GEN_DNS, wish->names[i].at, MIN(wish->names[i].len, (size_t)INT_MAX));
    for (size_t i = 0; i < wish->ips_len && !e; i++)
        e = add_ip(a, names, wish->ips[i]);
    if (!e && sk_GENERAL_NAME_num(names))
        X509_add1_ext_i2d(x, NID_subject_alt_name, names, 0, 0);
    GENERAL_NAMES_free(names);
    return e;
}

static void add_extension(X509 *x, X509 *issuer, int nid, const char *value)
{
    X509V3_CTX c;
    X509V3_set_ctx_nodb(&c);
    X509V3_set_ctx(&c, issuer, x, NULL, NULL, 0);
    X509_EXTENSION *e = X509V3_EXT_conf_nid(NULL, &c, nid, value);
    if (e)
        X509_add_ext(x, e, -1);
    X509_EXTENSION_free(e);
    ERR_clear_error();
}

static void add_usage(X509 *x, X509 *issuer, bool authority)
{
    add_extension(x, issuer, NID_key_usage,
                  authority ? "critical,digitalSignature,keyEncipherment,keyCertSign"
                            : "critical,digitalSignature,keyEncipherment");
    add_extension(x, issuer, NID_ext_key_usage, "serverAuth,clientAuth");
    add_extension(x, issuer, NID_basic_constraints, authority ? "critical,CA:TRUE" : "critical,CA:FALSE");
    if (authority)
        add_extension(x, issuer, NID_subject_key_identifier, "hash");
    if (issuer != x && X509_get0_subject_key_id(issuer))
        add_extension(x, issuer, NID_authority_key_identifier, "keyid");
}

static void set_head(X509 *x, const struct crypto_cert_wish *wish, EVP_PKEY *key)
{
    BIGNUM *serial = BN_bin2bn(wish->serial, sizeof(wish->serial), NULL);
    X509_set_version(x, X509_VERSION_3);
    BN_to_ASN1_INTEGER(serial, X509_get_serialNumber(x));
    BN_free(serial);
    ASN1_TIME_set(X509_getm_notBefore(x), wish->not_before_ms / 1000);
    ASN1_TIME_set(X509_getm_notAfter(x), wish->not_after_ms / 1000);
    X509_NAME_add_entry_by_NID(X509_get_subject_name(x), NID_commonName, MBSTRING_UTF8,
                               (const unsigned char *)wish->common_name.at,
                               (int)MIN(wish->common_name.len, (size_t)INT_MAX), -1, 0);
    ERR_clear_error();
    X509_set_pubkey(x, key);
}

static struct err *sign(X509 *x, EVP_PKEY *key)
{
    const EVP_MD *digest = EVP_PKEY_is_a(key, "ED25519") ? NULL : EVP_sha256();
    if (X509_sign(x, key, digest) > 0)
        return NULL;
    ERR_clear_error();
    return err_new(ERR_INVALID, "error creating certificate: the key cannot sign it");
}

static struct err *issue(OSSL_LIB_CTX *lib, struct arena *a, const struct crypto_cert_wish *wish,
                         struct span key_pem, const struct crypto_issuer *issuer, struct span *out)
{
    CLEANUP(free_key) EVP_PKEY *key = NULL, *signer = NULL;
    CLEANUP(free_cert) X509 *x = X509_new_ex(lib, NULL), *parent = NULL;
    CLEANUP(free_bio) BIO *b = BIO_new(BIO_s_mem());
    TRY(read_key(lib, key_pem, &key));
    if (issuer) {
        TRY(read_key(lib, issuer->key, &signer));
        parent = read_cert(issuer->cert);
        if (!parent)
            return err_new(ERR_INVALID, "unable to decode certificate");
    }
    set_head(x, wish, key);
    X509_set_issuer_name(x, X509_get_subject_name(parent ? parent : x));
    TRY(add_alt_names(a, x, wish));
    add_usage(x, parent ? parent : x, wish->authority);
    TRY(sign(x, signer ? signer : key));
    PEM_write_bio_X509(b, x);
    *out = bio_text(a, b);
    return NULL;
}

struct err *crypto_cert_issue(struct arena *a, const struct crypto_cert_wish *wish, struct span key_pem,
                              const struct crypto_issuer *issuer, struct span *out)
{
    OSSL_LIB_CTX *lib = wish->seed ? crypto_seeded_enter(wish->seed) : NULL;
    struct err *e = issue(lib, a, wish, key_pem, issuer, out);
    crypto_seeded_leave();
    return e;
}

/* --- the two ciphers of old --- */

void crypto_scrypt(struct span password, struct span salt, uint64_t n, unsigned char *out, size_t len)
{
    if (EVP_PBE_scrypt(password.len ? password.at : "", password.len, (const unsigned char *)salt.at,
                       salt.len, n, SCRYPT_R, SCRYPT_P, SCRYPT_MEMORY, out, len) != 1)
        panic("OpenSSL made no scrypt key");
}

/* The text through the cipher; the length or -1. */
static int run_cbc(const unsigned char key[32], const unsigned char iv[16], struct span in,
                   unsigned char *out, int encrypt)
{
    EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
    int n = 0, last = 0;
    bool fine = EVP_CipherInit_ex(c, EVP_aes_256_cbc(), NULL, key, iv, encrypt) == 1 &&
                EVP_CipherUpdate(c, out, &n, (const unsigned char *)in.at, (int)in.len) == 1 &&
                EVP_CipherFinal_ex(c, out + n, &last) == 1;
    EVP_CIPHER_CTX_free(c);
    ERR_clear_error();
    return fine ? n + last : -1;
}

struct span crypto_cbc_encrypt(struct arena *a, const unsigned char key[32], const unsigned char iv[16],
                               struct span plain)
{
    unsigned char *out = arena_raw(a, plain.len + 16);
    int n = plain.len < INT_MAX - 16 ? run_cbc(key, iv, plain, out, 1) : -1;
    if (n < 0)
        panic("OpenSSL did not encrypt");
    return (struct span){(const char *)out, (size_t)n};
}

bool crypto_cbc_decrypt(struct arena *a, const unsigned char key[32], const unsigned char iv[16],
                        struct span cipher, struct span *out)
{
    if (cipher.len >= INT_MAX - 16)
        return false;
    unsigned char *to = arena_raw(a, cipher.len + 16);
    int n = run_cbc(key, iv, cipher, to, 0);
    *out = (struct span){(const char *)to, n > 0 ? (size_t)n : 0};
    return n >= 0;
}
