/* tmpl/sprig_random - random texts. All randomness comes from the run's source, so that a host can make a
 * render stable. */
#include "crypto/text.h"
#include "text/unicode.h"
#include "tmpl/sprig.h"

static const char alphabet[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

/* `count` characters out of a run of them; none for a negative count, as upstream. */
static struct err *pick(struct tmpl_exec *x, int64_t count, const char *from, size_t len,
                        struct tmpl_value *out)
{
    size_t n = count > 0 ? (size_t)count : 0;
    TRY(tmpl_reserve(x, n));
    TRY(tmpl_steps(x, n / 16));
    char *text = arena_raw(x->arena, n + 1);
    for (size_t i = 0; i < n; i++)
        text[i] = from ? from[rand_below(x->rand, len)] : (char)(' ' + rand_below(x->rand, len));
    text[n] = 0;
    *out = tmpl_span((struct span){text, n});
    return NULL;
}

TMPL_FN(rand_alpha_num)
{
    return pick(x, args[0].i, alphabet, 62, out);
}

TMPL_FN(rand_alpha)
{
    return pick(x, args[0].i, alphabet, 52, out);
}

TMPL_FN(rand_numeric)
{
    return pick(x, args[0].i, alphabet + 52, 10, out);
}

/* From blank to tilde. */
TMPL_FN(rand_ascii)
{
    return pick(x, args[0].i, NULL, '~' - ' ' + 1, out);
}

static void fill(struct rand *r, unsigned char *bytes, size_t n)
{
    for (size_t i = 0; i < n; i++)
        bytes[i] = (unsigned char)rand_u64(r);
}

/* Base64 of that many bytes. */
TMPL_FN(rand_bytes)
{
    if (args[0].i < 0)
        return err_new(ERR_INVALID, "runtime error: makeslice: len out of range");
    size_t size = (size_t)args[0].i;
    TRY(tmpl_reserve(x, size > SIZE_MAX / 4 ? SIZE_MAX : size * 3));
    unsigned char *bytes = arena_raw(x->arena, size + 1);
    fill(x->rand, bytes, size);
    *out = tmpl_span(
        crypto_base64_encode(x->arena, CRYPTO_BASE64_STD, (struct span){(const char *)bytes, size}));
    return NULL;
}

TMPL_FN(uuidv4)
{
    unsigned char b[16];
    struct str s = {0};
    fill(x->rand, b, sizeof(b));
    b[6] = (b[6] & 0x0F) | 0x40;
    b[8] = (b[8] & 0x3F) | 0x80;
    for (size_t i = 0; i < sizeof(b); i++)
        str_printf(&s, i == 4 || i == 6 || i == 8 || i == 10 ? "-%02x" : "%02x", b[i]);
    return tmpl_give(x, &s, out);
}

/* The characters of a text in another order. */
TMPL_FN(shuffle)
{
    struct span rest = tmpl_span_of(args[0]);
    size_t count = 0, len;
    TRY(tmpl_reserve(x, rest.len * sizeof(uint32_t)));
    uint32_t *runes = arena_raw(x->arena, (rest.len + 1) * sizeof(*runes));
    for (; rest.len; rest.at += len, rest.len -= len)
        runes[count++] = rune_decode(rest, &len);
    struct str s = {0};
    for (size_t i = count; i > 0; i--) {
        size_t j = rand_below(x->rand, i);
        rune_add(&s, runes[j]);
        runes[j] = runes[i - 1];
    }
    return tmpl_give(x, &s, out);
}

static const struct tmpl_func rows[] = {
    {"randAlpha", "i", rand_alpha}, {"randAlphaNum", "i", rand_alpha_num}, {"randAscii", "i", rand_ascii},
    {"randBytes", "i", rand_bytes}, {"randNumeric", "i", rand_numeric},    {"shuffle", "s", shuffle},
    {"uuidv4", "", uuidv4},
};
const struct tmpl_family tmpl_sprig_random = {rows, ARRAY_LEN(rows)};
