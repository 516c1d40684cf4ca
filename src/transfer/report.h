// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * What hoy-image says to whoever started it: one JSON object a line, on descriptor 3 when that is
 * a pipe or socket (hoy gives one), else on stdout. docs/design/transfer.md lists the lines. What
 * people should know though the work goes on is logged to stderr (log_warn).
 */
#include "base/error.h"
#include "base/json.h"

void report_init(void);

/* Takes j; adds "type" in front. A vanished reader is a reason to stop (cancel_now). */
void report_line(const char *type, json_t *j);

/* At most ten a second; total < 0: unknown. */
void report_progress(const char *action, int64_t bytes, int64_t total);
void report_error(const struct error *e);
