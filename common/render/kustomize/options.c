/* render/kustomize/options - one table of flags, read as pflag reads them. */
#include "render/kustomize/options.h"

#include "base/str.h"

enum kind { SWITCH, TEXT, LIST, LOADER, ORDER, IGNORED_SWITCH, IGNORED_TEXT, REFUSED_SWITCH };

static const struct option {
    const char *name;
    char letter;
    enum kind kind;
    size_t at; /* in kustomize_options */
} options[] = {
    {"enable-helm", 0, SWITCH, offsetof(struct kustomize_options, enable_helm)},
    {"enable-managedby-label", 0, SWITCH, offsetof(struct kustomize_options, managed_by)},
    {"help", 'h', SWITCH, offsetof(struct kustomize_options, help)},
    {"output", 'o', TEXT, offsetof(struct kustomize_options, output)},
    {"helm-kube-version", 0, TEXT, offsetof(struct kustomize_options, kube_version)},
    {"helm-api-versions", 0, LIST, offsetof(struct kustomize_options, api_versions)},
    {"load-restrictor", 0, LOADER, 0},
    {"load_restrictor", 0, LOADER, 0},
    {"reorder", 0, ORDER, 0},
    {"enable-alpha-plugins", 0, IGNORED_SWITCH, 0},
    {"enable_alpha_plugins", 0, IGNORED_SWITCH, 0},
    {"enable-exec", 0, REFUSED_SWITCH, 0},
    {"network", 0, REFUSED_SWITCH, 0},
    {"as-current-user", 0, IGNORED_SWITCH, 0},
    {"helm-debug", 0, IGNORED_SWITCH, 0},
    {"stack-trace", 0, IGNORED_SWITCH, 0},
    {"env", 'e', IGNORED_TEXT, 0},
    {"mount", 0, IGNORED_TEXT, 0},
    {"network-name", 0, IGNORED_TEXT, 0},
    {"helm-command", 0, IGNORED_TEXT, 0},
};

/* "--name=value", "--name", "-o". */
static const struct option *option_of(const char *word, const char **value)
{
    const char *equals = strchr(word, '=');
    size_t n = equals ? (size_t)(equals - word) : strlen(word);
    *value = equals ? equals + 1 : NULL;
    for (size_t i = 0; i < ARRAY_LEN(options); i++) {
        const char *name = options[i].name;
        if (n == strlen(name) + 2 && word[1] == '-' && strncmp(word + 2, name, n - 2) == 0)
            return &options[i];
        if (word[1] != '-' && options[i].letter && word[1] == options[i].letter) {
            *value = word[2] ? word + 2 + (word[2] == '=') : NULL;
            return &options[i];
        }
    }
    return NULL;
}

static struct err *choose(const char *flag, const char *value, const char *no, const char *yes, bool *out)
{
    *out = streq(value, yes);
    if (!*out && !streq(value, no))
        return err_new(ERR_INVALID, "illegal flag value --%s %s; legal values: [%s %s]", flag, value, no,
                       yes);
    return NULL;
}

static struct err *take(struct arena *a, const struct option *o, const char *value,
                        struct kustomize_options *out)
{
    char *place = (char *)out + o->at;
    switch (o->kind) {
    case SWITCH:
        *(bool *)place = !value || !streq(value, "false");
        return NULL;
    case TEXT:
        *(const char **)(void *)place = value;
        return NULL;
    case LIST: {
        struct kustomize_words *list = (struct kustomize_words *)(void *)place;
        const char **more = NEW_N(a, const char *, list->len + 1);
        if (list->len)
            memcpy(more, list->at, list->len * sizeof(*more));
        more[list->len++] = value;
        list->at = more;
        return NULL;
    }
    case LOADER:
        return choose("load-restrictor", value, "LoadRestrictionsRootOnly", "LoadRestrictionsNone",
                      &out->load_any);
    case ORDER:
        return choose("reorder", value, "legacy", "none", &out->fifo);
    case REFUSED_SWITCH:
        if (value && streq(value, "false"))
            return NULL;
        return err_new(ERR_UNIMPLEMENTED, "--%s lets a kustomization run programs, which is not done here",
                       o->name);
    default:
        return NULL;
    }
}

static bool is_switch(const struct option *o)
{
    return o->kind == SWITCH || o->kind == IGNORED_SWITCH || o->kind == REFUSED_SWITCH;
}

struct err *kustomize_options_read(struct arena *a, const char *const *words, size_t n,
                                   struct kustomize_options *out)
{
    bool ended = false;
    *out = (struct kustomize_options){.paths = {NEW_N(a, const char *, n + 1), 0}};
    for (size_t i = 0; i < n; i++) {
        const char *word = words[i], *value;
        if (ended || word[0] != '-' || !word[1]) {
            out->paths.at[out->paths.len++] = word;
            continue;
        }
        if ((ended = streq(word, "--")))
            continue;
        const struct option *o = option_of(word, &value);
        if (!o)
            return err_new(ERR_INVALID, "unknown flag: %s", word);
        if (!is_switch(o) && !value && i + 1 < n)
            value = words[++i];
        if (!is_switch(o) && !value)
            return err_new(ERR_INVALID, "flag needs an argument: %s", word);
        TRY(take(a, o, value, out));
    }
    return NULL;
}

/* The next word of *text, quotes taken off; NULL at its end. */
static const char *next_word(struct arena *a, const char **text)
{
    CLEANUP(str_release) struct str s = {0};
    const char *p = *text + strspn(*text, " \t\n");
    char quote = 0;
    if (!*p)
        return NULL;
    for (; *p && (quote || !strchr(" \t\n", *p)); p++) {
        if (quote ? *p == quote : *p == '"' || *p == '\'')
            quote = quote ? 0 : *p;
        else
            str_char(&s, *p);
    }
    *text = p;
    return arena_strdup(a, str_text(&s));
}

struct err *kustomize_options_text(struct arena *a, const char *text, struct kustomize_options *out)
{
    const char **words = NEW_N(a, const char *, strlen(text) / 2 + 2), *word;
    size_t n = 0;
    while ((word = next_word(a, &text)))
        words[n++] = word;
    return kustomize_options_read(a, words, n, out);
}
