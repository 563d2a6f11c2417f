/* capstan render - what a folder or a chart would deploy, printed.
 *
 * Needs no server and no network. `render helm` takes the flags of `helm template` and prints what it prints;
 * `render PATH` finds out the type of the source as the repo-server would. */
#include "services/cli/local/local.h"

#include "base/file.h"
#include "base/vec.h"
#include "doc/yaml.h"
#include "render/helm/helm.h"
#include "render/render.h"

#include <errno.h>
#include <limits.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    INPUT_MAX = 256 << 20,
    TIMEOUT_MS = 300000,
    SEED_MIN = 16,
    HEAP_STEP = 1 << 20,
    HEAP_BLOCK_MAX = 32 << 20
};

static const char helm_help[] =
    "Usage: capstan render helm [NAME] CHART [flags]\n"
    "\n"
    "Prints what `helm template` prints for the chart in a folder or an archive (.tgz), without a cluster "
    "and\n"
    "without a network. Documents go to stdout, warnings to stderr.\n"
    "\n"
    "Values, the later wins:\n"
    "  -f, --values FILE            a file of values; may be repeated, - is stdin\n"
    "      --set-json K=JSON        values as JSON, or one whole object {...}\n"
    "      --set K=V,K=V            values with types: a.b=1,list[0]=x,list={a,b},gone=null\n"
    "      --set-string K=V         values that stay texts\n"
    "      --set-file K=FILE        the content of a file\n"
    "      --set-literal K=V        all behind the = as it is\n"
    "\n"
    "The cluster and the release:\n"
    "  -n, --namespace NAME         .Release.Namespace (\"default\")\n"
    "      --kube-version VERSION   .Capabilities.KubeVersion (" HELM_KUBE_VERSION ")\n"
    "  -a, --api-versions GV        more of .Capabilities.APIVersions, separated by commas; may be repeated\n"
    "      --is-upgrade             .Release.IsUpgrade instead of IsInstall\n"
    "      --name-template NAME     the release's name as a flag\n"
    "\n"
    "What is printed:\n"
    "      --include-crds           the files of crds/ too\n"
    "      --no-hooks               no hooks\n"
    "      --skip-tests             no test hooks\n"
    "  -s, --show-only FILE         only these templates (templates/x.yaml, globs too); may be repeated\n"
    "      --explain                instead of documents: the values that each template read, and where each "
    "came from\n"
    "      --skip-schema-validation do not check values.schema.json\n"
    "      --helm-version 3|4       whose semantics, where they differ (4)\n"
    "      --stable-seed-file FILE  random texts, keys and certificates are the same at each render with "
    "the\n"
    "                               same FILE, a secret of at least 16 bytes; its age is the time of `now`\n"
    "      --debug                  print what was rendered even where it is no YAML\n"
    "\n"
    "Exit codes: 0 rendered, 1 refused or wrong usage.\n"
    "\n"
    "Examples:\n"
    "  capstan render helm shop ./charts/shop\n"
    "  capstan render helm shop shop-1.2.0.tgz -n shop -f prod.yaml --set image.tag=1.2.1\n"
    "  capstan render helm ./charts/shop --kube-version 1.34.0 -s templates/deployment.yaml\n";

static const char path_help[] =
    "Usage: capstan render PATH [flags]\n"
    "       capstan render helm [NAME] CHART [flags]     as `helm template`; see capstan render helm --help\n"
    "       capstan render kustomize [DIR] [flags]       as `kustomize build`; see capstan render kustomize "
    "--help\n"
    "\n"
    "Prints the manifests that an application with this folder as its source would have: a Helm chart where "
    "there\n"
    "is a Chart.yaml, a kustomization where there is a kustomization.yaml, plain manifests otherwise. Links "
    "are followed inside the Git repository around the "
    "folder.\n"
    "\n"
    "  -n, --namespace NAME         of the destination\n"
    "      --name NAME              of the application (the folder's)\n"
    "      --kube-version VERSION   of the cluster\n"
    "  -a, --api-versions GV        what the cluster has, separated by commas; may be repeated\n"
    "\n"
    "Exit codes: 0 rendered, 1 refused or wrong usage.\n";

