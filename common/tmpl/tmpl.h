/* tmpl/tmpl.h - Go's text/template: compile once, run many times.
 *
 * Three things, each simple:
 * - `struct tmpl_funcs` is a table of functions: Go's builtins, Sprig's families (tmpl/sprig.h) and a host's
 * own. It is filled once, and then only read.
 * - `struct tmpl` is one text compiled against such a table: its main body and its {{define}}s. It never
 * changes, may be used by many threads at once, is counted, and is what a host caches by the digest of the
 * text.
 * - `struct tmpl_set` says which body a name means for a run: Helm puts all files of a chart into one. A
 * later body of a name replaces an earlier one unless it is empty. A child set sees its parent's names
 * (Helm's tpl).
 *
 * A run (`tmpl_run`) writes into a `struct str` and takes memory from an arena; its values die with that
 * arena. All that could differ between two runs comes in through `struct tmpl_env`: time, randomness, limits,
 * the host's own pointer.
 *
 *     TRY(tmpl_compile(funcs, span_of("a.txt"), text, &t));
 *     tmpl_set_add(set, t);
 *     struct tmpl_env env = {.arena = a, .set = set, .call = call};
 *     TRY(tmpl_run(&env, span_of("a.txt"), tmpl_from_doc(a, doc, TMPL_NUMBERS_FLOAT), &out));
 *
 * Errors are ERR_INVALID in Go's words: `template: a.txt:3: unexpected "}" in operand` from compiling, and
 * `template: a.txt:3:5: executing "a.txt" at <.x.y>: nil pointer evaluating interface {}.y` from running. A
 * limit that runs out gives ERR_EXHAUSTED, the call's end ERR_DEADLINE or ERR_CANCELLED, in the same form.
 * Beyond Go: complex numbers are refused, and blocks and parentheses nest at most TMPL_NESTING deep.
 * Specification: specs/helm.md §1. */
#ifndef CAPSTAN_TMPL_TMPL_H
#define CAPSTAN_TMPL_TMPL_H

#include "base/call.h"
#include "base/rand.h"
#include "crypto/seeded.h"
#include "tmpl/value.h"

enum { TMPL_NESTING = 1000, TMPL_ARGS_MAX = 4096 };

/* --- functions --- */
struct tmpl_exec;
/* The arguments are checked against the row's params already. An error's message becomes `error calling NAME:
 * message`; with ERR_EXHAUSTED, ERR_DEADLINE and ERR_CANCELLED the code is kept, everything else becomes
 * ERR_INVALID. *out is TMPL_NIL when it returns; an interface {} result that is nil must be TMPL_NIL, not
 * TMPL_NONE. */
typedef struct err *tmpl_fn(struct tmpl_exec *x, const struct tmpl_value *args, size_t n,
                            struct tmpl_value *out);

/* One row of a table. `params` is one letter a parameter, in Go's types:
 *     a  interface {}            s  string           b  bool
 *     i  int                     l  int64            u  uint32        f  float64
 *     m  map[string]interface {} L  []interface {}   S  []string      M  map[string]string
 *     o  the row's object type   v  reflect.Value: anything, both nothings kept apart (builtins)
 * and a `*` after the last letter makes that parameter variadic. A letter that takes interface {} sees
 * TMPL_NIL for either nothing; L, S, m and M may see a typed nil (list or map NULL). No number is converted:
 * an argument of another type is an error before the function runs. */
struct tmpl_func {
    const char *name;
    const char *params;
    tmpl_fn *fn;
    const struct tmpl_type *object; /* of the letter o */
};

struct tmpl_funcs;
/* With Go's builtins: and call eq ge gt html index js le len lt ne not or print printf println slice
 * urlquery. */
struct tmpl_funcs *tmpl_funcs_new(void) MUST_USE;
void tmpl_funcs_free(struct tmpl_funcs *t);
void tmpl_funcs_freep(struct tmpl_funcs **t);
/* The rows are borrowed (static); a later row of a name replaces an earlier one, builtins too (but for and,
 * or). */
void tmpl_funcs_add(struct tmpl_funcs *t, const struct tmpl_func *rows, size_t n);
void tmpl_funcs_del(struct tmpl_funcs *t, const char *name); /* Helm has no env, no expandenv */
const struct tmpl_func *tmpl_funcs_get(const struct tmpl_funcs *t, struct span name); /* NULL when absent */
/* The rows one after the other: *at is 0 at first. NULL behind the last. */
const struct tmpl_func *tmpl_funcs_next(const struct tmpl_funcs *t, size_t *at);

/* --- compiling --- */
struct tmpl;
/* Compiles a text of at most 64 MiB; name and text are copied. The table must outlive the result. *out has
 * one reference. */
struct err *tmpl_compile(const struct tmpl_funcs *funcs, struct span name, struct span text,
                         struct tmpl **out) MUST_USE;
struct tmpl *tmpl_ref(struct tmpl *t);
void tmpl_unref(struct tmpl *t);
void tmpl_unrefp(struct tmpl **t);
/* As they were given: how a cache tells two texts of one digest apart. */
struct span tmpl_name(const struct tmpl *t);
struct span tmpl_text(const struct tmpl *t);
/* Bytes that it holds: what a cache accounts. */
size_t tmpl_size(const struct tmpl *t);
/* The text between the actions when there is no action at all, so that a host may skip the run; false
 * otherwise. */
bool tmpl_is_plain(const struct tmpl *t, struct span *text);

