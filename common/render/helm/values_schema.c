/* render/helm/values_schema - says which schemas stand unchecked: the reader of JSON Schema plugs in here. */
#include "render/helm/values_schema.h"

struct err *helm_schema_validate(struct arena *a, const struct helm_chart *c, const struct tmpl_map *values,
                                 struct doc *warnings)
{
    if (c->schema.at)
        doc_push_str(a, warnings,
                     arena_printf(a, "the values.schema.json of chart %s was not checked", c->meta.name));
    for (size_t i = 0; i < c->children_len; i++)
        TRY(helm_schema_validate(a, c->children[i], values, warnings));
    return NULL;
}
