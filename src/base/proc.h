// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * Processes, named by pidfd or by pid + start time, never by pid alone (pids are reused).
 * The only file that may call fork.
 */
#include "base/defs.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* pidfd or -errno (-ESRCH: no such process); close-on-exec. */
int pidfd_open_pid(pid_t pid);
int pidfd_signal(int pidfd, int sig);

/* Waits for a child by pidfd. wait(2) status in *ret_status; -errno (-ECHILD: not our child). */
int pidfd_wait(int pidfd, int *ret_status);

struct proc_info {
    pid_t parent;
    uint64_t start_time; /* clock ticks since boot */
};

/* From /proc/PID/stat; -ESRCH when it does not exist or is a zombie. */
int proc_read(pid_t pid, struct proc_info *ret);

/*
 * Its start time, 0 when it does not exist or is a zombie. Two processes with the same pid never
 * share it in practice.
 */
uint64_t proc_start_time(pid_t pid);

/* pidfd of pid when it is still the process with that start time, else -ESRCH. */
int proc_open_checked(pid_t pid, uint64_t start_time);

/* fork(2); only from a single-threaded process. */
pid_t proc_fork(void);

struct proc_spawn {
    const char *path;     /* absolute program */
    char *const *argv;    /* argv[0] included */
    char *const *envp;    /* NULL: ours */
    int stdin_fd;         /* < 0: /dev/null; never closed by us */
    int stdout_fd;        /* < 0: /dev/null */
    int stderr_fd;        /* < 0: ours */
    const int *extra_fds; /* become 3, 4, ... in the child */
    size_t extra_count;
};

/* Starts a program (every other descriptor closed on exec); pid or -errno, also of the exec. */
pid_t proc_spawn(const struct proc_spawn *s);

/* Waits for a child; wait status in *ret, -errno. */
int proc_wait(pid_t pid, int *ret);

/* Shell's view of a wait status: exit code, or 128 + signal. */
int proc_exit_code(int wait_status);

/*
 * Path of one of our helper programs (hoy-image, hoy-monitor): $HOY_LIBEXEC/NAME, else beside the
 * running program (a build folder), else the installed libexec folder. Caller frees; NULL: absent.
 */
char *proc_helper_path(const char *name);

/* Signal number of "KILL", "SIGKILL", "9", "RTMIN+3"; -EINVAL. Case does not matter. */
int signal_from_string(const char *name);
/* "SIGKILL"; "SIGRTMIN+3"; NULL for no signal. Static or in buf (at least 16 bytes). */
const char *signal_to_string(int sig, char *buf, size_t size);
