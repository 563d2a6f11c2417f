/* render/helm/values_schema - each chart's values against its own schema, and what is wrong as Helm words it.
 *
 * A chart that does not fit is no reason to stop: Helm tells all of them at once. A verdict ends in a line
 * end, a schema that cannot be used does not, which is Helm's form and what its messages are compared with.
 */
#include "render/helm/values_schema.h"

#include "base/str.h"
#include "doc/json.h"
#include "schema/jsonschema.h"

struct checking {
    struct arena *a;
    struct doc *warnings;
    struct str *out;
};

/* What a schema refers to outside of itself. Helm would fetch it; a render asks no network. */
static struct err *load(void *arg, struct arena *a, const char *url, const struct doc **out)
{
    struct checking *c = arg;
    if (!starts_with(url, "urn:"))
        return err_new(ERR_INVALID, "%s",
                       starts_with(url, "file:")
                           ? "a schema is read from its own chart's values.schema.json only"
                           : "schemas are not fetched from the network");
    doc_push_str(a, c->warnings,
                 arena_printf(a, "unresolved URN reference ignored; using permissive schema urn=%s", url));
    *out = doc_new_bool(a, true);
    return NULL;
}

static struct err *check_one(struct checking *c, struct span schema, const struct doc *values)
{
    struct doc *d;
    struct jsonschema *compiled;
    struct jsonschema_errors errors;
    struct jsonschema_options options = {.load = load, .arg = c};
    TRY(json_read(c->a, schema, NULL, &d));
    TRY(jsonschema_compile(c->a, d, &options, &compiled));
    TRY(jsonschema_validate(compiled, c->a, values, &errors));
    if (!errors.len)
        return NULL;
    CLEANUP(str_release) struct str text = {0};
    jsonschema_errors_text(&errors, &text);
    return err_new(ERR_INVALID, "%s\n", str_text(&text));
}

static const char *go_type(const struct doc *d)
{
    switch (doc_kind(d)) {
    case DOC_STR:
        return "string";
    case DOC_BOOL:
        return "bool";
    case DOC_LIST:
        return "[]interface {}";
    default:
        return "float64";
    }
}

static void check_chart(struct checking *c, const struct helm_chart *chart, const struct doc *values)
{
    struct err *bad = chart->schema.at ? check_one(c, chart->schema, values) : NULL;
    if (bad)
        str_printf(c->out, "%s:\n%s", chart->meta.name, bad->msg);
    err_free(bad);
    for (size_t i = 0; i < chart->children_len; i++) {
        const struct helm_chart *child = chart->children[i];
        const struct doc *own = doc_get(values, child->meta.name);
        if (doc_is(own, DOC_MAP))
            check_chart(c, child, own);
        else if (own && !doc_is(own, DOC_NULL))
            str_printf(c->out, "%s:\ninvalid type for values: expected object (map), got %s\n",
                       child->meta.name, go_type(own));
    }
}

/* Most charts have no schema, and need no document made of their values. */
static bool any_schema(const struct helm_chart *c)
{
    bool any = c->schema.at != NULL;
    for (size_t i = 0; i < c->children_len && !any; i++)
        any = any_schema(c->children[i]);
    return any;
}

struct err *helm_schema_validate(struct arena *a, const struct helm_chart *c, const struct tmpl_map *values,
                                 struct doc *warnings)
{
    CLEANUP(str_release) struct str out = {.limit = 1 << 20};
    struct checking checking = {a, warnings, &out};
    struct doc *d;
    if (!any_schema(c))
        return NULL;
    TRYF(tmpl_to_doc(a, tmpl_map_value((struct tmpl_map *)(uintptr_t)values), &d), "values");
    check_chart(&checking, c, d);
    if (!out.len)
        return NULL;
    return err_new(ERR_INVALID,
                   "values don't meet the specifications of the schema(s) in the following chart(s):\n%s",
                   str_text(&out));
}
