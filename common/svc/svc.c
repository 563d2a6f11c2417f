/* svc/svc - the life of a service: options, start, run, drain, stop. One service a process, hence one static
 * `house`. */
#include "svc/private.h"

#include "base/duration.h"
#include "base/log.h"
#include "base/vec.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { SECTIONS_MAX = 16 };

static struct {
    struct svc_run run;
    struct svc_options options;
    struct svc_probe *probe;
    struct map *conditions;
    struct loop_timer drain_limit;
    char program[64];
    bool draining, failed;
} house;

static const char *const levels[] = {"debug", "info", "warn", "error", NULL}, *const formats[] = {
                                                                                  "text", "json", NULL};

static const struct opt common_rows[] = {
    {OPT_CHOICE, "log-level", .env = "CAPSTAN_LOG_LEVEL", .def = "info", .choices = levels,
     .string = &house.options.log_level, .help = "what to log"},
    {OPT_CHOICE, "log-format", .env = "CAPSTAN_LOG_FORMAT", .def = "text", .choices = formats,
     .string = &house.options.log_format, .help = "how to log it"},
    {OPT_STRING, "metrics-address", .env = "CAPSTAN_METRICS_ADDRESS",
     .string = &house.options.metrics_address, .arg = "ADDRESS",
     .help = "where /healthz, /readyz and /metrics are served, HOST:PORT or unix:/path"},
    {OPT_LIST, "bus-listen", .env = "CAPSTAN_BUS_LISTEN", .list = &house.options.bus_listen,
     .arg = "ADDRESSES", .help = "where other services ask this one: ipc:///path or tcp://HOST:PORT"},
    {OPT_STRING, "bus-events", .env = "CAPSTAN_BUS_EVENTS", .string = &house.options.bus_events,
     .arg = "ADDRESS", .help = "where this service publishes events"},
    {OPT_STRING, "kubeconfig", .env = "KUBECONFIG", .string = &house.options.kubeconfig, .arg = "FILE",
     .help = "how to reach the cluster; without it, that of the pod"},
    {OPT_DURATION, "drain-timeout", .env = "CAPSTAN_DRAIN_TIMEOUT", .def = "25s",
     .integer = &house.options.drain_ms, .min = 0, .max = 3600000,
     .help = "how long work in flight may take to end after SIGTERM"},
};

/* --- readiness --- */

void svc_ready(struct svc_run *run, const char *condition, bool ready, const char *why)
{
    (void)run;
    map_set(house.conditions, condition, mem_strdup(ready ? "" : why && *why ? why : "not yet"));
}

/* --- the end --- */

void svc_drained(void *arg)
{
    struct svc_run *run = arg;
    loop_timer_stop(run->loop, &house.drain_limit);
    loop_stop(run->loop);
}

static void on_drain_limit(struct loop_timer *t)
{
    (void)t;
    log_warn("work in flight did not end in time", "limit", duration_format_ms(house.options.drain_ms).text);
    loop_stop(house.run.loop);
}

static void begin_drain(void)
{
    if (house.draining)
        return;
    house.draining = true;
    svc_ready(&house.run, "running", false, "shutting down");
    loop_timer_set(house.run.loop, &house.drain_limit, house.options.drain_ms, on_drain_limit);
    if (house.run.service->drain)
        house.run.service->drain(&house.run);
    else
        svc_drained(&house.run);
}

static void on_signal(void *arg, int signum)
{
    (void)arg;
    if (house.draining) {
        log_warn("ended at once by a second signal", "signal", strsignal(signum));
        _exit(1);
    }
    log_info("ending", "signal", strsignal(signum));
    begin_drain();
}

void svc_fail(struct svc_run *run, struct err *e)
{
    (void)run;
    log_error("cannot go on", "error", e->msg);
    err_free(e);
    house.failed = true;
    begin_drain();
}

struct err *svc_bus_bind(struct svc_run *run, struct bus_server *server)
{
    const struct opt_list *at = &run->options->bus_listen;
    for (size_t i = 0; i < at->len; i++) {
        TRY(bus_server_bind(server, at->at[i], NULL));
        log_info("answers on the bus", "address", at->at[i]);
    }
    return NULL;
}

