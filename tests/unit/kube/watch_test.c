/* Watches against a scripted server: pages, events, 410s, lost connections, silence. */
#include "doc/json.h"
#include "kube/watch.h"
#include "rig.h"

static struct str seen;
static struct kube_watch *watch;
static int stop_after, events;

static void on_event(void *arg, enum kube_event event, const struct doc *object, const struct err *e)
{
    (void)arg;
    static const char *const names[] = {"+", "~", "-", "synced", "error"};
    str_printf(&seen, "%s%s", seen.len ? " " : "", names[event]);
    if (object) {
        CHECK_STR(doc_str(doc_get(object, "kind"), ""), "Thing");
        CHECK_STR(doc_str(doc_get(object, "apiVersion"), ""), "x.io/v1");
        str_add(&seen, doc_str(doc_path(object, "metadata", "name"), ""));
    }
    if (e)
        str_printf(&seen, ":%s", e->reason ? e->reason : err_code_name(e->code));
    if (++events == stop_after)
        loop_stop(rig.loop);
}

static void begin(struct answer *script, size_t n)
{
    str_release(&seen);
    events = 0;
    rig_begin(script, n, (struct kube_options){.tries = 1});
    watch = kube_watch_start(rig.kube, &(struct kube_watch_options){.group = "x.io",
                                                                    .version = "v1",
                                                                    .resource = "things",
                                                                    .kind = "Thing",
                                                                    .labels = "a=b",
                                                                    .event = on_event});
}

/* Runs until `n` more events were told. */
static void until(int n)
{
    stop_after = events + n;
    rig_run();
}

static void until_watching(void)
{
    int before = rig.watches;
    while (rig.watches == before)
        loop_run_once(rig.loop);
}

static void end(void)
{
    kube_watch_stop(watch);
    rig_end();
    str_release(&seen);
}

#define ITEM(name, version)                                                                                  \
    "{\"metadata\":{\"name\":\"" name "\",\"namespace\":\"n\",\"uid\":\"uid-" name                           \
    "\",\"resourceVersion\":\"" version "\"}}"
#define LIST(version, next, items)                                                                           \
    "{\"kind\":\"ThingList\",\"metadata\":{\"resourceVersion\":\"" version "\",\"continue\":\"" next         \
    "\"},\"items\":[" items "]}"
#define EVENT(type, name, version) "{\"type\":\"" type "\",\"object\":" ITEM(name, version) "}"

TEST(pages_are_listed_then_the_watch_follows)
{
    struct answer script[] = {
        {"GET", "/apis/x.io/v1/things?labelSelector=a%3Db&limit=500", 200, LIST("10", "c1", ITEM("a", "1"))},
        {"GET", "/apis/x.io/v1/things?labelSelector=a%3Db&limit=500&continue=c1", 200,
         LIST("10", "", ITEM("b", "2"))},
    };
    begin(script, ARRAY_LEN(script));
    until(3);
    CHECK_STR(str_text(&seen), "+a +b synced");
    until_watching();
    CHECK(
        strstr(str_text(&rig.log), "watch=true&allowWatchBookmarks=true&resourceVersion=10&timeoutSeconds="));
    rig_watch_send(EVENT("ADDED", "c", "11"));
    rig_watch_send(EVENT("MODIFIED", "a", "12") "\n" EVENT("DELETED", "b", "13"));
    until(3);
    CHECK_STR(str_text(&seen), "+a +b synced +c ~a -b");
    CHECK_INT(kube_watch_len(watch), 2);
    CHECK(kube_watch_synced(watch));
    end();
}

TEST(a_watch_that_ends_goes_on_from_the_last_version)
{
    struct answer script[] = {{"GET", "*", 200, LIST("10", "", "")}};
    begin(script, 1);
    until(1);
    until_watching();
    rig_watch_send("{\"type\":\"BOOKMARK\",\"object\":{\"metadata\":{\"resourceVersion\":\"77\"}}}");
    loop_run_once(rig.loop);
    loop_run_once(rig.loop);
    struct net_req *first = rig.watch;
    rig.watch = NULL;
    net_stream_end(first);
    until_watching();
    CHECK(strstr(str_text(&rig.log), "resourceVersion=77"));
    rig_watch_send(EVENT("ADDED", "late", "78"));
    until(1);
    CHECK_STR(str_text(&seen), "synced +late");
    end();
}

TEST(a_gone_version_lists_again_and_reports_the_difference)
{
    struct answer script[] = {
        {"GET", "*", 200, LIST("10", "", ITEM("a", "1") "," ITEM("b", "2") "," ITEM("c", "3"))},
        {"GET", "/apis/x.io/v1/things?labelSelector*", 200,
         LIST("20", "", ITEM("a", "1") "," ITEM("c", "19") "," ITEM("d", "20"))},
    };
    begin(script, ARRAY_LEN(script));
    until(4);
    until_watching();
    rig_watch_send(
        "{\"type\":\"ERROR\",\"object\":{\"kind\":\"Status\",\"code\":410,\"reason\":\"Expired\"}}");
    net_stream_end(rig.watch);
    rig.watch = NULL;
    until(4);
    CHECK_STR(str_text(&seen), "+a +b +c synced ~c +d -b synced");
    CHECK_INT(kube_watch_len(watch), 3);
    end();
}

