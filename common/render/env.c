/* render/env - the build environment put into texts of a source block. */
#include "base/str.h"
#include "render/render.h"

#include <ctype.h>

static bool is_name(char c)
{
    return isalnum((unsigned char)c) || c == '_';
}

static struct err *add_revision(const struct render_request *rq, struct arena *a, size_t max, struct str *out)
{
    const char *revision;
    TRY(tree_revision(rq->revision_of, a, &revision));
    str_add_span(out, (struct span){revision, strnlen(revision, max)});
    return NULL;
}

static struct err *add_value(const struct render_request *rq, struct arena *a, struct span name,
                             struct str *out)
{
    static const struct {
        const char *name;
        size_t max;
    } revisions[] = {{"ARGOCD_APP_REVISION", SIZE_MAX},
                     {"ARGOCD_APP_REVISION_SHORT", 7},
                     {"ARGOCD_APP_REVISION_SHORT_8", 8}};
    for (size_t i = 0; i < ARRAY_LEN(revisions); i++)
        if (span_is(name, revisions[i].name))
            return add_revision(rq, a, revisions[i].max, out);
    str_add_span(out, doc_span(doc_get_span(rq->env, name)));
    return NULL;
}

struct err *render_env_put(const struct render_request *rq, struct arena *a, const char *text,
                           const char **out)
{
    CLEANUP(str_release) struct str s = {0};
    *out = text;
    if (!strchr(text, '$') || !rq->env)
        return NULL;
    for (const char *p = text; *p;) {
        if (*p != '$') {
            str_char(&s, *p++);
            continue;
        }
        p++;
        bool braces = *p == '{';
        const char *name = p + braces, *end = name;
        while (is_name(*end))
            end++;
        if (*p == '$' || end == name || (braces && *end != '}')) {
            str_char(&s, '$');
            p += *p == '$';
            continue;
        }
        TRY(add_value(rq, a, (struct span){name, (size_t)(end - name)}, &s));
        p = end + braces;
    }
    *out = arena_strndup(a, str_text(&s), s.len);
    return NULL;
}
