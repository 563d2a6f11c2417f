/* render/kustomize/fieldpath - cutting dotted paths, and reading along them. */
#include "render/kustomize/fieldpath.h"

#include "render/kustomize/select.h"
#include "text/regex.h"

#include <stdlib.h>

/* --- cutting --- */

/* The end of the part that starts at `s`: a dot that is neither escaped nor inside of brackets, or the end.
 */
static const char *part_end(const char *s)
{
    bool bracket = *s == '[';
    for (; *s; s++) {
        if (*s != '.' || s[-1] == '\\')
            continue;
        if (!bracket)
            return s;
        bracket = s[-1] != ']';
        if (!bracket)
            return s;
    }
    return s;
}

static struct err *read_element(struct arena *a, struct kustomize_part *p, bool regex)
{
    size_t len = strlen(p->text);
    const char *equals = strchr(p->text, '=');
    if (!equals)
        return err_new(ERR_INVALID,
                       "list path element must contain fieldName=fieldValue for element to match");
    p->kind = KUSTOMIZE_ELEMENT;
    p->key = arena_strndup(a, p->text + 1, (size_t)(equals - p->text) - 1);
    p->value = arena_strndup(a, equals + 1, (size_t)(p->text + len - equals) - 2);
    return regex ? kustomize_regex(a, p->value, &p->regex) : NULL;
}

static struct err *read_part(struct arena *a, const char *from, const char *end, bool regex,
                             struct kustomize_part *p)
{
    char *text = arena_raw(a, (size_t)(end - from) + 1);
    size_t n = 0;
    int64_t index;
    bool dotted = false;
    for (const char *s = from; s < end; s++) {
        dotted |= *s == '.';
        if (*s != '\\' || s[1] != '.')
            text[n++] = *s;
    }
    text[n] = '\0';
    bool bracketed = n >= 2 && text[0] == '[' && text[n - 1] == ']';
    *p = (struct kustomize_part){.kind = KUSTOMIZE_FIELD, .text = text};
    if (bracketed && dotted && !strchr(text, '=')) {
        text[n - 1] = '\0';
        p->text = text + 1;
        return NULL;
    }
    if (bracketed)
        return read_element(a, p, regex);
    if (streq(text, "*"))
        p->kind = KUSTOMIZE_EVERY;
    else if (text[0] >= '0' && text[0] <= '9' && span_int(span_of(text), &index)) {
        p->kind = KUSTOMIZE_INDEX;
        p->index = (size_t)index;
    }
    return NULL;
}

struct err *kustomize_fieldpath_read(struct arena *a, const char *text, bool regex,
                                     struct kustomize_fieldpath *out)
{
    size_t most = 1;
    for (const char *s = text; *s; s++)
        most += *s == '.';
    *out = (struct kustomize_fieldpath){NEW_N(a, struct kustomize_part, most), 0};
    for (const char *s = text;;) {
        const char *end = *s == '.' ? s : part_end(s);
        if (end > s)
            TRY(read_part(a, s, end, regex, &out->at[out->len++]));
        if (!*end)
            return NULL;
        s = end + 1;
    }
}

/* --- reading --- */

struct err *kustomize_part_matches(struct arena *a, const struct kustomize_part *p, const struct doc *element,
                                   bool *out)
{
    const struct doc *field = *p->key ? doc_get(element, p->key) : element;
    *out = false;
    if (*p->key && element && !doc_is(element, DOC_MAP) && !doc_is(element, DOC_NULL))
        return kustomize_wrong_kind(a, DOC_MAP, element);
    if (!field || doc_is(field, DOC_NULL))
        return NULL;
    struct span text = kustomize_scalar(field);
    *out = p->regex ? regex_match(p->regex, text) : span_is(text, p->value);
    return NULL;
}

static struct err *find_element(struct arena *a, const struct kustomize_part *p, const struct doc *list,
                                const struct doc **out)
{
    doc_each (it, list) {
        bool hit;
        TRY(kustomize_part_matches(a, p, it.val, &hit));
        if (hit) {
            *out = it.val;
            return NULL;
        }
    }
    return NULL;
}

static struct err *step(struct arena *a, const struct kustomize_part *p, const struct doc *d,
                        const struct doc **out)
{
    bool last = streq(p->text, "-");
    int64_t index;
    *out = NULL;
    if (p->kind == KUSTOMIZE_EVERY)
        return err_new(ERR_INVALID, "wildcard is not supported in PathGetter");
    if (p->kind == KUSTOMIZE_FIELD && !last && p->text[0] == '-' && span_int(span_of(p->text), &index))
        return err_new(ERR_INVALID, "array index %s cannot be negative", p->text);
    bool wants_list = p->kind != KUSTOMIZE_FIELD || last;
    if (!doc_is(d, wants_list ? DOC_LIST : DOC_MAP))
        return kustomize_wrong_kind(a, wants_list ? DOC_LIST : DOC_MAP, d);
    if (p->kind == KUSTOMIZE_ELEMENT)
        return find_element(a, p, d, out);
    if (last)
        *out = doc_len(d) ? doc_at(d, doc_len(d) - 1) : NULL;
    else
        *out = p->kind == KUSTOMIZE_INDEX ? doc_at(d, p->index) : doc_get(d, p->text);
    return NULL;
}

struct err *kustomize_fieldpath_get(struct arena *a, const struct kustomize_fieldpath *p, const struct doc *d,
                                    const struct doc **out)
{
    for (size_t i = 0; i < p->len && d && !doc_is(d, DOC_NULL); i++)
        TRY(step(a, &p->at[i], d, &d));
    *out = d;
    return NULL;
}
