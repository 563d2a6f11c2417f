/* tmpl/helm_codecs - Helm's toYaml, fromYaml and their kin, and its own fromJson: what cannot be read comes
 * back as a map with the key Error, or as a list of the message (specs/helm.md §2.3). */
#include "doc/yaml.h"
#include "tmpl/codec.h"

static struct err *to_yaml_text(struct tmpl_exec *x, struct tmpl_value v, enum yaml_profile profile,
                                struct tmpl_value *out)
{
    struct doc *d;
    struct str s = {0};
    TRY(tmpl_to_doc(x->arena, v, &d));
    yaml_write(&s, d, profile);
    if (s.len && s.at[s.len - 1] == '\n')
        s.len--;
    return tmpl_give(x, &s, out);
}

TMPL_FN(must_to_yaml)
{
    return to_yaml_text(x, args[0], YAML_WRITE_SIGS, out);
}

TMPL_FN(to_yaml)
{
    struct err *e = to_yaml_text(x, args[0], YAML_WRITE_SIGS, out);
    if (err_eat(&e, ERR_INVALID))
        *out = tmpl_str("");
    return e;
}

TMPL_FN(to_yaml_pretty)
{
    struct err *e = to_yaml_text(x, args[0], YAML_WRITE_V3, out);
    if (err_eat(&e, ERR_INVALID))
        *out = tmpl_str("");
    return e;
}

static struct tmpl_value error_map(struct tmpl_exec *x, const char *message)
{
    struct tmpl_map *m = tmpl_map_new(x->arena, &tmpl_type_map);
    tmpl_map_set(m, span_of("Error"), tmpl_str(arena_strdup(x->arena, message)));
    return tmpl_map_value(m);
}

static struct tmpl_value error_list(struct tmpl_exec *x, const char *message)
{
    struct tmpl_list *l = tmpl_list_new(x->arena, &tmpl_type_list, 1);
    l->items[0] = tmpl_str(arena_strdup(x->arena, message));
    return tmpl_list_value(l);
}

/* Takes `e`: the text's own faults become a value, a limit that ran out stays an error. */
static struct err *as_value(struct tmpl_exec *x, struct err *e, bool list, struct tmpl_value *out)
{
    if (e && e->code == ERR_INVALID) {
        *out = list ? error_list(x, e->msg) : error_map(x, e->msg);
        err_free(e);
        return NULL;
    }
    return e;
}

/* encoding/json's refusal of another kind of value. */
static struct err *wrong_kind(const struct doc *d, const char *before, const char *type)
{
    const char *kind = doc_kind_name(d);
    return err_new(ERR_INVALID, "%sjson: cannot unmarshal %s into Go value of type %s", before, kind, type);
}

/* An infinity is refused when the tree becomes JSON, and so not by "yaml:". */
static struct err *without_yaml(struct err *e)
{
    static const char part[] = "yaml: json:";
    char *at = e ? strstr(e->msg, part) : NULL;
    if (at)
        memmove(at, at + strlen("yaml: "), strlen(at + strlen("yaml: ")) + 1);
    return e;
}

static struct err *read_yaml(struct tmpl_exec *x, struct span text, enum doc_kind want, struct doc **out)
{
    const char *type = want == DOC_MAP ? "map[string]interface {}" : "[]interface {}";
    TRY(tmpl_reserve(x, text.len));
    TRY(without_yaml(yaml_read(x->arena, text, YAML_SIGS, NULL, out)));
    if (doc_is(*out, want) || doc_is(*out, DOC_NULL))
        return NULL;
    return wrong_kind(*out, "error unmarshaling JSON: while decoding JSON: ", type);
}

TMPL_FN(from_yaml)
{
    struct doc *d;
    struct err *e = read_yaml(x, tmpl_span_of(args[0]), DOC_MAP, &d);
    if (e)
        return as_value(x, e, false, out);
    *out = doc_is(d, DOC_MAP) ? tmpl_from_doc(x->arena, d, TMPL_NUMBERS_FLOAT)
                              : tmpl_map_value(tmpl_map_new(x->arena, &tmpl_type_map));
    return NULL;
}

TMPL_FN(from_yaml_array)
{
    struct doc *d;
    struct err *e = read_yaml(x, tmpl_span_of(args[0]), DOC_LIST, &d);
    if (e)
        return as_value(x, e, true, out);
    *out = doc_is(d, DOC_LIST) ? tmpl_from_doc(x->arena, d, TMPL_NUMBERS_FLOAT)
                               : tmpl_list_value(tmpl_list_new(x->arena, &tmpl_type_list, 0));
    return NULL;
}

static struct err *read_json(struct tmpl_exec *x, struct span text, enum doc_kind want, struct doc **out)
{
    TRY(codec_read_json(x, text, out));
    if (doc_is(*out, want) || doc_is(*out, DOC_NULL))
        return NULL;
    return wrong_kind(*out, "", want == DOC_MAP ? "map[string]interface {}" : "[]interface {}");
}

/* JSON's null gives a nil map. */
TMPL_FN(from_json)
{
    struct doc *d;
    struct err *e = read_json(x, tmpl_span_of(args[0]), DOC_MAP, &d);
    if (e)
        return as_value(x, e, false, out);
    *out = doc_is(d, DOC_MAP) ? tmpl_from_doc(x->arena, d, TMPL_NUMBERS_FLOAT) : tmpl_map_value(NULL);
    return NULL;
}

TMPL_FN(from_json_array)
{
    struct doc *d;
    struct err *e = read_json(x, tmpl_span_of(args[0]), DOC_LIST, &d);
    if (e)
        return as_value(x, e, true, out);
    *out = doc_is(d, DOC_LIST) ? tmpl_from_doc(x->arena, d, TMPL_NUMBERS_FLOAT) : tmpl_list_value(NULL);
    return NULL;
}

/* --- TOML --- */

TMPL_FN(must_to_toml)
{
    struct str s = {0};
    struct err *e = tmpl_is_nothing(args[0])
                        ? err_new(ERR_INVALID, "reflect: call of reflect.Value.Type on zero Value")
                        : toml_write(&s, args[0]);
    if (!e)
        return tmpl_give(x, &s, out);
    str_release(&s);
    return e;
}

TMPL_FN(to_toml)
{
    struct err *e = must_to_toml(x, args, n, out);
    if (!e || tmpl_is_nothing(args[0]) || e->code != ERR_INVALID)
        return e;
    *out = tmpl_str(arena_strdup(x->arena, e->msg));
    err_free(e);
    return NULL;
}

TMPL_FN(from_toml)
{
    struct tmpl_map *m;
    TRY(tmpl_reserve(x, tmpl_span_of(args[0]).len));
    struct err *e = toml_read(x->arena, tmpl_span_of(args[0]), &m);
    if (e)
        return as_value(x, e, false, out);
    *out = tmpl_map_value(m);
    return NULL;
}

static const struct tmpl_func rows[] = {
    {"fromJson", "s", from_json},
    {"fromJsonArray", "s", from_json_array},
    {"fromToml", "s", from_toml},
    {"fromYaml", "s", from_yaml},
    {"fromYamlArray", "s", from_yaml_array},
    {"mustToToml", "a", must_to_toml},
    {"mustToYaml", "a", must_to_yaml},
    {"toToml", "a", to_toml},
    {"toYaml", "a", to_yaml},
    {"toYamlPretty", "a", to_yaml_pretty},
};
const struct tmpl_family tmpl_helm_codecs = {rows, ARRAY_LEN(rows)};
