/* crypto/issue.h - making private keys and certificates, as Helm's genCA and its kin do (specs/helm.md §3.7).
 * Any thread.
 *
 * Keys come from OpenSSL's generator or, where a `seed` is given, out of that stream: the same at each call.
 * An RSA key of 2,048 bits takes 50-300 ms, one of 4,096 bits or a DSA key seconds: call it on a worker
 * thread. PEM texts live in the arena. */
#ifndef CAPSTAN_CRYPTO_ISSUE_H
#define CAPSTAN_CRYPTO_ISSUE_H

#include "base/arena.h"
#include "crypto/seeded.h"

enum crypto_key_kind {
    CRYPTO_KEY_RSA2048,
    CRYPTO_KEY_RSA4096,
    CRYPTO_KEY_DSA,
    CRYPTO_KEY_ECDSA,
    CRYPTO_KEY_ED25519
};

/* A private key in the form that Go's x509 package gives it: PKCS #1, SEC 1 or, for Ed25519, PKCS #8. `seed`
 * NULL = OpenSSL's generator. */
struct span crypto_private_key(struct arena *a, enum crypto_key_kind kind,
                               struct crypto_seeded *seed) MUST_USE;
/* The same key in that form; ERR_INVALID when the text is no private key in PEM. */
struct err *crypto_private_key_read(struct arena *a, struct span pem, struct span *out) MUST_USE;

struct crypto_cert_wish {
    struct span common_name;
    const struct span *ips, *names; /* for subjectAltName */
    size_t ips_len, names_len;
    int64_t not_before_ms, not_after_ms;
    bool authority;
    unsigned char serial[16];
    struct crypto_seeded *seed; /* of a signature that draws a number; NULL = OpenSSL's generator */
};
/* PEM texts of who signs. */
struct crypto_issuer {
    struct span cert, key;
};
/* A certificate for the private key, signed by `issuer` or, NULL, by the key itself. SHA-256; key usage and
 * extended key usage for both ends of TLS. ERR_INVALID "error parsing ip: ..." and the like. */
struct err *crypto_cert_issue(struct arena *a, const struct crypto_cert_wish *wish, struct span key_pem,
                              const struct crypto_issuer *issuer, struct span *out) MUST_USE;
/* Is the text a certificate in PEM? */
bool crypto_cert_readable(struct span pem);

/* scrypt (RFC 7914): `len` bytes of key. */
void crypto_scrypt(struct span password, struct span salt, uint64_t n, unsigned char *out, size_t len);

/* AES-256-CBC with PKCS #7 padding; for Helm's encryptAES only, which neither authenticates nor derives its
 * key. */
struct span crypto_cbc_encrypt(struct arena *a, const unsigned char key[32], const unsigned char iv[16],
                               struct span plain) MUST_USE;
/* False for a wrong length or padding. */
bool crypto_cbc_decrypt(struct arena *a, const unsigned char key[32], const unsigned char iv[16],
                        struct span cipher, struct span *out);

#endif
