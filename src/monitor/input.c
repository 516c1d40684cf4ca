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
    return m.s.stdin_off < m.s.stdin_len;
}

static void input_poll(bool on)
{
    if (m.input_polled == on || m.input_fd < 0) {
        return;
    }
    if (!on) {
        poll_del(m.input_fd);
        m.input_polled = false;
    } else if (poll_add(m.input_fd, SOURCE_INPUT, 0, EPOLLOUT) == 0) {
        m.input_polled = true;
    }
}

static void input_close(void)
{
    input_poll(false);
    close_fd(&m.input_fd);
    m.cfg.stdin_fd = FD_NONE; /* a terminal had a duplicate, this is then absent anyway */
    m.s.input_open = false;
    m.s.stdin_len = 0;
    m.s.stdin_off = 0;
}

void input_begin(void)
{
    m.input_polled = false;
    if (!m.s.input_open) {
        return;
    }
    m.input_fd = m.cfg.tty_fd >= 0 ? fd_dup_cloexec(m.cfg.tty_fd) : m.cfg.stdin_fd;
    if (m.input_fd < 0) {
        m.s.input_open = false;
        return;
    }
    (void) fd_set_nonblock(m.input_fd, true);
    input_writable();
}

void input_writable(void)
{
    bool was_busy = input_busy();

    while (input_busy() && m.input_fd >= 0) {
        ssize_t n = write(m.input_fd, stdin_buf + m.s.stdin_off, m.s.stdin_len - m.s.stdin_off);

        if (n >= 0) {
            m.s.stdin_off += (uint32_t) n;
        } else if (errno == EAGAIN) {
            input_poll(true);
            return;
        } else if (errno != EINTR) {
            input_close(); /* the container closed its stdin: what comes now vanishes */
        }
    }
    m.s.stdin_len = 0;
    m.s.stdin_off = 0;
    input_poll(false);
    if (m.s.stdin_eof) {
        m.s.stdin_eof = false;
        input_close();
    }
    if (was_busy) {
        client_input_freed();
    }
}

void input_take(size_t n)
{
    if (!m.s.input_open || m.s.exited || n == 0) {
        return;
    }
    m.dirty = true;
    m.s.stdin_len = (uint32_t) n;
    m.s.stdin_off = 0;
    input_writable();
}

void input_end(void)
{
    if (!m.s.input_open || m.cfg.tty_fd >= 0 || !(m.cfg.flags & MONITOR_STDIN_ONCE)) {
        return;
    }
    if (input_busy()) {
        m.s.stdin_eof = true;
    } else {
        input_close();
    }
}

void input_resize(const struct attach_resize *r)
{
    struct winsize ws = {.ws_row = r->rows, .ws_col = r->columns};

    if (m.cfg.tty_fd >= 0) {
        (void) ioctl(m.cfg.tty_fd, TIOCSWINSZ, &ws);
    }
}
