/* git/ssh - the smart protocol through a spawned `ssh`, which knows every key type and checks known hosts as people expect.
 *
 * The private key and the known hosts go to files of mode 0600 in a private folder that lives as long as the connection;
 * nothing secret is in argv. Every read and write waits with poll and looks at the call, so a silent server costs a
 * deadline, not a thread. */
#include "git/transport.h"

#include "base/file.h"
#include "base/proc.h"
#include "base/str.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

enum { POLL_MS = 50, STDERR_MAX = 4096 };

struct ssh_transport {
    git_smart_subtransport parent;
    struct git_session *session;
    struct ssh_stream *stream;
    char *folder; /* key and known hosts */
};

struct ssh_stream {
    git_smart_subtransport_stream parent;
    struct ssh_transport *transport;
    pid_t pid;
    int in, out, err; /* to its stdin, from its stdout and stderr */
    struct str said;  /* its stderr */
};

static void close_fd(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

/* --- the address: ssh://[user@]host[:port]/path or [user@]host:path --- */

struct address {
    const char *target; /* user@host */
    const char *port;   /* NULL = ssh's default */
    const char *path;
};

static bool parse(struct arena *a, const char *url, struct address *out)
{
    *out = (struct address){0};
    if (!starts_with(url, "ssh://")) {
        const char *colon = strchr(url, ':');
        if (!colon || colon == url)
            return false;
        out->target = arena_strndup(a, url, (size_t)(colon - url));
        out->path = colon + 1;
        return *out->path && *out->target != '-';
    }
    url += strlen("ssh://");
    const char *slash = strchr(url, '/');
    if (!slash)
        return false;
    char *host = arena_strndup(a, url, (size_t)(slash - url));
    char *bracket = strrchr(host, ']'), *colon = strrchr(bracket ? bracket : host, ':');
    if (colon) {
        *colon = 0;
        out->port = colon + 1;
    }
    out->target = host;
    out->path = slash[1] == '~' ? slash + 1 : slash;
    return *host && *host != '-';
}

/* The path as one word of the server's shell. */
static const char *quoted(struct arena *a, const char *path)
{
    CLEANUP(str_release) struct str s = {0};
    str_char(&s, '\'');
    for (; *path; path++)
        if (*path == '\'')
            str_add(&s, "'\\''");
        else
            str_char(&s, *path);
    str_char(&s, '\'');
    return arena_strdup(a, str_text(&s));
}

/* --- the child --- */

static struct err *write_files(struct ssh_transport *t, struct arena *a, const char **key, const char **hosts)
{
    const struct git_access *access = t->session->access;
    TRY(file_tempdir("capstan-ssh", &t->folder));
    *key = *hosts = NULL;
    if (access && access->ssh_key) {
        struct span pem = secret_span(access->ssh_key);
        *key = arena_printf(a, "%s/key", t->folder);
        CLEANUP(str_release) struct str text = {0};
        str_add_span(&text, pem);
        if (pem.len && pem.at[pem.len - 1] != '\n')
            str_char(&text, '\n'); /* ssh refuses a key without its last line end */
        struct err *e = file_write(*key, str_span(&text), 0600);
        secret_wipe(text.at, text.cap);
        TRY(e);
    }
    if (access && access->known_hosts && !access->insecure) {
        *hosts = arena_printf(a, "%s/known_hosts", t->folder);
        TRY(file_write(*hosts, span_of(access->known_hosts), 0600));
    }
    return NULL;
}

static struct err *spawn(struct ssh_stream *s, const char *url)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("ssh");
    struct address to;
    const char *key = NULL, *hosts = NULL;
    if (!parse(a, url, &to))
        return err_new(ERR_INVALID, "'%s' is no ssh address: ssh://user@host/path or user@host:path", url);
    TRY(write_files(s->transport, a, &key, &hosts));
    const char *argv[24];
    size_t n = 0;
    argv[n++] = "ssh";
    argv[n++] = "-oBatchMode=yes";
    argv[n++] = "-oConnectTimeout=10";
    argv[n++] = hosts ? "-oStrictHostKeyChecking=yes" : "-oStrictHostKeyChecking=no";
    argv[n++] = arena_printf(a, "-oUserKnownHostsFile=%s", hosts ? hosts : "/dev/null");
    argv[n++] = "-oGlobalKnownHostsFile=/dev/null";
    argv[n++] = "-oLogLevel=ERROR";
    argv[n++] = "-F/dev/null";
    if (key) {
        argv[n++] = "-oIdentitiesOnly=yes";
        argv[n++] = arena_printf(a, "-i%s", key);
    }
    if (to.port)
        argv[n++] = arena_printf(a, "-p%s", to.port);
    argv[n++] = "--";
    argv[n++] = to.target;
    argv[n++] = arena_printf(a, "git-upload-pack %s", quoted(a, to.path));
    argv[n] = NULL;
    int in[2], out[2], err[2];
    if (pipe2(in, O_CLOEXEC) < 0 || pipe2(out, O_CLOEXEC) < 0 || pipe2(err, O_CLOEXEC) < 0)
        return err_errno(errno, "pipe");
    const int fds[3] = {in[0], out[1], err[1]};
    struct err *e = proc_start(&(struct proc_spec){.argv = argv}, fds, &s->pid);
    for (int i = 0; i < 3; i++)
        close(fds[i]);
    s->in = in[1];
    s->out = out[0];
    s->err = err[0];
    return e;
}

