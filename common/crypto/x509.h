/* crypto/x509.h - what a certificate says: for listing repository certificates, warning before expiry,
 * checking names. */
#ifndef CAPSTAN_CRYPTO_X509_H
#define CAPSTAN_CRYPTO_X509_H

#include "base/arena.h"

struct crypto_cert {
    const char *subject, *issuer; /* RFC 2253: "CN=api,O=example" */
    const char **names;           /* DNS names and IP addresses of subjectAltName */
    size_t names_len;
    const char *kind;                    /* "rsa", "ecdsa", "ed25519", or "other" */
    const char *sha256;                  /* of the DER bytes, hex */
    int64_t not_before_ms, not_after_ms; /* wall */
    bool authority;                      /* CA:TRUE */
};

enum { CRYPTO_CERTS_MAX = 1000 };

/* All CERTIFICATE blocks of a PEM text, in order; other blocks are skipped. Texts live in `a`. ERR_INVALID
 * says which block is broken, or that there is none. */
struct err *crypto_certs_parse(struct arena *a, struct span pem, struct crypto_cert **out,
                               size_t *out_len) MUST_USE;
/* Does the certificate stand for the host? Wildcards in the leftmost label only, case ignored, addresses
 * literally. */
bool crypto_cert_covers(const struct crypto_cert *c, const char *host);

#endif
