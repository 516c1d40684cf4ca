// SPDX-License-Identifier: Apache-2.0
/* The container's output: read, logged, given to the clients. */
#include "monitor/internal.h"

#include "base/fd.h"
#include "base/timeutil.h"

#include <fcntl.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>

#ifndef TIOCGPTPEER
#define TIOCGPTPEER 0x5441 /* Linux 4.13 */
#endif

static const uint32_t want_of[STREAM_COUNT] = {ATTACH_WANT_STDOUT, ATTACH_WANT_STDERR};
static const enum attach_type type_of[STREAM_COUNT] = {ATTACH_STDOUT, ATTACH_STDERR};

/* Removed from epoll rather than masked: a hang-up cannot be masked and would spin. */
static void stream_poll(enum stream_index i, bool on)
{
    struct stream *st = &mon.s.streams[i];

    if (st->polled == on || st->fd < 0) {
        return;
    }
    if (!on) {
        source_del(st->fd);
        st->polled = false;
    } else if (source_add(st->fd, SOURCE_STREAM, (uint32_t) i, EPOLLIN) == 0) {
        st->polled = true;
    }
}

void stream_begin(enum stream_index i)
{
    struct stream *st = &mon.s.streams[i];

    st->polled = false;
    if (st->fd < 0) {
        return;
    }
    (void) fd_set_nonblock(st->fd, true);
    if (st->pending == 0) {
        stream_poll(i, true);
    }
}

static void stream_end(enum stream_index i)
{
    struct stream *st = &mon.s.streams[i];

    stream_poll(i, false);
    if (st->fd == mon.cfg.tty_fd) {
        st->fd = FD_NONE; /* stays open: a terminal can still be resized */
        return;
    }
    close_fd(&st->fd);
    *(i == STREAM_OUT ? &mon.cfg.stdout_fd : &mon.cfg.stderr_fd) = FD_NONE;
}

/*
 * The last process closed the terminal. That is no end while init lives: it may open it again
 * (an init system does). With the other end held here the master stays silent instead.
 */
static bool hold_terminal(enum stream_index i)
{
    if (mon.s.streams[i].fd != mon.cfg.tty_fd || mon.s.exited) {
        return false;
    }
    close_fd(&mon.s.tty_hold); /* after a vhangup the old one is dead */
    mon.s.tty_hold = ioctl(mon.cfg.tty_fd, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
    return mon.s.tty_hold >= 0;
}

/* The chunk is everywhere: what the log has can go. */
static void stream_advance(enum stream_index i)
{
    struct stream *st = &mon.s.streams[i];

    if (st->logged > 0) {
        memmove(stream_buf[i], stream_buf[i] + st->logged, st->len - st->logged);
        st->len -= st->logged;
        st->logged = 0;
    }
    st->chunk = st->len;
    stream_poll(i, true);
}

void stream_deliver(enum stream_index i)
{
    struct stream *st = &mon.s.streams[i];

    for (uint64_t left = st->pending; left; left &= left - 1) {
        uint32_t slot = (uint32_t) __builtin_ctzll(left);
        int r = client_send(slot, type_of[i], stream_buf[i] + st->chunk, st->len - st->chunk);

        if (r != -EAGAIN) {
            st->pending &= ~(1ull << slot);
        }
    }
    if (st->pending == 0) {
        stream_advance(i);
        return;
    }
    stream_poll(i, false);
    for (uint64_t left = st->pending; left; left &= left - 1) {
        client_poll_update((uint32_t) __builtin_ctzll(left));
    }
}

void stream_forget_client(uint32_t slot)
{
    uint64_t bit = 1ull << slot;

    for (enum stream_index i = 0; i < STREAM_COUNT; i++) {
        struct stream *st = &mon.s.streams[i];

        if (st->pending & bit) {
            st->pending &= ~bit;
            if (st->pending == 0) {
                stream_advance(i);
            }
        }
    }
}

static uint64_t clients_wanting(uint32_t want)
{
    uint64_t set = 0;

    for (uint32_t slot = 0; slot < MONITOR_CLIENTS_MAX; slot++) {
        const struct client *c = &mon.s.clients[slot];

        if (c->fd >= 0 && c->want & want) {
            set |= 1ull << slot;
        }
    }
    return set;
}

void stream_readable(enum stream_index i)
{
    struct stream *st = &mon.s.streams[i];
    ssize_t n;

    if (st->fd < 0 || st->pending) {
        return; /* an event from before it was taken out */
    }
    do {
        n = read(st->fd, stream_buf[i] + st->len, LINE_MAX_BYTES - st->len);
    } while (n < 0 && errno == EINTR);
    if (n < 0 && errno == EAGAIN) {
        return;
    }
    if (n <= 0) {
        if (!hold_terminal(i)) {
            stream_end(i);
        }
        return;
    }
    mon.dirty = true;
    if (mon.s.exited) {
        mon.last_data = time_mono();
    }
    st->chunk = st->len;
    st->len += (uint32_t) n;
    logfile_chunk(i);
    st->pending = clients_wanting(want_of[i]);
    stream_deliver(i);
}
