/* tmpl/fmt.h - the parts of Go's fmt, shared by its three files; for tmpl/ only.
 *
 * fmt.c reads formats, fmt_value.c prints a value under a verb, fmt_number.c prints numbers. */
#ifndef CAPSTAN_TMPL_FMT_H
#define CAPSTAN_TMPL_FMT_H

#include "tmpl/value.h"

/* One verb with its flags, and where its text goes. */
struct fmt {
    struct str *out;
    int width, precision; /* -1 = not given */
    bool plus, minus, sharp, space, zero;
    bool plus_v, sharp_v;         /* %+v and %#v */
    const struct printed *inside; /* the maps around what is printed */
};

static inline bool fmt_is_one_of(uint32_t verb, const char *verbs)
{
    return verb && verb < 0x80 && strchr(verbs, (int)verb);
}

void fmt_arg(struct fmt *f, struct tmpl_value v, uint32_t verb);
/* Pads the text to the width, which counts characters. */
void fmt_pad(struct fmt *f, struct span text);
/* As Sprint's %v with no flags, into the same text. */
void fmt_plain(struct str *out, struct tmpl_value v);
/* "%!d(string=x)" */
void fmt_bad_verb(struct fmt *f, struct tmpl_value v, uint32_t verb);

void fmt_integer(struct fmt *f, struct tmpl_value v, uint32_t verb);
void fmt_float(struct fmt *f, double v, uint32_t verb, struct tmpl_value arg);
/* A run of characters between quotes, escaped as strconv does; `ascii` escapes all that is not. */
void fmt_quote(struct str *out, struct span text, char quote, bool ascii);

#endif
