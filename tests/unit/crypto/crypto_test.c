/* base64, hex, digests, sealing, bcrypt, certificates: against the published vectors. */
#include "crypto/aead.h"
#include "crypto/digest.h"
#include "crypto/password.h"
#include "crypto/text.h"
#include "crypto/x509.h"
#include "lib/test.h"

TEST(base64_of_rfc_4648)
{
    static const char *const rows[][2] = {{"", ""},
                                          {"f", "Zg=="},
                                          {"fo", "Zm8="},
                                          {"foo", "Zm9v"},
                                          {"foob", "Zm9vYg=="},
                                          {"fooba", "Zm9vYmE="},
                                          {"foobar", "Zm9vYmFy"}};
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct span back;
        CHECK_STR(crypto_base64_encode(a, CRYPTO_BASE64_STD, span_of(rows[i][0])).at, rows[i][1]);
        CHECK(crypto_base64_decode(a, CRYPTO_BASE64_STD, span_of(rows[i][1]), &back) &&
              span_is(back, rows[i][0]));
    }
    CHECK_STR(crypto_base64_encode(a, CRYPTO_BASE64_URL, span_of("\xfb\xff\xfe?")).at, "-__-Pw");
}

TEST(base64_is_strict_or_lenient_as_asked)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    struct span out;
    static const char *const bad[] = {
        "Zg", "Zg=", "Zg===", "Z", "Zh==", "Zm9=", "Zg==Zg==", "Zm 9v", "Zm9v\n", "-_8=", "====", "="};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        CHECKF(!crypto_base64_decode(a, CRYPTO_BASE64_STD, span_of(bad[i]), &out), "'%s' was taken", bad[i]);
    CHECK(!crypto_base64_decode(a, CRYPTO_BASE64_URL, span_of("Zg=="), &out));
    CHECK(!crypto_base64_decode(a, CRYPTO_BASE64_URL, span_of("+/8"), &out));
    CHECK(crypto_base64_decode_any(a, span_of(" Zm9\r\nvYg\n"), &out) && span_is(out, "foob"));
    CHECK(crypto_base64_decode_any(a, span_of("-_8="), &out) && out.len == 2);
    CHECK(!crypto_base64_decode_any(a, span_of("Z*"), &out));
    CHECK(!crypto_base64_decode_any(a, span_of("Zg==Zg"), &out));
    CHECK(!crypto_base64_decode_any(a, (struct span){"Zg\0Zg", 5}, &out));
    CHECK_STR(crypto_hex_encode(a, span_of("\x01\xfe")), "01fe");
    CHECK(crypto_hex_decode(a, span_of("01FE"), &out) && span_is(out, "\x01\xfe"));
    CHECK(!crypto_hex_decode(a, span_of("0"), &out) && !crypto_hex_decode(a, span_of("0g"), &out));
}

