// SPDX-License-Identifier: Apache-2.0
#include "monitor/internal.h"

#include "base/fd.h"
#include "base/timeutil.h"

#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>

#define EVENTS_AT_ONCE 16

struct monitor mon;

/* Page-aligned, so that what is not in use can be given back. */
char stream_buf[STREAM_COUNT][LINE_MAX_BYTES] __attribute__((aligned(PAGE_BYTES)));
char stdin_buf[ATTACH_FRAME_MAX] __attribute__((aligned(PAGE_BYTES)));
char logfile_buf[LOG_FLUSH_AT + LOG_ENTRY_MAX] __attribute__((aligned(PAGE_BYTES)));

static int source_ctl(int op, int fd, enum source kind, uint32_t index, uint32_t events)
{
    struct epoll_event ev = {.events = events, .data.u64 = (uint64_t) kind << 32 | index};

    return epoll_ctl(mon.epoll_fd, op, fd, &ev) < 0 ? -errno : 0;
}

int source_add(int fd, enum source kind, uint32_t index, uint32_t events)
{
    return source_ctl(EPOLL_CTL_ADD, fd, kind, index, events);
}

int source_mod(int fd, enum source kind, uint32_t index, uint32_t events)
{
    return source_ctl(EPOLL_CTL_MOD, fd, kind, index, events);
}

void source_del(int fd)
{
    (void) epoll_ctl(mon.epoll_fd, EPOLL_CTL_DEL, fd, NULL);
}

/*
 * Ignored rather than blocked: a blocked SIGTERM would stay pending and kill the clean-up. Faults
 * keep their default action, the program must not spin in one.
 */
static int take_signals(void)
{
    sigset_t set;

    for (int sig = 1; sig <= SIGRTMAX; sig++) {
        if (sig != SIGCHLD && sig != SIGSEGV && sig != SIGBUS && sig != SIGILL && sig != SIGFPE &&
            sig != SIGABRT && sig != SIGSYS && sig != SIGTRAP) {
            (void) signal(sig, SIG_IGN); /* SIGKILL, SIGSTOP and libc's own ones: refused, fine */
        }
    }
    sigfillset(&set);
    if (sigprocmask(SIG_UNBLOCK, &set, NULL) < 0) {
        return -errno;
    }
    sigemptyset(&set);
    sigaddset(&set, SIGCHLD);
    if (sigprocmask(SIG_BLOCK, &set, NULL) < 0) {
        return -errno;
    }
    /* A child with SIGCHLD ignored would reap itself, and its status with it. */
    (void) signal(SIGCHLD, SIG_DFL);
    mon.signal_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    return mon.signal_fd < 0 ? -errno : 0;
}

int monitor_begin(void)
{
    int r;

    mon.input_fd = FD_NONE;
    mon.epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    if (mon.epoll_fd < 0) {
        return -errno;
    }
    r = take_signals();
    if (r < 0) {
        close_fd(&mon.epoll_fd);
        return r;
    }
    (void) prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
    r = source_add(mon.signal_fd, SOURCE_SIGNAL, 0, EPOLLIN);
    if (r == 0) {
        r = source_add(mon.cfg.init_pidfd, SOURCE_INIT, 0, EPOLLIN);
    }
    if (r < 0) {
        close_fd(&mon.signal_fd);
        close_fd(&mon.epoll_fd);
        return r;
    }
    if (mon.cfg.listen_fd >= 0) {
        (void) fd_set_nonblock(mon.cfg.listen_fd, true);
        (void) source_add(mon.cfg.listen_fd, SOURCE_LISTEN, 0, EPOLLIN);
    }
    client_begin_all();
    for (enum stream_index i = 0; i < STREAM_COUNT; i++) {
        stream_begin(i);
    }
    input_begin();
    return 0;
}

