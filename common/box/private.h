/* box/private - the channel between a process and a worker, and the jail. */
#ifndef CAPSTAN_BOX_PRIVATE_H
#define CAPSTAN_BOX_PRIVATE_H

#include "box/box.h"
#include "proto/box.pb-c.h"

#ifdef ARENA_DEBUG /* a build with sanitizers (Makefile) */
enum { BOX_SANITIZED = 1 };
#else
enum { BOX_SANITIZED = 0 };
#endif

typedef Capstan__Box__BoxFrame box_frame;
enum { BOX_CHANNEL_FD = 0, BOX_FRAME_LIMIT = 64 << 20 };

/* --- channel.c: frames over a stream socket --- */

/* ERR_UNAVAILABLE where the other end is gone. `call` NULL = waits for as long as it takes; the socket is
 * then a blocking one. */
struct err *box_send(int fd, const struct call *call, box_frame *f) MUST_USE;
/* ERR_INVALID for what is no frame or over `limit` bytes. The frame lives in `a`. */
struct err *box_receive(int fd, const struct call *call, size_t limit, struct arena *a,
                        box_frame **out) MUST_USE;
/* A frame that carries an error, or success and a body. */
void box_frame_result(box_frame *f, const struct err *e, struct span body);
/* The error that a frame carries, or NULL. */
struct err *box_frame_error(const box_frame *f) MUST_USE;

/* --- jail.c --- */

/* Nothing but computing, memory, and reading and writing what is open. Ends the process where it cannot be
 * set up. */
void box_jail(void);

#endif
