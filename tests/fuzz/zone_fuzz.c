/* Input: a file of the tz database. */
#include "base/zone.h"
#include "lib/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const int64_t moments[] = {INT64_C(-4000000000), 0,         INT64_C(1795600800),
                                      INT64_C(9000000000),  INT64_MAX, INT64_MIN};
    struct span file = {(const char *)data, size};
    for (size_t i = 0; i < sizeof(moments) / sizeof(moments[0]); i++) {
        int64_t offset_s;
        (void)zone_offset_in(file, moments[i], &offset_s);
    }
    return 0;
}
