/* base/fault - a short table of armed points; an unarmed process pays one atomic load a point. */
#include "base/fault.h"

#include "base/duration.h"
#include "base/rand.h"
#include "base/str.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

enum { FAULT_MAX = 32 };
enum action { ACT_FAIL, ACT_STALL, ACT_KILL };

struct fault {
    char *name;
    enum action action;
    int64_t stall_ms;
    int64_t at; /* the hit that it fires on; 0 = each */
    int64_t hits;
};

static struct {
    pthread_mutex_t lock;
    pthread_once_t once;
    atomic_bool armed;
    struct fault at[FAULT_MAX];
    size_t len;
} table = {.lock = PTHREAD_MUTEX_INITIALIZER, .once = PTHREAD_ONCE_INIT};

static bool parse_action(struct span word, struct fault *f)
{
    struct span rest = word, verb;
    if (!span_cut(&rest, ':', &verb))
        return false;
    if (span_is(verb, "stall")) {
        f->action = ACT_STALL;
        return rest.len && duration_parse_ms(rest, &f->stall_ms) && f->stall_ms >= 0;
    }
    f->action = span_is(verb, "kill") ? ACT_KILL : ACT_FAIL;
    return verb.len == word.len && (f->action == ACT_KILL || span_is(verb, "fail"));
}

/* "3", or "seed/of": one of the first `of` hits. */
static bool parse_when(struct span text, struct fault *f)
{
    struct span first;
    int64_t n, of;
    if (!span_cut(&text, '/', &first) || !span_int(first, &n) || n < 0)
        return false;
    if (!text.len) {
        f->at = n;
        return n > 0;
    }
    if (!span_int(text, &of) || of < 1)
        return false;
    struct rand r;
    rand_seed(&r, (uint64_t)n);
    f->at = 1 + (int64_t)rand_below(&r, (uint64_t)of);
    return true;
}

static bool parse_one(struct span text, struct fault *f)
{
    struct span name, action;
    *f = (struct fault){0};
    if (!span_cut(&text, '=', &name) || !name.len || !span_cut(&text, '@', &action) ||
        !parse_action(action, f))
        return false;
    if (text.len && !parse_when(text, f))
        return false;
    f->name = mem_strndup(name.at, name.len);
    return true;
}

static void disarm(void)
{
    for (size_t i = 0; i < table.len; i++)
        free(table.at[i].name);
    table.len = 0;
    atomic_store(&table.armed, false);
}

static struct err *arm(const char *text)
{
    disarm();
    struct span rest = span_of(text), one;
    while (rest.len && span_cut(&rest, ',', &one)) {
        if (table.len == FAULT_MAX || !parse_one(one, &table.at[table.len]))
            return err_new(ERR_INVALID,
                           "'%.*s' is no fault: want NAME=fail|stall:DURATION|kill, then @N or @SEED/N",
                           (int)one.len, one.at);
        table.len++;
    }
    atomic_store(&table.armed, table.len > 0);
    return NULL;
}

static void read_environment(void)
{
    struct err *e = arm(getenv("CAPSTAN_FAULT"));
    if (e)
        panic("CAPSTAN_FAULT: %s", e->msg);
    atexit(disarm);
}

struct err *fault_arm(const char *text)
{
    pthread_once(&table.once, read_environment);
    pthread_mutex_lock(&table.lock);
    struct err *e = arm(text);
    pthread_mutex_unlock(&table.lock);
    return e;
}

/* Counts this hit; true when the point fires now, with what it does. */
static bool fires(const char *name, struct fault *out)
{
    bool now = false;
    pthread_mutex_lock(&table.lock);
    for (size_t i = 0; i < table.len && !now; i++) {
        struct fault *f = &table.at[i];
        if (!streq(f->name, name))
            continue;
        f->hits++;
        now = f->at == 0 || f->at == f->hits;
        *out = *f;
    }
    pthread_mutex_unlock(&table.lock);
    return now;
}

struct err *fault_meet(const char *name)
{
    pthread_once(&table.once, read_environment);
    struct fault f;
    if (!atomic_load(&table.armed) || !fires(name, &f))
        return NULL;
    if (f.action == ACT_KILL)
        raise(SIGKILL);
    if (f.action == ACT_FAIL)
        return err_reason(ERR_UNAVAILABLE, "Fault", "fault '%s' fired (hit %lld)", name, (long long)f.hits);
    struct timespec left = {f.stall_ms / 1000, f.stall_ms % 1000 * 1000000};
    while (nanosleep(&left, &left) < 0 && errno == EINTR)
        ;
    return NULL;
}
