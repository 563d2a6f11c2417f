/* render/jsonnet - libjsonnet with its imports answered from a tree.
 *
 * Every file is handed over with a first line that completes `std`, so its line numbers stay. What a file
 * reads by `importstr` must not have that line, and libjsonnet's callback does not tell which it is: so the
 * names behind an importstr are marked before (jsonnet_scan.c). */
#include "render/jsonnet.h"

#include "crypto/digest.h"
#include "doc/json.h"
#include "doc/yaml.h"
#include "text/unicode.h"

#include <ctype.h>
#include <dlfcn.h>
#include <libjsonnet.h>
#include <math.h>
#include <pthread.h>
#include <stdlib.h>

#define STD_NAME "capstan:std"
#define FIRST_LINE "local __libjsonnet = std; local std = __libjsonnet + (import '" STD_NAME "'); "

/* --- the library --- */

#define FUNCTIONS(X)                                                                                         \
    X(make)                                                                                                  \
    X(destroy)                                                                                               \
    X(realloc)                                                                                               \
    X(import_callback)                                                                                       \
    X(native_callback)                                                                                       \
    X(ext_var)                                                                                               \
    X(ext_code)                                                                                              \
    X(tla_var)                                                                                               \
    X(tla_code)                                                                                              \
    X(max_trace)                                                                                             \
    X(evaluate_snippet)                                                                                      \
    X(json_extract_string)                                                                                   \
    X(json_extract_number)                                                                                   \
    X(json_extract_bool)                                                                                     \
    X(json_make_string)                                                                                      \
    X(json_make_number)

static struct {
#define DECLARE(name) __typeof__(&jsonnet_##name) name;
    FUNCTIONS(DECLARE)
} lib;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static bool loaded;

