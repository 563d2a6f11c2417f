/* Keys and certificates that are made: their forms, what they say, who signed. */
#include "crypto/issue.h"

#include "crypto/digest.h"
#include "crypto/text.h"
#include "crypto/x509.h"
#include "lib/test.h"

TEST(private_keys_have_their_go_form)
{
    static const struct {
        enum crypto_key_kind kind;
        const char *head;
    } rows[] = {
        {CRYPTO_KEY_RSA2048, "-----BEGIN RSA PRIVATE KEY-----\n"},
        {CRYPTO_KEY_ECDSA, "-----BEGIN EC PRIVATE KEY-----\n"},
        {CRYPTO_KEY_ED25519, "-----BEGIN PRIVATE KEY-----\n"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        CLEANUP(arena_freep) struct arena *a = arena_new("test");
        struct span key = crypto_private_key(a, rows[i].kind, NULL), again;
        CHECK(starts_with(key.at, rows[i].head));
        CHECK_OK(crypto_private_key_read(a, key, &again));
        CHECK(span_eq(key, again));
    }
}

/* Passwords, keys, signatures: all that a stream gives is the same again, and another label gives another. */
TEST(a_seed_gives_the_same_again)
{
    static const enum crypto_key_kind kinds[] = {CRYPTO_KEY_RSA2048, CRYPTO_KEY_ECDSA, CRYPTO_KEY_ED25519};
    static const char *const labels[] = {"a", "a", "b"};
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        CLEANUP(arena_freep) struct arena *a = arena_new("test");
        struct span keys[3], certs[3], names[] = {{"x", 1}};
        for (size_t j = 0; j < ARRAY_LEN(labels); j++) {
            struct crypto_seeded seed;
            crypto_seeded_init(&seed, span_of("secret"), span_of(labels[j]));
            keys[j] = crypto_private_key(a, kinds[i], &seed);
            struct crypto_cert_wish wish = {.common_name = span_of("n"),
                                            .names = names,
                                            .names_len = 1,
                                            .not_before_ms = 1700000000000,
                                            .not_after_ms = 1800000000000,
                                            .seed = &seed};
            CHECK_OK(crypto_cert_issue(a, &wish, keys[j], NULL, &certs[j]));
            crypto_seeded_wipe(&seed);
        }
        CHECK(span_eq(keys[0], keys[1]) && span_eq(certs[0], certs[1]));
        CHECK(!span_eq(keys[0], keys[2]) && !span_eq(certs[0], certs[2]));
    }
}

TEST(what_is_no_key_is_refused)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    struct span out;
    CHECK_ERR(crypto_private_key_read(a, span_of("x"), &out), ERR_INVALID,
              "parsing private key: no PEM data in input");
    CHECK_ERR(crypto_private_key_read(
                  a, span_of("-----BEGIN RSA PRIVATE KEY-----\nAAAA\n-----END RSA PRIVATE KEY-----\n"), &out),
              ERR_INVALID, "parsing private key");
}

TEST(a_certificate_says_what_was_wished)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    struct span key = crypto_private_key(a, CRYPTO_KEY_ECDSA, NULL),
                root_key = crypto_private_key(a, CRYPTO_KEY_ED25519, NULL);
    struct span root, leaf, ips[] = {{"10.0.0.1", 8}, {"::1", 3}}, names[] = {{"a.example", 9}};
    struct crypto_cert_wish wish = {.common_name = span_of("root"),
                                    .not_before_ms = 1700000000000,
                                    .not_after_ms = 1800000000000,
                                    .authority = true,
                                    .serial = {1, 2}};
    CHECK_OK(crypto_cert_issue(a, &wish, root_key, NULL, &root));
    wish = (struct crypto_cert_wish){.common_name = span_of("leaf"),
                                     .ips = ips,
                                     .names = names,
                                     .ips_len = 2,
                                     .names_len = 1,
                                     .not_before_ms = 1700000000000,
                                     .not_after_ms = 1700086400000,
                                     .serial = {3}};
    CHECK_OK(crypto_cert_issue(a, &wish, key, &(struct crypto_issuer){root, root_key}, &leaf));
    struct crypto_cert *c;
    size_t n;
    CHECK_OK(crypto_certs_parse(a, root, &c, &n));
    CHECK_STR(c->subject, "CN=root");
    CHECK_STR(c->kind, "ed25519");
    CHECK(c->authority);
    CHECK_INT(c->not_after_ms, 1800000000000);
    CHECK_OK(crypto_certs_parse(a, leaf, &c, &n));
    CHECK_STR(c->subject, "CN=leaf");
    CHECK_STR(c->issuer, "CN=root");
    CHECK_INT(c->names_len, 3);
    CHECK(!c->authority && crypto_cert_covers(c, "a.example") && crypto_cert_covers(c, "10.0.0.1"));
    CHECK(crypto_cert_readable(leaf) && !crypto_cert_readable(key));
    wish.ips = (struct span[]){{"300.1.1.1", 9}};
    wish.ips_len = 1;
    CHECK_ERR(crypto_cert_issue(a, &wish, key, NULL, &leaf), ERR_INVALID, "error parsing ip: 300.1.1.1");
}

/* RFC 7914 has r = 8, p = 16; ours is p = 2, so the vector was made with another implementation. */
TEST(ciphers_of_old)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    unsigned char key[32] = "0123456789abcdef0123456789abcdef", iv[16] = "fedcba9876543210", derived[16];
    struct span cipher = crypto_cbc_encrypt(a, key, iv, span_of("sixteen bytes...")), plain;
    CHECK_INT(cipher.len, 32);
    CHECK(crypto_cbc_decrypt(a, key, iv, cipher, &plain) && span_is(plain, "sixteen bytes..."));
    CHECK(!crypto_cbc_decrypt(a, key, iv, (struct span){cipher.at, 17}, &plain));
    crypto_scrypt(span_of("password"), span_of("NaCl"), 1024, derived, sizeof(derived));
    CHECK_STR(crypto_hex_encode(a, (struct span){(const char *)derived, sizeof(derived)}),
              "6d1a16d34e5543ffa9f6322de7fc17a0");
}

TEST_MAIN
