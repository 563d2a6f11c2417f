/* tmpl/value.h - the values of a template: Go's, as far as a template can tell them apart.
 *
 * A value is 16 bytes and copied freely. Scalars, strings and lists never change; maps are references, so a
 * `set` through one holder shows through all others, as in Go. Everything that a value points to lives in the
 * arena of its execution (or in static or borrowed memory that outlives it); nothing is freed alone. One
 * thread at a time.
 *
 * There are two kinds of nothing, and templates can tell (specs/helm.md §1.4): TMPL_NONE is Go's zero
 * reflect.Value (a pipeline that was nil, a `with` without data), TMPL_NIL is an interface that holds nil (a
 * missing or null key of a map). A list or map may also be typed and nil: v.list or v.map is NULL then.
 *
 *     struct tmpl_map *m = tmpl_map_new(a, &tmpl_type_map);
 *     tmpl_map_set(m, span_of("name"), tmpl_str("x"));
 *     struct tmpl_value v = tmpl_map_value(m), name = tmpl_map_get(m, span_of("name"));
 */
#ifndef CAPSTAN_TMPL_VALUE_H
#define CAPSTAN_TMPL_VALUE_H

#include "base/str.h"
#include "doc/doc.h"

enum tmpl_kind {
    TMPL_NONE, /* no value at all: prints as <no value> */
    TMPL_NIL,  /* a nil interface */
    TMPL_BOOL,
    TMPL_INT, /* Go's int: literals, len, until */
    TMPL_INT64,
    TMPL_INT32,
    TMPL_UINT8, /* an element of a string or of bytes */
    TMPL_UINT32,
    TMPL_UINT64,
    TMPL_FLOAT, /* float64: every number of JSON and YAML */
    TMPL_STR,
    TMPL_BYTES,  /* []uint8 */
    TMPL_LIST,   /* a slice; its type says of what */
    TMPL_MAP,    /* with string keys; its type says of what */
    TMPL_OBJECT, /* a struct, or a pointer to one */
};

struct tmpl_value {
    uint8_t kind; /* enum tmpl_kind */
    bool boxed;   /* for the evaluator: just taken out of an interface {}, which error texts name */
    uint32_t len; /* bytes of TMPL_STR and TMPL_BYTES */
    union {
        bool truth;
        int64_t i;  /* TMPL_INT, TMPL_INT64, TMPL_INT32 */
        uint64_t u; /* TMPL_UINT8, TMPL_UINT32, TMPL_UINT64 */
        double f;
        const char *at;             /* TMPL_STR, TMPL_BYTES; no NUL behind it is promised */
        struct tmpl_list *list;     /* NULL = a nil []interface {} */
        struct tmpl_map *map;       /* NULL = a nil map[string]interface {} */
        struct tmpl_object *object; /* never NULL */
    };
};

struct tmpl_func; /* tmpl/tmpl.h */

/* A type with a name of its own. Static and constant: two values have the same Go type when their kinds and,
 * for lists, maps and objects, their types are the same. */
struct tmpl_type {
    const char *name; /* as %T prints it: "[]string", "common.Values", "*semver.Version" */
    uint8_t kind;     /* TMPL_LIST, TMPL_MAP or TMPL_OBJECT */
    uint8_t elem;     /* of lists and maps; TMPL_NIL = interface {} */
    bool pointer;     /* of objects: a pointer to the struct of that name, kindOf "ptr" */
    bool hidden;      /* of objects: no fields can be seen; a single one is what other verbs print */
    const struct tmpl_type
        *of; /* the unnamed type that values can be assigned to: Values to map[string]interface {} */
    /* Methods win over fields and keys. The receiver is args[0]; params tells the rest. */
    const struct tmpl_func *methods;
    size_t methods_len;
    const char *const *fields; /* of objects: names of the values in tmpl_object.fields */
    size_t fields_len;
    /* String() or Error(), which print and strval use; NULL = printed by content. */
    void (*text)(struct tmpl_value v, struct str *out);
    /* String() of the pointer alone: only an action that prints a field finds it. */
    void (*field_text)(struct tmpl_value v, struct str *out);
    /* MarshalJSON(); NULL = by content, fields under their names. */
    struct doc *(*to_doc)(struct arena *a, struct tmpl_value v);
    /* Of two objects of this type, for eq and deepEqual; NULL = the same object, or equal fields. */
    bool (*equal)(const struct tmpl_object *x, const struct tmpl_object *y);
    bool is_error; /* text is Error(): the value is an error */
};