struct words {
    const char **at;
    size_t len, cap;
};

/* All flags of both commands. */
struct flags {
    struct arena *a;
    struct words values, versions, show_only, rest;
    VEC(struct helm_setting) settings;
    VEC(struct helm_values_file) files;
    const char *namespace, *kube_version, *name, *stable_seed_file, *helm_version;
    bool failed_in_templates; /* the error came from there */
    bool include_crds, no_hooks, skip_tests, is_upgrade, skip_schema, generate_name, debug, explain, help;
};

static void flags_release(struct flags *f)
{
    vec_release(&f->values);
    vec_release(&f->versions);
    vec_release(&f->show_only);
    vec_release(&f->rest);
    vec_release(&f->settings);
    vec_release(&f->files);
}

/* --- flags --- */

#define AT(member) offsetof(struct flags, member)
static const struct {
    const char *name;
    char letter;
    size_t at;
} switches[] = {
    {"include-crds", 0, AT(include_crds)},
    {"no-hooks", 0, AT(no_hooks)},
    {"skip-tests", 0, AT(skip_tests)},
    {"is-upgrade", 0, AT(is_upgrade)},
    {"skip-schema-validation", 0, AT(skip_schema)},
    {"generate-name", 'g', AT(generate_name)},
    {"debug", 0, AT(debug)},
    {"explain", 0, AT(explain)},
    {"help", 'h', AT(help)},
};
static const struct {
    const char *name;
    char letter;
    size_t at;
} texts[] = {
    {"namespace", 'n', AT(namespace)},
    {"kube-version", 0, AT(kube_version)},
    {"name-template", 0, AT(name)},
    {"name", 0, AT(name)},
    {"stable-seed-file", 0, AT(stable_seed_file)},
    {"helm-version", 0, AT(helm_version)},
};
static const struct {
    const char *name;
    char letter;
    bool commas; /* separate words */
    size_t at;
} lists[] = {
    {"values", 'f', true, AT(values)},
    {"api-versions", 'a', true, AT(versions)},
    {"show-only", 's', false, AT(show_only)},
};
static const struct {
    const char *name;
    enum helm_set kind;
} settings[] = {
    {"set", HELM_SET},           {"set-string", HELM_SET_STRING},   {"set-file", HELM_SET_FILE},
    {"set-json", HELM_SET_JSON}, {"set-literal", HELM_SET_LITERAL},
};

/* One flag of the command line: its name, or its letter, and the value that stands with it. */
struct flag {
    struct span name; /* {NULL, 0} for a letter */
    char letter;
    const char *value; /* NULL when there is none yet */
};

static bool is_flag(const struct flag *f, const char *name, char letter)
{
    return f->name.at ? span_is(f->name, name) : letter && f->letter == letter;
}

static struct flag flag_of(const char *word)
{
    struct flag f = {.letter = word[1]};
    if (word[1] != '-') {
        f.value = word[2] ? word + 2 + (word[2] == '=') : NULL;
        return f;
    }
    const char *equals = strchr(word, '=');
    f.name = (struct span){word + 2, equals ? (size_t)(equals - word - 2) : strlen(word + 2)};
    f.value = equals ? equals + 1 : NULL;
    return f;
}

static bool take_switch(struct flags *all, const struct flag *f)
{
    for (size_t i = 0; i < ARRAY_LEN(switches); i++)
        if (is_flag(f, switches[i].name, switches[i].letter)) {
            *((bool *)((char *)all + switches[i].at)) = !f->value || !streq(f->value, "false");
            return true;
        }
    return false;
}

