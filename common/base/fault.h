/* base/fault.h - named points where a test makes the code fail, stall or die. Release builds compile them to
 * nothing.
 *
 *     TRY(fault_point("sync.apply"));
 *
 * CAPSTAN_FAULT arms them, one or more of NAME=ACTION[@WHEN] with commas between:
 *
 *     sync.apply=fail            every time: ERR_UNAVAILABLE, reason "Fault"
 *     sync.apply=fail@3          the third time only
 *     git.fetch=stall:100ms      the calling thread sleeps that long
 *     sync.apply=kill@7/20       SIGKILL to this process at one of the first 20 times, chosen by seed 7
 *
 * Thread safe. The environment is read once, at the first point met; a malformed text is a panic: a test that
 * does not test what it says is worse than none. */
#ifndef CAPSTAN_BASE_FAULT_H
#define CAPSTAN_BASE_FAULT_H

#include "base/err.h"

#ifdef NDEBUG
#define fault_point(name) ((struct err *)NULL)
#else
#define fault_point(name) fault_meet(name)
#endif

/* What fault_point calls; `name` is static. */
struct err *fault_meet(const char *name) MUST_USE;
/* Replaces what is armed, counts start again; NULL disarms. For tests in one process. */
struct err *fault_arm(const char *text) MUST_USE;

#endif
