/* sync/rbac - reconciling by atoms: a rule is broken into (verb, group, resource, name) and (verb, URL), and
 * an atom is granted when one rule of the live object covers it. */
#include "sync/rbac.h"

#include "api/object.h"
#include "sync/apply.h"

bool sync_rbac_is(const struct doc *target)
{
    return doc_str_is(doc_get(target, "apiVersion"), "rbac.authorization.k8s.io/v1");
}

/* --- coverage
 * ----------------------------------------------------------------------------------------------------------
 */

static bool has(const struct doc *list, const char *text)
{
    doc_each (it, list)
        if (doc_str_is(it.val, text))
            return true;
    return false;
}

static bool has_or_all(const struct doc *list, const char *text)
{
    return has(list, "*") || has(list, text);
}

/* "pods/log" is covered by itself, by "*" and by "*" + "/log". */
static bool covers_resource(struct arena *a, const struct doc *list, const char *resource)
{
    const char *slash = strchr(resource, '/');
    return has_or_all(list, resource) || (slash && has(list, arena_printf(a, "*%s", slash)));
}

static bool covers_url(const struct doc *list, const char *url)
{
    if (has_or_all(list, url))
        return true;
    doc_each (it, list) {
        struct span s = doc_span(it.val);
        if (s.len && s.at[s.len - 1] == '*' && strncmp(s.at, url, s.len - 1) == 0)
            return true;
    }
    return false;
}

/* One atom; url or the other three, name "" = all names. */
struct atom {
    const char *verb, *group, *resource, *name, *url;
};

static bool covers(struct arena *a, const struct doc *rule, const struct atom *t)
{
    const struct doc *names = doc_get(rule, "resourceNames");
    if (!has_or_all(doc_get(rule, "verbs"), t->verb))
        return false;
    if (t->url)
        return covers_url(doc_get(rule, "nonResourceURLs"), t->url);
    return has_or_all(doc_get(rule, "apiGroups"), t->group) &&
           covers_resource(a, doc_get(rule, "resources"), t->resource) &&
           (!doc_len(names) || (*t->name && has(names, t->name)));
}

static bool granted(struct arena *a, const struct doc *rules, const struct atom *t)
{
    doc_each (it, rules)
        if (covers(a, it.val, t))
            return true;
    return false;
}

static void set_one(struct arena *a, struct doc *rule, const char *key, const char *text)
{
    doc_push_str(a, doc_set_list(a, rule, key), text);
}

static void miss(struct arena *a, struct doc *missing, const struct doc *live_rules, const struct atom *t)
{
    if (granted(a, live_rules, t))
        return;
    struct doc *rule = doc_push(a, missing, doc_new_map(a));
    set_one(a, rule, "verbs", t->verb);
    if (t->url) {
        set_one(a, rule, "nonResourceURLs", t->url);
        return;
    }
    set_one(a, rule, "apiGroups", t->group);
    set_one(a, rule, "resources", t->resource);
    if (*t->name)
        set_one(a, rule, "resourceNames", t->name);
}

/* The atoms of one rule for one verb of one resource: all names, or each. */
static void miss_names(struct arena *a, struct doc *missing, const struct doc *live_rules,
                       const struct doc *rule, struct atom t)
{
    const struct doc *names = doc_get(rule, "resourceNames");
    if (!doc_len(names))
        miss(a, missing, live_rules, &t);
    doc_each (name, names) {
        t.name = doc_str(name.val, "");
        miss(a, missing, live_rules, &t);
    }
}

static void miss_rule(struct arena *a, struct doc *missing, const struct doc *live_rules,
                      const struct doc *rule)
{
    struct atom t = {.name = ""};
    doc_each (group, doc_get(rule, "apiGroups"))
        doc_each (resource, doc_get(rule, "resources"))
            doc_each (verb, doc_get(rule, "verbs")) {
                t.group = doc_str(group.val, "");
                t.resource = doc_str(resource.val, "");
                t.verb = doc_str(verb.val, "");
                miss_names(a, missing, live_rules, rule, t);
            }
    doc_each (url, doc_get(rule, "nonResourceURLs"))
        doc_each (verb, doc_get(rule, "verbs")) {
            t.url = doc_str(url.val, "");
            t.verb = doc_str(verb.val, "");
            miss(a, missing, live_rules, &t);
        }
}

static const struct doc *missing_rules(struct arena *a, const struct doc *target, const struct doc *live)
{
    struct doc *missing = doc_new_list(a);
    doc_each (it, doc_get(target, "rules"))
        miss_rule(a, missing, doc_get(live, "rules"), it.val);
    return missing;
}

