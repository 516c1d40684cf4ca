// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * linux.netDevices: interfaces of the host that become the container's (config-linux.md, "Network
 * Devices"). Private to oci/.
 */
#include "base/error.h"
#include "spec/runtime.h"

/*
 * In the parent, with the container's network namespace behind /proc/PID/ns/net: each interface
 * moves there, gets its name, keeps its permanent global addresses and is set up. ERR_NOT_FOUND,
 * ERR_EXISTS (the name is taken there), or the kernel's refusal; what was moved before stays with
 * the namespace, which ends with the container.
 */
int netdev_move_all(const struct rt_spec *spec, pid_t pid, struct error *e) MUST_CHECK;
