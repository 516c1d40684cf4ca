// SPDX-License-Identifier: Apache-2.0
/*
 * The built-in profile: an allow-list with the effect of Docker's default. What is not named fails
 * with EPERM, newer calls with ENOSYS (seccomp_compile.c). Written after Docker's documentation and
 * profile; tests show single calls of it (tests/unit/oci, tests/cli), none goes through them all.
 */
#include "base/strbuf.h"
#include "oci/seccomp_internal.h"

#include <linux/capability.h>
#include <seccomp.h>
#include <sched.h>

#define NAMESPACE_FLAGS                                                                            \
    (CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID |  \
     CLONE_NEWNET)

/* Calls that any program may make. */
static const char *const everyone[] = {
    /* files */
    "access chdir chmod chown chown32 close close_range copy_file_range creat dup dup2 dup3 "
    "faccessat faccessat2 fadvise64 fadvise64_64 fallocate fchdir fchmod fchmodat fchmodat2 fchown "
    "fchown32 fchownat fcntl fcntl64 fdatasync flock fstat fstat64 fstatat64 fstatfs fstatfs64 "
    "fsync ftruncate ftruncate64 futimesat getcwd getdents getdents64 ioctl lchown lchown32 link "
    "linkat _llseek lseek lstat lstat64 mkdir mkdirat mknod mknodat name_to_handle_at newfstatat "
    "open openat openat2 pipe pipe2 pread64 preadv preadv2 pwrite64 pwritev pwritev2 read "
    "readahead readlink readlinkat readv rename renameat renameat2 rmdir sendfile sendfile64 "
    "splice stat stat64 statfs statfs64 statx symlink symlinkat sync sync_file_range syncfs tee "
    "truncate truncate64 umask unlink unlinkat utime utimensat utimensat_time64 utimes vmsplice "
    "write writev cachestat",
    /* extended attributes */
    "fgetxattr flistxattr fremovexattr fsetxattr getxattr getxattrat lgetxattr listxattr "
    "listxattrat llistxattr lremovexattr lsetxattr removexattr removexattrat setxattr setxattrat",
    /* waiting for things */
    "epoll_create epoll_create1 epoll_ctl epoll_ctl_old epoll_pwait epoll_pwait2 epoll_wait "
    "epoll_wait_old eventfd eventfd2 fanotify_mark inotify_add_watch inotify_init inotify_init1 "
    "inotify_rm_watch io_cancel io_destroy io_getevents io_pgetevents io_pgetevents_time64 "
    "io_setup io_submit _newselect poll ppoll ppoll_time64 pselect6 pselect6_time64 select "
    "signalfd signalfd4",
    /* memory */
    "brk madvise map_shadow_stack membarrier memfd_create memfd_secret mincore mlock mlock2 "
    "mlockall mmap mmap2 mprotect mremap mseal msync munlock munlockall munmap pkey_alloc "
    "pkey_free pkey_mprotect remap_file_pages",
    /* processes and threads */
    "execve execveat exit exit_group fork futex futex_requeue futex_time64 futex_wait futex_waitv "
    "futex_wake getcpu getpgid getpgrp getpid getppid getpriority get_robust_list getrusage getsid "
    "get_thread_area gettid ioprio_get ioprio_set kill pause pidfd_open pidfd_send_signal prctl "
    "process_mrelease restart_syscall rseq sched_getaffinity sched_getattr sched_getparam "
    "sched_get_priority_max sched_get_priority_min sched_getscheduler sched_rr_get_interval "
    "sched_rr_get_interval_time64 sched_setaffinity sched_setattr sched_setparam "
    "sched_setscheduler sched_yield setpgid setpriority set_robust_list setsid set_thread_area "
    "set_tid_address tgkill tkill vfork wait4 waitid waitpid uretprobe",
    "process_vm_readv process_vm_writev ptrace", /* safe since Linux 4.8 */
    /* signals */
    "rt_sigaction rt_sigpending rt_sigprocmask rt_sigqueueinfo rt_sigreturn rt_sigsuspend "
    "rt_sigtimedwait rt_sigtimedwait_time64 rt_tgsigqueueinfo sigaltstack sigprocmask sigreturn",
    /* identity and limits */
    "capget capset getegid getegid32 geteuid geteuid32 getgid getgid32 getgroups getgroups32 "
    "getresgid getresgid32 getresuid getresuid32 getrlimit getuid getuid32 landlock_add_rule "
    "landlock_create_ruleset landlock_restrict_self prlimit64 seccomp setfsgid setfsgid32 setfsuid "
    "setfsuid32 setgid setgid32 setgroups setgroups32 setregid setregid32 setresgid setresgid32 "
    "setresuid setresuid32 setreuid setreuid32 setrlimit setuid setuid32 ugetrlimit",
    /* time */
    "adjtimex alarm clock_adjtime clock_adjtime64 clock_getres clock_getres_time64 clock_gettime "
    "clock_gettime64 clock_nanosleep clock_nanosleep_time64 getitimer gettimeofday nanosleep "
    "setitimer time timer_create timer_delete timer_getoverrun timer_gettime timer_gettime64 "
    "timer_settime timer_settime64 timerfd_create timerfd_gettime timerfd_gettime64 "
    "timerfd_settime timerfd_settime64 times",
    /* sockets; socket() itself is below */
    "accept accept4 bind connect getpeername getsockname getsockopt listen recv recvfrom recvmmsg "
    "recvmmsg_time64 recvmsg send sendmmsg sendmsg sendto setsockopt shutdown socketcall "
    "socketpair",
    /* System V and POSIX IPC */
    "ipc mq_getsetattr mq_notify mq_open mq_timedreceive mq_timedreceive_time64 mq_timedsend "
    "mq_timedsend_time64 mq_unlink msgctl msgget msgrcv msgsnd semctl semget semop semtimedop "
    "semtimedop_time64 shmat shmctl shmdt shmget",
    /* the rest */
    "getrandom sysinfo uname",
};

