// SPDX-License-Identifier: Apache-2.0
/* Actions of linux.seccomp as a program meets them, and filters that ask an agent. */
#include "box.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

/* A filter that allows all but one rule, in a file that run_spec reads. */
static void filter(struct box *b, const char *rule, const char *more)
{
    char line[1500];

    snprintf(line, sizeof(line),
             "cat >%%D/filter <<'END'\n{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[%s]%s}\n"
             "END\n",
             rule, more);
    box_host(b, line);
}

#define MKDIR(action) "{\"names\":[\"mkdir\",\"mkdirat\"],\"action\":\"" action "\"}"

static void actions(void **state)
{
    struct box *b = *state;

    filter(b, "{\"names\":[\"mkdir\",\"mkdirat\"],\"action\":\"SCMP_ACT_ERRNO\",\"errnoRet\":28}",
           "");
    box_run(b, NULL, "seccomp=%D/filter -- mkdir /tmp/x");
    box_said(b, 1, "mkdir: can't create directory '/tmp/x': No space left on device\n");
    filter(b, MKDIR("SCMP_ACT_ERRNO"), "");
    box_run(b, NULL, "seccomp=%D/filter -- mkdir /tmp/x");
    box_said(b, 1, "mkdir: can't create directory '/tmp/x': Operation not permitted\n");
    filter(b, MKDIR("SCMP_ACT_KILL_PROCESS"), "");
    box_run(b, NULL, "seccomp=%D/filter -- sh -c 'mkdir /tmp/x; exit $?'");
    box_contains(b, "Bad system call");
    filter(b, MKDIR("SCMP_ACT_TRAP"), "");
    box_run(b, NULL, "seccomp=%D/filter -- sh -c 'mkdir /tmp/x; exit $?'");
    box_contains(b, "Bad system call");
    filter(b, MKDIR("SCMP_ACT_LOG"), ",\"flags\":[\"SECCOMP_FILTER_FLAG_LOG\"]");
    box_run(b, NULL, "seccomp=%D/filter -- mkdir /tmp/x");
    box_said(b, 0, "");
    box_host(b, "rmdir %D/rootfs/tmp/x");
    filter(b, MKDIR("SCMP_ACT_TRACE"), ""); /* nobody traces: ENOSYS */
    box_run(b, NULL, "seccomp=%D/filter -- mkdir /tmp/x");
    box_said(b, 1, "mkdir: can't create directory '/tmp/x': Function not implemented\n");
}

/* Compares with numbers of 64 bits. */
static void arguments(void **state)
{
    struct box *b = *state;

    filter(b,
           "{\"names\":[\"kill\"],\"action\":\"SCMP_ACT_ERRNO\",\"errnoRet\":28,\"args\":["
           "{\"index\":1,\"op\":\"SCMP_CMP_EQ\",\"value\":18446744073709551615},"
           "{\"index\":0,\"op\":\"SCMP_CMP_GE\",\"value\":0}]}",
           "");
    box_run(b, NULL, "seccomp=%D/filter -- sh -c 'kill -0 1'");
    box_said(b, 0, "");
    filter(b,
           "{\"names\":[\"kill\"],\"action\":\"SCMP_ACT_ERRNO\",\"errnoRet\":28,\"args\":["
           "{\"index\":1,\"op\":\"SCMP_CMP_MASKED_EQ\",\"value\":18446744073709551615,"
           "\"valueTwo\":10}]}",
           "");
    box_run(b, NULL, "seccomp=%D/filter -- sh -c 'kill -0 1 && kill -USR1 1'");
    box_contains(b, "No space left on device");
}

/* ---- an agent ---- */

static int listen_at(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int sock = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
    unlink(path);
    assert_true(bind(sock, (struct sockaddr *) &address, sizeof(address)) == 0);
    assert_true(listen(sock, 1) == 0);
    return sock;
}

/* Reads one state to its end and gives the descriptor that came with its first bytes. */
static int receive_state(int sock, char *text, size_t size)
{
    char control[CMSG_SPACE(sizeof(int))];
    struct iovec data = {.iov_base = text, .iov_len = size - 1};
    struct msghdr m = {
        .msg_iov = &data,
        .msg_iovlen = 1,
        .msg_control = control,
        .msg_controllen = sizeof(control),
    };
    int connection = accept(sock, NULL, NULL);
    ssize_t n = recvmsg(connection, &m, MSG_CMSG_CLOEXEC);
    struct cmsghdr *head = n > 0 ? CMSG_FIRSTHDR(&m) : NULL;
    int fd = -1;

    if (head && head->cmsg_type == SCM_RIGHTS) {
        memcpy(&fd, CMSG_DATA(head), sizeof(fd));
    }
    text[n > 0 ? n : 0] = '\0';
    close(connection);
    return fd;
}

