// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * The file of --cidfile: made before the container, so that two runs cannot share one, and removed
 * again when no container came of it.
 */
#include "base/error.h"

struct cidfile {
    const char *path; /* borrowed; NULL: none */
    int fd;
};

#define CIDFILE_INIT                                                                               \
    {                                                                                              \
        NULL, FD_NONE                                                                              \
    }

/* path NULL or "": nothing is done, here and later. */
int cidfile_open(struct cidfile *f, const char *path, struct error *e) MUST_CHECK;
int cidfile_write(struct cidfile *f, const char *id, struct error *e) MUST_CHECK;
/* Removes it unless cidfile_write() was called. */
void cidfile_close(struct cidfile *f);
DEFINE_CLEANUP(cidfile, struct cidfile, cidfile_close);
