/* box/channel - frames over the socket pair, each behind its length. A call that ends breaks a frame off in
 * the middle, so the channel is of no use afterwards: its worker is killed. */
#include "box/private.h"

#include "wire/wire.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { SLICE_MS = 20 }; /* how soon a cancelled call is seen */

static struct err *gone(void)
{
    return err_new(ERR_UNAVAILABLE, "the other end of the box is gone");
}

static struct err *wait_ready(int fd, const struct call *call, short events)
{
    struct pollfd p = {.fd = fd, .events = events};
    if (!call)
        return NULL;
    for (;;) {
        TRY(call_check(call));
        int n = poll(&p, 1, (int)MIN(call_left_ms(call), (int64_t)SLICE_MS));
        if (n > 0)
            return NULL;
        if (n < 0 && errno != EINTR)
            return err_errno(errno, "waiting for a worker");
    }
}

/* Both parts in one call, so that the other end wakes once. A blocking socket would hold a call that ends
 * meanwhile, so with a call nothing blocks but poll. */
static struct err *send_both(int fd, const struct call *call, struct span head, struct span body)
{
    size_t sent = 0, all = head.len + body.len;
    while (sent < all) {
        size_t of_head = MIN(sent, head.len), of_body = sent - of_head;
        struct iovec parts[2] = {{(void *)(uintptr_t)(head.at + of_head), head.len - of_head},
                                 {(void *)(uintptr_t)(body.at + of_body), body.len - of_body}};
        struct msghdr m = {.msg_iov = parts, .msg_iovlen = 2};
        ssize_t n = sendmsg(fd, &m, MSG_NOSIGNAL | (call ? MSG_DONTWAIT : 0));
        if (n < 0 && errno == EAGAIN)
            TRY(wait_ready(fd, call, POLLOUT));
        else if (n < 0 && errno != EINTR)
            return gone();
        sent += (size_t)MAX(n, 0);
    }
    return NULL;
}

static struct err *receive_all(int fd, const struct call *call, char *at, size_t len)
{
    while (len) {
        ssize_t n = recv(fd, at, len, call ? MSG_DONTWAIT : 0);
        if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
            return gone();
        if (n < 0 && errno == EAGAIN)
            TRY(wait_ready(fd, call, POLLIN));
        if (n > 0) {
            at += n;
            len -= (size_t)n;
        }
    }
    return NULL;
}

struct err *box_send(int fd, const struct call *call, box_frame *f)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("box.send");
    f->has_version = f->has_kind = true;
    f->version = 1;
    struct span body = wire_pack(a, f);
    uint32_t len = (uint32_t)body.len;
    const char head[4] = {(char)len, (char)(len >> 8), (char)(len >> 16), (char)(len >> 24)};
    if (body.len > UINT32_MAX)
        return err_reason(ERR_EXHAUSTED, "BoxFrame", "a message of %zu bytes is over the limit of a box",
                          body.len);
    return send_both(fd, call, (struct span){head, sizeof(head)}, body);
}

struct err *box_receive(int fd, const struct call *call, size_t limit, struct arena *a, box_frame **out)
{
    unsigned char head[4];
    TRY(receive_all(fd, call, (char *)head, sizeof(head)));
    size_t len = head[0] | (size_t)head[1] << 8 | (size_t)head[2] << 16 | (size_t)head[3] << 24;
    if (len > limit)
        return err_new(ERR_INVALID, "a message of %zu bytes is over the limit of %zu", len, limit);
    char *bytes = arena_raw(a, len + 1);
    TRY(receive_all(fd, call, bytes, len));
    const struct wire_limits limits = {.bytes = limit, .memory = 4 * limit, .depth = 4};
    TRY(wire_unpack(a, &capstan__box__box_frame__descriptor, ((struct span){bytes, len}), &limits, out));
    return (*out)->has_kind ? NULL : err_new(ERR_INVALID, "a message without a kind");
}

void box_frame_result(box_frame *f, const struct err *e, struct span body)
{
    if (e) {
        f->has_code = true;
        f->code = e->code;
        f->reason = wire_text(e->reason);
        f->message = e->msg;
    } else {
        f->has_body = true;
        f->body = wire_bytes(body);
    }
}

struct err *box_frame_error(const box_frame *f)
{
    if (!f->has_code || f->code == ERR_OK)
        return NULL;
    enum err_code code = f->code <= ERR_UNAUTHENTICATED ? (enum err_code)f->code : ERR_UNKNOWN;
    return err_reason(code, err_word(f->reason), "%s", f->message ? f->message : "no message");
}
