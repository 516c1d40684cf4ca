// SPDX-License-Identifier: Apache-2.0
#include "base/undo.h"

#include "base/log.h"

void undo_push(struct undo *u, const char *name, undo_fn *fn, void *arg)
{
    if (u->count == UNDO_MAX) {
        abort();
    }
    u->steps[u->count].name = name;
    u->steps[u->count].fn = fn;
    u->steps[u->count].arg = arg;
    u->count++;
}

void undo_disarm(struct undo *u)
{
    u->count = 0;
}

void undo_run(struct undo *u)
{
    int saved = errno;

    while (u->count > 0) {
        struct error e = {0};

        u->count--;
        if (u->steps[u->count].fn(u->steps[u->count].arg, &e) < 0) {
            log_debug("undo: %s: %s", u->steps[u->count].name, e.text);
        }
    }
    errno = saved;
}
