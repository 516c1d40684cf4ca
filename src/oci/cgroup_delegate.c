// SPDX-License-Identifier: Apache-2.0
/* A group that its container may divide (config-linux.md, "Cgroup ownership"; cgroups(7)). */
#include "oci/cgroup_internal.h"

#include "base/fd.h"

#include <fcntl.h>
#include <string.h>

/* What the kernel says may be given away; before Linux 4.15 it does not say. */
static void delegated_files(struct strv *ret)
{
    cleanup_free char *text = NULL;
    int r = file_read(AT_FDCWD, "/sys/kernel/cgroup/delegate", 1u << 16, &text, NULL);

    strv_split(ret, r == 0 ? text : "cgroup.procs\ncgroup.subtree_control\ncgroup.threads", "\n");
}

int cgroup_delegate(const struct cgroup *cg, uid_t uid, struct error *e)
{
    CLEANUP(strv) struct strv files = STRV_INIT;
    char *file;

    for (size_t i = 0; i < cg->count && cgroup_host_mode() == CGROUP_MODE_V2; i++) {
        const struct cgroup_dir *d = &cg->dirs[i];

        if (!d->hier->ops->v2 || d->fd < 0) {
            continue;
        }
        if (fchown(d->fd, uid, (gid_t) -1) < 0) {
            return err_sys(e, errno, "give cgroup '%s' to user %u", d->path, uid);
        }
        delegated_files(&files);
        strv_foreach (&files, file) {
            if (!strchr(file, '/') && fchownat(d->fd, file, uid, (gid_t) -1, 0) < 0 &&
                errno != ENOENT) {
                return err_sys(e, errno, "give '%s/%s' to user %u", d->path, file, uid);
            }
        }
    }
    return 0;
}
