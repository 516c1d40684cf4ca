// SPDX-License-Identifier: Apache-2.0
/*
 * The log file: entries (log_json.c) appended, rotated by renaming. Nothing here may stop the
 * container: what cannot be written is counted.
 */
#include "monitor/internal.h"

#include "base/timeutil.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define NAME_SIZE (MONITOR_ID_MAX + 32)

static const char *log_name(char *buf, unsigned number)
{
    size_t n = text_str(buf, text_str(buf, 0, mon.cfg.id), "-json.log");

    if (number > 0) {
        text_dec(buf, text_str(buf, n, "."), number);
    }
    return buf;
}

static void lose(const char *data, size_t n, int reason)
{
    if (mon.s.log.lost == 0) {
        mon.s.log.reason = reason;
    }
    for (const char *end = data + n; (data = memchr(data, '\n', (size_t) (end - data))); data++) {
        mon.s.log.lost++;
    }
}

/* A power cut may have torn the last line; a newline keeps the next one whole. */
static void mend_end(int fd, int64_t *size)
{
    char last;

    if (*size > 0 && pread(fd, &last, 1, *size - 1) == 1 && last != '\n' &&
        write(fd, "\n", 1) == 1) {
        (*size)++;
    }
}

static int open_live(int flags)
{
    char name[NAME_SIZE];
    struct stat st;
    int fd =
        openat(mon.cfg.log_dir_fd, log_name(name, 0),
               O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | flags, 0640);

    if (fd < 0) {
        return -errno;
    }
    if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode)) {
        close(fd);
        return -EINVAL;
    }
    mon.s.log.fd = fd;
    mon.s.log.size = st.st_size;
    mend_end(fd, &mon.s.log.size);
    return 0;
}

void logfile_open(void)
{
    if (mon.cfg.log == MONITOR_LOG_JSON_FILE) {
        (void) open_live(0); /* tried again with the first line */
    }
}

/* .1 becomes .2 and so on, the live one .1; a limit of one file empties it. */
static int rotate(void)
{
    char from[NAME_SIZE];
    char to[NAME_SIZE];

    for (unsigned i = mon.cfg.log_files - 1; i > 0; i--) {
        if (renameat(mon.cfg.log_dir_fd, log_name(from, i - 1), mon.cfg.log_dir_fd,
                     log_name(to, i)) < 0 &&
            errno != ENOENT) {
            return -errno;
        }
    }
    close_fd(&mon.s.log.fd);
    return open_live(O_TRUNC);
}

/*
 * All of data or, cut back to whole lines, what there was room for; returns how much that is. The
 * file may have been emptied under us ('truncate -s 0'), so its size is asked, not assumed.
 */
static size_t write_lines(const char *data, size_t n, int *ret_errno)
{
    size_t done = 0;
    struct stat st;

    while (done < n) {
        ssize_t w = write(mon.s.log.fd, data + done, n - done);

        if (w < 0 && errno == EINTR) {
            continue;
        }
        if (w <= 0) {
            *ret_errno = w < 0 ? errno : ENOSPC;
            break;
        }
        done += (size_t) w;
    }
    if (done == n) {
        mon.s.log.size += (int64_t) n;
        return n;
    }
    size_t whole = done;

    while (whole > 0 && data[whole - 1] != '\n') {
        whole--;
    }
    mon.s.log.size += (int64_t) whole;
    if (whole < done && fstat(mon.s.log.fd, &st) == 0 && st.st_size >= (off_t) (done - whole) &&
        ftruncate(mon.s.log.fd, st.st_size - (off_t) (done - whole)) < 0) {
        (void) write(mon.s.log.fd, "\n", 1);
    }
    return whole;
}

/* Room for n more bytes under the limit, by rotation if need be. */
static int make_room(size_t n)
{
    struct stat st;

    if (mon.cfg.log_max_size == 0 || mon.s.log.size == 0 ||
        mon.s.log.size + (int64_t) n <= mon.cfg.log_max_size) {
        return 0;
    }
    if (fstat(mon.s.log.fd, &st) == 0 && st.st_size + (off_t) n <= mon.cfg.log_max_size) {
        mon.s.log.size = st.st_size;
        return 0;
    }
    return rotate();
}

