// SPDX-License-Identifier: Apache-2.0
#include "base/error.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const char *const kind_names[ERR_KIND_COUNT] = {
    [ERR_NONE] = "none",
    [ERR_INVALID] = "invalid",
    [ERR_NOT_FOUND] = "not_found",
    [ERR_EXISTS] = "exists",
    [ERR_IN_USE] = "in_use",
    [ERR_DENIED] = "denied",
    [ERR_UNAVAILABLE] = "unavailable",
    [ERR_UNSUPPORTED] = "unsupported",
    [ERR_TIMEOUT] = "timeout",
    [ERR_CORRUPT] = "corrupt",
    [ERR_CANCELLED] = "cancelled",
    [ERR_INTERNAL] = "internal",
};

const char *err_kind_to_string(enum err_kind kind)
{
    return (unsigned) kind < ERR_KIND_COUNT ? kind_names[kind] : "internal";
}

enum err_kind err_kind_from_string(const char *name)
{
    for (int i = 0; name && i < ERR_KIND_COUNT; i++) {
        if (strcmp(kind_names[i], name) == 0) {
            return (enum err_kind) i;
        }
    }
    return ERR_INTERNAL;
}

const char *err_cause(int errnum, char *buf, size_t size)
{
    const char *s = strerrordesc_np(errnum < 0 ? -errnum : errnum);

    if (!s) {
        snprintf(buf, size, "error %d", errnum < 0 ? -errnum : errnum);
        return buf;
    }
    snprintf(buf, size, "%s", s);
    /* "Input/output error" becomes lower case; "RFS specific error" keeps its acronym. */
    if (isupper((unsigned char) buf[0]) && !isupper((unsigned char) buf[1])) {
        buf[0] = (char) tolower((unsigned char) buf[0]);
    }
    return buf;
}

static enum err_kind kind_from_errno(int errnum)
{
    switch (errnum) {
    case ENOENT:
    case ENOTDIR:
    case ESRCH:
        return ERR_NOT_FOUND;
    case EEXIST:
        return ERR_EXISTS;
    case EBUSY:
    case EADDRINUSE:
    case ETXTBSY:
    case ENOTEMPTY:
        return ERR_IN_USE;
    case EACCES:
    case EPERM:
    case EROFS:
        return ERR_DENIED;
    case EINVAL:
    case ENAMETOOLONG:
    case E2BIG:
    case ELOOP:
    case ERANGE:
    case EISDIR:
        return ERR_INVALID;
    case ENOSYS:
    case EOPNOTSUPP:
    case ENODEV:
    case EAFNOSUPPORT:
        return ERR_UNSUPPORTED;
    case ENOSPC:
    case EDQUOT:
    case ENOMEM:
    case EMFILE:
    case ENFILE:
    case EAGAIN:
    case ECONNREFUSED:
    case ECONNRESET:
    case EHOSTUNREACH:
    case ENETUNREACH:
    case EPIPE:
        return ERR_UNAVAILABLE;
    case ETIMEDOUT:
    case ETIME:
        return ERR_TIMEOUT;
    case EBADMSG:
    case EPROTO:
        return ERR_CORRUPT;
    case EINTR:
    case ECANCELED:
        return ERR_CANCELLED;
    default:
        return ERR_INTERNAL;
    }
}

int err_set(struct error *e, enum err_kind kind, const char *fmt, ...)
{
    va_list ap;

    e->kind = kind == ERR_NONE ? ERR_INTERNAL : kind;
    e->errnum = 0;
    e->hint[0] = '\0';
    va_start(ap, fmt);
    vsnprintf(e->text, sizeof(e->text), fmt, ap);
    va_end(ap);
    return -1;
}

int err_sys(struct error *e, int errnum, const char *fmt, ...)
{
    char cause[100];
    char step[sizeof(e->text)];
    va_list ap;

    errnum = errnum < 0 ? -errnum : errnum;
    err_cause(errnum, cause, sizeof(cause));
    va_start(ap, fmt);
    vsnprintf(step, sizeof(step), fmt, ap);
    va_end(ap);
    e->kind = kind_from_errno(errnum);
    e->errnum = errnum;
    e->hint[0] = '\0';
    snprintf(e->text, sizeof(e->text), "%s", cause);
    return err_wrap(e, "%s", step);
}

int err_wrap(struct error *e, const char *fmt, ...)
{
    char step[sizeof(e->text)];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(step, sizeof(step), fmt, ap);
    va_end(ap);

    /* The cause is the part that helps: when both do not fit, the step is cut in front. */
    size_t cause_len = strlen(e->text);
    size_t room = sizeof(e->text) - 1 - cause_len;
    size_t step_len = strlen(step);

    if (room < 6) {
        return -1;
    }
    memmove(e->text + (step_len + 2 <= room ? step_len + 2 : room), e->text, cause_len + 1);
    if (step_len + 2 > room) {
        memcpy(e->text, step + (step_len + 2 - room), room - 2);
        memcpy(e->text, "...", 3);
        memcpy(e->text + room - 2, ": ", 2);
    } else {
        memcpy(e->text, step, step_len);
        memcpy(e->text + step_len, ": ", 2);
    }
    return -1;
}

int err_hint(struct error *e, const char *fmt, ...)
{
    va_list ap;

    if (e->hint[0]) {
        return -1;
    }
    va_start(ap, fmt);
    vsnprintf(e->hint, sizeof(e->hint), fmt, ap);
    va_end(ap);
    return -1;
}

void err_clear(struct error *e)
{
    e->kind = ERR_NONE;
    e->errnum = 0;
    e->text[0] = '\0';
    e->hint[0] = '\0';
}
