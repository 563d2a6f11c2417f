/* crypto/x509 - reads PEM by OpenSSL and copies what is of interest into the arena. */
#include "crypto/x509.h"

#include "base/vec.h"
#include "crypto/digest.h"

#include <arpa/inet.h>
#include <limits.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <time.h>

static void free_bio(BIO **b)
{
    BIO_free(*b);
}

static void free_cert(X509 **x)
{
    X509_free(*x);
}

static const char *name_text(struct arena *a, const X509_NAME *name)
{
    CLEANUP(free_bio) BIO *b = BIO_new(BIO_s_mem());
    char *text = NULL;
    X509_NAME_print_ex(b, name, 0, XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB);
    long n = BIO_get_mem_data(b, &text);
    return arena_strndup(a, text, n > 0 ? (size_t)n : 0);
}

static int64_t time_of(const ASN1_TIME *t)
{
    struct tm tm;
    if (!ASN1_TIME_to_tm(t, &tm))
        return 0;
    return (int64_t)timegm(&tm) * 1000;
}

static const char *key_kind(X509 *x)
{
    EVP_PKEY *k = X509_get0_pubkey(x);
    switch (k ? EVP_PKEY_base_id(k) : 0) {
    case EVP_PKEY_RSA:
        return "rsa";
    case EVP_PKEY_EC:
        return "ecdsa";
    case EVP_PKEY_ED25519:
        return "ed25519";
    default:
        return "other";
    }
}

static const char *general_name(struct arena *a, const GENERAL_NAME *g)
{
    int type;
    const ASN1_STRING *value = GENERAL_NAME_get0_value(g, &type);
    if (type != GEN_DNS && type != GEN_IPADD)
        return NULL;
    const unsigned char *at = ASN1_STRING_get0_data(value);
    size_t len = (size_t)ASN1_STRING_length(value);
    char text[INET6_ADDRSTRLEN];
    if (type == GEN_DNS)
        return memchr(at, 0, len) ? NULL : arena_strndup(a, (const char *)at, len);
    if (len != 4 && len != 16)
        return NULL;
    return arena_strdup(a, inet_ntop(len == 4 ? AF_INET : AF_INET6, at, text, sizeof(text)));
}

static void read_names(struct arena *a, X509 *x, struct crypto_cert *c)
{
    GENERAL_NAMES *all = X509_get_ext_d2i(x, NID_subject_alt_name, NULL, NULL);
    int n = all ? sk_GENERAL_NAME_num(all) : 0;
    c->names = NEW_N(a, const char *, n + 1);
    for (int i = 0; i < n; i++) {
        const char *name = general_name(a, sk_GENERAL_NAME_value(all, i));
        if (name)
            c->names[c->names_len++] = name;
    }
    GENERAL_NAMES_free(all);
}

static void read_cert(struct arena *a, X509 *x, struct crypto_cert *c)
{
    *c = (struct crypto_cert){
        .subject = name_text(a, X509_get_subject_name(x)),
        .issuer = name_text(a, X509_get_issuer_name(x)),
        .kind = key_kind(x),
        .not_before_ms = time_of(X509_get0_notBefore(x)),
        .not_after_ms = time_of(X509_get0_notAfter(x)),
        .authority = X509_check_ca(x) == 1,
    };
    read_names(a, x, c);
    unsigned char *der = NULL;
    int len = i2d_X509(x, &der);
    struct crypto_digest d;
    crypto_digest(CRYPTO_SHA256, (struct span){(const char *)der, len > 0 ? (size_t)len : 0}, &d);
    OPENSSL_free(der);
    c->sha256 = arena_strdup(a, d.hex);
}

struct err *crypto_certs_parse(struct arena *a, struct span pem, struct crypto_cert **out, size_t *out_len)
{
    if (pem.len > INT_MAX)
        return err_new(ERR_EXHAUSTED, "certificates of %zu bytes are more than can be read", pem.len);
    CLEANUP(free_bio) BIO *b = BIO_new_mem_buf(pem.at ? pem.at : "", (int)pem.len);
    VEC(struct crypto_cert) found = {0};
    struct err *e = NULL;
    while (!e) {
        CLEANUP(free_cert) X509 *x = PEM_read_bio_X509(b, NULL, NULL, (void *)"");
        if (!x) {
            if (ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE)
                e = err_new(ERR_INVALID, "certificate %zu is no valid PEM block", found.len + 1);
            break;
        }
        struct crypto_cert c;
        read_cert(a, x, &c);
        vec_push(&found, c);
        if (found.len > CRYPTO_CERTS_MAX)
            e = err_new(ERR_EXHAUSTED, "more than %d certificates", CRYPTO_CERTS_MAX);
    }
    ERR_clear_error();
    if (!e && !found.len)
        e = err_new(ERR_INVALID, "no certificate found: want PEM, '-----BEGIN CERTIFICATE-----'");
    *out = found.len ? arena_dup(a, found.at, found.len * sizeof(*found.at)) : NULL;
    *out_len = found.len;
    vec_release(&found);
    return e;
}

bool crypto_cert_covers(const struct crypto_cert *c, const char *host)
{
    for (size_t i = 0; i < c->names_len; i++) {
        const char *name = c->names[i], *dot = strchr(host, '.');
        if (strcasecmp(name, host) == 0)
            return true;
        if (starts_with(name, "*.") && dot && dot != host && strcasecmp(name + 1, dot) == 0)
            return true;
    }
    return false;
}
