// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * What an earlier boot or a crash left in the data folder: folders of --rm containers, half-made
 * containers, drafts of layers. Run by the first command after a boot (the state folder is new).
 */
#include "engine/engine.h"

/* Call after engine_open() when eng->new_boot is set. */
int sweep_after_boot(struct engine *eng, struct error *e) MUST_CHECK;
