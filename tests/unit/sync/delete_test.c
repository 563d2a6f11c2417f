/* Hooks of a deletion: which objects are some, and what is due for them. */
#include "doc/yaml.h"
#include "lib/test.h"
#include "sync/delete.h"

static const struct doc *yaml(struct arena *a, const char *text)
{
    struct doc *d = NULL;
    CHECK_OK(yaml_read(a, span_of(text), YAML_SIGS, NULL, &d));
    return d;
}

TEST(phases_are_named_by_annotations)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    static const struct {
        const char *annotations;
        int phases;
    } rows[] = {
        {"{}", 0},
        {"{argocd.argoproj.io/hook: PostDelete}", SYNC_POST_DELETE},
        {"{argocd.argoproj.io/hook: 'PreDelete,PreSync'}", SYNC_PRE_DELETE},
        {"{argocd.argoproj.io/hook: 'PreDelete, PostDelete'}", SYNC_PRE_DELETE | SYNC_POST_DELETE},
        {"{argocd.argoproj.io/hook: Sync}", 0},
        {"{helm.sh/hook: post-delete}", SYNC_POST_DELETE},
        {"{helm.sh/hook: 'pre-install,pre-delete'}", SYNC_PRE_DELETE},
        {"{argocd.argoproj.io/hook: Sync, helm.sh/hook: post-delete}",
         0}, /* Argo CD's own turns Helm's off */
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        const struct doc *d = yaml(a, arena_printf(a, "{metadata: {annotations: %s}}", rows[i].annotations));
        CHECKF(sync_delete_phases(d) == rows[i].phases, "%s", rows[i].annotations);
    }
}

/* Two hooks: M missing, P progressing, H healthy, N of no known health, D degraded. Deeds: '.', '+' create,
 * '-' remove. */
static void set_up(struct sync_delete_hook *hooks, const char *are)
{
    for (int i = 0; i < 2; i++)
        hooks[i] = (struct sync_delete_hook){
            .target = hooks[i].target,
            .live = are[i] != 'M',
            .health = are[i] == 'P'   ? HEALTH_PROGRESSING
                      : are[i] == 'H' ? HEALTH_HEALTHY
                      : are[i] == 'D' ? HEALTH_DEGRADED
                                      : HEALTH_NONE,
        };
}

static bool as_said(const struct sync_delete_hook *hooks, const char *deeds)
{
    static const char letters[] = {
        [SYNC_DELETE_NOTHING] = '.', [SYNC_DELETE_CREATE] = '+', [SYNC_DELETE_REMOVE] = '-'};
    return letters[hooks[0].todo] == deeds[0] && letters[hooks[1].todo] == deeds[1];
}

TEST(hooks_are_created_and_waited_for)
{
    static const struct {
        const char *are, *deeds;
        enum sync_delete_state state;
    } rows[] = {
        {"MM", "++", SYNC_DELETE_WAITS},  {"PM", ".+", SYNC_DELETE_WAITS}, {"HP", "..", SYNC_DELETE_WAITS},
        {"HH", "..", SYNC_DELETE_DONE},   {"NH", "..", SYNC_DELETE_DONE},  {"DH", "-.", SYNC_DELETE_FAILED},
        {"DM", "-.", SYNC_DELETE_FAILED}, /* nothing is begun beside a failure */
        {"DD", "--", SYNC_DELETE_FAILED},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct sync_delete_hook hooks[2] = {0};
        set_up(hooks, rows[i].are);
        CHECKF(sync_delete_run(hooks, 2) == rows[i].state, "%s", rows[i].are);
        CHECKF(as_said(hooks, rows[i].deeds), "%s", rows[i].are);
    }
    CHECK_INT(sync_delete_run(NULL, 0), SYNC_DELETE_DONE);
}

TEST(delete_policies_look_at_all_hooks)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    static const struct {
        const char *policy, *are, *deeds;
        enum sync_delete_state state;
    } rows[] = {
        {"HookSucceeded", "HN", "-.", SYNC_DELETE_WAITS},
        {"HookSucceeded", "MN", "..", SYNC_DELETE_DONE},
        {"HookSucceeded", "HD", "..", SYNC_DELETE_DONE},
        {"HookFailed", "HD", "-.", SYNC_DELETE_WAITS},
        {"HookFailed", "HH", "..", SYNC_DELETE_DONE},
        {"BeforeHookCreation", "HH", "..", SYNC_DELETE_DONE},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct sync_delete_hook hooks[2] = {0};
        hooks[0].target =
            yaml(a, arena_printf(a, "{metadata: {annotations: {argocd.argoproj.io/hook-delete-policy: %s}}}",
                                 rows[i].policy));
        hooks[1].target = yaml(a, "{metadata: {}}");
        set_up(hooks, rows[i].are);
        CHECKF(sync_delete_clean(hooks, 2) == rows[i].state, "%s of %s", rows[i].policy, rows[i].are);
        CHECKF(as_said(hooks, rows[i].deeds), "%s of %s", rows[i].policy, rows[i].are);
    }
}

TEST_MAIN