TEST(digests_and_hmac)
{
    struct crypto_digest d;
    crypto_digest(CRYPTO_SHA256, span_of("abc"), &d);
    CHECK_STR(d.hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    crypto_digest(CRYPTO_SHA1, span_of("abc"), &d);
    CHECK_STR(d.hex, "a9993e364706816aba3e25717850c26c9cd0d89d");
    crypto_digest(CRYPTO_MD5, (struct span){NULL, 0}, &d);
    CHECK_STR(d.hex, "d41d8cd98f00b204e9800998ecf8427e");
    crypto_hmac(CRYPTO_SHA256, span_of("Jefe"), span_of("what do ya want for nothing?"),
                &d); /* RFC 4231, case 2 */
    CHECK_STR(d.hex, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    CLEANUP(crypto_stream_freep) struct crypto_stream *s = crypto_stream_new(CRYPTO_SHA256);
    crypto_stream_add(s, span_of("a"));
    crypto_stream_sum(s, &d);
    crypto_stream_add(s, span_of("bc"));
    crypto_stream_sum(s, &d);
    CHECK_STR(d.hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    CHECK(crypto_equal(span_of("x"), span_of("x")) && !crypto_equal(span_of("x"), span_of("y")));
}

TEST(text_pieces_do_not_run_together)
{
    struct crypto_digest one, two, three;
    CLEANUP(crypto_stream_freep) struct crypto_stream *a = crypto_stream_new(CRYPTO_SHA256);
    CLEANUP(crypto_stream_freep) struct crypto_stream *b = crypto_stream_new(CRYPTO_SHA256);
    CLEANUP(crypto_stream_freep) struct crypto_stream *c = crypto_stream_new(CRYPTO_SHA256);
    crypto_stream_add_text(a, "a"), crypto_stream_add_text(a, "bc");
    crypto_stream_add_text(b, "ab"), crypto_stream_add_text(b, "c");
    crypto_stream_add_text(c, NULL), crypto_stream_add_text(c, "abc");
    crypto_stream_sum(a, &one), crypto_stream_sum(b, &two), crypto_stream_sum(c, &three);
    CHECK(!streq(one.hex, two.hex) && !streq(one.hex, three.hex));
}

TEST(sealed_opens_only_where_it_belongs)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    CLEANUP(secret_unrefp) struct secret *s = secret_new("installation", 12);
    CLEANUP(crypto_key_freep)
    struct crypto_key *k = crypto_key_derive(s, "cache"),
                      *same = crypto_key_derive(s, "cache");
    CLEANUP(crypto_key_freep)
    struct crypto_key *other = crypto_key_derive(s, "sessions"),
                      *any = crypto_key_random();
    struct span sealed = crypto_seal(a, k, span_of("manifest"), span_of("key/1")), out;
    CHECK_INT(sealed.len, 8 + CRYPTO_SEAL_EXTRA);
    CHECK_OK(crypto_open(a, same, sealed, span_of("key/1"), &out));
    CHECK(span_is(out, "manifest"));
    CHECK_ERR(crypto_open(a, k, sealed, span_of("key/2"), &out), ERR_DATA_LOSS, "another place");
    CHECK_ERR(crypto_open(a, other, sealed, span_of("key/1"), &out), ERR_DATA_LOSS, "another key");
    CHECK_ERR(crypto_open(a, any, sealed, span_of("key/1"), &out), ERR_DATA_LOSS, "another key");
    for (size_t i = 0; i < sealed.len; i++) {
        char *forged = arena_dup(a, sealed.at, sealed.len);
        forged[i] ^= 1;
        CHECK_ERR(crypto_open(a, k, (struct span){forged, sealed.len}, span_of("key/1"), &out), ERR_DATA_LOSS,
                  "");
        CHECK_ERR(crypto_open(a, k, (struct span){sealed.at, i}, span_of("key/1"), &out), ERR_DATA_LOSS, "");
    }
    struct span empty = crypto_seal(a, k, (struct span){NULL, 0}, (struct span){NULL, 0});
    CHECK_OK(crypto_open(a, k, empty, (struct span){NULL, 0}, &out));
    CHECK_INT(out.len, 0);
    CHECK(!span_eq(empty, crypto_seal(a, k, (struct span){NULL, 0}, (struct span){NULL, 0})));
}

TEST(bcrypt_matches_what_others_made)
{
    CLEANUP(secret_unrefp) struct secret *u = secret_new("U*U", 3), *no = secret_new("U*V", 3);
    const char *hash =
        "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"; /* crypt_blowfish's vector */
    CHECK(crypto_password_matches(u, hash));
    CHECK(!crypto_password_matches(no, hash));
    CHECK(!crypto_password_matches(u, "$1$abc$xyz") && !crypto_password_matches(u, "") &&
          !crypto_password_matches(u, "*0"));
    CHECK(!crypto_password_matches(u, "$2a$31$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"));
    CLEANUP(mem_freep) char *made = NULL;
    CHECK_OK(crypto_password_hash(u, 4, &made));
    CHECK(starts_with(made, "$2a$04$") && crypto_password_matches(u, made) &&
          !crypto_password_matches(no, made));
    char long_one[74];
    memset(long_one, 'x', sizeof(long_one));
    CLEANUP(secret_unrefp) struct secret *big = secret_new(long_one, 73);
    char *none = NULL;
    CHECK_ERR(crypto_password_hash(big, 4, &none), ERR_INVALID, "1 to 72 bytes");
    CHECK_ERR(crypto_password_hash(u, 99, &none), ERR_INVALID, "cost 99");
}

/* Made by: openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -subj /O=example/CN=api -addext
 * subjectAltName=... */
static const char pem[] = "-----BEGIN CERTIFICATE-----\n"
                          "MIIByTCCAXCgAwIBAgIUFkhBUfeUZ6mnanZhT8Qr8B/GUL4wCgYIKoZIzj0EAwIw\n"
                          "IDEQMA4GA1UECgwHZXhhbXBsZTEMMAoGA1UEAwwDYXBpMCAXDTI2MTEyNTE0MDky\n"
                          "MloYDzIxMjYxMTAxMTQwOTIyWjAgMRAwDgYDVQQKDAdleGFtcGxlMQwwCgYDVQQD\n"
                          "DANhcGkwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAATSWw7LpvbPGyfn3vkA/TgK\n"
                          "WaxkFSvPPrHc5dlvqTh1EzkE09H+YEY/CJP9/BJXM5Wt9BHgOpSRR/Gs9vQR5ZNl\n"
                          "o4GFMIGCMB0GA1UdDgQWBBTXPFnOFaV3vTIXAqsH7bYTxIySUzAfBgNVHSMEGDAW\n"
                          "gBTXPFnOFaV3vTIXAqsH7bYTxIySUzAPBgNVHRMBAf8EBTADAQH/MC8GA1UdEQQo\n"
                          "MCaCD2FwaS5leGFtcGxlLmNvbYINKi5leGFtcGxlLm9yZ4cEfwAAATAKBggqhkjO\n"
                          "PQQDAgNHADBEAiBTNc7tCJ901CwEdQbGTXshXcGgP6jLK/h2sjk+c/djzwIgF0kw\n"
                          "y7aLnB9xJa+ziYrdJfQBQRmrGki32tFRbMeTo1I=\n"
                          "-----END CERTIFICATE-----\n";

TEST(certificates_tell_their_names_and_end)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    struct crypto_cert *c = NULL;
    size_t n = 0;
    CHECK_OK(crypto_certs_parse(a, span_of(pem), &c, &n));
    CHECK_INT(n, 1);
    CHECK_STR(c->subject, "CN=api,O=example");
    CHECK_STR(c->issuer, "CN=api,O=example");
    CHECK_STR(c->kind, "ecdsa");
    CHECK_INT(c->names_len, 3);
    CHECK_STR(c->names[1], "*.example.org");
    CHECK_STR(c->names[2], "127.0.0.1");
    CHECK(c->not_after_ms > c->not_before_ms && strlen(c->sha256) == 64 && c->authority);
    CHECK(crypto_cert_covers(c, "API.example.com") && crypto_cert_covers(c, "x.example.org"));
    CHECK(crypto_cert_covers(c, "127.0.0.1"));
    CHECK(!crypto_cert_covers(c, "x.y.example.org") && !crypto_cert_covers(c, ".example.org") &&
          !crypto_cert_covers(c, "api"));
    CHECK_OK(crypto_certs_parse(a, span_of(arena_printf(a, "%s\n# next\n%s", pem, pem)), &c, &n));
    CHECK_INT(n, 2);
    CHECK_ERR(crypto_certs_parse(a, span_of("nothing"), &c, &n), ERR_INVALID, "no certificate found");
    char *broken = arena_strdup(a, pem);
    memset(broken + 60, '!', 10);
    CHECK_ERR(crypto_certs_parse(a, span_of(broken), &c, &n), ERR_INVALID, "certificate 1 is no valid");
}
TEST_MAIN
