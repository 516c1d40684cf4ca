// SPDX-License-Identifier: Apache-2.0
#include "oci/idmap.h"

#include "base/proc.h"
#include "base/strbuf.h"
#include "oci/procfs.h"

#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/syscall.h>

/* The kernel takes one page, in one write (user_namespaces(7)). */
#define MAP_MAX 4095

static int write_map(pid_t pid, const char *file, const struct rt_id_mappings *m, struct error *e)
{
    CLEANUP(strbuf) struct strbuf text = STRBUF_INIT(MAP_MAX);

    for (size_t i = 0; i < m->count; i++) {
        strbuf_addf(&text, "%u %u %u\n", m->items[i].container, m->items[i].host, m->items[i].size);
    }
    if (!strbuf_ok(&text)) {
        return err_set(e, ERR_INVALID, "write %s: more mappings than the kernel takes", file);
    }
    int r = procfs_write_of(pid, file, text.buf);

    if (r == -EPERM && file[0] == 'g') {
        /* Without CAP_SETGID a map of groups needs this first (CVE-2014-8989). */
        r = procfs_write_of(pid, "setgroups", "deny");
        r = r < 0 ? r : procfs_write_of(pid, file, text.buf);
    }
    return r < 0 ? err_sys(e, r, "write %s", file) : 0;
}

int idmap_write(pid_t pid, const struct rt_id_mappings *uids, const struct rt_id_mappings *gids,
                struct error *e)
{
    return write_map(pid, "uid_map", uids, e) < 0 ? -1 : write_map(pid, "gid_map", gids, e);
}

uint32_t idmap_to_host(const struct rt_id_mappings *m, uint32_t id)
{
    for (size_t i = 0; i < m->count; i++) {
        if (id >= m->items[i].container && id - m->items[i].container < m->items[i].size) {
            return m->items[i].host + (id - m->items[i].container);
        }
    }
    return UINT32_MAX;
}

int idmap_open(const struct rt_id_mappings *uids, const struct rt_id_mappings *gids,
               struct error *e)
{
    struct clone_args args = {.flags = CLONE_NEWUSER, .exit_signal = SIGCHLD};
    pid_t pid = (pid_t) syscall(SYS_clone3, &args, sizeof(args));
    char path[40];
    int status;
    int fd = FD_NONE;

    if (pid == 0) {
        for (;;) {
            pause(); /* it is only there to hold the namespace until it is opened */
        }
    }
    if (pid < 0) {
        return err_sys(e, errno, "make user namespace");
    }
    int r = idmap_write(pid, uids, gids, e);

    if (r == 0) {
        snprintf(path, sizeof(path), "/proc/%d/ns/user", (int) pid);
        fd = open(path, O_RDONLY | O_CLOEXEC);
        r = fd < 0 ? err_sys(e, errno, "open '%s'", path) : 0;
    }
    (void) kill(pid, SIGKILL);
    (void) proc_wait(pid, &status);
    return r < 0 ? -1 : fd;
}

int idmap_apply(int tree, int userns, bool recursive)
{
    struct mount_attr attr = {.attr_set = MOUNT_ATTR_IDMAP, .userns_fd = (uint64_t) userns};
    unsigned flags = AT_EMPTY_PATH | (recursive ? AT_RECURSIVE : 0);

    return mount_setattr(tree, "", flags, &attr, sizeof(attr)) < 0 ? -errno : 0;
}
