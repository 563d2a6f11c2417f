/* schema/jsonschema.h - JSON Schema, drafts 4, 6, 7, 2019-09 and 2020-12, over documents.
 *
 * Judges and words its verdicts as github.com/santhosh-tekuri/jsonschema/v6 does, which Helm has used
 * since 3.19 (specs/helm.md §4.9): the draft by "$schema", 2020-12 where none is named; a schema is itself
 * checked against its draft's meta-schema; `format` is asserted for drafts 4 to 7 and an annotation later;
 * contentEncoding and contentMediaType are annotations; `pattern` is Go's regular expressions (text/regex.h),
 * not ECMA's: no look-around, no back references, and "$" is the end of the text. Numbers are exact decimals:
 * 0.3 is a multiple of 0.1.
 *
 * Two things differ on purpose. Where Go prints members in the order of a hash, this prints them sorted. And
 * an item that `additionalItems`, or `items` behind `prefixItems`, refuses is named by its own index, not by
 * that behind the prefix.
 *
 * Nothing is read from disk or network: "$ref" finds what the document holds, the meta-schemas, and what
 * `load` gives. A compiled schema may be used by many threads at once. */
#ifndef CAPSTAN_SCHEMA_JSONSCHEMA_H
#define CAPSTAN_SCHEMA_JSONSCHEMA_H

#include "base/str.h"
#include "doc/doc.h"

struct jsonschema;

struct jsonschema_options {
    /* What the document is called, absolute; NULL = "file:///values.schema.json", Helm's. References are
     * resolved against it, errors name it. */
    const char *url;
    /* The document of another absolute URL, in the arena, for a "$ref" or "$schema" that leaves this one.
     * NULL, or an error: the schema does not compile, `failing loading "URL": ...`. Each URL is asked for
     * once. */
    struct err *(*load)(void *arg, struct arena *a, const char *url, const struct doc **out);
    void *arg;
};

/* The schema lives in the arena and shares `schema`, which must be as a reader made it: no subtree in two
 * places. ERR_INVALID in Go's words: not valid against the meta-schema, a reference that leads nowhere, a
 * pattern that does not compile. ERR_EXHAUSTED past 100,000 subschemas. `options` NULL = defaults. */
struct err *jsonschema_compile(struct arena *a, const struct doc *schema,
                               const struct jsonschema_options *options, struct jsonschema **out) MUST_USE;

/* One thing that is wrong. An error with causes (an anyOf whose branches all failed) is followed by them, one
 * deeper. */
struct jsonschema_error {
    const char *instance; /* JSON pointer to the value, "" = the whole */
    const char *keyword;  /* where the schema says so: "file:///values.schema.json#/properties/a/type" */
    const char *message;  /* "got string, want integer" */
    unsigned depth;       /* 0 at the top */
};
struct jsonschema_errors {
    struct jsonschema_error *at;
    size_t len;
};

/* Everything that is wrong with a value, in the arena; none when it is valid. An error is only a limit that
 * was passed: ERR_EXHAUSTED, reason "SchemaTooDeep" (1,000 nested steps) or "SchemaTooCostly" (20 million).
 */
struct err *jsonschema_validate(const struct jsonschema *s, struct arena *a, const struct doc *value,
                                struct jsonschema_errors *out) MUST_USE;

/* The lines that Go prints below "jsonschema validation failed with ...", without a line end at the last:
 * "- at '/replicas': got string, want integer". */
void jsonschema_errors_text(const struct jsonschema_errors *errors, struct str *out);

#endif
