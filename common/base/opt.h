/* base/opt.h - the options of a program: flag, environment variable and default in one table row.
 *
 *     static struct { const char *redis; int64_t parallel; } o;
 *     static const struct opt rows[] = {
 *         {OPT_STRING, "redis", .env = "CAPSTAN_REDIS", .def = "127.0.0.1:6379", .string = &o.redis, .arg =
 * "ADDRESS", .help = "where Redis listens; unix:/path for a socket"}, {OPT_INT, "parallel", .def = "4",
 * .integer = &o.parallel, .min = 1, .max = 64, .help = "renders at once"},
 *     };
 *
 * A flag wins over the environment, the environment over the default; an empty environment variable counts as
 * not set. The chart maps ConfigMap keys to the environment variables. Flags: `--name=value`, `--name value`,
 * `-x value`; a bool also
 * `--name`, `--name=false`; a list may be repeated and splits on commas; `--` ends them. */
#ifndef CAPSTAN_BASE_OPT_H
#define CAPSTAN_BASE_OPT_H

#include "base/arena.h"
#include "base/secret.h"
#include "base/str.h"

enum opt_type {
    OPT_STRING,
    OPT_INT,
    OPT_DURATION, /* Go's form, "1m30s"; kept in milliseconds */
    OPT_BOOL,
    OPT_BYTES, /* "64", "64Ki", "10Mi", "1Gi", "5M" */
    OPT_LIST,
    OPT_CHOICE, /* one of `choices`, as text */
    OPT_SECRET, /* never printed, not even in an error */
};

struct opt_list {
    const char **at;
    size_t len;
};

struct opt {
    enum opt_type type;
    const char *name;           /* without dashes */
    const char *env;            /* NULL = none */
    const char *def;            /* as the user would write it; NULL = empty, 0, false */
    const char *help;           /* lower case, no full stop */
    const char *arg;            /* what the help calls the value; NULL = by type */
    const char *const *choices; /* OPT_CHOICE, ends in NULL */
    int64_t min, max;           /* INT, BYTES, DURATION (ms); both 0 = any that is not negative */
    char letter;                /* 0 = no short form */
    union {
        const char **string; /* also CHOICE; "" when not set */
        int64_t *integer;    /* INT, DURATION, BYTES */
        bool *flag;
        struct opt_list *list;
        struct secret **secret; /* the caller unrefs; NULL when not set */
    };
};

struct opt_section {
    const char *title; /* "Logging" */
    const struct opt *at;
    size_t len;
};

struct opt_page {
    const char *program; /* "capstan-repo-server" */
    const char *usage;   /* behind the program's name: "[flags]" */
    const char *about;   /* one paragraph */
    const char *closing; /* under the options: examples; NULL = none */
    const struct opt_section *sections;
    size_t len;
};

struct opt_result {
    bool help; /* -h or --help was among the flags: nothing else was checked */
    const char **rest;
    size_t rest_len; /* what is no flag, in order */
};

/* Reads argv[1..] and the environment into the variables of the rows; texts live in `a`. ERR_INVALID says
 * which flag or variable, what it was (never a secret's) and what would do; an unknown flag names the nearest
 * known one. */
struct err *opt_parse(struct arena *a, const struct opt_page *page, int argc, char **argv,
                      struct opt_result *out) MUST_USE;
/* The help page, wrapped at 100 columns. */
void opt_help(const struct opt_page *page, struct str *out);
/* "name=value" of each option as it now stands, one a line, secrets as "***": for the start-up log. */
void opt_print(const struct opt_page *page, struct str *out);

/* "10Mi", "64k": Kubernetes' suffixes (k M G T, Ki Mi Gi Ti) on a whole number. */
bool opt_parse_bytes(struct span text, int64_t *out);

#endif
