/* text/regex.h - Go's regexp package over RE2: linear time, the same syntax and the same leftmost-first
 * matches.
 *
 * Two things differ between the two and are evened out here: \C is refused, and (?<name>...) is taken. A
 * pattern is at most REGEX_MAX bytes and its program at most 8 MiB. A compiled pattern may be used by many
 * threads at once; callers cache it. Offsets are bytes. */
#ifndef CAPSTAN_TEXT_REGEX_H
#define CAPSTAN_TEXT_REGEX_H

#include "base/str.h"

enum { REGEX_MAX = 16 << 10, REGEX_GROUPS_MAX = 64 };

struct regex;

/* ERR_INVALID "error parsing regexp: ...: `part`", in Go's words. */
struct err *regex_compile(struct span pattern, struct regex **out) MUST_USE;
void regex_free(struct regex *r);
void regex_freep(struct regex **r);
/* Groups without the whole match. */
size_t regex_groups(const struct regex *r);
/* 1-based; "" for a group without a name. Good as long as the pattern. */
const char *regex_group_name(const struct regex *r, size_t group);

/* Whether it matches anywhere. */
bool regex_match(const struct regex *r, struct span text);
/* The leftmost match at or behind `from`: groups[0] is the whole, groups[i] group i, {NULL, 0} where it took
 * no part. `n` = room in `groups`; more than REGEX_GROUPS_MAX are never filled. */
bool regex_find(const struct regex *r, struct span text, size_t from, struct span *groups, size_t n);

/* All matches as Go's FindAll has them: an empty one next to the match before it does not count. */
struct regex_iter {
    const struct regex *regex;
    struct span text;
    size_t next;
    const char *last_end;
    struct span groups[REGEX_GROUPS_MAX];
};
bool regex_next(struct regex_iter *it);

/* ReplaceAllString: $1, ${1}, $name and ${name} in the template, $$ for a dollar. */
void regex_replace(const struct regex *r, struct span text, struct span with, struct str *out);
void regex_replace_literal(const struct regex *r, struct span text, struct span with, struct str *out);
/* QuoteMeta. */
void regex_quote(struct span text, struct str *out);

#endif
