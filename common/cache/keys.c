/* cache/keys - a table of formats; names and digests are safe in them, since neither holds a colon or a
 * slash. */
#include "cache/keys.h"

#define FORM_RENDER "1"
#define FORM_TRACES "1"
#define FORM_TREE "1"
#define FORM_MANAGED "1"

const char *cache_key_render(struct arena *a, const char *digest)
{
    return arena_printf(a, "capstan:render:" FORM_RENDER ":%s", digest);
}

const char *cache_key_traces(struct arena *a, const char *digest)
{
    return arena_printf(a, "capstan:traces:" FORM_TRACES ":%s", digest);
}

const char *cache_key_tree(struct arena *a, const char *ns, const char *app)
{
    return arena_printf(a, "capstan:tree:" FORM_TREE ":%s/%s", ns, app);
}

const char *cache_key_managed(struct arena *a, const char *ns, const char *app)
{
    return arena_printf(a, "capstan:managed:" FORM_MANAGED ":%s/%s", ns, app);
}
