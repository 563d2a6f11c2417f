/* application-controller/scripts.h - users' scripts: asked on the loop, run in boxed workers, answers
 * remembered.
 *
 * An answer holds for its script and the content of the object, so that an object that did not change costs a
 * look. A script that runs too long or kills its worker rests for a while: it is not run, its objects get its
 * error, and are told when it is tried again. All functions are for the loop thread. */
#ifndef CAPSTAN_APPLICATION_CONTROLLER_SCRIPTS_H
#define CAPSTAN_APPLICATION_CONTROLLER_SCRIPTS_H

#include "base/loop.h"
#include "diff/diff.h"
#include "health/health.h"

struct scripts;

struct scripts_options {
    const char *program; /* the worker's; borrowed */
    int threads;
    int64_t jq_ms;   /* one jq expression on one object */
    int64_t rest_ms; /* of a script that misbehaved; 0 = a minute */
    /* A question of that asker can be asked again: the answer is there. */
    void (*answered)(void *arg, const char *app, const char *row);
    void *arg;
};

/* Who asks, in the words of `answered`, and for which trust domain (a project; "" = the process's own scripts). */
struct scripts_asker {
    const char *app, *row, *domain;
};

struct scripts *scripts_new(struct loop *l, const struct scripts_options *options) MUST_USE;
/* Waits for the scripts that run; nobody is told any more. */
void scripts_free(struct scripts *s);

/* The paths that a jq expression names in the object; none where it fails on this object, with a problem where it is no
 * expression or had to be stopped. In the arena. */
struct diff_jq scripts_jq(struct scripts *s, const struct scripts_asker *asker, const char *expression,
                          const struct doc *obj, struct arena *a);
/* What a health script says of the object; false while it is not known. */
bool scripts_health(struct scripts *s, const struct scripts_asker *asker,
                    const struct api_health_script *script, const struct doc *live, struct arena *a,
                    struct health_said *out);
/* Answers that were had from a worker, for tests and metrics. */
uint64_t scripts_runs(const struct scripts *s);

#endif
