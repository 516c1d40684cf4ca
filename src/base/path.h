// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * Paths as text. None of these looks at the file system, so none is a safe way to reach a file
 * inside a rootfs: that is base/rootfd.h's work.
 */
#include "base/alloc.h"

#include <stdbool.h>

/* "a" + "b" = "a/b", one slash between them; the caller frees it. */
char *path_join(const char *dir, const char *name);

/* Lexical clean-up as Go's path.Clean: no "//", ".", and ".." taken back where it can be. */
char *path_clean(const char *path);

/* s itself when absolute, else cwd joined with it; cleaned. NULL with errno when cwd is gone. */
char *path_absolute(const char *s);

/* The part behind the last slash; borrowed. */
const char *path_base(const char *path);

/* Everything before the last slash, "/" or "." when there is none; the caller frees it. */
char *path_dir(const char *path);

static inline bool path_is_absolute(const char *s)
{
    return s[0] == '/';
}

/* True when path is dir or below it; both cleaned. */
bool path_is_below(const char *path, const char *dir);
