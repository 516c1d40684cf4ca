// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * The end of a container's run: the exit record of its monitor becomes state, and what the run
 * needed (cgroup, sockets) goes away. Also for a monitor that died before it could do so.
 */
#include "engine/container.h"

struct attach_exit;

/* Changes the loaded state (not the disk) of a container that says it runs but has no monitor:
 * exited, with the code of the exit record if there is one, else 255 as Docker after a crash. */
void ctr_state_ended(struct container *c);

/* With the lock held: reads the state anew, and when the monitor is gone without having cleaned
 * up, does it now, on disk too. */
int ctr_repair(struct engine *eng, struct container *c, struct error *e) MUST_CHECK;

/* Reads state.json anew into c. */
void ctr_reload_state(struct container *c);

/* Removes the container's cgroup (killing what is left in it) and the files of its run. */
int ctr_release_run(struct engine *eng, struct container *c, struct error *e) MUST_CHECK;

/* With the lock held and not running: removes all of it: name, snapshot, folders. Every step is
 * tried; the first failure is reported, and the container then stays as "dead". */
int ctr_delete(struct engine *eng, struct container *c, bool volumes, struct error *e) MUST_CHECK;

/* With the lock held: the run ended as the record says; state or removal, and clean-up. */
int ctr_finish_locked(struct engine *eng, struct container *c, const struct attach_exit *record,
                      struct error *e) MUST_CHECK;

/* The cgroup path of a container: parent/id. Caller frees it. */
char *ctr_cgroup_path(const struct container *c);
