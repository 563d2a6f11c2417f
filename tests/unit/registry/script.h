/* tests/unit/registry/script.h - an HTTP server that answers from a table and remembers what it was asked.
 *
 * One thread, one connection at a time, one request a connection. Each request is answered by the first row
 * whose path it begins with (and, when the row says so, that holds the text `with`, or lacks `without`). */
#ifndef CAPSTAN_TEST_SCRIPT_H
#define CAPSTAN_TEST_SCRIPT_H

#include "base/str.h"
#include "lib/test.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

struct row {
    const char *path;           /* prefix of the target */
    const char *with, *without; /* in the request's head; NULL = any */
    int status;
    const char *headers; /* "Name: value\r\n"..., NULL = none */
    const char *body;
    size_t len;  /* 0 = strlen */
    bool silent; /* never answers */
};

struct script {
    const struct row *rows;
    size_t n;
    int listener, port;
    pthread_t thread;
    pthread_mutex_t lock;
    struct str log; /* all heads */
    int held[8];    /* connections that get no answer */
    size_t n_held, requests;
};

static const struct row *row_for(const struct script *s, const char *head)
{
    const char *target = strchr(head, ' ');
    for (size_t i = 0; target && i < s->n; i++) {
        const struct row *r = &s->rows[i];
        if (starts_with(target + 1, r->path) && (!r->with || strstr(head, r->with)) &&
            (!r->without || !strstr(head, r->without)))
            return r;
    }
    return NULL;
}

static void write_all(int fd, const char *bytes, size_t len)
{
    for (ssize_t n; len && (n = send(fd, bytes, len, MSG_NOSIGNAL)) > 0; bytes += n, len -= (size_t)n)
        continue;
}

/* "PORT" in headers and bodies becomes the server's. */
static void add_filled(struct str *out, const char *text, size_t len, int port)
{
    for (size_t i = 0; i < len; i++) {
        if (len - i >= 6 && memcmp(text + i, "{PORT}", 6) == 0) {
            str_printf(out, "%d", port);
            i += 5;
        } else {
            str_char(out, text[i]);
        }
    }
}

static void answer(struct script *s, int fd)
{
    CLEANUP(str_release) struct str head = {0}, out = {0}, body = {0};
    char buf[4096];
    for (ssize_t n; !strstr(str_text(&head), "\r\n\r\n") && (n = recv(fd, buf, sizeof(buf), 0)) > 0;)
        str_add_n(&head, buf, (size_t)n);
    pthread_mutex_lock(&s->lock);
    str_add_span(&s->log, str_span(&head));
    s->requests++;
    pthread_mutex_unlock(&s->lock);
    static const struct row nothing = {.status = 404, .body = "nothing here"};
    const struct row *r = row_for(s, str_text(&head));
    r = r ? r : &nothing;
    if (r->silent && s->n_held < ARRAY_LEN(s->held)) {
        s->held[s->n_held++] = fd;
        return;
    }
    const char *text = r->body ? r->body : "";
    if (r->len)
        str_add_n(&body, text, r->len);
    else
        add_filled(&body, text, strlen(text), s->port);
    str_printf(&out, "HTTP/1.1 %d X\r\nConnection: close\r\nContent-Length: %zu\r\n", r->status, body.len);
    add_filled(&out, r->headers ? r->headers : "", strlen(r->headers ? r->headers : ""), s->port);
    str_add(&out, "\r\n");
    write_all(fd, str_text(&out), out.len);
    write_all(fd, str_text(&body), body.len);
    shutdown(fd, SHUT_WR);
    while (recv(fd, buf, sizeof(buf), 0) > 0)
        continue;
    close(fd);
}

static void *serve(void *arg)
{
    struct script *s = arg;
    for (int fd; (fd = accept(s->listener, NULL, NULL)) >= 0;)
        answer(s, fd);
    return NULL;
}

UNUSED static void script_start(struct script *s, const struct row *rows, size_t n)
{
    struct sockaddr_in in = {.sin_family = AF_INET};
    socklen_t len = sizeof(in);
    *s = (struct script){.rows = rows, .n = n, .listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    pthread_mutex_init(&s->lock, NULL);
    in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    CHECK(!bind(s->listener, (struct sockaddr *)&in, sizeof(in)) && !listen(s->listener, 16));
    CHECK(!getsockname(s->listener, (struct sockaddr *)&in, &len));
    s->port = ntohs(in.sin_port);
    CHECK(!pthread_create(&s->thread, NULL, serve, s));
}

/* Ends it: from now on the log is the caller's alone. */
UNUSED static void script_stop(struct script *s)
{
    shutdown(s->listener, SHUT_RDWR);
    pthread_join(s->thread, NULL);
    close(s->listener);
    for (size_t i = 0; i < s->n_held; i++)
        close(s->held[i]);
}

UNUSED static void script_release(struct script *s)
{
    str_release(&s->log);
    pthread_mutex_destroy(&s->lock);
}

#endif
