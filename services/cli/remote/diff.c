/* cli/remote/diff - differences of what runs and what is wanted, object by object, as `app diff` prints them.
 */
#include "services/cli/remote/app.h"

#include "api/object.h"
#include "base/map.h"
#include "diff/diff.h"
#include "doc/json.h"
#include "doc/yaml.h"
#include "sync/hook.h"
#include "text/diff.h"

/* Lines FROM..FROM+N-1 (counted from 1) as diff writes them: "3" or "3,7"; none: the line before. */
static void range(size_t from, size_t n, struct str *out)
{
    if (n < 2)
        str_printf(out, "%zu", n ? from + 1 : from);
    else
        str_printf(out, "%zu,%zu", from + 1, from + n);
}

static void lines(const struct span *at, size_t n, char mark, struct str *out)
{
    for (size_t i = 0; i < n; i++)
        str_printf(out, "%c %.*s\n", mark, (int)at[i].len, at[i].at);
}

void cli_diff_normal(struct arena *a, struct span old_text, struct span new_text, struct str *out)
{
    struct diff d;
    diff_lines(a, old_text, new_text, &d);
    for (size_t i = 0; i < d.runs_len; i++) {
        if (d.runs[i].kind == DIFF_SAME)
            continue;
        size_t gone = 0, come = 0, old_from = d.runs[i].old_line, new_from = d.runs[i].new_line;
        for (; i < d.runs_len && d.runs[i].kind != DIFF_SAME; i++)
            *(d.runs[i].kind == DIFF_OLD ? &gone : &come) += d.runs[i].lines;
        range(old_from, gone, out);
        str_char(out, !gone ? 'a' : !come ? 'd' : 'c');
        range(new_from, come, out);
        str_char(out, '\n');
        lines(d.old_lines + old_from, gone, '<', out);
        if (gone && come)
            str_add(out, "---\n");
        lines(d.new_lines + new_from, come, '>', out);
    }
}

/* An object as YAML; empty for one that is not there. */
static void object_text(const struct doc *object, struct str *out)
{
    if (object)
        yaml_write(out, object, YAML_WRITE_SIGS);
}

static void diff_object(struct arena *a, const struct api_key *key, const struct doc *live,
                        const struct doc *want, struct str *out)
{
    CLEANUP(str_release) struct str old_text = {0};
    CLEANUP(str_release) struct str new_text = {0};
    object_text(live, &old_text);
    object_text(want, &new_text);
    if (old_text.len == new_text.len && memcmp(str_text(&old_text), str_text(&new_text), old_text.len) == 0)
        return;
    str_printf(out, "\n===== %s/%s %s/%s ======\n", key->group, key->kind, key->ns, key->name);
    cli_diff_normal(a, str_span(&old_text), str_span(&new_text), out);
}

/* --- what the server holds of the managed resources
 * ---------------------------------------------------------
 */

struct err *cli_managed_state(struct arena *a, const struct doc *item, const char *field,
                              const struct doc **out)
{
    struct span json = doc_span(doc_get(item, field));
    struct doc *object = NULL;
    if (json.len)
        TRYF(json_read(a, json, NULL, &object), "%s of the server's answer", field);
    *out = doc_is(object, DOC_MAP) ? object : NULL;
    return NULL;
}

static struct api_key item_key(const struct doc *item)
{
    return (struct api_key){.group = doc_str(doc_get(item, "group"), ""),
                            .kind = doc_str(doc_get(item, "kind"), ""),
                            .ns = doc_str(doc_get(item, "namespace"), ""),
                            .name = doc_str(doc_get(item, "name"), "")};
}

/* The prediction where both are there: it has the defaults that the cluster would fill in. */
static struct err *diff_predicted(struct arena *a, const struct doc *item, struct str *out)
{
    const struct api_key key = item_key(item);
    const struct doc *live, *normalized, *target, *predicted;
    TRY(cli_managed_state(a, item, "liveState", &live));
    TRY(cli_managed_state(a, item, "normalizedLiveState", &normalized));
    TRY(cli_managed_state(a, item, "targetState", &target));
    TRY(cli_managed_state(a, item, "predictedLiveState", &predicted));
    live = normalized ? normalized : live;
    diff_object(a, &key, live, live && target && predicted ? predicted : target, out);
    return NULL;
}

