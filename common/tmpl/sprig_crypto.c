/* tmpl/sprig_crypto - passwords, keys and certificates. The functions that fail within give the failure as
 * their text, where upstream does. Serial numbers and validity come from the run's randomness and clock; keys
 * from OpenSSL. */
#include "base/secret.h"
#include "crypto/aead.h"
#include "crypto/digest.h"
#include "crypto/issue.h"
#include "crypto/password.h"
#include "crypto/text.h"
#include "tmpl/sprig.h"

#include <stdlib.h>

static const int64_t DAY_MS = 86400000;

/* What slow operations count for, in steps of some 50 ns: an endless loop of them must end as any other. */
enum {
    BCRYPT_STEPS = 100000,
    SCRYPT_STEPS = 200000,
    CERT_STEPS = 200000,
    KEY_STEPS = 1000000,
    FAST_KEY_STEPS = 1000
};

static struct span text(struct tmpl_value v)
{
    return tmpl_span_of(v);
}

/* --- passwords --- */

static struct err *hash_password(struct tmpl_exec *x, struct span password, struct str *out)
{
    char *hash = NULL;
    if (password.len > CRYPTO_PASSWORD_MAX) {
        str_add(out, "failed to encrypt string with bcrypt: bcrypt: password length exceeds 72 bytes");
        return NULL;
    }
    TRY(tmpl_steps(x, BCRYPT_STEPS));
    struct secret *secret = secret_new(password.at, password.len);
    struct crypto_seeded *seed = tmpl_seeded(x);
    unsigned char salt[16];
    if (seed)
        crypto_seeded_fill(seed, salt, sizeof(salt));
    else
        crypto_random(salt, sizeof(salt));
    struct err *e = crypto_password_hash_salted(secret, CRYPTO_PASSWORD_COST, salt, &hash);
    secret_unref(secret);
    if (e)
        str_printf(out, "failed to encrypt string with bcrypt: %s", e->msg);
    else
        str_add(out, hash);
    err_free(e);
    free(hash);
    return NULL;
}

TMPL_FN(bcrypt)
{
    struct str s = {0};
    TRY(hash_password(x, text(args[0]), &s));
    return tmpl_give(x, &s, out);
}

TMPL_FN(htpasswd)
{
    struct str s = {0};
    struct span user = text(args[0]);
    if (user.len && memchr(user.at, ':', user.len)) {
        str_printf(&s, "invalid username: %.*s", (int)user.len, user.at);
        return tmpl_give(x, &s, out);
    }
    str_add_span(&s, user);
    str_char(&s, ':');
    struct err *e = hash_password(x, text(args[1]), &s);
    if (!e)
        return tmpl_give(x, &s, out);
    str_release(&s);
    return e;
}

/* --- derivePassword: the Master Password algorithm, version 3 --- */

static const struct {
    const char *kind;
    const char *templates[22];
} password_kinds[] = {
    {"maximum", {"anoxxxxxxxxxxxxxxxxx", "axxxxxxxxxxxxxxxxxno"}},
    {"long", {"CvcvnoCvcvCvcv", "CvcvCvcvnoCvcv", "CvcvCvcvCvcvno", "CvccnoCvcvCvcv", "CvccCvcvnoCvcv",
              "CvccCvcvCvcvno", "CvcvnoCvccCvcv", "CvcvCvccnoCvcv", "CvcvCvccCvcvno", "CvcvnoCvcvCvcc",
              "CvcvCvcvnoCvcc", "CvcvCvcvCvccno", "CvccnoCvccCvcv", "CvccCvccnoCvcv", "CvccCvccCvcvno",
              "CvcvnoCvccCvcc", "CvcvCvccnoCvcc", "CvcvCvccCvccno", "CvccnoCvcvCvcc", "CvccCvcvnoCvcc",
              "CvccCvcvCvccno"}},
    {"medium", {"CvcnoCvc", "CvcCvcno"}},
    {"short", {"Cvcn"}},
    {"basic", {"aaanaaan", "aannaaan", "aaannaaa"}},
    {"pin", {"nnnn"}},
};

static const char *class_of(char c)
{
    switch (c) {
    case 'V':
        return "AEIOU";
    case 'C':
        return "BCDFGHJKLMNPQRSTVWXYZ";
    case 'v':
        return "aeiou";
    case 'c':
        return "bcdfghjklmnpqrstvwxyz";
    case 'A':
        return "AEIOUBCDFGHJKLMNPQRSTVWXYZ";
    case 'a':
        return "AEIOUaeiouBCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz";
    case 'n':
        return "0123456789";
    case 'o':
        return "@&%?,=[]_:-+*$#!'^~;()/.";
    default:
        return "AEIOUaeiouBCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz0123456789!@#$%^&*()";
    }
}

static void add_u32(struct str *s, uint32_t v)
{
    for (int shift = 24; shift >= 0; shift -= 8)
        str_char(s, (char)(v >> shift));
}

static void add_counted(struct str *s, struct span t)
{
    str_add(s, "com.lyndir.masterpassword");
    add_u32(s, (uint32_t)t.len);
    str_add_span(s, t);
}

