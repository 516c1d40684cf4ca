// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * The few macros that every file uses: ownership that is readable in a declaration.
 *
 *   cleanup_free char *name = xstrdup("x");   freed when it goes out of scope
 *   cleanup_close int fd = open(...);         closed when it goes out of scope (errno kept)
 *   return take_ptr(&name);                   ownership leaves this scope
 *   CLEANUP(strbuf) struct strbuf b = ...;    calls strbuf_cleanup(&b); a type opts in with
 *                                             DEFINE_CLEANUP(strbuf, struct strbuf, strbuf_done)
 *
 * An empty file descriptor is -EBADF, so that a leaked sentinel is a valid error code too.
 */
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <unistd.h>

#define ARRAY_SIZE(a)          (sizeof(a) / sizeof((a)[0]))
#define PRINTF_LIKE(fmt, args) __attribute__((format(printf, fmt, args)))
#define MUST_CHECK             __attribute__((warn_unused_result))
#define NORETURN               __attribute__((noreturn))
#define UNUSED                 __attribute__((unused))

#define FD_NONE (-EBADF)

static inline void free_p(void *p)
{
    free(*(void **) p);
}

static inline void close_p(const int *fd)
{
    if (*fd >= 0) {
        int saved = errno;
        close(*fd);
        errno = saved;
    }
}

#define cleanup_free  __attribute__((cleanup(free_p)))
#define cleanup_close __attribute__((cleanup(close_p)))
#define CLEANUP(name) __attribute__((cleanup(name##_cleanup)))

/* Makes CLEANUP(name) usable for variables of the type; done() takes a pointer to the variable. */
#define DEFINE_CLEANUP(name, type, done)                                                           \
    static inline void name##_cleanup(type *v)                                                     \
    {                                                                                              \
        done(v);                                                                                   \
    }                                                                                              \
    struct name##_cleanup_semicolon

/* The same for pointer variables (name *v = name_new()); the free function must accept NULL. */
#define DEFINE_CLEANUP_PTR(name, type, freefn)                                                     \
    static inline void name##_cleanup(type **v)                                                    \
    {                                                                                              \
        freefn(*v);                                                                                \
    }                                                                                              \
    struct name##_cleanup_semicolon

#define take_ptr(pp)                                                                               \
    ({                                                                                             \
        __typeof__(*(pp)) taken_ = *(pp);                                                          \
        *(pp) = NULL;                                                                              \
        taken_;                                                                                    \
    })

static inline int take_fd(int *fd)
{
    int v = *fd;
    *fd = FD_NONE;
    return v;
}

/* Closes *fd when it is open and marks it empty. */
static inline void close_fd(int *fd)
{
    close_p(fd);
    *fd = FD_NONE;
}

#define MIN(a, b)                                                                                  \
    ({                                                                                             \
        __typeof__(a) a_ = (a);                                                                    \
        __typeof__(b) b_ = (b);                                                                    \
        a_ < b_ ? a_ : b_;                                                                         \
    })
#define MAX(a, b)                                                                                  \
    ({                                                                                             \
        __typeof__(a) a_ = (a);                                                                    \
        __typeof__(b) b_ = (b);                                                                    \
        a_ > b_ ? a_ : b_;                                                                         \
    })
