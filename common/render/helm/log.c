/* render/helm/log - what Helm tells on stderr, in the form of Go's slog. */
#include "base/str.h"
#include "render/helm/chart.h"

static void add_value(struct str *out, const char *value)
{
    bool plain = *value != 0;
    for (const char *p = value; *p && plain; p++)
        plain = *p > ' ' && *p < 0x7f && *p != '"' && *p != '=';
    if (plain)
        str_add(out, value);
    else
        tmpl_quote(out, span_of(value));
}

void helm_log(struct arena *a, struct doc *warnings, const char *level, const char *msg,
              const char *const *pairs)
{
    CLEANUP(str_release) struct str line = {0};
    str_printf(&line, "level=%s msg=", level);
    add_value(&line, msg);
    for (; pairs && *pairs; pairs += 2) {
        str_printf(&line, " %s=", pairs[0]);
        add_value(&line, pairs[1]);
    }
    doc_push_str(a, warnings, str_text(&line));
}
