// SPDX-License-Identifier: Apache-2.0
#pragma once
/* What of a specification can be refused before anything is made. */
#include "base/error.h"
#include "spec/runtime.h"

/* ERR_INVALID or ERR_UNSUPPORTED names the field. */
int check_spec(const struct rt_spec *spec, struct error *e) MUST_CHECK;
int check_process(const struct rt_process *p, struct error *e) MUST_CHECK;

/*
 * True when the sysctl belongs to a namespace that the container has for itself; any other would
 * change the host (namespaces(7); the list is that of the OCI runtimes).
 */
bool sysctl_is_namespaced(const struct rt_spec *spec, const char *key);
