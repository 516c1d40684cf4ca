// SPDX-License-Identifier: Apache-2.0
#include "transfer/layer_data.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define PAGE 4096u /* the grain of holes */

/* Files from this size on are sent to the disk at once, so that the sync at the end is short. */
#define WRITE_BEHIND (1 << 20)

static bool is_zero(const uint8_t *p, size_t n)
{
    return p[0] == 0 && memcmp(p, p + 1, n - 1) == 0;
}

static int write_at(int fd, const uint8_t *p, size_t n, int64_t offset, struct error *e)
{
    while (n) {
        ssize_t w = pwrite(fd, p, n, offset);

        if (w < 0 && errno == EINTR) {
            continue;
        }
        if (w <= 0) {
            return err_sys(e, w < 0 ? errno : EIO, "write the file");
        }
        p += w;
        n -= (size_t) w;
        offset += w;
    }
    return 0;
}

/*
 * Writes what is not zero and moves *end behind it, in runs as long as they come. The file is new,
 * so zeros need not be written: page by page (and for the parts of pages at both ends) they are
 * left out, and ten gigabytes of them take no room, whoever put them into the archive.
 */
static int write_nonzero(int fd, const uint8_t *p, size_t n, int64_t offset, int64_t *end,
                         struct error *e)
{
    size_t start = 0, pos = 0;

    while (pos < n) {
        size_t page_end = pos + PAGE - ((uint64_t) offset + pos) % PAGE;
        size_t len = MIN(page_end, n) - pos;

        if (!is_zero(p + pos, len)) {
            pos += len;
            *end = offset + (int64_t) pos;
            continue;
        }
        if (write_at(fd, p + start, pos - start, offset + (int64_t) start, e) < 0) {
            return -1;
        }
        pos += len;
        start = pos;
    }
    return write_at(fd, p + start, n - start, offset + (int64_t) start, e);
}

int layer_data_write(struct tar_reader *t, int fd, int64_t size, struct error *e)
{
    int64_t end = 0;     /* behind the last piece */
    int64_t written = 0; /* behind the last byte written */
    const void *data;
    size_t n;
    int64_t offset;
    int r;

    if (size < 0) {
        return err_set(e, ERR_CORRUPT, "the file has a negative size");
    }
    while ((r = tar_data(t, &data, &n, &offset, e)) > 0) {
        if (offset < end || offset > size || (int64_t) n > size - offset) {
            return err_set(e, ERR_CORRUPT, "the file's pieces do not fit its size");
        }
        if (write_nonzero(fd, data, n, offset, &written, e) < 0) {
            return -1;
        }
        end = offset + (int64_t) n;
    }
    if (r < 0) {
        return -1;
    }
    /* A hole at the end, also one made of zeros. */
    if (written != size && ftruncate(fd, size) < 0) {
        return err_sys(e, errno, "write the file");
    }
    if (size >= WRITE_BEHIND) {
        sync_file_range(fd, 0, 0, SYNC_FILE_RANGE_WRITE);
    }
    return 0;
}