TMPL_FN(derive_password)
{
    CLEANUP(str_release) struct str salt = {0}, site = {0};
    struct str password = {0};
    unsigned char key[64];
    struct crypto_digest seed;
    size_t kind = 0, count = 0;
    while (kind < ARRAY_LEN(password_kinds) && !span_is(text(args[1]), password_kinds[kind].kind))
        kind++;
    if (kind == ARRAY_LEN(password_kinds)) {
        str_printf(&password, "cannot find password template %.*s", (int)args[1].len, args[1].at);
        return tmpl_give(x, &password, out);
    }
    TRY(tmpl_steps(x, SCRYPT_STEPS));
    add_counted(&salt, text(args[3]));
    crypto_scrypt(text(args[2]), str_span(&salt), 32768, key, sizeof(key));
    add_counted(&site, text(args[4]));
    add_u32(&site, (uint32_t)args[0].u);
    crypto_hmac(CRYPTO_SHA256, (struct span){(const char *)key, sizeof(key)}, str_span(&site), &seed);
    while (count < ARRAY_LEN(password_kinds[kind].templates) && password_kinds[kind].templates[count])
        count++;
    const char *shape = password_kinds[kind].templates[seed.bytes[0] % count];
    for (size_t i = 0; shape[i]; i++) {
        const char *letters = class_of(shape[i]);
        str_char(&password, letters[seed.bytes[i + 1] % strlen(letters)]);
    }
    return tmpl_give(x, &password, out);
}

/* --- encryptAES --- */

static void pad_key(struct span password, unsigned char key[32])
{
    memset(key, 0, 32);
    if (password.len)
        memcpy(key, password.at, MIN(password.len, (size_t)32));
}

TMPL_FN(encrypt_aes)
{
    unsigned char key[32], iv[16];
    struct str s = {0};
    *out = tmpl_str("");
    if (text(args[1]).len == 0)
        return NULL;
    TRY(tmpl_reserve(x, text(args[1]).len * 3));
    pad_key(text(args[0]), key);
    for (size_t i = 0; i < sizeof(iv); i++)
        iv[i] = (unsigned char)rand_u64(x->rand);
    str_add_n(&s, (const char *)iv, sizeof(iv));
    str_add_span(&s, crypto_cbc_encrypt(x->arena, key, iv, text(args[1])));
    *out = tmpl_span(crypto_base64_encode(x->arena, CRYPTO_BASE64_STD, str_span(&s)));
    str_release(&s);
    return NULL;
}

TMPL_FN(decrypt_aes)
{
    unsigned char key[32];
    struct span bytes, plain;
    *out = tmpl_str("");
    if (text(args[1]).len == 0)
        return NULL;
    TRY(tmpl_reserve(x, text(args[1]).len * 2));
    if (!crypto_base64_decode(x->arena, CRYPTO_BASE64_STD, text(args[1]), &bytes))
        return err_new(ERR_INVALID, "illegal base64 data");
    if (bytes.len < 16)
        return err_new(ERR_INVALID, "runtime error: slice bounds out of range [:16] with capacity %zu",
                       bytes.len);
    pad_key(text(args[0]), key);
    struct span cipher = {bytes.at + 16, bytes.len - 16};
    if (!crypto_cbc_decrypt(x->arena, key, (const unsigned char *)bytes.at, cipher, &plain))
        return err_new(ERR_INVALID, "the text was not encrypted with that password");
    *out = tmpl_span(plain);
    return NULL;
}

/* --- keys and certificates --- */

static const char *const certificate_fields[] = {"Cert", "Key"};
static const struct tmpl_type certificate_type = {
    .name = "sprig.certificate", .kind = TMPL_OBJECT, .fields = certificate_fields, .fields_len = 2};

TMPL_FN(gen_private_key)
{
    static const struct {
        const char *name;
        enum crypto_key_kind kind;
    } kinds[] = {{"", CRYPTO_KEY_RSA4096},
                 {"rsa", CRYPTO_KEY_RSA4096},
                 {"dsa", CRYPTO_KEY_DSA},
                 {"ecdsa", CRYPTO_KEY_ECDSA},
                 {"ed25519", CRYPTO_KEY_ED25519}};
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        if (!span_is(text(args[0]), kinds[i].name))
            continue;
        TRY(tmpl_steps(x, kinds[i].kind < CRYPTO_KEY_ECDSA ? KEY_STEPS : FAST_KEY_STEPS));
        *out = tmpl_span(crypto_private_key(x->arena, kinds[i].kind, tmpl_seeded(x)));
        return NULL;
    }
    *out = tmpl_str(arena_printf(x->arena, "Unknown type %.*s", (int)args[0].len, args[0].at));
    return NULL;
}

static struct err *spans_of(struct tmpl_exec *x, struct tmpl_value list, const char *what, struct span **out,
                            size_t *len)
{
    *len = tmpl_list_len(list);
    *out = NEW_N(x->arena, struct span, *len);
    for (size_t i = 0; i < *len; i++) {
        struct tmpl_value v = tmpl_list_at(list, i);
        if (v.kind != TMPL_STR) {
            CLEANUP(str_release) struct str s = {0};
            tmpl_print(&s, v);
            return err_new(ERR_INVALID, "error %s: %s is not a string", what, str_text(&s));
        }
        (*out)[i] = text(v);
    }
    return NULL;
}

