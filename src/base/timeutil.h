// SPDX-License-Identifier: Apache-2.0
#pragma once
/* Wall-clock times are int64_t nanoseconds since 1970 UTC; 0 means "never". */
#include "base/defs.h"

#include <stdint.h>

#define NS_PER_SEC 1000000000ll

int64_t time_now(void);
/* Monotonic nanoseconds, for deadlines. */
int64_t time_mono(void);

/* "2026-01-02T03:04:05.123456789Z" (trailing zeros dropped, as Go prints); buf >= 36 bytes.
 * 0 gives Docker's "0001-01-01T00:00:00Z". */
const char *time_format(int64_t t, char *buf, size_t size);
/* With all nine digits, as in log lines. */
const char *time_format_nano(int64_t t, char *buf, size_t size);

/* RFC 3339 with optional fraction and zone; "0001-01-01T00:00:00Z" gives 0. -EINVAL. */
int time_parse(const char *s, int64_t *ret);

/*
 * A moment as 'docker logs --since' takes it: RFC 3339 (zone optional: local), a date alone, a
 * Unix time with optional fraction, or a duration back from now ("10m"). -EINVAL.
 */
int time_parse_user(const char *s, int64_t now, int64_t *ret);

/* docker/go-units HumanDuration: "Less than a second", "5 minutes", "About an hour". */
const char *time_human(int64_t ns, char *buf, size_t size);
