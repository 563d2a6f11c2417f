/* base/opt - reads flags and environment by one table.
 *
 * Each row is set up to three times in order of rising precedence: default, environment, flag. A list is
 * emptied before each source, so that a flag replaces the default instead of adding to it. */
#include "base/opt.h"

#include "base/duration.h"
#include "base/vec.h"

#include <stdlib.h>

enum { OPT_ROWS_MAX = 256 };

struct reading {
    struct arena *arena;
    const struct opt_page *page;
    const struct opt *begun[OPT_ROWS_MAX]; /* lists that flags have begun to fill */
    size_t begun_len;
};

/* --- values --- */

bool opt_parse_bytes(struct span text, int64_t *out)
{
    static const struct {
        const char *suffix;
        int64_t times;
    } units[] = {
        {"Ki", 1LL << 10}, {"Mi", 1LL << 20}, {"Gi", 1LL << 30}, {"Ti", 1LL << 40},
        {"k", 1000},       {"M", 1000000},    {"G", 1000000000}, {"T", 1000000000000LL},
    };
    int64_t times = 1;
    for (size_t i = 0; i < ARRAY_LEN(units); i++) {
        size_t n = strlen(units[i].suffix);
        if (text.len <= n || memcmp(text.at + text.len - n, units[i].suffix, n) != 0)
            continue;
        text.len -= n;
        times = units[i].times;
        break;
    }
    return span_int(text, out) && !__builtin_mul_overflow(*out, times, out);
}

static bool parse_bool(const char *text, bool *out)
{
    static const char *const yes[] = {"true", "t", "1", "yes", "on"}, *const no[] = {"false", "f", "0", "no",
                                                                                     "off"};
    *out = str_in(text, yes, ARRAY_LEN(yes));
    return *out || str_in(text, no, ARRAY_LEN(no));
}

static bool parse_number(const struct opt *o, const char *text, int64_t *out)
{
    struct span s = span_of(text);
    if (o->type == OPT_INT)
        return span_int(s, out);
    return o->type == OPT_BYTES ? opt_parse_bytes(s, out) : duration_parse_ms(s, out);
}

static const char *shown_number(struct arena *a, const struct opt *o, int64_t value)
{
    if (o->type == OPT_DURATION)
        return arena_strdup(a, duration_format_ms(value).text);
    return arena_printf(a, "%lld", (long long)value);
}

static struct err *set_number(struct reading *r, const struct opt *o, const char *text, const char *from)
{
    static const char *const wanted[] = {[OPT_INT] = "a whole number",
                                         [OPT_BYTES] = "a size such as 64Mi",
                                         [OPT_DURATION] = "a duration such as 1m30s"};
    int64_t value = 0, max = o->min || o->max ? o->max : INT64_MAX;
    if (*text && !parse_number(o, text, &value))
        return err_new(ERR_INVALID, "%s: '%s' is not %s", from, text, wanted[o->type]);
    if (value < o->min || value > max)
        return err_new(ERR_INVALID, "%s: %s is out of range: want %s to %s", from, text,
                       shown_number(r->arena, o, o->min), shown_number(r->arena, o, max));
    *o->integer = value;
    return NULL;
}

static struct err *set_choice(struct reading *r, const struct opt *o, const char *text, const char *from)
{
    CLEANUP(str_release) struct str all = {0};
    for (const char *const *c = o->choices; *c; c++) {
        if (streq(*c, text)) {
            *o->string = arena_strdup(r->arena, text);
            return NULL;
        }
        str_printf(&all, "%s%s", all.len ? ", " : "", *c);
    }
    return err_new(ERR_INVALID, "%s: '%s' is none of: %s", from, text, str_text(&all));
}

static void add_list(struct reading *r, const struct opt *o, const char *text)
{
    struct span rest = span_of(text), piece;
    while (span_cut(&rest, ',', &piece)) {
        piece = span_trim(piece);
        if (!piece.len)
            continue;
        const char **grown = NEW_N(r->arena, const char *, o->list->len + 1);
        if (o->list->len)
            memcpy(grown, o->list->at, o->list->len * sizeof(*grown));
        grown[o->list->len++] = arena_strndup(r->arena, piece.at, piece.len);
        o->list->at = grown;
    }
}