extern const struct tmpl_type tmpl_type_list;    /* []interface {} */
extern const struct tmpl_type tmpl_type_strings; /* []string */
extern const struct tmpl_type tmpl_type_ints;    /* []int */
extern const struct tmpl_type tmpl_type_map;     /* map[string]interface {} */
extern const struct tmpl_type tmpl_type_str_map; /* map[string]string */
extern const struct tmpl_type tmpl_type_files;   /* map[string][]uint8, without methods */

/* The first member of what a host makes for a struct. `fields` are in the order of the type's names. */
struct tmpl_object {
    const struct tmpl_type *type;
    struct tmpl_value *fields;
};

/* --- making --- */
#define TMPL_NOTHING ((struct tmpl_value){.kind = TMPL_NONE})
static inline struct tmpl_value tmpl_nil(void)
{
    return (struct tmpl_value){.kind = TMPL_NIL};
}
static inline struct tmpl_value tmpl_bool(bool v)
{
    return (struct tmpl_value){.kind = TMPL_BOOL, .truth = v};
}
static inline struct tmpl_value tmpl_int(int64_t v)
{
    return (struct tmpl_value){.kind = TMPL_INT, .i = v};
}
static inline struct tmpl_value tmpl_int64(int64_t v)
{
    return (struct tmpl_value){.kind = TMPL_INT64, .i = v};
}
static inline struct tmpl_value tmpl_float(double v)
{
    return (struct tmpl_value){.kind = TMPL_FLOAT, .f = v};
}
/* Borrowed: the bytes must live as long as the value. */
static inline struct tmpl_value tmpl_span(struct span s)
{
    return (struct tmpl_value){.kind = TMPL_STR, .len = (uint32_t)s.len, .at = s.at};
}
static inline struct tmpl_value tmpl_str(const char *s)
{
    return tmpl_span(span_of(s));
}
static inline struct tmpl_value tmpl_bytes(struct span s)
{
    return (struct tmpl_value){.kind = TMPL_BYTES, .len = (uint32_t)s.len, .at = s.at};
}
static inline struct tmpl_value tmpl_object(struct tmpl_object *o)
{
    return (struct tmpl_value){.kind = TMPL_OBJECT, .object = o};
}
/* An object whose fields are a copy of `values`, type->fields_len of them. */
struct tmpl_value tmpl_struct(struct arena *a, const struct tmpl_type *type, const struct tmpl_value *values);
/* An `error` with that text: what a function returns as a value rather than as a failure. */
struct tmpl_value tmpl_error_value(struct arena *a, const char *text);

/* The bytes of TMPL_STR and TMPL_BYTES; {NULL, 0} for other kinds. */
static inline struct span tmpl_span_of(struct tmpl_value v)
{
    return v.kind == TMPL_STR || v.kind == TMPL_BYTES ? (struct span){v.at, v.len} : (struct span){NULL, 0};
}

/* --- lists: never change once they can be seen --- */
struct tmpl_list {
    const struct tmpl_type *type;
    struct tmpl_value *items;
    size_t len;
    struct tmpl_room *room; /* behind the items, for append; NULL = none */
};
/* Room that the lists of a chain of appends share: the longest of them may take the next place, all others
 * copy. */
struct tmpl_room {
    size_t used, cap; /* counted from the items of the list */
};
/* `len` items of TMPL_NONE, which the caller fills before anyone else sees the list. */
struct tmpl_list *tmpl_list_new(struct arena *a, const struct tmpl_type *type, size_t len) MUST_USE;
static inline struct tmpl_value tmpl_list_value(struct tmpl_list *l)
{
    return (struct tmpl_value){.kind = TMPL_LIST, .list = l};
}
/* TMPL_LIST (nil too) and TMPL_BYTES: what Go calls a slice. */
static inline bool tmpl_is_list(struct tmpl_value v)
{
    return v.kind == TMPL_LIST || v.kind == TMPL_BYTES;
}
/* Length and element of either; index must be within. */
size_t tmpl_list_len(struct tmpl_value list);
struct tmpl_value tmpl_list_at(struct tmpl_value list, size_t i);

