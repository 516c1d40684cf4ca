// SPDX-License-Identifier: Apache-2.0
#include "base/alloc.h"
#include "base/fd.h"
#include "oci/seccomp_internal.h"

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <string.h>
#include <sys/mman.h>

#define FILTER_MAX BPF_MAXINSNS /* what the kernel takes */

/*
 * Calls newer than the libseccomp we may be built with (2.5.4 ends with Linux 5.17). From 424 on
 * a call has the same number on all architectures that matter here.
 */
static const struct newer {
    const char *name;
    uint32_t number;
} newer[] = {
    {"cachestat", 451},     {"fchmodat2", 452},     {"map_shadow_stack", 453}, {"futex_wake", 454},
    {"futex_wait", 455},    {"futex_requeue", 456}, {"statmount", 457},        {"listmount", 458},
    {"mseal", 462},         {"setxattrat", 463},    {"getxattrat", 464},       {"listxattrat", 465},
    {"removexattrat", 466},
};

void seccomp_rules_done(struct seccomp_rules *r)
{
    for (size_t i = 0; i < r->count; i++) {
        strv_done(&r->list[i].names);
    }
    free(r->list);
    free(r->listener_path);
    free(r->listener_metadata);
    *r = (struct seccomp_rules){0};
}

struct seccomp_rule *seccomp_rules_add(struct seccomp_rules *r)
{
    r->list = xrealloc_array(r->list, r->count + 1, sizeof(*r->list));
    memset(&r->list[r->count], 0, sizeof(*r->list));
    return &r->list[r->count++];
}

bool seccomp_arch_is_native(const char *name)
{
    static const struct {
        const char *go; /* Go's GOARCH, which Docker's profiles use */
        uint32_t arch;
    } map[] = {
        {"amd64", SCMP_ARCH_X86_64}, {"x86", SCMP_ARCH_X86},
        {"x32", SCMP_ARCH_X32},      {"arm64", SCMP_ARCH_AARCH64},
        {"arm", SCMP_ARCH_ARM},      {"riscv64", SCMP_ARCH_RISCV64},
        {"s390x", SCMP_ARCH_S390X},  {"ppc64le", SCMP_ARCH_PPC64LE},
        {"s390", SCMP_ARCH_S390},
    };
    uint32_t native = seccomp_arch_native();

    for (size_t i = 0; i < ARRAY_SIZE(map); i++) {
        if (strcmp(map[i].go, name) == 0) {
            return map[i].arch == native;
        }
    }
    return false;
}

static int add_rule(scmp_filter_ctx ctx, const struct seccomp_rule *rule, int number)
{
    struct scmp_arg_cmp args[SECCOMP_ARGS_MAX];

    for (size_t i = 0; i < rule->args_count; i++) {
        const struct seccomp_arg *a = &rule->args[i];

        args[i] = (struct scmp_arg_cmp){
            .arg = a->index,
            .op = (enum scmp_compare) a->op,
            .datum_a = a->value,
            .datum_b = a->value_two,
        };
    }
    return seccomp_rule_add_array(ctx, rule->action, number, (unsigned) rule->args_count, args);
}

/* Two conditions on one argument cannot stand in one libseccomp rule; Docker's profiles mean "or"
 * then, which is one rule for each (as libcontainer does). */
static bool repeats_argument(const struct seccomp_rule *rule)
{
    unsigned seen = 0;

    for (size_t i = 0; i < rule->args_count; i++) {
        if (seen & 1u << rule->args[i].index) {
            return true;
        }
        seen |= 1u << rule->args[i].index;
    }
    return false;
}

