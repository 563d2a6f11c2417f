/* tests/lib/replay - runs a fuzz target over its corpus folder: a line of TAP a file, in a child process each. */
#include "lib/fuzz.h"
#include "lib/test.h"

#include <dirent.h>
#include <sys/wait.h>
#include <unistd.h>

static int replay(const char *path)
{
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0) {
        size_t len = 0;
        char *data = test_read_file(path, &len);
        alarm(30);
        LLVMFuzzerTestOneInput((const uint8_t *)data, len);
        free(data);
        exit(0);
    }
    int status = 0;
    waitpid(pid, &status, 0);
    return status;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        fprintf(stderr, "usage: %s CORPUS-FOLDER\n", argv[0]);
        return 2;
    }
    DIR *dir = opendir(argv[1]);
    char *names[4096];
    size_t n = 0;
    for (struct dirent *d; dir && (d = readdir(dir)) && n < ARRAY_LEN(names);)
        if (d->d_name[0] != '.')
            names[n++] = mem_strdup(d->d_name);
    if (dir)
        closedir(dir);
    qsort(names, n, sizeof(*names), by_name);
    int failed = 0;
    for (size_t i = 0; i < n; i++) {
        char *path = mem_printf("%s/%s", argv[1], names[i]);
        int status = replay(path);
        printf("%s %zu - %s\n", status ? "not ok" : "ok", i + 1, names[i]);
        failed += status != 0;
        free(path);
        free(names[i]);
    }
    printf("1..%zu\n", n);
    return failed != 0 || n == 0;
}
