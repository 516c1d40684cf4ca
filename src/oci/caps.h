// SPDX-License-Identifier: Apache-2.0
#pragma once
/* Capabilities as 64-bit masks and by name. */
#include "base/error.h"

#include <stdint.h>

/* Number of "CAP_NET_ADMIN", "net_admin", "NET_ADMIN" (case does not matter), -EINVAL. */
int cap_from_string(const char *name);

/* "CAP_NET_ADMIN"; NULL when the number is unknown to us. */
const char *cap_to_string(int cap);

/* All capabilities that the running kernel knows. */
uint64_t caps_all(void);

/* This process's bounding set: what a container can be given at most. */
uint64_t caps_available(void);

/* Docker's 14 default capabilities. */
uint64_t caps_default(void);
