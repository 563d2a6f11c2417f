/* git/lfs.h - a tree in which pointers of Git LFS read as what they point to
 * (https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md, docs/api/batch.md; specs/engine.md §7.2).
 *
 * An object is fetched when it is read, checked against its digest, and kept in `dir`. Over https and http;
 * servers that are only known by ssh are refused with a sentence. */
#ifndef CAPSTAN_GIT_LFS_H
#define CAPSTAN_GIT_LFS_H

#include "git/git.h"

struct git_lfs {
    const struct call *call;
    const char *url;                 /* of the repository */
    const struct git_access *access; /* its; what is not of http is not looked at */
    const char *dir;                 /* made when it is needed */
};
/* Takes `inner` over. `lfs` and what it names must outlive the tree. Digests stay those of the pointers. */
struct tree *git_lfs_tree(struct tree *inner, const struct git_lfs *lfs) MUST_USE;

struct git_lfs_pointer {
    char oid[65]; /* SHA-256, hexadecimal */
    int64_t size;
};
/* False when the text is none. */
bool git_lfs_pointer_read(struct span text, struct git_lfs_pointer *out);

#endif
