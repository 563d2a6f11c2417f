/* render/helm/trace - Go's one-line errors as Helm 4 tells them.
 *
 * Go wraps: "template: A: executing "A" at <include "b" .>: error calling include: template: B: ...". Helm
 * unwraps the chain as long as every link is such a text, and prints a link in three lines; where one is not,
 * it prints the whole as it was. Messages of required and fail stand alone (specs/helm.md §1.9). */
#include "base/str.h"
#include "render/helm/engine.h"

#define START "HELM_ERR_START"
#define END "HELM_ERR_END"

/* The message with another text; the code stays. Takes e. */
static struct err *reworded(struct err *e, const char *text)
{
    struct err *own = err_reason(e->code, e->reason, "%s", text);
    err_free(e);
    return own;
}

/* The end of "template: FILE:LINE:COLUMN" and where it begins. */
static bool location_of(const char *msg, struct span *out)
{
    if (!starts_with(msg, "template: "))
        return false;
    const char *at = msg + strlen("template: "), *end = strstr(at, ": ");
    *out = (struct span){at, end ? (size_t)(end - at) : 0};
    return end != NULL;
}

static bool marked_message(const char *msg, struct span *out)
{
    const char *start = strstr(msg, START), *end = NULL;
    for (const char *p = start; p && (p = strstr(p, END)); p++)
        end = p;
    if (!end)
        return false;
    start += strlen(START);
    *out = (struct span){start, (size_t)(end - start)};
    return true;
}

/* One link of the chain in its lines; false when it is none. */
static bool print_link(struct str *out, const char *link)
{
    struct span where;
    if (starts_with(link, "template: no template ")) {
        str_printf(out, "%s\n", link);
        return true;
    }
    if (!location_of(link, &where))
        return false;
    const char *rest = where.at + where.len + 2, *name, *place, *message;
    if (!starts_with(rest, "executing \"") || !(name = strchr(rest + strlen("executing \""), '"')) ||
        !starts_with(name, "\" at <") || !(place = strstr(name, ">: ")))
        return false;
    message = place + strlen(">: ");
    const char *cut = strstr(message, " template:");
    str_printf(out, "%.*s\n  %.*s>:\n    %.*s\n", (int)where.len, where.at, (int)(place - rest), rest,
               cut ? (int)(cut - message) : (int)strlen(message), message);
    return true;
}

/* What the link wraps: the text behind "error calling NAME: "; NULL when it wraps nothing. */
static const char *wrapped(const char *link)
{
    const char *at = strstr(link, ">: error calling ");
    at = at ? strstr(at + strlen(">: error calling "), ": ") : NULL;
    return at ? at + 2 : NULL;
}

struct err *helm_trace(struct err *e, enum helm_version version)
{
    CLEANUP(str_release) struct str text = {0};
    struct span where, message;
    if (!location_of(e->msg, &where))
        return e;
    if (marked_message(where.at + where.len, &message)) {
        str_printf(&text, "execution error at (%.*s): %.*s", (int)where.len, where.at, (int)message.len,
                   message.at);
        return reworded(e, str_text(&text));
    }
    if (version == HELM_3)
        return e;
    for (const char *link = e->msg; link; link = wrapped(link))
        if (!print_link(&text, link))
            return e;
    while (text.len && text.at[text.len - 1] == '\n')
        text.at[--text.len] = 0;
    return reworded(e, str_text(&text));
}

struct err *helm_parse_trace(struct err *e, const char *file)
{
    CLEANUP(str_release) struct str text = {0};
    struct span where;
    if (!location_of(e->msg, &where)) {
        str_printf(&text, "parse error in (%s): %s", file, e->msg);
        return reworded(e, str_text(&text));
    }
    const char *last = where.at + where.len + 2;
    for (const char *p; (p = strstr(last, ": "));)
        last = p + 2;
    str_printf(&text, "parse error at (%.*s): %s", (int)where.len, where.at, last);
    return reworded(e, str_text(&text));
}
