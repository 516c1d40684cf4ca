// SPDX-License-Identifier: Apache-2.0
#include "oci/sync.h"

#include "base/fd.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

int sync_send(int sock, enum sync_kind kind, int fd)
{
    struct sync_msg m = {.kind = kind};

    return fd_msg_send(sock, &m, SYNC_HEAD_SIZE, &fd, fd >= 0 ? 1 : 0);
}

int sync_send_error(int sock, const struct error *e, enum sync_program program)
{
    struct sync_msg m = {.kind = SYNC_ERROR, .program = program, .error = *e};

    if (m.error.kind == ERR_NONE) {
        m.error.kind = ERR_INTERNAL;
    }
    return fd_msg_send(sock, &m, sizeof(m), NULL, 0);
}

int sync_send_unfiltered(int sock, int errnum)
{
    struct sync_msg m = {.kind = SYNC_UNFILTERED, .errnum = errnum};

    return fd_msg_send(sock, &m, SYNC_HEAD_SIZE, NULL, 0);
}

int sync_send_text(int sock, enum sync_kind kind, const char *fmt, ...)
{
    struct sync_msg m = {.kind = kind};
    va_list ap;

    va_start(ap, fmt);
    /* clang-tidy 14 does not see va_start when it looks from another file. */
    // NOLINTNEXTLINE(clang-analyzer-valist.Uninitialized)
    vsnprintf(m.error.text, sizeof(m.error.text), fmt, ap);
    va_end(ap);
    return fd_msg_send(sock, &m, sizeof(m), NULL, 0);
}

static bool message_is_valid(const struct sync_msg *m, size_t n)
{
    bool speaks = m->kind == SYNC_ERROR || m->kind == SYNC_WARNING || m->kind == SYNC_EXEC;

    if (n != (speaks ? sizeof(*m) : SYNC_HEAD_SIZE) || m->kind < SYNC_NAMESPACES ||
        m->kind >= SYNC_KIND_COUNT || (unsigned) m->program >= SYNC_PROGRAM_COUNT) {
        return false;
    }
    return m->kind != SYNC_ERROR ||
           (m->error.kind != ERR_NONE && (unsigned) m->error.kind < ERR_KIND_COUNT);
}

int sync_recv(int sock, struct sync_msg *ret, int *ret_fd)
{
    int fd = FD_NONE;
    size_t fds = 0;
    ssize_t n = fd_msg_recv(sock, ret, sizeof(*ret), &fd, ret_fd ? 1 : 0, &fds);

    if (ret_fd) {
        *ret_fd = FD_NONE;
    }
    if (n <= 0) {
        return (int) n;
    }
    if ((size_t) n < SYNC_HEAD_SIZE || !message_is_valid(ret, (size_t) n)) {
        close_fd(&fd);
        return -EPROTO;
    }
    if ((size_t) n == sizeof(*ret)) {
        ret->error.text[sizeof(ret->error.text) - 1] = '\0';
        ret->error.hint[sizeof(ret->error.hint) - 1] = '\0';
    }
    if (ret_fd && fds == 1) {
        *ret_fd = fd;
    }
    return 1;
}
