// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * Diagnostics on stderr for people who look for a fault. Results and errors are not logged:
 * they go up as values, and cli/ or api/ says them once. Below cli/ only log_debug() is used,
 * and log_warn() for what the user must know though the command goes on ("hoy gives what it has").
 */
#include "base/defs.h"

enum log_level {
    LOG_LEVEL_DEBUG,
    LOG_LEVEL_INFO,
    LOG_LEVEL_WARN,
    LOG_LEVEL_ERROR,
    LOG_LEVEL_FATAL,
    LOG_LEVEL_COUNT,
};

/* Messages below this level are dropped; LOG_LEVEL_INFO at first. */
void log_set_level(enum log_level level);
enum log_level log_get_level(void);

/* -EINVAL for an unknown name; names are Docker's: debug info warn error fatal. */
int log_level_from_string(const char *name, enum log_level *ret);
const char *log_level_to_string(enum log_level level);

/* Messages go to this function instead of stderr, as a line without end; NULL: stderr again. */
typedef void log_sink(enum log_level level, const char *line);
void log_set_sink(log_sink *sink);

/*
 * Puts '?' in the place of what a terminal would obey (control characters, line ends too). Texts
 * for people quote names from images and containers.
 */
void log_harmless(char *text);

void log_msg(enum log_level level, const char *fmt, ...) PRINTF_LIKE(2, 3);

#define log_debug(...)                                                                             \
    do {                                                                                           \
        if (log_get_level() == LOG_LEVEL_DEBUG) {                                                  \
            log_msg(LOG_LEVEL_DEBUG, __VA_ARGS__);                                                 \
        }                                                                                          \
    } while (0)
#define log_info(...) log_msg(LOG_LEVEL_INFO, __VA_ARGS__)
#define log_warn(...) log_msg(LOG_LEVEL_WARN, __VA_ARGS__)
