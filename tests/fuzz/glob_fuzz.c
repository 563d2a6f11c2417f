/* Input: a pattern, a NUL, a text. Both dialects answer or refuse. */
#include "lib/fuzz.h"
#include "text/glob.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *pattern = mem_strndup((const char *)data, size);
    size_t cut = strlen(pattern);
    const char *text = cut < size ? pattern + cut + 1 : "";
    CLEANUP(glob_freep) struct glob *g = NULL;
    CLEANUP(err_freep) struct err *e = glob_compile(span_of(pattern), "/.", &g);
    if (!e)
        glob_match(g, span_of(text));
    bool matched;
    err_free(glob_path(pattern, text, &matched));
    free(pattern);
    return 0;
}
