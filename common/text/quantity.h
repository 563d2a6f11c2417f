/* text/quantity.h - Kubernetes' resource.Quantity: "500m", "1.5Gi", "1e3".
 *
 * Exact: a value is a count of nano units in 128 bits; finer fractions round up (away from zero) and what is
 * beyond 2^63-1 is cut to it, both as the API machinery does. */
#ifndef CAPSTAN_TEXT_QUANTITY_H
#define CAPSTAN_TEXT_QUANTITY_H

#include "base/str.h"

enum quantity_format { QUANTITY_DECIMAL, QUANTITY_BINARY, QUANTITY_EXPONENT };

struct quantity {
    __int128 nanos;
    enum quantity_format format; /* how it was written, hence how it is written again */
};

/* ERR_INVALID with the API machinery's words. */
struct err *quantity_parse(struct span text, struct quantity *out) MUST_USE;
/* The canonical form: the largest suffix that leaves no fraction. */
void quantity_text(const struct quantity *q, struct str *out);
/* -1, 0, 1. */
int quantity_compare(const struct quantity *x, const struct quantity *y);
/* Value and MilliValue: rounded up (away from zero), cut to the range of int64_t. */
int64_t quantity_int(const struct quantity *q);
int64_t quantity_milli(const struct quantity *q);
/* Format of x; cut to the range. */
struct quantity quantity_add(const struct quantity *x, const struct quantity *y);

#endif
