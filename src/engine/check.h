// SPDX-License-Identifier: Apache-2.0
#pragma once
/* Is what the user asked for possible at all? Docker's checks, with Docker's sentences. */
#include "engine/container.h"

int ctr_config_check(const struct ctr_config *c, struct error *e) MUST_CHECK;
