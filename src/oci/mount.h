// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * The mounts of a container, made in its new mount namespace before pivot_root, each onto a
 * descriptor that was resolved inside the rootfs (base/rootfd.h).
 */
#include "oci/child.h"

/* Everything below "/" as rootfs_propagation says, the parent of the new root private. */
int step_propagation(struct child *c, struct error *e);

/* The root file system, by callback or bound onto itself; opens c->root. */
int step_root(struct child *c, struct error *e);

/* spec->mounts in their order, then the program's working directory if it is missing. */
int step_mounts(struct child *c, struct error *e);

/* Files become /dev/null, folders an empty read-only tmpfs; absent ones are fine. */
int step_masked_paths(struct child *c, struct error *e);

/* Each bound onto itself, read-only. */
int step_readonly_paths(struct child *c, struct error *e);

int step_readonly_root(struct child *c, struct error *e);

/* The rootfs becomes "/"; the host's tree is gone from this namespace. */
int step_pivot(struct child *c, struct error *e);

struct mount_options;
/* The mount shows a part of the host instead of a file system of its own. */
bool mount_is_bind(const struct rt_mount *m, const struct mount_options *o);

/* cgroupmount.c: the mount of type "cgroup" on 'target' (v1: a tmpfs with one bind for each
 * hierarchy; v2: a cgroup2 file system). */
int mount_cgroup(struct child *c, const struct rt_mount *m, const struct mount_options *o,
                 int target, struct error *e) MUST_CHECK;

/* device.c: the nodes and links that every container has, and spec->devices. */
int step_devices(struct child *c, struct error *e);

/* True when a mount of the specification brings its own, ready /dev. */
bool mount_dev_is_bind(const struct rt_spec *spec);
