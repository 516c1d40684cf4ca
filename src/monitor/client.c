// SPDX-License-Identifier: Apache-2.0
/* Attached clients: who they are, what they want, frames from and to them. */
#include "monitor/internal.h"

#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/uio.h>

static int send_frame(int fd, enum attach_type type, const void *data, size_t n)
{
    struct attach_head head = {.type = (uint8_t) type};
    struct iovec iov[2] = {{.iov_base = &head, .iov_len = sizeof(head)},
                           {.iov_base = (void *) (uintptr_t) data, .iov_len = n}};
    struct msghdr msg = {.msg_iov = iov, .msg_iovlen = 2};
    ssize_t r;

    do {
        r = sendmsg(fd, &msg, MSG_NOSIGNAL | MSG_DONTWAIT);
    } while (r < 0 && errno == EINTR);
    return r < 0 ? -errno : 0;
}

/* -EAGAIN: later. Any other failure means that it takes nothing more; its input may still come. */
int client_send(uint32_t slot, enum attach_type type, const void *data, size_t n)
{
    struct client *c = &mon.s.clients[slot];
    int r = c->fd < 0 ? -EPIPE : send_frame(c->fd, type, data, n);

    if (r < 0 && r != -EAGAIN) {
        c->want &= ~(ATTACH_WANT_STDOUT | ATTACH_WANT_STDERR);
    }
    return r;
}

void client_close(uint32_t slot)
{
    struct client *c = &mon.s.clients[slot];
    bool had_stdin = c->want & ATTACH_WANT_STDIN;

    if (c->fd < 0) {
        return;
    }
    c->want = 0;
    if (!c->unpolled) {
        source_del(c->fd);
    }
    close_fd(&c->fd);
    stream_forget_client(slot);
    if (had_stdin) {
        input_end();
    }
}

static void client_refuse(uint32_t slot, const char *why)
{
    (void) client_send(slot, ATTACH_ERROR, why, strlen(why));
    client_close(slot);
}

static bool output_pending(uint32_t slot)
{
    return ((mon.s.streams[STREAM_OUT].pending | mon.s.streams[STREAM_ERR].pending) >> slot) & 1;
}

static uint32_t wanted_events(uint32_t slot)
{
    return (input_busy() ? 0 : (uint32_t) EPOLLIN) |
           (output_pending(slot) ? (uint32_t) EPOLLOUT : 0);
}

static void client_poll_begin(uint32_t slot)
{
    struct client *c = &mon.s.clients[slot];

    c->polled = wanted_events(slot);
    c->unpolled = source_add(c->fd, SOURCE_CLIENT, slot, c->polled) < 0;
}

void client_poll_update(uint32_t slot)
{
    struct client *c = &mon.s.clients[slot];
    uint32_t events = wanted_events(slot);

    if (c->fd < 0) {
        return;
    }
    if (c->unpolled) {
        if (!input_busy()) {
            client_poll_begin(slot);
        }
    } else if (events != c->polled && source_mod(c->fd, SOURCE_CLIENT, slot, events) == 0) {
        c->polled = events;
    }
}

void client_input_freed(void)
{
    for (uint32_t slot = 0; slot < MONITOR_CLIENTS_MAX; slot++) {
        client_poll_update(slot);
    }
}

static void client_greet(uint32_t slot)
{
    struct attach_hello hello = {.version = ATTACH_PROTO_VERSION};

    if (mon.cfg.tty_fd >= 0) {
        hello.flags |= ATTACH_HAS_TTY;
    }
    if (mon.cfg.flags & MONITOR_OPEN_STDIN) {
        hello.flags |= ATTACH_HAS_STDIN;
    }
    mon.s.clients[slot].greeted = true;
    (void) client_send(slot, ATTACH_HELLO, &hello, sizeof(hello));
}

void client_begin_all(void)
{
    for (uint32_t slot = 0; slot < MONITOR_CLIENTS_MAX; slot++) {
        if (mon.s.clients[slot].fd >= 0) {
            client_poll_begin(slot);
        }
    }
}

void client_greet_all(void)
{
    for (uint32_t slot = 0; slot < MONITOR_CLIENTS_MAX; slot++) {
        if (mon.s.clients[slot].fd >= 0) {
            client_greet(slot);
        }
    }
}

static void refuse_fd(int fd)
{
    static const char why[] = "attach: too many clients are attached to this container";

    (void) send_frame(fd, ATTACH_ERROR, why, sizeof(why) - 1);
    close(fd);
}

