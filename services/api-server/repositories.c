/* api-server/repositories - repositories as Secrets: read from the cache, their state asked of repo-server.
 *
 * A request's credentials go into the Secret and nowhere else; repo-server reads them there, so a repository
 * is tested when it is read, not before it is written. */
#include "api.h"

#include "api/project.h"
#include "crypto/text.h"

#include <stdlib.h>

static const char *decoded(struct turn *t, const struct doc *secret, const char *key)
{
    struct span out = {0};
    struct span text = doc_span(doc_path(secret, "data", key));
    return text.len && crypto_base64_decode(t->a, CRYPTO_BASE64_STD, text, &out) && out.len ? out.at : "";
}

static void set_some(struct turn *t, struct doc *d, const char *key, const char *value)
{
    if (*value)
        doc_set_str(t->a, d, key, value);
}

static void set_state(struct turn *t, struct doc *d, const char *status, const char *message)
{
    struct doc *state = doc_set_map(t->a, d, "connectionState");
    doc_set_str(t->a, state, "status", status);
    doc_set_str(t->a, state, "message", message);
    if (*status)
        doc_set_str(t->a, state, "attemptedAt", time_rfc3339(clock_wall_ms(loop_clock(t->api->o.loop))).text);
    else
        doc_set(t->a, state, "attemptedAt", doc_new_null(t->a));
}

static const char *type_of(struct turn *t, const struct doc *secret)
{
    const char *type = decoded(t, secret, "type");
    return *type ? type : "git";
}

/* No secret leaves the server. */
static struct doc *repository_doc(struct turn *t, const struct doc *secret)
{
    static const char *const texts[] = {"name", "project", "username", "proxy"};
    static const char *const flags[] = {"insecure", "enableLfs", "enableOCI"};
    struct doc *d = doc_new_map(t->a);
    doc_set_str(t->a, d, "repo", decoded(t, secret, "url"));
    doc_set_str(t->a, d, "type", type_of(t, secret));
    for (size_t i = 0; i < ARRAY_LEN(texts); i++)
        set_some(t, d, texts[i], decoded(t, secret, texts[i]));
    for (size_t i = 0; i < ARRAY_LEN(flags); i++)
        if (streq(decoded(t, secret, flags[i]), "true"))
            doc_set_bool(t->a, d, flags[i], true);
    set_state(t, d, "", "");
    return d;
}

static bool is_repository(const struct doc *secret)
{
    const char *type = api_label(secret, API_LABEL_SECRET_TYPE);
    return type && streq(type, "repository");
}

struct listed {
    const char *project, *url;
    const struct doc *secret;
};

static int by_project(const void *x, const void *y)
{
    const struct listed *a = x, *b = y;
    int c = strcmp(a->project, b->project);
    return c ? c : strcmp(a->url, b->url);
}

/* --- can they be read? -------------------------------------------------------------------------------------
 */

/* Repositories whose state is being asked for, all at once; the last answer ends the turn. */
struct check {
    struct turn *turn;
    struct doc *list; /* the answer's items */
    size_t pending;
    void (*done)(struct check *c);
};
struct check_one {
    struct check *check;
    size_t index;
};

static void checked(struct check_one *one, struct err *e)
{
    struct check *c = one->check;
    struct turn *t = c->turn;
    const char *why =
        e ? arena_printf(t->a,
                         "Unable to connect to repository: rpc error: code = %s desc = error testing "
                         "repository connectivity: %s",
                         err_code_name(e->code), e->msg)
          : "";
    set_state(t, doc_own_at(t->a, c->list, one->index), e ? "Failed" : "Successful", why);
    err_free(e);
    if (!--c->pending)
        c->done(c);
}

static void on_tested(void *arg, struct err *e, const Capstan__Repo__TestRepositoryReply *reply)
{
    (void)reply;
    checked(arg, e);
}

static void on_refs(void *arg, struct err *e, const Capstan__Repo__ListRefsReply *reply)
{
    (void)reply;
    checked(arg, e);
}

