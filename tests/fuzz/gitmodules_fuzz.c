/* .gitmodules: paths stay inside, URLs of a repository stay at its host. */
#include "git/git.h"
#include "lib/fuzz.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char repository[] = "https://host/a/b.git";
    CLEANUP(arena_freep) struct arena *a = arena_new("fuzz");
    struct git_modules found;
    CLEANUP(err_freep) struct err *e = git_modules_read(a, (struct span){(const char *)data, size}, &found);
    if (e)
        return 0;
    for (size_t i = 0; i < found.len; i++) {
        const char *clean, *url = git_module_url(a, repository, found.at[i].url);
        if (!tree_join(a, "", found.at[i].path, &clean) || !streq(clean, found.at[i].path))
            abort();
        if (url && *found.at[i].url == '.' && url != found.at[i].url && strncmp(url, "https://host", 12) != 0)
            abort();
    }
    return 0;
}
