/* api-server/projects - AppProjects, from the cache. */
#include "api.h"

#include <stdlib.h>

/* As clients of upstream know it: without its type, its status always there. */
static const struct doc *show_project(struct arena *a, const struct doc *project)
{
    struct doc *out = doc_shallow(a, project);
    (void)doc_del(a, out, "apiVersion");
    (void)doc_del(a, out, "kind");
    (void)doc_own_map(a, out, "status");
    return out;
}

static int by_name(const void *x, const void *y)
{
    return strcmp(api_name(*(const struct doc *const *)x), api_name(*(const struct doc *const *)y));
}

void projects_list(struct turn *t)
{
    struct arena *a = t->a;
    const struct doc **all = NEW_N(a, const struct doc *, map_len(t->api->projects) + 1);
    size_t n = 0;
    uint64_t version = 0;
    map_each (it, t->api->projects) {
        all[n++] = frozen_root(it.value);
        version = MAX(version, api_version_of(all[n - 1]));
    }
    qsort(all, n, sizeof(all[0]), by_name);
    struct doc *list = doc_new_map(a), *items = n ? doc_new_list(a) : doc_new_null(a);
    for (size_t i = 0; i < n; i++)
        doc_push(a, items, show_project(a, all[i]));
    doc_set_str(a, doc_set_map(a, list, "metadata"), "resourceVersion",
                arena_printf(a, "%llu", (unsigned long long)version));
    doc_set(a, list, "items", items);
    turn_reply(t, show_only(a, list, show_fields(t)));
}

void project_get(struct turn *t)
{
    const struct doc *project = cache_project(t->api, t->name);
    if (project)
        turn_reply(t, show_project(t->a, project));
    else
        turn_fail(t, err_new(ERR_NOT_FOUND, "appprojects.argoproj.io \"%s\" not found", t->name));
}
