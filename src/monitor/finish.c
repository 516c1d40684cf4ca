// SPDX-License-Identifier: Apache-2.0
/* The end: who died, what output is left, the record, the clients' EXIT, the clean-up. */
#include "monitor/internal.h"

#include "base/fd.h"
#include "base/timeutil.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>

#ifndef SO_SNDBUFFORCE
#define SO_SNDBUFFORCE 32
#endif
#define DRAIN_READS 100
#define LAST_SNDBUF (4 << 20) /* holds what pipes of any size and our buffers can hold */

static void widen_clients(void)
{
    int size = LAST_SNDBUF;

    for (uint32_t slot = 0; slot < MONITOR_CLIENTS_MAX; slot++) {
        int fd = mon.s.clients[slot].fd;

        if (fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof(size)) < 0) {
            (void) setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
        }
    }
}

static void init_ended(const siginfo_t *si)
{
    mon.s.exited = true;
    mon.s.end.finished_at = time_now();
    mon.s.end.signal = si->si_code == CLD_EXITED ? 0 : si->si_status;
    mon.s.end.code = si->si_code == CLD_EXITED ? si->si_status & 0xff : 128 + si->si_status;
    mon.exited_at = time_mono();
    mon.last_data = mon.exited_at;
    source_del(mon.cfg.init_pidfd);
    close_fd(&mon.s.tty_hold);
}

/* Init, and the orphans that a subreaper inherits. */
void children_reap(void)
{
    for (;;) {
        siginfo_t si = {0};

        if (waitid(P_ALL, 0, &si, WEXITED | WNOHANG | __WALL) < 0) {
            if (errno == EINTR) {
                continue;
            }
            if (errno == ECHILD && !mon.s.exited) {
                /* Somebody else reaped init: it has ended, how is not known. */
                si.si_code = CLD_KILLED;
                si.si_status = SIGKILL;
                init_ended(&si);
            }
            return;
        }
        if (si.si_pid == 0) {
            return;
        }
        if (si.si_pid == mon.cfg.init_pid && !mon.s.exited) {
            init_ended(&si);
        }
    }
}

static void drop_stuck_clients(void)
{
    uint64_t stuck = mon.s.streams[STREAM_OUT].pending | mon.s.streams[STREAM_ERR].pending;

    for (; stuck; stuck &= stuck - 1) {
        client_close((uint32_t) __builtin_ctzll(stuck));
    }
}

/*
 * Reads what is there now; true when nothing more can come. Bounded, since a foreign holder of the
 * pipe may write faster than we read.
 */
static bool drain_stream(enum stream_index i)
{
    struct stream *st = &mon.s.streams[i];
    int64_t before;
    int reads = 0;

    if (st->pending) {
        stream_deliver(i);
    }
    do {
        before = mon.last_data;
        stream_readable(i);
    } while (mon.last_data != before && !st->pending && ++reads < DRAIN_READS);
    return st->fd < 0 && !st->pending;
}

/*
 * Called with every turn of the loop once init has ended. What clients do not take although their
 * sockets were widened is given up after DRAIN_NS; other holders of a pipe end it by silence.
 */
bool output_drained(int64_t now)
{
    bool all = true;

    if (!mon.widened) {
        mon.widened = true;
        widen_clients();
    }
    if (now - mon.exited_at >= DRAIN_NS) {
        drop_stuck_clients();
    }
    for (enum stream_index i = 0; i < STREAM_COUNT; i++) {
        all = drain_stream(i) && all;
    }
    if (all) {
        return true;
    }
    bool waiting = mon.s.streams[STREAM_OUT].pending || mon.s.streams[STREAM_ERR].pending;

    return !waiting && (now - mon.last_data >= QUIET_NS || now - mon.exited_at >= DRAIN_NS);
}

static size_t record_text(char *buf, char separator)
{
    const struct attach_exit *e = &mon.s.end;
    char sep[2] = {separator, '\0'};
    size_t n = text_dec(buf, text_str(buf, 0, "code="), e->code);

    n = text_dec(buf, text_str(buf, text_str(buf, n, sep), "signal="), e->signal);
    return text_dec(buf, text_str(buf, text_str(buf, n, sep), "finished_at="), e->finished_at);
}

