/* Input: a schema, a NUL, a value; both JSON. A verdict must not depend on whether errors are wanted: `not`
 * asks for none. */
#include "doc/json.h"
#include "lib/fuzz.h"
#include "schema/jsonschema.h"

static bool valid(struct arena *a, const struct doc *schema, const struct doc *value, bool *out)
{
    struct jsonschema *s;
    struct jsonschema_errors errors;
    CLEANUP(err_freep) struct err *bad = jsonschema_compile(a, schema, NULL, &s);
    if (bad)
        return false;
    CLEANUP(err_freep) struct err *limit = jsonschema_validate(s, a, value, &errors);
    *out = !errors.len;
    return !limit;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data, *cut = size ? memchr(data, 0, size) : NULL;
    if (!cut)
        return 0;
    CLEANUP(arena_freep) struct arena *a = arena_new("fuzz");
    struct doc *schema = NULL, *value = NULL;
    struct span first = {text, (size_t)(cut - text)}, second = {cut + 1, size - first.len - 1};
    CLEANUP(err_freep) struct err *e1 = json_read(a, first, NULL, &schema);
    CLEANUP(err_freep) struct err *e2 = json_read(a, second, NULL, &value);
    bool plain, negated;
    if (e1 || e2 || !valid(a, schema, value, &plain) || doc_get(schema, "$schema") ||
        doc_get(schema, "$id") || memmem(first.at, first.len, "ef\"", 3))
        return 0;
    struct doc *turned = doc_new_map(a);
    doc_set(a, turned, "not", doc_deep(a, schema));
    if (valid(a, turned, value, &negated) && plain == negated)
        panic("quiet and loud validation differ");
    return 0;
}
