/* git/refs - from a revision as people write it to a commit (engine.md §1.10). Pure. */
#include "base/str.h"
#include "git/git.h"
#include "text/semver.h"

#include <ctype.h>

static bool all_hex(const char *s)
{
    for (; *s; s++)
        if (!isxdigit((unsigned char)*s))
            return false;
    return true;
}

bool git_is_sha(const char *revision)
{
    return strlen(revision) == GIT_SHA && all_hex(revision);
}

static const struct git_ref *find(const struct git_refs *refs, const char *name)
{
    for (size_t i = 0; i < refs->len; i++)
        if (streq(refs->at[i].name, name))
            return &refs->at[i];
    return NULL;
}

static const struct git_ref *find_under(const struct git_refs *refs, const char *prefix, const char *name)
{
    for (size_t i = 0; i < refs->len; i++)
        if (starts_with(refs->at[i].name, prefix) && streq(refs->at[i].name + strlen(prefix), name))
            return &refs->at[i];
    return NULL;
}

/* The highest tag inside the range; NULL when none is, or when the text is no range but a version or a name. */
static const struct git_ref *in_range(const struct git_refs *refs, const char *revision)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("semver");
    struct semver exact, best = {0};
    struct semver_constraint *range = NULL;
    CLEANUP(err_freep) struct err *not_exact = semver_parse(span_of(revision), &exact);
    if (!not_exact)
        return NULL;
    CLEANUP(err_freep) struct err *not_range = semver_constraint_parse(a, span_of(revision), &range);
    if (not_range)
        return NULL;
    const struct git_ref *found = NULL;
    for (size_t i = 0; i < refs->len; i++) {
        static const char prefix[] = "refs/tags/";
        struct semver v;
        if (!starts_with(refs->at[i].name, prefix))
            continue;
        CLEANUP(err_freep) struct err *no_version = semver_parse(span_of(refs->at[i].name + strlen(prefix)), &v);
        if (no_version || !semver_satisfies(range, &v) || (found && semver_compare(&v, &best) <= 0))
            continue;
        found = &refs->at[i];
        best = v;
    }
    return found;
}

struct err *git_resolve(const struct git_refs *refs, const char *revision, struct arena *a, const char **sha)
{
    static const char *const prefixes[] = {"refs/heads/", "refs/tags/", "refs/remotes/", "refs/"};
    if (git_is_sha(revision)) {
        *sha = arena_strdup(a, revision);
        return NULL;
    }
    const char *name = *revision ? revision : "HEAD";
    const struct git_ref *ref = find(refs, name);
    if (!ref)
        ref = in_range(refs, name);
    for (size_t i = 0; i < ARRAY_LEN(prefixes) && !ref; i++)
        ref = find_under(refs, prefixes[i], name);
    if (ref && ref->symref && find(refs, ref->symref))
        ref = find(refs, ref->symref);
    if (ref)
        *sha = arena_strdup(a, ref->sha);
    else if (strlen(name) >= 7 && all_hex(name))
        *sha = arena_strdup(a, name);
    else
        return err_new(ERR_NOT_FOUND, "unable to resolve '%s' to a commit SHA: revision not found", revision);
    return NULL;
}
