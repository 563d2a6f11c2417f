/* net/tls - SSL_CTX is itself counted, and an SSL holds its own: struct net_tls is nothing but one.
 *
 * OpenSSL's error queue is per thread and must be empty before an I/O call whose failure SSL_get_error will
 * explain, so every failure path here reads it to its end. */
#include "net/tls.h"

#include "base/str.h"
#include "net/tls_private.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <sys/random.h>
#include <unistd.h>

enum { PEM_LIMIT = 1 << 20 };

const char *net_tls_error(void)
{
    unsigned long code = ERR_peek_last_error();
    const char *text = code ? ERR_reason_error_string(code) : NULL;
    ERR_clear_error();
    return text ? text : "no reason given";
}

static void bio_freep(BIO **b)
{
    BIO_free_all(*b);
}

static void x509_freep(X509 **x)
{
    X509_free(*x);
}

static void pkey_freep(EVP_PKEY **k)
{
    EVP_PKEY_free(*k);
}

/* A server must not ask a terminal for a passphrase. */
static int no_passphrase(char *buf, int size, int writing, void *arg)
{
    (void)buf, (void)size, (void)writing, (void)arg;
    return -1;
}

static struct err *use_chain(SSL_CTX *ctx, struct span pem)
{
    CLEANUP(bio_freep) BIO *in = BIO_new_mem_buf(pem.at, (int)MIN(pem.len, (size_t)PEM_LIMIT));
    CLEANUP(x509_freep) X509 *leaf = PEM_read_bio_X509(in, NULL, no_passphrase, NULL);
    if (!leaf || SSL_CTX_use_certificate(ctx, leaf) != 1)
        return err_new(ERR_INVALID, "the TLS certificate is not PEM: %s", net_tls_error());
    X509 *next;
    while ((next = PEM_read_bio_X509(in, NULL, no_passphrase, NULL)) != NULL)
        SSL_CTX_add0_chain_cert(ctx, next);
    ERR_clear_error(); /* the end of the text is reported as an error */
    return NULL;
}

static struct err *use_key(SSL_CTX *ctx, const struct secret *pem)
{
    struct span text = secret_span(pem);
    CLEANUP(bio_freep)
    BIO *in = BIO_new_mem_buf(text.at ? text.at : "", (int)MIN(text.len, (size_t)PEM_LIMIT));
    CLEANUP(pkey_freep) EVP_PKEY *key = PEM_read_bio_PrivateKey(in, NULL, no_passphrase, NULL);
    if (!key)
        return err_new(ERR_INVALID, "the TLS key is not an unencrypted PEM key: %s", net_tls_error());
    if (SSL_CTX_use_PrivateKey(ctx, key) != 1 || SSL_CTX_check_private_key(ctx) != 1)
        return err_new(ERR_INVALID, "the TLS key does not belong to the certificate: %s", net_tls_error());
    return NULL;
}

static int select_alpn(SSL *ssl, const unsigned char **out, unsigned char *outlen, const unsigned char *in,
                       unsigned inlen, void *arg)
{
    (void)ssl, (void)arg;
    static const unsigned char ours[] = "\x08http/1.1";
    unsigned char *chosen = NULL;
    if (SSL_select_next_proto(&chosen, outlen, ours, sizeof(ours) - 1, in, inlen) != OPENSSL_NPN_NEGOTIATED)
        return SSL_TLSEXT_ERR_ALERT_FATAL;
    *out = chosen;
    return SSL_TLSEXT_ERR_OK;
}

struct err *net_tls_server(struct span cert_pem, const struct secret *key_pem, struct net_tls **out)
{
    *out = NULL;
    SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
    if (!ctx)
        return err_new(ERR_INTERNAL, "cannot make a TLS context: %s", net_tls_error());
    SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION);
    SSL_CTX_set_mode(ctx, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                              SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_options(ctx, SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE);
    SSL_CTX_set_alpn_select_cb(ctx, select_alpn, NULL);
    struct err *e = use_chain(ctx, cert_pem);
    if (!e)
        e = use_key(ctx, key_pem);
    if (e) {
        SSL_CTX_free(ctx);
        return e;
    }
    *out = (struct net_tls *)ctx;
    return NULL;
}

/* The whole file, wiped by the caller through the secret. */
static struct err *read_pem(const char *path, struct secret **out)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return err_errno(errno, "%s", path);
    char *text = mem_alloc(PEM_LIMIT);
    size_t len = 0;
    ssize_t n;
    while (len < PEM_LIMIT && (n = read(fd, text + len, PEM_LIMIT - len)) > 0)
        len += (size_t)n;
    close(fd);
    *out = secret_new(text, len);
    secret_wipe(text, len);
    free(text);
    return NULL;
}