static struct err *set_value(struct reading *r, const struct opt *o, const char *text, const char *from)
{
    switch (o->type) {
    case OPT_STRING:
        *o->string = arena_strdup(r->arena, text);
        return NULL;
    case OPT_CHOICE:
        if (!*text && !(o->def && *o->def)) { /* not chosen */
            *o->string = "";
            return NULL;
        }
        return set_choice(r, o, text, from);
    case OPT_BOOL:
        if (*text && !parse_bool(text, o->flag))
            return err_new(ERR_INVALID, "%s: '%s' is neither true nor false", from, text);
        if (!*text)
            *o->flag = false;
        return NULL;
    case OPT_LIST:
        add_list(r, o, text);
        return NULL;
    case OPT_SECRET:
        secret_unref(*o->secret);
        *o->secret = *text ? secret_new(text, strlen(text)) : NULL;
        return NULL;
    default:
        return set_number(r, o, text, from);
    }
}

static void clear_list(const struct opt *o)
{
    if (o->type == OPT_LIST)
        *o->list = (struct opt_list){0};
}

/* --- finding rows --- */

#define each_row(o, page)                                                                                    \
    for (size_t s_ = 0; s_ < (page)->len; s_++)                                                              \
        for (const struct opt *o = (page)->sections[s_].at;                                                  \
             o < (page)->sections[s_].at + (page)->sections[s_].len; o++)

static const struct opt *find_long(const struct opt_page *page, struct span name)
{
    each_row(o, page) if (span_is(name, o->name)) return o;
    return NULL;
}

static const struct opt *find_letter(const struct opt_page *page, char letter)
{
    each_row(o, page) if (o->letter && o->letter == letter) return o;
    return NULL;
}

/* Edits between two names, by Levenshtein over one row; names are cut at 63 bytes. */
static size_t distance(struct span a, struct span b)
{
    size_t row[64];
    a.len = MIN(a.len, ARRAY_LEN(row) - 1);
    b.len = MIN(b.len, ARRAY_LEN(row) - 1);
    for (size_t j = 0; j <= b.len; j++)
        row[j] = j;
    for (size_t i = 1; i <= a.len; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= b.len; j++) {
            size_t change = diagonal + (a.at[i - 1] != b.at[j - 1]);
            diagonal = row[j];
            row[j] = MIN(MIN(row[j], row[j - 1]) + 1, change);
        }
    }
    return row[b.len];
}

static struct err *unknown_flag(const struct opt_page *page, const char *flag, struct span name)
{
    const char *best = NULL;
    size_t least = MAX(name.len / 3, (size_t)2) + 1;
    each_row(o, page)
    {
        size_t d = distance(name, span_of(o->name));
        if (d >= least)
            continue;
        least = d;
        best = o->name;
    }
    int shown = (int)strcspn(flag, "=");
    if (best)
        return err_new(ERR_INVALID, "unknown flag %.*s; did you mean --%s?", shown, flag, best);
    return err_new(ERR_INVALID, "unknown flag %.*s; '%s --help' lists them", shown, flag, page->program);
}

/* --- sources --- */

static struct err *set_default_and_env(struct reading *r, const struct opt *o)
{
    clear_list(o);
    TRY(set_value(r, o, o->def ? o->def : "", o->name));
    const char *value = o->env ? getenv(o->env) : NULL;
    if (!value || !*value)
        return NULL;
    clear_list(o);
    return set_value(r, o, value, o->env);
}

static struct err *set_flag(struct reading *r, const struct opt *o, const char *value, const char *flag)
{
    bool begun = false;
    for (size_t i = 0; i < r->begun_len; i++)
        begun |= r->begun[i] == o;
    if (o->type == OPT_LIST && !begun && r->begun_len < OPT_ROWS_MAX) {
        r->begun[r->begun_len++] = o;
        clear_list(o);
    }
    return set_value(r, o, value, flag);
}

/* The flag at argv[*i] with its value, which may be the next word. */
static struct err *take_flag(struct reading *r, int argc, char **argv, int *i)
{
    const char *word = argv[*i], *value = strchr(word, '=');
    bool is_long = word[1] == '-';
    const char *name = word + (is_long ? 2 : 1);
    struct span whole = {name, value ? (size_t)(value - name) : strlen(name)};
    const struct opt *o = NULL;
    if (is_long)
        o = find_long(r->page, whole);
    else if (whole.len == 1)
        o = find_letter(r->page, *name);
    if (!o)
        return unknown_flag(r->page, word, whole);
    const char *flag = arena_printf(r->arena, "%s%.*s", is_long ? "--" : "-", (int)whole.len, name);
    if (value)
        return set_flag(r, o, value + 1, flag);
    if (o->type == OPT_BOOL)
        return set_flag(r, o, "true", flag);
    if (*i + 1 >= argc)
        return err_new(ERR_INVALID, "%s needs a value", flag);
    return set_flag(r, o, argv[++*i], flag);
}

static bool asks_for_help(int argc, char **argv)
{
    for (int i = 1; i < argc && !streq(argv[i], "--"); i++)
        if (streq(argv[i], "--help") || streq(argv[i], "-h"))
            return true;
    return false;
}

