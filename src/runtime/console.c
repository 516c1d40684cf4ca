// SPDX-License-Identifier: Apache-2.0
#include "runtime/console.h"

#include "base/fd.h"

#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>

int console_check(bool terminal, const char *socket, bool detached, struct error *e)
{
    if (!terminal && socket) {
        return err_set(e, ERR_INVALID,
                       "cannot use console socket if the process does not have a terminal");
    }
    if (terminal && detached && !socket) {
        return err_set(e, ERR_INVALID,
                       "cannot allocate tty if it will detach without setting "
                       "console socket");
    }
    return 0;
}

static int connect_to(const char *path, struct error *e)
{
    struct sockaddr_un addr = {.sun_family = AF_UNIX};
    int n = snprintf(addr.sun_path, sizeof(addr.sun_path), "%s", path);

    if (n < 0 || (size_t) n >= sizeof(addr.sun_path)) {
        return err_set(e, ERR_INVALID, "connect to console socket '%s': path too long", path);
    }
    cleanup_close int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd < 0 || connect(fd, (struct sockaddr *) &addr, sizeof(addr)) < 0) {
        return err_sys(e, errno, "connect to console socket '%s'", path);
    }
    return take_fd(&fd);
}

int console_send(const char *socket, int master, struct error *e)
{
    cleanup_close int fd = connect_to(socket, e);
    unsigned number = 0;
    char name[32];

    if (fd < 0) {
        return -1;
    }
    /* Not ptsname(): in the receiver's namespaces that path would be another terminal. */
    if (ioctl(master, TIOCGPTN, &number) < 0) {
        return err_sys(e, errno, "name terminal");
    }
    snprintf(name, sizeof(name), "/dev/pts/%u", number);
    int r = fd_msg_send(fd, name, strlen(name), &master, 1);

    return r < 0 ? err_sys(e, r, "send terminal to console socket '%s'", socket) : 0;
}
