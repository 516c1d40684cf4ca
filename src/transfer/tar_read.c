// SPDX-License-Identifier: Apache-2.0
#include "transfer/tar_read.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

/* Length of the UTF-8 sequence at s, 0 when it is none or must not reach a terminal. */
static size_t printable_sequence(const unsigned char *s)
{
    size_t n = s[0] < 0x80 ? 1 : s[0] >= 0xf0 ? 4 : s[0] >= 0xe0 ? 3 : 2;

    if (n == 1) {
        return isprint(s[0]) && s[0] != '\\' && s[0] != '\'';
    }
    /* Not a lead byte, or C1 controls (U+0080 to U+009F), which some terminals obey. */
    if (s[0] < 0xc2 || s[0] > 0xf4 || (s[0] == 0xc2 && s[1] < 0xa0)) {
        return 0;
    }
    for (size_t i = 1; i < n; i++) {
        if ((s[i] & 0xc0) != 0x80) {
            return 0;
        }
    }
    return n;
}

const char *tar_printable(const char *name, char *buf, size_t size)
{
    const unsigned char *s = (const unsigned char *) name;
    size_t pos = 0;

    while (*s && pos + 8 < size) {
        size_t n = printable_sequence(s);

        if (n == 0) {
            pos += (size_t) snprintf(buf + pos, size - pos, "\\x%02x", *s++);
            continue;
        }
        memcpy(buf + pos, s, n);
        pos += n;
        s += n;
    }
    snprintf(buf + pos, size - pos, "%s", *s ? "..." : "");
    return buf;
}

/*
 * The stream's end within content: maybe only the padding is missing, on which libarchive insists.
 * That it was not more than the padding is seen by tar_data().
 */
static la_ssize_t pad(struct tar_reader *t, const void **ret)
{
    static const uint8_t zeros[TAR_BLOCK];
    size_t n = (size_t) (-t->given & (TAR_BLOCK - 1));

    if (!t->in_data || t->padded) {
        return 0;
    }
    t->padded = true;
    *ret = zeros;
    return (la_ssize_t) n;
}

static la_ssize_t read_ring(struct archive *a, void *ctx, const void **ret)
{
    struct tar_reader *t = ctx;

    t->given += (int64_t) t->chunk_len;
    t->chunk_len = 0;
    if (t->on_chunk) {
        t->on_chunk(t->ctx);
    }
    ssize_t n = ring_next(t->in, t->reader, &t->chunk);

    if (n < 0) {
        archive_set_error(a, EIO, "stream failed");
        return ARCHIVE_FATAL;
    }
    if (n == 0) {
        return pad(t, ret);
    }
    if (t->head_len < sizeof(t->head)) {
        size_t take = MIN((size_t) n, sizeof(t->head) - t->head_len);

        memcpy(t->head + t->head_len, t->chunk, take);
        t->head_len += take;
    }
    t->chunk_len = (size_t) n;
    *ret = t->chunk;
    return n;
}

int tar_open(struct tar_reader *t, struct ring *in, unsigned reader, struct error *e)
{
    *t = (struct tar_reader){.in = in, .reader = reader, .a = archive_read_new()};
    /*
     * The program never calls setlocale(): in the C locale libarchive hands out every name byte
     * by byte as it is in the archive, also names that are no UTF-8 or not normalised.
     */
    if (!t->a || archive_read_support_format_tar(t->a) != ARCHIVE_OK ||
        archive_read_support_format_empty(t->a) != ARCHIVE_OK) {
        return err_set(e, ERR_INTERNAL, "prepare to read a tar archive");
    }
    return 0;
}

void tar_done(struct tar_reader *t)
{
    archive_read_free(t->a);
    t->a = NULL;
}

/* What people give by mistake, so that the sentence can say it. */
static const char *guess_format(const struct tar_reader *t)
{
    static const struct {
        const char *magic;
        size_t len;
        const char *name;
    } known[] = {
        {"PK\x03\x04", 4, "it is a zip archive"},
        {"\x7f"
         "ELF",
         4, "it is a program"},
        {"#!", 2, "it is a script"},
        {"7z\xbc\xaf", 4, "it is a 7z archive"},
        {"Rar!", 4, "it is a rar archive"},
        {"hsqs", 4, "it is a squashfs file system"},
        {"070701", 6, "it is a cpio archive"},
        {"!<arch>", 7, "it is an ar archive"},
        {"<!DOCTYPE", 9, "it is a web page"},
        {"<html", 5, "it is a web page"},
        {"{", 1, "it looks like JSON"},
        {"QFI\xfb", 4, "it is a qcow2 disk image"},
    };

    for (size_t i = 0; i < ARRAY_SIZE(known); i++) {
        if (t->head_len >= known[i].len && memcmp(t->head, known[i].magic, known[i].len) == 0) {
            return known[i].name;
        }
    }
    return t->head_len < TAR_BLOCK ? "it is too short" : "it has no tar header";
}

