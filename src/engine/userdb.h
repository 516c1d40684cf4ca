// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * Users and groups as the container's own /etc/passwd and /etc/group know them; rules of
 * github.com/moby/sys/user GetExecUser. Both files are hostile: size and line count are bounded.
 */
#include "base/error.h"
#include "spec/runtime.h"

/*
 * spec: NULL or "" (root), "name", "uid", "name:group", "uid:gid". Without a group the user's own
 * groups count, with one only that. group_add: names or numbers, added in any case.
 * ret_home: the user's home or "/"; the caller frees it. May be NULL.
 */
int user_resolve(int rootfd, const char *spec, const struct strv *group_add, struct rt_user *ret,
                 char **ret_home, struct error *e) MUST_CHECK;
