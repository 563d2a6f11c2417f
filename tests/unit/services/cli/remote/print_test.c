/* What is printed, against what Argo CD's own CLI printed for the same objects. Masks of the recordings
 * change widths, so runs of blanks count as one, and "<sha1-2:7>" as "<sha1-2>". */
#include "services/cli/remote/print.h"

#include "doc/json.h"
#include "lib/test.h"

static struct doc *recording(struct arena *a, const char *name)
{
    size_t len;
    const char *path = arena_printf(a, "%s/%s.json", test_conformance("argocd/api/cli"), name);
    char *text = test_read_file(path, &len);
    struct doc *d;
    CHECK_OK(json_read(a, (struct span){text, len}, NULL, &d));
    free(text);
    return d;
}

/* What `-o json` printed, as the input. */
static struct doc *printed_json(struct arena *a, const char *name)
{
    struct doc *d;
    CHECK_OK(json_read(a, doc_span(doc_get(recording(a, name), "stdout")), NULL, &d));
    return d;
}

static const char *squeezed(struct arena *a, const char *text)
{
    CLEANUP(str_release) struct str out = {0};
    for (; *text; text++) {
        bool end = text[1] == '\n' || text[1] == '\0';
        if (*text == ' ' && (text[1] == ' ' || end))
            continue;
        if (starts_with(text, ":7>"))
            text += 2;
        str_char(&out, *text);
    }
    struct span trimmed = span_trim(str_span(&out));
    return arena_strndup(a, trimmed.at, trimmed.len);
}

/* The recorded document holds fewer applications than the recorded table, so each line is looked up in it. */
TEST(app_list_as_recorded)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    CLEANUP(str_release) struct str out = {0};
    const char *table = doc_str(doc_get(recording(a, "051-app-list"), "stdout"), "");
    const char *want = squeezed(a, table);
    size_t n = 0;
    cli_print_app_list(a, printed_json(a, "053-app-list-json"), &out);
    struct span rest = span_of(squeezed(a, str_text(&out))), line;
    for (; span_cut(&rest, '\n', &line); n++) {
        const char *text = arena_printf(a, "%.*s\n", (int)line.len, line.at);
        CHECKF(strstr(want, text), "'%s' is not in the recorded table", text);
    }
    CHECK(n >= 2);
}

TEST(an_empty_list_has_its_head)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    CLEANUP(str_release) struct str out = {0};
    cli_print_app_list(a, doc_new_list(a), &out);
    CHECK_STR(str_text(&out), doc_str(doc_get(recording(a, "058-app-list-empty"), "stdout"), ""));
}

TEST(app_get_as_recorded)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    CLEANUP(str_release) struct str out = {0};
    const struct doc *app = printed_json(a, "063-app-get-json");
    const struct cli_summary s = {.app = app, .url = "https://argocd.example.com/applications/guestbook"};
    cli_print_app_summary(a, &s, &out);
    cli_print_app_conditions(a, app, &out);
    str_char(&out, '\n');
    cli_print_operation(a, doc_path(app, "status", "operationState"), &out);
    cli_print_app_resources(a, app, &out);
    const char *want = doc_str(doc_get(recording(a, "071-app-get-show-operation"), "stdout"), "");
    /* the project's windows are not of the application; durations of masked times are not known */
    CLEANUP(str_release) struct str expected = {0};
    struct span rest = span_of(want), line;
    while (span_cut(&rest, '\n', &line))
        if (line.len < 8 || (memcmp(line.at, "Assigned", 8) != 0 && memcmp(line.at, "Duration", 8) != 0))
            str_printf(&expected, "%.*s\n", (int)line.len, line.at);
        else if (memcmp(line.at, "Duration", 8) == 0)
            str_add(&expected, "Duration:\n");
    CHECK_STR(squeezed(a, str_text(&out)), squeezed(a, str_text(&expected)));
}

TEST(conditions_of_a_list_are_counted)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    CLEANUP(str_release) struct str out = {0};
    const char *json = "[{\"status\":{\"conditions\":[{\"type\":\"A\"},{\"type\":\"B\"},{\"type\":\"A\"}]}}]";
    struct doc *apps;
    CHECK_OK(json_read(a, span_of(json), NULL, &apps));
    cli_print_app_list(a, apps, &out);
    CHECK(strstr(str_text(&out), " A(2),B "));
}