static int add_name(scmp_filter_ctx ctx, const struct seccomp_rule *rule, const char *name)
{
    int number = seccomp_syscall_resolve_name(name);

    if (number == __NR_SCMP_ERROR) {
        return 0; /* a call of another time or machine: nothing here can make it */
    }
    if (!repeats_argument(rule)) {
        return add_rule(ctx, rule, number);
    }
    for (size_t i = 0; i < rule->args_count; i++) {
        struct seccomp_rule one = {.action = rule->action, .args_count = 1};

        one.args[0] = rule->args[i];
        int r = add_rule(ctx, &one, number);

        if (r < 0) {
            return r;
        }
    }
    return 0;
}

static int add_rules(scmp_filter_ctx ctx, const struct seccomp_rules *r, struct error *e)
{
    for (size_t i = 0; i < r->count; i++) {
        const struct seccomp_rule *rule = &r->list[i];
        char *name;

        if (rule->action == r->default_action) {
            continue; /* libseccomp refuses what changes nothing */
        }
        strv_foreach (&rule->names, name) {
            int res = add_name(ctx, rule, name);

            if (res < 0) {
                return err_sys(e, res, "seccomp rule for '%s'", name);
            }
        }
    }
    return 0;
}

static int export_filter(scmp_filter_ctx ctx, char **ret, size_t *ret_len)
{
    cleanup_close int fd = memfd_create("filter", MFD_CLOEXEC);

    if (fd < 0) {
        return -errno;
    }
    int r = seccomp_export_bpf(ctx, fd);

    if (r < 0) {
        return r;
    }
    if (lseek(fd, 0, SEEK_SET) < 0) {
        return -errno;
    }
    return fd_read_all(fd, FILTER_MAX * sizeof(struct sock_filter), ret, ret_len);
}

/* Allowed without conditions, but unknown to libseccomp. */
static size_t newer_allowed(const struct seccomp_rules *r, uint32_t ret[ARRAY_SIZE(newer)])
{
    size_t count = 0;

    for (size_t n = 0; n < ARRAY_SIZE(newer); n++) {
        for (size_t i = 0; i < r->count; i++) {
            if (r->list[i].action == SCMP_ACT_ALLOW && !r->list[i].args_count &&
                strv_contains(&r->list[i].names, newer[n].name) &&
                seccomp_syscall_resolve_name(newer[n].name) == __NR_SCMP_ERROR) {
                ret[count++] = newer[n].number;
                break;
            }
        }
    }
    return count;
}

/* The highest number on an architecture that the profile speaks of. */
static uint32_t last_known(const struct seccomp_rules *r, uint32_t arch)
{
    uint32_t last = 0;

    for (size_t i = 0; i < r->count; i++) {
        char *name;

        strv_foreach (&r->list[i].names, name) {
            int number = seccomp_syscall_resolve_name_rewrite(arch, name);

            if (number > 0 && (uint32_t) number > last && number < 0x40000000) {
                last = (uint32_t) number;
            }
            for (size_t n = 0; n < ARRAY_SIZE(newer); n++) {
                if (strcmp(newer[n].name, name) == 0 && newer[n].number > last) {
                    last = newer[n].number;
                }
            }
        }
    }
    return last;
}

/*
 * In front of the filter: calls that the profile's author could not know give ENOSYS instead of the
 * default EPERM, so that libc falls back to older ones (as libcontainer does); and those of
 * 'newer' are allowed. One block for an architecture:
 *
 *     if arch != A: next block            calls of the x32 kind (bit 30) go to the filter
 *     if nr >= 0x40000000: filter
 *     if nr == N (each newer one): allow
 *     if nr > last: ENOSYS, else filter
 */
