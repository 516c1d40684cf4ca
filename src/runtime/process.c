// SPDX-License-Identifier: Apache-2.0
/* Small things that create and exec do alike. */
#include "base/fd.h"
#include "base/fs.h"
#include "base/parse.h"
#include "base/path.h"
#include "base/rootfd.h"
#include "oci/seccomp.h"
#include "runtime/lifecycle.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define PASSWD_MAX         (4u << 20)
#define SECCOMP_CACHE_NAME "@seccomp" /* no container can have this id */

/* The home folder in one line of passwd(5) when it is the user's; borrowed from the line. */
static char *home_of_line(char *line, uid_t uid)
{
    char *field[7] = {line};
    uint32_t id;

    for (int i = 1; i < 7; i++) {
        char *colon = strchr(field[i - 1], ':');

        if (!colon) {
            return NULL;
        }
        *colon = '\0';
        field[i] = colon + 1;
    }
    return parse_id(field[2], &id) == 0 && id == uid && field[5][0] == '/' ? field[5] : NULL;
}

void process_set_home(struct rt_process *p, int root)
{
    const char *home = env_get(&p->env, "HOME");
    cleanup_free char *text = NULL;
    char *found = NULL;
    char *rest = NULL;
    struct stat st;

    if (home && *home) {
        return;
    }
    /* O_NONBLOCK: an image may have a fifo there. */
    cleanup_close int fd = rootfd_open(root, "/etc/passwd", O_RDONLY | O_NONBLOCK, 0);

    if (fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
        fd_read_all(fd, PASSWD_MAX, &text, NULL) == 0) {
        for (char *line = strtok_r(text, "\n", &rest); line && !found;
             line = strtok_r(NULL, "\n", &rest)) {
            found = home_of_line(line, p->user.uid);
        }
    }
    cleanup_free char *entry = xasprintf("HOME=%s", found ? found : "/");

    env_set(&p->env, entry);
}

/* sd_listen_fds(3): only meant for us when LISTEN_PID is ours. */
static uint64_t socket_activation_fds(void)
{
    const char *pid = getenv("LISTEN_PID");
    const char *fds = getenv("LISTEN_FDS");
    uint64_t n = 0;
    int64_t to = 0;

    if (!fds || parse_u64(fds, &n) < 0 || (pid && (parse_i64(pid, &to) < 0 || to != getpid()))) {
        return 0;
    }
    return n;
}

int process_kept_fds(struct rt_process *p, uint64_t preserve_fds, struct error *e)
{
    uint64_t activation = socket_activation_fds();
    uint64_t n = preserve_fds + activation;

    if (preserve_fds > 65536 || activation > 65536) {
        return err_set(e, ERR_INVALID, "preserve-fds %llu: too many",
                       (unsigned long long) preserve_fds);
    }
    for (uint64_t fd = 3; fd < 3 + n; fd++) {
        if (fcntl((int) fd, F_GETFD) < 0) {
            return err_sys(e, errno, "unable to stat preserved-fd %llu (of %llu)",
                           (unsigned long long) fd, (unsigned long long) n);
        }
    }
    if (activation) {
        cleanup_free char *entry = xasprintf("LISTEN_FDS=%llu", (unsigned long long) activation);

        env_set(&p->env, entry);
        env_set(&p->env, "LISTEN_PID=1");
    }
    return (int) n;
}

int seccomp_of(const struct runtime *rt, struct rt_spec *spec, struct error *e)
{
    const struct seccomp_request request = {
        .profile = spec->seccomp_json,
        .capabilities = spec->process.capabilities.bounding,
    };
    cleanup_free char *path = path_join(rt->root, SECCOMP_CACHE_NAME);

    if (!spec->seccomp_json) {
        return 0;
    }
    cleanup_close int cache = fs_opendir_make(AT_FDCWD, path, 0700);

    return seccomp_filter_get(&request, cache, &spec->seccomp, e);
}

int seccomp_tell_agent(const struct rt_spec *spec, const struct rctr *c, enum rctr_status status,
                       pid_t pid, pid_t process_pid, int listener, struct error *e)
{
    CLEANUP(json) json_t *state = rctr_state(c, status, pid);
    cleanup_free char *text = json_dump(state);

    return seccomp_agent_send(&spec->seccomp, RUNTIME_SPEC_VERSION, process_pid, text, listener, e);
}

int pid_file_write(const char *path, pid_t pid, struct error *e)
{
    char text[16];

    if (!path || !*path) {
        return 0;
    }
    int n = snprintf(text, sizeof(text), "%d", (int) pid);
    cleanup_free char *folder = path_dir(path);
    cleanup_close int dir = fs_opendir(AT_FDCWD, folder);
    int r =
        dir < 0 ? dir : fs_write_atomic(dir, path_base(path), text, (size_t) n, 0644, FS_VOLATILE);

    return r < 0 ? err_sys(e, r, "write pid file '%s'", path) : 0;
}
