/* Which paths expressions of jq name. What never ends is tested where a box ends it. */
#include "box/jq.h"
#include "lib/test.h"

#define OBJECT                                                                                               \
    "{\"spec\":{\"replicas\":3,\"containers\":[{\"name\":\"main\",\"image\":\"a\"},{\"name\":\"side\","      \
    "\"image\":\"b\"}]},"                                                                                    \
    "\"a.b\":{\"x/y\":1}}"

TEST(an_expression_names_paths)
{
    static const struct {
        const char *expression, *paths;
    } rows[] = {
        {".spec.replicas", "[[\"spec\",\"replicas\"]]"},
        {".missing", "[[\"missing\"]]"},
        {".spec.containers[] | select(.name == \"side\") | .image",
         "[[\"spec\",\"containers\",1,\"image\"]]"},
        {".spec.containers[].image",
         "[[\"spec\",\"containers\",0,\"image\"],[\"spec\",\"containers\",1,\"image\"]]"},
        {".spec.containers[-1]", "[[\"spec\",\"containers\",-1]]"},
        {".spec.containers[1:]", "[[\"spec\",\"containers\",{\"start\":1,\"end\":null}]]"},
        {".[\"a.b\"][\"x/y\"]", "[[\"a.b\",\"x/y\"]]"},
        {".nothing[]?", "[]"},
        {".spec.containers[] | select(.name | test(\"^ma\"))", "[[\"spec\",\"containers\",0]]"},
        {"..|.image?|select(.)",
         "[[\"spec\",\"containers\",0,\"image\"],[\"spec\",\"containers\",1,\"image\"]]"},
        {".spec.replicas, .spec.containers[0]", "[[\"spec\",\"replicas\"],[\"spec\",\"containers\",0]]"},
        {"empty", "[]"},
        {"first(.spec.containers[])", "[[\"spec\",\"containers\",0]]"},
    };
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    struct box_jq *q = box_jq_new();
    for (size_t i = 0; i < 2 * ARRAY_LEN(rows); i++) { /* compiled, then from the cache */
        size_t row = i % ARRAY_LEN(rows);
        struct span out = {"", 0};
        CHECK_OK(box_jq_paths(q, rows[row].expression, span_of(OBJECT), a, &out));
        CHECKF(streq(out.at, rows[row].paths), "%s: %s", rows[row].expression, out.at);
    }
    box_jq_free(q);
}

TEST(what_fails_says_so_and_spoils_nothing)
{
    static const struct {
        const char *expression;
        enum err_code code;
    } rows[] = {
        {".spec[", ERR_INVALID},
        {"nosuch(.a)", ERR_INVALID},
        {"", ERR_INVALID},
        {".a) | (.b", ERR_PRECONDITION},
        {".missing[]", ERR_PRECONDITION},
        {".spec.replicas.x", ERR_PRECONDITION},
        {"1", ERR_PRECONDITION},
        {".spec.containers[] | halt", ERR_PRECONDITION},
        {".spec.containers[] | halt_error", ERR_PRECONDITION},
        {".spec.containers[] | error(\"x\")", ERR_PRECONDITION},
        {".spec.containers[] | input", ERR_PRECONDITION},
        {"import \"a\" as a; .a", ERR_INVALID},
        {"include \"a\"; .a", ERR_INVALID},
        {"label $out | .spec.containers[] | break $out", ERR_OK},
        {".spec.containers[range(20000)]", ERR_RANGE},
    };
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    struct box_jq *q = box_jq_new();
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct span out = {"", 0};
        struct err *e = box_jq_paths(q, rows[i].expression, span_of(OBJECT), a, &out);
        CHECKF(err_code_of(e) == rows[i].code, "%s: %s %s", rows[i].expression, e ? e->msg : "worked",
               out.at);
        err_free(e);
        CHECK_OK(box_jq_paths(q, ".spec.replicas", span_of(OBJECT), a, &out));
    }
    box_jq_free(q);
}

TEST_MAIN
