/* base/queue.h - the keyed work queue of the loop thread: what to do next, once, fairly, and not too often.
 *
 * A key is in the queue at most once and at most one take of it is out at a time; adding it meanwhile makes
 * it due again after queue_done. Ready keys are taken first in first out within their group, groups in turn
 * (a group is a project: a storm in one does not delay the others by more than one key). Failing keys come
 * back after their own back-off. Pure over an injected clock; the owner sets a timer to queue_wait_ms after
 * each change. */
#ifndef CAPSTAN_BASE_QUEUE_H
#define CAPSTAN_BASE_QUEUE_H

#include "base/backoff.h"
#include "base/time.h"

struct queue;

/* `clock` and `random` are borrowed; `retry` paces queue_retry. */
struct queue *queue_new(const struct clock *clock, struct rand *random, const struct backoff *retry) MUST_USE;
void queue_free(struct queue *q);
void queue_freep(struct queue **q);

/* Due now; a pending delay of the key is dropped. `group` is copied, and kept from the first add while the
 * key is known. */
void queue_add(struct queue *q, const char *group, const char *key);
/* Due in `delay_ms`; of two delays the sooner counts, and a key that is due already stays due. */
void queue_add_after(struct queue *q, const char *group, const char *key, int64_t delay_ms);
/* Counts a failure of the key and adds it after its back-off, which is returned. */
int64_t queue_retry(struct queue *q, const char *group, const char *key);
/* The key worked: its failures count from 0 again. */
void queue_succeeded(struct queue *q, const char *key);
/* Out of the queue, with failures and delay; a take that is out stays out until its queue_done. */
void queue_drop(struct queue *q, const char *key);

/* The next due key, now in flight, or NULL. Borrowed until queue_done. */
const char *queue_take(struct queue *q);
/* Ends the take; if the key was added meanwhile it is due (again). */
void queue_done(struct queue *q, const char *key);

/* 0 when a key can be taken now, else milliseconds to the next delayed one; INT64_MAX = nothing waits. */
int64_t queue_wait_ms(struct queue *q);
size_t queue_ready(struct queue *q);           /* due, not taken */
size_t queue_delayed(const struct queue *q);   /* waiting for their time */
size_t queue_in_flight(const struct queue *q); /* taken, not done */
int queue_failures(const struct queue *q, const char *key);

#endif
