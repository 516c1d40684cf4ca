// SPDX-License-Identifier: Apache-2.0
/* Finding the executable, the last words with the parent, and execve. */
#include "base/fd.h"
#include "base/rootfd.h"
#include "base/strv.h"
#include "oci/child.h"
#include "oci/trampoline.h"

#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>

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
    /* Our real and effective ids are the same by now. Not faccessat: libc makes faccessat2 of it,
     * which filters from before 2020 do not know, and so refuse. */
    return access(path, X_OK) < 0 ? -errno : 0;
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

void child_await(struct child *c, enum sync_kind kind)
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

int step_host_hooks(struct child *c, struct error *e)
{
    const struct oci_callbacks *cb = &c->o->callbacks;

    if (cb->create_runtime) {
        int r = sync_send(c->sync, SYNC_MOUNTED, FD_NONE);

        if (r < 0) {
            return err_sys(e, r, "report mounts");
        }
        child_await(c, SYNC_GO_ON);
    }
    return cb->create_container ? cb->create_container(cb->ctx, e) : 0;
}

int step_start_hooks(struct child *c, struct error *e)
{
    const struct oci_callbacks *cb = &c->o->callbacks;

    return cb->start_container ? cb->start_container(cb->ctx, e) : 0;
}

static bool starts_elsewhere(const struct child *c)
{
    return c->o && c->o->start_socket > STDERR_FILENO;
}

/* Until START comes over a connection; the pair with the creator, who may be gone, ends here. */
static int await_elsewhere(struct child *c, struct error *e)
{
    struct sync_msg m;

    close_fd(&c->sync);
    for (;;) {
        struct pollfd p = {.fd = c->o->start_socket, .events = POLLIN};

        if (poll(&p, 1, -1) < 0 && errno != EINTR) {
            return err_sys(e, errno, "wait for start");
        }
        c->sync = accept4(c->o->start_socket, NULL, NULL, SOCK_CLOEXEC);
        if (c->sync >= 0 && sync_recv(c->sync, &m, NULL) > 0 && m.kind == SYNC_START) {
            return 0;
        }
        close_fd(&c->sync);
    }
}

int step_ready(struct child *c, struct error *e)
{
    int r = sync_send(c->sync, SYNC_READY, c->console);

    if (r < 0) {
        return err_sys(e, r, "say ready");
    }
    close_fd(&c->console);
    if (starts_elsewhere(c)) {
        return await_elsewhere(c, e);
    }
    child_await(c, SYNC_START);
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
    c->trampoline = trampoline_open();
    return c->trampoline < 0 ? err_sys(e, c->trampoline, "make trampoline") : 0;
}

/*
 * Whatever the caller left open ends with execve (CVE-2024-21626), but for what the user wants
 * kept. Only the pair goes through to the trampoline, which closes it on its own execve. None of
 * ours can have the number of a kept one: those were open before.
 */
int step_descriptors(struct child *c, struct error *e)
{
    int r = fd_cloexec_from(STDERR_FILENO + 1 + c->preserve_fds);

    if (r < 0) {
        return err_sys(e, r, "close descriptors on exec");
    }
    for (unsigned i = 0; i < c->preserve_fds; i++) {
        r = fd_set_cloexec(STDERR_FILENO + 1 + (int) i, false);
        if (r < 0) {
            return err_sys(e, r, "keep descriptor %u", STDERR_FILENO + 1 + i);
        }
    }
    return 0;
}

/* Everything is said before the filter judges our calls. */
int step_announce(struct child *c, struct error *e)
{
    int r = sync_send_text(c->sync, SYNC_EXEC, "%s", c->program);

    if (r == -EPIPE && starts_elsewhere(c)) {
        r = 0; /* 'start' may end when it likes: what was started goes on */
    }
    if (r == 0) {
        r = fd_set_cloexec(c->sync, false); /* the trampoline sets it again */
    }
    c->announced = r == 0;
    return r < 0 ? err_sys(e, r, "announce the program") : 0;
}

int step_execute(struct child *c, struct error *e)
{
    (void) e; /* too late for a sentence of ours: the parent makes one of the errno */
    struct strv args = c->process->args;
    struct strv env = c->process->env;
    cleanup_free char **argv = xcalloc(args.count + 3, sizeof(*argv));
    struct sync_msg refused = {.kind = SYNC_REFUSED};
    char path[32];
    char sync[16];

    snprintf(sync, sizeof(sync), "%d", c->sync);
    argv[0] = sync;
    argv[1] = c->program;
    memcpy(argv + 2, args.items, args.count * sizeof(*argv));
    syscall(SYS_execveat, c->trampoline, "", argv, strv_argv(&env), AT_EMPTY_PATH);
    /* A user's filter may forbid this call and allow the older one. */
    execve(fd_path(c->trampoline, path), argv, strv_argv(&env));
    refused.errnum = errno;
    if (write(c->sync, &refused, SYNC_HEAD_SIZE) < 0) {
        _exit(1);
    }
    _exit(126);
}
