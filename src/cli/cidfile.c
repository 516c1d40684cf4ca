// SPDX-License-Identifier: Apache-2.0
#include "cli/cidfile.h"

#include "base/fd.h"

#include <fcntl.h>
#include <string.h>

int cidfile_open(struct cidfile *f, const char *path, struct error *e)
{
    if (!path || !*path) {
        return 0;
    }
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);

    if (fd < 0 && errno == EEXIST) {
        return err_set(e, ERR_EXISTS,
                       "container ID file found, make sure the other container isn't running or "
                       "delete %s",
                       path);
    }
    if (fd < 0) {
        return err_sys(e, errno, "failed to create the container ID file: open %s", path);
    }
    f->fd = fd;
    f->path = path;
    return 0;
}

int cidfile_write(struct cidfile *f, const char *id, struct error *e)
{
    if (!f->path) {
        return 0;
    }
    int r = fd_write_all(f->fd, id, strlen(id));

    if (r < 0) {
        return err_sys(e, r, "failed to write the container ID to the file: write %s", f->path);
    }
    close_fd(&f->fd);
    f->path = NULL;
    return 0;
}

void cidfile_close(struct cidfile *f)
{
    if (f->path) {
        close_fd(&f->fd);
        unlink(f->path);
        f->path = NULL;
    }
}
