/* cli/remote/run - from argv to a command, and from its error to text and exit code. */
#include "services/cli/remote/cli.h"

#include "base/time.h"
#include "doc/json.h"
#include "doc/yaml.h"

#include <stdio.h>
#include <stdlib.h>
#include <termios.h>
#include <unistd.h>

const char CLI_USAGE[] = "Usage", CLI_DIFF[] = "Diff";
enum { EXIT_USAGE = 1, EXIT_DIFF = 2, EXIT_ERROR = 20 };

struct cli_globals cli_globals;
static const struct opt global_rows[] = {
    {OPT_STRING, "server", .env = "ARGOCD_SERVER", .string = &cli_globals.server, .arg = "HOST:PORT",
     .help = "the server to talk to; default: that of the context"},
    {OPT_SECRET, "auth-token", .env = "ARGOCD_AUTH_TOKEN", .secret = &cli_globals.token,
     .help = "a token to use instead of the one that login stored"},
    {OPT_STRING, "config", .string = &cli_globals.config, .arg = "FILE",
     .help = "the config file; default: $ARGOCD_CONFIG_DIR/config or ~/.config/argocd/config"},
    {OPT_STRING, "argocd-context", .string = &cli_globals.context, .arg = "NAME",
     .help = "the context to use instead of the current one"},
    {OPT_BOOL, "insecure", .flag = &cli_globals.insecure, .help = "do not check the server's certificate"},
    {OPT_BOOL, "plaintext", .flag = &cli_globals.plaintext, .help = "talk without TLS"},
    {OPT_STRING, "logformat", .string = &cli_globals.log_format, .arg = "json|text",
     .help = "how errors are written; default: text on a terminal, else json"},
};

struct err *cli_usage(const char *fmt, ...)
{
    CLEANUP(str_release) struct str text = {0};
    va_list ap;
    va_start(ap, fmt);
    str_vprintf(&text, fmt, ap);
    va_end(ap);
    return err_reason(ERR_INVALID, CLI_USAGE, "%s", str_text(&text));
}

int cli_exit_code(const struct err *e)
{
    return !e ? 0 : e->reason == CLI_USAGE ? EXIT_USAGE : e->reason == CLI_DIFF ? EXIT_DIFF : EXIT_ERROR;
}

void cli_flush(struct str *text)
{
    fputs(str_text(text), stdout);
    fflush(stdout);
    str_clear(text);
}

bool cli_write_document(const char *format, const struct doc *document, struct str *out)
{
    if (streq(format, "json")) {
        json_write(out, document, JSON_INDENT | JSON_HTML);
        str_char(out, '\n');
    } else if (streq(format, "yaml")) {
        yaml_write(out, document, YAML_WRITE_SIGS);
        str_char(out, '\n');
    } else {
        return false;
    }
    return true;
}

struct err *cli_unknown_output(const char *format)
{
    return err_new(ERR_INVALID, "unknown output format: %s", format);
}

/* --- asking ------------------------------------------------------------------------------------------------
 */

struct err *cli_ask(struct cli *c, const char *prompt, bool hidden, const char **out)
{
    struct termios old, quiet;
    bool restore = hidden && tcgetattr(STDIN_FILENO, &old) == 0;
    if (restore) {
        quiet = old;
        quiet.c_lflag &= ~(tcflag_t)ECHO;
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet);
    }
    printf("%s", prompt);
    fflush(stdout);
    char *line = NULL;
    size_t cap = 0;
    ssize_t n = getline(&line, &cap, stdin);
    if (restore)
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &old);
    if (hidden)
        puts("");
    if (n >= 0) {
        *out = arena_strndup(c->a, line, strcspn(line, "\r\n"));
        secret_wipe(line, cap);
    }
    free(line);
    return n < 0 ? err_new(ERR_INVALID, "EOF") : NULL;
}

struct err *cli_confirm(struct cli *c, const char *question, bool *yes)
{
    for (;;) {
        const char *answer;
        TRY(cli_ask(c, arena_printf(c->a, "%s (y/n)? ", question), false, &answer));
        *yes = streq(answer, "y") || streq(answer, "yes");
        if (*yes || streq(answer, "n") || streq(answer, "no"))
            return NULL;
    }
}

