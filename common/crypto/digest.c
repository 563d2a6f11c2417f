/* crypto/digest - OpenSSL's digests; a failure there is a broken installation, hence a panic and no error.
 *
 * A digest at one go takes the functions of the algorithm itself. They are marked as deprecated in favour of
 * EVP, whose first use in a process loads providers, names and messages for 5 million instructions: more than
 * a whole render of a chart, most of which take one checksum. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "crypto/digest.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/md5.h>
#include <openssl/sha.h>
#include <stdlib.h>

struct crypto_stream {
    EVP_MD_CTX *ctx;
};

static const EVP_MD *md_of(enum crypto_hash hash)
{
    switch (hash) {
    case CRYPTO_SHA1:
        return EVP_sha1();
    case CRYPTO_MD5:
        return EVP_md5();
    case CRYPTO_SHA512:
        return EVP_sha512();
    case CRYPTO_SHA3_512:
        return EVP_sha3_512();
    default:
        return EVP_sha256();
    }
}

static void must(int ok, const char *what)
{
    if (!ok)
        panic("OpenSSL: %s failed", what);
}

static void write_hex(struct crypto_digest *d, unsigned len)
{
    d->len = len;
    for (size_t i = 0; i < len; i++) {
        d->hex[2 * i] = "0123456789abcdef"[d->bytes[i] >> 4];
        d->hex[2 * i + 1] = "0123456789abcdef"[d->bytes[i] & 15];
    }
    d->hex[2 * len] = 0;
}

void crypto_digest(enum crypto_hash hash, struct span bytes, struct crypto_digest *out)
{
    union {
        SHA_CTX sha1;
        MD5_CTX md5;
        SHA256_CTX sha256;
        SHA512_CTX sha512;
    } c;
    const void *at = bytes.at ? bytes.at : "";
    unsigned len = 0;
    switch (hash) {
    case CRYPTO_SHA1:
        must(SHA1_Init(&c.sha1) && SHA1_Update(&c.sha1, at, bytes.len) && SHA1_Final(out->bytes, &c.sha1),
             "SHA-1");
        write_hex(out, SHA_DIGEST_LENGTH);
        break;
    case CRYPTO_MD5:
        must(MD5_Init(&c.md5) && MD5_Update(&c.md5, at, bytes.len) && MD5_Final(out->bytes, &c.md5), "MD5");
        write_hex(out, MD5_DIGEST_LENGTH);
        break;
    case CRYPTO_SHA512:
        must(SHA512_Init(&c.sha512) && SHA512_Update(&c.sha512, at, bytes.len) &&
                 SHA512_Final(out->bytes, &c.sha512),
             "SHA-512");
        write_hex(out, SHA512_DIGEST_LENGTH);
        break;
    case CRYPTO_SHA256:
        must(SHA256_Init(&c.sha256) && SHA256_Update(&c.sha256, at, bytes.len) &&
                 SHA256_Final(out->bytes, &c.sha256),
             "SHA-256");
        write_hex(out, SHA256_DIGEST_LENGTH);
        break;
    case CRYPTO_SHA3_512: /* has no functions of its own */
        must(EVP_Digest(at, bytes.len, out->bytes, &len, md_of(hash), NULL), "digest");
        write_hex(out, len);
    }
}

void crypto_hmac(enum crypto_hash hash, struct span key, struct span bytes, struct crypto_digest *out)
{
    unsigned len = 0;
    must(HMAC(md_of(hash), key.at ? key.at : "", (int)key.len,
              (const unsigned char *)(bytes.at ? bytes.at : ""), bytes.len, out->bytes, &len) != NULL,
         "HMAC");
    write_hex(out, len);
}

bool crypto_equal(struct span a, struct span b)
{
    return a.len == b.len && (a.len == 0 || CRYPTO_memcmp(a.at, b.at, a.len) == 0);
}

struct crypto_stream *crypto_stream_new(enum crypto_hash hash)
{
    struct crypto_stream *s = mem_alloc(sizeof(*s));
    s->ctx = EVP_MD_CTX_new();
    must(s->ctx && EVP_DigestInit_ex(s->ctx, md_of(hash), NULL), "digest");
    return s;
}

void crypto_stream_add(struct crypto_stream *s, struct span bytes)
{
    if (bytes.len)
        must(EVP_DigestUpdate(s->ctx, bytes.at, bytes.len), "digest");
}

void crypto_stream_add_text(struct crypto_stream *s, const char *text)
{
    struct span t = span_of(text);
    uint64_t len = text ? t.len : UINT64_MAX;
    unsigned char head[8];
    for (int i = 0; i < 8; i++)
        head[i] = (unsigned char)(len >> (8 * i));
    crypto_stream_add(s, (struct span){(const char *)head, sizeof(head)});
    crypto_stream_add(s, t);
}

void crypto_stream_sum(const struct crypto_stream *s, struct crypto_digest *out)
{
    unsigned len = 0;
    EVP_MD_CTX *copy = EVP_MD_CTX_new();
    must(copy && EVP_MD_CTX_copy_ex(copy, s->ctx) && EVP_DigestFinal_ex(copy, out->bytes, &len), "digest");
    EVP_MD_CTX_free(copy);
    write_hex(out, len);
}

void crypto_stream_freep(struct crypto_stream **s)
{
    if (!*s)
        return;
    EVP_MD_CTX_free((*s)->ctx);
    free(*s);
    *s = NULL;
}
