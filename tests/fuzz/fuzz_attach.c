// SPDX-License-Identifier: Apache-2.0
/*
 * Clients of a monitor that do what they like: the input is a list of steps (connect, send a frame
 * of any content, read, hang up, output and input of the container), run against the real loop.
 * Afterwards everybody hangs up, and nothing may be left waiting.
 */
#include "base/fd.h"
#include "base/sock.h"
#include "base/timeutil.h"
#include "monitor/internal.h"

#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define USERS 4

enum step {
    STEP_CONNECT,
    STEP_SEND,
    STEP_SEND_STDIN,
    STEP_READ,
    STEP_CLOSE,
    STEP_OUTPUT,
    STEP_INPUT,
    STEP_RUN,
    STEP_COUNT,
};

static int users[USERS] = {FD_NONE, FD_NONE, FD_NONE, FD_NONE};
static int container_in = FD_NONE;
static int container_out[STREAM_COUNT];

static void or_abort(bool good)
{
    if (!good) {
        abort();
    }
}

static void new_stdin(void)
{
    int p[2];

    or_abort(pipe2(p, O_CLOEXEC | O_NONBLOCK) == 0);
    close_fd(&container_in);
    container_in = p[0];
    mon.cfg.stdin_fd = p[1];
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    static struct monitor_config c;
    int p[2];

    (void) argc;
    (void) argv;
    monitor_config_init(&c);
    c.id[0] = 'x';
    c.flags = MONITOR_OPEN_STDIN | MONITOR_STDIN_ONCE;
    c.init_pid = (int) syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, NULL);
    if (c.init_pid == 0) {
        (void) prctl(PR_SET_PDEATHSIG, SIGKILL);
        for (;;) {
            pause();
        }
    }
    c.init_pidfd = eventfd(1, EFD_CLOEXEC); /* always readable: the loop never sleeps */
    or_abort(pipe2(p, O_CLOEXEC) == 0);
    c.stdout_fd = p[0];
    container_out[STREAM_OUT] = p[1];
    or_abort(pipe2(p, O_CLOEXEC) == 0);
    c.stderr_fd = p[0];
    container_out[STREAM_ERR] = p[1];
    or_abort(pipe2(p, O_CLOEXEC | O_NONBLOCK) == 0);
    container_in = p[0];
    c.stdin_fd = p[1];
    c.run_dir_fd = open("/", O_PATH | O_CLOEXEC);
    for (int i = 0; i < STREAM_COUNT; i++) {
        or_abort(fd_set_nonblock(container_out[i], true) == 0);
    }
    or_abort(monitor_start(&c) == 0);
    return 0;
}

static void run_loop(void)
{
    or_abort(monitor_run(time_mono() + 30000) == MONITOR_DEADLINE);
}

static void connect_user(int *user)
{
    int pair[2];

    if (*user < 0 && sock_pair(pair) == 0) {
        client_take(pair[0]);
        *user = pair[1];
    }
}

static void drain(int fd)
{
    char buf[ATTACH_FRAME_MAX];

    for (int i = 0; i < 64 && fd >= 0; i++) {
        if (recv(fd, buf, sizeof(buf), MSG_DONTWAIT) <= 0 &&
            (errno != ENOTSOCK || read(fd, buf, sizeof(buf)) <= 0)) {
            break;
        }
    }
}

/* A frame of the given bytes, or a large one of input. */
static void send_user(int user, const uint8_t *data, size_t n, bool large)
{
    char buf[ATTACH_FRAME_MAX] = {ATTACH_STDIN};
    size_t len = n;

    if (large) {
        len = sizeof(buf) - n;
    } else {
        memcpy(buf, data, n);
    }
    if (user >= 0) {
        (void) send(user, buf, len, MSG_DONTWAIT | MSG_NOSIGNAL);
    }
}

static void take_step(enum step step, int who, const uint8_t *data, size_t n)
{
    static const char output[16384];

    switch (step) {
    case STEP_CONNECT:
        connect_user(&users[who]);
        break;
    case STEP_SEND:
        send_user(users[who], data, n, false);
        break;
    case STEP_SEND_STDIN:
        send_user(users[who], data, n, true);
        break;
    case STEP_READ:
        drain(users[who]);
        break;
    case STEP_CLOSE:
        close_fd(&users[who]);
        break;
    case STEP_OUTPUT:
        (void) !write(container_out[who & 1], output, sizeof(output) - n);
        break;
    case STEP_INPUT:
        drain(container_in);
        break;
    case STEP_RUN:
    case STEP_COUNT:
        run_loop();
        break;
    }
}

/* True when no client is known any more and nothing waits for one. */
static bool at_rest(void)
{
    for (int i = 0; i < MONITOR_CLIENTS_MAX; i++) {
        if (mon.s.clients[i].fd >= 0) {
            return false;
        }
    }
    return !mon.s.streams[STREAM_OUT].pending && !mon.s.streams[STREAM_ERR].pending &&
           !input_busy() && mon.s.streams[STREAM_OUT].polled && mon.s.streams[STREAM_ERR].polled;
}

static void settle(void)
{
    for (int i = 0; i < USERS; i++) {
        close_fd(&users[i]);
    }
    for (int i = 0; i < 1000 && !at_rest(); i++) {
        drain(container_in);
        run_loop();
    }
    or_abort(at_rest());
    if (!mon.s.input_open) { /* somebody ended it, which is for good in a real container */
        new_stdin();
        mon.s.input_open = true;
        input_begin();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    while (size >= 2) {
        enum step step = (enum step)(data[0] % STEP_COUNT);
        int who = data[0] / STEP_COUNT % USERS;
        size_t n = MIN((size_t) data[1], size - 2);

        take_step(step, who, data + 2, n);
        data += 2;
        size -= 2;
        if (step == STEP_SEND) {
            data += n;
            size -= n;
        }
    }
    run_loop();
    settle();
    return 0;
}