/* --- maps: references; iterated in byte order of the keys --- */
struct tmpl_map;
struct tmpl_entry {
    const char *key;
    uint32_t key_len, hash;
    struct tmpl_value value;
};
/* The map's entries live in `a`. */
struct tmpl_map *tmpl_map_new(struct arena *a, const struct tmpl_type *type) MUST_USE;
static inline struct tmpl_value tmpl_map_value(struct tmpl_map *m)
{
    return (struct tmpl_value){.kind = TMPL_MAP, .map = m};
}
const struct tmpl_type *tmpl_map_type(const struct tmpl_map *m); /* NULL map: tmpl_type_map */
size_t tmpl_map_len(const struct tmpl_map *m);
/* TMPL_NONE when absent; NULL map is empty. */
struct tmpl_value tmpl_map_get(const struct tmpl_map *m, struct span key);
/* The same with tmpl_hash(key), for callers that know it already. */
struct tmpl_value tmpl_map_get_hashed(const struct tmpl_map *m, struct span key, uint32_t hash);
uint32_t tmpl_hash(struct span key);
/* Key and value are borrowed. TMPL_NONE is kept as TMPL_NIL. */
void tmpl_map_set(struct tmpl_map *m, struct span key, struct tmpl_value v);
bool tmpl_map_del(struct tmpl_map *m, struct span key);
/* All entries in byte order of their keys, good until the next set or del. */
const struct tmpl_entry *tmpl_map_sorted(const struct tmpl_map *m, size_t *len);
/* A new map of the same type with the same entries (`type` NULL) or of another. */
struct tmpl_map *tmpl_map_copy(struct arena *a, const struct tmpl_map *m,
                               const struct tmpl_type *type) MUST_USE;

/* Go's nil map of that type: empty, and null as a document. A NULL map is the nil map[string]interface {}. */
struct tmpl_map *tmpl_map_nil(struct arena *a, const struct tmpl_type *type) MUST_USE;
bool tmpl_map_is_nil(const struct tmpl_map *m);
/* The same map under another type: a change through either shows through both. */
struct tmpl_map *tmpl_map_view(struct arena *a, struct tmpl_map *m, const struct tmpl_type *type) MUST_USE;
/* A copy that shares no map and no list with `m`; what came from a document and was not looked into costs
 * nothing. The map must not hold itself. */
struct tmpl_map *tmpl_map_deep(struct arena *a, const struct tmpl_map *m) MUST_USE;

/* --- documents --- */
/* What a number of a document becomes: encoding/json into interface{} has float64 only, unstructured objects
 * int64 where the literal is an integer. */
enum tmpl_numbers { TMPL_NUMBERS_FLOAT, TMPL_NUMBERS_INT64 };
/* The document as a value, maps only when they are looked into: `d` must outlive the value. NULL is TMPL_NIL.
 */
struct tmpl_value tmpl_from_doc(struct arena *a, const struct doc *d, enum tmpl_numbers numbers);
/* As encoding/json marshals: bytes in base64, invalid UTF-8 as U+FFFD, floats in JSON's form, nil lists and
 * maps null, map keys in byte order. ERR_INVALID "json: unsupported value: NaN", or for values that hold
 * themselves. */
struct err *tmpl_to_doc(struct arena *a, struct tmpl_value v, struct doc **out) MUST_USE;

/* --- asking --- */
/* Go's truth: false for nothing, zero numbers, "", empty lists and maps; objects are true. */
bool tmpl_true(struct tmpl_value v);
/* The type as %T prints it: "string", "float64", "[]interface {}"; "<nil>" for both nothings. */
const char *tmpl_type_name(struct tmpl_value v);
/* reflect.Kind as kindOf prints it: "string", "slice", "map", "ptr", "struct"; "invalid" for both nothings.
 */
const char *tmpl_kind_name(struct tmpl_value v);
static inline bool tmpl_is_nothing(struct tmpl_value v)
{
    return v.kind <= TMPL_NIL;
}
static inline bool tmpl_is_int(struct tmpl_value v)
{
    return v.kind >= TMPL_INT && v.kind <= TMPL_INT32;
}
static inline bool tmpl_is_uint(struct tmpl_value v)
{
    return v.kind >= TMPL_UINT8 && v.kind <= TMPL_UINT64;
}
/* The type of a list, map or object; NULL for other kinds. */
const struct tmpl_type *tmpl_type_of(struct tmpl_value v);
/* reflect.DeepEqual: types must match, a nil list is not an empty one, both nothings are equal. */
bool tmpl_deep_equal(struct tmpl_value x, struct tmpl_value y);

/* --- printing: Go's fmt --- */
/* %v. TMPL_NONE and TMPL_NIL print <nil>. */
void tmpl_print(struct str *out, struct tmpl_value v);
/* Sprint: a space between operands of which neither is a string. Sprintln: always a space, and a newline. */
void tmpl_sprint(struct str *out, const struct tmpl_value *args, size_t n);
void tmpl_sprintln(struct str *out, const struct tmpl_value *args, size_t n);
/* Sprintf, errors in the text as in Go: %!d(string=x), %!s(MISSING), %!(EXTRA int=1). */
void tmpl_sprintf(struct str *out, struct span format, const struct tmpl_value *args, size_t n);
/* %q of a string. */
void tmpl_quote(struct str *out, struct span s);
/* A float as strconv.FormatFloat(v, format, precision, 64): format one of e E f g G, precision -1 = shortest.
 */
void tmpl_format_float(struct str *out, double v, char format, int precision);

#endif
