// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * A folder as a tar stream (pax): sorted by name, with owners, modes, times to the nanosecond,
 * extended attributes, hard links, devices and holes. The same tree gives the same bytes on any
 * machine: no access times, inode numbers or user names.
 */
#include "base/error.h"
#include "transfer/ring.h"

/*
 * Runs in the source thread: packs what is below dirfd and ends the ring. Links are not followed;
 * sockets are left out, as tar has no form for them; what is mounted below appears as an empty
 * folder, and so does the folder 'own' (FD_NONE: none), which is where our output goes.
 * Sentences: "pack 'NAME': cause".
 */
int tar_pack_folder(int dirfd, int own, struct ring *out, struct error *e) MUST_CHECK;
