/* tests/unit/render/rig_values.h - values from JSON and back. */
#ifndef CAPSTAN_TEST_RENDER_RIG_VALUES_H
#define CAPSTAN_TEST_RENDER_RIG_VALUES_H

#include "doc/json.h"
#include "lib/test.h"
#include "render/helm/values.h"

static inline struct tmpl_map *values_of_json(struct arena *a, const char *text)
{
    struct doc *d = NULL;
    struct err *e = json_read(a, span_of(text), NULL, &d);
    CHECKF(!e, "%s", text);
    return tmpl_from_doc(a, d, TMPL_NUMBERS_FLOAT).map;
}

static inline const char *json_of_values(struct arena *a, struct tmpl_map *m)
{
    struct doc *d = NULL;
    struct err *e = tmpl_to_doc(a, tmpl_map_value(m), &d);
    CHECK(!e);
    return json_text(a, d, JSON_SORTED);
}

#endif
