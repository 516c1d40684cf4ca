// SPDX-License-Identifier: Apache-2.0
#pragma once
/* Giving up what unpacking does not need, before the first hostile byte is looked at. */
#include "base/error.h"

/*
 * no_new_privs, and of the capabilities only those that place files: owner, mode, devices,
 * attributes. Memory is bounded (an xz header can ask for 4 GB). Needs a single thread. Without
 * privileges there is nothing to give up.
 */
int confine_self(struct error *e) MUST_CHECK;
