/* text/semver.h - semantic versions and constraints as github.com/Masterminds/semver/v3 has them, which Helm
 * and Argo CD use.
 *
 * A constraint: "||" between alternatives, commas or blanks between conditions. Operators =, !=, >, >=, =>,
 * <, <=, =<, ~,
 * ~>, ^, none; "1.2 - 2.3" ranges; x, X and * for parts. A version with a prerelease only satisfies
 * conditions that name one. */
#ifndef CAPSTAN_TEXT_SEMVER_H
#define CAPSTAN_TEXT_SEMVER_H

#include "base/arena.h"

struct semver {
    uint64_t major, minor, patch;
    struct span pre, meta; /* borrowed from the text that was parsed */
};

/* The exact form of semver.org. */
struct err *semver_parse_strict(struct span text, struct semver *out) MUST_USE;
/* NewVersion: a leading v and missing minor and patch are allowed, leading zeros too. */
struct err *semver_parse(struct span text, struct semver *out) MUST_USE;
/* -1, 0 or 1 by precedence: build metadata does not count. */
int semver_compare(const struct semver *x, const struct semver *y);

struct semver_constraint;
/* In the arena; borrows nothing. ERR_INVALID "improper constraint: ...". */
struct err *semver_constraint_parse(struct arena *a, struct span text,
                                    struct semver_constraint **out) MUST_USE;
bool semver_satisfies(const struct semver_constraint *c, const struct semver *v);

#endif
