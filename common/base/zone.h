/* base/zone.h - time zones by their names in the tz database, for schedules that people write in local time.
 *
 * The process's own zone (TZ) is never touched, so any thread may ask. */
#ifndef CAPSTAN_BASE_ZONE_H
#define CAPSTAN_BASE_ZONE_H

#include "base/base.h"

/* How far local time is ahead of UTC at `at_s` (since 1970), in seconds, daylight saving included. "" and
 * "UTC" are 0. False for a name that the system's database lacks. Reads a file of a few KB. */
bool zone_offset_s(const char *name, int64_t at_s, int64_t *out);
/* The same of a file of the database (TZif, RFC 8536). False when the bytes are not one. */
bool zone_offset_in(struct span file, int64_t at_s, int64_t *out);

#endif
