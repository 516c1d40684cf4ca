// SPDX-License-Identifier: Apache-2.0
/*
 * hoy-monitor FD ID: what a launcher becomes while its container runs. Not for people: FD is the
 * memfd written by monitor_handover(), ID only shows in ps.
 */
#include "monitor/monitor.h"

#include <string.h>

static NORETURN void fail(const char *sentence)
{
    ssize_t ignored = write(STDERR_FILENO, sentence, strlen(sentence));

    (void) ignored;
    _exit(125);
}

int main(int argc, char **argv)
{
    int fd = 0;

    if (argc < 2) {
        fail("hoy-monitor: is started by hoy alone\n");
    }
    for (const char *p = argv[1]; *p; p++) {
        if (*p < '0' || *p > '9' || fd > 1000000) {
            fail("hoy-monitor: its first argument is no file descriptor\n");
        }
        fd = fd * 10 + (*p - '0');
    }
    if (monitor_resume(fd) < 0) {
        fail("hoy-monitor: take over the container: what was passed is not from this version\n");
    }
    /* Else the folder in which somebody typed 'hoy run' could not be unmounted. */
    int ignored = chdir("/");

    (void) ignored;
    (void) monitor_run(MONITOR_FOREVER);
    (void) monitor_exec_cleanup();
    _exit(125); /* the lock is free now: the next command repairs */
}