/* A connection gets a slot, or one sentence. */
void client_take(int fd)
{
    for (uint32_t slot = 0; slot < MONITOR_CLIENTS_MAX; slot++) {
        struct client *c = &mon.s.clients[slot];

        if (c->fd < 0 && source_add(fd, SOURCE_CLIENT, slot, EPOLLIN) == 0) {
            *c = (struct client){.fd = fd, .polled = EPOLLIN};
            return;
        }
    }
    refuse_fd(fd);
}

void client_accept(void)
{
    int fd = accept4(mon.cfg.listen_fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

    if (fd >= 0) {
        client_take(fd);
    } else if (errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS) {
        /* Would be reported at once again, for ever; the next quiet second tries again. */
        source_del(mon.cfg.listen_fd);
        mon.listen_paused = true;
        mon.dirty = true;
    }
}

static void take_request(uint32_t slot, const char *data, size_t n)
{
    struct client *c = &mon.s.clients[slot];
    struct attach_request req;

    if (n != sizeof(req) || c->greeted) {
        client_refuse(slot, "attach: unexpected message");
        return;
    }
    memcpy(&req, data, sizeof(req));
    if (req.version == 0) {
        client_refuse(slot, "attach: unknown protocol version");
        return;
    }
    c->want = req.flags & ATTACH_WANT_ALL;
    client_greet(slot);
}

static void take_frame(uint32_t slot, enum attach_type type, size_t n)
{
    struct client *c = &mon.s.clients[slot];
    struct attach_resize size;

    switch (type) {
    case ATTACH_ATTACH:
        take_request(slot, stdin_buf, n);
        return;
    case ATTACH_STDIN:
        if (c->want & ATTACH_WANT_STDIN) {
            input_take(n);
            return;
        }
        break;
    case ATTACH_STDIN_EOF:
        if (c->want & ATTACH_WANT_STDIN) {
            input_end();
            return;
        }
        break;
    case ATTACH_RESIZE:
        if (c->greeted && n == sizeof(size)) {
            memcpy(&size, stdin_buf, sizeof(size));
            input_resize(&size);
            return;
        }
        break;
    case ATTACH_TYPE_NONE:
    case ATTACH_HELLO:
    case ATTACH_STDOUT:
    case ATTACH_STDERR:
    case ATTACH_EXIT:
    case ATTACH_ERROR:
    case ATTACH_TYPE_COUNT:
        break;
    }
    client_refuse(slot, "attach: unexpected message");
}

/* One frame. Its payload lands where input is written from, so stdin is copied only once. */
static void client_read(uint32_t slot)
{
    struct attach_head head;
    struct iovec iov[2] = {
        {.iov_base = &head, .iov_len = sizeof(head)},
        {.iov_base = stdin_buf, .iov_len = (size_t) ATTACH_PAYLOAD_MAX},
    };
    struct msghdr msg = {.msg_iov = iov, .msg_iovlen = 2};
    ssize_t n = recvmsg(mon.s.clients[slot].fd, &msg, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);

    if (n < 0) {
        /* ECONNRESET comes once, before what is still queued, when it left data of ours unread. */
        if (errno != EAGAIN && errno != EINTR && errno != ECONNRESET) {
            client_close(slot);
        }
        return;
    }
    if (n == 0) {
        client_close(slot);
        return;
    }
    if ((size_t) n < sizeof(head) || msg.msg_flags & MSG_TRUNC) {
        client_refuse(slot, "attach: malformed message");
        return;
    }
    mon.dirty = true;
    take_frame(slot, (enum attach_type) head.type, (size_t) n - sizeof(head));
}

void client_event(uint32_t slot, uint32_t events)
{
    struct client *c = &mon.s.clients[slot];

    if (c->fd < 0) {
        return; /* closed earlier in the same round */
    }
    if (events & EPOLLOUT) {
        for (enum stream_index i = 0; i < STREAM_COUNT; i++) {
            if (mon.s.streams[i].pending >> slot & 1) {
                stream_deliver(i);
            }
        }
    }
    if (events & (EPOLLHUP | EPOLLERR)) {
        c->want &= ~(ATTACH_WANT_STDOUT | ATTACH_WANT_STDERR);
        stream_forget_client(slot);
    }
    bool hung_up = events & (EPOLLHUP | EPOLLERR);

    if (hung_up && input_busy()) {
        source_del(c->fd); /* until the input is free: a hang-up cannot be masked and would spin */
        c->unpolled = true;
        return;
    }
    if ((hung_up || events & EPOLLIN) && !input_busy()) {
        client_read(slot);
    }
    client_poll_update(slot);
}
