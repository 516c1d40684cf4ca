// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * The trampoline: a program of some hundred bytes that executes the container's program.
 *
 * Why: execve follows /proc/self/exe, also as the interpreter of a script or of an ELF file. Would
 * the child execute the container's program itself, an image whose command leads there would be
 * given our own program file, by a path on the host's mount, and could overwrite it
 * (CVE-2019-5736). So the child first executes this one out of a sealed memfd: all that
 * /proc/self/exe then leads to is a copy that nobody can change and that dies with the process.
 * Executing all of hoy once more from such a copy would cost 1.1 ms; this is below the noise.
 *
 * argv[0] of the trampoline is the number of its side of the pair, argv[1] the program, argv[2] and
 * following are its arguments, argv[0] included. On failure it sends SYNC_REFUSED. trampoline.c is
 * compiled without libc and linked into program.c.
 */
#include <stddef.h>

/* A new sealed copy of it, close-on-exec; -errno. */
int trampoline_open(void);

extern const unsigned char trampoline_image[];
extern const size_t trampoline_size;
