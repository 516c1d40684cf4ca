// SPDX-License-Identifier: Apache-2.0
/* /etc/passwd and /etc/group of an image: what --user says, NUL, the one, NUL, the other. */
#include "base/alloc.h"
#include "base/fd.h"
#include "base/fs.h"
#include "engine/userdb.h"

#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char top[] = "/tmp/hoy-fuzz-users.XXXXXX";
static int root = FD_NONE;

static void remove_top(void)
{
    (void) fs_remove_tree(AT_FDCWD, top);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    if (!mkdtemp(top)) {
        perror(top);
        abort();
    }
    atexit(remove_top);
    root = fs_opendir(AT_FDCWD, top);
    if (root < 0 || mkdirat(root, "etc", 0755) < 0) {
        abort();
    }
    return 0;
}

static void put(const char *path, const uint8_t *data, size_t size)
{
    cleanup_close int fd = openat(root, path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

    if (fd < 0 || fd_write_all(fd, data, size) < 0) {
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *passwd = memchr(data, 0, size);
    const uint8_t *end = data + size;
    const uint8_t *group = passwd ? memchr(passwd + 1, 0, (size_t) (end - passwd - 1)) : NULL;
    const struct strv no_groups = {0};
    struct rt_user user = {0};
    struct error e = {0};
    cleanup_free char *home = NULL;

    if (!group) {
        return 0;
    }
    cleanup_free char *spec = xstrndup((const char *) data, (size_t) (passwd - data));

    put("etc/passwd", passwd + 1, (size_t) (group - passwd - 1));
    put("etc/group", group + 1, (size_t) (end - group - 1));
    if (user_resolve(root, spec, &no_groups, &user, &home, &e) < 0) {
        if (e.kind == ERR_NONE || !e.text[0]) {
            abort();
        }
    } else if (!home) {
        abort();
    }
    free(user.additional_gids);
    return 0;
}
