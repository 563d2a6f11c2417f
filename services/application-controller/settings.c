/* application-controller/settings - argocd-cm as the controller reads it. */
#include "controller.h"

static const char *text(const struct doc *cm, const char *key, const char *dflt)
{
    const char *value = doc_str(doc_path(cm, "data", key), "");
    return *value ? value : dflt;
}

void settings_set(struct controller *c, const struct doc *config_map)
{
    struct frozen *old = c->settings.cm;
    c->settings.cm = config_map ? doc_freeze(config_map) : NULL;
    const struct doc *cm = frozen_root(c->settings.cm);
    c->settings.track = (struct track){
        .method = track_method_parse(text(cm, "application.resourceTrackingMethod", "annotation")),
        .label = text(cm, "application.instanceLabelKey", API_LABEL_INSTANCE),
        .installation_id = text(cm, "installationID", ""),
    };
    map_each(it, c->apps) {
        app_configure(it.value); /* away from the old texts, before they go */
        shown_stale(it.value);
    }
    frozen_unref(old);
}
