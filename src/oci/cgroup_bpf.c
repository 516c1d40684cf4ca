// SPDX-License-Identifier: Apache-2.0
/* Device rules on v2: a BPF program of type CGROUP_DEVICE, written with bpf(2) alone. */
#include "oci/cgroup_internal.h"

#include "base/alloc.h"
#include "base/fd.h"

#include <linux/bpf.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#define PROGRAM_NAME "hoy_devices" /* how we know our program again; at most 15 bytes */

struct program {
    struct bpf_insn *insns;
    size_t count;
    bool full;
};

static void emit(struct program *p, uint8_t code, uint8_t dst, uint8_t src, int16_t off,
                 int32_t imm)
{
    if (p->count >= CGROUP_BPF_MAX) {
        p->full = true;
        return;
    }
    p->insns[p->count++] = (struct bpf_insn){
        .code = code, .dst_reg = dst & 0xf, .src_reg = src & 0xf, .off = off, .imm = imm};
}

static void emit_return(struct program *p, int32_t value)
{
    emit(p, BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_0, 0, 0, value);
    emit(p, BPF_JMP | BPF_EXIT, 0, 0, 0, 0);
}

enum {
    REG_TYPE = BPF_REG_2,
    REG_OPEN = BPF_REG_3, /* accesses asked for that no rule has allowed yet */
    REG_MAJOR = BPF_REG_4,
    REG_MINOR = BPF_REG_5,
    REG_TMP = BPF_REG_6,
};

/* struct bpf_cgroup_dev_ctx { u32 access_type; u32 major; u32 minor; } is at R1. */
static void emit_load(struct program *p)
{
    emit(p, BPF_LDX | BPF_MEM | BPF_W, REG_TYPE, BPF_REG_1, 0, 0);
    emit(p, BPF_ALU64 | BPF_MOV | BPF_X, REG_OPEN, REG_TYPE, 0, 0);
    emit(p, BPF_ALU64 | BPF_AND | BPF_K, REG_TYPE, 0, 0, 0xffff);
    emit(p, BPF_ALU64 | BPF_RSH | BPF_K, REG_OPEN, 0, 0, 16);
    emit(p, BPF_LDX | BPF_MEM | BPF_W, REG_MAJOR, BPF_REG_1, 4, 0);
    emit(p, BPF_LDX | BPF_MEM | BPF_W, REG_MINOR, BPF_REG_1, 8, 0);
}

/* What a rule does once the device fits. */
static void emit_verdict(struct program *p, bool allow, unsigned access)
{
    if (access == CGROUP_ACCESS_ALL) {
        emit_return(p, allow);
        return;
    }
    if (allow) {
        emit(p, BPF_ALU64 | BPF_AND | BPF_K, REG_OPEN, 0, 0,
             (int32_t) (CGROUP_ACCESS_ALL & ~access));
        emit(p, BPF_JMP | BPF_JNE | BPF_K, REG_OPEN, 0, 2, 0);
        emit_return(p, 1);
        return;
    }
    emit(p, BPF_ALU64 | BPF_MOV | BPF_X, REG_TMP, REG_OPEN, 0, 0);
    emit(p, BPF_ALU64 | BPF_AND | BPF_K, REG_TMP, 0, 0, (int32_t) access);
    emit(p, BPF_JMP | BPF_JEQ | BPF_K, REG_TMP, 0, 2, 0);
    emit_return(p, 0);
}

static void emit_rule(struct program *p, const struct rt_device_rule *d)
{
    size_t tests[3];
    size_t count = 0;

    tests[count++] = p->count;
    emit(p, BPF_JMP | BPF_JNE | BPF_K, REG_TYPE, 0, 0,
         d->type == 'b' ? BPF_DEVCG_DEV_BLOCK : BPF_DEVCG_DEV_CHAR);
    if (d->major >= 0) {
        tests[count++] = p->count;
        emit(p, BPF_JMP | BPF_JNE | BPF_K, REG_MAJOR, 0, 0, (int32_t) d->major);
    }
    if (d->minor >= 0) {
        tests[count++] = p->count;
        emit(p, BPF_JMP | BPF_JNE | BPF_K, REG_MINOR, 0, 0, (int32_t) d->minor);
    }
    emit_verdict(p, d->allow, cgroup_device_access(d->access));
    for (size_t i = 0; i < count && !p->full; i++) { /* a device that does not fit: next rule */
        p->insns[tests[i]].off = (int16_t) (p->count - tests[i] - 1);
    }
}

