// SPDX-License-Identifier: Apache-2.0
#pragma once
/* What capabilities there are, as 64-bit masks; their names are in spec/capability.h. */
#include "spec/capability.h"

#include <stdint.h>

/* All capabilities that the running kernel knows. */
uint64_t caps_all(void);

/* This process's bounding set: what a container can be given at most. */
uint64_t caps_available(void);

/* Docker's 14 default capabilities. */
uint64_t caps_default(void);
