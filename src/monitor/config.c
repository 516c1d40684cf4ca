// SPDX-License-Identifier: Apache-2.0
#include "monitor/internal.h"

#include <string.h>

void monitor_config_init(struct monitor_config *c)
{
    memset(c, 0, sizeof(*c));
    c->magic = MONITOR_MAGIC;
    c->size = sizeof(*c);
    c->init_pidfd = FD_NONE;
    c->tty_fd = FD_NONE;
    c->stdin_fd = FD_NONE;
    c->stdout_fd = FD_NONE;
    c->stderr_fd = FD_NONE;
    c->listen_fd = FD_NONE;
    c->run_dir_fd = FD_NONE;
    c->log_dir_fd = FD_NONE;
    c->log_files = MONITOR_LOG_FILES;
    c->log_max_size = MONITOR_LOG_MAX_SIZE;
    for (size_t i = 0; i < MONITOR_CLIENTS_MAX; i++) {
        c->clients[i].fd = FD_NONE;
    }
}

int monitor_config_set_cleanup(struct monitor_config *c, char *const *argv)
{
    size_t len = 0;

    for (size_t i = 0; argv[i]; i++) {
        size_t n = strlen(argv[i]) + 1;

        if (i >= MONITOR_CLEANUP_ARGS || n > sizeof(c->cleanup) - len) {
            return -E2BIG;
        }
        memcpy(c->cleanup + len, argv[i], n);
        len += n;
    }
    c->cleanup_size = (uint32_t) len;
    return 0;
}

bool monitor_config_valid(const struct monitor_config *c)
{
    bool has_tty = c->tty_fd >= 0;
    bool has_pipes = c->stdin_fd >= 0 || c->stdout_fd >= 0 || c->stderr_fd >= 0;

    return c->magic == MONITOR_MAGIC && c->size == sizeof(*c) && c->init_pid > 0 &&
           c->init_pidfd >= 0 && c->run_dir_fd >= 0 && !(has_tty && has_pipes) &&
           (c->log == MONITOR_LOG_NONE ||
            (c->log == MONITOR_LOG_JSON_FILE && c->log_dir_fd >= 0)) &&
           c->log_files >= 1 && c->log_max_size >= 0 && c->keep_count <= MONITOR_KEEP_MAX &&
           c->cleanup_size <= sizeof(c->cleanup) &&
           (c->cleanup_size == 0 || c->cleanup[c->cleanup_size - 1] == '\0') &&
           memchr(c->id, '\0', MONITOR_ID_MAX + 1) && c->id[0];
}
