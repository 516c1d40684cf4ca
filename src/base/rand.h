// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "base/defs.h"

#include <stdint.h>

/* n random bytes from the kernel; -errno. */
int rand_bytes(void *buf, size_t n);

/* Fills buf with size - 1 lower-case hex digits and a NUL; size at most 129. */
int rand_hex(char *buf, size_t size);

/* A random number below limit (> 0); 0 when the kernel gives none. */
uint32_t rand_below(uint32_t limit);
