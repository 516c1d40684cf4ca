// SPDX-License-Identifier: Apache-2.0
#include "base/fd.h"
#include "base/json.h"
#include "oci/seccomp.h"

#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

static int connect_agent(const char *path, struct error *e)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};

    if (strlen(path) >= sizeof(address.sun_path)) {
        return err_set(e, ERR_INVALID, "seccomp listener '%.40s...': the path is too long", path);
    }
    memcpy(address.sun_path, path, strlen(path));
    cleanup_close int sock = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (sock < 0 || connect(sock, (struct sockaddr *) &address, sizeof(address)) < 0) {
        return err_sys(e, errno, "connect to seccomp listener '%s'", path);
    }
    return take_fd(&sock);
}

/* The descriptor goes with the first bytes ("MUST be sent only in the first call"). */
static int send_all(int sock, const char *text, size_t n, int fd)
{
    union {
        struct cmsghdr align;
        char buf[CMSG_SPACE(sizeof(int))];
    } control = {0};
    struct iovec data = {.iov_base = (char *) (uintptr_t) text, .iov_len = n};
    struct msghdr m = {
        .msg_iov = &data,
        .msg_iovlen = 1,
        .msg_control = control.buf,
        .msg_controllen = sizeof(control.buf),
    };
    struct cmsghdr *head = CMSG_FIRSTHDR(&m);

    head->cmsg_level = SOL_SOCKET;
    head->cmsg_type = SCM_RIGHTS;
    head->cmsg_len = CMSG_LEN(sizeof(int));
    memcpy(CMSG_DATA(head), &fd, sizeof(fd));
    while (data.iov_len) {
        ssize_t sent = sendmsg(sock, &m, MSG_NOSIGNAL);

        if (sent < 0 && errno != EINTR) {
            return -errno;
        }
        if (sent > 0) {
            data.iov_base = (char *) data.iov_base + sent;
            data.iov_len -= (size_t) sent;
            m.msg_control = NULL;
            m.msg_controllen = 0;
        }
    }
    return 0;
}

int seccomp_agent_send(const struct rt_seccomp *s, const char *version, pid_t pid,
                       const char *state, int listener, struct error *e)
{
    cleanup_close int sock = connect_agent(s->listener_path, e);

    if (sock < 0) {
        return -1;
    }
    CLEANUP(json) json_t *doc = json_object();
    CLEANUP(json) json_t *state_doc = json_parse(state, strlen(state), "state", e);

    if (!state_doc) {
        return -1;
    }
    json_put(doc, "ociVersion", json_text(version));
    json_put(doc, "fds", json_pack("[s]", "seccompFd"));
    json_put(doc, "pid", json_integer(pid));
    if (s->listener_metadata) {
        json_put(doc, "metadata", json_text(s->listener_metadata));
    }
    json_put(doc, "state", json_incref(state_doc));
    cleanup_free char *text = json_dump(doc);
    int r = send_all(sock, text, strlen(text), listener);

    return r < 0 ? err_sys(e, r, "send to seccomp listener '%s'", s->listener_path) : 0;
}
