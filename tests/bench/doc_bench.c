/* JSON beside jansson, YAML beside bare libyaml events, on a list of what a real API server stores
 * (../shared/conformance/kubernetes, its answers repeated up to 50 MB). */
#include "base/file.h"
#include "doc/json.h"
#include "doc/yaml.h"
#include "lib/bench.h"
#include "pack/zstd.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <yaml.h>

enum { LIST = 50 << 20 };
static const char stored[] = "../shared/conformance/kubernetes/stored.jsonl.zst";
static const struct limits limits = {.bytes = 1 << 30, .depth = 100, .values = 1 << 28, .aliases = 1000};
static double bytes_per_value;

static void must(struct err *e)
{
    if (!e)
        return;
    fprintf(stderr, "doc_bench: %s\n", e->msg);
    exit(1);
}

static struct err *unpack(struct arena *a, struct span *out)
{
    CLEANUP(pack_zstd_freep) struct pack_zstd *z = pack_zstd_new(-1, (struct span){NULL, 0});
    struct span packed;
    TRY(file_read(a, stored, LIST, &packed));
    return pack_zstd_decompress(z, a, packed, LIST, out);
}

/* {"items":[...]}, each item an object as the server answered it. */
static void make_list(struct span lines, struct str *out)
{
    CLEANUP(str_release) struct str once = {0};
    CLEANUP(arena_freep) struct arena *a = arena_new("lines");
    struct span line;
    while (span_cut(&lines, '\n', &line)) {
        struct doc *d;
        if (!line.len)
            continue;
        must(json_read(a, line, NULL, &d));
        if (!doc_is(doc_get(d, "answer"), DOC_MAP))
            continue;
        str_add(&once, once.len ? "," : "");
        json_write(&once, doc_get(d, "answer"), 0);
    }
    str_add(out, "{\"items\":[");
    while (once.len && out->len < LIST) {
        str_add(out, out->len > 16 ? "," : "");
        str_add_span(out, str_span(&once));
    }
    str_add(out, "]}");
}

static size_t count_values(const struct doc *d)
{
    size_t n = 1;
    doc_each (it, d)
        n += count_values(it.val);
    return n;
}

static double seconds_since(int64_t start_ns)
{
    return (double)(bench_now_ns() - start_ns) / 1e9;
}

static double read_json(void *arg)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("json");
    struct doc *d;
    int64_t start = bench_now_ns();
    must(json_read(a, str_span(arg), &limits, &d));
    double took = seconds_since(start);
    if (bytes_per_value == 0)
        bytes_per_value = (double)arena_used(a) / (double)count_values(d);
    return took;
}

static double read_jansson(void *arg)
{
    const struct str *s = arg;
    json_error_t error;
    int64_t start = bench_now_ns();
    json_t *d = json_loadb(s->at, s->len, 0, &error);
    double took = seconds_since(start);
    json_decref(d);
    return d ? took : 1e9;
}

static double read_yaml(void *arg)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("yaml");
    struct doc *d;
    int64_t start = bench_now_ns();
    must(yaml_read(a, str_span(arg), YAML_SIGS, &limits, &d));
    return seconds_since(start);
}

static double write_yaml(void *arg)
{
    CLEANUP(str_release) struct str s = {0};
    int64_t start = bench_now_ns();
    yaml_write(&s, arg, YAML_WRITE_SIGS);
    return seconds_since(start);
}

static double read_events(void *arg)
{
    const struct str *s = arg;
    yaml_parser_t parser;
    yaml_event_t event;
    int64_t start = bench_now_ns();
    yaml_parser_initialize(&parser);
    yaml_parser_set_input_string(&parser, (const unsigned char *)s->at, s->len);
    for (bool more = true; more; yaml_event_delete(&event))
        more = yaml_parser_parse(&parser, &event) && event.type != YAML_STREAM_END_EVENT;
    double took = seconds_since(start);
    yaml_parser_delete(&parser);
    return took;
}

int main(void)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("bench");
    CLEANUP(str_release) struct str json = {0};
    CLEANUP(str_release) struct str yaml = {0};
    struct span lines;
    struct doc *list;
    if (!file_exists(stored)) {
        printf("%s is not here: nothing is measured\n", stored);
        return 0;
    }
    must(unpack(a, &lines));
    make_list(lines, &json);
    must(json_read(a, str_span(&json), &limits, &list));
    yaml_write(&yaml, list, YAML_WRITE_SIGS);
    double j[2], y[2];
    bench_pair(read_json, &json, read_jansson, &json, j);
    bench_pair(read_yaml, &yaml, read_events, &yaml, y);
    double written = bench_median(write_yaml, list);
    bench_figure("JSON list", (double)json.len / 1e6, "MB");
    bench_figure("JSON read", (double)json.len / 1e6 / j[0], "MB/s");
    bench_figure("jansson", (double)json.len / 1e6 / j[1], "MB/s");
    bench_figure("YAML read", (double)yaml.len / 1e6 / y[0], "MB/s");
    bench_figure("YAML write", (double)yaml.len / 1e6 / written, "MB/s");
    bench_figure("bare libyaml events", (double)yaml.len / 1e6 / y[1], "MB/s");
    bool ok = bench_ratio("JSON read / jansson", j[1] / j[0], false, 5);
    ok &= bench_ratio("JSON, bytes a value, its strings included", bytes_per_value, true, 40);
    ok &= bench_ratio("YAML read / bare libyaml events", y[1] / y[0], false, 2);
    return !ok;
}
