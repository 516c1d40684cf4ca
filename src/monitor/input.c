// SPDX-License-Identifier: Apache-2.0
/*
 * Input for the container: one frame at a time, from any client. While the container does not take
 * it, clients are not read, so their own sockets hold them back.
 */
#include "monitor/internal.h"

#include "base/fd.h"

#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <termios.h>

bool input_busy(void)
{
    return mon.s.stdin_off < mon.s.stdin_len;
}

static void input_poll(bool on)
{
    if (mon.input_polled == on || mon.input_fd < 0) {
        return;
    }
    if (!on) {
        source_del(mon.input_fd);
        mon.input_polled = false;
    } else if (source_add(mon.input_fd, SOURCE_INPUT, 0, EPOLLOUT) == 0) {
        mon.input_polled = true;
    }
}

static void input_close(void)
{
    input_poll(false);
    close_fd(&mon.input_fd);
    mon.cfg.stdin_fd = FD_NONE; /* a terminal had a duplicate, this is then absent anyway */
    mon.s.input_open = false;
    mon.s.stdin_len = 0;
    mon.s.stdin_off = 0;
}

void input_begin(void)
{
    mon.input_polled = false;
    if (!mon.s.input_open) {
        return;
    }
    mon.input_fd = mon.cfg.tty_fd >= 0 ? fd_dup_cloexec(mon.cfg.tty_fd) : mon.cfg.stdin_fd;
    if (mon.input_fd < 0) {
        mon.s.input_open = false;
        return;
    }
    (void) fd_set_nonblock(mon.input_fd, true);
    input_writable();
}

void input_writable(void)
{
    bool was_busy = input_busy();

    while (input_busy() && mon.input_fd >= 0) {
        ssize_t n =
            write(mon.input_fd, stdin_buf + mon.s.stdin_off, mon.s.stdin_len - mon.s.stdin_off);

        if (n >= 0) {
            mon.s.stdin_off += (uint32_t) n;
        } else if (errno == EAGAIN) {
            input_poll(true);
            return;
        } else if (errno != EINTR) {
            input_close(); /* the container closed its stdin: what comes now vanishes */
        }
    }
    mon.s.stdin_len = 0;
    mon.s.stdin_off = 0;
    input_poll(false);
    if (mon.s.stdin_eof) {
        mon.s.stdin_eof = false;
        input_close();
    }
    if (was_busy) {
        client_input_freed();
    }
}

void input_take(size_t n)
{
    if (!mon.s.input_open || mon.s.exited || n == 0) {
        return;
    }
    mon.dirty = true;
    mon.s.stdin_len = (uint32_t) n;
    mon.s.stdin_off = 0;
    input_writable();
}

void input_end(void)
{
    if (!mon.s.input_open || mon.cfg.tty_fd >= 0 || !(mon.cfg.flags & MONITOR_STDIN_ONCE)) {
        return;
    }
    if (input_busy()) {
        mon.s.stdin_eof = true;
    } else {
        input_close();
    }
}

void input_resize(const struct attach_resize *r)
{
    struct winsize ws = {.ws_row = r->rows, .ws_col = r->columns};

    if (mon.cfg.tty_fd >= 0) {
        (void) ioctl(mon.cfg.tty_fd, TIOCSWINSZ, &ws);
    }
}
