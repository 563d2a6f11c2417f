/* cli/remote - what the commands of capstan-remote share: the table's row, the session with a server, errors
 * and output.
 *
 * A command is one file with one exported `struct cli_command`; main.c lists them. Its flags are opt.h rows
 * over static variables, as a process runs one command. Everything made lives in the arena of `struct cli`,
 * released at exit.
 *
 * Exit codes are Argo CD's: 0; 1 for what the caller did or asked wrong (reason CLI_USAGE) and for the
 * verdicts of `app diff` and `app sync`; 2 where a difference cannot be computed (CLI_DIFF); 20 for every
 * other error. */
#ifndef CAPSTAN_CLI_H
#define CAPSTAN_CLI_H

#include "base/arena.h"
#include "base/call.h"
#include "base/opt.h"
#include "base/str.h"
#include "doc/doc.h"
#include "net/client.h"

#define CLI_VERSION "v0.1.0"
/* Reasons of errors (err.h) that decide the exit code. */
extern const char CLI_USAGE[], CLI_DIFF[];

struct cli {
    struct arena *a;
    struct call call;
    struct net_session *http; /* made by the first request */
    struct net_creds creds;
    const char *base;   /* "https://host:port", by cli_connect */
    const char *server; /* "host:port" */
    int rc;             /* the exit code where the command gives no error */
};

/* The flags that every command has, and their environment. */
struct cli_globals {
    const char *server, *config, *context, *log_format;
    struct secret *token;
    bool insecure, plaintext;
};
extern struct cli_globals cli_globals;

/* `arg` of a text flag that is true, false or not given; alone it means true. */
#define CLI_TRISTATE "true|false"

struct cli_command {
    const char *name;     /* "app sync" */
    const char *usage;    /* "APPNAME [flags]" */
    const char *about;    /* one paragraph */
    const char *examples; /* NULL = none */
    const struct opt *flags;
    size_t flags_len;
    const struct opt
        *spec_flags; /* those that describe an application, shared by create and set; NULL = none */
    size_t spec_len;
    size_t args_min, args_max;
    struct err *(*run)(struct cli *c, const char *const *args, size_t n);
};

/* --- running (run.c) --- */
/* Finds the command in argv[1..2], reads its flags and runs it. Returns the exit code; errors are written to
 * stderr. */
int cli_main(const struct cli_command *const *commands, size_t n, int argc, char **argv);
struct err *cli_usage(const char *fmt, ...) PRINTF(1, 2) MUST_USE;
int cli_exit_code(const struct err *e);
/* Writes the text to stdout at once, so that progress is seen, and clears it. */
void cli_flush(struct str *text);
/* `document` as -o json (sorted keys as Go's structs are not known here: the server's order) or -o yaml
 * prints it. False for any other format. */
bool cli_write_document(const char *format, const struct doc *document, struct str *out);
struct err *cli_unknown_output(const char *format) MUST_USE;
/* Asks on the terminal; `hidden` does not echo. ERR_INVALID, message "EOF", at the end of stdin. */
struct err *cli_ask(struct cli *c, const char *prompt, bool hidden, const char **out) MUST_USE;
/* Asks "… (y/n)?" until either comes. */
struct err *cli_confirm(struct cli *c, const char *question, bool *yes) MUST_USE;

/* --- talking to the server (http.c) --- */
/* Server, token and TLS from flags, environment and the config file. The token of the file goes only to its
 * own server. */
struct err *cli_connect(struct cli *c) MUST_USE;
/* The same for a named server: for login. */
void cli_connect_to(struct cli *c, const char *server, bool plaintext, bool insecure);
/* One request; *out is the JSON answer. `body` NULL = none, `out` NULL = not wanted. A status from 400 on is
 * an error "rpc error: code = NotFound desc = …" with the server's code. Paths come from cli_path. */
struct err *cli_request(struct cli *c, const char *method, const char *path, const struct doc *body,
                        struct doc **out) MUST_USE;
/* "/api/v1/applications/NAME" + tail, the name escaped. "NAMESPACE/NAME" becomes ?appNamespace. */
const char *cli_app_path(struct cli *c, const char *app, const char *tail, const char *query);
struct err *cli_get_app(struct cli *c, const char *app, const char *refresh, struct doc **out) MUST_USE;

#endif