static void push_words(struct flags *all, struct words *list, const char *value, bool commas)
{
    struct span rest = span_of(value), one;
    if (!commas) {
        vec_push(list, value);
        return;
    }
    while (span_cut(&rest, ',', &one))
        vec_push(list, arena_strndup(all->a, one.at, one.len));
}

static bool take_value(struct flags *all, const struct flag *f)
{
    for (size_t i = 0; i < ARRAY_LEN(texts); i++)
        if (is_flag(f, texts[i].name, texts[i].letter)) {
            *((const char **)(void *)((char *)all + texts[i].at)) = f->value;
            return true;
        }
    for (size_t i = 0; i < ARRAY_LEN(lists); i++)
        if (is_flag(f, lists[i].name, lists[i].letter)) {
            push_words(all, (struct words *)(void *)((char *)all + lists[i].at), f->value, lists[i].commas);
            return true;
        }
    for (size_t i = 0; i < ARRAY_LEN(settings); i++)
        if (is_flag(f, settings[i].name, 0)) {
            vec_push(&all->settings, (struct helm_setting){settings[i].kind, f->value});
            return true;
        }
    return false;
}

static struct err *flags_read(struct flags *all, int argc, char **argv)
{
    bool ended = false;
    for (int i = 1; i < argc; i++) {
        const char *word = argv[i];
        if (ended || word[0] != '-' || !word[1]) {
            vec_push(&all->rest, word);
            continue;
        }
        if ((ended = streq(word, "--")))
            continue;
        struct flag f = flag_of(word);
        if (take_switch(all, &f))
            continue;
        if (!f.value && i + 1 < argc)
            f.value = argv[++i];
        if (!f.value || !take_value(all, &f))
            return err_new(ERR_INVALID, "unknown flag or a flag without its value: %s; --help lists them",
                           word);
    }
    return NULL;
}

/* --- where things lie --- */

static struct err *read_local(void *arg, const char *path, struct arena *a, struct span *out)
{
    (void)arg;
    return file_read(a, streq(path, "-") ? "/dev/stdin" : path, INPUT_MAX, out);
}

/* The Git repository around the folder, or else the folder itself: links are followed inside. *path is where
 * the folder or archive lies in it. */
static struct err *open_root(struct arena *a, const char *given, struct tree **tree, const char **path)
{
    char real[PATH_MAX];
    if (!realpath(given, real))
        return err_new(ERR_NOT_FOUND, "path \"%s\" not found", given);
    char *end = real + strlen(real);
    struct tree_stat st;
    CLEANUP(tree_freep) struct tree *probe = NULL;
    char *slash = strrchr(real, '/');
    const char *name = arena_strdup(a, slash + 1),
               *parent = slash == real ? "/" : arena_strndup(a, real, (size_t)(slash - real));
    TRY(tree_local(parent, &probe));
    TRY(tree_stat(probe, name, &st));
    if (st.kind == TREE_FILE)
        end = slash;
    const char *whole = arena_strdup(a, real);
    size_t base = (size_t)(end - real);
    for (size_t n = base; n; n--) {
        if (n != base && whole[n] != '/')
            continue;
        if (file_exists(arena_printf(a, "%.*s/.git", (int)n, whole))) {
            base = n;
            break;
        }
    }
    *path = whole + base + (whole[base] == '/');
    return tree_local(base ? arena_strndup(a, whole, base) : "/", tree);
}

static int failed(const struct err *e, bool hint)
{
    fprintf(stderr, "Error: %s\n%s", e->msg, hint ? "\nUse --debug flag to render out invalid YAML\n" : "");
    return 1;
}

static int print(struct err *e, const struct doc *warnings, const struct str *text, bool hint)
{
    doc_each (it, warnings)
        fprintf(stderr, "%s\n", doc_str(it.val, ""));
    fwrite(str_text(text), 1, text->len, stdout);
    int code = fflush(stdout) == 0 ? 0 : 1;
    if (e)
        code = failed(e, hint);
    err_free(e);
    return code;
}

/* --- render helm --- */

