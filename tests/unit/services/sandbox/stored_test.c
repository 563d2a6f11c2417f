/* The objects of public charts, created and applied: what is answered against what a real server answered. */
#include "rig.h"

/* What no two servers share: identities, times, addresses. */
static const struct doc *masked(const struct doc *d)
{
    static const char *const meta[] = {"uid", "creationTimestamp", "resourceVersion", "selfLink"};
    for (size_t i = 0; i < ARRAY_LEN(meta); i++)
        d = doc_without(rig.a, d, "metadata", meta[i]);
    if (doc_str_is(doc_get(d, "kind"), "Service")) {
        static const char *const spec[] = {"clusterIP", "clusterIPs", "ports", "healthCheckNodePort"};
        for (size_t i = 0; i < ARRAY_LEN(spec); i++)
            d = doc_without(rig.a, d, "spec", spec[i]);
    }
    if (doc_str_is(doc_get(d, "kind"), "Job")) {
        d = doc_without(rig.a, d, "spec", "selector");
        d = doc_without(rig.a, d, "spec", "template", "metadata");
        d = doc_without(rig.a, d, "metadata", "labels", "controller-uid");
        d = doc_without(rig.a, d, "metadata", "labels", "batch.kubernetes.io/controller-uid");
    }
    /* Of managedFields only the times differ, and its order is no matter. */
    const struct doc *managed = doc_at(doc_path(d, "metadata", "managedFields"), 0);
    d = doc_with(rig.a, d, doc_get(managed, "fieldsV1"), "metadata", "managedFields");
    return d;
}

static bool empty(const struct doc *d)
{
    return !d || doc_is(d, DOC_NULL) || ((doc_is(d, DOC_MAP) || doc_is(d, DOC_LIST)) && !doc_len(d));
}

static const char *difference(struct schema_at at, const char *path, const struct doc *x, const struct doc *y)
{
    if (doc_is(x, DOC_MAP) && doc_is(y, DOC_MAP)) {
        doc_each (it, y) {
            const char *d =
                difference(schema_child(at, it.key), arena_printf(rig.a, "%s.%s", path, it.key.at),
                           doc_get_span(x, it.key), it.val);
            if (d)
                return d;
        }
        doc_each (it, x)
            if (!doc_get_span(y, it.key) && !empty(it.val))
                return arena_printf(rig.a, "%s.%s: only ours: %s", path, it.key.at,
                                    json_text(rig.a, it.val, 0));
        return NULL;
    }
    if (doc_is(x, DOC_LIST) && doc_is(y, DOC_LIST) && doc_len(x) == doc_len(y)) {
        doc_each (it, y) {
            const char *d = difference(schema_elem(at), arena_printf(rig.a, "%s[%zu]", path, it.index),
                                       doc_at(x, it.index), it.val);
            if (d)
                return d;
        }
        return NULL;
    }
    if ((empty(x) && empty(y)) || schema_equal(at, x, y))
        return NULL;
    return arena_printf(rig.a, "%s: ours %s, the server's %s", path, x ? json_text(rig.a, x, 0) : "-",
                        y ? json_text(rig.a, y, 0) : "-");
}

/* Admission plugins of a real server that are not simulated: service account tokens of Pods, protection
 * finalizers. */
static bool not_simulated(const struct doc *object)
{
    static const char *const kinds[] = {"Pod", "PersistentVolumeClaim", "PersistentVolume"};
    return str_in(doc_str(doc_get(object, "kind"), ""), kinds, ARRAY_LEN(kinds));
}

/* NULL when the row comes out as recorded. */
static const char *replay(const struct doc *row)
{
    const char *path = doc_str(doc_get(row, "path"), "");
    bool apply = doc_str_is(doc_get(row, "request"), "apply");
    const char *query = arena_printf(rig.a, "%s?dryRun=All&fieldManager=recorder", path);
    const char *body = json_text(rig.a, doc_get(row, "object"), 0);
    const struct doc *ours = apply ? ask("PATCH", query, "application/apply-patch+yaml", body)
                                   : ask("POST", query, "application/json", body);
    const struct doc *theirs = doc_get(row, "answer");
    if (doc_int(doc_get(row, "code"), 0) < 300) {
        if (!ours)
            return arena_printf(rig.a, "refused: %s", rig.err->msg);
        return difference(schema_of(theirs), "", masked(ours), masked(theirs));
    }
    if (ours)
        return arena_printf(rig.a, "not refused: %s", doc_str(doc_get(theirs, "message"), ""));
    return strstr(rig.err->msg, doc_str(doc_get(theirs, "message"), ""))
               ? NULL
               : arena_printf(rig.a, "says '%s', the server '%s'", rig.err->msg,
                              doc_str(doc_get(theirs, "message"), ""));
}

TEST_SLOW(objects_come_out_as_a_server_stores_them)
{
    CLEANUP(mem_freep)
    char *command = mem_printf("zstd -dc %s/stored.jsonl.zst", test_conformance("kubernetes"));
    FILE *f = popen(command, "r");
    CHECK(f);
    rig_begin((struct sandbox_options){0});
    create("/api/v1/namespaces",
           "{\"kind\":\"Namespace\",\"apiVersion\":\"v1\",\"metadata\":{\"name\":\"shop\"}}");
    char *line = NULL;
    size_t cap = 0, good = 0, bad = 0;
    ssize_t n;
    while ((n = getline(&line, &cap, f)) > 0) {
        arena_reset(rig.a);
        struct doc *row = NULL;
        CHECK_OK(json_read(rig.a, (struct span){line, (size_t)n}, NULL, &row));
        if (not_simulated(doc_get(row, "object")))
            continue;
        const char *d = replay(row);
        good += !d;
        if (d && bad++ < 80)
            fprintf(stderr, "%s %s %s: %.500s\n", doc_str(doc_get(row, "request"), ""),
                    doc_str(doc_path(row, "object", "kind"), ""),
                    doc_str(doc_path(row, "object", "metadata", "name"), ""), d);
    }
    free(line);
    pclose(f);
    CHECKF(!bad, "%zu of %zu differ", bad, bad + good);
    rig_end();
}

TEST_MAIN
