// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * config.json of an OCI bundle (runtime specification 1.2 and what 1.3 adds) as struct rt_spec.
 *
 * The text is hostile: bounded in size and depth, valid UTF-8, no NUL in strings. Unknown fields
 * are ignored, invalid values refused with a sentence that names the document, the field by its
 * path and what would be right:
 *
 *   config.json: process.rlimits[2].type: 'RLIMIT_FOO' is no resource limit; use ...
 *
 * 'what' is the document's name in those sentences. *ret must be initialised (rt_spec_init() and
 * so on); after a failure it holds what was read so far, and the caller frees it as always.
 * Capabilities that do not exist are warned of and left out (config.md, "Linux Process").
 */
#include "base/error.h"
#include "spec/runtime.h"

#define RT_JSON_MAX (4u << 20) /* bytes; real ones have some ten thousand */

/* ERR_INVALID; ERR_UNSUPPORTED for another major version of the specification. */
int rt_spec_parse(const char *text, size_t n, const char *what, struct rt_spec *ret,
                  struct error *e) MUST_CHECK;

/* A process alone (exec --process FILE). */
int rt_process_parse(const char *text, size_t n, const char *what, struct rt_process *ret,
                     struct error *e) MUST_CHECK;

/* linux.resources alone (update -r FILE). */
int rt_resources_parse(const char *text, size_t n, const char *what, struct rt_resources *ret,
                       struct error *e) MUST_CHECK;

/*
 * The same from a file, named in sentences as it is given here; ERR_NOT_FOUND when it is absent.
 * config.json is called by its last part: "config.json: ...".
 */
int rt_spec_read(int dirfd, const char *path, struct rt_spec *ret, struct error *e) MUST_CHECK;
int rt_process_read(int dirfd, const char *path, struct rt_process *ret,
                    struct error *e) MUST_CHECK;
int rt_resources_read(int dirfd, const char *path, struct rt_resources *ret,
                      struct error *e) MUST_CHECK;

/*
 * Paths that the specification lets be relative to the bundle (root.path, sources of binds) become
 * absolute; bundle is an absolute path.
 */
void rt_spec_set_bundle(struct rt_spec *s, const char *bundle);
