// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * What stays beside a running container: takes its output to the log and to attached clients and
 * their input to it, waits for its end, writes it down (docs/design/monitor.md).
 *
 * It is a loop in a library, with one instance in a process. The launcher, the parent of the
 * container's init, fills a struct monitor_config and runs the loop itself for the first
 * milliseconds. A short container ends within them:
 *
 *   monitor_start(&cfg);
 *   if (monitor_run(time_mono() + NS_PER_SEC / 40) == MONITOR_DEADLINE) {
 *       monitor_handover(path);         execve: the same process is hoy-monitor from here on,
 *       monitor_run(MONITOR_FOREVER);   which does the last two steps of this; when the execve
 *       monitor_exec_cleanup();         fails, the launcher stays and does them itself
 *   } else {
 *       ... clean up in-process: monitor_exit_record() says how it ended; then _exit ...
 *   }
 *
 * After monitor_start() every signal that can be is ignored, SIGCHLD is blocked, the process is a
 * child subreaper and reaps whatever it inherits. Memory is not allocated. The descriptors in the
 * configuration belong to the monitor from then on, and keep their numbers through both execs.
 */
#include "base/attach_proto.h"
#include "base/defs.h"

#include <sys/types.h>

#define MONITOR_MAGIC         0x324e4f4du /* "MON2": changes with the layout of the struct */
#define MONITOR_CLIENTS_MAX   64
#define MONITOR_KEEP_MAX      16
#define MONITOR_ID_MAX        64
#define MONITOR_CLEANUP_MAX   4096
#define MONITOR_CLEANUP_ARGS  60
#define MONITOR_FOREVER       INT64_MAX
#define MONITOR_LOG_MAX_SIZE  (10ll << 20)
#define MONITOR_LOG_FILES     3
#define MONITOR_LOG_FILES_MAX 500    /* more are cut to this */
#define MONITOR_EXIT_NAME     "exit" /* in the run folder: the record of the end */

#define MONITOR_OPEN_STDIN (1u << 0) /* -i: stdin_fd or tty_fd takes input */
#define MONITOR_STDIN_ONCE (1u << 1) /* without a terminal: the first end of input closes stdin */

enum monitor_log {
    MONITOR_LOG_NONE,      /* output is read, shown to clients, and forgotten */
    MONITOR_LOG_JSON_FILE, /* <id>-json.log, .1, .2, ... in log_dir_fd, Docker's format */
};

struct monitor_client {
    int32_t fd;    /* SEQPACKET socket; negative: free */
    uint32_t want; /* ATTACH_WANT_* */
};

/* Plain data: no pointers, so it can cross an execve. Fill after monitor_config_init(). */
struct monitor_config {
    uint32_t magic;
    uint32_t size;
    char id[MONITOR_ID_MAX + 8];
    uint32_t flags; /* MONITOR_OPEN_STDIN, MONITOR_STDIN_ONCE */

    int32_t init_pid; /* our child */
    int32_t init_pidfd;

    /* Either a terminal's master or pipes; negative: absent. */
    int32_t tty_fd;
    int32_t stdin_fd;  /* write end */
    int32_t stdout_fd; /* read ends */
    int32_t stderr_fd;

    int32_t listen_fd;  /* sock_listen(run_dir, ATTACH_SOCKET_NAME); negative: no later clients */
    int32_t run_dir_fd; /* gets MONITOR_EXIT_NAME; required */

    enum monitor_log log;
    int32_t log_dir_fd;   /* required unless MONITOR_LOG_NONE */
    uint32_t log_files;   /* at least 1, the live one included */
    int64_t log_max_size; /* bytes of one file; 0: no limit */

    /* Clients from before the start: 'hoy run' in the foreground is one. */
    struct monitor_client clients[MONITOR_CLIENTS_MAX];

    /*
     * Locks to hold as long as the container lives and is cleaned up. Any other descriptor that is
     * not close-on-exec (bound ports) stays open as well, without being named here.
     */
    uint32_t keep_count;
    int32_t keep_fds[MONITOR_KEEP_MAX];

    /* NUL-terminated strings one after the other; see monitor_config_set_cleanup(). */
    uint32_t cleanup_size;
    char cleanup[MONITOR_CLEANUP_MAX];
};

enum monitor_end {
    MONITOR_EXITED,   /* ended, output drained, record written, clients told */
    MONITOR_DEADLINE, /* it still runs */
};

/* All descriptors absent, default log limits, no log. */
void monitor_config_init(struct monitor_config *c);

/*
 * Program (absolute path first) and arguments of the clean-up. One more argument is added when it
 * runs: the record as "code=N,signal=N,finished_at=N". -E2BIG when it does not fit.
 */
int monitor_config_set_cleanup(struct monitor_config *c, char *const *argv);

/*
 * Takes the configuration (copied) and its descriptors, opens the log. A log that cannot be opened
 * is no failure: its lines count as dropped. -EINVAL: the configuration makes no sense; other
 * -errno: the kernel gave no epoll or signalfd. On failure the descriptors are still the caller's.
 */
int monitor_start(const struct monitor_config *c) MUST_CHECK;

/*
 * Runs until the container has ended or the deadline (time_mono() nanoseconds, or
 * MONITOR_FOREVER) has passed; may be called again after MONITOR_DEADLINE.
 */
enum monitor_end monitor_run(int64_t deadline);

/*
 * Becomes the program at 'path' (hoy-monitor), which goes on with the same process, descriptors,
 * clients, half lines and undelivered bytes. Returns only on failure, -errno; the loop is intact
 * and monitor_run() can go on.
 */
int monitor_handover(const char *path);

/* hoy-monitor's side: takes over from the memfd it was given; -EPROTO when it is none of ours. */
int monitor_resume(int memfd) MUST_CHECK;

/* How it ended; after MONITOR_EXITED. */
const struct attach_exit *monitor_exit_record(void);

/*
 * Executes the clean-up with signals as by default. It inherits the locks and the clients'
 * sockets, which so end when it ends. Returns only on failure, -errno.
 */
int monitor_exec_cleanup(void);
