/* tmpl/sprig_semver - semver gives a *semver.Version with its methods, semverCompare checks a constraint. */
#include "text/semver.h"

#include "doc/doc.h"
#include "tmpl/sprig.h"

#include <inttypes.h>

/* A version; its texts live in the run's arena. */
struct version {
    struct tmpl_object object;
    struct semver v;
    struct span original;
};

static const struct version *version_of(struct tmpl_value v)
{
    return CONTAINER(v.object, struct version, object);
}

static void add_text(const struct semver *v, struct str *out)
{
    str_printf(out, "%" PRIu64 ".%" PRIu64 ".%" PRIu64, v->major, v->minor, v->patch);
    if (v->pre.len)
        str_printf(out, "-%.*s", (int)v->pre.len, v->pre.at);
    if (v->meta.len)
        str_printf(out, "+%.*s", (int)v->meta.len, v->meta.at);
}

static void version_text(struct tmpl_value v, struct str *out)
{
    add_text(&version_of(v)->v, out);
}

static struct doc *version_doc(struct arena *a, struct tmpl_value v)
{
    CLEANUP(str_release) struct str s = {0};
    version_text(v, &s);
    return doc_new_str_n(a, s.at, s.len);
}

static bool version_equal(const struct tmpl_object *x, const struct tmpl_object *y)
{
    const struct version *a = version_of(tmpl_object((struct tmpl_object *)x)),
                         *b = version_of(tmpl_object((struct tmpl_object *)y));
    return semver_compare(&a->v, &b->v) == 0 && span_eq(a->v.meta, b->v.meta) &&
           span_eq(a->original, b->original);
}

static struct tmpl_value u64(uint64_t u)
{
    return (struct tmpl_value){.kind = TMPL_UINT64, .u = u};
}

TMPL_FN(major)
{
    *out = u64(version_of(args[0])->v.major);
    return NULL;
}

TMPL_FN(minor)
{
    *out = u64(version_of(args[0])->v.minor);
    return NULL;
}

TMPL_FN(patch)
{
    *out = u64(version_of(args[0])->v.patch);
    return NULL;
}

TMPL_FN(prerelease)
{
    *out = tmpl_span(version_of(args[0])->v.pre);
    return NULL;
}

TMPL_FN(metadata)
{
    *out = tmpl_span(version_of(args[0])->v.meta);
    return NULL;
}

TMPL_FN(original)
{
    *out = tmpl_span(version_of(args[0])->original);
    return NULL;
}

TMPL_FN(string)
{
    struct str s = {0};
    version_text(args[0], &s);
    return tmpl_give(x, &s, out);
}

static int order(const struct tmpl_value *args)
{
    return semver_compare(&version_of(args[0])->v, &version_of(args[1])->v);
}

TMPL_FN(compare)
{
    *out = tmpl_int(order(args));
    return NULL;
}

TMPL_FN(equal)
{
    *out = tmpl_bool(order(args) == 0);
    return NULL;
}

TMPL_FN(less_than)
{
    *out = tmpl_bool(order(args) < 0);
    return NULL;
}

TMPL_FN(less_than_equal)
{
    *out = tmpl_bool(order(args) <= 0);
    return NULL;
}

TMPL_FN(greater_than)
{
    *out = tmpl_bool(order(args) > 0);
    return NULL;
}

TMPL_FN(greater_than_equal)
{
    *out = tmpl_bool(order(args) >= 0);
    return NULL;
}

static const struct tmpl_type version_type;

/* The type of IncPatch and its kin: the struct itself, which has fewer methods. */
static const struct tmpl_type version_struct_type;

static struct tmpl_value new_version(struct arena *a, const struct tmpl_type *type, struct semver v,
                                     struct span original)
{
    struct version *made = NEW(a, struct version);
    made->object.type = type;
    made->v = v;
    made->original = original;
    return tmpl_object(&made->object);
}

