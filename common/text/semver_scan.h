/* text/semver_scan.h - the pieces of a version that constraints read too; for text/ only. */
#ifndef CAPSTAN_TEXT_SEMVER_SCAN_H
#define CAPSTAN_TEXT_SEMVER_SCAN_H

#include "text/semver.h"

enum { SEMVER_TEXT_MAX = 256 };

/* Each moves *rest behind what it read; false when it is not there. */
bool semver_scan_number(struct span *rest, uint64_t *out);
/* "-pre" and "+meta", both optional; false when one is malformed. */
bool semver_scan_tail(struct span *rest, struct semver *v);

#endif
