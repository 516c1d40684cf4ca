// SPDX-License-Identifier: Apache-2.0
/* Freestanding: no libc, no relocations, one loadable segment. See trampoline.h. */
#include "oci/sync.h"
#include "oci/trampoline.h"

#include <fcntl.h>
#include <sys/syscall.h>

#if defined(__x86_64__)
__asm__(".globl _start\n_start:\n\tmov %rsp, %rdi\n\tand $-16, %rsp\n\tcall trampoline\n");

static long call(long number, long a, long b, long c)
{
    long r;

    __asm__ volatile("syscall"
                     : "=a"(r)
                     : "a"(number), "D"(a), "S"(b), "d"(c)
                     : "rcx", "r11", "memory");
    return r;
}
#elif defined(__aarch64__)
__asm__(".globl _start\n_start:\n\tmov x0, sp\n\tb trampoline\n");

static long call(long number, long a, long b, long c)
{
    register long x8 __asm__("x8") = number;
    register long x0 __asm__("x0") = a;
    register long x1 __asm__("x1") = b;
    register long x2 __asm__("x2") = c;

    __asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2) : "memory");
    return x0;
}
#elif defined(__riscv) && __riscv_xlen == 64
__asm__(".globl _start\n_start:\n\tmv a0, sp\n\ttail trampoline\n");

static long call(long number, long a, long b, long c)
{
    register long a7 __asm__("a7") = number;
    register long a0 __asm__("a0") = a;
    register long a1 __asm__("a1") = b;
    register long a2 __asm__("a2") = c;

    __asm__ volatile("ecall" : "+r"(a0) : "r"(a7), "r"(a1), "r"(a2) : "memory");
    return a0;
}
#elif defined(__arm__)
__asm__(".globl _start\n_start:\n\tmov r0, sp\n\tb trampoline\n");

static long call(long number, long a, long b, long c)
{
    register long r7 __asm__("r7") = number;
    register long r0 __asm__("r0") = a;
    register long r1 __asm__("r1") = b;
    register long r2 __asm__("r2") = c;

    __asm__ volatile("svc 0" : "+r"(r0) : "r"(r7), "r"(r1), "r"(r2) : "memory");
    return r0;
}
#else
#error "trampoline.c knows no system calls of this architecture: four lines to add"
#endif

#if defined(__arm__)
#define SYS_FCNTL SYS_fcntl64
#else
#define SYS_FCNTL SYS_fcntl
#endif

NORETURN void trampoline(long *stack);

/* -1 for a text that is no decimal number. */
static long number_of(const char *text)
{
    long n = 0;

    do {
        if (*text < '0' || *text > '9' || n > 1000000) {
            return -1;
        }
        n = 10 * n + (*text - '0');
    } while (*++text);
    return n;
}

/* The kernel's start of a process: argc, argv[], NULL, envp[]. */
NORETURN void trampoline(long *stack)
{
    long argc = stack[0];
    long *argv = stack + 1;
    long sync = argc > 2 ? number_of((const char *) argv[0]) : -1;
    struct sync_msg m;

    /* Without a number we were not started by the child, but by a program that executes
     * /proc/self/exe, which is us: "#!/proc/self/exe" would go round for ever. */
    if (sync >= 0 && call(SYS_FCNTL, sync, F_SETFD, FD_CLOEXEC) == 0) {
        m.kind = SYNC_REFUSED;
        m.program = SYNC_PROGRAM_OK;
        m.errnum = (int) -call(SYS_execve, argv[1], (long) (argv + 2), (long) (argv + argc + 1));
        call(SYS_write, sync, (long) &m, SYNC_HEAD_SIZE);
    }
    for (;;) {
        call(SYS_exit_group, 126, 0, 0);
    }
}
