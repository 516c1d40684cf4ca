// SPDX-License-Identifier: Apache-2.0
#pragma once
/* What the specification, or the habit of runc and crun, adds to a config.json. */
#include "spec/runtime.h"

/* Behind the rules of the file, which count on it: Docker's and Podman's begin with "deny all" and
 * name no terminal. A file without rules allows nothing else. */
void defaults_device_rules(struct rt_resources *r);

/* A path below the hierarchy's root: "a/b" is "/a/b", none is "/hoy-oci/<id>". */
void defaults_cgroup_path(char **path, const char *id);
