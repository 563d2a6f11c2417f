/* doc/json.h - JSON (RFC 8259) in and out.
 *
 * Reading checks UTF-8, number grammar and nesting; the last of duplicate keys wins, as in Go's
 * encoding/json. An error says "line 3, column 14: ...". Writing is Go's encoding/json: keys in map order or
 * sorted, <, > and & as \u003c when asked, invalid input bytes never occur since reading refused them. */
#ifndef CAPSTAN_DOC_JSON_H
#define CAPSTAN_DOC_JSON_H

#include "base/str.h"
#include "doc/doc.h"
#include "doc/limits.h"

/* One value and nothing behind it but white space. `limits` NULL = defaults. */
struct err *json_read(struct arena *a, struct span text, const struct limits *limits,
                      struct doc **out) MUST_USE;
/* One value of a stream: *rest moves behind it. An empty rest gives *out NULL. */
struct err *json_read_next(struct arena *a, struct span *rest, const struct limits *limits,
                           struct doc **out) MUST_USE;

enum {
    JSON_SORTED = 1, /* keys in byte order: the canonical form that digests and comparisons use */
    JSON_HTML = 2,   /* escape < > & U+2028 U+2029 as Go does by default */
    JSON_INDENT = 4, /* two spaces, as `-o json` prints */
};
void json_write(struct str *out, const struct doc *d, int flags);
/* The text in an arena. */
char *json_text(struct arena *a, const struct doc *d, int flags) MUST_USE;

#endif
