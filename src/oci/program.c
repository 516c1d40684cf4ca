// SPDX-License-Identifier: Apache-2.0
/* Finding the executable, the last words with the parent, and execve. */
#include "base/fd.h"
#include "base/strv.h"
#include "oci/child.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

/* 0, or -errno why path cannot be executed by us. */
static int executable(const char *path)
{
    struct stat st;

    if (stat(path, &st) < 0) {
        return -errno;
    }
    if (S_ISDIR(st.st_mode)) {
        return -EACCES;
    }
    return faccessat(AT_FDCWD, path, X_OK, 0) < 0 ? -errno : 0;
}

static int not_found(struct child *c, struct error *e, const char *name, const char *why)
{
    c->program_state = SYNC_PROGRAM_NOT_FOUND;
    return err_set(e, ERR_NOT_FOUND, "exec: \"%s\": %s", name, why);
}

static int denied(struct child *c, struct error *e, const char *name, int errnum)
{
    char cause[100];

    c->program_state = SYNC_PROGRAM_DENIED;
    return err_set(e, ERR_DENIED, "exec: \"%s\": %s", name,
                   err_cause(errnum, cause, sizeof(cause)));
}

/* A name with a slash: the path itself, and the sentences people know from Docker. */
static int find_path(struct child *c, const char *name, struct error *e)
{
    char why[PATH_MAX + 120];
    char cause[100];
    int r = executable(name);

    if ((size_t) snprintf(c->program, sizeof(c->program), "%s", name) >= sizeof(c->program)) {
        r = -ENAMETOOLONG;
    }
    if (r == -EACCES || r == -EPERM) {
        return denied(c, e, name, r);
    }
    if (r < 0) {
        snprintf(why, sizeof(why), "stat %s: %s", name, err_cause(r, cause, sizeof(cause)));
        return not_found(c, e, name, why);
    }
    return 0;
}

int step_find_program(struct child *c, struct error *e)
{
    const char *name = c->process->args.count ? c->process->args.items[0] : "";
    const char *path = env_get(&c->process->env, "PATH");
    int refused = 0;

    if (strchr(name, '/')) {
        return find_path(c, name, e);
    }
    while (path && *name) {
        size_t n = strcspn(path, ":");
        /* An empty element is the current folder. */
        int len = snprintf(c->program, sizeof(c->program), "%.*s/%s", n ? (int) n : 1,
                           n ? path : ".", name);
        int r = (size_t) len < sizeof(c->program) ? executable(c->program) : -ENAMETOOLONG;

        if (r == 0) {
            return 0;
        }
        if (r == -EACCES || r == -EPERM) {
            refused = r;
        }
        path = path[n] ? path + n + 1 : NULL;
    }
    return refused ? denied(c, e, name, refused)
                   : not_found(c, e, name, "executable file not found in $PATH");
}

/* Blocks; the parent's death ends us silently, since nobody is left to be told. */
static void await(struct child *c, enum sync_kind kind)
{
    struct sync_msg m;
    int r;

    do {
        r = sync_recv(c->sync, &m, NULL);
    } while (r > 0 && m.kind != kind);
    if (r <= 0) {
        _exit(1);
    }
}

int step_ready(struct child *c, struct error *e)
{
    int r = sync_send(c->sync, SYNC_READY, c->console);

    if (r < 0) {
        return err_sys(e, r, "say ready");
    }
    close_fd(&c->console);
    await(c, SYNC_START);
    return 0;
}

/* Whatever the caller left open ends with execve (CVE-2024-21626); the pair has to, see sync.h. */
int step_descriptors(struct child *c, struct error *e)
{
    int r = fd_cloexec_from(3);

    return r < 0 ? err_sys(e, r, "close descriptors on exec") : 0;
}

int step_execute(struct child *c, struct error *e)
{
    struct strv args = c->process->args;
    struct strv env = c->process->env;
    char cause[100];

    if (sync_send(c->sync, SYNC_EXEC, FD_NONE) < 0) {
        _exit(1);
    }
    execve(c->program, strv_argv(&args), strv_argv(&env));
    int errnum = errno;

    c->program_state = errnum == ENOENT ? SYNC_PROGRAM_NOT_FOUND : SYNC_PROGRAM_DENIED;
    err_sys(e, errnum, "exec");
    return err_set(e, e->kind, "exec %s: %s", c->program, err_cause(errnum, cause, sizeof(cause)));
}