/* What a certificate function was called with; key_pem {NULL, 0} = make one. */
struct order {
    struct span common_name, key_pem;
    struct tmpl_value ips, names; /* lists */
    int64_t days;
    bool authority;
    const struct tmpl_object *ca; /* NULL = self-signed */
};

static struct err *make_cert(struct tmpl_exec *x, const struct order *o, struct tmpl_value *out)
{
    struct crypto_cert_wish wish = {
        .common_name = o->common_name, .authority = o->authority, .seed = tmpl_seeded(x)};
    struct crypto_issuer issuer;
    struct span key = {0}, cert, *ips, *names;
    int64_t length;
    TRY(tmpl_steps(x, CERT_STEPS));
    if (o->key_pem.at)
        TRY(crypto_private_key_read(x->arena, o->key_pem, &key));
    TRY(spans_of(x, o->ips, "parsing ip", &ips, &wish.ips_len));
    TRY(spans_of(x, o->names, "processing alternate dns name", &names, &wish.names_len));
    wish.ips = ips;
    wish.names = names;
    wish.not_before_ms = clock_wall_ms(x->clock);
    if (__builtin_mul_overflow(o->days, DAY_MS, &length) ||
        __builtin_add_overflow(wish.not_before_ms, length, &wish.not_after_ms))
        return err_new(ERR_INVALID, "the certificate's days are out of range");
    for (size_t i = 0; i < sizeof(wish.serial); i++)
        wish.serial[i] = (unsigned char)rand_u64(x->rand);
    wish.serial[0] &= 0x7F;
    if (!key.len)
        key = crypto_private_key(x->arena, CRYPTO_KEY_RSA2048, wish.seed);
    if (o->ca)
        issuer = (struct crypto_issuer){text(o->ca->fields[0]), text(o->ca->fields[1])};
    TRY(crypto_cert_issue(x->arena, &wish, key, o->ca ? &issuer : NULL, &cert));
    struct tmpl_value fields[] = {tmpl_span(cert), tmpl_span(key)};
    *out = tmpl_struct(x->arena, &certificate_type, fields);
    return NULL;
}

/* The key of the functions that are given one: never NULL. */
static struct span given_key(struct tmpl_value v)
{
    return v.len ? text(v) : (struct span){"", 0};
}

TMPL_FN(gen_ca)
{
    struct order o = {.common_name = text(args[0]), .days = args[1].i, .authority = true};
    if (n > 2)
        o.key_pem = given_key(args[2]);
    return make_cert(x, &o, out);
}

TMPL_FN(gen_self_signed)
{
    struct order o = {.common_name = text(args[0]), .ips = args[1], .names = args[2], .days = args[3].i};
    if (n > 4)
        o.key_pem = given_key(args[4]);
    return make_cert(x, &o, out);
}

TMPL_FN(gen_signed)
{
    struct order o = {.common_name = text(args[0]),
                      .ips = args[1],
                      .names = args[2],
                      .days = args[3].i,
                      .ca = args[4].object};
    if (n > 5)
        o.key_pem = given_key(args[5]);
    return make_cert(x, &o, out);
}

TMPL_FN(build_custom_cert)
{
    struct span cert, key, ignored;
    TRY(tmpl_reserve(x, text(args[0]).len + text(args[1]).len));
    if (!crypto_base64_decode(x->arena, CRYPTO_BASE64_STD, text(args[0]), &cert))
        return err_new(ERR_INVALID, "unable to decode base64 certificate");
    if (!crypto_base64_decode(x->arena, CRYPTO_BASE64_STD, text(args[1]), &key))
        return err_new(ERR_INVALID, "unable to decode base64 private key");
    if (!crypto_cert_readable(cert))
        return err_new(ERR_INVALID, "unable to decode certificate");
    TRY(crypto_private_key_read(x->arena, key, &ignored));
    struct tmpl_value fields[] = {tmpl_span(cert), tmpl_span(key)};
    *out = tmpl_struct(x->arena, &certificate_type, fields);
    return NULL;
}

static const struct tmpl_func rows[] = {
    {"bcrypt", "s", bcrypt},
    {"buildCustomCert", "ss", build_custom_cert},
    {"decryptAES", "ss", decrypt_aes},
    {"derivePassword", "ussss", derive_password},
    {"encryptAES", "ss", encrypt_aes},
    {"genCA", "si", gen_ca},
    {"genCAWithKey", "sis", gen_ca},
    {"genPrivateKey", "s", gen_private_key},
    {"genSelfSignedCert", "sLLi", gen_self_signed},
    {"genSelfSignedCertWithKey", "sLLis", gen_self_signed},
    {"genSignedCert", "sLLio", gen_signed, &certificate_type},
    {"genSignedCertWithKey", "sLLios", gen_signed, &certificate_type},
    {"htpasswd", "ss", htpasswd},
};
const struct tmpl_family tmpl_sprig_crypto = {rows, ARRAY_LEN(rows)};
