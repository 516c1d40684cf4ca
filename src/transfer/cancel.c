// SPDX-License-Identifier: Apache-2.0
#include "transfer/cancel.h"

#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <unistd.h>

static atomic_bool requested;
static int event_fd = FD_NONE;

void cancel_now(void)
{
    const uint64_t one = 1;
    int saved = errno;

    atomic_store(&requested, true);
    if (event_fd >= 0 && write(event_fd, &one, sizeof(one)) < 0) {
        /* the counter is full: it is readable already */
    }
    errno = saved;
}

static void on_signal(int sig)
{
    (void) sig;
    cancel_now();
}

int cancel_init(struct error *e)
{
    struct sigaction act = {.sa_handler = on_signal};
    struct sigaction ign = {.sa_handler = SIG_IGN};

    event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (event_fd < 0) {
        return err_sys(e, errno, "prepare for signals");
    }
    sigaction(SIGINT, &act, NULL);
    sigaction(SIGTERM, &act, NULL);
    sigaction(SIGHUP, &act, NULL);
    sigaction(SIGPIPE, &ign, NULL);
    return 0;
}

int cancel_fd(void)
{
    return event_fd;
}

bool cancel_requested(void)
{
    return atomic_load_explicit(&requested, memory_order_relaxed);
}

int cancel_check(struct error *e)
{
    return cancel_requested() ? err_set(e, ERR_CANCELLED, "cancelled") : 0;
}
