// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * Hooks: programs of the specification that run at certain moments (config.md, "POSIX-platform
 * Hooks"; runtime.md, "Lifecycle"). Who calls hooks_run(), and when:
 *
 *   prestart, createRuntime   on the host, oci_callbacks.create_runtime
 *   createContainer           in the child before pivot_root, oci_callbacks.create_container: the
 *                             container's namespaces, the host's files
 *   startContainer            in the child before execve, oci_callbacks.start_container: the
 *                             container's namespaces and files
 *   poststart, poststop       on the host, after oci_start() and after everything was removed
 *
 * A hook gets the state on its standard input (a file: a hook that does not read it disturbs
 * nobody), the environment that is written in the specification and no other, and no descriptor of
 * ours. What it says is not shown but when it fails: the end of it is part of the sentence.
 */
#include "base/error.h"
#include "spec/runtime.h"

/*
 * Runs the hooks of one kind in their order; state is JSON (runtime.md, "State"). The first that
 * fails, or is still there after its timeout and then killed with all it has started, ends it:
 * ERR_INTERNAL, ERR_TIMEOUT or the errno of starting it. Failures of poststop hooks are warnings,
 * and the others run. Must be called from a single-threaded process.
 */
int hooks_run(const struct rt_spec *spec, enum rt_hook_kind kind, const char *state,
              struct error *e) MUST_CHECK;