/* --- the beginning --- */

static struct opt_page page_of(const struct svc *service, struct opt_section *sections)
{
    size_t n = service->sections_len;
    if (n + 1 > SECTIONS_MAX)
        panic("%s has %zu sections of options", service->name, n);
    if (n)
        memcpy(sections, service->sections, n * sizeof(*sections));
    sections[n] = (struct opt_section){"Common", common_rows, ARRAY_LEN(common_rows)};
    snprintf(house.program, sizeof(house.program), "capstan-%s", service->name);
    return (struct opt_page){house.program, "[flags]", service->about, NULL, sections, n + 1};
}

static void print_help(const struct opt_page *page)
{
    CLEANUP(str_release) struct str text = {0};
    opt_help(page, &text);
    fwrite(str_text(&text), 1, text.len, stdout);
}

static void set_up_log(const struct svc *service, const struct opt_page *page)
{
    enum log_level level = LOG_INFO;
    log_level_parse(house.options.log_level, &level);
    log_setup(service->name, level, streq(house.options.log_format, "json") ? LOG_JSON : LOG_TEXT);
    if (!log_enabled(LOG_DEBUG))
        return;
    CLEANUP(str_release) struct str text = {0};
    opt_print(page, &text);
    struct span rest = span_trim(str_span(&text)), line;
    while (span_cut(&rest, '\n', &line)) {
        CLEANUP(mem_freep) char *option = mem_strndup(line.at, line.len);
        log_debug("option", "is", option);
    }
}

static struct err *start(const struct svc *service)
{
    struct svc_run *run = &house.run;
    const char *address = house.options.metrics_address;
    if (!*address)
        address = service->metrics_address ? service->metrics_address : "127.0.0.1:0";
    svc_ready(run, "running", false, "starting");
    TRYF(svc_probe_open(run, house.conditions, address, &house.probe), "--metrics-address");
    TRY(service->start(run));
    svc_ready(run, "running", true, NULL);
    return NULL;
}

static void open_house(const struct svc *service)
{
    signal(SIGPIPE, SIG_IGN);
    house.run.service = service;
    house.run.options = &house.options;
    house.conditions = map_new(free);
    house.run.loop = loop_new(NULL);
    house.run.bus = bus_new(house.run.loop, NULL, service->name);
    house.run.metrics = metric_set_new();
    metric_process(house.run.metrics);
    loop_signal(house.run.loop, SIGTERM, on_signal, NULL);
    loop_signal(house.run.loop, SIGINT, on_signal, NULL);
}

static void close_house(const struct svc *service)
{
    if (service->stop)
        service->stop(&house.run);
    svc_probe_close(house.probe);
    bus_free(house.run.bus);
    loop_free(house.run.loop);
    metric_set_free(house.run.metrics);
    map_free(house.conditions);
    arena_free(house.run.arena);
}

static int run_house(const struct svc *service)
{
    open_house(service);
    struct err *e = start(service);
    if (e) {
        log_error("cannot start", "error", e->msg);
        err_free(e);
        close_house(service);
        return 1;
    }
    log_info("started");
    loop_run(house.run.loop);
    close_house(service);
    log_info("ended");
    return house.failed ? 1 : 0;
}

int svc_main(const struct svc *service, int argc, char **argv)
{
    struct opt_section sections[SECTIONS_MAX];
    struct opt_page page = page_of(service, sections);
    house.run.arena = arena_new("options");
    CLEANUP(err_freep) struct err *e = opt_parse(house.run.arena, &page, argc, argv, &house.run.args);
    if (house.run.args.help)
        print_help(&page);
    if (e && !house.run.args.help)
        fprintf(stderr, "%s: %s\n", page.program, e->msg);
    if (e || house.run.args.help) {
        arena_free(house.run.arena);
        return house.run.args.help ? 0 : 2;
    }
    set_up_log(service, &page);
    return run_house(service);
}
