// SPDX-License-Identifier: Apache-2.0
/* Standard streams, and the terminal from the container's own devpts. */
#include "base/fd.h"
#include "base/rootfd.h"
#include "oci/child.h"
#include "oci/mountapi.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

/*
 * The master of a new pty. The container may have put anything at that path (CVE-2025-52565), so
 * it must be the ptmx node, and on a devpts file system.
 */
static int open_ptmx(int root, struct error *e)
{
    cleanup_close int fd = rootfd_open(root, "/dev/pts/ptmx", O_PATH | O_NOFOLLOW, 0);
    struct stat st;

    if (fd < 0 || fstat(fd, &st) < 0) {
        return err_sys(e, fd < 0 ? fd : -errno, "open '/dev/pts/ptmx'");
    }
    if (!S_ISCHR(st.st_mode) || st.st_rdev != makedev(5, 2) || !fd_is_on(fd, DEVPTS_SUPER_MAGIC)) {
        return err_set(e, ERR_DENIED, "open '/dev/pts/ptmx': not a terminal multiplexer");
    }
    /* Opened by path again, not through /proc, which in exec is the container's. */
    int master = rootfd_open(root, "/dev/pts/ptmx", O_RDWR | O_NOCTTY | O_NOFOLLOW, 0);

    if (master < 0) {
        return err_sys(e, master, "open '/dev/pts/ptmx'");
    }
    if (!fd_is_on(master, DEVPTS_SUPER_MAGIC) || fstat(master, &st) < 0 ||
        st.st_rdev != makedev(5, 2)) {
        close(master);
        return err_set(e, ERR_DENIED, "open '/dev/pts/ptmx': not a terminal multiplexer");
    }
    return master;
}

/* Allocates the pty; returns the slave, leaves the master in c->console. */
static int open_pty(struct child *c, int root, struct error *e)
{
    struct winsize size = {
        .ws_row = c->process->console_rows,
        .ws_col = c->process->console_cols,
    };
    int unlock = 0;

    c->console = open_ptmx(root, e);
    if (c->console < 0) {
        return -1;
    }
    if (ioctl(c->console, TIOCSPTLCK, &unlock) < 0) {
        return err_sys(e, errno, "unlock terminal");
    }
    /* By descriptor: no path under /dev/pts has to be believed (Linux 4.13). */
    int slave = ioctl(c->console, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);

    if (slave < 0) {
        return err_sys(e, errno, "open terminal");
    }
    if (size.ws_row && size.ws_col && ioctl(c->console, TIOCSWINSZ, &size) < 0) {
        close(slave);
        return err_sys(e, errno, "set terminal size");
    }
    return slave;
}

static int use_as_streams(int slave, struct error *e)
{
    for (int i = 0; i < 3; i++) {
        if (dup2(slave, i) < 0) {
            return err_sys(e, errno, "use terminal as standard stream");
        }
    }
    return 0;
}

/* A file /dev/console in the rootfs with the terminal on top. */
static int bind_console(struct child *c, int slave, struct error *e)
{
    char name[16];
    cleanup_close int dev = rootfd_parent(c->root, "/dev/console", name, sizeof(name));

    if (dev < 0) {
        return err_sys(e, dev, "open '/dev'");
    }
    /* O_NOFOLLOW: a link that an image left here must not choose what is covered. */
    cleanup_close int made =
        openat(dev, name, O_RDONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);

    if (made < 0 && errno != EEXIST) {
        return err_sys(e, errno, "make '/dev/console'");
    }
    cleanup_close int target = openat(dev, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    struct stat st;

    if (target < 0 || fstat(target, &st) < 0) {
        return err_sys(e, errno, "open '/dev/console'");
    }
    if (S_ISLNK(st.st_mode) || S_ISDIR(st.st_mode)) {
        return err_set(e, ERR_DENIED, "open '/dev/console': not a file");
    }
    cleanup_close int mnt = mount_bind(slave, "", target, false);

    return mnt < 0 ? err_sys(e, mnt, "bind terminal on '/dev/console'") : 0;
}

int step_console_in_root(struct child *c, struct error *e)
{
    if (!c->process->terminal) {
        return 0;
    }
    cleanup_close int slave = open_pty(c, c->root, e);

    if (slave < 0 || bind_console(c, slave, e) < 0) {
        return -1;
    }
    return use_as_streams(slave, e);
}

int step_console_in_place(struct child *c, struct error *e)
{
    if (!c->process->terminal) {
        return 0;
    }
    cleanup_close int root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);

    if (root < 0) {
        return err_sys(e, errno, "open '/'");
    }
    cleanup_close int slave = open_pty(c, root, e);

    return slave < 0 ? -1 : use_as_streams(slave, e);
}

/*
 * Programs open /dev/stdout anew (nginx logs there), which needs permission on the pipe itself:
 * it becomes the user's. Files that a user redirected to keep their owner.
 */
static void give_streams(const struct child *c)
{
    const struct rt_user *u = &c->process->user;
    struct stat st;

    for (int i = 0; i < 3 && u->uid != 0; i++) {
        if (fstat(i, &st) == 0 && st.st_uid != u->uid &&
            (c->process->terminal || S_ISFIFO(st.st_mode) || S_ISSOCK(st.st_mode)) &&
            fchown(i, u->uid, (gid_t) -1) < 0) {
            continue; /* a read-only or foreign pipe: the program can still use it as it is */
        }
    }
}

int step_stdio(struct child *c, struct error *e)
{
    if (setsid() < 0) {
        return err_sys(e, errno, "start a session");
    }
    if (c->process->terminal) {
        if (ioctl(0, TIOCSCTTY, 0) < 0) {
            return err_sys(e, errno, "take the terminal");
        }
    } else {
        int high[3];

        /* Away from 0 to 2 first: the caller's descriptors may be those, in another order. */
        for (int i = 0; i < 3; i++) {
            high[i] =
                c->stdio[i] < 3 && c->stdio[i] != i ? fd_dup_cloexec(c->stdio[i]) : c->stdio[i];
            if (high[i] < 0) {
                return err_sys(e, high[i], "take standard stream %d", i);
            }
        }
        for (int i = 0; i < 3; i++) {
            if (high[i] == i ? fd_set_cloexec(i, false) < 0 : dup2(high[i], i) < 0) {
                return err_sys(e, errno, "set standard stream %d", i);
            }
        }
    }
    give_streams(c);
    return 0;
}