/* strerror() would bring all its sentences along; these are the ones a log meets. */
static const char *log_cause(int errnum, char *buf)
{
    switch (errnum) {
    case ENOSPC:
        return "no space left on device";
    case EDQUOT:
        return "disk quota exceeded";
    case EIO:
        return "input/output error";
    case EROFS:
        return "read-only file system";
    case EFBIG:
        return "file too large";
    case ENOENT:
        return "no such file or directory";
    default:
        text_dec(buf, text_str(buf, 0, "error "), errnum);
        return buf;
    }
}

/* Says what was lost, once writing works again; -errno when it does not. */
static int report_loss(void)
{
    char text[160];
    char entry[512];
    char cause[64];
    int errnum = 0;
    size_t n = text_dec(text, text_str(text, 0, "hoy: "), (int64_t) mon.s.log.lost);

    n = text_str(text, n, mon.s.log.lost == 1 ? " line of output was" : " lines of output were");
    n = text_str(text, n, " not logged: ");
    n = text_str(text, n, log_cause(mon.s.log.reason, cause));
    n = logfile_entry(entry, "stderr", text, n, true, time_now());
    int r = make_room(n);

    if (r == 0 && write_lines(entry, n, &errnum) != n) {
        r = -errnum;
    }
    if (r == 0) {
        mon.s.log.lost = 0;
    }
    return r;
}

void logfile_flush(void)
{
    size_t n = mon.log_len;
    size_t done;
    int errnum = 0;
    int r = 0;

    mon.log_len = 0;
    if (n == 0) {
        return;
    }
    if (mon.s.log.fd < 0) {
        r = open_live(0);
    }
    if (r == 0 && mon.s.log.lost > 0) {
        r = report_loss();
    }
    if (r == 0) {
        r = make_room(n);
    }
    if (r < 0) {
        lose(logfile_buf, n, -r);
        return;
    }
    done = write_lines(logfile_buf, n, &errnum);
    lose(logfile_buf + done, n - done, errnum);
}

/* Entries gather in logfile_buf; the limit is kept per entry. */
static void log_line(enum stream_index i, const char *text, size_t n, bool newline, int64_t when)
{
    static const char *const names[STREAM_COUNT] = {"stdout", "stderr"};

    if (mon.log_len >= LOG_FLUSH_AT) {
        logfile_flush();
    }
    size_t before = mon.log_len;
    size_t len = logfile_entry(logfile_buf + before, names[i], text, n, newline, when);

    if (mon.cfg.log_max_size > 0 &&
        mon.s.log.size + (int64_t) (before + len) > mon.cfg.log_max_size) {
        logfile_flush();
        memmove(logfile_buf, logfile_buf + before, len);
        before = 0;
        int r = mon.s.log.fd < 0 ? 0 : make_room(len);

        if (r < 0) {
            lose(logfile_buf, len, -r);
            return;
        }
    }
    mon.log_len = (uint32_t) (before + len);
}

/* The pieces of one long line carry the time of its first. */
static int64_t line_time(const struct stream *st)
{
    return st->partial_time ? st->partial_time : time_now();
}

void logfile_chunk(enum stream_index i)
{
    struct stream *st = &mon.s.streams[i];
    const char *buf = stream_buf[i];

    if (mon.cfg.log == MONITOR_LOG_NONE) {
        st->logged = st->len;
        return;
    }
    for (;;) {
        const char *start = buf + st->logged;
        const char *nl = memchr(start, '\n', st->len - st->logged);

        if (!nl) {
            break;
        }
        log_line(i, start, (size_t) (nl - start), true, line_time(st));
        st->partial_time = 0;
        st->logged = (uint32_t) (nl + 1 - buf);
    }
    if (st->logged == 0 && st->len == LINE_MAX_BYTES) {
        st->partial_time = line_time(st);
        log_line(i, buf, st->len, false, st->partial_time);
        st->logged = st->len;
    }
    logfile_flush();
}

void logfile_rest(enum stream_index i)
{
    struct stream *st = &mon.s.streams[i];

    if (st->logged < st->len && mon.cfg.log != MONITOR_LOG_NONE) {
        log_line(i, stream_buf[i] + st->logged, st->len - st->logged, false, line_time(st));
        st->logged = st->len;
        logfile_flush();
    }
}
