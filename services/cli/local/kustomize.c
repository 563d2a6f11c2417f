/* capstan render kustomize - what a kustomization would deploy, printed as `kustomize build` prints it.
 *
 * This program links no Git and no network: what a kustomization names by a URL is refused with a sentence.
 */
#include "render/kustomize/kustomize.h"
#include "base/file.h"
#include "base/str.h"
#include "base/time.h"
#include "doc/yaml.h"
#include "render/kustomize/options.h"
#include "render/kustomize/resource.h"
#include "services/cli/local/local.h"

#include <ctype.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

enum { TIMEOUT_MS = 300000 };

static const char help[] =
    "Usage: capstan render kustomize [DIR] [flags]\n"
    "\n"
    "Prints what `kustomize build` prints for the folder (.). Documents go to stdout, warnings to stderr: "
    "fields\n"
    "that are deprecated, and patches, selectors and replacements that changed nothing, with file and line.\n"
    "Remote bases are not loaded: clone them and name their folders.\n"
    "\n"
    "      --enable-helm                inflate helmCharts; charts must lie in chartHome\n"
    "      --load-restrictor WORD       LoadRestrictionsRootOnly (the default) or LoadRestrictionsNone: "
    "files from\n"
    "                                   outside of the kustomization's folder too\n"
    "      --reorder WORD               legacy (the default) or none: the order as it is written\n"
    "  -o, --output PATH                a file, or a folder that gets a file for each object\n"
    "      --enable-managedby-label     label objects with app.kubernetes.io/managed-by\n"
    "      --helm-kube-version VERSION  of the cluster, for charts\n"
    "      --helm-api-versions GV       what the cluster has, for charts; may be repeated\n"
    "  -e, --env NAME                   taken for compatibility, as --mount, --network-name and "
    "--helm-command are\n"
    "\n"
    "Exit codes: 0 built, 1 refused or wrong usage.\n"
    "\n"
    "Examples:\n"
    "  capstan render kustomize overlays/prod\n"
    "  capstan render kustomize overlays/prod --enable-helm -o build/\n";

/* --- a file for each object --- */

static const char *lower(struct arena *a, const char *text)
{
    char *out = arena_strdup(a, text);
    for (char *p = out; *p; p++)
        *p = *p == '/' ? '_' : (char)tolower((unsigned char)*p);
    return out;
}

static const char *namespace_of(const struct kustomize_id *id)
{
    return kustomize_is_cluster_scoped(&id->gvk) ? "" : kustomize_effective_namespace(id);
}

static bool has_several_namespaces(struct arena *a, const struct doc *objects)
{
    const char *first = NULL;
    doc_each (it, objects) {
        struct kustomize_id id = kustomize_id_of(a, it.val);
        const char *namespace = namespace_of(&id);
        if (first && *namespace && !streq(first, namespace))
            return true;
        if (*namespace)
            first = namespace;
    }
    return false;
}

/* "<namespace>_<group>_<version>_<kind>_<name>.yaml" without what is empty. */
static const char *file_name(struct arena *a, const struct doc *object, bool with_namespace)
{
    struct kustomize_id id = kustomize_id_of(a, object);
    const char *parts[] = {with_namespace ? namespace_of(&id) : "", id.gvk.group, id.gvk.version,
                           id.gvk.kind};
    const char *name = "";
    for (size_t i = 0; i < ARRAY_LEN(parts); i++)
        if (*parts[i])
            name = arena_printf(a, "%s%s_", name, parts[i]);
    return lower(a, arena_printf(a, "%s%s.yaml", name, id.name));
}

static struct err *write_objects(struct arena *a, const char *folder, const struct doc *objects)
{
    bool several = has_several_namespaces(a, objects);
    doc_each (it, objects) {
        CLEANUP(str_release) struct str text = {0};
        yaml_write(&text, it.val, YAML_WRITE_SIGS);
        TRY(file_write(arena_printf(a, "%s/%s", folder, file_name(a, it.val, several)), str_span(&text),
                       0644));
    }
    return NULL;
}

static struct err *write_all(struct arena *a, const char *to, const struct kustomize_output *out)
{
    CLEANUP(str_release) struct str text = {0};
    struct stat st;
    if (to && stat(to, &st) == 0 && S_ISDIR(st.st_mode))
        return write_objects(a, to, out->objects);
    kustomize_print(out, &text);
    if (to)
        return file_write(to, str_span(&text), 0644);
    fwrite(str_text(&text), 1, text.len, stdout);
    return fflush(stdout) == 0 ? NULL : err_new(ERR_UNKNOWN, "cannot write to stdout");
}

/* --- the build --- */

static struct err *build(struct arena *a, const struct kustomize_options *o, struct kustomize_output *out)
{
    CLEANUP(tree_freep) struct tree *tree = NULL;
    const char *given = o->paths.len ? o->paths.at[0] : ".";
    char real[PATH_MAX];
    struct call root, call;
    if (o->paths.len > 1)
        return err_new(ERR_INVALID, "specify one path to kustomization.yaml");
    if (!realpath(given, real))
        return err_new(ERR_NOT_FOUND, "must build at directory: not a valid directory: path \"%s\" not found",
                       given);
    TRY(tree_local("/", &tree));
    call_init(&root);
    call_child(&call, &root, TIMEOUT_MS);
    struct kustomize_request rq = {.call = &call,
                                   .tree = tree,
                                   .path = real + 1,
                                   .load_any = o->load_any,
                                   .enable_helm = o->enable_helm,
                                   .fifo = o->fifo,
                                   .managed_by = o->managed_by,
                                   .kube_version = o->kube_version,
                                   .api_versions = o->api_versions.at,
                                   .api_versions_len = o->api_versions.len};
    return kustomize_build(&rq, a, out);
}

int local_render_kustomize(int argc, char **argv)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("render");
    struct kustomize_options o;
    struct kustomize_output out = {0};
    struct err *e = kustomize_options_read(a, (const char *const *)argv + 1, (size_t)argc - 1, &o);
    if (!e && o.help) {
        fputs(help, stdout);
        return 0;
    }
    if (!e)
        e = build(a, &o, &out);
    doc_each (it, out.warnings)
        fprintf(stderr, "Warning: %s\n", doc_str(it.val, ""));
    if (!e)
        e = write_all(a, o.output, &out);
    if (!e)
        return 0;
    fprintf(stderr, "Error: %s\n", e->msg);
    err_free(e);
    return 1;
}
