/* text/duration.h - Go's time.Duration: "1h15m30.918s". Nanoseconds in an int64_t. */
#ifndef CAPSTAN_TEXT_DURATION_H
#define CAPSTAN_TEXT_DURATION_H

#include "base/str.h"

/* time.ParseDuration; ERR_INVALID `time: invalid duration "x"` and its like. */
struct err *duration_parse(struct span text, int64_t *ns) MUST_USE;
/* Duration.String: "0s", "1.5s", "2h0m0s", "100ms". */
void duration_text(int64_t ns, struct str *out);

#endif
