// SPDX-License-Identifier: Apache-2.0
#include "transfer/credential_helper.h"

#include "base/alloc.h"
#include "base/fd.h"
#include "base/json.h"
#include "base/proc.h"
#include "base/strbuf.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>

#define ANSWER_MAX (64u << 10)
#define TOKEN_USER "<token>" /* the secret is an identity token */

/* Absolute path of the program in PATH; caller frees, NULL when there is none. */
static char *find_program(const char *name)
{
    CLEANUP(strv) struct strv folders = STRV_INIT;
    const char *path = getenv("PATH");
    const char *folder;

    strv_split(&folders, path && *path ? path : "/usr/local/bin:/usr/bin:/bin", ":");
    strv_foreach (&folders, folder) {
        char *file = xasprintf("%s/%s", folder, name);

        if (folder[0] == '/' && access(file, X_OK) == 0) {
            return file;
        }
        free(file);
    }
    return NULL;
}

/* Its input, from memory: small, and there when the program reads it. */
static int input_of(const char *text)
{
    int fd = memfd_create("credentials", MFD_CLOEXEC);

    if (fd >= 0 && (fd_write_all(fd, text, strlen(text)) < 0 || lseek(fd, 0, SEEK_SET) < 0)) {
        close_fd(&fd);
    }
    return fd;
}

/* Runs it; its output replaces *ret, *ret_code is its exit code. */
static int run(const char *name, const char *action, const char *text, char **ret, int *ret_code,
               struct error *e)
{
    cleanup_free char *program = xasprintf("docker-credential-%s", name);
    cleanup_free char *path = strchr(name, '/') ? NULL : find_program(program);
    char *argv[] = {program, (char *) (uintptr_t) action, NULL};
    int out[2];
    int status = 0;

    if (!path) {
        return err_set(e, ERR_NOT_FOUND, "credential helper '%.200s': not found in PATH", program);
    }
    cleanup_close int input = input_of(text);

    if (input < 0 || pipe2(out, O_CLOEXEC) < 0) {
        return err_sys(e, errno, "start '%s'", program);
    }
    struct proc_spawn s = {
        .path = path, .argv = argv, .stdin_fd = input, .stdout_fd = out[1], .stderr_fd = -1};
    pid_t pid = proc_spawn(&s);
    char *answer = NULL;

    close(out[1]);
    int r = pid < 0 ? (int) pid : fd_read_all(out[0], ANSWER_MAX, &answer, NULL);

    close(out[0]);
    if (pid >= 0) {
        (void) proc_wait(pid, &status);
    }
    *ret_code = proc_exit_code(status);
    if (answer) {
        free(*ret);
        *ret = answer;
    }
    return r < 0 ? err_sys(e, r, "credential helper '%.200s'", program) : 0;
}

/* How helpers say that they know nothing: credentials/error.go of docker-credential-helpers. */
static bool says_unknown(const char *text)
{
    return strstr(text, "credentials not found") || strstr(text, "no credentials server URL");
}

static int failed(const char *name, const char *action, const char *text, struct error *e)
{
    int n = (int) strcspn(text, "\n");

    return err_set(e, ERR_UNAVAILABLE, "credential helper 'docker-credential-%.100s %s': %.*s",
                   name, action, n ? n : 9, n ? text : "it failed");
}

int credential_helper_get(const char *name, const char *server, struct credentials *ret,
                          struct error *e)
{
    cleanup_free char *text = xstrdup("");
    int code = 0;

    if (run(name, "get", server, &text, &code, e) < 0) {
        return -1;
    }
    if (code != 0) {
        return says_unknown(text) ? 0 : failed(name, "get", text, e);
    }
    CLEANUP(json) json_t *j = json_parse(text, strlen(text), "answer of the credential helper", e);

    if (!j) {
        return -1;
    }
    if (strcmp(json_str(j, "Username"), TOKEN_USER) == 0) {
        ret->identity_token = xstrdup(json_str(j, "Secret"));
    } else if (*json_str(j, "Username")) {
        ret->username = xstrdup(json_str(j, "Username"));
        ret->password = xstrdup(json_str(j, "Secret"));
    }
    return 0;
}

int credential_helper_store(const char *name, const char *server, const struct credentials *c,
                            struct error *e)
{
    CLEANUP(json) json_t *j = json_object();
    cleanup_free char *text = xstrdup("");
    int code = 0;

    json_put(j, "ServerURL", json_text(server));
    json_put(j, "Username", json_text(c->identity_token ? TOKEN_USER : c->username));
    json_put(j, "Secret", json_text(c->identity_token ? c->identity_token : c->password));
    cleanup_free char *input = json_dump(j);

    if (run(name, "store", input, &text, &code, e) < 0) {
        return -1;
    }
    return code != 0 ? failed(name, "store", text, e) : 0;
}

int credential_helper_erase(const char *name, const char *server, struct error *e)
{
    cleanup_free char *text = xstrdup("");
    int code = 0;

    if (run(name, "erase", server, &text, &code, e) < 0) {
        return -1;
    }
    return code != 0 && !says_unknown(text) ? failed(name, "erase", text, e) : 0;
}
