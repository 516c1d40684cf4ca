// SPDX-License-Identifier: Apache-2.0
#include "transfer/layer_path.h"

#include "base/rootfd.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

/* Takes the last component back; false when there is none. */
static bool pop(char *path, size_t *len)
{
    if (*len == 0) {
        return false;
    }
    while (*len && path[*len - 1] != '/') {
        --*len;
    }
    if (*len) {
        --*len; /* the slash */
    }
    path[*len] = '\0';
    return true;
}

int layer_path_clean(const char *name, char ret[PATH_MAX], struct error *e)
{
    size_t len = 0;
    int depth = 0;

    ret[0] = '\0';
    while (*name) {
        size_t n = strcspn(name, "/");

        if (n == 2 && name[0] == '.' && name[1] == '.') {
            if (!pop(ret, &len)) {
                return err_set(e, ERR_INVALID, "the name leads out of the image");
            }
            depth--;
        } else if (n && !(n == 1 && name[0] == '.')) {
            if (n > NAME_MAX || len + 1 + n >= PATH_MAX) {
                return err_set(e, ERR_INVALID, "the name is too long");
            }
            if (++depth > LAYER_MAX_DEPTH) {
                return err_set(e, ERR_INVALID, "folders are nested deeper than %d levels",
                               LAYER_MAX_DEPTH);
            }
            if (len) {
                ret[len++] = '/';
            }
            memcpy(ret + len, name, n);
            len += n;
            ret[len] = '\0';
        }
        name += n;
        name += *name == '/';
    }
    return 0;
}

/* Components of a descriptor's path on the host; -1 when it has none that fits. */
static int depth_of(int fd)
{
    char link[32], path[PATH_MAX];
    ssize_t n = readlink(fd_path(fd, link), path, sizeof(path));
    int depth = 0;

    if (n <= 0 || (size_t) n >= sizeof(path)) {
        return -1;
    }
    for (ssize_t i = 0; i < n; i++) {
        depth += path[i] == '/';
    }
    return depth;
}

void layer_parent_init(struct layer_parent *p, int root)
{
    p->fd = FD_NONE;
    p->path[0] = '\0';
    p->root_depth = MAX(depth_of(root), 0);
}

void layer_parent_done(struct layer_parent *p)
{
    close_fd(&p->fd);
}

/* Through links the real depth is another than that of the name. */
static int open_through_links(const struct layer_parent *p, int root, const char *dir,
                              struct error *e)
{
    cleanup_close int fd = rootfd_open(root, dir, O_PATH | O_DIRECTORY, 0);

    if (fd == -ENOENT) {
        fd = rootfd_mkdirs(root, dir, 0755);
    }
    if (fd < 0) {
        return err_sys(e, fd, "open its folder");
    }
    int depth = depth_of(fd);

    if (depth < 0 || depth - p->root_depth > LAYER_MAX_DEPTH) {
        return err_set(e, ERR_INVALID, "folders are nested deeper than %d levels", LAYER_MAX_DEPTH);
    }
    return take_fd(&fd);
}

int layer_parent_open(struct layer_parent *p, int root, const char *path, const char **ret_name,
                      struct error *e)
{
    const char *slash = strrchr(path, '/');
    size_t n = slash ? (size_t) (slash - path) : 0;
    char dir[PATH_MAX];

    *ret_name = slash ? slash + 1 : path;
    if (p->fd >= 0 && strncmp(p->path, path, n) == 0 && p->path[n] == '\0') {
        return p->fd;
    }
    memcpy(dir, path, n);
    dir[n] = '\0';
    close_fd(&p->fd);
    p->fd = rootfd_open_nolinks(root, dir, O_PATH | O_DIRECTORY);
    if (p->fd == -ENOENT || p->fd == -ELOOP) {
        p->fd = open_through_links(p, root, dir, e);
        if (p->fd < 0) {
            return -1;
        }
    }
    if (p->fd < 0) {
        return err_sys(e, p->fd, "open its folder");
    }
    memcpy(p->path, dir, n + 1);
    return p->fd;
}
