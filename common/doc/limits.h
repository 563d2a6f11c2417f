/* doc/limits.h - what a reader of outside input may cost. Every reader takes one; 0 means the default named
 * here. */
#ifndef CAPSTAN_DOC_LIMITS_H
#define CAPSTAN_DOC_LIMITS_H

#include "base/base.h"

struct limits {
    size_t bytes;   /* of input; 64 MiB, at most 2 GiB */
    size_t depth;   /* of nesting; 1,000, which is also the most */
    size_t values;  /* nodes made, alias expansions counted; 20 million */
    size_t aliases; /* YAML: nodes that come out of alias expansion; 1 million */
};

extern const struct limits limits_default;

#endif
