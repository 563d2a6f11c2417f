/* text/glob.h - the glob dialects of the field.
 *
 * struct glob is github.com/gobwas/glob: `*` any run without a separator, `**` any run, `?` one character
 * that is no separator, [abc] [a-z] [!abc] a class, {a,b} alternatives (nested), \x the character itself. It
 * compiles to a linear-time automaton, so no pattern is slow to match. glob_path is Go's filepath.Match on
 * slashes. */
#ifndef CAPSTAN_TEXT_GLOB_H
#define CAPSTAN_TEXT_GLOB_H

#include "base/str.h"

struct glob;

/* `separators` are ASCII characters, "" = none. ERR_INVALID says what is wrong with the pattern. */
struct err *glob_compile(struct span pattern, const char *separators, struct glob **out) MUST_USE;
/* The dialect of github.com/bmatcuk/doublestar on slashes: as glob_compile, but that "**" and a slash match no folder too. */
struct err *glob_doublestar(const char *pattern, struct glob **out) MUST_USE;
void glob_free(struct glob *g);
void glob_freep(struct glob **g);
/* The whole text. */
bool glob_match(const struct glob *g, struct span text);

/* One look: compiled, matched, freed. A pattern that does not compile matches nothing. */
bool glob_matches(const char *pattern, const char *text, const char *separators);

/* filepath.Match: `*` and `?` stop at '/', [^a-z] negates. ERR_INVALID "syntax error in pattern". */
struct err *glob_path(const char *pattern, const char *path, bool *matched) MUST_USE;

#endif
