/* application-controller/settings - argocd-cm as the controller reads it. */
#include "controller.h"

#include "base/log.h"

static const char *text(const struct doc *cm, const char *key, const char *dflt)
{
    const char *value = doc_str(doc_path(cm, "data", key), "");
    return *value ? value : dflt;
}

static const struct doc *customizations(struct arena *a, const struct doc *cm)
{
    struct doc *out = doc_new_map(a);
    doc_each(it, doc_get(cm, "data"))
        if (starts_with(it.key.at, "resource.customizations"))
            doc_set_span(a, out, it.key, it.val);
    return out;
}

/* Reads them anew; true when they say something else than before. */
static bool customize(struct settings *s, const struct doc *old_cm)
{
    const struct doc *cm = frozen_root(s->cm);
    s->arena = arena_new("customizations");
    api_customize_parse(s->arena, cm, &s->customize);
    if (doc_equal(customizations(s->arena, cm), customizations(s->arena, old_cm)))
        return false;
    s->customize_serial++;
    doc_each(it, s->customize.problems)
        log_warn("a customization is left out", "problem", doc_str(it.val, ""));
    return true;
}

void settings_set(struct controller *c, const struct doc *config_map)
{
    struct frozen *old = c->settings.cm;
    c->settings.cm = config_map ? doc_freeze(config_map) : NULL;
    struct arena *old_arena = c->settings.arena;
    bool customized = customize(&c->settings, frozen_root(old));
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
    if (customized)
        cluster_judge_all(c->cluster);
    frozen_unref(old);
    if (old_arena)
        arena_free(old_arena);
}