TEST(history_as_recorded)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    const char *json =
        "{\"status\":{\"history\":[{\"id\":2,\"revision\":\"0123456789012345678901234567890123456789\","
        "\"deployedAt\":\"2026-11-25T13:34:08Z\",\"source\":{\"repoURL\":\"http://g/"
        "d.git\",\"targetRevision\":\"main\"}},"
        "{\"id\":10,\"revision\":\"1.2.3\",\"deployedAt\":\"2026-11-25T13:34:09Z\",\"source\":{\"repoURL\":"
        "\"http://g/d.git\"}}]}}";
    CLEANUP(str_release) struct str out = {0};
    struct doc *app;
    CHECK_OK(json_read(a, span_of(json), NULL, &app));
    cli_print_history(a, app, &out);
    CHECK_STR(str_text(&out), "SOURCE  http://g/d.git\n"
                              "ID      DATE                           REVISION\n"
                              "2       2026-11-25 13:34:08 +0000 UTC  main (0123456)\n"
                              "10      2026-11-25 13:34:09 +0000 UTC  1.2.3\n");
}

TEST(rows_of_the_operation_come_first)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    const char *json = "{\"status\":{\"resources\":[{\"kind\":\"B\",\"name\":\"b\",\"status\":\"Synced\"},{"
                       "\"kind\":\"A\",\"name\":\"a\","
                       "\"status\":\"OutOfSync\",\"health\":{\"status\":\"Missing\"}}],\"operationState\":{"
                       "\"syncResult\":{\"resources\":["
                       "{\"kind\":\"B\",\"name\":\"b\",\"status\":\"Synced\",\"message\":\"b "
                       "unchanged\"},{\"kind\":\"Job\",\"name\":\"j\","
                       "\"hookType\":\"PreSync\",\"hookPhase\":\"Succeeded\",\"status\":\"\"},{\"kind\":"
                       "\"P\",\"name\":\"p\",\"status\":"
                       "\"Pruned\",\"hookPhase\":\"Succeeded\",\"message\":\"pruned\"}]}}}}";
    struct doc *app;
    CHECK_OK(json_read(a, span_of(json), NULL, &app));
    struct cli_states s = cli_print_states_of(a, app);
    CHECK_INT(s.len, 4);
    CHECK_STR(s.at[0].message, "b unchanged");
    CHECK_STR(s.at[1].hook, "PreSync");
    CHECK_STR(s.at[1].status, "Succeeded");
    CHECK_STR(s.at[2].status, "Succeeded");
    CHECK_STR(s.at[2].health, "Pruned");
    CHECK_STR(s.at[3].health, "Missing");
}

TEST(progress_is_laid_out_as_recorded)
{
    CLEANUP(str_release) struct str out = {0};
    const struct cli_state s = {"apps", "Deployment", "demo-auto", "dev-kapp", "Synced", "Healthy", "", ""};
    const struct cli_row row = {"2026-11-25T13:34:08+00:00", &s};
    cli_print_progress(&row, 1, true, &out);
    CHECK_STR(str_text(&out), "TIMESTAMP                  GROUP        KIND   NAMESPACE                  "
                              "NAME    STATUS   HEALTH        HOOK  "
                              "MESSAGE\n2026-11-25T13:34:08+00:00   apps  Deployment   demo-auto             "
                              " dev-kapp    Synced  Healthy"
                              "              \n");
}

TEST(garbage_prints_and_does_not_crash)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    CLEANUP(str_release) struct str out = {0};
    static const char *const texts[] = {
        "null", "7", "[null,7,{}]", "{\"status\":7,\"spec\":[]}",
        "{\"status\":{\"resources\":[7],\"history\":[null],\"operationState\":{}}}"};
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        struct doc *d;
        CHECK_OK(json_read(a, span_of(texts[i]), NULL, &d));
        const struct cli_summary s = {.app = d, .url = ""};
        cli_print_app_list(a, d, &out);
        cli_print_app_final(a, &s, true, &out);
        cli_print_history(a, d, &out);
    }
}

TEST_MAIN
