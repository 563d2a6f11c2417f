/* notify/config - argocd-notifications-cm as services that can be asked.
 *
 * A remark never repeats a value: any of them may have come out of the Secret. */
#include "notify/notify.h"

#include "base/duration.h"
#include "base/map.h"
#include "base/secret.h"
#include "crypto/text.h"
#include "doc/yaml.h"

#include <ctype.h>
#include <stdlib.h>

struct notify_config {
    struct arena *arena;          /* holds what came out of the Secret */
    const struct doc *secret;     /* while it is read */
    struct map *services;         /* name to struct notify_service */
    struct doc *default_triggers; /* service ("" = all) to list */
    struct notify_remarks remarks;
};

static const struct limits limits = {.bytes = 1 << 20, .values = 20000, .depth = 50, .aliases = 1000};

/* --- $secret --- */

static bool key_char(char c)
{
    return isalnum((unsigned char)c) || c == '_' || c == '-';
}

/* Adds the Secret's value; false when it has none of that name. */
static bool add_secret(struct notify_config *c, struct str *out, struct span key)
{
    struct span bytes;
    const struct doc *data = doc_get_span(doc_get(c->secret, "data"), key);
    const struct doc *plain = doc_get_span(doc_get(c->secret, "stringData"), key);
    if (doc_is(plain, DOC_STR))
        bytes = doc_span(plain);
    else if (!doc_is(data, DOC_STR) ||
             !crypto_base64_decode(c->arena, CRYPTO_BASE64_STD, doc_span(data), &bytes))
        return false;
    str_add_span(out, span_trim(bytes));
    return true;
}

/* `$key` replaced by the Secret's value; one that it does not have stays as it is. */
static const char *resolve(struct notify_config *c, const struct doc *d)
{
    CLEANUP(str_release) struct str out = {0};
    struct span s = doc_is(d, DOC_STR) ? doc_span(d) : doc_literal(d);
    for (size_t i = 0; i < s.len;) {
        size_t end = i + 1;
        while (s.at[i] == '$' && end < s.len && key_char(s.at[end]))
            end++;
        struct span key = {s.at + i + 1, end - i - 1};
        if (!key.len || !add_secret(c, &out, key))
            str_add_n(&out, s.at + i, end - i);
        i = end;
    }
    char *text = arena_strndup(c->arena, str_text(&out), out.len);
    if (out.at)
        secret_wipe(out.at, out.len);
    return text;
}

static const char *option(struct notify_config *c, const struct doc *options, const char *key)
{
    const struct doc *d = doc_get(options, key);
    return d ? resolve(c, d) : "";
}

static const char *or_null(const char *text)
{
    return *text ? text : NULL;
}

/* --- services --- */

static bool url_ok(const char *url)
{
    return starts_with(url, "https://") || starts_with(url, "http://");
}

static int64_t wait_of(struct notify_config *c, const struct doc *options, const char *service,
                       const char *key)
{
    const char *text = option(c, options, key);
    int64_t ms = 0;
    if (*text && (!duration_parse_ms(span_of(text), &ms) || ms < 0)) {
        notify_remark(c->arena, &c->remarks, "%s: %s is no duration; the default is used", service, key);
        return 0;
    }
    return MIN(ms, (int64_t)3600000);
}

static bool read_webhook(struct notify_config *c, const char *key, const struct doc *options,
                         struct notify_service *s)
{
    s->url = option(c, options, "url");
    if (!url_ok(s->url)) {
        notify_remark(c->arena, &c->remarks, "%s: url is not http:// or https://; the service is not used",
                      key);
        return false;
    }
    const struct doc *headers = doc_get(options, "headers"), *basic = doc_get(options, "basicAuth");
    s->headers = NEW_N(c->arena, struct net_pair, doc_len(headers) + 1);
    doc_each (it, headers) {
        const char *name = option(c, it.val, "name");
        if (*name)
            s->headers[s->headers_len++] = (struct net_pair){name, option(c, it.val, "value")};
    }
    s->user = or_null(option(c, basic, "username"));
    s->password = or_null(option(c, basic, "password"));
    s->tries = (int)MIN(MAX(doc_int(doc_get(options, "retryMax"), -1), (int64_t)-1), (int64_t)1000) + 1;
    s->wait_ms = wait_of(c, options, key, "retryWaitMin");
    s->wait_max_ms = wait_of(c, options, key, "retryWaitMax");
    return true;
}

