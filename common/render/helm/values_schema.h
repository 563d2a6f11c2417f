/* render/helm/values_schema.h - values.schema.json: does what a chart is given fit what it asks for?
 *
 * Specification: specs/helm.md §4.9. */
#ifndef CAPSTAN_RENDER_HELM_VALUES_SCHEMA_H
#define CAPSTAN_RENDER_HELM_VALUES_SCHEMA_H

#include "render/helm/chart.h"

/* Checks the coalesced values against the chart's schema and, below it, those of its children against theirs.
 * ERR_INVALID "values don't meet the specifications of the schema(s) in the following chart(s):\n..." */
struct err *helm_schema_validate(struct arena *a, const struct helm_chart *c, const struct tmpl_map *values,
                                 struct doc *warnings) MUST_USE;

#endif