/* Says why libarchive stopped, inside an entry or behind one; the stream's own failure goes first.
 */
static int tar_failed(struct tar_reader *t, bool inside, struct error *e)
{
    const char *why = archive_error_string(t->a);
    char place[sizeof(t->where) + 16] = "", cause[160];

    if (ring_error(t->in, e) < 0) {
        return -1;
    }
    if (!t->started) {
        return err_set(e, ERR_INVALID, "not a tar archive (%s)", guess_format(t));
    }
    if (!inside) {
        snprintf(place, sizeof(place), " behind '%s'", t->where);
    }
    if (why && strstr(why, "Truncated")) {
        return err_set(e, ERR_CORRUPT, "the archive is cut off%s", place);
    }
    if (!why || strstr(why, "Damaged")) {
        return err_set(e, ERR_CORRUPT, "the archive is damaged%s", place);
    }
    snprintf(cause, sizeof(cause), "%s", why);
    cause[0] = (char) tolower((unsigned char) cause[0]);
    return err_set(e, ERR_CORRUPT, "the archive is damaged%s: %s", place, cause);
}

/*
 * libarchive warns, and goes on, about a name it cannot bring into the C locale (it then gives the
 * raw bytes, which is what we want) and about ACLs (which are not taken over). All other warnings
 * are about damage.
 */
static bool warning_is_harmless(struct archive *a)
{
    const char *why = archive_error_string(a);

    return why && (strstr(why, "can't be converted") || strstr(why, "Parse error: ") ||
                   strstr(why, "Solaris ACL"));
}

int tar_next(struct tar_reader *t, struct archive_entry **ret, struct error *e)
{
    int r;

    /* What the caller left, so that only tar_data() meets padding. */
    while (t->in_data) {
        const void *data;
        size_t n;
        int64_t offset;

        if (tar_data(t, &data, &n, &offset, e) < 0) {
            return -1;
        }
    }
    if (!t->started && t->given + (int64_t) t->chunk_len == 0 &&
        archive_read_open(t->a, t, NULL, read_ring, NULL) != ARCHIVE_OK) {
        return tar_failed(t, false, e);
    }
    r = archive_read_next_header(t->a, ret);
    if (r == ARCHIVE_EOF) {
        return 0;
    }
    if (r != ARCHIVE_OK && !(r == ARCHIVE_WARN && warning_is_harmless(t->a))) {
        return tar_failed(t, false, e);
    }
    t->started = true;
    const char *name = archive_entry_pathname(*ret);

    if (!name || !*name) {
        return err_set(e, ERR_CORRUPT, "the archive has an entry without a name behind '%s'",
                       t->where);
    }
    tar_printable(name, t->where, sizeof(t->where));
    t->in_data = true;
    return 1;
}

int tar_data(struct tar_reader *t, const void **ret, size_t *ret_n, int64_t *ret_offset,
             struct error *e)
{
    int r = archive_read_data_block(t->a, ret, ret_n, ret_offset);

    if (r == ARCHIVE_EOF) {
        t->in_data = false;
        return 0;
    }
    if (r != ARCHIVE_OK) {
        return tar_failed(t, true, e);
    }
    /* libarchive counts the piece as read with the next call. */
    if (t->padded && archive_filter_bytes(t->a, 0) + (int64_t) *ret_n > t->given) {
        return err_set(e, ERR_CORRUPT, "the archive is cut off");
    }
    return 1;
}

static bool all_zero(const uint8_t *p, size_t n)
{
    return n == 0 || !p || (p[0] == 0 && memcmp(p, p + 1, n - 1) == 0);
}

int tar_finish(struct tar_reader *t, enum tar_trailer trailer, struct error *e)
{
    int64_t used = archive_filter_bytes(t->a, 0) - t->given;
    size_t skip = used < 0 ? 0 : MIN((size_t) used, t->chunk_len);
    const uint8_t *data = t->chunk ? t->chunk + skip : NULL;
    ssize_t n = (ssize_t) (t->chunk_len - skip);

    do {
        if (trailer == TAR_TRAILER_ZEROS && !all_zero(data, (size_t) n)) {
            return err_set(e, ERR_INVALID, "the archive is followed by something else");
        }
        n = ring_next(t->in, t->reader, &data);
    } while (n > 0);
    return n < 0 ? ring_error(t->in, e) : 0;
}
