/* schema/jsonschema_meta - the drafts' own schemas: each compiled once a process, when it is first asked for,
 * and then only read. */
#include "doc/json.h"
#include "schema/jsonschema_private.h"

#include <pthread.h>
#include <stdatomic.h>

static const struct {
    const char *name, *text;
} metas[] = {
#include "schema/jsonschema_meta.inc"
};

static const int drafts[] = {JS_4, JS_6, JS_7, JS_2019, JS_2020};
static const char *const urls[] = {
    "http://json-schema.org/draft-04/schema",       "http://json-schema.org/draft-06/schema",
    "http://json-schema.org/draft-07/schema",       "https://json-schema.org/draft/2019-09/schema",
    "https://json-schema.org/draft/2020-12/schema",
};
static _Atomic(struct jsonschema *) compiled[ARRAY_LEN(drafts)];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

const char *js_meta_text(const char *name)
{
    for (size_t i = 0; i < ARRAY_LEN(metas); i++)
        if (streq(metas[i].name, name))
            return metas[i].text;
    return NULL;
}

static size_t index_of(int draft)
{
    size_t i = 0;
    while (drafts[i] != draft)
        i++;
    return i;
}

const char *js_draft_url(int draft)
{
    return urls[index_of(draft)];
}

/* The arena is the process's and never freed. Called under the lock. */
static struct jsonschema *compile(size_t i)
{
    static struct arena *process;
    struct doc *d = NULL;
    struct jsonschema *schema = NULL;
    struct jsonschema_options options = {.url = urls[i]};
    if (!process)
        process = arena_new("jsonschema");
    struct err *e = json_read(process, span_of(js_meta_text(strstr(urls[i], "draft"))), NULL, &d);
    if (!e)
        e = jsonschema_compile(process, d, &options, &schema);
    if (e)
        panic("meta-schema %s: %s", urls[i], e->msg);
    return schema;
}

const struct jsonschema *js_meta(int draft)
{
    size_t i = index_of(draft);
    struct jsonschema *schema = atomic_load(&compiled[i]);
    if (schema)
        return schema;
    pthread_mutex_lock(&lock);
    schema = atomic_load(&compiled[i]);
    if (!schema) {
        schema = compile(i);
        atomic_store(&compiled[i], schema);
    }
    pthread_mutex_unlock(&lock);
    return schema;
}
