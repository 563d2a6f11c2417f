/* box/jq - libjq, used so that it cannot abort: a path() that is left before its end makes the next use of
 * its state fail an assertion, so each run collects with `[limit(N; path(E))]` and is read to its end, and a
 * state that halted or failed goes at once, in the job that caused it. */
#include "box/jq.h"

#include "base/map.h"
#include "base/str.h"

#include <jq.h>

enum { CACHED = 32 };

struct box_jq {
    struct map *states; /* expression to jq_state */
};

static void state_free(void *arg)
{
    jq_state *state = arg;
    jq_teardown(&state);
}

struct box_jq *box_jq_new(void)
{
    struct box_jq *q = mem_alloc(sizeof(*q));
    q->states = map_new(state_free);
    return q;
}

void box_jq_free(struct box_jq *q)
{
    map_free(q->states);
    mem_freep(&q);
}

/* The first line of the first message; libjq ends with one that only counts the others. */
static void keep_message(void *arg, jv message)
{
    struct str *s = arg;
    if (!s->len && jv_get_kind(message) == JV_KIND_STRING) {
        struct span line, rest = span_of(jv_string_value(message));
        if (span_cut(&rest, '\n', &line))
            str_add_span(s, line);
    }
    jv_free(message);
}

/* `input` crashes a state without one. */
static jv no_input(jq_state *state, void *arg)
{
    (void)state, (void)arg;
    return jv_invalid();
}

static struct err *compile(struct box_jq *q, const char *expression, jq_state **out)
{
    CLEANUP(str_release) struct str program = {0}, said = {0};
    *out = map_get(q->states, expression);
    if (*out)
        return NULL;
    jq_state *state = jq_init();
    if (!state)
        return err_new(ERR_EXHAUSTED, "jq has no memory");
    jq_set_error_cb(state, keep_message, &said);
    jq_set_input_cb(state, no_input, NULL);
    str_printf(&program, "[limit(%d; path(%s))]", BOX_JQ_PATHS + 1, expression);
    bool compiled = jq_compile(state, str_text(&program)) != 0;
    jq_set_error_cb(state, NULL, NULL);
    if (!compiled) {
        state_free(state);
        return err_new(ERR_INVALID, "%s", said.len ? str_text(&said) : "jq: no such expression");
    }
    if (map_len(q->states) >= CACHED)
        map_clear(q->states);
    map_set(q->states, expression, state);
    *out = state;
    return NULL;
}

/* Takes `result`. */
static struct err *failure(jv result)
{
    if (!jv_invalid_has_msg(jv_copy(result))) {
        jv_free(result);
        return err_new(ERR_PRECONDITION, "the expression ends without a result");
    }
    jv message = jq_format_error(jv_invalid_get_msg(result));
    struct err *e = err_new(ERR_PRECONDITION, "%s",
                            jv_get_kind(message) == JV_KIND_STRING ? jv_string_value(message) : "jq failed");
    jv_free(message);
    return e;
}

/* The paths, or why there are none; *clean: the state can be used again. */
static struct err *run(jq_state *state, jv object, jv *paths, bool *clean)
{
    jq_start(state, object, 0);
    jv result = jq_next(state);
    *clean = false;
    if (!jv_is_valid(result))
        return failure(result);
    jv second = jq_next(state);
    bool single = !jv_is_valid(second) && !jq_halted(state) && jv_get_kind(result) == JV_KIND_ARRAY;
    jv_free(second);
    if (!single) {
        jv_free(result);
        return err_new(ERR_PRECONDITION, "the expression has more than one result");
    }
    *clean = true;
    *paths = result;
    return NULL;
}

struct err *box_jq_paths(struct box_jq *q, const char *expression, struct span object, struct arena *a,
                         struct span *out)
{
    jq_state *state;
    jv paths;
    bool clean;
    TRY(compile(q, expression, &state));
    jv input = jv_parse_sized(object.at, (int)object.len);
    if (!jv_is_valid(input)) {
        jv_free(input);
        return err_new(ERR_INVALID, "jq cannot read the object");
    }
    struct err *e = run(state, input, &paths, &clean);
    if (!clean)
        map_del(q->states, expression);
    TRY(e);
    if (jv_array_length(jv_copy(paths)) > BOX_JQ_PATHS) {
        jv_free(paths);
        return err_new(ERR_RANGE, "the expression names more than %d paths", BOX_JQ_PATHS);
    }
    jv text = jv_dump_string(paths, 0);
    out->at = arena_strdup(a, jv_string_value(text));
    out->len = strlen(out->at);
    jv_free(text);
    return NULL;
}
