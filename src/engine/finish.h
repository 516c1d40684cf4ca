// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * The end of a container's run: the exit record of its monitor becomes state, and what the run
 * needed (cgroup, sockets) goes away. Also for a monitor that died before it could do so.
 */
#include "engine/container.h"

struct attach_exit;

/*
 * Waits for the container's lock and loads its state anew; released by container_done or
 * ctr_unlock. What a dead monitor left is cleaned up here. ERR_NOT_FOUND: it vanished meanwhile.
 */
int ctr_lock(struct engine *eng, struct container *c, struct error *e) MUST_CHECK;

/* Removes the container's cgroup (killing what is left in it) and the files of its run. */
int ctr_release_run(struct engine *eng, struct container *c, struct error *e) MUST_CHECK;

/* With the lock held and not running: removes all of it: name, snapshot, folders. Every step is
 * tried; the first failure is reported, and the container then stays as "dead". */
int ctr_delete(struct engine *eng, struct container *c, bool volumes, struct error *e) MUST_CHECK;

/* With the lock held: the run ended as the record says; state or removal, and clean-up. */
int ctr_finish_locked(struct engine *eng, struct container *c, const struct attach_exit *record,
                      struct error *e) MUST_CHECK;

/*
 * What the monitor executes at the end (hoy's internal command "monitor-exit"): merges the exit
 * record into the state, removes cgroup and run files, and with --rm the container.
 */
int ctr_finish(struct engine *eng, const char *id, struct error *e) MUST_CHECK;

/* The cgroup path of a container: parent/id. Caller frees it. */
char *ctr_cgroup_path(const struct container *c);
