// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * hoy-image chain-ids: the names that Docker shows for layers with what lies below them (OCI image
 * specification, config.md, "Layer ChainID"). hoy itself links no SHA-256.
 */
#include "base/error.h"

/* count diff IDs, lowest first; says a line for each: the chain ID of the layers up to it. */
int chain_ids_run(char **diff_ids, size_t count, struct error *e) MUST_CHECK;
