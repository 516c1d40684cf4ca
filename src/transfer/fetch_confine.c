// SPDX-License-Identifier: Apache-2.0
#include "transfer/fetch_confine.h"

#include "base/log.h"

#include <fcntl.h>
#include <grp.h>
#include <linux/audit.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#define NOBODY 65534

#if defined(__x86_64__)
#define OUR_ARCH AUDIT_ARCH_X86_64
#elif defined(__i386__)
#define OUR_ARCH AUDIT_ARCH_I386
#elif defined(__aarch64__)
#define OUR_ARCH AUDIT_ARCH_AARCH64
#elif defined(__arm__)
#define OUR_ARCH AUDIT_ARCH_ARM
#elif defined(__riscv) && __riscv_xlen == 64
#define OUR_ARCH AUDIT_ARCH_RISCV64
#endif

/* Neither half needs any of these. */
static const int never[] = {
#if !HOY_SANITIZED /* the leak sanitizer looks at us through it */
    SYS_ptrace,
#endif
    SYS_execve,
    SYS_execveat,
    SYS_process_vm_readv,
    SYS_process_vm_writev,
    SYS_mount,
    SYS_umount2,
    SYS_pivot_root,
    SYS_chroot,
    SYS_unshare,
    SYS_setns,
    SYS_bpf,
    SYS_keyctl,
    SYS_add_key,
    SYS_request_key,
    SYS_reboot,
    SYS_swapon,
    SYS_userfaultfd,
    SYS_perf_event_open,
    SYS_init_module,
    SYS_kexec_load,
    SYS_io_uring_setup,
};

/* The fetcher's: whatever changes a file that was not given to it. */
static const int changes[] = {
#ifdef SYS_open
    SYS_creat,
    SYS_unlink,
    SYS_rename,
    SYS_link,
    SYS_symlink,
    SYS_mkdir,
    SYS_rmdir,
    SYS_mknod,
    SYS_chmod,
    SYS_chown,
    SYS_lchown,
    SYS_renameat,
    SYS_open,
#endif
    SYS_unlinkat,
    SYS_renameat2,
    SYS_linkat,
    SYS_symlinkat,
    SYS_mkdirat,
    SYS_mknodat,
    SYS_fchmodat,
    SYS_fchownat,
    SYS_truncate,
    SYS_setxattr,
    SYS_lsetxattr,
    SYS_removexattr,
    SYS_lremovexattr,
    SYS_openat2,
    SYS_name_to_handle_at,
    SYS_open_by_handle_at,
};

/* The other half's: whatever reaches out. */
static const int network[] = {
    SYS_socket, SYS_connect, SYS_bind, SYS_listen, SYS_accept4,
};

struct program {
    struct sock_filter code[128];
    unsigned short n;
};

static void add(struct program *p, struct sock_filter instruction)
{
    if (p->n < ARRAY_SIZE(p->code)) {
        p->code[p->n++] = instruction;
    }
}

#define STMT(code_, k_)           ((struct sock_filter) BPF_STMT(code_, k_))
#define JUMP(code_, k_, jt_, jf_) ((struct sock_filter) BPF_JUMP(code_, k_, jt_, jf_))
#define LOAD(field)               STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
#define DENY                      STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM)

static void deny_all(struct program *p, const int *calls, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        add(p, JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t) calls[i], 0, 1));
        add(p, DENY);
    }
}

/* openat for anything but reading. */
static void deny_writing(struct program *p)
{
    add(p, JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_openat, 0, 4));
    add(p, LOAD(args[2]));
    add(p, JUMP(BPF_JMP | BPF_JSET | BPF_K, O_ACCMODE | O_CREAT | O_TRUNC, 0, 1));
    add(p, DENY);
    add(p, STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
}

static int install(struct program *p, struct error *e)
{
    struct sock_fprog prog = {.len = p->n, .filter = p->code};

    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0) {
        return err_sys(e, errno, "give up privileges");
    }
#ifdef OUR_ARCH
    if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog) < 0 && errno != EINVAL) {
        return err_sys(e, errno, "install a system call filter");
    }
#endif
    return 0;
}

static void begin(struct program *p)
{
#ifdef OUR_ARCH
    /* Another architecture's numbers mean other calls: nothing here makes any. */
    add(p, LOAD(arch));
    add(p, JUMP(BPF_JMP | BPF_JEQ | BPF_K, OUR_ARCH, 1, 0));
    add(p, DENY);
#endif
    add(p, LOAD(nr));
#ifdef __x86_64__
    add(p, JUMP(BPF_JMP | BPF_JGE | BPF_K, 0x40000000, 0, 1)); /* x32 */
    add(p, DENY);
#endif
    deny_all(p, never, ARRAY_SIZE(never));
}

static int drop_capabilities(struct error *e)
{
    struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {0};

    for (int cap = 0; prctl(PR_CAPBSET_READ, cap, 0, 0, 0) >= 0; cap++) {
        (void) prctl(PR_CAPBSET_DROP, cap, 0, 0, 0);
    }
    if (syscall(SYS_capset, &head, none) < 0) {
        return err_sys(e, errno, "give up capabilities");
    }
    return 0;
}

/* root without capabilities still owns root's files. */
static void become_nobody(void)
{
    if (geteuid() != 0) {
        return;
    }
    if (setgroups(0, NULL) < 0 || setresgid(NOBODY, NOBODY, NOBODY) < 0 ||
        setresuid(NOBODY, NOBODY, NOBODY) < 0) {
        log_debug("the fetcher stays user %d", (int) geteuid());
    }
}

/* Rights that no rule grants again are gone for all files. */
static void landlock(void)
{
    const struct landlock_ruleset_attr attr = {
        .handled_access_fs = LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_WRITE_FILE |
                             LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_REMOVE_FILE |
                             LANDLOCK_ACCESS_FS_MAKE_CHAR | LANDLOCK_ACCESS_FS_MAKE_DIR |
                             LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_SOCK |
                             LANDLOCK_ACCESS_FS_MAKE_FIFO | LANDLOCK_ACCESS_FS_MAKE_BLOCK |
                             LANDLOCK_ACCESS_FS_MAKE_SYM,
    };
    cleanup_close int fd = (int) syscall(SYS_landlock_create_ruleset, &attr, sizeof(attr), 0);

    if (fd < 0 || syscall(SYS_landlock_restrict_self, fd, 0) < 0) {
        log_debug("this kernel has no Landlock");
    }
}

int fetch_confine(struct error *e)
{
    struct program p = {.n = 0};

    become_nobody();
    prctl(PR_SET_PDEATHSIG, SIGKILL); /* a new user takes it off */
    prctl(PR_SET_DUMPABLE, 0); /* other processes of nobody must not look at the credentials */
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0) {
        return err_sys(e, errno, "give up privileges");
    }
    if (drop_capabilities(e) < 0) {
        return -1;
    }
    landlock();
    begin(&p);
    deny_all(&p, changes, ARRAY_SIZE(changes));
    deny_writing(&p);
    add(&p, STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
    return install(&p, e);
}

int fetch_confine_offline(struct error *e)
{
    struct program p = {.n = 0};

    begin(&p);
    deny_all(&p, network, ARRAY_SIZE(network));
    add(&p, STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
    return install(&p, e);
}
