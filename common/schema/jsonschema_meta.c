/* schema/jsonschema_meta - the drafts' own schemas: compiled once a process and then only read. */
#include "doc/json.h"
#include "schema/jsonschema_private.h"

#include <pthread.h>

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
static struct jsonschema *compiled[ARRAY_LEN(drafts)];
static pthread_once_t once = PTHREAD_ONCE_INIT;

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

/* The arena is the process's and never freed. */
static void compile_all(void)
{
    static struct arena *process;
    process = arena_new("jsonschema");
    for (size_t i = 0; i < ARRAY_LEN(drafts); i++) {
        struct doc *d = NULL;
        const char *name = strstr(urls[i], "draft");
        struct jsonschema_options options = {.url = urls[i]};
        struct err *e = json_read(process, span_of(js_meta_text(name)), NULL, &d);
        if (!e)
            e = jsonschema_compile(process, d, &options, &compiled[i]);
        if (e)
            panic("meta-schema %s: %s", urls[i], e->msg);
    }
}

const struct jsonschema *js_meta(int draft)
{
    pthread_once(&once, compile_all);
    return compiled[index_of(draft)];
}
