// SPDX-License-Identifier: Apache-2.0
/* Labels of security modules, which take effect at execve. */
#include "base/fd.h"
#include "oci/child.h"
#include "oci/procfs.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

static bool apparmor_enabled(void)
{
    cleanup_free char *text = NULL;

    return file_read(AT_FDCWD, "/sys/module/apparmor/parameters/enabled", 16, &text, NULL) == 0 &&
           text[0] == 'Y';
}

bool lsm_selinux_enabled(void)
{
    return access("/sys/fs/selinux/enforce", F_OK) == 0;
}

static int apply_apparmor(const char *profile, struct error *e)
{
    char label[512];

    if ((size_t) snprintf(label, sizeof(label), "exec %s", profile) >= sizeof(label)) {
        return err_set(e, ERR_INVALID, "apparmor profile '%.40s...': name too long", profile);
    }
    int r = procfs_write("/proc/thread-self/attr/apparmor/exec", label);

    if (r == -ENOENT) { /* before Linux 5.8 */
        r = procfs_write("/proc/thread-self/attr/exec", label);
    }
    if (r == 0) {
        return 0;
    }
    if (!apparmor_enabled()) {
        return strcmp(profile, "unconfined") == 0
                   ? 0
                   : err_set(e, ERR_UNSUPPORTED,
                             "apply apparmor profile '%s': AppArmor is not enabled on this host",
                             profile);
    }
    err_sys(e, r, "apply apparmor profile '%s'", profile);
    return r == -ENOENT ? err_hint(e, "load it with apparmor_parser") : -1;
}

static int apply_selinux(const char *label, struct error *e)
{
    if (!lsm_selinux_enabled()) {
        return err_set(e, ERR_UNSUPPORTED,
                       "apply selinux label '%s': SELinux is not enabled on this host", label);
    }
    int r = procfs_write("/proc/thread-self/attr/exec", label);

    return r < 0 ? err_sys(e, r, "apply selinux label '%s'", label) : 0;
}

int step_lsm(struct child *c, struct error *e)
{
    const char *profile = c->process->apparmor_profile;
    const char *label = c->process->selinux_label;

    if (profile && *profile && apply_apparmor(profile, e) < 0) {
        return -1;
    }
    return label && *label ? apply_selinux(label, e) : 0;
}
