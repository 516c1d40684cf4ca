// SPDX-License-Identifier: Apache-2.0
#pragma once
/* hoy-image import: an archive or a folder becomes an image of one layer. */
#include "base/error.h"
#include "base/strv.h"

struct import_options {
    const char *root;     /* the data folder */
    const char *source;   /* file, folder, or "-": stdin */
    const char *ref;      /* NULL: the image gets no name */
    const char *message;  /* NULL: "Imported from -", as Docker */
    const char *platform; /* NULL: this machine's */
    struct strv changes;  /* Dockerfile instructions */
};

/* Reports the result (report.h). Every error is "import 'SOURCE': cause" or a usage error; it
 * leaves nothing in the store. */
int import_run(const struct import_options *o, struct error *e) MUST_CHECK;