TEST(an_object_made_anew_under_its_name_is_deleted_first)
{
    struct answer script[] = {{"GET", "*", 200, LIST("10", "", ITEM("a", "1"))}};
    begin(script, 1);
    until(2);
    until_watching();
    rig_watch_send("{\"type\":\"MODIFIED\",\"object\":{\"metadata\":{\"name\":\"a\",\"namespace\":\"n\","
                   "\"uid\":\"other\","
                   "\"resourceVersion\":\"5\"}}}");
    until(2);
    CHECK_STR(str_text(&seen), "+a synced -a +a");
    end();
}

TEST(a_list_that_expires_between_pages_is_made_in_one_piece)
{
    struct answer script[] = {
        {"GET", "*", 200, LIST("10", "c1", ITEM("a", "1"))},
        {"GET", "*", 410, "{\"kind\":\"Status\",\"reason\":\"Expired\"}"},
        {"GET", "/apis/x.io/v1/things?labelSelector=a%3Db", 200, LIST("12", "", ITEM("b", "2"))},
    };
    begin(script, ARRAY_LEN(script));
    until(4);
    CHECK_STR(str_text(&seen), "+a +b -a synced");
    end();
}

TEST(failures_are_told_and_tried_again_with_back_off)
{
    struct answer script[] = {
        {"GET", "*", 500, "oops"},
        {"GET", "*", 401, "{}"},
        {"GET", "*", 200, "<html>"},
        {"GET", "*", 0, NULL}, /* curl itself tries again when a kept connection turns out to be closed */
        {"GET", "*", 429, "{}", "Retry-After", "120"},
        {"GET", "*", 200, LIST("1", "", ITEM("a", "1"))},
        {"GET", "*", 403, "{\"kind\":\"Status\",\"reason\":\"Forbidden\"}"},
    };
    begin(script, ARRAY_LEN(script));
    until(6);
    CHECK_STR(str_text(&seen), "error:InternalError error:Unauthorized error:Unavailable "
                               "error:TooManyRequests +a synced");
    CHECKF(rig_elapsed_ms() >= 122000 && rig_elapsed_ms() < 140000, "after %" PRId64 " ms: %s",
           rig_elapsed_ms(), str_text(&rig.log));
    until(2); /* the watch is refused, then opens: what is known stays */
    CHECK(ends_with(str_text(&seen), "error:Forbidden synced"));
    CHECK_INT(kube_watch_len(watch), 1);
    end();
}

TEST(a_half_event_and_a_broken_one_are_no_events)
{
    struct answer script[] = {{"GET", "*", 200, LIST("1", "", "")}};
    begin(script, 1);
    until(1);
    until_watching();
    net_stream_write(rig.watch, span_of("{\"type\":\"ADDED\",\"object\":{\"meta"));
    net_stream_end(rig.watch);
    rig.watch = NULL;
    until_watching();
    rig_watch_send("{\"type\":]");
    until(2);
    CHECK_STR(str_text(&seen), "synced error:InvalidArgument synced");
    end();
}

TEST(silence_beyond_the_servers_time_out_is_a_dead_connection)
{
    struct answer script[] = {{"GET", "*", 200, LIST("1", "", "")}};
    begin(script, 1);
    until(1);
    until_watching();
    until(2);
    CHECK_STR(str_text(&seen), "synced error:DeadlineExceeded synced");
    CHECK(rig_elapsed_ms() >= 330000 && rig_elapsed_ms() < 635000);
    CHECK_INT(rig.watches, 2);
    end();
}

static void stop_at_first(void *arg, enum kube_event event, const struct doc *object, const struct err *e)
{
    (void)arg, (void)event, (void)object, (void)e;
    events++;
    kube_watch_stop(watch);
    loop_stop(rig.loop);
}

TEST(the_callback_may_stop_the_watch)
{
    struct answer script[] = {{"GET", "*", 200, LIST("1", "", ITEM("a", "1") "," ITEM("b", "1"))},
                              {"GET", "*", 500, ""}};
    rig_begin(script, ARRAY_LEN(script), (struct kube_options){.tries = 1});
    struct kube_watch_options o = {
        .group = "x.io", .version = "v1", .resource = "things", .kind = "Thing", .event = stop_at_first};
    events = 0;
    for (int i = 0; i < 2; i++) {
        watch = kube_watch_start(rig.kube, &o);
        rig_run();
    }
    CHECK_INT(events, 2);
    rig_end();
}

TEST_MAIN
