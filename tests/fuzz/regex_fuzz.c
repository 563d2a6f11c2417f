/* Input: a pattern, a NUL, a text. Matches lie inside of the text and iteration ends. */
#include "lib/fuzz.h"
#include "text/regex.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data, *cut = size ? memchr(data, 0, size) : NULL;
    struct span pattern = {text, cut ? (size_t)(cut - text) : size};
    struct span subject = cut ? (struct span){cut + 1, size - pattern.len - 1} : pattern;
    CLEANUP(regex_freep) struct regex *r = NULL;
    if (pattern.len > 200 || subject.len > 2000)
        return 0;
    CLEANUP(err_freep) struct err *e = regex_compile(pattern, &r);
    if (e)
        return 0;
    struct regex_iter it = {.regex = r, .text = subject};
    size_t n = 0;
    while (regex_next(&it))
        if (n++ > subject.len || it.groups[0].at < subject.at ||
            it.groups[0].at + it.groups[0].len > subject.at + subject.len)
            panic("a match outside of its text");
    CLEANUP(str_release) struct str out = {.limit = 1 << 16};
    regex_replace(r, subject, pattern, &out);
    return 0;
}