/* Waits for `fd`, gathering what ssh says meanwhile. */
static struct err *wait_for(struct ssh_stream *s, int fd, short events)
{
    for (;;) {
        TRY(call_check(s->transport->session->call));
        struct pollfd p[2] = {{fd, events, 0}, {s->err, POLLIN, 0}};
        if (poll(p, 2, POLL_MS) < 0 && errno != EINTR)
            return err_errno(errno, "poll");
        if (p[1].revents & (POLLIN | POLLHUP)) {
            char text[512];
            ssize_t n = read(s->err, text, sizeof(text));
            if (n > 0)
                str_add_n(&s->said, text, (size_t)n);
            else
                close_fd(&s->err);
        }
        if (p[0].revents)
            return NULL;
    }
}

/* Why the connection ended: the last thing that ssh said. */
static struct err *ended(struct ssh_stream *s)
{
    struct span said = span_trim(str_span(&s->said));
    const char *text = said.len ? said.at : "the server closed the connection";
    bool denied = strstr(text, "Permission denied") != NULL, host = strstr(text, "Host key verification") != NULL;
    return err_reason(denied || host ? ERR_UNAUTHENTICATED : ERR_UNAVAILABLE,
                      host ? "HostKeyVerification" : denied ? "AuthenticationFailed" : "SSHFailed", "ssh: %.*s%s",
                      (int)(said.len ? said.len : strlen(text)), text,
                      host ? " (add the host's key to argocd-ssh-known-hosts-cm)" : "");
}

static int stream_read(git_smart_subtransport_stream *stream, char *buffer, size_t size, size_t *got)
{
    struct ssh_stream *s = (struct ssh_stream *)stream;
    struct err *e = wait_for(s, s->out, POLLIN);
    ssize_t n = e ? 0 : read(s->out, buffer, size);
    if (!e && n < 0)
        e = err_errno(errno, "read from ssh");
    if (!e && n == 0) {
        /* Its last words may still be in the pipe. */
        while (!e && s->err >= 0)
            e = wait_for(s, s->err, POLLIN);
        if (!e)
            e = ended(s);
    }
    *got = e ? 0 : (size_t)n;
    return e ? git_session_fail(s->transport->session, e) : 0;
}

static int stream_write(git_smart_subtransport_stream *stream, const char *buffer, size_t len)
{
    struct ssh_stream *s = (struct ssh_stream *)stream;
    while (len) {
        struct err *e = wait_for(s, s->in, POLLOUT);
        ssize_t n = e ? -1 : write(s->in, buffer, len);
        if (!e && n < 0)
            e = errno == EPIPE ? ended(s) : err_errno(errno, "write to ssh");
        if (e)
            return git_session_fail(s->transport->session, e);
        buffer += n;
        len -= (size_t)n;
    }
    return 0;
}

static void stream_free(git_smart_subtransport_stream *stream)
{
    struct ssh_stream *s = (struct ssh_stream *)stream;
    close_fd(&s->in);
    close_fd(&s->out);
    close_fd(&s->err);
    if (s->pid > 0) {
        proc_kill(s->pid, SIGKILL);
        while (waitpid(s->pid, NULL, 0) < 0 && errno == EINTR)
            ;
    }
    str_release(&s->said);
    if (s->transport->stream == s)
        s->transport->stream = NULL;
    free(s);
}

static int action(git_smart_subtransport_stream **out, git_smart_subtransport *transport, const char *url,
                  git_smart_service_t service)
{
    struct ssh_transport *t = (struct ssh_transport *)transport;
    if (service == GIT_SERVICE_UPLOADPACK && t->stream) {
        *out = &t->stream->parent; /* one connection serves both steps */
        return 0;
    }
    if (service != GIT_SERVICE_UPLOADPACK_LS)
        return git_session_fail(t->session, err_new(ERR_UNIMPLEMENTED, "only fetching is done here"));
    struct ssh_stream *s = mem_zalloc(sizeof(*s));
    s->parent = (git_smart_subtransport_stream){transport, stream_read, stream_write, stream_free};
    s->transport = t;
    s->in = s->out = s->err = -1;
    s->said.limit = STDERR_MAX;
    struct err *e = spawn(s, url);
    if (e) {
        stream_free(&s->parent);
        return git_session_fail(t->session, e);
    }
    t->stream = s;
    *out = &s->parent;
    return 0;
}

static int transport_close(git_smart_subtransport *transport)
{
    struct ssh_transport *t = (struct ssh_transport *)transport;
    if (t->stream)
        stream_free(&t->stream->parent);
    return 0;
}

static void transport_free(git_smart_subtransport *transport)
{
    struct ssh_transport *t = (struct ssh_transport *)transport;
    if (t->folder)
        err_free(file_remove(t->folder));
    free(t->folder);
    free(t);
}

int git_ssh_subtransport(git_smart_subtransport **out, git_transport *owner, void *session)
{
    (void)owner;
    struct ssh_transport *t = mem_zalloc(sizeof(*t));
    t->parent = (git_smart_subtransport){action, transport_close, transport_free};
    t->session = session;
    *out = &t->parent;
    return 0;
}

int git_transport_for(git_transport **out, git_remote *owner, void *session)
{
    struct git_session *s = session;
    bool http = starts_with(s->url, "http://") || starts_with(s->url, "https://");
    git_smart_subtransport_definition definition = {
        .callback = http ? git_http_subtransport : git_ssh_subtransport,
        .rpc = http,
        .param = session,
    };
    return git_transport_smart(out, owner, &definition);
}
