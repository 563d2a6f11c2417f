/* tmpl/sprig_json - JSON in and out, as Sprig has it: fromJson gives any value. Helm's own, which give a map
 * or an error in one, are helm_codecs.c's. What cannot be marshalled gives "" or, from the must twins, an
 * error. */
#include "doc/json.h"
#include "tmpl/codec.h"

/* "" in place of an error that is the value's. */
static struct err *or_empty(struct err *e, struct tmpl_value *out)
{
    if (err_eat(&e, ERR_INVALID))
        *out = tmpl_str("");
    return e;
}

TMPL_FN(must_to_json)
{
    return codec_json(x, args[0], JSON_HTML, out);
}

TMPL_FN(to_json)
{
    return or_empty(codec_json(x, args[0], JSON_HTML, out), out);
}

TMPL_FN(must_to_pretty_json)
{
    return codec_json(x, args[0], JSON_HTML | JSON_INDENT, out);
}

TMPL_FN(to_pretty_json)
{
    return or_empty(codec_json(x, args[0], JSON_HTML | JSON_INDENT, out), out);
}

TMPL_FN(must_to_raw_json)
{
    return codec_json(x, args[0], 0, out);
}

TMPL_FN(to_raw_json)
{
    return or_empty(codec_json(x, args[0], 0, out), out);
}

struct err *codec_read_json(struct tmpl_exec *x, struct span text, struct doc **out)
{
    struct limits limits = {0};
    TRY(tmpl_reserve(x, text.len));
    struct err *e = json_read(x->arena, text, &limits, out);
    if (!e || e->code != ERR_INVALID)
        return e;
    struct err *in_go = json_error(text);
    if (!in_go)
        return e;
    err_free(e);
    return in_go;
}

TMPL_FN(must_from_json)
{
    struct doc *d;
    TRY(codec_read_json(x, tmpl_span_of(args[0]), &d));
    *out = tmpl_from_doc(x->arena, d, TMPL_NUMBERS_FLOAT);
    return NULL;
}

TMPL_FN(from_json)
{
    struct doc *d;
    struct err *e = codec_read_json(x, tmpl_span_of(args[0]), &d);
    if (!e)
        *out = tmpl_from_doc(x->arena, d, TMPL_NUMBERS_FLOAT);
    err_eat(&e, ERR_INVALID);
    return e;
}

static const struct tmpl_func rows[] = {
    {"fromJson", "s", from_json},
    {"mustFromJson", "s", must_from_json},
    {"mustToJson", "a", must_to_json},
    {"mustToPrettyJson", "a", must_to_pretty_json},
    {"mustToRawJson", "a", must_to_raw_json},
    {"toJson", "a", to_json},
    {"toPrettyJson", "a", to_pretty_json},
    {"toRawJson", "a", to_raw_json},
};
const struct tmpl_family tmpl_sprig_json = {rows, ARRAY_LEN(rows)};
