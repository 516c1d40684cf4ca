// SPDX-License-Identifier: Apache-2.0
/* Finding the executable, the last words with the parent, and execve. */
#include "base/fd.h"
#include "base/rootfd.h"
#include "base/strv.h"
#include "oci/child.h"
#include "oci/trampoline.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#ifndef MFD_EXEC
#define MFD_EXEC 0x0010U /* Linux 6.3 */
#endif

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

/* As Docker quotes it: a name like ["sh"] tells that a list was taken for a shell's words. */
static char *quoted(const char *name)
{
    char *text = xmalloc(2 * strlen(name) + 3);
    char *p = text;

    *p++ = '"';
    for (; *name; name++) {
        if (*name == '"' || *name == '\\') {
            *p++ = '\\';
        }
        *p++ = *name;
    }
    *p++ = '"';
    *p = '\0';
    return text;
}

static int not_found(struct child *c, struct error *e, const char *name, const char *why)
{
    cleanup_free char *text = quoted(name);

    c->program_state = SYNC_PROGRAM_NOT_FOUND;
    return err_set(e, ERR_NOT_FOUND, "exec: %s: %s", text, why);
}

static int denied(struct child *c, struct error *e, const char *name, int errnum)
{
    cleanup_free char *text = quoted(name);
    char cause[100];

    c->program_state = SYNC_PROGRAM_DENIED;
    return err_set(e, ERR_DENIED, "exec: %s: %s", text, err_cause(errnum, cause, sizeof(cause)));
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

/* exec waits for nothing: only the terminal has to travel. */
int step_send_console(struct child *c, struct error *e)
{
    if (c->console < 0) {
        return 0;
    }
    int r = sync_send(c->sync, SYNC_READY, c->console);

    close_fd(&c->console);
    return r < 0 ? err_sys(e, r, "pass terminal on") : 0;
}

/* A sealed file that nobody can change, also not through /proc/self/exe. */
int step_trampoline(struct child *c, struct error *e)
{
    int seals = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;
    size_t size = trampoline_size;
    cleanup_close int fd = memfd_create("hoy", MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_EXEC);

    if (fd < 0 && errno == EINVAL) { /* before Linux 6.3 every memfd may be executed */
        fd = memfd_create("hoy", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    }
    if (fd < 0) {
        return err_sys(e, errno, "make trampoline");
    }
    int r = fd_write_all(fd, trampoline_image, size);

    if (r == 0 && fcntl(fd, F_ADD_SEALS, seals) < 0) {
        r = -errno;
    }
    if (r < 0) {
        return err_sys(e, r, "write trampoline");
    }
    c->trampoline = take_fd(&fd);
    return 0;
}

/*
 * Whatever the caller left open ends with execve (CVE-2024-21626). Only the pair goes through to
 * the trampoline, at the place where it looks for it.
 */
int step_descriptors(struct child *c, struct error *e)
{
    if (c->trampoline <= TRAMPOLINE_SYNC_FD) {
        int fd = fcntl(c->trampoline, F_DUPFD_CLOEXEC, TRAMPOLINE_SYNC_FD + 1);

        if (fd < 0) {
            return err_sys(e, errno, "move trampoline");
        }
        c->trampoline = fd;
    }
    int r = fd_cloexec_from(3);

    if (r == 0 && c->sync != TRAMPOLINE_SYNC_FD) {
        r = dup3(c->sync, TRAMPOLINE_SYNC_FD, O_CLOEXEC) < 0 ? -errno : 0;
        c->sync = TRAMPOLINE_SYNC_FD;
    }
    return r < 0 ? err_sys(e, r, "close descriptors on exec") : 0;
}

/* Everything is said before the filter judges our calls. */
int step_announce(struct child *c, struct error *e)
{
    int r = sync_send_text(c->sync, SYNC_EXEC, "%s", c->program);

    if (r == 0) {
        r = fd_set_cloexec(c->sync, false); /* the trampoline sets it again */
    }
    return r < 0 ? err_sys(e, r, "announce the program") : 0;
}

int step_execute(struct child *c, struct error *e)
{
    (void) e; /* too late for a sentence of ours: the parent makes one of the errno */
    struct strv args = c->process->args;
    struct strv env = c->process->env;
    cleanup_free char **argv = xcalloc(args.count + 2, sizeof(*argv));
    struct sync_msg refused = {.kind = SYNC_REFUSED};
    char path[32];

    argv[0] = c->program;
    memcpy(argv + 1, args.items, args.count * sizeof(*argv));
    syscall(SYS_execveat, c->trampoline, "", argv, strv_argv(&env), AT_EMPTY_PATH);
    /* A user's filter may forbid this call and allow the older one. */
    execve(fd_path(c->trampoline, path), argv, strv_argv(&env));
    refused.errnum = errno;
    if (write(c->sync, &refused, SYNC_HEAD_SIZE) < 0) {
        _exit(1);
    }
    _exit(126);
}