static const struct doc *missing_subjects(struct arena *a, const struct doc *target, const struct doc *live)
{
    struct doc *missing = doc_new_list(a);
    doc_each (want, doc_get(target, "subjects")) {
        bool there = false;
        doc_each (have, doc_get(live, "subjects"))
            there = there || doc_equal(want.val, have.val);
        if (!there)
            doc_push(a, missing, want.val);
    }
    return missing;
}

/* --- words, as Go prints such values
 * ----------------------------------------------------------------------------------- */

static void add_list(struct str *out, const char *name, const struct doc *list)
{
    str_printf(out, "%s:[", name);
    doc_each (it, list)
        str_printf(out, "%s%s", it.index ? " " : "", doc_str(it.val, ""));
    str_char(out, ']');
}

static void add_rule(struct str *out, const struct doc *rule)
{
    static const char *const parts[][2] = {{"{Verbs", "verbs"},
                                           {" APIGroups", "apiGroups"},
                                           {" Resources", "resources"},
                                           {" ResourceNames", "resourceNames"},
                                           {" NonResourceURLs", "nonResourceURLs"}};
    for (size_t i = 0; i < ARRAY_LEN(parts); i++)
        add_list(out, parts[i][0], doc_get(rule, parts[i][1]));
    str_char(out, '}');
}

static void add_subject(struct str *out, const struct doc *s)
{
    str_printf(out, "{Kind:%s APIGroup:%s Name:%s Namespace:%s}", doc_str(doc_get(s, "kind"), ""),
               doc_str(doc_get(s, "apiGroup"), ""), doc_str(doc_get(s, "name"), ""),
               doc_str(doc_get(s, "namespace"), ""));
}

static const char *said(struct arena *a, const struct doc *target, enum sync_reconcile what,
                        const struct doc *rules, const struct doc *subjects)
{
    static const char *const words[] = {"", "create", "update", "recreate"};
    CLEANUP(str_release) struct str out = {0};
    str_printf(&out, "%s reconciled", sync_object_text(a, target));
    if (what != SYNC_RECONCILE_NONE)
        str_printf(&out, ". reconciliation required %s", words[what]);
    if (doc_len(rules))
        str_add(&out, "\n\tmissing rules added:");
    doc_each (it, rules) {
        str_add(&out, "\n\t\t");
        add_rule(&out, it.val);
    }
    if (doc_len(subjects))
        str_add(&out, "\n\tmissing subjects added:");
    doc_each (it, subjects) {
        str_add(&out, "\n\t\t");
        add_subject(&out, it.val);
    }
    return arena_strdup(a, str_text(&out));
}

/* --- the plan
 * ----------------------------------------------------------------------------------------------------------
 */

static const struct doc *appended(struct arena *a, const struct doc *obj, const char *key,
                                  const struct doc *more)
{
    struct doc *list = doc_new_list(a);
    doc_each (it, doc_get(obj, key))
        doc_push(a, list, it.val);
    doc_each (it, more)
        doc_push(a, list, it.val);
    return doc_len(more) ? doc_with(a, obj, list, key) : obj;
}

/* The live object with those labels or annotations that it lacks. */
static const struct doc *completed(struct arena *a, const struct doc *obj, const struct doc *target,
                                   const char *part)
{
    const struct doc *have = doc_path(obj, "metadata", part);
    struct doc *map = have ? doc_shallow(a, have) : doc_new_map(a);
    doc_each (it, doc_path(target, "metadata", part))
        if (!doc_get_span(have, it.key))
            doc_set_span(a, map, it.key, it.val);
    return doc_len(map) > doc_len(have) ? doc_with(a, obj, map, "metadata", part) : obj;
}

void sync_rbac_plan(struct arena *a, const struct doc *target, const struct doc *live, struct sync_rbac *out)
{
    const struct doc *want = schema_default(a, schema_of(target), target);
    bool other_role = live && !doc_equal(doc_get(want, "roleRef"), doc_get(live, "roleRef"));
    const struct doc *rules = live ? missing_rules(a, want, live) : doc_get(want, "rules");
    const struct doc *subjects =
        live && !other_role ? missing_subjects(a, want, live) : doc_get(want, "subjects");
    *out = (struct sync_rbac){.body = target};
    if (!live) {
        out->what = SYNC_RECONCILE_CREATE;
    } else if (other_role) {
        out->what = SYNC_RECONCILE_RECREATE;
        subjects = NULL;
    } else {
        out->body = appended(a, appended(a, live, "rules", rules), "subjects", subjects);
        out->body = completed(a, completed(a, out->body, want, "labels"), want, "annotations");
        out->what = out->body == live ? SYNC_RECONCILE_NONE : SYNC_RECONCILE_UPDATE;
    }
    out->said = said(a, target, out->what, rules, subjects);
}
