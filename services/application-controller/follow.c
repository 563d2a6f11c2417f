/* application-controller/follow - a ref moved: which of the applications that follow it does the commit
 * touch?
 *
 * One question a repository, project and commit (CheckRenders), with the render keys of all that could be
 * left as they are. An application whose result holds takes the revision along and does nothing else: it
 * costs no render, no comparison and no write. All others ask for their manifests, one by one. An answer that
 * comes too late, or never, costs only that: the next lease renewal tells of the revision again. */
#include "interest.h"

#include <stdlib.h>

enum { AGAIN_MS = 30000 };

struct follow {
    struct follow *next, **link; /* in the controller's list */
    struct controller *controller;
    struct client_ask *ask;
    struct call call;
    char *url, *project, *revision;
    VEC(char *) apps;    /* keys of applications */
    VEC(char *) renders; /* their render keys, as they were asked for */
};

static void follow_free(struct follow *f)
{
    *f->link = f->next;
    if (f->next)
        f->next->link = f->link;
    vec_each (key, &f->apps)
        free(*key);
    vec_each (key, &f->renders)
        free(*key);
    vec_release(&f->apps);
    vec_release(&f->renders);
    free(f->url);
    free(f->project);
    free(f->revision);
    free(f);
}

/* --- the answer ---------------------------------------------------------------------------------------- */

static void take_revision(struct app *app, const char *revision)
{
    vec_each (r, &app->revisions)
        free(*r);
    app->revisions.len = 0;
    vec_push(&app->revisions, mem_strdup(revision));
    free(app->revision);
    app->revision = mem_strdup(revision);
    /* What is out of sync may be tried again at another commit. */
    if (compare_sync_status(app->table) != COMPARE_SYNCED)
        app_queue(app, REFRESH_NONE);
}

/* Without a reply nothing holds. */
static void conclude(struct follow *f, const Capstan__Repo__CheckRendersReply *reply)
{
    for (size_t i = 0; i < f->apps.len; i++) {
        struct app *app = map_get(f->controller->apps, f->apps.at[i]);
        if (!app || app->following != f)
            continue;
        app->following = NULL;
        bool as_asked = app->render_key && streq(app->render_key, f->renders.at[i]) && !app->asking;
        if (reply && i < reply->n_holds && reply->holds[i] && as_asked)
            take_revision(app, reply->revision);
        else
            app_queue(app, REFRESH_LATEST);
    }
}

static void on_checked(void *arg, struct err *e, const Capstan__Repo__CheckRendersReply *reply)
{
    struct follow *f = arg;
    err_free(e); /* whatever is wrong, the question for the manifests meets it and tells */
    conclude(f, reply && reply->revision && *reply->revision ? reply : NULL);
    follow_free(f);
}

/* --- the question -------------------------------------------------------------------------------------- */

/* Settled on the result of one source, with nothing under way that asks for manifests anyhow. */
static bool can_be_left(const struct app *app)
{
    return app->view->n_sources == 1 && !app->view->multi && app->render_key &&
           compare_has_targets(app->table) && !app->target_error && !app->asking && !app->operation &&
           !app->deletion && !app->hard && app->wanted <= REFRESH_TREE;
}

static struct follow *follow_of(struct controller *c, const char *url, const char *project,
                                const char *revision)
{
    for (struct follow *f = c->follows; f; f = f->next)
        if (!f->ask && streq(f->project, project) && streq(f->url, url) && streq(f->revision, revision))
            return f;
    struct follow *f = mem_zalloc(sizeof(*f));
    f->controller = c;
    f->url = mem_strdup(url);
    f->project = mem_strdup(project);
    f->revision = mem_strdup(revision);
    f->link = &c->follows;
    f->next = c->follows;
    if (f->next)
        f->next->link = &f->next;
    c->follows = f;
    return f;
}

/* Renewals tell of a commit every few seconds. Who has asked for it waits for the answer; who was told that it cannot be
 * rendered asks again later, but for a repo-server that was away. */
static bool told_already(struct controller *c, struct app *app, const char *url, const char *revision)
{
    int64_t now = loop_now_ms(c->loop);
    bool failed = app->target_error && app->target_error->code != ERR_UNAVAILABLE && now - app->told_ms < AGAIN_MS;
    CLEANUP(mem_freep) char *line = mem_printf("%s %s\n", url, revision);
    if (!app->asking && !failed) {
        free(app->told);
        app->told = NULL;
    }
    if (app->told && strstr(app->told, line))
        return true;
    char *all = mem_printf("%s%s", app->told ? app->told : "", line);
    free(app->told);
    app->told = all;
    app->told_ms = now;
    return false;
}

static void add(struct controller *c, struct app *app, const char *url, const char *revision)
{
    if (app->following && streq(app->following->revision, revision))
        return; /* asked already */
    if (!can_be_left(app)) {
        if (!told_already(c, app, url, revision))
            app_queue(app, REFRESH_LATEST);
        return;
    }
    struct follow *f = follow_of(c, url, app->view->project, revision);
    app->following = f;
    vec_push(&f->apps, mem_strdup(app->key));
    vec_push(&f->renders, mem_strdup(app->render_key));
}

static void ask(struct follow *f)
{
    struct controller *c = f->controller;
    Capstan__Repo__CheckRendersRequest rq = CAPSTAN__REPO__CHECK_RENDERS_REQUEST__INIT;
    struct call root;
    call_init(&root);
    call_child(&f->call, &root, c->repo_timeout_ms);
    f->call.parent = NULL;
    rq.has_version = true;
    rq.version = 1;
    rq.repo_url = f->url;
    rq.revision = f->revision;
    rq.project = f->project;
    rq.render_keys = f->renders.at;
    rq.n_render_keys = f->renders.len;
    f->ask = client_repo_check_renders(c->repo, &f->call, &rq, on_checked, f);
}

void follow_moved(struct controller *c, const char *url, const char *ref, const char *revision)
{
    if (!url || !ref || !revision || !*revision)
        return;
    map_each (it, c->apps) {
        struct app *app = it.value;
        for (size_t i = 0; i < app->view->n_sources; i++) {
            const struct api_source *s = &app->view->sources[i];
            bool known = i < app->revisions.len && streq(app->revisions.at[i], revision);
            if (!known && streq(s->target_revision, ref) && streq(s->repo_url, url) && app->compared_to)
                add(c, app, url, revision);
        }
    }
    for (struct follow *f = c->follows; f; f = f->next)
        if (!f->ask)
            ask(f);
}

void follow_stop(struct controller *c)
{
    while (c->follows) {
        client_cancel(c->follows->ask);
        follow_free(c->follows);
    }
}