/* --- sets --- */
struct tmpl_set;
/* `parent` may be NULL; it must outlive the child and not change while a child is in use. */
struct tmpl_set *tmpl_set_new(const struct tmpl_set *parent) MUST_USE;
void tmpl_set_free(struct tmpl_set *s);
void tmpl_set_freep(struct tmpl_set **s);
/* Adds the bodies of a text: its defines and the main one under the text's own name. Takes a reference of its
 * own. A body of nothing but white space and comments never replaces another. */
void tmpl_set_add(struct tmpl_set *s, struct tmpl *t);
bool tmpl_set_has(const struct tmpl_set *s, struct span name);

/* --- running --- */
/* 0 = the default that is named. */
struct tmpl_limits {
    uint64_t steps; /* nodes evaluated and loop turns; 100 million */
    size_t depth;   /* nested templates; 100,000 as Go's, though `stack` mostly ends first */
    size_t stack;   /* bytes of C stack below tmpl_run; 4 MiB */
    size_t output;  /* bytes of the text; 256 MiB */
    size_t memory;  /* bytes taken from the arena; 1 GiB */
};
enum tmpl_missing {                       /* option missingkey */
                    TMPL_MISSING_DEFAULT, /* a missing key of map[string]interface {} prints <no value>; in no
                                             other way unlike ZERO */
                    TMPL_MISSING_ZERO,    /* Helm */
                    TMPL_MISSING_ERROR,   /* ApplicationSets on request: map has no entry for key "x" */
};
/* Where a zone of the IANA database is from UTC at a time: seconds to the east and the abbreviation. False
 * for a name that it does not know. Called within a run; the abbreviation is copied. */
typedef bool tmpl_zone(void *host, const char *name, int64_t unix_s, int32_t *offset_s,
                       const char **abbreviation);
/* Randomness that stays: with the same secret the same texts run in the same order get the same random texts,
 * keys, certificates and hashes, as far as the clock stands still too. Each place in a template has its own,
 * so that a change elsewhere leaves them alone. Nothing of it can be told without the secret, which is to be
 * one that no other set of templates gets. One thread at a time. */
struct tmpl_stable;
struct tmpl_stable *tmpl_stable_new(struct span secret) MUST_USE;
void tmpl_stable_free(struct tmpl_stable *t);
void tmpl_stable_freep(struct tmpl_stable **t);

struct tmpl_env {
    struct arena *arena;
    const struct tmpl_set *set;
    const struct call *call; /* NULL = no deadline */
    struct tmpl_limits limits;
    enum tmpl_missing missing;
    struct rand *rand;          /* of the functions that are random; NULL = the kernel's */
    struct tmpl_stable *stable; /* their source instead, and that of keys and salts; NULL = they are fresh */
    const struct clock *clock;  /* NULL = the system's */
    tmpl_zone *zone;            /* NULL = only UTC is known */
    void *host;                 /* for the host's functions */
    /* Told of each field of a map that a template reads, TMPL_NONE for one that is not there; NULL = nobody.
     */
    void (*watch)(void *host, const struct tmpl_map *m, struct span key, struct tmpl_value v);
};

/* What a function sees of the run that calls it. `set` is the current one: tpl's child while in tpl. */
struct tmpl_exec {
    const struct tmpl_env *env;
    struct arena *arena;
    const struct tmpl_set *set;
    struct rand *rand;
    const struct clock *clock;
};

/* Runs the body of that name with `dot`, adding to `out`. After an error `out` holds what was written up to
 * it. ERR_INVALID `template: no template "x" associated with template "x"` when there is none or it is empty.
 */
struct err *tmpl_run(const struct tmpl_env *env, struct span name, struct tmpl_value dot,
                     struct str *out) MUST_USE;

/* --- for functions --- */
/* The head of a function of a table. */
#define TMPL_FN(name_)                                                                                       \
    static struct err *name_(struct tmpl_exec *x UNUSED, const struct tmpl_value *args UNUSED,               \
                             size_t n UNUSED, struct tmpl_value *out UNUSED)
/* Runs a body from within a function, in `set` (x->set for Helm's include), and gives its text. Counts
 * towards the limits of the run; variables are fresh. The error is the inner run's, in full form. */
struct err *tmpl_capture(struct tmpl_exec *x, const struct tmpl_set *set, struct span name,
                         struct tmpl_value dot, struct tmpl_value *out) MUST_USE;
/* The same with the main body of `t`, whatever its name means in the set. */
struct err *tmpl_capture_main(struct tmpl_exec *x, const struct tmpl_set *set, const struct tmpl *t,
                              struct tmpl_value dot, struct tmpl_value *out) MUST_USE;
/* ERR_EXHAUSTED when `bytes` more would pass the memory of the run: ask before making anything whose size an
 * argument decides. */
struct err *tmpl_reserve(struct tmpl_exec *x, size_t bytes) MUST_USE;
/* Counts `n` steps of a loop within a function; checks the deadline. */
struct err *tmpl_steps(struct tmpl_exec *x, uint64_t n) MUST_USE;
/* *out = the text, copied to the arena; `s` is released. ERR_EXHAUSTED when it was cut or the memory is over.
 */
struct err *tmpl_give(struct tmpl_exec *x, struct str *s, struct tmpl_value *out) MUST_USE;

/* The stream of the call of a function that runs; NULL where randomness is fresh. */
struct crypto_seeded *tmpl_seeded(struct tmpl_exec *x) MUST_USE;

/* `==` of the builtin eq, whose errors are ERR_INVALID "incompatible types for comparison: ...". */
struct err *tmpl_equal(struct tmpl_value x, struct tmpl_value y, bool *out) MUST_USE;

#endif
