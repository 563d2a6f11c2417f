/* A canonical text reads back as the same value and is canonical itself. */
#include "lib/fuzz.h"
#include "text/quantity.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span text = {(const char *)data, size};
    struct quantity q, again;
    CLEANUP(err_freep) struct err *e = quantity_parse(text, &q);
    if (!e) {
        CLEANUP(str_release) struct str s = {0}, s2 = {0};
        quantity_text(&q, &s);
        CLEANUP(err_freep) struct err *e2 = quantity_parse(str_span(&s), &again);
        if (!e2)
            quantity_text(&again, &s2);
        if (e2 || !span_eq(str_span(&s), str_span(&s2)))
            panic("'%s' is not canonical", str_text(&s));
    }
    return 0;
}