static void load(void)
{
    void *so = dlopen("libjsonnet.so.0", RTLD_NOW | RTLD_LOCAL);
    loaded = so != NULL;
#define FIND(name)                                                                                           \
    *(void **)&lib.name = so ? dlsym(so, "jsonnet_" #name) : NULL;                                           \
    loaded &= lib.name != NULL;
    FUNCTIONS(FIND)
}

struct err *render_jsonnet_load(void)
{
    pthread_once(&once, load);
    return loaded ? NULL
                  : err_new(ERR_UNAVAILABLE, "Jsonnet files need libjsonnet.so.0, which is not here: install "
                                             "the package libjsonnet0");
}

/* --- one evaluation --- */

struct run {
    const struct render_jsonnet *rq;
    struct JsonnetVm *vm;
    struct arena *a;
};

static char *lib_text(struct JsonnetVm *vm, const char *text)
{
    return strcpy(lib.realloc(vm, NULL, strlen(text) + 1), text);
}

/* The text for libjsonnet: as it is, or as a program. */
static struct err *read_file(struct run *r, const char *path, bool as_text, const char **out)
{
    CLEANUP(str_release) struct str program = {0};
    struct span text;
    TRY(tree_read(r->rq->tree, path, RENDER_JSONNET_FILE_MAX, r->a, &text));
    if (memchr(text.at, '\0', text.len))
        return err_new(ERR_INVALID, "%s: a NUL is in it", path);
    *out = text.at;
    if (as_text)
        return NULL;
    str_add(&program, FIRST_LINE);
    TRY(render_jsonnet_scan(path, text, &program));
    *out = arena_strndup(r->a, str_text(&program), program.len);
    return NULL;
}

/* --- imports --- */

/* The file of that name seen from the folder; *real NULL when there is none. */
static struct err *look_in(struct run *r, const char *folder, const char *name, const char **real)
{
    const char *path;
    struct tree_stat st;
    *real = NULL;
    if (!tree_join(r->a, folder, name, &path))
        return err_reason(ERR_DENIED, "OutOfBounds", "the import '%s' leaves the repository", name);
    struct err *e = tree_resolve(r->rq->tree, r->a, path, real);
    if (err_eat(&e, ERR_NOT_FOUND))
        return NULL;
    TRY(e);
    TRY(tree_stat(r->rq->tree, *real, &st));
    if (st.kind != TREE_FILE)
        *real = NULL;
    return NULL;
}

static struct err *find(struct run *r, const char *folder, const char *name, const char **real)
{
    struct err *first = look_in(r, folder, name, real);
    for (size_t i = r->rq->libs_len; i > 0 && !*real; i--) {
        struct err *e = look_in(r, r->rq->libs[i - 1], name, real);
        if (!first)
            first = e;
        else
            err_free(e);
    }
    if (*real || first)
        return *real ? (err_free(first), NULL) : first;
    return err_new(ERR_NOT_FOUND, "no match locally or in the Jsonnet library paths");
}

static struct err *import(struct run *r, const char *base, const char *name, const char **real,
                          const char **text)
{
    bool as_text = starts_with(name, RENDER_JSONNET_TEXT);
    const char *folder;
    name += as_text ? strlen(RENDER_JSONNET_TEXT) : 0;
    if (*name == '/')
        return err_reason(ERR_DENIED, "OutOfBounds",
                          "an import is named from the file that does it, not from the root");
    TRY(find(r, tree_join(r->a, "", base, &folder) ? folder : "", name, real));
    return read_file(r, *real, as_text, text);
}

static char *on_import(void *ctx, const char *base, const char *name, char **found, int *success)
{
    struct run *r = ctx;
    const char *real = STD_NAME, *text = render_jsonnet_std;
    struct err *e = streq(name, STD_NAME) ? NULL : import(r, base, name, &real, &text);
    *success = !e;
    if (!e)
        *found = lib_text(r->vm, real);
    char *out = lib_text(r->vm, e ? e->msg : text);
    err_free(e);
    return out;
}

/* --- what std asks of C --- */

static const char *text_of(struct run *r, const struct JsonnetJsonValue *v)
{
    const char *s = lib.json_extract_string(r->vm, v);
    return s ? s : "";
}

static struct JsonnetJsonValue *fail(struct run *r, int *success, const char *why)
{
    *success = 0;
    return lib.json_make_string(r->vm, why);
}

static struct JsonnetJsonValue *on_digest(void *ctx, const struct JsonnetJsonValue *const *argv, int *success)
{
    static const struct {
        const char *name;
        enum crypto_hash hash;
    } hashes[] = {{"sha1", CRYPTO_SHA1},
                  {"sha256", CRYPTO_SHA256},
                  {"sha512", CRYPTO_SHA512},
                  {"sha3", CRYPTO_SHA3_512}};
    struct run *r = ctx;
    struct crypto_digest digest;
    for (size_t i = 0; i < ARRAY_LEN(hashes); i++)
        if (streq(text_of(r, argv[0]), hashes[i].name)) {
            crypto_digest(hashes[i].hash, span_of(text_of(r, argv[1])), &digest);
            *success = 1;
            return lib.json_make_string(r->vm, digest.hex);
        }
    return fail(r, success, "no such digest");
}

static double first_log2(double x, double y)
{
    (void)y;
    return log2(x);
}

static double first_log10(double x, double y)
{
    (void)y;
    return log10(x);
}

static double first_round(double x, double y)
{
    (void)y;
    return round(x);
}

static double first_trunc(double x, double y)
{
    (void)y;
    return trunc(x);
}

static struct JsonnetJsonValue *on_math(void *ctx, const struct JsonnetJsonValue *const *argv, int *success)
{
    static const struct {
        const char *name;
        double (*run)(double x, double y);
    } table[] = {{"round", first_round}, {"trunc", first_trunc}, {"log2", first_log2},
                 {"log10", first_log10}, {"atan2", atan2},       {"hypot", hypot}};
    struct run *r = ctx;
    double x = 0, y = 0;
    lib.json_extract_number(r->vm, argv[1], &x);
    lib.json_extract_number(r->vm, argv[2], &y);
    for (size_t i = 0; i < ARRAY_LEN(table); i++)
        if (streq(text_of(r, argv[0]), table[i].name)) {
            double value = table[i].run(x, y);
            *success = isfinite(value);
            return *success ? lib.json_make_number(r->vm, value) : fail(r, success, "not a number");
        }
    return fail(r, success, "no such function");
}

static struct JsonnetJsonValue *on_lower(void *ctx, const struct JsonnetJsonValue *const *argv, int *success)
{
    struct run *r = ctx;
    CLEANUP(str_release) struct str out = {0};
    struct span rest = span_of(text_of(r, argv[0]));
    for (size_t n; rest.len; rest = (struct span){rest.at + n, rest.len - n})
        rune_add(&out, rune_lower(rune_decode(rest, &n)));
    *success = 1;
    return lib.json_make_string(r->vm, str_text(&out));
}

/* Where the separator begins, looked for from one of the ends; NULL when it is not there. */
static const char *separator(struct span text, struct span sep, bool right)
{
    if (!right)
        return memmem(text.at, text.len, sep.at, sep.len);
    for (size_t i = text.len; i >= sep.len; i--)
        if (memcmp(text.at + i - sep.len, sep.at, sep.len) == 0)
            return text.at + i - sep.len;
    return NULL;
}

static struct JsonnetJsonValue *on_split(void *ctx, const struct JsonnetJsonValue *const *argv, int *success)
{
    struct run *r = ctx;
    struct span rest = span_of(text_of(r, argv[0])), sep = span_of(text_of(r, argv[1]));
    struct doc *parts = doc_new_list(r->a);
    double max = -1;
    lib.json_extract_number(r->vm, argv[2], &max);
    bool right = lib.json_extract_bool(r->vm, argv[3]) == 1;
    const char *at;
    while ((max < 0 || (double)doc_len(parts) < max) && (at = separator(rest, sep, right))) {
        struct span before = {rest.at, (size_t)(at - rest.at)};
        struct span after = {at + sep.len, rest.len - before.len - sep.len};
        struct span part = right ? after : before;
        doc_insert(r->a, parts, right ? 0 : doc_len(parts), doc_new_str_n(r->a, part.at, part.len));
        rest = right ? before : after;
    }
    doc_insert(r->a, parts, right ? 0 : doc_len(parts), doc_new_str_n(r->a, rest.at, rest.len));
    *success = 1;
    return lib.json_make_string(r->vm, json_text(r->a, parts, 0));
}

/* A text with a line of "---" is a stream: a list, be it of one. */
static bool is_stream(const char *text)
{
    for (const char *p = strstr(text, "---"); p; p = strstr(p + 1, "---"))
        if ((p == text || p[-1] == '\n') && (!p[3] || isspace((unsigned char)p[3])))
            return true;
    return false;
}

static struct JsonnetJsonValue *on_yaml(void *ctx, const struct JsonnetJsonValue *const *argv, int *success)
{
    struct run *r = ctx;
    const char *text = text_of(r, argv[0]);
    struct yaml_docs docs;
    struct err *e = yaml_read_all(r->a, span_of(text), YAML_SIGS, NULL, &docs);
    if (e) {
        struct JsonnetJsonValue *said = fail(r, success, e->msg);
        err_free(e);
        return said;
    }
    struct doc *list = doc_new_list(r->a);
    for (size_t i = 0; i < docs.len; i++)
        doc_push(r->a, list, docs.at[i]);
    const struct doc *value = is_stream(text) ? list : docs.len ? docs.at[0] : doc_new_null(r->a);
    *success = 1;
    return lib.json_make_string(r->vm, json_text(r->a, value, 0));
}

static void give_natives(struct run *r)
{
    static const struct {
        const char *name, *params[5];
        JsonnetNativeCallback *run;
    } table[] = {
        {"capstan.digest", {"hash", "text"}, on_digest},
        {"capstan.math", {"name", "x", "y"}, on_math},
        {"capstan.lower", {"text"}, on_lower},
        {"capstan.split", {"text", "separator", "max", "right"}, on_split},
        {"capstan.parseYaml", {"text"}, on_yaml},
    };
    for (size_t i = 0; i < ARRAY_LEN(table); i++)
        lib.native_callback(r->vm, table[i].name, table[i].run, r, table[i].params);
}

/* --- the result --- */

/* Numbers come as seventeen digits: here as Go would print them. */
static struct doc *plain(struct arena *a, const struct doc *d)
{
    struct doc *out;
    switch (doc_kind(d)) {
    case DOC_FLOAT:
        return doc_new_float(a, doc_float(d, 0));
    case DOC_LIST:
        out = doc_new_list(a);
        doc_each (it, d)
            doc_push(a, out, plain(a, it.val));
        return out;
    case DOC_MAP:
        out = doc_new_map(a);
        doc_each (it, d)
            doc_set_span(a, out, it.key, plain(a, it.val));
        return out;
    default:
        return doc_shallow(a, d);
    }
}

static struct err *take(struct run *r, char *text, bool failed, struct doc **out)
{
    struct err *e = NULL;
    struct doc *value = NULL;
    size_t n = strlen(text);
    while (failed && n && isspace((unsigned char)text[n - 1]))
        text[--n] = '\0';
    if (failed)
        e = err_new(ERR_PRECONDITION, "failed to evaluate jsonnet \"%s\": %s", r->rq->path, text);
    else
        e = json_read(r->a, (struct span){text, n}, NULL, &value);
    lib.realloc(r->vm, text, 0);
    TRY(e);
    *out = plain(r->a, value);
    return NULL;
}

static void give_vars(struct run *r)
{
    const struct render_jsonnet *rq = r->rq;
    for (size_t i = 0; i < rq->ext_len; i++)
        (rq->ext[i].code ? lib.ext_code : lib.ext_var)(r->vm, rq->ext[i].name, rq->ext[i].value);
    for (size_t i = 0; i < rq->tla_len; i++)
        (rq->tla[i].code ? lib.tla_code : lib.tla_var)(r->vm, rq->tla[i].name, rq->tla[i].value);
}

struct err *render_jsonnet(const struct render_jsonnet *rq, struct arena *a, struct doc **out)
{
    struct run r = {.rq = rq, .a = a};
    const char *program;
    int failed = 0;
    TRY(render_jsonnet_load());
    TRY(read_file(&r, rq->path, false, &program));
    r.vm = lib.make();
    lib.import_callback(r.vm, on_import, &r);
    give_natives(&r);
    give_vars(&r);
    char *result = lib.evaluate_snippet(r.vm, rq->path, program, &failed);
    struct err *e = take(&r, result, failed != 0, out);
    lib.destroy(r.vm);
    return e;
}
