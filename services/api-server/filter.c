/* api-server/filter - which of the applications a query names. */
#include "filter.h"

#include "api/project.h"

#include <stdlib.h>

struct err *filter_parse(struct turn *t, struct filter *out)
{
    *out = (struct filter){
        .name = turn_query(t, "name"), .ns = turn_query(t, "appNamespace"), .repo = turn_query(t, "repo")};
    out->projects = net_req_query_all(t->r, "projects");
    if (!out->projects.len)
        out->projects = net_req_query_all(t->r, "project");
    out->names = net_req_query_all(t->r, "names");
    out->after = strtoull(turn_query(t, "resourceVersion"), NULL, 10);
    struct err *e = selector_parse(t->a, span_of(turn_query(t, "selector")), &out->selector);
    if (e)
        e->code = ERR_UNKNOWN; /* upstream tells it so */
    return err_wrap(e, t->stream ? "error parsing labels with selectors" : "error parsing the selector");
}

static bool label_of(const void *labels, struct span key, struct span *value)
{
    const struct doc *d = doc_get_span(labels, key);
    *value = doc_span(d);
    return d != NULL;
}

static bool has_repo(const struct doc *app, const char *repo)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("filter"); /* a stream asks often */
    struct api_app *view = api_app_parse(a, app, "");
    for (size_t i = 0; i < view->n_sources; i++)
        if (api_repo_same(view->sources[i].repo_url, repo))
            return true;
    return false;
}

static bool is_one_of(const struct net_pairs *list, const char *text)
{
    for (size_t i = 0; i < list->len; i++)
        if (streq(list->at[i].value, text))
            return true;
    return !list->len;
}

bool filter_passes(const struct filter *f, const struct doc *app)
{
    if (*f->name && !streq(f->name, api_name(app)))
        return false;
    if (*f->ns && !streq(f->ns, api_namespace(app)))
        return false;
    if (!is_one_of(&f->names, api_name(app)) || !is_one_of(&f->projects, app_project(app)) ||
        (*f->repo && !has_repo(app, f->repo)))
        return false;
    return selector_matches(&f->selector, label_of, doc_path(app, "metadata", "labels"));
}

static int by_name(const void *x, const void *y)
{
    return strcmp(api_name(*(const struct doc *const *)x), api_name(*(const struct doc *const *)y));
}

const struct doc **filter_matching(struct turn *t, const struct filter *f, size_t *n)
{
    const struct doc **at = NEW_N(t->a, const struct doc *, map_len(t->api->apps) + 1);
    *n = 0;
    map_each (it, t->api->apps)
        if (filter_passes(f, frozen_root(it.value)))
            at[(*n)++] = frozen_root(it.value);
    qsort(at, *n, sizeof(at[0]), by_name);
    return at;
}