struct err *cli_diff_managed(struct arena *a, const struct doc *items, struct str *out)
{
    doc_each (it, items)
        if (!doc_bool(doc_get(it.val, "hook"), false)) /* hooks run at a sync; they are not kept alike */
            TRY(diff_predicted(a, it.val, out));
    return NULL;
}

/* --- other targets against what runs
 * ------------------------------------------------------------------------
 */

/* Targets by key. Which kinds live in namespaces is seen from the managed resources. */
struct others {
    struct arena *a;
    const struct doc *app;
    struct map *targets, *scopes;
    struct str *out;
};
static char in_cluster[] = "cluster", in_namespace[] = "namespace";

static const char *kind_id(struct arena *a, const struct api_key *key)
{
    return arena_printf(a, "%s/%s", key->group, key->kind);
}

static void learn_scopes(struct others *o, const struct doc *items)
{
    doc_each (it, items) {
        const struct api_key key = item_key(it.val);
        map_set(o->scopes, kind_id(o->a, &key), *key.ns ? in_namespace : in_cluster);
    }
}

/* With the namespace that it will get. A kind that is nowhere seen keeps what it says of itself. */
static const struct doc *settled(struct others *o, const struct doc *target)
{
    const struct api_key key = api_key_of(o->a, target);
    const char *scope = map_get(o->scopes, kind_id(o->a, &key));
    if (scope == in_cluster)
        return doc_without(o->a, target, "metadata", "namespace");
    if (scope == in_namespace && !*key.ns)
        return api_with_namespace(o->a, target,
                                  doc_str(doc_path(o->app, "spec", "destination", "namespace"), ""));
    return target;
}

static bool passed_over(const struct doc *object)
{
    return api_is(object, "", "Secret") || sync_is_hook(object);
}

static struct err *diff_pair(struct others *o, const struct api_key *key, const struct doc *live,
                             const struct doc *target)
{
    const struct diff_rules rules = {.ignore = doc_path(o->app, "spec", "ignoreDifferences")};
    struct diff_result r = {0};
    if (passed_over(live) || passed_over(target) || (!live && !target))
        return NULL;
    TRYF(diff_three_way(o->a, &rules, target, live, &r), "comparing %s '%s'", key->kind, key->name);
    if (!live || !target)
        diff_object(o->a, key, live, target, o->out);
    else if (r.modified)
        diff_object(o->a, key, r.live, r.predicted, o->out);
    return NULL;
}

static struct err *diff_all(struct others *o, const struct doc *items)
{
    doc_each (it, items) {
        const struct api_key key = item_key(it.val);
        const struct doc *live;
        TRY(cli_managed_state(o->a, it.val, "liveState", &live));
        TRY(diff_pair(o, &key, live, map_take(o->targets, api_key_text(o->a, &key))));
    }
    map_each (it, o->targets) {
        const struct api_key key = api_key_of(o->a, it.value);
        TRY(diff_pair(o, &key, NULL, it.value));
    }
    return NULL;
}

struct err *cli_diff_targets(struct arena *a, const struct doc *app, const struct doc *items,
                             const struct doc *targets, struct str *out)
{
    CLEANUP(map_freep) struct map *by_key = map_new(NULL);
    CLEANUP(map_freep) struct map *scopes = map_new(NULL);
    struct others o = {.a = a, .app = app, .targets = by_key, .scopes = scopes, .out = out};
    learn_scopes(&o, items);
    doc_each (it, targets) {
        const struct doc *target = settled(&o, it.val);
        const struct api_key key = api_key_of(a, target);
        map_set(by_key, api_key_text(a, &key), (void *)target);
    }
    return diff_all(&o, items);
}