struct err *opt_parse(struct arena *a, const struct opt_page *page, int argc, char **argv,
                      struct opt_result *out)
{
    *out = (struct opt_result){.help = asks_for_help(argc, argv)};
    struct reading r = {.arena = a, .page = page};
    each_row(o, page) TRY(set_default_and_env(&r, o));
    if (out->help)
        return NULL;
    out->rest = NEW_N(a, const char *, argc + 1);
    bool flags = true;
    for (int i = 1; i < argc; i++) {
        if (flags && streq(argv[i], "--"))
            flags = false;
        else if (flags && argv[i][0] == '-' && argv[i][1])
            TRY(take_flag(&r, argc, argv, &i));
        else
            out->rest[out->rest_len++] = argv[i];
    }
    return NULL;
}

/* --- printing --- */

enum { HELP_COLUMN = 34, HELP_WIDTH = 100 };

static const char *placeholder(const struct opt *o)
{
    static const char *const names[] = {"TEXT", "N", "DURATION", "", "SIZE", "LIST", "WORD", "TEXT"};
    return o->arg ? o->arg : names[o->type];
}

/* Words of `text` between the help column and the right edge; the pen stands at `column`. */
static void wrap(struct str *out, const char *text, size_t indent, size_t column)
{
    struct span rest = span_of(text), word;
    while (span_cut(&rest, ' ', &word)) {
        if (column > indent && column + 1 + word.len > HELP_WIDTH) {
            str_char(out, '\n');
            str_fill(out, ' ', indent);
            column = indent;
        } else if (column > indent) {
            str_char(out, ' ');
            column++;
        }
        str_add_span(out, word);
        column += word.len;
    }
    str_char(out, '\n');
}

static void add_facts(const struct opt *o, struct str *text)
{
    if (o->type == OPT_CHOICE) {
        str_add(text, ":");
        for (const char *const *c = o->choices; *c; c++)
            str_printf(text, "%s %s", c == o->choices ? "" : ",", *c);
    }
    if (o->def && *o->def && o->type != OPT_SECRET)
        str_printf(text, " (default %s)", o->def);
    if (o->env)
        str_printf(text, " [$%s]", o->env);
}

static void help_row(const struct opt *o, struct str *out)
{
    size_t start = out->len;
    if (o->letter)
        str_printf(out, "  -%c, --%s", o->letter, o->name);
    else
        str_printf(out, "      --%s", o->name);
    if (o->type != OPT_BOOL)
        str_printf(out, " %s", placeholder(o));
    size_t column = out->len - start;
    if (column + 2 > HELP_COLUMN) {
        str_char(out, '\n');
        column = 0;
    }
    str_fill(out, ' ', HELP_COLUMN - column);
    CLEANUP(str_release) struct str text = {0};
    str_add(&text, o->help);
    add_facts(o, &text);
    wrap(out, str_text(&text), HELP_COLUMN, HELP_COLUMN);
}

void opt_help(const struct opt_page *page, struct str *out)
{
    str_printf(out, "usage: %s %s\n\n", page->program, page->usage);
    wrap(out, page->about, 0, 0);
    bool env = false;
    for (size_t i = 0; i < page->len; i++) {
        const struct opt_section *s = &page->sections[i];
        str_printf(out, "\n%s:\n", s->title);
        for (size_t j = 0; j < s->len; j++) {
            help_row(&s->at[j], out);
            env |= s->at[j].env != NULL;
        }
    }
    if (env)
        str_add(out,
                "\nA flag wins over the environment variable in brackets, which wins over the default.\n");
    if (page->closing)
        str_printf(out, "\n%s\n", page->closing);
}

static void print_value(const struct opt *o, struct str *out)
{
    switch (o->type) {
    case OPT_STRING:
    case OPT_CHOICE:
        str_add(out, *o->string ? *o->string : "");
        return;
    case OPT_BOOL:
        str_add(out, *o->flag ? "true" : "false");
        return;
    case OPT_LIST:
        for (size_t i = 0; i < o->list->len; i++)
            str_printf(out, "%s%s", i ? "," : "", o->list->at[i]);
        return;
    case OPT_SECRET:
        str_add(out, *o->secret ? "***" : "");
        return;
    case OPT_DURATION:
        str_add(out, duration_format_ms(*o->integer).text);
        return;
    default:
        str_printf(out, "%lld", (long long)*o->integer);
    }
}

void opt_print(const struct opt_page *page, struct str *out)
{
    each_row(o, page)
    {
        str_printf(out, "%s=", o->name);
        print_value(o, out);
        str_char(out, '\n');
    }
}
