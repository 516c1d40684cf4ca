// SPDX-License-Identifier: Apache-2.0
#include "engine/image_helper.h"

#include "base/json.h"
#include "base/proc.h"

#include <fcntl.h>
#include <string.h>

#define LINE_MAX_BYTES (64u << 10)

void image_answer_done(struct image_answer *a)
{
    free(a->id);
    strv_done(&a->chain_ids);
}

static int helper_line(const char *line, size_t n, struct image_answer *ret,
                       const struct image_progress *progress, struct error *e)
{
    CLEANUP(json) json_t *j = json_parse(line, n, "a message of hoy-image", e);

    if (!j) {
        return -1;
    }
    const char *type = json_str(j, "type");

    if (strcmp(type, "result") == 0) {
        xstrset(&ret->id, json_str(j, "id"));
    } else if (strcmp(type, "chain") == 0) {
        strv_add(&ret->chain_ids, json_str(j, "id"));
    } else if (strcmp(type, "error") == 0) {
        err_set(&ret->failure, err_kind_from_string(json_str(j, "kind")), "%s",
                json_str(j, "text"));
        if (*json_str(j, "hint")) {
            err_hint(&ret->failure, "%s", json_str(j, "hint"));
        }
    }
    if (progress) {
        progress->line(progress->ctx, type, j);
    }
    return 0;
}

static int helper_read(int fd, struct image_answer *ret, const struct image_progress *progress,
                       struct error *e)
{
    cleanup_free char *buf = xmalloc(LINE_MAX_BYTES);
    size_t len = 0;

    for (;;) {
        ssize_t r = read(fd, buf + len, LINE_MAX_BYTES - len);

        if (r < 0 && errno == EINTR) {
            continue;
        }
        if (r <= 0) {
            return r < 0 ? err_sys(e, errno, "read from hoy-image") : 0;
        }
        len += (size_t) r;
        for (char *nl; (nl = memchr(buf, '\n', len));) {
            size_t line = (size_t) (nl - buf);

            if (helper_line(buf, line, ret, progress, e) < 0) {
                return -1;
            }
            len -= line + 1;
            memmove(buf, nl + 1, len);
        }
        if (len == LINE_MAX_BYTES) {
            return err_set(e, ERR_INTERNAL, "read from hoy-image: line of over %u bytes",
                           LINE_MAX_BYTES);
        }
    }
}

int image_helper_run(struct engine *eng, const struct strv *args, struct image_answer *ret,
                     const struct image_progress *progress, struct error *e)
{
    CLEANUP(strv) struct strv argv = STRV_INIT;
    cleanup_free char *path = proc_helper_path("hoy-image");
    int channel[2];
    int status;

    if (!path) {
        return err_set(e, ERR_NOT_FOUND, "the program hoy-image is not installed");
    }
    strv_add(&argv, path);
    strv_add(&argv, "--root");
    strv_add(&argv, eng->root_path);
    strv_extend(&argv, args);
    if (pipe2(channel, O_CLOEXEC) < 0) {
        return err_sys(e, errno, "make a pipe");
    }
    struct proc_spawn s = {.path = path,
                           .argv = strv_argv(&argv),
                           .stdin_fd = STDIN_FILENO,
                           .stdout_fd = -1,
                           .stderr_fd = -1,
                           .extra_fds = &channel[1],
                           .extra_count = 1};
    pid_t pid = proc_spawn(&s);

    close(channel[1]);
    int r =
        pid < 0 ? err_sys(e, pid, "start '%s'", path) : helper_read(channel[0], ret, progress, e);

    close(channel[0]);
    if (pid < 0) {
        return -1;
    }
    (void) proc_wait(pid, &status);
    if (r < 0) {
        return -1;
    }
    if (ret->failure.kind != ERR_NONE) {
        *e = ret->failure;
        return -1;
    }
    if (proc_exit_code(status) != 0) {
        return err_set(e, ERR_INTERNAL, "hoy-image ended with status %d and no reason",
                       proc_exit_code(status));
    }
    return 0;
}
