/* notify/send - a delivery as an HTTP request, and what its response means. */
#include "notify/notify.h"

#include "crypto/text.h"
#include "doc/json.h"

#include <strings.h>

static void header(struct notify_request *r, const char *name, const char *value)
{
    r->headers[r->headers_len++] = (struct net_pair){name, value};
}

static const char *basic(struct arena *a, const struct notify_service *s)
{
    const char *pair = arena_printf(a, "%s:%s", s->user, s->password ? s->password : "");
    struct span text = crypto_base64_encode(a, CRYPTO_BASE64_STD, span_of(pair));
    return arena_printf(a, "Basic %s", text.at);
}

static const char *slack_body(struct arena *a, const struct notify_service *s, const struct notify_news *news)
{
    struct doc *body = doc_new_map(a);
    if (s->kind == NOTIFY_SLACK)
        doc_set_str(a, body, "channel", news->recipient);
    doc_set_str(a, body, "text", news->message);
    if (s->username)
        doc_set_str(a, body, "username", s->username);
    if (s->icon)
        doc_set_str(a, body, *s->icon == ':' ? "icon_emoji" : "icon_url", s->icon);
    return json_text(a, body, 0);
}

void notify_request(struct arena *a, const struct notify_service *s, const struct notify_news *news,
                    struct notify_request *out)
{
    *out = (struct notify_request){.url = s->url, .headers = NEW_N(a, struct net_pair, s->headers_len + 3)};
    header(out, "Idempotency-Key", news->key);
    bool typed = false;
    for (size_t i = 0; i < s->headers_len; i++) {
        header(out, s->headers[i].name, s->headers[i].value);
        typed |= strcasecmp(s->headers[i].name, "Content-Type") == 0;
    }
    if (!typed)
        header(out, "Content-Type",
               s->kind == NOTIFY_WEBHOOK ? "application/json" : "application/json; charset=utf-8");
    if (s->kind == NOTIFY_SLACK)
        header(out, "Authorization", arena_printf(a, "Bearer %s", s->token));
    else if (s->user)
        header(out, "Authorization", basic(a, s));
    out->body = s->kind == NOTIFY_WEBHOOK ? news->body : slack_body(a, s, news);
}

/* Slack says 200 to nearly everything; what it means is in the body. */
static enum notify_verdict slack_verdict(struct arena *a, struct span body, const char **why)
{
    static const char *const passing[] = {"ratelimited",      "rate_limited", "service_unavailable",
                                          "internal_error",   "fatal_error",  "request_timeout",
                                          "team_added_to_org"};
    struct doc *answer = NULL;
    struct err *e = json_read(a, body, NULL, &answer);
    bool broken = e || !doc_is(answer, DOC_MAP);
    err_free(e);
    if (broken) {
        *why = "the answer is no JSON object";
        return NOTIFY_AGAIN;
    }
    if (doc_bool(doc_get(answer, "ok"), false))
        return NOTIFY_TOLD;
    const char *word = doc_str(doc_get(answer, "error"), "no reason");
    *why = arena_printf(a, "Slack says '%.100s'", word);
    return str_in(word, passing, ARRAY_LEN(passing)) ? NOTIFY_AGAIN : NOTIFY_REFUSED;
}

enum notify_verdict notify_verdict(struct arena *a, const struct notify_service *s, int status,
                                   struct span body, const char **why)
{
    if (status >= 200 && status < 300)
        return s->kind == NOTIFY_SLACK ? slack_verdict(a, body, why) : NOTIFY_TOLD;
    *why = arena_printf(a, "HTTP status %d %s", status, net_status_text(status));
    return status == 408 || status == 425 || status == 429 || status >= 500 ? NOTIFY_AGAIN : NOTIFY_REFUSED;
}
