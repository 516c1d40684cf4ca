// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * Calls that fail to build, because each has a safe form in base/ (after git's banned.h).
 * Included on the command line (-include), so system headers that come later must not declare
 * macros of these names; the headers that declare them are therefore included first.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BANNED(f) sorry_##f##_is_a_banned_function

#undef strcpy
#define strcpy(x, y) BANNED(strcpy)
#undef strcat
#define strcat(x, y) BANNED(strcat)
#undef strncpy
#define strncpy(x, y, n) BANNED(strncpy)
#undef strncat
#define strncat(x, y, n) BANNED(strncat)
#undef strtok
#define strtok(x, y) BANNED(strtok)
#undef sprintf
#define sprintf(...) BANNED(sprintf)
#undef vsprintf
#define vsprintf(...) BANNED(vsprintf)
#undef atoi
#define atoi(x) BANNED(atoi)
#undef atol
#define atol(x) BANNED(atol)
#undef system
#define system(x) BANNED(system)
#undef popen
#define popen(x, y) BANNED(popen)
#undef dup
#define dup(x) BANNED(dup)
#undef fork /* base/proc.c takes this one back */
#define fork() BANNED(fork)
#undef vfork
#define vfork() BANNED(vfork)
