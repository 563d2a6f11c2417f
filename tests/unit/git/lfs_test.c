/* Pointers of Git LFS. */
#include "git/lfs.h"
#include "lib/test.h"

#define OID "4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393"
#define V1 "version https://git-lfs.github.com/spec/v1\n"

TEST(a_pointer_is_told_from_other_texts)
{
    static const struct {
        const char *text;
        int64_t size; /* -1: none */
    } rows[] = {
        {V1 "oid sha256:" OID "\nsize 12345\n", 12345},
        {V1 "ext-0-foo sha256:" OID "\noid sha256:" OID "\nsize 0\n", 0},
        {V1 "oid sha256:" OID "\n", -1},
        {V1 "oid sha256:abc\nsize 1\n", -1},
        {V1 "oid sha256:" OID "0\nsize 1\n", -1},
        {V1 "oid sha256:../../../../etc/passwd00000000000000000000000000000000000000000000\nsize 1\n", -1},
        {V1 "oid sha256:" OID "\nsize x\n", -1},
        {V1 "oid sha256:" OID "\nsize -5\n", -1},
        {"version https://example.org/v1\noid sha256:" OID "\nsize 1\n", -1},
        {"kind: ConfigMap\n", -1},
        {"", -1},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct git_lfs_pointer p;
        bool is = git_lfs_pointer_read(span_of(rows[i].text), &p);
        CHECKF(is == (rows[i].size >= 0), "%s", rows[i].text);
        if (is) {
            CHECK_INT(p.size, rows[i].size);
            CHECK_STR(p.oid, OID);
        }
    }
}

TEST_MAIN