static const struct for_arch {
    const char *arches; /* as in seccomp_arch_is_native */
    const char *names;
} for_arch[] = {
    {"amd64 x32", "arch_prctl"},
    {"amd64 x32 x86", "modify_ldt"},
    {"arm arm64", "arm_fadvise64_64 arm_sync_file_range sync_file_range2 breakpoint cacheflush "
                  "set_tls"},
    {"ppc64le", "sync_file_range2 swapcontext"},
    {"s390 s390x", "s390_pci_mmio_read s390_pci_mmio_write s390_runtime_instr"},
    {"riscv64", "riscv_flush_icache riscv_hwprobe"},
};

/* Calls that a capability brings with it. */
static const struct for_capability {
    int capability;
    const char *names;
} for_capability[] = {
    {CAP_DAC_READ_SEARCH, "open_by_handle_at"},
    {CAP_SYS_ADMIN,
     "bpf clone clone3 fanotify_init fsconfig fsmount fsopen fspick lookup_dcookie mount "
     "mount_setattr move_mount open_tree perf_event_open quotactl quotactl_fd setdomainname "
     "sethostname setns syslog umount umount2 unshare"},
    {CAP_SYS_BOOT, "reboot"},
    {CAP_SYS_CHROOT, "chroot"},
    {CAP_SYS_MODULE, "delete_module init_module finit_module"},
    {CAP_SYS_PACCT, "acct"},
    {CAP_SYS_PTRACE, "kcmp pidfd_getfd process_madvise process_vm_readv process_vm_writev ptrace"},
    {CAP_SYS_RAWIO, "iopl ioperm"},
    {CAP_SYS_TIME, "settimeofday stime clock_settime clock_settime64"},
    {CAP_SYS_TTY_CONFIG, "vhangup"},
    {CAP_SYS_NICE, "get_mempolicy mbind set_mempolicy set_mempolicy_home_node"},
    {CAP_SYSLOG, "syslog"},
    {CAP_BPF, "bpf"},
    {CAP_PERFMON, "perf_event_open"},
};