struct err *net_tls_server_files(const char *cert_path, const char *key_path, struct net_tls **out)
{
    *out = NULL;
    CLEANUP(secret_unrefp) struct secret *cert = NULL, *key = NULL;
    TRYF(read_pem(cert_path, &cert), "reading the TLS certificate");
    TRYF(read_pem(key_path, &key), "reading the TLS key");
    TRYF(net_tls_server(secret_span(cert), key, out), "%s, %s", cert_path, key_path);
    return NULL;
}

struct net_tls *net_tls_ref(struct net_tls *t)
{
    if (t)
        SSL_CTX_up_ref((SSL_CTX *)t);
    return t;
}

void net_tls_unref(struct net_tls *t)
{
    SSL_CTX_free((SSL_CTX *)t);
}

void net_tls_unrefp(struct net_tls **t)
{
    net_tls_unref(*t);
    *t = NULL;
}

SSL *net_tls_accept(struct net_tls *t, int fd)
{
    SSL *ssl = SSL_new((SSL_CTX *)t);
    if (!ssl || SSL_set_fd(ssl, fd) != 1)
        panic("SSL_new: %s", net_tls_error());
    SSL_set_accept_state(ssl);
    return ssl;
}

/* --- the self-signed certificate --- */

static bool is_address(const char *name)
{
    unsigned char buf[16];
    return inet_pton(AF_INET, name, buf) == 1 || inet_pton(AF_INET6, name, buf) == 1;
}

static bool add_extension(X509 *x, int nid, const char *value)
{
    X509V3_CTX ctx;
    X509V3_set_ctx_nodb(&ctx);
    X509V3_set_ctx(&ctx, x, x, NULL, NULL, 0);
    X509_EXTENSION *ext = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
    bool ok = ext && X509_add_ext(x, ext, -1) == 1;
    X509_EXTENSION_free(ext);
    return ok;
}

static bool set_names(X509 *x, const char *const *names, size_t n)
{
    CLEANUP(str_release) struct str alt = {0};
    for (size_t i = 0; i < n; i++)
        str_printf(&alt, "%s%s:%s", i ? "," : "", is_address(names[i]) ? "IP" : "DNS", names[i]);
    X509_NAME *subject = X509_get_subject_name(x);
    return X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8, (const unsigned char *)names[0], -1, -1,
                                      0) == 1 &&
           X509_set_issuer_name(x, subject) == 1 && add_extension(x, NID_subject_alt_name, str_text(&alt)) &&
           add_extension(x, NID_basic_constraints, "critical,CA:TRUE") &&
           add_extension(x, NID_key_usage, "critical,digitalSignature,keyCertSign") &&
           add_extension(x, NID_ext_key_usage, "serverAuth,clientAuth");
}

static bool set_validity(X509 *x, int64_t wall_ms, int days)
{
    time_t from = (time_t)(wall_ms / 1000 - 3600);
    uint64_t serial = 0;
    if (getrandom(&serial, sizeof(serial), 0) != sizeof(serial))
        return false;
    return X509_set_version(x, X509_VERSION_3) == 1 &&
           ASN1_INTEGER_set_uint64(X509_get_serialNumber(x), serial >> 1) == 1 &&
           ASN1_TIME_set(X509_getm_notBefore(x), from) != NULL &&
           ASN1_TIME_set(X509_getm_notAfter(x), from + 3600 + (time_t)days * 86400) != NULL;
}

static char *bio_text(BIO *b, size_t *len)
{
    char *at = NULL;
    long n = BIO_get_mem_data(b, &at);
    *len = n > 0 ? (size_t)n : 0;
    return at;
}

struct err *net_tls_self_signed(const char *const *names, size_t n, int64_t wall_ms, int days,
                                char **cert_pem, struct secret **key_pem)
{
    *cert_pem = NULL;
    *key_pem = NULL;
    CLEANUP(pkey_freep) EVP_PKEY *key = EVP_EC_gen("P-256");
    CLEANUP(x509_freep) X509 *x = X509_new();
    if (!key || !x || !set_validity(x, wall_ms, days) || X509_set_pubkey(x, key) != 1 ||
        !set_names(x, names, n) || X509_sign(x, key, EVP_sha256()) == 0)
        return err_new(ERR_INVALID, "cannot make a certificate for '%s': %s", names[0], net_tls_error());
    CLEANUP(bio_freep) BIO *cert_out = BIO_new(BIO_s_mem());
    CLEANUP(bio_freep) BIO *key_out = BIO_new(BIO_s_secmem());
    if (PEM_write_bio_X509(cert_out, x) != 1 ||
        PEM_write_bio_PrivateKey(key_out, key, NULL, NULL, 0, NULL, NULL) != 1)
        return err_new(ERR_INTERNAL, "cannot write a certificate: %s", net_tls_error());
    size_t len;
    const char *text = bio_text(key_out, &len);
    *key_pem = secret_new(text, len);
    text = bio_text(cert_out, &len);
    *cert_pem = mem_strndup(text, len);
    return NULL;
}
