// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * What an earlier boot or a crash left in the data folder: folders of --rm containers, half-made
 * containers, drafts of layers. Run by the first command after a boot (the state folder is new).
 */
#include "engine/engine.h"

/*
 * Opens the state folder; makes it when it is missing, and whoever made it sweeps. Only containers
 * that were there before the folder existed are looked at: nobody can be making one of those,
 * since every command opens the state folder first.
 */
int sweep_open_state(struct engine *eng, struct error *e) MUST_CHECK;
