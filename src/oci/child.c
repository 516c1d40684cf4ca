// SPDX-License-Identifier: Apache-2.0
#include "oci/child.h"

#include "oci/fault.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#ifdef HOY_TEST_FAULTS
bool fault_wanted(const char *word)
{
    const char *list = getenv("HOY_FAULT");
    size_t n = strlen(word);

    for (const char *p = list ? list : ""; *p; p += strcspn(p, " "), p += *p == ' ') {
        if (strncmp(p, word, n) == 0 && (p[n] == '\0' || p[n] == ' ')) {
            return true;
        }
    }
    return false;
}

static int fault_at(const char *id, struct error *e)
{
    char word[64];

    snprintf(word, sizeof(word), "kill:%s", id);
    if (fault_wanted(word)) {
        kill(getpid(), SIGKILL); /* pid 1 of a namespace ignores its own SIGKILL */
        _exit(9);
    }
    snprintf(word, sizeof(word), "step:%s", id);
    return fault_wanted(word) ? err_set(e, ERR_INTERNAL, "fault on request") : 0;
}
#else
static inline int fault_at(const char *id, struct error *e)
{
    (void) id;
    (void) e;
    return 0;
}
#endif

void child_init(struct child *c)
{
    memset(c, 0, offsetof(struct child, program));
    c->program[0] = '\0';
    c->program_state = SYNC_PROGRAM_OK;
    c->rootfs_tree = FD_NONE;
    c->sync = c->root = c->console = c->target = c->trampoline = FD_NONE;
    for (int t = 0; t < RT_NS_COUNT; t++) {
        c->ns_fds[t] = FD_NONE;
    }
}

NORETURN void child_run(struct child *c, const struct child_step *steps, size_t count)
{
    static struct error e;
    sigset_t none;

    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    umask(0); /* modes are given in full; the program's own comes with its ids */
    for (size_t i = 0; i < count; i++) {
        if (fault_at(steps[i].id, &e) < 0 || steps[i].run(c, &e) < 0) {
            if (steps[i].name) {
                err_wrap(&e, "%s", steps[i].name);
            }
            if (c->announced) {
                (void) sync_send_unfiltered(c->sync, e.errnum ? e.errnum : EIO);
            } else {
                (void) sync_send_error(c->sync, &e, c->program_state);
            }
            _exit(1);
        }
    }
    _exit(1); /* not reached: the last step is execve or fails */
}