/* What repo-server listed a moment ago is fresh enough for a list, unless the query asks for more. */
static void check_one(struct check_one *one, bool fresh)
{
    struct turn *t = one->check->turn;
    const struct doc *repo = doc_at(one->check->list, one->index);
    const char *type = doc_str(doc_get(repo, "type"), "");
    char *url = wire_text(doc_str(doc_get(repo, "repo"), ""));
    char *project = wire_text(doc_str(doc_get(repo, "project"), ""));
    if (!fresh && streq(type, "git")) {
        Capstan__Repo__ListRefsRequest rq = CAPSTAN__REPO__LIST_REFS_REQUEST__INIT;
        rq.has_version = true;
        rq.version = 1;
        rq.repo_url = url;
        rq.project = project;
        client_repo_list_refs(t->api->o.repo, &t->call, &rq, on_refs, one);
        return;
    }
    Capstan__Repo__TestRepositoryRequest rq = CAPSTAN__REPO__TEST_REPOSITORY_REQUEST__INIT;
    rq.has_version = true;
    rq.version = 1;
    rq.repo_url = url;
    rq.project = project;
    rq.type = wire_text(type);
    client_repo_test_repository(t->api->o.repo, &t->call, &rq, on_tested, one);
}

static void check_all(struct turn *t, struct doc *items, void (*done)(struct check *c))
{
    struct check *c = NEW(t->a, struct check);
    size_t n = doc_len(items);
    *c = (struct check){t, items, n, done};
    if (!n) {
        done(c);
        return;
    }
    bool fresh = turn_flag(t, "forceRefresh", false);
    for (size_t i = 0; i < n; i++) {
        struct check_one *one = NEW(t->a, struct check_one);
        *one = (struct check_one){c, i};
        check_one(one, fresh);
    }
}

/* --- reading -----------------------------------------------------------------------------------------------
 */

static void answer_list(struct check *c)
{
    struct turn *t = c->turn;
    struct doc *list = doc_new_map(t->a);
    doc_set_map(t->a, list, "metadata");
    doc_set(t->a, list, "items", c->list);
    turn_reply(t, list);
}

void repositories_list(struct turn *t)
{
    struct listed *all = NEW_N(t->a, struct listed, map_len(t->api->repositories) + 1);
    size_t n = 0;
    map_each (it, t->api->repositories) {
        const struct doc *s = frozen_root(it.value);
        if (is_repository(s))
            all[n++] = (struct listed){decoded(t, s, "project"), decoded(t, s, "url"), s};
    }
    qsort(all, n, sizeof(all[0]), by_project);
    struct doc *items = doc_new_list(t->a);
    for (size_t i = 0; i < n; i++)
        doc_push(t->a, items, repository_doc(t, all[i].secret));
    check_all(t, items, answer_list);
}

static const struct doc *find_repository(struct turn *t, const char *url, const char *project)
{
    map_each (it, t->api->repositories) {
        const struct doc *s = frozen_root(it.value);
        if (is_repository(s) && api_repo_same(decoded(t, s, "url"), url) &&
            streq(decoded(t, s, "project"), project))
            return s;
    }
    return NULL;
}

static void answer_one(struct check *c)
{
    turn_reply(c->turn, doc_at(c->list, 0));
}

static bool url_is_known(struct turn *t)
{
    map_each (it, t->api->repositories)
        if (is_repository(frozen_root(it.value)) &&
            api_repo_same(decoded(t, frozen_root(it.value), "url"), t->name))
            return true;
    return false;
}

void repository_get(struct turn *t)
{
    const char *project = turn_query(t, "appProject");
    const struct doc *secret = find_repository(t, t->name, project);
    if (!secret) { /* who names no project is not told which URLs are known */
        turn_fail(t, *project && url_is_known(t)
                         ? err_new(ERR_UNKNOWN, "repository not found for url \"%s\" and project \"%s\"",
                                   t->name, project)
                         : err_new(ERR_DENIED, "permission denied"));
        return;
    }
    struct doc *items = doc_new_list(t->a);
    doc_push(t->a, items, repository_doc(t, secret));
    check_all(t, items, answer_one);
}

