/* text/regex_syntax.h - what of a Go pattern must be changed before RE2 reads it; for text/ only. */
#ifndef CAPSTAN_TEXT_REGEX_SYNTAX_H
#define CAPSTAN_TEXT_REGEX_SYNTAX_H

#include "base/str.h"

/* Adds the pattern to *out with (?<name> as (?P<name>. Refuses \C and a pattern over REGEX_MAX. */
struct err *regex_rewrite(struct span pattern, struct str *out) MUST_USE;

#endif
