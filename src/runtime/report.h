// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * What the runtime says when something goes wrong, in the form that its callers parse: they read
 * the --log file line by line and take the "msg" of the last one of level "error".
 *
 *   text   time="2026-01-02T03:04:05Z" level=error msg="container does not exist"
 *   json   {"level":"error","msg":"container does not exist","time":"2026-01-02T03:04:05Z"}
 *
 * With a log file the sentence alone goes to stderr too; without, the line above.
 */
#include "base/error.h"

#include <stdbool.h>

/*
 * From now on messages (those of base/log.h too) go to the file (NULL: stderr). format: "text" or
 * "json"; NULL: text. ERR_INVALID for another format.
 */
int report_open(const char *file, const char *format, bool debug, struct error *e) MUST_CHECK;

/* Says the error. */
void report_error(const struct error *e);
