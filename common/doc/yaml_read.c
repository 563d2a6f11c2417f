/* doc/yaml_read - a text by the scanner of the common subset, or else by libyaml, whose events are the
 * reference: what is odd and what is wrong is read, and named, by it alone. */
#include "doc/yaml_compose.h"

#include <yaml.h>

/* The line that go-yaml names. yaml.v2 looks at the problem first, yaml.v3 at the context; a scanner's mark
 * is one short. A mark on the first line is not named. */
static struct err *parser_error(const yaml_parser_t *p, enum yaml_dialect dialect)
{
    size_t problem = p->problem_mark.line, context = p->context_mark.line;
    bool scanner = p->error == YAML_SCANNER_ERROR;
    bool v3 = dialect == YAML_V3;
    size_t line = v3 ? (context ? context : problem) : (problem ? problem : context);
    if (line && scanner && (v3 || problem))
        line++;
    const char *what = p->problem ? p->problem : "unknown problem parsing YAML content";
    if (line)
        return err_new(ERR_INVALID, "yaml: line %zu: %s", line, what);
    return err_new(ERR_INVALID, "yaml: %s", what);
}

static const char *short_tag(struct arena *a, const yaml_char_t *tag)
{
    static const char core[] = "tag:yaml.org,2002:";
    const char *text = (const char *)tag;
    if (!text || !*text)
        return NULL;
    return starts_with(text, core) ? arena_printf(a, "!!%s", text + strlen(core)) : text;
}

static struct err *on_event(struct composer *c, const yaml_event_t *e)
{
    uint32_t line = (uint32_t)e->start_mark.line + 1;
    struct compose_scalar s;
    switch (e->type) {
    case YAML_SCALAR_EVENT:
        s = (struct compose_scalar){
            .text = {(const char *)e->data.scalar.value, e->data.scalar.length},
            .tag = short_tag(c->arena, e->data.scalar.tag),
            .anchor = (const char *)e->data.scalar.anchor,
            .line = line,
            .plain = e->data.scalar.style == YAML_PLAIN_SCALAR_STYLE,
            .folded = e->data.scalar.style == YAML_FOLDED_SCALAR_STYLE,
        };
        return compose_scalar(c, &s);
    case YAML_ALIAS_EVENT:
        return compose_alias(c, (const char *)e->data.alias.anchor, line);
    case YAML_SEQUENCE_START_EVENT:
        return compose_open(c, DOC_LIST, (const char *)e->data.sequence_start.anchor, line);
    case YAML_MAPPING_START_EVENT:
        return compose_open(c, DOC_MAP, (const char *)e->data.mapping_start.anchor, line);
    case YAML_SEQUENCE_END_EVENT:
    case YAML_MAPPING_END_EVENT:
        return compose_close(c);
    default:
        return NULL;
    }
}

/* The next document; *out NULL at the end of the stream. */
static struct err *next_document(struct composer *c, yaml_parser_t *parser, struct doc **out)
{
    *out = NULL;
    compose_start(c);
    for (;;) {
        yaml_event_t event;
        if (!yaml_parser_parse(parser, &event))
            return parser_error(parser, c->dialect);
        yaml_event_type_t type = event.type;
        struct err *e = on_event(c, &event);
        yaml_event_delete(&event);
        if (e || type == YAML_STREAM_END_EVENT)
            return e;
        if (type == YAML_DOCUMENT_END_EVENT)
            break;
    }
    *out = compose_finish(c);
    return NULL;
}

struct err *yaml_events_read(struct composer *c, struct span text, bool all, struct yaml_docs *out)
{
    CLEANUP(yaml_parser_delete) yaml_parser_t parser;
    VEC(struct doc *) docs = {0};
    struct err *e = NULL;
    c->values = 0;
    if (!yaml_parser_initialize(&parser))
        panic("out of memory for a YAML parser");
    yaml_parser_set_input_string(&parser, (const unsigned char *)(text.len ? text.at : ""), text.len);
    do {
        struct doc *d;
        e = next_document(c, &parser, &d);
        if (e || !d)
            break;
        vec_push(&docs, d);
    } while (all);
    out->len = docs.len;
    out->at = arena_dup(c->arena, docs.at, docs.len * sizeof(*docs.at));
    vec_release(&docs);
    return e;
}

static struct err *read_docs(struct arena *a, struct span text, enum yaml_dialect dialect,
                             const struct limits *limits, bool all, struct yaml_docs *out)
{
    *out = (struct yaml_docs){0};
    CLEANUP(compose_release)
    struct composer c = {.arena = a, .dialect = dialect, .limits = limits_or_default(limits)};
    struct err *e = NULL;
    if (text.len > c.limits.bytes)
        e = err_reason(ERR_EXHAUSTED, "TooLarge", "%zu bytes of YAML, at most %zu are read", text.len,
                       c.limits.bytes);
    else if (!yaml_subset_read(&c, text, all, out)) {
        e = yaml_events_read(&c, text, all, out);
    }
    return dialect == YAML_SIGS ? err_wrap(e, "error converting YAML to JSON") : e;
}

struct err *yaml_read_all(struct arena *a, struct span text, enum yaml_dialect dialect,
                          const struct limits *limits, struct yaml_docs *out)
{
    return read_docs(a, text, dialect, limits, true, out);
}

struct err *yaml_read(struct arena *a, struct span text, enum yaml_dialect dialect,
                      const struct limits *limits, struct doc **out)
{
    struct yaml_docs docs;
    *out = NULL;
    TRY(read_docs(a, text, dialect, limits, false, &docs));
    *out = docs.len ? docs.at[0] : doc_new_null(a);
    return NULL;
}
