/* schema/jsonschema_private.h - a compiled JSON Schema: what the files of the validator share.
 *
 * A node is one subschema. Nodes are found by the document node they were made of, since keywords name their
 * subschemas by place; `doc` is thus the key of the table and never copied. */
#ifndef CAPSTAN_SCHEMA_JSONSCHEMA_PRIVATE_H
#define CAPSTAN_SCHEMA_JSONSCHEMA_PRIVATE_H

#include "base/vec.h"
#include "schema/jsonschema.h"
#include "text/regex.h"

enum { JS_4 = 4, JS_6 = 6, JS_7 = 7, JS_2019 = 2019, JS_2020 = 2020 };
enum {
    JS_NULL = 1,
    JS_BOOLEAN = 2,
    JS_NUMBER = 4,
    JS_INTEGER = 8,
    JS_STRING = 16,
    JS_ARRAY = 32,
    JS_OBJECT = 64
};

struct js_node;

struct js_anchor {
    const char *name;
    struct js_node *node;
    bool dynamic;
};

/* A document or a part of it that has an id of its own: what anchors and relative references are relative to.
 */
struct js_resource {
    const char *id; /* absolute, without fragment */
    struct js_node *node;
    int draft;
    VEC(struct js_anchor) anchors;
    struct js_resource *next;
};

/* A document that was loaded. */
struct js_root {
    const struct jsonschema *schema;
    const char *url;
    const struct doc *doc;
    struct js_resource *resources; /* the root's own is the last of the list */
    struct js_root *next;
};

struct js_list {
    struct js_node **at;
    size_t len;
};

struct js_pattern {
    struct regex *regex;
    struct js_node *node;
};

typedef struct err *js_format(struct span text);

struct js_node {
    const struct doc *doc;
    const char *ptr; /* of the document */
    struct js_root *root;
    struct js_resource *resource;
    int draft;
    bool queued;
    enum { JS_KEYWORDS, JS_TRUE, JS_FALSE } kind;

    unsigned types, enum_types;
    const struct doc *constant, *enums;
    const char *format_name;
    js_format *format;

    struct js_node *ref, *recursive_ref, *dynamic_ref;
    const char *dynamic_ref_anchor; /* NULL = the reference is a pointer */
    const char *dynamic_anchor;
    bool recursive_anchor;

    struct js_list all_of, any_of, one_of, items_list /* items or prefixItems */;
    struct js_node *not_, *if_, *then_, *else_, *items, *contains, *property_names;
    struct js_node *additional_items, *additional_properties, *unevaluated_items, *unevaluated_properties;
    const struct doc *properties, *dependencies, *dependent_schemas, *dependent_required, *required;
    struct js_pattern *patterns;
    size_t n_patterns;

    const struct doc *minimum, *maximum, *exclusive_minimum, *exclusive_maximum, *multiple_of;
    int64_t min_length, max_length, min_items, max_items, min_properties, max_properties; /* -1 = not said */
    int64_t min_contains, max_contains;
    struct regex *pattern;
    const char *pattern_text;
    bool unique_items;
};

/* Document node -> subschema; open addressing, never more than half full. */
struct js_table {
    struct js_node **at;
    size_t len, cap; /* cap is a power of two */
};
struct js_node *js_find(const struct js_table *t, const struct doc *d);
unsigned js_kind_of(const struct doc *d); /* JS_NUMBER for every number */

struct jsonschema {
    struct js_node *node;
    struct js_table table;
    struct js_root *roots;
    bool meta; /* of json-schema.org: formats are asserted */
};

/* The compiled meta-schema of a draft; made once a process. */
const struct jsonschema *js_meta(int draft);
/* The text of "draft-07/schema" and so on; NULL = none of that name. */
const char *js_meta_text(const char *name);
const char *js_draft_url(int draft);

/* --- jsonschema_validate.c --- */
/* "jsonschema validation failed with 'URL#'" and its lines: the value against the meta-schema of its draft;
 * `t` tells which parts of it have a draft of their own. *out is NULL when valid. */
struct err *js_check_meta(struct arena *a, int draft, const struct doc *value, const struct js_table *t,
                          const char **out) MUST_USE;

/* --- jsonschema_url.c --- */
/* An absolute URL or a reference as seen from `base`, without fragment; *fragment is decoded, "" when there
 * is none. ERR_INVALID for broken escapes. */
struct err *js_url_join(struct arena *a, const char *base, const char *ref, const char **url,
                        const char **fragment) MUST_USE;
/* A pointer with what URLs forbid percent-encoded. */
const char *js_url_pointer(struct arena *a, const char *ptr);

/* --- jsonschema_number.c --- */
bool js_is_integer(const struct doc *d);
/* By value, exactly. */
int js_number_compare(const struct doc *x, const struct doc *y);
bool js_is_multiple(const struct doc *value, const struct doc *of);
/* As golang.org/x/text prints a float64 for English readers: 65,536 and 1.5×10⁰⁷. */
void js_number_text(struct str *out, double v);
void js_int_text(struct str *out, int64_t v); /* 12,345 */

/* --- jsonschema_format.c --- */
/* NULL for a format that is not known, which is not checked. */
js_format *js_format_find(const char *name);

/* --- jsonschema_text.c --- */
/* Go's %q in single quotes. */
void js_quote(struct str *out, struct span text);
void js_quote_double(struct str *out, struct span text);
/* A scalar of a schema: strings quoted, null as Go prints nil. */
void js_display(struct str *out, const struct doc *d);
const char *js_type_names(struct arena *a, unsigned types); /* "null or string" */
const char *js_escape(struct arena *a, struct span token);  /* of a JSON pointer */

#endif