/* personality(2): PER_LINUX, UNAME26 for both, and asking for the present one. */
static const uint64_t personalities[] = {0x0, 0x8, 0x20000, 0x20008, 0xffffffff};

static struct seccomp_rule *allow(struct seccomp_rules *r, const char *names)
{
    struct seccomp_rule *rule = seccomp_rules_add(r);

    strv_split(&rule->names, names, " ");
    rule->action = SCMP_ACT_ALLOW;
    return rule;
}

static void allow_if(struct seccomp_rules *r, const char *name, struct seccomp_arg arg)
{
    struct seccomp_rule *rule = allow(r, name);

    rule->args[0] = arg;
    rule->args_count = 1;
}

static bool any_native(const char *arches)
{
    CLEANUP(strv) struct strv list = STRV_INIT;
    char *name;

    strv_split(&list, arches, " ");
    strv_foreach (&list, name) {
        if (seccomp_arch_is_native(name)) {
            return true;
        }
    }
    return false;
}

/* Without CAP_SYS_ADMIN a program may make threads and processes, but no namespaces. clone3 hides
 * its flags in memory, where no filter sees them: ENOSYS makes libc fall back to clone. */
static void restrict_clone(struct seccomp_rules *r)
{
    struct seccomp_arg no_namespaces = {
        .index = seccomp_arch_is_native("s390x") ? 1 : 0, /* another order of arguments there */
        .op = SCMP_CMP_MASKED_EQ,
        .value = NAMESPACE_FLAGS,
        .value_two = 0,
    };
    struct seccomp_rule *rule;

    allow_if(r, "clone", no_namespaces);
    rule = allow(r, "clone3");
    rule->action = SCMP_ACT_ERRNO(ENOSYS);
}

static void add_sub_arches(struct seccomp_rules *r)
{
    if (seccomp_arch_is_native("amd64")) {
        r->arches[r->arches_count++] = SCMP_ARCH_X86;
        r->arches[r->arches_count++] = SCMP_ARCH_X32;
    } else if (seccomp_arch_is_native("arm64")) {
        r->arches[r->arches_count++] = SCMP_ARCH_ARM;
    } else if (seccomp_arch_is_native("s390x")) {
        r->arches[r->arches_count++] = SCMP_ARCH_S390;
    }
}

void seccomp_default_rules(uint64_t capabilities, struct seccomp_rules *ret)
{
    *ret = (struct seccomp_rules){.default_action = SCMP_ACT_ERRNO(EPERM)};
    add_sub_arches(ret);
    for (size_t i = 0; i < ARRAY_SIZE(everyone); i++) {
        allow(ret, everyone[i]);
    }
    for (size_t i = 0; i < ARRAY_SIZE(for_arch); i++) {
        if (any_native(for_arch[i].arches)) {
            allow(ret, for_arch[i].names);
        }
    }
    for (size_t i = 0; i < ARRAY_SIZE(for_capability); i++) {
        if (capabilities & UINT64_C(1) << for_capability[i].capability) {
            allow(ret, for_capability[i].names);
        }
    }
    if (!(capabilities & UINT64_C(1) << CAP_SYS_ADMIN)) {
        restrict_clone(ret);
    }
    for (size_t i = 0; i < ARRAY_SIZE(personalities); i++) {
        allow_if(ret, "personality",
                 (struct seccomp_arg){.op = SCMP_CMP_EQ, .value = personalities[i]});
    }
    /* AF_VSOCK (40) knows no network namespaces: it would reach the hypervisor. */
    allow_if(ret, "socket", (struct seccomp_arg){.op = SCMP_CMP_NE, .value = 40});
}

void seccomp_default_describe(struct strbuf *out)
{
    for (size_t i = 0; i < ARRAY_SIZE(everyone); i++) {
        strbuf_adds(out, everyone[i]);
    }
    for (size_t i = 0; i < ARRAY_SIZE(for_arch); i++) {
        strbuf_adds(out, for_arch[i].names);
    }
    for (size_t i = 0; i < ARRAY_SIZE(for_capability); i++) {
        strbuf_adds(out, for_capability[i].names);
    }
}
