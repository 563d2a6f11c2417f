/* sync/apply - planning the request. */
#include "sync/apply.h"

#include "api/app.h"
#include "doc/json.h"
#include "doc/patch.h"

#include <ctype.h>

const char *sync_object_text(struct arena *a, const struct doc *obj)
{
    struct span group = api_gv_of(obj).group;
    char *kind = arena_strdup(a, api_kind(obj));
    for (char *c = kind; *c; c++)
        *c = (char)tolower((unsigned char)*c);
    return arena_printf(a, "%s%s%.*s/%s", kind, group.len ? "." : "", (int)group.len, group.at,
                        api_name(obj));
}

static const char *said(struct arena *a, const struct doc *target, const char *verb)
{
    return arena_printf(a, "%s %s", sync_object_text(a, target), verb);
}

const struct doc *sync_with_last_applied(struct arena *a, const struct doc *target)
{
    /* kubectl takes an empty annotation map for granted. */
    const struct doc *annotations = doc_path(target, "metadata", "annotations");
    const struct doc *bare =
        annotations ? target : doc_with(a, target, doc_new_map(a), "metadata", "annotations");
    if (api_annotation(bare, API_ANNOTATION_LAST_APPLIED))
        bare = api_with_annotation(a, bare, API_ANNOTATION_LAST_APPLIED, NULL);
    CLEANUP(str_release) struct str text = {0};
    json_write(&text, bare, JSON_SORTED);
    str_char(&text, '\n');
    return api_with_annotation(a, bare, API_ANNOTATION_LAST_APPLIED, str_text(&text));
}

static bool wants_server_side(const struct doc *options, const struct doc *target)
{
    if (api_sync_option(target, "ServerSideApply=false"))
        return false;
    return api_sync_option(target, "ServerSideApply=true") ||
           api_options_have(options, "ServerSideApply=true");
}

/* What kubectl says, as part of a program without a name, of an object that it finds without the annotation.
 */
static const char *warned(struct arena *a, const struct sync_ask *ask, const char *words)
{
    if (api_annotation(ask->live, API_ANNOTATION_LAST_APPLIED))
        return words;
    return arena_printf(
        a,
        "%s. Warning: resource %s/%s is missing the %s annotation which is required by  apply.  apply should "
        "only be used on resources created declaratively by either  create --save-config or  apply. The "
        "missing annotation will be patched automatically.",
        words, ask->plural, api_name(ask->target), API_ANNOTATION_LAST_APPLIED);
}

static struct err *plan_three_way(struct arena *a, const struct sync_ask *ask, struct sync_apply *out)
{
    const struct doc *target = ask->target, *live = ask->live;
    const struct doc *modified = sync_with_last_applied(a, target), *original = api_last_applied(a, live);
    struct schema_at at = schema_of(target);
    if (at.schema)
        TRY(schema_strategic_three_way(a, at, original, modified, live, &out->body));
    else
        out->body = patch_merge_three_way(a, original ? original : doc_new_map(a), modified, live);
    bool unchanged = doc_len(out->body) == 0;
    out->verb = unchanged ? SYNC_VERB_NONE : at.schema ? SYNC_VERB_PATCH_STRATEGIC : SYNC_VERB_PATCH_MERGE;
    out->said = warned(a, ask, said(a, target, unchanged ? "unchanged" : "configured"));
    return NULL;
}

struct err *sync_apply_plan(struct arena *a, const struct sync_ask *ask, struct sync_apply *out)
{
    const struct doc *options = ask->options, *target = ask->target, *live = ask->live;
    *out = (struct sync_apply){
        .body = target,
        .strict = !api_options_have(options, "Validate=false") && !api_sync_option(target, "Validate=false"),
        .force = ask->force || api_sync_option(target, "Force=true"),
        .replace = api_options_have(options, "Replace=true") || api_sync_option(target, "Replace=true") ||
                   api_sync_option(live, "Replace=true"),
    };
    if (out->replace && live) {
        out->verb = SYNC_VERB_REPLACE;
        out->body =
            doc_with(a, target, doc_path(live, "metadata", "resourceVersion"), "metadata", "resourceVersion");
        out->said = said(a, target, "replaced");
        return NULL;
    }
    if (out->replace) {
        out->verb = SYNC_VERB_CREATE;
        out->said = said(a, target, "created");
        return NULL;
    }
    const struct doc *applied = sync_with_last_applied(a, target);
    bool too_large = strlen(api_annotation(applied, API_ANNOTATION_LAST_APPLIED)) > SYNC_ANNOTATIONS_MAX;
    if (too_large || wants_server_side(options, target)) {
        out->verb = SYNC_VERB_PATCH_APPLY;
        out->said = said(a, target,
                         too_large ? "serverside-applied (its last-applied annotation would be too large)"
                                   : "serverside-applied");
        return NULL;
    }
    if (live)
        return plan_three_way(a, ask, out);
    out->verb = SYNC_VERB_CREATE;
    out->body = applied;
    out->said = said(a, target, "created");
    return NULL;
}
