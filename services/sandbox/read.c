/* read - get and list: pages by key, and the forms in which a reader may want an object (whole, metadata
 * only, a table).
 *
 * A list of whole objects at their stored version is joined from the bytes that each object has; nothing is
 * parsed. */
#include "base/duration.h"
#include "crypto/text.h"
#include "doc/json.h"
#include "sandbox.h"

enum read_form read_form(struct request *r)
{
    const char *accept = net_req_header(r->http, "accept");
    if (!accept)
        return READ_WHOLE;
    if (strstr(accept, "as=Table"))
        return READ_TABLE;
    return strstr(accept, "as=PartialObjectMetadata") ? READ_METADATA : READ_WHOLE;
}

static struct doc *partial(struct arena *a, const struct doc *obj)
{
    struct doc *d = doc_new_map(a);
    doc_set_str(a, d, "kind", "PartialObjectMetadata");
    doc_set_str(a, d, "apiVersion", "meta.k8s.io/v1");
    doc_set(a, d, "metadata", doc_get(obj, "metadata"));
    return d;
}

static void add_column(struct arena *a, struct doc *columns, const char *name, const char *format,
                       const char *says)
{
    struct doc *c = doc_push(a, columns, doc_new_map(a));
    doc_set_str(a, c, "name", name);
    doc_set_str(a, c, "type", "string");
    doc_set_str(a, c, "format", format);
    doc_set_str(a, c, "description", says);
    doc_set_int(a, c, "priority", 0);
}

/* As kubectl prints ages: 45s, 12m, 3h, 5d. */
static const char *age(struct request *r, const struct doc *obj)
{
    int64_t since = 0;
    if (!time_parse_rfc3339(meta_text(obj, "creationTimestamp"), &since))
        return "<unknown>";
    int64_t s = MAX((clock_wall_ms(loop_clock(r->s->loop)) - since) / 1000, 0);
    if (s < 120)
        return arena_printf(r->a, "%ds", (int)s);
    if (s < 3 * 3600)
        return arena_printf(r->a, "%dm", (int)(s / 60));
    return s < 48 * 3600 ? arena_printf(r->a, "%dh", (int)(s / 3600))
                         : arena_printf(r->a, "%dd", (int)(s / 86400));
}

const struct doc *read_table(struct request *r, const struct doc *items, const struct doc *list_meta)
{
    struct doc *d = doc_new_map(r->a);
    doc_set_str(r->a, d, "kind", "Table");
    doc_set_str(r->a, d, "apiVersion", "meta.k8s.io/v1");
    if (list_meta)
        doc_set(r->a, d, "metadata", list_meta);
    else
        doc_set_map(r->a, d, "metadata");
    struct doc *columns = doc_set_list(r->a, d, "columnDefinitions");
    add_column(r->a, columns, "Name", "name", "Name must be unique within a namespace.");
    add_column(r->a, columns, "Age", "", "Time since the object was created.");
    struct doc *rows = doc_set_list(r->a, d, "rows");
    const char *include = net_req_query(r->http, "includeObject");
    doc_each (it, items) {
        struct doc *row = doc_push(r->a, rows, doc_new_map(r->a)), *cells = doc_set_list(r->a, row, "cells");
        doc_push_str(r->a, cells, meta_text(it.val, "name"));
        doc_push_str(r->a, cells, age(r, it.val));
        if (!include || !streq(include, "None"))
            doc_set(r->a, row, "object",
                    include && streq(include, "Object") ? it.val : partial(r->a, it.val));
    }
    return d;
}

const struct doc *read_version(struct request *r, const struct doc *obj)
{
    if (r->served == &r->res->versions[0])
        return obj;
    const char *v =
        *r->res->group ? arena_printf(r->a, "%s/%s", r->res->group, r->served->version) : r->served->version;
    return doc_with(r->a, obj, doc_new_str(r->a, v), "apiVersion");
}

const struct doc *read_as(struct request *r, const struct doc *obj)
{
    enum read_form form = read_form(r);
    if (form == READ_METADATA)
        return partial(r->a, obj);
    if (form == READ_WHOLE)
        return read_version(r, obj);
    struct doc *items = doc_new_list(r->a);
    doc_push(r->a, items, read_version(r, obj));
    return read_table(r, items, NULL);
}

struct err *verb_get(struct request *r)
{
    r->answer = store_get(r->res, r->ns, r->name);
    if (!r->answer)
        return err_reason(ERR_NOT_FOUND, "NotFound", "%s \"%s\" not found", status_qualified(r->a, r->res),
                          r->name);
    r->code = 200;
    return NULL;
}

