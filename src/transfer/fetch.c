// SPDX-License-Identifier: Apache-2.0
#include "transfer/fetch.h"

#include "base/fd.h"
#include "base/proc.h"
#include "base/sock.h"
#include "transfer/cancel.h"
#include "transfer/fetcher.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>

/* In the child: nothing but the socket and stderr stays. */
static void become_fetcher(int sock, pid_t parent, const struct registry *registry)
{
    /* Ctrl-C is the other half's affair: our end follows from its end. */
    signal(SIGINT, SIG_IGN);
    signal(SIGTERM, SIG_IGN);
    signal(SIGHUP, SIG_IGN);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    prctl(PR_SET_NAME, "hoy-fetch");
    if (getppid() != parent) {
        _exit(1);
    }
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);

    if (null < 0 || dup2(null, STDIN_FILENO) < 0 || dup2(null, STDOUT_FILENO) < 0 ||
        dup2(sock, 3) < 0 || fd_cloexec_from(3) < 0) {
        _exit(1);
    }
    for (int fd = 4; fd < 256; fd++) {
        close(fd);
    }
    _exit(fetcher_main(3, registry));
}

int fetch_start(struct fetch *f, struct registry *registry, struct error *e)
{
    int pair[2];
    pid_t parent = getpid();
    int r = sock_pair(pair);

    *f = (struct fetch) FETCH_INIT;
    if (r < 0) {
        return err_sys(e, r, "start the fetcher");
    }
    f->pid = proc_fork();
    if (f->pid == 0) {
        become_fetcher(pair[1], parent, registry);
    }
    close(pair[1]);
    if (f->pid < 0) {
        close(pair[0]);
        return err_sys(e, (int) f->pid, "start the fetcher");
    }
    f->sock = pair[0];
    for (size_t i = 0; i < registry->count; i++) {
        credentials_done(&registry->endpoints[i].credentials);
    }
    return 0;
}

void fetch_stop(struct fetch *f)
{
    int status;

    if (f->sock < 0) {
        return;
    }
    close_fd(&f->sock);
    kill(f->pid, SIGKILL); /* our own child, not yet waited for */
    (void) proc_wait(f->pid, &status);
}

int fetch_ask(struct fetch *f, enum fetch_op op, const char *reference, int64_t offset,
              int64_t size, int fd, int *ret_id, struct error *e)
{
    struct fetch_request request = {.id = ++f->next_id, .op = op, .offset = offset, .size = size};
    int n = snprintf(request.reference, sizeof(request.reference), "%s", reference);

    if ((size_t) n >= sizeof(request.reference)) {
        return err_set(e, ERR_INVALID, "'%.100s...': too long", reference);
    }
    int r = fd_msg_send(f->sock, &request, sizeof(request), &fd, fd >= 0 ? 1 : 0);

    *ret_id = request.id;
    return r < 0 ? err_sys(e, r, "ask the fetcher") : 0;
}

int fetch_put(struct fetch *f, enum fetch_op op, const char *reference, const char *from,
              const char *media_type, int64_t size, int fd, int *ret_id, struct error *e)
{
    struct fetch_request request = {.id = ++f->next_id, .op = op, .size = size};

    snprintf(request.reference, sizeof(request.reference), "%s", reference);
    snprintf(request.from, sizeof(request.from), "%s", from);
    snprintf(request.media_type, sizeof(request.media_type), "%s", media_type);
    int r = fd_msg_send(f->sock, &request, sizeof(request), &fd, 1);

    *ret_id = request.id;
    return r < 0 ? err_sys(e, r, "ask the fetcher") : 0;
}

/* What a broken fetcher may not do: strings without an end, kinds that do not exist. */
static int check_reply(struct fetch_reply *r, ssize_t n, struct error *e)
{
    if (n != sizeof(*r) || r->type >= FETCH_REPLY_TYPE_COUNT || r->error.kind >= ERR_KIND_COUNT) {
        return err_set(e, ERR_INTERNAL,
                       n <= 0 ? "the fetcher ended unexpectedly"
                              : "the fetcher sent something unexpected");
    }
    r->media_type[sizeof(r->media_type) - 1] = '\0';
    r->digest[sizeof(r->digest) - 1] = '\0';
    r->error.text[sizeof(r->error.text) - 1] = '\0';
    r->error.hint[sizeof(r->error.hint) - 1] = '\0';
    if (r->type == FETCH_FAILED && r->error.kind == ERR_NONE) {
        r->error.kind = ERR_INTERNAL;
    }
    return 0;
}

int fetch_reply(struct fetch *f, int wake, struct fetch_reply *ret, struct error *e)
{
    for (;;) {
        struct pollfd fds[3] = {{.fd = f->sock, .events = POLLIN},
                                {.fd = cancel_fd(), .events = POLLIN},
                                {.fd = wake, .events = POLLIN}};

        if (cancel_check(e) < 0) {
            return -1;
        }
        if (poll(fds, 3, -1) < 0 && errno != EINTR) {
            return err_sys(e, errno, "wait for the fetcher");
        }
        if (fds[0].revents) {
            ssize_t n = fd_msg_recv(f->sock, ret, sizeof(*ret), NULL, 0, &(size_t){0});

            return check_reply(ret, n, e);
        }
        if (fds[2].revents & POLLIN) {
            return 1;
        }
    }
}

int fetch_document(struct fetch *f, enum fetch_op op, const char *reference, size_t max, char **ret,
                   size_t *ret_len, struct fetch_reply *reply, struct error *e)
{
    cleanup_close int fd = memfd_create("document", MFD_CLOEXEC);
    int id = 0;

    if (fd < 0) {
        return err_sys(e, errno, "make room for a document");
    }
    if (fetch_ask(f, op, reference, 0, (int64_t) max, fd, &id, e) < 0) {
        return -1;
    }
    do {
        if (fetch_reply(f, FD_NONE, reply, e) < 0) {
            return -1;
        }
    } while (reply->id != id || reply->type == FETCH_PROGRESS);
    if (reply->type == FETCH_FAILED) {
        *e = reply->error;
        return -1;
    }
    int r = lseek(fd, 0, SEEK_SET) < 0 ? -errno : fd_read_all(fd, max, ret, ret_len);

    return r < 0 ? err_sys(e, r, "read a document") : 0;
}