int cgroup_bpf_build(const struct cgroup_devices *p, struct bpf_insn *insns)
{
    struct program prog = {.insns = insns};

    emit_load(&prog);
    for (size_t i = p->count; i-- > 0;) { /* the last rule decides, so it is asked first */
        emit_rule(&prog, &p->rules[i]);
    }
    emit_return(&prog, p->allow_others);
    return prog.full ? -E2BIG : (int) prog.count;
}

static int bpf_call(int cmd, union bpf_attr *attr)
{
    long r = syscall(SYS_bpf, cmd, attr, sizeof(*attr));

    return r < 0 ? -errno : (int) r;
}

static int program_load(const struct bpf_insn *insns, int count)
{
    union bpf_attr a = {.prog_type = BPF_PROG_TYPE_CGROUP_DEVICE,
                        .insns = (uintptr_t) insns,
                        .insn_cnt = (uint32_t) count,
                        .license = (uintptr_t) "Apache-2.0",
                        .prog_name = PROGRAM_NAME,
                        .expected_attach_type = BPF_CGROUP_DEVICE};
    struct rlimit old;
    int fd = bpf_call(BPF_PROG_LOAD, &a);

    if (fd != -EPERM || getrlimit(RLIMIT_MEMLOCK, &old) < 0) {
        return fd;
    }
    /* Before 5.11 programs count as locked memory, of which one has 64 KB. */
    struct rlimit more = {.rlim_cur = RLIM_INFINITY, .rlim_max = RLIM_INFINITY};

    if (setrlimit(RLIMIT_MEMLOCK, &more) < 0) {
        more = (struct rlimit){.rlim_cur = old.rlim_max, .rlim_max = old.rlim_max};
        (void) setrlimit(RLIMIT_MEMLOCK, &more);
    }
    fd = bpf_call(BPF_PROG_LOAD, &a);
    (void) setrlimit(RLIMIT_MEMLOCK, &old);
    return fd;
}

/* Our program on the group, -ENOENT when there is none. */
static int program_find(int dir)
{
    uint32_t ids[64];
    union bpf_attr q = {.query = {.target_fd = (uint32_t) dir,
                                  .attach_type = BPF_CGROUP_DEVICE,
                                  .prog_ids = (uintptr_t) ids,
                                  .prog_cnt = ARRAY_SIZE(ids)}};
    int r = bpf_call(BPF_PROG_QUERY, &q);

    if (r < 0) {
        return r;
    }
    for (uint32_t i = 0; i < q.query.prog_cnt && i < ARRAY_SIZE(ids); i++) {
        union bpf_attr by_id = {.prog_id = ids[i]};
        struct bpf_prog_info info = {0};
        cleanup_close int fd = bpf_call(BPF_PROG_GET_FD_BY_ID, &by_id);

        if (fd < 0) {
            continue;
        }
        union bpf_attr about = {
            .info = {.bpf_fd = (uint32_t) fd, .info_len = sizeof(info), .info = (uintptr_t) &info}};

        if (bpf_call(BPF_OBJ_GET_INFO_BY_FD, &about) == 0 &&
            strncmp(info.name, PROGRAM_NAME, sizeof(info.name)) == 0) {
            return take_fd(&fd);
        }
    }
    return -ENOENT;
}

/* old: program to replace, or FD_NONE. MULTI: others (systemd, an engine below) keep theirs. */
static int program_attach(int dir, int prog, int old)
{
    union bpf_attr a = {.target_fd = (uint32_t) dir,
                        .attach_bpf_fd = (uint32_t) prog,
                        .attach_type = BPF_CGROUP_DEVICE,
                        .attach_flags = BPF_F_ALLOW_MULTI};

    if (old >= 0) {
        a.attach_flags |= BPF_F_REPLACE; /* 5.6; in one step: no moment without rules */
        a.replace_bpf_fd = (uint32_t) old;
    }
    return bpf_call(BPF_PROG_ATTACH, &a);
}

int cgroup_bpf_set(const struct cgroup_dir *d, const struct cgroup_devices *p, bool fresh)
{
    cleanup_free struct bpf_insn *insns = xcalloc(CGROUP_BPF_MAX, sizeof(*insns));
    cleanup_close int old = fresh ? FD_NONE : program_find(d->fd);

    if (p->allow_others && !p->count && old < 0) {
        return 0;
    }
    int count = cgroup_bpf_build(p, insns);
    cleanup_close int prog = count < 0 ? count : program_load(insns, count);

    return prog < 0 ? prog : program_attach(d->fd, prog, old);
}
