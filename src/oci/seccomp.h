// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * Seccomp filters, compiled once and cached.
 *
 * Profiles come in Docker's format (moby profiles/seccomp: names, args, includes/excludes by
 * capability, architecture and kernel version). The built-in default profile is an allow-list with
 * the same effect as Docker's; unknown newer system calls give ENOSYS as libcontainer does.
 * Compiling takes milliseconds, so the BPF program is kept in <state>/seccomp/ under a key made of
 * everything it depends on; a cache file carries its whole key and is only believed when it is
 * root's, complete, and the key is equal.
 */
#include "base/error.h"
#include "base/strv.h"
#include "spec/runtime.h"

struct seccomp_request {
    const char *profile;   /* JSON text of a profile; NULL: the built-in default */
    uint64_t capabilities; /* bounding set; decides which conditional rules apply */
};

/*
 * Fills ret (rt_seccomp_done() frees it). cache_dirfd: folder of the cache, or FD_NONE for none.
 * ERR_INVALID names what is wrong in a user's profile.
 */
int seccomp_filter_get(const struct seccomp_request *r, int cache_dirfd, struct rt_seccomp *ret,
                       struct error *e) MUST_CHECK;

/* The names that profiles may use. */
void seccomp_words(struct strv *ret_actions, struct strv *ret_operators, struct strv *ret_flags);

/*
 * Hands the listener of a filter with notify over to the agent: one connection to listener_path,
 * one container process state ('version' of the specification, the pid as we see it, 'state' as
 * JSON), the descriptor beside it. What oci_callbacks.seccomp has to do.
 */
int seccomp_agent_send(const struct rt_seccomp *s, const char *version, pid_t pid,
                       const char *state, int listener, struct error *e) MUST_CHECK;
