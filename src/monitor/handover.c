// SPDX-License-Identifier: Apache-2.0
/*
 * From the launcher to hoy-monitor, over an execve. The memfd holds, one after the other:
 * struct monitor_config, struct state, the used part of each stream's buffer, that of stdin's.
 */
#include "monitor/internal.h"

#include "base/fd.h"

#include <sys/mman.h>

static void keep_open(int fd, bool keep)
{
    if (fd >= 0) {
        (void) fd_set_cloexec(fd, !keep);
    }
}

static void keep_all_open(bool keep)
{
    const struct monitor_config *c = &mon.cfg;
    const int fds[] = {c->init_pidfd, c->tty_fd,     c->stdin_fd,   c->stdout_fd,   c->stderr_fd,
                       c->listen_fd,  c->run_dir_fd, c->log_dir_fd, mon.s.tty_hold, mon.s.log.fd};

    for (size_t i = 0; i < ARRAY_SIZE(fds); i++) {
        keep_open(fds[i], keep);
    }
    for (uint32_t i = 0; i < MONITOR_CLIENTS_MAX; i++) {
        keep_open(mon.s.clients[i].fd, keep);
    }
    for (uint32_t i = 0; i < c->keep_count; i++) {
        keep_open(c->keep_fds[i], keep);
    }
}

static int save(int fd)
{
    int r = fd_write_all(fd, &mon.cfg, sizeof(mon.cfg));

    if (r == 0) {
        r = fd_write_all(fd, &mon.s, sizeof(mon.s));
    }
    for (int i = 0; i < STREAM_COUNT && r == 0; i++) {
        r = fd_write_all(fd, stream_buf[i], mon.s.streams[i].len);
    }
    if (r == 0) {
        r = fd_write_all(fd, stdin_buf, mon.s.stdin_len);
    }
    return r == 0 && lseek(fd, 0, SEEK_SET) < 0 ? -errno : r;
}

int monitor_handover(const char *path)
{
    cleanup_close int fd = memfd_create("hoy-monitor", MFD_CLOEXEC);
    char number[24];
    char name[] = "hoy-monitor";
    char *argv[] = {name, number, mon.cfg.id, NULL};
    int r = fd < 0 ? -errno : save(fd);

    if (r < 0) {
        return r;
    }
    text_dec(number, 0, fd);
    keep_open(fd, true);
    keep_all_open(true);
    execve(path, argv, environ);
    r = -errno;
    keep_all_open(false);
    return r;
}

static bool read_part(int fd, void *buf, size_t n)
{
    return fd_read_full(fd, buf, n) == (ssize_t) n;
}

static bool state_valid(void)
{
    if (mon.s.magic != MONITOR_MAGIC || mon.s.size != sizeof(mon.s) || mon.s.exited ||
        mon.s.stdin_len > sizeof(stdin_buf) || mon.s.stdin_off > mon.s.stdin_len) {
        return false;
    }
    for (int i = 0; i < STREAM_COUNT; i++) {
        const struct stream *st = &mon.s.streams[i];

        if (st->len > LINE_MAX_BYTES || st->chunk > st->len || st->logged > st->len) {
            return false;
        }
    }
    return true;
}

int monitor_resume(int memfd)
{
    bool whole = read_part(memfd, &mon.cfg, sizeof(mon.cfg)) && monitor_config_valid(&mon.cfg) &&
                 read_part(memfd, &mon.s, sizeof(mon.s)) && state_valid();

    for (int i = 0; i < STREAM_COUNT && whole; i++) {
        whole = read_part(memfd, stream_buf[i], mon.s.streams[i].len);
    }
    if (!whole || !read_part(memfd, stdin_buf, mon.s.stdin_len)) {
        return -EPROTO;
    }
    close(memfd);
    keep_all_open(false);
    return monitor_begin();
}