static struct err *chart_of(struct flags *f, const char **chart)
{
    if (f->rest.len > 2)
        return err_new(ERR_INVALID, "expected at most two arguments, unexpected arguments: %s",
                       f->rest.at[2]);
    if (f->rest.len == 0)
        return err_new(ERR_INVALID, "\"capstan render helm\" needs a chart: [NAME] CHART; see --help");
    if (f->rest.len == 2 && f->generate_name)
        return err_new(ERR_INVALID, "cannot set --generate-name and also specify a name");
    if (f->rest.len == 2 && f->name)
        return err_new(ERR_INVALID, "cannot set --name-template and also specify a name");
    *chart = f->rest.at[f->rest.len - 1];
    if (f->name)
        return helm_release_name(f->a, f->name, &f->name);
    if (f->rest.len == 2)
        f->name = f->rest.at[0];
    return NULL;
}

static struct err *read_values(struct flags *f)
{
    vec_each (name, &f->values) {
        struct helm_values_file file = {.name = *name};
        if (starts_with(*name, "http://") || starts_with(*name, "https://"))
            return err_new(ERR_UNIMPLEMENTED,
                           "%s: capstan render has no network; fetch it and give it as a file, or as - by "
                           "`curl -fsSL %s | capstan render helm ... -f -`",
                           *name, *name);
        struct err *e = read_local(NULL, *name, f->a, &file.text);
        if (err_eat(&e, ERR_NOT_FOUND))
            return err_new(ERR_NOT_FOUND, "open %s: no such file or directory", *name);
        TRY(e);
        vec_push(&f->files, file);
    }
    return NULL;
}

static struct err *take_helm_version(const struct flags *f, struct helm_request *rq)
{
    const char *version = f->helm_version ? f->helm_version : "4";
    if (!streq(version, "3") && !streq(version, "4"))
        return err_new(ERR_INVALID, "--helm-version %s: 3 and 4 are known", version);
    rq->version = *version == '3' ? HELM_3 : HELM_4;
    return NULL;
}

/* The secret that randomness is made from, and the time of the file as that of all renders with it. */
static struct err *take_stable_seed(struct flags *f, struct helm_request *rq, struct clock_fake *clock)
{
    struct stat st;
    if (!f->stable_seed_file)
        return NULL;
    TRY(file_read(f->a, f->stable_seed_file, INPUT_MAX, &rq->stable_seed));
    if (rq->stable_seed.len < SEED_MIN)
        return err_new(ERR_INVALID, "%s: a seed that nobody guesses has %d bytes at least",
                       f->stable_seed_file, SEED_MIN);
    if (stat(f->stable_seed_file, &st))
        return err_errno(errno, "%s", f->stable_seed_file);
    clock_fake_init(clock, (int64_t)st.st_mtim.tv_sec * 1000);
    rq->clock = &clock->clock;
    return NULL;
}

/* A template, the kinds that it made, and a line for each value. */
static void print_explained(const struct helm_output *o, struct str *text)
{
    const char *file = "";
    for (size_t i = 0; i < o->explained.len; i++) {
        const struct helm_read *r = &o->explained.at[i];
        if (!streq(r->file, file)) {
            str_printf(text, "%s%s", i ? "\n" : "", r->file);
            for (size_t k = 0; k < o->documents.len; k++)
                if (streq(o->documents.at[k].source, r->file))
                    str_printf(text, " %s", o->documents.at[k].kind);
            str_char(text, '\n');
            file = r->file;
        }
        str_printf(text, "  %-40s %-30s %s\n", r->path, *r->value ? r->value : "-", r->from);
    }
}

