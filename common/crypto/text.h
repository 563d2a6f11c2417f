/* crypto/text.h - bytes as text: base64 (RFC 4648) and hex. */
#ifndef CAPSTAN_CRYPTO_TEXT_H
#define CAPSTAN_CRYPTO_TEXT_H

#include "base/arena.h"

enum crypto_base64 {
    CRYPTO_BASE64_STD, /* + and /, padded */
    CRYPTO_BASE64_URL, /* - and _, not padded: JWT, cookies */
};

/* NUL behind the text; the caller's arena owns it. */
struct span crypto_base64_encode(struct arena *a, enum crypto_base64 form, struct span bytes) MUST_USE;
/* Strict: exact padding, no white space, zero in the bits that the last character has too many: what Go's
 * StdEncoding.Strict() and RawURLEncoding.Strict() take. False for anything else. NUL behind the bytes. */
bool crypto_base64_decode(struct arena *a, enum crypto_base64 form, struct span text, struct span *out);
/* Lenient: either alphabet, padded or not, CR and LF and blanks skipped: for what people paste. */
bool crypto_base64_decode_any(struct arena *a, struct span text, struct span *out);

/* Lower case, NUL behind it. */
const char *crypto_hex_encode(struct arena *a, struct span bytes) MUST_USE;
/* Either case, an even number of digits. */
bool crypto_hex_decode(struct arena *a, struct span text, struct span *out);

#endif
