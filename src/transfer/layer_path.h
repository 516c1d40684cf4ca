// SPDX-License-Identifier: Apache-2.0
#pragma once
/* Names in an archive, from hostile text to a parent folder and a last component. */
#include "base/error.h"

#include <limits.h>
#include <stdbool.h>

/* Levels of folders. Real trees stay under 60; whoever removes one needs a descriptor a level. */
#define LAYER_MAX_DEPTH 512

/*
 * "./usr//bin/" -> "usr/bin", "/" -> "": leading slashes dropped, "." and ".." taken out as text,
 * as moby does. ERR_INVALID for names that climb above the root ("../x", "a/../../x"), are too
 * long (PATH_MAX, NAME_MAX) or too deep.
 */
int layer_path_clean(const char *name, char ret[PATH_MAX], struct error *e) MUST_CHECK;

/* The folder of the entry before, which is most often that of the next. */
struct layer_parent {
    int fd; /* O_PATH, FD_NONE when there is none */
    char path[PATH_MAX];
    int root_depth; /* components of the root's own path on the host */
};

void layer_parent_init(struct layer_parent *p, int root);
void layer_parent_done(struct layer_parent *p);

/*
 * O_PATH descriptor (p's) of the folder of a clean path, and its last component (in path).
 * Missing folders are made (0755). Links that the archive itself made are followed inside the
 * root, as tar programs do; the real depth is checked then.
 */
int layer_parent_open(struct layer_parent *p, int root, const char *path, const char **ret_name,
                      struct error *e) MUST_CHECK;
