/* text/unicode.h - characters as Go's unicode and utf8 packages know them, over libutf8proc.
 *
 * A rune is a code point; what is no valid UTF-8 reads as U+FFFD of one byte, as in Go. */
#ifndef CAPSTAN_TEXT_UNICODE_H
#define CAPSTAN_TEXT_UNICODE_H

#include "base/str.h"

enum { RUNE_BAD = 0xFFFD, RUNE_MAX = 0x10FFFF };

/* The first character of a text that is not empty, and its bytes: 1 with RUNE_BAD for an invalid one. */
uint32_t rune_decode(struct span text, size_t *len);
/* Adds the character in UTF-8; surrogates and what is beyond U+10FFFF as U+FFFD. */
void rune_add(struct str *out, uint32_t rune);
/* Characters of the text, an invalid byte counting as one. */
size_t rune_count(struct span text);
/* No invalid byte in it. */
bool rune_valid(struct span text);

bool rune_is_letter(uint32_t rune);
bool rune_is_digit(uint32_t rune); /* Nd */
bool rune_is_upper(uint32_t rune);
bool rune_is_lower(uint32_t rune);
bool rune_is_title(uint32_t rune);
bool rune_is_space(uint32_t rune); /* White_Space */
bool rune_is_punct(uint32_t rune); /* P* */
/* unicode.IsPrint: letters, marks, numbers, punctuation, symbols and the ASCII blank. */
bool rune_is_print(uint32_t rune);
uint32_t rune_upper(uint32_t rune);
uint32_t rune_lower(uint32_t rune);
uint32_t rune_title(uint32_t rune);

#endif
