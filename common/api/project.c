/* api/project - globs with upstream's quirks: a "!pattern" that does not hit counts as a match, one that hits rejects at once. */
#include "api/project.h"

#include "text/glob.h"

#include <ctype.h>

/* Matches one field of a rule; a leading '!' complements. */
static bool field_matches(const char *pattern, const char *value, bool *denied)
{
    bool negated = *pattern == '!';
    bool hit = glob_matches(pattern + negated, value, "");
    *denied = negated && hit;
    return hit != negated;
}

const char *api_repo_normalize(struct arena *a, const char *url)
{
    CLEANUP(str_release) struct str s = {0};
    struct span in = span_trim(span_of(url));
    const char *colon = memchr(in.at, ':', in.len), *at = memchr(in.at, '@', in.len);
    bool scp = colon && at && at < colon && !strstr(url, "://");
    for (size_t i = 0; i < in.len; i++) {
        char c = (char)tolower((unsigned char)in.at[i]);
        str_char(&s, scp && in.at + i == colon ? '/' : c);
    }
    const char *text = str_text(&s);
    if (starts_with(text, "ssh://"))
        text += strlen("ssh://");
    size_t n = strlen(text);
    while (n && text[n - 1] == '/')
        n--;
    if (n >= 4 && memcmp(text + n - 4, ".git", 4) == 0)
        n -= 4;
    return arena_strndup(a, text, n);
}

bool api_repo_same(const char *x, const char *y)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("repo-url");
    return streq(api_repo_normalize(a, x), api_repo_normalize(a, y));
}

/* Patterns keep their globs: only what is plain text is normalised. */
static bool source_matches(struct arena *a, const char *pattern, const char *normalized)
{
    if (streq(pattern, "*"))
        return true;
    return glob_matches(api_repo_normalize(a, pattern), normalized, "/");
}

bool api_project_source(struct arena *a, const struct doc *project, const char *repo_url)
{
    const char *normalized = api_repo_normalize(a, repo_url);
    bool permitted = false;
    doc_each(it, doc_path(project, "spec", "sourceRepos")) {
        const char *pattern = doc_str(it.val, "");
        bool negated = *pattern == '!';
        bool hit = source_matches(a, pattern + negated, normalized);
        if (negated && hit)
            return false;
        permitted |= hit != negated;
    }
    return permitted;
}

struct destination_match {
    bool hit, rejected;
};

static struct destination_match destination_matches(const struct doc *rule, const struct api_cluster *cluster,
                                                    const char *ns)
{
    const char *server = doc_str(doc_get(rule, "server"), ""), *name = doc_str(doc_get(rule, "name"), "");
    bool server_denied = false, name_denied = false, ns_denied = false;
    bool server_hit = *server && *cluster->server && field_matches(server, cluster->server, &server_denied);
    bool name_hit = *name && *cluster->name && field_matches(name, cluster->name, &name_denied);
    bool ns_hit = field_matches(doc_str(doc_get(rule, "namespace"), ""), ns, &ns_denied);
    bool cluster_hit = server_hit || name_hit;
    return (struct destination_match){
        .hit = cluster_hit && ns_hit,
        .rejected = ((server_denied || name_denied) && ns_hit) || (ns_denied && cluster_hit),
    };
}

bool api_project_destination(const struct doc *project, const struct api_cluster *cluster, const char *ns)
{
    bool permitted = false;
    doc_each(it, doc_path(project, "spec", "destinations")) {
        struct destination_match m = destination_matches(it.val, cluster, ns);
        if (m.rejected)
            return false;
        permitted |= m.hit;
    }
    return permitted;
}

static bool path_matches(const char *pattern, const char *text)
{
    bool matched = false;
    CLEANUP(err_freep) struct err *e = glob_path(pattern, text, &matched);
    return !e && matched;
}

static bool kind_in(const struct doc *list, const struct api_key *key)
{
    doc_each(it, list) {
        const char *name = doc_str(doc_get(it.val, "name"), "");
        if (path_matches(doc_str(doc_get(it.val, "group"), ""), key->group) &&
            path_matches(doc_str(doc_get(it.val, "kind"), ""), key->kind) &&
            (!*name || path_matches(name, key->name)))
            return true;
    }
    return false;
}

bool api_project_kind(const struct doc *project, const struct api_key *key, bool namespaced)
{
    const struct doc *spec = doc_get(project, "spec");
    const struct doc *allow = doc_get(spec, namespaced ? "namespaceResourceWhitelist" : "clusterResourceWhitelist");
    const struct doc *deny = doc_get(spec, namespaced ? "namespaceResourceBlacklist" : "clusterResourceBlacklist");
    /* Nothing said: every namespaced kind, no cluster-scoped one. */
    bool allowed = namespaced && !doc_is(allow, DOC_LIST) ? true : kind_in(allow, key);
    return allowed && !kind_in(deny, key);
}

bool api_project_live(const struct doc *project, const struct api_cluster *cluster, const struct api_key *key,
                      bool namespaced)
{
    return api_project_kind(project, key, namespaced) &&
           (!namespaced || api_project_destination(project, cluster, key->ns));
}

/* --- orphans ----------------------------------------------------------------------------------------------------------- */

bool api_project_monitors_orphans(const struct doc *project)
{
    return doc_is(doc_path(project, "spec", "orphanedResources"), DOC_MAP);
}

bool api_project_warns_of_orphans(const struct doc *project)
{
    return api_project_monitors_orphans(project) && doc_bool(doc_path(project, "spec", "orphanedResources", "warn"), true);
}

/* What a cluster puts into namespaces by itself. */
static bool is_inborn(const struct api_key *key)
{
    if (*key->group)
        return false;
    return (streq(key->kind, "Service") && streq(key->name, "kubernetes") && streq(key->ns, "default")) ||
           (streq(key->kind, "ServiceAccount") && streq(key->name, "default")) ||
           (streq(key->kind, "ConfigMap") && streq(key->name, "kube-root-ca.crt"));
}

static bool any_or_matches(const char *pattern, const char *text)
{
    return !*pattern || glob_matches(pattern, text, "");
}

bool api_project_counts_orphan(const struct doc *project, const struct api_cluster *cluster, const struct api_key *key)
{
    if (is_inborn(key))
        return false;
    doc_each(it, doc_path(project, "spec", "orphanedResources", "ignore")) {
        const char *group = doc_str(doc_get(it.val, "group"), "");
        if (glob_matches(group, key->group, "") && any_or_matches(doc_str(doc_get(it.val, "kind"), ""), key->kind) &&
            any_or_matches(doc_str(doc_get(it.val, "name"), ""), key->name))
            return false;
    }
    return api_project_live(project, cluster, key, true);
}