static struct err *helm(struct flags *f, struct str *text, struct helm_output *out)
{
    CLEANUP(tree_freep) struct tree *tree = NULL;
    CLEANUP(helm_cache_freep) struct helm_cache *cache = NULL;
    const char *chart = NULL, *path = NULL;
    struct clock_fake clock;
    struct call root, call;
    TRY(chart_of(f, &chart));
    TRY(read_values(f));
    TRY(open_root(f->a, chart, &tree, &path));
    struct helm_request rq = {
        .release = f->name,
        .namespace = f->namespace,
        .kube_version = f->kube_version,
        .api_versions = {f->versions.at, f->versions.len},
        .include_crds = f->include_crds,
        .skip_tests = f->skip_tests,
        .no_hooks = f->no_hooks,
        .is_upgrade = f->is_upgrade,
        .skip_schema = f->skip_schema,
        .explain = f->explain,
        .files = f->files.at,
        .files_len = f->files.len,
        .settings = f->settings.at,
        .settings_len = f->settings.len,
        .reader = {read_local, NULL},
    };
    TRY(take_helm_version(f, &rq));
    TRY(take_stable_seed(f, &rq, &clock));
    cache = helm_cache_new(0);
    call_init(&root);
    call_child(&call, &root, TIMEOUT_MS);
    rq.call = &call;
    struct err *e = helm_render(cache, tree, path, &rq, f->a, out);
    f->failed_in_templates = e && out->rendering;
    if (e && f->debug && out->documents.len)
        helm_print(out, text);
    TRY(e);
    if (f->explain) {
        print_explained(out, text);
        return NULL;
    }
    if (f->show_only.len)
        return helm_print_only(out, &(struct helm_words){f->show_only.at, f->show_only.len}, text);
    helm_print(out, text);
    return NULL;
}

/* --- render PATH --- */

static struct err *folder(struct flags *f, struct str *text, struct render_result *out)
{
    CLEANUP(tree_freep) struct tree *tree = NULL;
    const char *path = NULL;
    struct call root, call;
    if (f->rest.len != 1)
        return err_new(ERR_INVALID, "\"capstan render\" needs one folder; see --help");
    TRY(open_root(f->a, f->rest.at[0], &tree, &path));
    const char *slash = strrchr(path, '/');
    struct render_request rq = {
        .path = path,
        .app_name = f->name ? f->name
                    : *path ? (slash ? slash + 1 : path)
                            : "app",
        .namespace = f->namespace,
        .kube_version = f->kube_version,
        .api_versions = f->versions.at,
        .api_versions_len = f->versions.len,
    };
    call_init(&root);
    call_child(&call, &root, TIMEOUT_MS);
    TRY(render(&call, tree, &rq, f->a, out));
    doc_each (it, out->manifests) {
        str_add(text, "---\n");
        yaml_write(text, it.val, YAML_WRITE_SIGS);
    }
    return NULL;
}

/* A render takes a megabyte or more, then the process ends: its heap grows in steps of that size and gives
 * nothing back before. */
static void expect_one_render(void)
{
    mallopt(M_TOP_PAD, HEAP_STEP);
    mallopt(M_TRIM_THRESHOLD, INT_MAX);
    mallopt(M_MMAP_THRESHOLD, HEAP_BLOCK_MAX);
}

int local_render(int argc, char **argv)
{
    expect_one_render();
    CLEANUP(arena_freep) struct arena *a = arena_new("render");
    CLEANUP(flags_release) struct flags f = {.a = a};
    CLEANUP(str_release) struct str text = {0};
    bool is_helm = argc > 1 && streq(argv[1], "helm");
    if (argc > 1 && streq(argv[1], "kustomize"))
        return local_render_kustomize(argc - 1, argv + 1);
    struct helm_output rendered = {0};
    struct render_result result = {0};
    struct err *e = flags_read(&f, argc - is_helm, argv + is_helm);
    if (!e && (f.help || argc < 2)) {
        fputs(is_helm ? helm_help : path_help, f.help ? stdout : stderr);
        return f.help ? 0 : 1;
    }
    if (!e)
        e = is_helm ? helm(&f, &text, &rendered) : folder(&f, &text, &result);
    return print(e, is_helm ? rendered.warnings : result.warnings, &text, f.failed_in_templates && !f.debug);
}