static void write_record(void)
{
    static const char tmp[] = "." MONITOR_EXIT_NAME ".tmp";
    char text[128];
    size_t n = text_str(text, record_text(text, '\n'), "\n");
    cleanup_close int fd = openat(mon.cfg.run_dir_fd, tmp,
                                  O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);

    if (fd < 0 || fd_write_all(fd, text, n) < 0 ||
        renameat(mon.cfg.run_dir_fd, tmp, mon.cfg.run_dir_fd, MONITOR_EXIT_NAME) < 0) {
        (void) unlinkat(mon.cfg.run_dir_fd, tmp, 0); /* the clean-up's argument still tells */
    }
}

static void tell(uint32_t slot, int64_t until)
{
    const struct client *c = &mon.s.clients[slot];
    struct pollfd pfd = {.fd = c->fd, .events = POLLOUT};

    while (client_send(slot, ATTACH_EXIT, &mon.s.end, sizeof(mon.s.end)) == -EAGAIN) {
        int64_t left = until - time_mono();

        if (left <= 0 || (poll(&pfd, 1, (int) (left / 1000000) + 1) < 0 && errno != EINTR)) {
            client_close(slot);
            return;
        }
    }
}

/* Nobody may connect and then hear nothing: the socket goes, those in its queue are told. */
static void close_listener(void)
{
    int fd;

    if (mon.cfg.listen_fd < 0) {
        return;
    }
    (void) unlinkat(mon.cfg.run_dir_fd, ATTACH_SOCKET_NAME, 0);
    (void) shutdown(mon.cfg.listen_fd, SHUT_RD);
    for (int i = 0; i < 2 * MONITOR_CLIENTS_MAX; i++) {
        fd = accept4(mon.cfg.listen_fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
        if (fd < 0) {
            break;
        }
        client_take(fd);
    }
    close_fd(&mon.cfg.listen_fd);
}

void monitor_finish(void)
{
    int64_t until = time_mono() + DRAIN_NS;

    for (enum stream_index i = 0; i < STREAM_COUNT; i++) {
        logfile_rest(i);
    }
    write_record();
    close_listener();
    for (uint32_t slot = 0; slot < MONITOR_CLIENTS_MAX; slot++) {
        if (mon.s.clients[slot].fd >= 0) {
            tell(slot, until);
        }
    }
}

const struct attach_exit *monitor_exit_record(void)
{
    return &mon.s.end;
}

static void restore_signals(void)
{
    sigset_t none;

    for (int sig = 1; sig <= SIGRTMAX; sig++) {
        if (sig != SIGKILL && sig != SIGSTOP) {
            (void) signal(sig, SIG_DFL);
        }
    }
    sigemptyset(&none);
    (void) sigprocmask(SIG_SETMASK, &none, NULL);
}

int monitor_exec_cleanup(void)
{
    char *argv[MONITOR_CLEANUP_ARGS + 2];
    char record[128];
    size_t argc = 0;

    if (mon.cfg.cleanup_size == 0) {
        return -ENOENT;
    }
    for (size_t i = 0; i < mon.cfg.cleanup_size && argc < MONITOR_CLEANUP_ARGS;) {
        argv[argc++] = mon.cfg.cleanup + i;
        i += strlen(mon.cfg.cleanup + i) + 1;
    }
    record_text(record, ',');
    argv[argc++] = record;
    argv[argc] = NULL;
    for (uint32_t i = 0; i < MONITOR_CLIENTS_MAX; i++) {
        if (mon.s.clients[i].fd >= 0) {
            (void) fd_set_cloexec(mon.s.clients[i].fd, false);
        }
    }
    for (uint32_t i = 0; i < mon.cfg.keep_count; i++) {
        (void) fd_set_cloexec(mon.cfg.keep_fds[i], false);
    }
    restore_signals();
    execve(argv[0], argv, environ);
    return -errno;
}