/* --- running -----------------------------------------------------------------------------------------------
 */

static void write_error(struct arena *a, const struct err *e)
{
    const char *format = cli_globals.log_format ? cli_globals.log_format : "";
    if (streq(format, "text") || (!*format && isatty(STDERR_FILENO))) {
        fprintf(stderr, "capstan: %s\n", e->msg);
        return;
    }
    struct doc *line = doc_new_map(a);
    doc_set_str(a, line, "level", "fatal");
    doc_set_str(a, line, "msg", e->msg);
    doc_set_str(a, line, "time", time_rfc3339(clock_wall_ms(&clock_system)).text);
    fprintf(stderr, "%s\n", json_text(a, line, 0));
}

/* How many of argv[1..] name the command; 0 = it is another one. */
static int words_of(const struct cli_command *command, int argc, char **argv)
{
    struct span rest = span_of(command->name), word;
    int n = 0;
    while (span_cut(&rest, ' ', &word)) {
        n++;
        if (n >= argc || strlen(argv[n]) != word.len || memcmp(argv[n], word.at, word.len) != 0)
            return 0;
    }
    return n;
}

/* A tristate flag that stands alone gets its value. */
static void complete_tristates(struct cli *c, const struct opt *rows, size_t n, char **argv)
{
    for (; *argv && !streq(*argv, "--"); argv++)
        for (size_t i = 0; i < n; i++)
            if (rows[i].arg && streq(rows[i].arg, CLI_TRISTATE) && starts_with(*argv, "--") &&
                streq(*argv + 2, rows[i].name))
                *argv = arena_printf(c->a, "--%s=true", rows[i].name);
}

static struct err *run(struct cli *c, const struct cli_command *command, int argc, char **argv)
{
    const struct opt_section all[] = {{"Flags", command->flags, command->flags_len},
                                      {"Application", command->spec_flags, command->spec_len},
                                      {"Global flags", global_rows, ARRAY_LEN(global_rows)}};
    struct opt_section sections[ARRAY_LEN(all)];
    size_t n = 0;
    for (size_t i = 0; i < ARRAY_LEN(all); i++)
        if (all[i].len)
            sections[n++] = all[i];
    const struct opt_page page = {.program = arena_printf(c->a, "capstan %s", command->name),
                                  .usage = command->usage,
                                  .about = command->about,
                                  .closing = command->examples,
                                  .sections = sections,
                                  .len = n};
    struct opt_result parsed;
    complete_tristates(c, command->spec_flags, command->spec_len, argv + 1);
    struct err *e = opt_parse(c->a, &page, argc, argv, &parsed);
    if (e) {
        e->reason = CLI_USAGE;
        return e;
    }
    CLEANUP(str_release) struct str help = {0};
    if (parsed.help || parsed.rest_len < command->args_min || parsed.rest_len > command->args_max) {
        opt_help(&page, &help);
        cli_flush(&help);
        c->rc = parsed.help ? 0 : EXIT_USAGE;
        return NULL;
    }
    return command->run(c, parsed.rest, parsed.rest_len);
}

int cli_main(const struct cli_command *const *commands, size_t n, int argc, char **argv)
{
    struct cli c = {.a = arena_new("cli")};
    call_init(&c.call);
    struct err *e = NULL;
    int words = 0;
    for (size_t i = 0; i < n && !words; i++) {
        words = words_of(commands[i], argc, argv);
        if (words)
            e = run(&c, commands[i], argc - words, argv + words);
    }
    if (!words)
        e = cli_usage("no such command: 'capstan --help' lists them");
    if (e)
        write_error(c.a, e);
    int rc = e ? cli_exit_code(e) : c.rc;
    err_free(e);
    if (c.http)
        net_session_free(c.http);
    if (c.creds.token != cli_globals.token)
        secret_unref((struct secret *)c.creds.token);
    secret_unref(cli_globals.token);
    cli_globals = (struct cli_globals){0}; /* its texts go with the arena */
    arena_free(c.a);
    return rc;
}