static size_t build_prelude(const struct seccomp_rules *r, struct sock_filter *out)
{
    static const struct {
        uint32_t scmp;
        uint32_t audit;
    } arches[] = {
        {SCMP_ARCH_X86_64, AUDIT_ARCH_X86_64},   {SCMP_ARCH_X86, AUDIT_ARCH_I386},
        {SCMP_ARCH_AARCH64, AUDIT_ARCH_AARCH64}, {SCMP_ARCH_ARM, AUDIT_ARCH_ARM},
        {SCMP_ARCH_RISCV64, AUDIT_ARCH_RISCV64},
    };
    uint32_t allowed[ARRAY_SIZE(newer)];
    size_t allowed_count = newer_allowed(r, allowed);
    uint32_t native = seccomp_arch_native();
    size_t n = 0;

    for (size_t i = 0; i < ARRAY_SIZE(arches); i++) {
        bool used = arches[i].scmp == native;

        for (size_t k = 0; k < r->arches_count; k++) {
            used = used || r->arches[k] == arches[i].scmp;
        }
        if (!used) {
            continue;
        }
        unsigned char block = (unsigned char) (allowed_count + 6);

        out[n++] = (struct sock_filter) BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
                                                 offsetof(struct seccomp_data, arch));
        out[n++] =
            (struct sock_filter) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, arches[i].audit, 0, block);
        out[n++] = (struct sock_filter) BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
                                                 offsetof(struct seccomp_data, nr));
        out[n++] = (struct sock_filter) BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, 0x40000000,
                                                 (unsigned char) (allowed_count + 4), 0);
        for (size_t k = 0; k < allowed_count; k++) {
            out[n++] = (struct sock_filter) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, allowed[k],
                                                     (unsigned char) (allowed_count - k), 0);
        }
        out[n++] = (struct sock_filter) BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K,
                                                 last_known(r, arches[i].scmp), 1, 2);
        out[n++] = (struct sock_filter) BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
        out[n++] = (struct sock_filter) BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS);
        out[n++] = (struct sock_filter) BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
                                                 offsetof(struct seccomp_data, arch));
    }
    return n;
}

static int join(const struct seccomp_rules *r, const char *filter, size_t len, void **ret,
                size_t *ret_count, struct error *e)
{
    size_t count = len / sizeof(struct sock_filter);
    size_t room = count + 3 * (ARRAY_SIZE(newer) + 8) + 8;
    struct sock_filter *all = xcalloc(room + 8, sizeof(*all));
    bool denies = (r->default_action & 0xffff0000u) == SCMP_ACT_ERRNO(0) &&
                  r->default_action != SCMP_ACT_ERRNO(ENOSYS);
    size_t prelude = denies && r->arches_count <= 2 ? build_prelude(r, all) : 0;

    if (prelude + count > FILTER_MAX) {
        free(all);
        return err_set(e, ERR_INVALID, "seccomp profile: compiles to more than %d instructions",
                       FILTER_MAX);
    }
    memcpy(all + prelude, filter, len);
    *ret = all;
    *ret_count = prelude + count;
    return 0;
}

int seccomp_compile(const struct seccomp_rules *r, void **ret, size_t *ret_count, struct error *e)
{
    scmp_filter_ctx ctx = seccomp_init(r->default_action);
    cleanup_free char *filter = NULL;
    size_t len = 0;
    int res = 0;

    if (!ctx) {
        return err_set(e, ERR_INTERNAL, "seccomp profile: out of memory");
    }
    for (size_t i = 0; res == 0 && i < r->arches_count; i++) {
        res = seccomp_arch_add(ctx, r->arches[i]);
        res = res == -EEXIST ? 0 : res;
    }
    /* A binary search instead of a chain of comparisons (libseccomp 2.5). */
    if (res == 0 && seccomp_attr_set(ctx, SCMP_FLTATR_CTL_OPTIMIZE, 2) < 0) {
        res = 0;
    }
    if (res < 0) {
        err_sys(e, res, "seccomp profile: architecture");
        seccomp_release(ctx);
        return -1;
    }
    if (add_rules(ctx, r, e) < 0) {
        seccomp_release(ctx);
        return -1;
    }
    res = export_filter(ctx, &filter, &len);
    seccomp_release(ctx);
    if (res < 0 || !filter) {
        return err_sys(e, res, "compile seccomp profile");
    }
    return join(r, filter, len, ret, ret_count, e);
}
