// SPDX-License-Identifier: Apache-2.0
#include "engine/logread.h"

#include "base/alloc.h"
#include "base/fd.h"
#include "base/timeutil.h"
#include "engine/logentry.h"

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>

#define FILES_MAX  500          /* as many as a monitor keeps */
#define LINE_ROOM  (256 * 1024) /* longer lines are damage */
#define BLOCK      65536
#define GAP        2   /* numbers in a row that may be missing while somebody renames */
#define POLL_BLIND 250 /* ms between looks when inotify is not to be had */

struct file {
    int fd;
    dev_t dev;
    ino_t ino;
    off_t size;  /* when it was opened */
    off_t start; /* where reading begins */
    int64_t mtime;
};

struct reader {
    int dir_fd;
    const char *id;
    const struct logs_options *o;
    const struct logs_sink *sink;
    struct file files[FILES_MAX]; /* the newest first */
    size_t count;
    char *line; /* LINE_ROOM bytes read, of which [0, used) are an unfinished line */
    size_t used;
    bool skipping; /* of an overlong line, up to its newline */
    off_t offset;  /* in the file that is read */
    struct logentry entry;
    char *out; /* what is given to the sink: prefix and text */
};

/* ---- the files ---- */

static void close_files(struct reader *r)
{
    for (size_t i = 0; i < r->count; i++) {
        close_fd(&r->files[i].fd);
    }
    r->count = 0;
}

static void reader_done(struct reader *r)
{
    close_files(r);
    free(r->line);
    free(r->out);
}
DEFINE_CLEANUP(reader, struct reader, reader_done);

/* -ENOENT, or 0 with the file open; something else than a plain file counts as absent. */
static int open_number(const struct reader *r, unsigned number, struct file *ret)
{
    char name[300];
    struct stat st;

    if (number == 0) {
        snprintf(name, sizeof(name), "%s-json.log", r->id);
    } else {
        snprintf(name, sizeof(name), "%s-json.log.%u", r->id, number);
    }
    cleanup_close int fd =
        openat(r->dir_fd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);

    if (fd < 0) {
        return -errno;
    }
    if (fstat(fd, &st) < 0) {
        return -errno;
    }
    if (!S_ISREG(st.st_mode)) {
        return -ENOENT;
    }
    *ret = (struct file){
        .dev = st.st_dev,
        .ino = st.st_ino,
        .size = st.st_size,
        .mtime = (int64_t) st.st_mtim.tv_sec * NS_PER_SEC + st.st_mtim.tv_nsec,
    };
    ret->fd = take_fd(&fd);
    return 0;
}

static bool same_file(const struct file *a, const struct file *b)
{
    return a->dev == b->dev && a->ino == b->ino;
}

static bool known_file(const struct reader *r, const struct file *f)
{
    for (size_t i = 0; i < r->count; i++) {
        if (same_file(&r->files[i], f)) {
            return true;
        }
    }
    return false;
}

/*
 * Opens the live file and the older ones, up to 'last' (not included; NULL: all of them). Somebody
 * may rename meanwhile: then a file shows up under its next number again and is passed over.
 */
static int open_files(struct reader *r, const struct file *last, struct error *e)
{
    unsigned missing = 0;

    for (unsigned number = 0; missing < GAP && r->count < FILES_MAX; number++) {
        struct file f = {.fd = FD_NONE};
        int err = open_number(r, number, &f);

        if (err == -ENOENT) {
            missing++;
            continue;
        }
        if (err < 0) {
            return err_sys(e, err, "read the log of container '%.12s'", r->id);
        }
        missing = 0;
        if (last && same_file(last, &f)) {
            close(f.fd);
            return 0;
        }
        if (known_file(r, &f)) {
            close(f.fd);
            continue;
        }
        r->files[r->count++] = f;
    }
    return 0;
}

/* ---- the tail ---- */

/* A scan backwards over one file; a line counts when it looks like an entry. */
struct tail {
    int64_t left;
    bool in_line; /* the newline that ends the line was seen */
    char first;
    char last;
};

/* True when enough lines were found; *ret is then where the first of them begins in buf. */
static bool tail_block(struct tail *t, const char *buf, size_t n, size_t *ret)
{
    for (size_t i = n; i > 0; i--) {
        char c = buf[i - 1];

        if (c == '\n') {
            if (t->in_line && t->first == '{' && t->last == '}' && --t->left == 0) {
                *ret = i;
                return true;
            }
            t->in_line = true;
            t->first = '\0';
            t->last = '\0';
        } else if (t->in_line) {
            t->first = c;
            t->last = t->last ? t->last : c;
        }
    }
    return false;
}

