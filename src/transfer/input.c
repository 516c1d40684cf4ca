// SPDX-License-Identifier: Apache-2.0
#include "transfer/input.h"

#include "base/alloc.h"
#include "transfer/cancel.h"

#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/stat.h>

void input_init(struct input *in, int fd)
{
    struct stat st;

    *in = (struct input){.fd = fd, .may_block = true, .size = -1};
    in->stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    in->buf = xmalloc(INPUT_BUFFER);
    if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode)) {
        in->may_block = false;
        in->size = st.st_size;
        posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL);
    }
    /* Fewer switches between us and the writer of a pipe; refused over the user's limit. */
    fcntl(fd, F_SETPIPE_SZ, 1 << 20);
}

void input_done(struct input *in)
{
    free(take_ptr(&in->buf));
    close_fd(&in->stop_fd);
}

void input_stop(struct input *in)
{
    const uint64_t one = 1;

    if (in->stop_fd >= 0 && write(in->stop_fd, &one, sizeof(one)) < 0) {
        return; /* the counter is full: it is readable already */
    }
}

/* One read(2), counted; given up when a stop is requested. */
static ssize_t read_some(struct input *in, uint8_t *dst, size_t n, struct error *e)
{
    for (;;) {
        if (cancel_check(e) < 0) {
            return -1;
        }
        struct pollfd fds[3] = {{.fd = in->fd, .events = POLLIN},
                                {.fd = cancel_fd(), .events = POLLIN},
                                {.fd = in->stop_fd, .events = POLLIN}};

        if ((in->may_block || in->more) && poll(fds, 3, in->may_block ? -1 : 0) < 0 &&
            errno != EINTR) {
            return err_sys(e, errno, "read");
        }
        if (fds[2].revents & POLLIN) {
            return err_set(e, ERR_CANCELLED, "cancelled");
        }
        if (in->may_block && !fds[0].revents) {
            continue;
        }
        ssize_t got = read(in->fd, dst, n);

        if (got == 0 && in->more) {
            int more = in->more(in->more_ctx, atomic_load(&in->taken), e);

            if (more < 0) {
                return -1;
            }
            if (more) {
                continue;
            }
        }
        if (got >= 0) {
            in->ended = got == 0;
            atomic_fetch_add_explicit(&in->taken, got, memory_order_relaxed);
            return got;
        }
        if (errno != EINTR && errno != EAGAIN) {
            return err_sys(e, errno, "read");
        }
    }
}

ssize_t input_fill(struct input *in, size_t want, struct error *e)
{
    if (in->pos && in->len - in->pos < want) {
        memmove(in->buf, in->buf + in->pos, in->len - in->pos);
        in->len -= in->pos;
        in->pos = 0;
    }
    while (!in->ended && in->len - in->pos < want) {
        ssize_t got = read_some(in, in->buf + in->len, INPUT_BUFFER - in->len, e);

        if (got < 0) {
            return -1;
        }
        in->len += (size_t) got;
    }
    return (ssize_t) (in->len - in->pos);
}

ssize_t input_read(struct input *in, uint8_t *dst, size_t n, struct error *e)
{
    size_t buffered = in->len - in->pos;

    if (buffered) {
        n = MIN(n, buffered);
        memcpy(dst, input_data(in), n);
        input_consume(in, n);
        return (ssize_t) n;
    }
    return in->ended ? 0 : read_some(in, dst, n, e);
}