static bool read_slack(struct notify_config *c, const char *key, const struct doc *options,
                       struct notify_service *s)
{
    const char *hook = option(c, options, "webhookURL"), *api = option(c, options, "apiURL");
    s->username = or_null(option(c, options, "username"));
    s->icon = or_null(option(c, options, "icon"));
    if (*hook) {
        s->kind = NOTIFY_SLACK_HOOK;
        s->url = hook;
    } else {
        s->kind = NOTIFY_SLACK;
        s->token = or_null(option(c, options, "token"));
        size_t len = strlen(api);
        while (len && api[len - 1] == '/')
            len--;
        s->url = len ? arena_printf(c->arena, "%.*s/chat.postMessage", (int)len, api)
                     : "https://slack.com/api/chat.postMessage";
        if (!s->token || *s->token == '$') {
            notify_remark(
                c->arena, &c->remarks,
                "%s: token is not there, nor in argocd-notifications-secret; the service is not used", key);
            return false;
        }
    }
    if (url_ok(s->url))
        return true;
    notify_remark(c->arena, &c->remarks, "%s: %s is not http:// or https://; the service is not used", key,
                  *hook ? "webhookURL" : "apiURL");
    return false;
}

/* service.<type> or service.<type>.<name>. */
static void read_service(struct notify_config *c, const char *key, const struct doc *value)
{
    struct arena *a = c->arena;
    struct span rest = span_of(key + strlen("service.")), type = {0}, name;
    span_cut(&rest, '.', &type);
    name = rest.len ? rest : type;
    bool webhook = span_is(type, "webhook");
    if (!webhook && !span_is(type, "slack")) {
        notify_remark(a, &c->remarks, "%s: services of type '%.*s' are not served yet; webhook and slack are",
                      key, (int)type.len, type.at);
        return;
    }
    struct doc *options = NULL;
    struct err *e = yaml_read(a, doc_span(value), YAML_SIGS, &limits, &options);
    if (e || !doc_is(options, DOC_MAP)) {
        notify_remark(a, &c->remarks, "%s is not a YAML object; the service is not used", key);
        err_free(e);
        return;
    }
    struct notify_service *s = NEW(a, struct notify_service);
    s->name = arena_strndup(a, name.at, name.len);
    s->insecure = doc_bool(doc_get(options, "insecureSkipVerify"), false);
    if (webhook ? read_webhook(c, key, options, s) : read_slack(c, key, options, s))
        map_set(c->services, s->name, s);
}

/* --- the rest --- */

/* defaultTriggers or defaultTriggers.<service>: a YAML list of names. */
static void read_defaults(struct notify_config *c, const char *key, const struct doc *value)
{
    struct doc *list = NULL;
    struct err *e = yaml_read(c->arena, doc_span(value), YAML_SIGS, &limits, &list);
    const char *service = key[strlen("defaultTriggers")] ? key + strlen("defaultTriggers.") : "";
    if (e || !doc_is(list, DOC_LIST))
        notify_remark(c->arena, &c->remarks, "%s is no YAML list of triggers", key);
    else
        doc_set(c->arena, c->default_triggers, service, list);
    err_free(e);
}

static void read_entry(struct notify_config *c, const char *key, const struct doc *value)
{
    if (starts_with(key, "service."))
        read_service(c, key, value);
    else if (streq(key, "defaultTriggers") || starts_with(key, "defaultTriggers."))
        read_defaults(c, key, value);
    else if (starts_with(key, "trigger."))
        notify_remark(c->arena, &c->remarks,
                      "%s: own triggers are not evaluated yet; built-in ones keep their own condition", key);
    else if (starts_with(key, "template."))
        notify_remark(c->arena, &c->remarks, "%s: templates are not used yet; a fixed message is sent", key);
    else if (streq(key, "subscriptions") && span_trim(doc_span(value)).len)
        notify_remark(c->arena, &c->remarks,
                      "subscriptions: those of the ConfigMap are not served yet; annotate applications or "
                      "projects instead");
    else if (streq(key, "config.yaml"))
        notify_remark(c->arena, &c->remarks, "config.yaml: the legacy form is not read");
}

struct notify_config *notify_config_new(const struct doc *config_map, const struct doc *secret)
{
    struct notify_config *c = mem_zalloc(sizeof(*c));
    c->arena = arena_new("notifications");
    c->services = map_new(NULL);
    c->default_triggers = doc_new_map(c->arena);
    c->secret = secret;
    doc_each (it, doc_get(config_map, "data"))
        read_entry(c, arena_strdup(c->arena, it.key.at), it.val);
    c->secret = NULL;
    return c;
}

void notify_config_free(struct notify_config *c)
{
    if (!c)
        return;
    map_free(c->services);
    arena_free(c->arena);
    free(c);
}

const struct notify_service *notify_config_service(const struct notify_config *c, const char *name)
{
    return map_get(c->services, name);
}

const struct notify_remarks *notify_config_remarks(const struct notify_config *c)
{
    return &c->remarks;
}

const struct doc *notify_config_default_triggers(const struct notify_config *c, const char *service)
{
    const struct doc *own = doc_get(c->default_triggers, service);
    return own ? own : doc_get(c->default_triggers, "");
}
