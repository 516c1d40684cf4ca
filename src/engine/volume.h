// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * Local volumes: <root>/volumes/<name>/_data, with volume.json {created, labels, anonymous} beside.
 */
#include "engine/engine.h"

/* ERR_INVALID with Docker's sentence for bad names. */
int volume_name_check(const char *name, struct error *e) MUST_CHECK;

/* Makes it when it is missing; *ret_path: its _data folder, the caller frees it. *ret_made may be
 * NULL. */
int volume_ensure(struct engine *eng, const char *name, bool anonymous, char **ret_path,
                  bool *ret_made, struct error *e) MUST_CHECK;

int volume_remove(struct engine *eng, const char *name, struct error *e) MUST_CHECK;
