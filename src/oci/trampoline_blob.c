// SPDX-License-Identifier: Apache-2.0
/* The trampoline's file, as built, between two symbols. */
#include "oci/trampoline.h"

__asm__(".section .rodata.trampoline, \"a\"\n"
        ".balign 16\n"
        ".globl trampoline_start\n"
        "trampoline_start:\n"
        ".incbin \"" HOY_TRAMPOLINE "\"\n"
        ".globl trampoline_end\n"
        "trampoline_end:\n"
        ".byte 0\n"
        ".previous\n");