/* The next version, whose original keeps a leading v. */
static struct tmpl_value next_version(struct tmpl_exec *x, struct tmpl_value of, struct semver v)
{
    struct span before = version_of(of)->original;
    CLEANUP(str_release) struct str s = {0};
    str_add(&s, before.len && before.at[0] == 'v' ? "v" : "");
    add_text(&v, &s);
    struct span original = {arena_strndup(x->arena, str_text(&s), s.len), s.len};
    return new_version(x->arena, &version_struct_type, v, original);
}

TMPL_FN(inc_major)
{
    *out = next_version(x, args[0], (struct semver){.major = version_of(args[0])->v.major + 1});
    return NULL;
}

TMPL_FN(inc_minor)
{
    const struct semver *v = &version_of(args[0])->v;
    *out = next_version(x, args[0], (struct semver){.major = v->major, .minor = v->minor + 1});
    return NULL;
}

TMPL_FN(inc_patch)
{
    const struct semver *v = &version_of(args[0])->v;
    uint64_t next = v->patch + (v->pre.len == 0); /* a prerelease becomes its release */
    *out = next_version(x, args[0], (struct semver){.major = v->major, .minor = v->minor, .patch = next});
    return NULL;
}

static const struct tmpl_func methods[] = {
    {"IncMajor", "", inc_major},
    {"IncMinor", "", inc_minor},
    {"IncPatch", "", inc_patch},
    {"Major", "", major},
    {"Metadata", "", metadata},
    {"Minor", "", minor},
    {"Patch", "", patch},
    {"Prerelease", "", prerelease},
    {"String", "", string}, /* from here on: of a pointer only */
    {"Compare", "o", compare, &version_type},
    {"Equal", "o", equal, &version_type},
    {"GreaterThan", "o", greater_than, &version_type},
    {"GreaterThanEqual", "o", greater_than_equal, &version_type},
    {"LessThan", "o", less_than, &version_type},
    {"LessThanEqual", "o", less_than_equal, &version_type},
    {"Original", "", original},
};
enum { VALUE_METHODS = 9 };

static const struct tmpl_type version_type = {.name = "*semver.Version",
                                              .kind = TMPL_OBJECT,
                                              .pointer = true,
                                              .hidden = true,
                                              .methods = methods,
                                              .methods_len = ARRAY_LEN(methods),
                                              .text = version_text,
                                              .to_doc = version_doc,
                                              .equal = version_equal};
static const struct tmpl_type version_struct_type = {.name = "semver.Version",
                                                     .kind = TMPL_OBJECT,
                                                     .hidden = true,
                                                     .methods = methods,
                                                     .methods_len = VALUE_METHODS,
                                                     .text = version_text,
                                                     .to_doc = version_doc,
                                                     .equal = version_equal};

static struct err *parse(struct tmpl_value text, struct semver *out)
{
    struct err *e = semver_parse(tmpl_span_of(text), out);
    if (!err_eat(&e, ERR_INVALID))
        return e;
    return err_new(ERR_INVALID, "invalid semantic version");
}

TMPL_FN(semver)
{
    struct semver v;
    TRY(parse(args[0], &v));
    *out = new_version(x->arena, &version_type, v, tmpl_span_of(args[0]));
    return NULL;
}

TMPL_FN(semver_check)
{
    struct semver_constraint *c;
    struct semver v;
    TRY(tmpl_reserve(x, tmpl_span_of(args[0]).len * 8));
    TRY(semver_constraint_parse(x->arena, tmpl_span_of(args[0]), &c));
    TRY(parse(args[1], &v));
    *out = tmpl_bool(semver_satisfies(c, &v));
    return NULL;
}

static const struct tmpl_func rows[] = {{"semver", "s", semver}, {"semverCompare", "ss", semver_check}};
const struct tmpl_family tmpl_sprig_semver = {rows, ARRAY_LEN(rows)};