/* Every mkdir fails with EXDEV until the container is gone; the state goes to a file. */
static void serve(int sock, const char *log)
{
    static char text[8192];
    int fd = receive_state(sock, text, sizeof(text));
    FILE *f = fopen(log, "we");

    fprintf(f, "%s", text);
    fclose(f);
    for (;;) {
        struct pollfd p = {.fd = fd, .events = POLLIN};
        struct seccomp_notif call = {0};

        if (poll(&p, 1, 20000) <= 0 || !(p.revents & POLLIN)) {
            _exit(0);
        }
        if (ioctl(fd, SECCOMP_IOCTL_NOTIF_RECV, &call) == 0) {
            struct seccomp_notif_resp answer = {.id = call.id, .error = -EXDEV};

            (void) ioctl(fd, SECCOMP_IOCTL_NOTIF_SEND, &answer);
        }
    }
}

static pid_t start_agent(struct box *b)
{
    char path[100];
    char log[100];

    snprintf(path, sizeof(path), "%s/agent", b->dir);
    snprintf(log, sizeof(log), "%s/state", b->dir);
    int sock = listen_at(path);
    pid_t pid = fork();

    if (pid == 0) {
        serve(sock, log);
    }
    close(sock);
    return pid;
}

static void ask(struct box *b, const char *words)
{
    pid_t agent = start_agent(b);
    int status;

    box_run(b, NULL, words);
    kill(agent, SIGKILL);
    waitpid(agent, &status, 0);
}

static void calls_that_ask_an_agent(void **state)
{
    struct box *b = *state;
    char more[300];

    snprintf(more, sizeof(more), ",\"listenerPath\":\"%s/agent\",\"listenerMetadata\":\"some\"",
             b->dir);
    filter(b, MKDIR("SCMP_ACT_NOTIFY"), more);
    ask(b, "agent seccomp=%D/filter -- mkdir /tmp/x");
    box_said(b, 1, "mkdir: can't create directory '/tmp/x': Invalid cross-device link\n");
    box_host(b, "sed 's/\"pid\":[0-9]*/PID/' %D/state");
    box_said(b, 0,
             "{\"ociVersion\":\"1.2.0\",\"fds\":[\"seccompFd\"],PID,\"metadata\":\"some\","
             "\"state\":{\"id\":\"box\"}}");
    ask(b, "agent nnp user=5 seccomp=%D/filter -- mkdir /tmp/x");
    box_said(b, 1, "mkdir: can't create directory '/tmp/x': Invalid cross-device link\n");
    /* Even the calls by which the child itself speaks may be asked about. */
    filter(b,
           "{\"names\":[\"mkdir\",\"mkdirat\",\"sendmsg\",\"recvmsg\"],\"action\":"
           "\"SCMP_ACT_NOTIFY\"}",
           more);
    ask(b, "agent nnp seccomp=%D/filter -- true");
    assert_int_equal(b->code, 125); /* the agent's answer to sendmsg is an error */
    box_is_clean(b);
}

static void agents_that_are_not_there(void **state)
{
    struct box *b = *state;
    char more[300];
    char sentence[300];

    snprintf(more, sizeof(more), ",\"listenerPath\":\"%s/gone\"", b->dir);
    filter(b, MKDIR("SCMP_ACT_NOTIFY"), more);
    box_run(b, NULL, "agent cgroup=%G/a seccomp=%D/filter -- true");
    snprintf(sentence, sizeof(sentence),
             "run_spec: connect to seccomp listener '%s/gone': no such file or directory\n",
             b->dir);
    box_said(b, 125, sentence);
    box_is_clean(b);
    box_run(b, NULL, "seccomp=%D/filter -- true");
    box_said(b, 125, "run_spec: seccomp: nobody here passes a listener on\n");
    filter(b, MKDIR("SCMP_ACT_NOTIFY"), "");
    box_run(b, NULL, "agent seccomp=%D/filter -- true");
    box_said(b, 125, "run_spec: profile.listenerPath: missing; SCMP_ACT_NOTIFY needs it\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(actions),
        cmocka_unit_test(arguments),
        cmocka_unit_test(calls_that_ask_an_agent),
        cmocka_unit_test(agents_that_are_not_there),
    };

    return cmocka_run_group_tests(tests, box_setup, box_teardown);
}
