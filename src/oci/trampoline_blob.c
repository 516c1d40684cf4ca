// SPDX-License-Identifier: Apache-2.0
/* The trampoline's file, as built: a list of bytes, so that any linker and LTO take it. */
#include "oci/trampoline.h"

const unsigned char trampoline_image[] = {
#include "oci/trampoline_bytes.h"
};

const size_t trampoline_size = sizeof(trampoline_image);
