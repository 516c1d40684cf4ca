// SPDX-License-Identifier: Apache-2.0
#pragma once
/* A file's content: holes stay holes, and long runs of zeros become some. */
#include "transfer/tar_read.h"

/* Writes the current entry of t to an empty file, which then has 'size' bytes. */
int layer_data_write(struct tar_reader *t, int fd, int64_t size, struct error *e) MUST_CHECK;
