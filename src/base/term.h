// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * The user's terminal: raw mode that is undone however the program ends (return, exit, a signal, a
 * crash; only SIGKILL leaves it raw), and its size. One terminal in a process.
 */
#include "base/defs.h"

#include <stdint.h>

/*
 * Puts the terminal into raw mode. Called from the background it stops the program, as any
 * terminal program (SIGTTOU). -ENOTTY and the like.
 */
int term_raw(int fd);

/* Back to what it was before term_raw(); without that nothing happens. Safe in signal handlers. */
void term_restore(void);

/* Raw again after the program was stopped and continued. */
void term_raw_again(void);

/* Size in characters; -ENOTTY. */
int term_size(int fd, uint16_t *ret_rows, uint16_t *ret_columns);
