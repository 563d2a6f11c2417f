/* box/confine.h - somebody else's program run with what it needs and no more: for plugins that are commands.
 *
 * Where box.h's workers are our own code on hostile data, this is foreign code. It may read and run what the
 * system has installed, read and write in one folder, compute, and start processes that are bound the same
 * way; it sees no other file, no /proc and no socket. By Landlock (Linux 5.13 and later; landlock(7)) and
 * seccomp; neither needs privileges. */
#ifndef CAPSTAN_BOX_CONFINE_H
#define CAPSTAN_BOX_CONFINE_H

#include "base/err.h"

struct box_confine {
    const char *folder;          /* absolute: read, write, run */
    bool network;                /* TCP and UDP are allowed */
};
/* Binds this process, which cannot be undone, and what it executes and starts. ERR_UNAVAILABLE where the
 * kernel has no Landlock. */
struct err *box_confine(const struct box_confine *what) MUST_USE;

#endif