/* --- writing -----------------------------------------------------------------------------------------------
 */

static const char *secret_name(struct turn *t, const char *url, const char *project)
{
    uint32_t h = 2166136261u; /* FNV-1a over url and project, as upstream names them */
    const char *const parts[] = {url, project};
    for (size_t i = 0; i < ARRAY_LEN(parts); i++)
        for (const char *p = parts[i]; *p; p++)
            h = (h ^ (unsigned char)*p) * 16777619u;
    return arena_printf(t->a, "repo-%u", h);
}

/* Request field and Secret key, where they are of the same name, and what upstream calls them when they
 * differ; in its order. */
static const struct {
    const char *key, *shown;
} repository_fields[] = {
    {"username", "Username"},
    {"password", "Password"},
    {"sshPrivateKey", "SSHPrivateKey"},
    {"insecure", "Insecure"},
    {"enableLfs", "EnableLFS"},
    {"tlsClientCertData", "TLSClientCertData"},
    {"tlsClientCertKey", "TLSClientCertKey"},
    {"type", "Type"},
    {"name", "Name"},
    {"enableOCI", "EnableOCI"},
    {"proxy", "Proxy"},
    {"project", "Project"},
    {"noProxy", "NoProxy"},
    {"bearerToken", "BearerToken"},
};

static const char *field_text(const struct doc *value)
{
    return doc_is(value, DOC_BOOL) ? (doc_bool(value, false) ? "true" : "") : doc_str(value, "");
}

static struct doc *repository_secret(struct turn *t, const char *url)
{
    struct arena *a = t->a;
    struct doc *d = doc_new_map(a);
    doc_set_str(a, d, "apiVersion", "v1");
    doc_set_str(a, d, "kind", "Secret");
    struct doc *meta = doc_set_map(a, d, "metadata");
    doc_set_str(a, meta, "name", secret_name(t, url, field_text(doc_get(t->body, "project"))));
    doc_set_str(a, meta, "namespace", t->api->o.ns);
    doc_set_str(a, doc_set_map(a, meta, "labels"), API_LABEL_SECRET_TYPE, "repository");
    doc_set_str(a, doc_set_map(a, meta, "annotations"), "managed-by", "argocd.argoproj.io");
    struct doc *data = doc_set_map(a, d, "data");
    doc_set_str(a, data, "url", crypto_base64_encode(a, CRYPTO_BASE64_STD, span_of(url)).at);
    for (size_t i = 0; i < ARRAY_LEN(repository_fields); i++) {
        const char *value = field_text(doc_get(t->body, repository_fields[i].key));
        if (*value)
            doc_set_str(a, data, repository_fields[i].key,
                        crypto_base64_encode(a, CRYPTO_BASE64_STD, span_of(value)).at);
    }
    doc_set_str(a, d, "type", "Opaque");
    return d;
}

static void on_repository_written(void *arg, struct err *e, const struct doc *object)
{
    struct turn *t = arg;
    if (e && e->code == ERR_EXISTS) {
        err_free(e);
        e = err_new(ERR_ABORTED, "the repository is being created by somebody else: try again");
    }
    if (e) {
        turn_fail(t, e);
        return;
    }
    struct doc *d = doc_new_map(t->a);
    doc_set_str(t->a, d, "repo", decoded(t, object, "url"));
    doc_set_str(t->a, d, "type", type_of(t, object));
    set_some(t, d, "name", decoded(t, object, "name"));
    set_state(t, d, "", "");
    turn_reply(t, d);
}

static struct kube_target secret_target(struct turn *t, const char *name)
{
    return (struct kube_target){
        .group = "", .version = "v1", .resource = "secrets", .ns = t->api->o.ns, .name = name};
}

