/* Any text as a folder of kustomizations: built within the limits, or refused. A line "=== PATH" begins a
 * file. */
#include "base/str.h"
#include "lib/fuzz.h"
#include "render/kustomize/cache.h"
#include "render/kustomize/kustomize.h"

enum { FILES_MAX = 16, PATH_MAX_BYTES = 64 };

struct folder {
    struct tree tree;
    struct {
        char path[PATH_MAX_BYTES];
        struct span text;
    } files[FILES_MAX];
    size_t len;
};

static struct err *folder_stat(struct tree *t, const char *path, struct tree_stat *out)
{
    struct folder *f = CONTAINER(t, struct folder, tree);
    size_t n = strlen(path);
    *out = (struct tree_stat){.kind = n ? TREE_ABSENT : TREE_DIR};
    for (size_t i = 0; i < f->len; i++) {
        if (streq(f->files[i].path, path))
            out->kind = TREE_FILE;
        else if (strncmp(f->files[i].path, path, n) == 0 && f->files[i].path[n] == '/')
            out->kind = TREE_DIR;
    }
    return NULL;
}

static struct err *folder_list(struct tree *t, const char *path, struct arena *a, struct tree_list *out)
{
    (void)t;
    (void)path;
    (void)a;
    *out = (struct tree_list){NULL, 0};
    return NULL;
}

static struct err *folder_read(struct tree *t, const char *path, size_t limit, struct arena *a,
                               struct span *out)
{
    struct folder *f = CONTAINER(t, struct folder, tree);
    (void)limit;
    (void)a;
    for (size_t i = 0; i < f->len; i++)
        if (streq(f->files[i].path, path)) {
            *out = f->files[i].text;
            return NULL;
        }
    return err_new(ERR_NOT_FOUND, "%s: no such file", path);
}

static void split(struct folder *f, struct span text)
{
    struct span line, rest = text;
    while (f->len < FILES_MAX && span_cut(&rest, '\n', &line)) {
        bool head = line.len > 4 && line.len < PATH_MAX_BYTES && memcmp(line.at, "=== ", 4) == 0;
        if (head) {
            memcpy(f->files[f->len].path, line.at + 4, line.len - 4);
            f->files[f->len++].text = (struct span){line.at + line.len, 0};
        } else if (f->len) {
            struct span *own = &f->files[f->len - 1].text;
            own->len = (size_t)(line.at + line.len - own->at);
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct tree_ops ops = {.stat = folder_stat, .list = folder_list, .read = folder_read};
    CLEANUP(arena_freep) struct arena *a = arena_new("fuzz");
    CLEANUP(str_release) struct str text = {0};
    struct folder f = {.tree = {&ops}};
    struct kustomize_request rq = {.tree = &f.tree, .path = "", .enable_helm = true};
    struct kustomize_output out;
    split(&f, (struct span){(const char *)data, size});
    struct err *e = kustomize_build(&rq, a, &out);
    if (!e)
        kustomize_print(&out, &text);
    err_free(e);
    return 0;
}
