/* Input: a schedule. Whatever is one comes after the moment it is asked for. */
#include "base/str.h"
#include "lib/fuzz.h"
#include "text/cron.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    enum { AFTER_S = 1795600800 };
    CLEANUP(str_release) struct str text = {0};
    str_add_n(&text, (const char *)data, size);
    struct cron c;
    int64_t next_s;
    CLEANUP(err_freep) struct err *e = cron_parse(str_text(&text), &c);
    if (!e && cron_next_s(&c, AFTER_S, &next_s) && next_s <= AFTER_S)
        panic("'%s' goes back", str_text(&text));
    return 0;
}
