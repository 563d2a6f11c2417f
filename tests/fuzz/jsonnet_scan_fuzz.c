/* Texts for libjsonnet: what is added is the mark and nothing else. */
#include "lib/fuzz.h"
#include "render/jsonnet.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    CLEANUP(str_release) struct str out = {0};
    const struct span text = {(const char *)data, size};
    if (memchr(data, '\0', size)) /* refused before */
        return 0;
    CLEANUP(err_freep) struct err *e = render_jsonnet_scan("a.jsonnet", text, &out);
    if (e)
        return 0;
    const size_t mark = strlen(RENDER_JSONNET_TEXT);
    size_t from = 0, at = 0;
    while (at < out.len) {
        if (from < size && out.at[at] == text.at[from]) {
            at++;
            from++;
        } else if (out.len - at >= mark && memcmp(out.at + at, RENDER_JSONNET_TEXT, mark) == 0) {
            at += mark;
        } else {
            abort();
        }
    }
    if (from != size)
        abort();
    return 0;
}
