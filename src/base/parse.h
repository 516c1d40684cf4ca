// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * Values as users type them. All return 0 or -EINVAL (malformed) / -ERANGE (too large), and leave
 * *ret alone on failure.
 */
#include "base/defs.h"

#include <stdbool.h>
#include <stdint.h>

int parse_i64(const char *s, int64_t *ret);
int parse_u64(const char *s, uint64_t *ret);
/* Decimal digits only, 0 to 4294967294 (the last value means "none" to the kernel). */
int parse_id(const char *s, uint32_t *ret);
/* Octal digits only, at most 07777. */
int parse_mode(const char *s, uint32_t *ret);
/* Go's strconv.ParseBool: 1 t T TRUE true True and 0 f F FALSE false False. */
int parse_bool(const char *s, bool *ret);
/* Bytes, as docker/go-units RAMInBytes: "512", "64k", "1.5g", "10 MiB"; powers of 1024. */
int parse_size(const char *s, int64_t *ret);
/* Decimal number of at most 9 fraction digits, times 10^9: "1.5" gives 1500000000 (--cpus). */
int parse_nano(const char *s, int64_t *ret);
/* Go's time.ParseDuration: "1h2m3.5s", "300ms", "-5s"; nanoseconds. */
int parse_duration(const char *s, int64_t *ret_ns);
