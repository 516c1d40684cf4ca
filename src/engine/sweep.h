// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * What an earlier boot or a crash left in the data folder: folders of --rm containers, half-made
 * containers, drafts of layers. Run by the first command after a boot (the state folder is new),
 * and for single containers by whoever stumbles over one.
 */
#include "engine/engine.h"

/* Call after engine_open() when eng->new_boot is set. */
int sweep_after_boot(struct engine *eng, struct error *e) MUST_CHECK;

/*
 * Removes a container folder that holds no container: its create or rm was killed half-way. One
 * that somebody is making or removing just now (its lock is held) is left alone.
 */
void sweep_garbage(struct engine *eng, const char *id);