static int tail_file(struct file *f, struct tail *t, char *buf)
{
    off_t pos = f->size;

    t->in_line = false;
    while (pos > 0) {
        size_t n = (size_t) MIN(pos, (off_t) BLOCK);
        size_t at;
        ssize_t got = pread(f->fd, buf, n, pos - (off_t) n);

        if (got < 0) {
            return -errno;
        }
        if ((size_t) got < n) { /* emptied under us: what there is is newer than what we wanted */
            f->start = 0;
            return 0;
        }
        pos -= (off_t) n;
        if (tail_block(t, buf, n, &at)) {
            f->start = pos + (off_t) at;
            return 0;
        }
    }
    if (t->in_line && t->first == '{' && t->last == '}') {
        t->left--;
    }
    f->start = 0;
    return 0;
}

/* Forgets the files that the tail does not reach. */
static int find_tail(struct reader *r, struct error *e)
{
    struct tail t = {.left = r->o->tail};

    for (size_t i = 0; i < r->count; i++) {
        int err = 0;

        if (t.left > 0) {
            err = tail_file(&r->files[i], &t, r->line);
        } else if (i == 0) {
            r->files[i].start = r->files[i].size; /* -n 0: only what follows */
        } else {
            close_fd(&r->files[i].fd);
        }
        if (err < 0) {
            return err_sys(e, err, "read the log of container '%.12s'", r->id);
        }
    }
    while (r->count > 0 && r->files[r->count - 1].fd < 0) {
        r->count--;
    }
    return 0;
}

/* ---- entries ---- */

static int give_entry(struct reader *r)
{
    const struct logentry *entry = &r->entry;
    size_t len = 0;

    if ((r->o->since && entry->time < r->o->since) || (r->o->until && entry->time > r->o->until)) {
        return 0;
    }
    if (r->o->timestamps) {
        time_format_nano(entry->time, r->out, 64);
        len = strlen(r->out);
        r->out[len++] = ' ';
    }
    if (r->o->details) {
        size_t n = strlen(entry->attrs);

        memcpy(r->out + len, entry->attrs, n);
        len += n;
        r->out[len++] = ' ';
    }
    memcpy(r->out + len, entry->text, entry->n);
    return r->sink->entry(r->sink->context,
                          entry->is_stderr ? LOG_STREAM_STDERR : LOG_STREAM_STDOUT, r->out,
                          len + entry->n);
}

/* Whole lines of line[0, used) go to the sink, the rest moves to the front. */
static int give_lines(struct reader *r)
{
    char *p = r->line;
    char *end = r->line + r->used;
    char *nl;
    int result = 0;

    while (result >= 0 && (nl = memchr(p, '\n', (size_t) (end - p)))) {
        if (!r->skipping && logentry_parse(p, (size_t) (nl - p), &r->entry) == 0) {
            result = give_entry(r);
        }
        r->skipping = false;
        p = nl + 1;
    }
    r->used = (size_t) (end - p);
    memmove(r->line, p, r->used);
    if (r->used == LINE_ROOM) {
        r->used = 0;
        r->skipping = true;
    }
    return result;
}

/* From r->offset to the end of what there is now; a line that is not finished yet stays in r. */
static int read_on(struct reader *r, int fd, struct error *e)
{
    for (;;) {
        ssize_t n =
            pread(fd, r->line + r->used, MIN(LINE_ROOM - r->used, (size_t) BLOCK), r->offset);

        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n < 0) {
            return err_sys(e, errno, "read the log of container '%.12s'", r->id);
        }
        if (n == 0) {
            return 0;
        }
        r->offset += n;
        r->used += (size_t) n;
        int result = give_lines(r);

        if (result < 0) {
            return result;
        }
    }
}

static void start_file(struct reader *r, off_t offset)
{
    r->offset = offset;
    r->used = 0; /* what the file before ended with was torn */
    r->skipping = false;
}

/* All files but the newest are finished with; that one stays open as files[0]. */
static int read_files(struct reader *r, struct error *e)
{
    while (r->count > 0) {
        struct file *f = &r->files[r->count - 1];
        bool newest = r->count == 1;

        start_file(r, f->start);
        /* Nothing in a file is newer than its last change. */
        if (newest || f->mtime >= r->o->since) {
            int result = read_on(r, f->fd, e);

            if (result < 0) {
                return result;
            }
        }
        if (newest) {
            break;
        }
        close_fd(&f->fd);
        r->count--;
    }
    return 0;
}