/* --- lists ----------------------------------------------------------------------------------- */

struct page {
    struct object **at;
    size_t len;
    size_t remaining;
    const char *next;
};

/* A continue token is the last key that was given and the version of the first page. */
static struct err *page_start(struct request *r, size_t *place)
{
    const char *token = net_req_query(r->http, "continue");
    *place = *r->ns ? store_seek(r->res, arena_printf(r->a, "%s/", r->ns)) : 0;
    if (!token || !*token)
        return NULL;
    struct span text;
    if (!crypto_base64_decode(r->a, CRYPTO_BASE64_URL, span_of(token), &text) || memchr(text.at, 0, text.len))
        return err_reason(ERR_INVALID, "BadRequest", "continue key is not valid: not a token of this server");
    *place = store_seek(r->res, text.at);
    if (*place < r->res->objects.len && streq(r->res->objects.at[*place]->key, text.at))
        ++*place;
    return NULL;
}

static struct err *collect(struct request *r, const struct filter *f, struct page *page)
{
    const char *limit_text = net_req_query(r->http, "limit");
    int64_t limit = 0;
    if (limit_text && *limit_text && (!span_int(span_of(limit_text), &limit) || limit < 0))
        return err_reason(ERR_INVALID, "BadRequest", "limit must be a number that is not negative, not '%s'",
                          limit_text);
    size_t i;
    TRY(page_start(r, &i));
    page->at = NEW_N(r->a, struct object *, r->res->objects.len - i);
    for (; i < r->res->objects.len; i++) {
        struct object *o = r->res->objects.at[i];
        if (!filter_keeps_key(r, o)) {
            if (*r->ns)
                break;
            continue;
        }
        if (!filter_matches(f, o->doc))
            continue;
        if (limit && page->len == (size_t)limit) {
            page->remaining++;
            continue;
        }
        page->at[page->len++] = o;
    }
    if (page->remaining)
        page->next = crypto_base64_encode(r->a, CRYPTO_BASE64_URL, span_of(page->at[page->len - 1]->key)).at;
    return NULL;
}

static struct doc *list_meta(struct request *r, const struct filter *f, const struct page *page)
{
    struct doc *meta = doc_new_map(r->a);
    doc_set_str(r->a, meta, "resourceVersion", arena_printf(r->a, "%llu", (unsigned long long)r->s->version));
    if (page->next) {
        doc_set_str(r->a, meta, "continue", page->next);
        if (filter_is_empty(f))
            doc_set_int(r->a, meta, "remainingItemCount", (int64_t)page->remaining);
    }
    return meta;
}

static const struct doc *whole_list(struct request *r, const struct page *page, const struct doc *meta)
{
    struct doc *d = doc_new_map(r->a);
    bool table = read_form(r) == READ_TABLE, metadata = read_form(r) == READ_METADATA;
    struct doc *items = doc_new_list(r->a);
    for (size_t i = 0; i < page->len; i++)
        doc_push(r->a, items, metadata ? partial(r->a, page->at[i]->doc) : read_version(r, page->at[i]->doc));
    if (table)
        return read_table(r, items, meta);
    const char *v =
        *r->res->group ? arena_printf(r->a, "%s/%s", r->res->group, r->served->version) : r->served->version;
    doc_set_str(r->a, d, "kind",
                metadata ? "PartialObjectMetadataList" : arena_printf(r->a, "%sList", r->res->kind));
    doc_set_str(r->a, d, "apiVersion", metadata ? "meta.k8s.io/v1" : v);
    doc_set(r->a, d, "metadata", meta);
    doc_set(r->a, d, "items", items);
    return d;
}

struct err *verb_list(struct request *r)
{
    struct filter *f = NULL;
    struct page page = {0};
    TRY(filter_parse(r, &f));
    TRY(collect(r, f, &page));
    const struct doc *meta = list_meta(r, f, &page);
    r->code = 200;
    if (read_form(r) != READ_WHOLE || r->served != &r->res->versions[0]) {
        r->result = whole_list(r, &page, meta);
        return NULL;
    }
    struct page none = {.next = page.next};
    struct str *out = NEW(r->a, struct str);
    json_write(out, whole_list(r, &none, meta), 0);
    out->len -= 2; /* "]}" */
    for (size_t i = 0; i < page.len; i++) {
        if (i)
            str_char(out, ',');
        str_add_span(out, object_json(page.at[i]));
    }
    str_add(out, "]}");
    r->text = out;
    return NULL;
}