/* "Repo,Username": which fields of the two Secrets differ. "" = none. */
static const char *difference(struct turn *t, const struct doc *old, const struct doc *new)
{
    CLEANUP(str_release) struct str s = {0};
    if (!streq(decoded(t, old, "url"), decoded(t, new, "url")))
        str_add(&s, "Repo");
    for (size_t i = 0; i < ARRAY_LEN(repository_fields); i++) {
        const char *key = repository_fields[i].key;
        bool type = streq(key, "type");
        if (!streq(type ? type_of(t, old) : decoded(t, old, key),
                   type ? type_of(t, new) : decoded(t, new, key)))
            str_printf(&s, "%s%s", s.len ? "," : "", repository_fields[i].shown);
    }
    return arena_strdup(t->a, str_text(&s));
}

static struct err *check_body(struct turn *t)
{
    static const char *const types[] = {"", "git", "helm", "oci"};
    const char *type = field_text(doc_get(t->body, "type"));
    if (!doc_is(t->body, DOC_MAP))
        return err_new(ERR_INVALID, "missing payload in request");
    if (!*field_text(doc_get(t->body, "repo")))
        return err_new(ERR_INVALID, "the repository needs a URL: field \"repo\"");
    if (!str_in(type, types, ARRAY_LEN(types)))
        return err_new(ERR_UNKNOWN, "unsupported repository type \"%s\"", type);
    return NULL;
}

static void replace(struct turn *t, const struct doc *old, const struct doc *secret)
{
    struct kube_target target = secret_target(t, arena_strdup(t->a, api_name(old)));
    const struct doc *next = doc_with(t->a, old, doc_get(secret, "data"), "data");
    kube_update(t->api->o.kube, &target, next, NULL, on_repository_written, t);
}

void repository_create(struct turn *t)
{
    struct err *e = check_body(t);
    if (e) {
        turn_fail(t, e);
        return;
    }
    const char *url = field_text(doc_get(t->body, "repo"));
    struct doc *secret = repository_secret(t, url);
    const struct doc *old = find_repository(t, url, field_text(doc_get(t->body, "project")));
    const char *differs = old ? difference(t, old, secret) : "";
    struct kube_target target = secret_target(t, NULL);
    if (!old)
        kube_create(t->api->o.kube, &target, secret, NULL, on_repository_written, t);
    else if (!*differs)
        on_repository_written(t, NULL, old);
    else if (turn_flag(t, "upsert", false))
        replace(t, old, secret);
    else
        turn_fail(
            t, err_new(ERR_INVALID,
                       "existing repository spec is different; use upsert flag to force update; difference "
                       "in keys \"%s\"",
                       differs));
}

/* The path says which; what the body leaves out is forgotten, as upstream has it. */
void repository_update(struct turn *t)
{
    struct err *e = check_body(t);
    if (e) {
        turn_fail(t, e);
        return;
    }
    const struct doc *old = find_repository(t, t->name, field_text(doc_get(t->body, "project")));
    if (!old)
        turn_fail(t, err_new(ERR_NOT_FOUND, "repo '%s' not found", t->name));
    else
        replace(t, old, repository_secret(t, t->name));
}

/* A Secret that somebody keeps by other means only loses its label. */
void repository_delete(struct turn *t)
{
    const struct doc *old = find_repository(t, t->name, turn_query(t, "appProject"));
    if (!old) {
        turn_fail(t, err_new(ERR_DENIED, "permission denied"));
        return;
    }
    struct kube_target target = secret_target(t, arena_strdup(t->a, api_name(old)));
    const char *manager = api_annotation(old, "managed-by");
    if (manager && streq(manager, "argocd.argoproj.io")) {
        kube_delete(t->api->o.kube, &target, &(struct kube_delete_options){0}, turn_deleted, t);
        return;
    }
    struct doc *patch = doc_new_map(t->a);
    struct doc *labels = doc_set_map(t->a, doc_set_map(t->a, patch, "metadata"), "labels");
    doc_set(t->a, labels, API_LABEL_SECRET_TYPE, doc_new_null(t->a));
    kube_patch(t->api->o.kube, &target, (struct kube_patch_body){KUBE_MERGE_PATCH, patch}, NULL,
               turn_deleted, t);
}
