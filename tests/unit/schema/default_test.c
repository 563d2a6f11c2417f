/* Defaults against a real server: what it stored of the objects of public charts. */
#include "doc/json.h"
#include "lib/test.h"
#include "schema/schema.h"

/* Bookkeeping of the server, and what the registry allocates or admission adds: no default explains these. */
static const struct doc *without_allocations(struct arena *a, const struct doc *d)
{
    static const struct {
        const char *kind, *a, *b, *c;
    } rows[] = {
        {NULL, "metadata", "managedFields", NULL},
        {NULL, "metadata", "uid", NULL},
        {NULL, "metadata", "creationTimestamp", NULL},
        {NULL, "metadata", "generation", NULL},
        {NULL, "metadata", "resourceVersion", NULL},
        {NULL, "metadata", "finalizers", NULL},
        {NULL, "metadata", "namespace", NULL},
        {NULL, "status", NULL, NULL},
        {"DaemonSet", "metadata", "annotations", "deprecated.daemonset.template.generation"},
        {"Service", "spec", "clusterIP", NULL},
        {"Service", "spec", "clusterIPs", NULL},
        {"Service", "spec", "ipFamilies", NULL},
        {"Service", "spec", "ipFamilyPolicy", NULL},
        {"Service", "spec", "healthCheckNodePort", NULL},
        {"Job", "spec", "selector", NULL},
        {"Job", "metadata", "labels", NULL},
        {"Job", "spec", "template", "metadata"},
        {"Namespace", "spec", "finalizers", NULL},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        if (!rows[i].kind || doc_str_is(doc_get(d, "kind"), rows[i].kind))
            d = doc_without(a, d, rows[i].a, rows[i].b, rows[i].c);
    return d;
}

static bool empty(const struct doc *d)
{
    return !d || doc_is(d, DOC_NULL) || ((doc_is(d, DOC_MAP) || doc_is(d, DOC_LIST)) && !doc_len(d));
}

static const char *difference(struct arena *a, struct schema_at at, const char *path, const struct doc *ours,
                              const struct doc *server);

static const char *map_difference(struct arena *a, struct schema_at at, const char *path, const struct doc *ours,
                                  const struct doc *server)
{
    doc_each(it, server) {
        const char *inner = arena_printf(a, "%s.%.*s", path, (int)it.key.len, it.key.at);
        const char *d = difference(a, schema_child(at, it.key), inner, doc_get_span(ours, it.key), it.val);
        if (d)
            return d;
    }
    doc_each(it, ours)
        if (!doc_get_span(server, it.key) && !empty(it.val) && schema_child(at, it.key).schema) /* else unknown to it */
            return arena_printf(a, "%s.%.*s: only ours: %s", path, (int)it.key.len, it.key.at,
                                json_text(a, it.val, 0));
    return NULL;
}

/* The first difference as a path and both values; NULL when there is none. */
static const char *difference(struct arena *a, struct schema_at at, const char *path, const struct doc *ours,
                              const struct doc *server)
{
    if (doc_is(ours, DOC_MAP) && doc_is(server, DOC_MAP))
        return map_difference(a, at, path, ours, server);
    if (doc_is(ours, DOC_LIST) && doc_is(server, DOC_LIST) && doc_len(ours) == doc_len(server)) {
        doc_each(it, server) {
            const char *inner = arena_printf(a, "%s[%zu]", path, it.index);
            const char *d = difference(a, schema_elem(at), inner, doc_at(ours, it.index), it.val);
            if (d)
                return d;
        }
        return NULL;
    }
    if (strstr(path, ".nodePort") || (empty(ours) && empty(server)) || schema_equal(at, ours, server))
        return NULL;
    return arena_printf(a, "%s: ours %s, the server %s", path, ours ? json_text(a, ours, 0) : "-",
                        server ? json_text(a, server, 0) : "-");
}

TEST_SLOW(defaults_are_those_of_a_server)
{
    CLEANUP(mem_freep) char *command = mem_printf("zstd -dc %s/stored.jsonl.zst", test_conformance("kubernetes"));
    FILE *f = popen(command, "r");
    CHECK(f);
    char *line = NULL;
    size_t cap = 0, good = 0, bad = 0;
    ssize_t n;
    while ((n = getline(&line, &cap, f)) > 0) {
        CLEANUP(arena_freep) struct arena *a = arena_new("test");
        struct doc *row = NULL;
        CHECK_OK(json_read(a, (struct span){line, (size_t)n}, NULL, &row));
        if (doc_int(doc_get(row, "code"), 0) != 201 || !doc_str_is(doc_get(row, "request"), "create"))
            continue;
        const struct doc *object = doc_get(row, "object");
        /* Admission rewrites Pods; stringData is the registry's; both have tests of their own. */
        if (doc_str_is(doc_get(object, "kind"), "Pod") || doc_get(object, "stringData"))
            continue;
        struct schema_at at = schema_of(object);
        const struct doc *ours = without_allocations(a, schema_default(a, at, schema_canonical(a, at, object)));
        const char *d = difference(a, at, "", ours, without_allocations(a, doc_get(row, "answer")));
        good += !d;
        if (d && bad++ < 60)
            fprintf(stderr, "%s %s: %s\n", doc_str(doc_get(object, "kind"), ""),
                    doc_str(doc_path(object, "metadata", "name"), ""), d);
    }
    free(line);
    pclose(f);
    CHECKF(!bad, "%zu of %zu objects differ", bad, bad + good);
    CHECK(good > 400);
}

TEST_MAIN