/* ---- following ---- */

/* Emptied by 'truncate', or by a monitor that keeps one file only. */
static void check_truncated(struct reader *r)
{
    struct stat st;

    if (r->count > 0 && fstat(r->files[0].fd, &st) == 0 && st.st_size < r->offset) {
        start_file(r, 0);
    }
}

/* What came since: the rest of the file at hand, then files that took its place. */
static int read_news(struct reader *r, struct error *e)
{
    struct file now = {.fd = FD_NONE};
    int result = 0;

    check_truncated(r);
    if (r->count > 0) {
        bool gone = open_number(r, 0, &now) < 0;
        bool rotated = gone || !same_file(&now, &r->files[0]);

        if (!gone) {
            close(now.fd);
        }
        /* After the look at the name: a file that was renamed is not written any more. */
        result = read_on(r, r->files[0].fd, e);
        if (result < 0 || !rotated || gone) {
            return result;
        }
    }
    struct file old = r->count > 0 ? r->files[0] : (struct file){.fd = FD_NONE};

    r->count = 0;
    result = open_files(r, old.fd >= 0 ? &old : NULL, e);
    if (result == 0 && r->count == 0) {
        r->files[r->count++] = old;
        r->count = old.fd >= 0 ? 1 : 0;
        return 0;
    }
    close_fd(&old.fd);
    return result < 0 ? result : read_files(r, e);
}

static void drain_inotify(int fd)
{
    char buf[4096] __attribute__((aligned(__alignof__(struct inotify_event))));

    while (read(fd, buf, sizeof(buf)) > 0) {
    }
}

static int watch_dir(const struct reader *r)
{
    char path[64];
    int fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);

    snprintf(path, sizeof(path), "/proc/self/fd/%d", r->dir_fd);
    if (fd >= 0 && inotify_add_watch(fd, path, IN_MODIFY | IN_CREATE | IN_MOVED_TO) < 0) {
        close_fd(&fd);
    }
    return fd;
}

/* ms until the wanted stretch of time is over; -1: it has no end. */
static int until_timeout(const struct reader *r)
{
    if (r->o->until == 0) {
        return -1;
    }
    int64_t left = r->o->until - time_now();

    return left <= 0 ? 0 : (int) MIN(left / 1000000 + 1, (int64_t) 3600 * 1000);
}

static int follow(struct reader *r, int watch, struct error *e)
{
    for (;;) {
        struct pollfd fds[2] = {{.fd = r->o->end_fd, .events = POLLIN},
                                {.fd = watch, .events = POLLIN}};
        int timeout = until_timeout(r);

        if (watch < 0 && (timeout < 0 || timeout > POLL_BLIND)) {
            timeout = POLL_BLIND;
        }
        if (poll(fds, 2, timeout) < 0 && errno != EINTR) {
            return err_sys(e, errno, "follow the log of container '%.12s'", r->id);
        }
        if (fds[1].revents) {
            drain_inotify(watch);
        }
        /* Looked at before reading: all that the container said is in the log when it has ended. */
        bool last = fds[0].revents != 0 || until_timeout(r) == 0;
        int result = read_news(r, e);

        if (result < 0 || last) {
            return result;
        }
    }
}

int logs_read(int log_dir_fd, const char *id, const struct logs_options *o,
              const struct logs_sink *sink, struct error *e)
{
    CLEANUP(reader)
    struct reader r = {.dir_fd = log_dir_fd, .id = id, .o = o, .sink = sink};
    cleanup_close int watch = FD_NONE;
    bool goes_on = o->follow && o->end_fd >= 0;

    r.line = xmalloc(LINE_ROOM);
    r.out = xmalloc(LINE_ROOM + LOGENTRY_ATTRS_MAX + 128);
    if (goes_on) {
        watch = watch_dir(&r); /* before the first look, so that nothing falls in between */
    }
    int result = open_files(&r, NULL, e);

    if (result == 0 && o->tail >= 0) {
        result = find_tail(&r, e);
    }
    if (result == 0) {
        result = read_files(&r, e);
    }
    return result == 0 && goes_on ? follow(&r, watch, e) : result;
}