int monitor_start(const struct monitor_config *c)
{
    if (!monitor_config_valid(c)) {
        return -EINVAL;
    }
    mon.cfg = *c;
    mon.cfg.log_files = MIN(c->log_files, (uint32_t) MONITOR_LOG_FILES_MAX);
    memset(&mon.s, 0, sizeof(mon.s));
    mon.s.magic = MONITOR_MAGIC;
    mon.s.size = sizeof(mon.s);
    mon.s.streams[STREAM_OUT].fd = c->tty_fd >= 0 ? c->tty_fd : c->stdout_fd;
    mon.s.streams[STREAM_ERR].fd = c->stderr_fd;
    mon.s.tty_hold = FD_NONE;
    mon.s.log.fd = FD_NONE;
    mon.s.input_open = c->flags & MONITOR_OPEN_STDIN && (c->tty_fd >= 0 || c->stdin_fd >= 0);
    for (uint32_t i = 0; i < MONITOR_CLIENTS_MAX; i++) {
        mon.s.clients[i].fd = c->clients[i].fd;
        mon.s.clients[i].want = c->clients[i].want;
    }
    int r = monitor_begin();

    if (r == 0) {
        client_greet_all();
        logfile_open();
    }
    return r;
}

static void drain_signal_fd(void)
{
    struct signalfd_siginfo si;

    while (read(mon.signal_fd, &si, sizeof(si)) == (ssize_t) sizeof(si)) {
    }
}

static void dispatch(const struct epoll_event *ev)
{
    enum source kind = (enum source)(ev->data.u64 >> 32);
    uint32_t index = (uint32_t) ev->data.u64;

    switch (kind) {
    case SOURCE_SIGNAL:
        drain_signal_fd();
        children_reap();
        break;
    case SOURCE_INIT:
        children_reap();
        break;
    case SOURCE_LISTEN:
        client_accept();
        break;
    case SOURCE_INPUT:
        input_writable();
        break;
    case SOURCE_STREAM:
        stream_readable((enum stream_index) index);
        break;
    case SOURCE_CLIENT:
        client_event(index, ev->events);
        break;
    case SOURCE_COUNT:
        break;
    }
}

/* Whole pages of buf from 'used' on go back to the kernel (and read as zeros later). */
static void trim_buffer(char *buf, size_t size, size_t used)
{
    size_t keep = (used + PAGE_BYTES - 1) / PAGE_BYTES * PAGE_BYTES;
    size_t whole = size / PAGE_BYTES * PAGE_BYTES;

    if (keep < whole) {
        (void) madvise(buf + keep, whole - keep, MADV_DONTNEED);
    }
}

static void trim(void)
{
    for (int i = 0; i < STREAM_COUNT; i++) {
        trim_buffer(stream_buf[i], sizeof(stream_buf[i]), mon.s.streams[i].len);
    }
    trim_buffer(stdin_buf, sizeof(stdin_buf), mon.s.stdin_len);
    trim_buffer(logfile_buf, sizeof(logfile_buf), mon.log_len);
    mon.dirty = false;
    if (mon.listen_paused) {
        mon.listen_paused = source_add(mon.cfg.listen_fd, SOURCE_LISTEN, 0, EPOLLIN) < 0;
    }
}

static int timeout_ms(int64_t now, int64_t deadline)
{
    int64_t until = deadline;

    if (mon.s.exited) {
        until = MIN(now + QUIET_NS / 4, deadline);
    } else if (mon.dirty) {
        until = MIN(now + TRIM_NS, deadline);
    }
    if (until == MONITOR_FOREVER) {
        return -1;
    }
    return until <= now ? 0 : (int) MIN((until - now + 999999) / 1000000, (int64_t) 3600 * 1000);
}

enum monitor_end monitor_run(int64_t deadline)
{
    struct epoll_event events[EVENTS_AT_ONCE];

    for (;;) {
        int64_t now = time_mono();

        if (mon.s.exited) {
            deadline = MONITOR_FOREVER; /* the end is near and bounded */
            if (output_drained(now)) {
                monitor_finish();
                return MONITOR_EXITED;
            }
        } else if (now >= deadline) {
            return MONITOR_DEADLINE;
        }
        int n = epoll_wait(mon.epoll_fd, events, EVENTS_AT_ONCE, timeout_ms(now, deadline));

        for (int i = 0; i < n; i++) {
            dispatch(&events[i]);
        }
        if (n == 0 && mon.dirty && time_mono() >= now + TRIM_NS) {
            trim();
        }
    }
}
