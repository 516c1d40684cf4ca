// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * Failures on request, in test builds of oci/ alone (HOY_TEST_FAULTS): $HOY_FAULT holds words such
 * as "step:pivot" (that step of the child fails), "kill:pivot" (the child dies there) or
 * "no-mount-setattr" (the call is treated as missing). In a release none of it exists.
 */
#include <stdbool.h>

#ifdef HOY_TEST_FAULTS
bool fault_wanted(const char *word);
#else
static inline bool fault_wanted(const char *word)
{
    (void) word;
    return false;
}
#endif
