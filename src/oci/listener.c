// SPDX-License-Identifier: Apache-2.0
#include "oci/listener.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stdatomic.h>
#include <sys/syscall.h>

/* What both threads see; each word is written by one of them. */
struct shared {
    int sync;
    atomic_long loaded; /* by the child: 0 not yet, descriptor + 1, or -errno */
    atomic_int sent;    /* by the thread: 0 not yet, 1, or -errno */
};

/* Without the filter: it was loaded after this thread began and for the other one alone. */
static int send_listener(void *arg)
{
    struct shared *s = arg;
    long loaded;

    while ((loaded = atomic_load(&s->loaded)) == 0) {
        sched_yield();
    }
    int r = loaded < 0 ? (int) loaded : sync_send(s->sync, SYNC_LISTENER, (int) loaded - 1);

    atomic_store(&s->sent, r < 0 ? r : 1);
    syscall(SYS_exit, 0); /* the thread alone */
    return 0;
}

int listener_load(struct child *c)
{
    static _Alignas(64) unsigned char stack[64 * 1024];
    static struct shared s;
    struct sock_fprog program = {
        .len = (unsigned short) c->seccomp->count,
        .filter = c->seccomp->filter,
    };
    int sent;

    s.sync = c->sync;
    if (clone(send_listener, stack + sizeof(stack),
              CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM,
              &s) < 0) {
        return -errno;
    }
    long fd = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
                      c->seccomp->flags | SECCOMP_FILTER_FLAG_NEW_LISTENER, &program);

    atomic_store(&s.loaded, fd < 0 ? -errno : fd + 1);
    /* No call is made here, it could be one that waits for the agent. */
    while ((sent = atomic_load(&s.sent)) == 0) {
    }
    return sent < 0 ? sent : 0; /* the descriptor ends with execve */
}
