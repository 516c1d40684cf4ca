// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * hoy-image unpack: the layers of an image whose blobs are in the store, but which are not
 * unpacked (another tool wrote the image there, or a layer was found damaged and removed).
 */
#include "base/error.h"

/* name: of an image, or its ID. "unpack 'NAME': ..."; ERR_CORRUPT names the blob that is not what
 * its digest says. Layers that are whole already are left alone. */
int unpack_run(const char *root, const char *name, struct error *e) MUST_CHECK;
