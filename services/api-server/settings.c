/* api-server/settings - version, settings and health: what a client asks before it knows anything. */
#include "api.h"

#include "doc/json.h"

/* What clients of Argo CD compare themselves with (api.md §6.8). */
#define API_VERSION "v3.5.1+capstan"

void health_get(struct turn *t)
{
    turn_reply(t, doc_new_map(t->a));
}

void version_get(struct turn *t)
{
    struct doc *d = doc_new_map(t->a);
    doc_set_str(t->a, d, "Version", API_VERSION);
    turn_reply(t, d);
}

static const char *setting(struct turn *t, const char *key, const char *dflt)
{
    const char *value = doc_str(doc_path(frozen_root(t->api->cm), "data", key), "");
    return *value ? value : dflt;
}

static void set_some(struct turn *t, struct doc *d, const char *key, const char *value)
{
    if (*value)
        doc_set_str(t->a, d, key, value);
}

static void set_banner(struct turn *t, struct doc *d)
{
    set_some(t, d, "uiBannerContent", setting(t, "ui.bannercontent", ""));
    set_some(t, d, "uiBannerURL", setting(t, "ui.bannerurl", ""));
    set_some(t, d, "uiBannerPosition", setting(t, "ui.bannerposition", ""));
    if (streq(setting(t, "ui.bannerpermanent", ""), "true"))
        doc_set_bool(t->a, d, "uiBannerPermanent", true);
}

struct track settings_track(struct turn *t)
{
    return (struct track){
        .method = track_method_parse(setting(t, "application.resourceTrackingMethod", "")),
        .label = arena_strdup(t->a, setting(t, "application.instanceLabelKey", API_LABEL_INSTANCE)),
        .installation_id = arena_strdup(t->a, setting(t, "installationID", "")),
    };
}

void settings_get(struct turn *t)
{
    struct doc *d = doc_new_map(t->a);
    set_some(t, d, "url", setting(t, "url", ""));
    doc_set_str(t->a, d, "appLabelKey", setting(t, "application.instanceLabelKey", API_LABEL_INSTANCE));
    doc_set_str(t->a, d, "trackingMethod", setting(t, "application.resourceTrackingMethod", "annotation"));
    set_some(t, d, "installationID", setting(t, "installationID", ""));
    set_some(t, d, "uiCssURL", setting(t, "ui.cssurl", ""));
    set_some(t, d, "statusBadgeRootUrl", setting(t, "statusbadge.url", ""));
    struct doc *analytics = doc_set_map(t->a, d, "googleAnalytics");
    set_some(t, analytics, "trackingID", setting(t, "ga.trackingid", ""));
    if (!streq(setting(t, "ga.anonymizeusers", ""), "false"))
        doc_set_bool(t->a, analytics, "anonymizeUsers", true);
    struct doc *kustomize = doc_set_map(t->a, d, "kustomizeOptions");
    set_some(t, kustomize, "BuildOptions", setting(t, "kustomize.buildOptions", ""));
    doc_set_str(t->a, kustomize, "BinaryPath", "");
    doc_set(t->a, kustomize, "Versions", doc_new_null(t->a));
    if (streq(setting(t, "statusbadge.enabled", ""), "true"))
        doc_set_bool(t->a, d, "statusBadgeEnabled", true);
    if (streq(setting(t, "admin.enabled", ""), "false"))
        doc_set_bool(t->a, d, "userLoginsDisabled", true);
    struct doc *help = doc_set_map(t->a, d, "help");
    const char *chat = setting(t, "help.chatUrl", "");
    set_some(t, help, "chatUrl", chat);
    if (*chat)
        doc_set_str(t->a, help, "chatText", setting(t, "help.chatText", "Chat now!"));
    if (*t->user) {
        set_banner(t, d);
        doc_set_str(t->a, d, "controllerNamespace", t->api->o.ns);
        doc_set_str(t->a, d, "passwordPattern", setting(t, "passwordPattern", "^.{8,32}$"));
    }
    turn_reply(t, d);
}
