// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * Between the files of the cgroup code; nobody else includes this but their tests.
 *
 *   cgroup_group.c    the public calls: make, open, remove, limits, joining
 *   cgroup_layout.c   which hierarchies the host has (mountinfo)
 *   cgroup_v1.c       ops of one v1 hierarchy
 *   cgroup_v2.c       ops of the v2 tree
 *   cgroup_rest.c     limits that few containers have, on both
 *   cgroup_delegate.c giving a group to the container's user
 *   cgroup_devices.c  device rules, on v1
 *   cgroup_bpf.c      the same on v2
 *   cgroup_file.c     control files, limits by name
 *   cgroup_procs.c    groups below, pids, killing
 *
 * A struct cgroup is a list of folders, one in each hierarchy. A v1 host has many, v2 has one,
 * hybrid has both sorts; so "hybrid" is no third implementation. Each folder has the ops of its
 * hierarchy. Low tier functions return -errno.
 */
#include "oci/cgroup.h"

#include <linux/bpf.h>
#include <sys/types.h>

enum cgroup_controller {
    CGROUP_CPU,
    CGROUP_CPUACCT, /* v2: always there (cpu.stat) */
    CGROUP_CPUSET,
    CGROUP_MEMORY,
    CGROUP_DEVICES, /* v2: always there (BPF) */
    CGROUP_FREEZER, /* v2: always there (cgroup.freeze) */
    CGROUP_IO,      /* "blkio" on v1 */
    CGROUP_PIDS,
    CGROUP_HUGETLB,
    CGROUP_RDMA,
    CGROUP_NET_CLS,  /* v1 only */
    CGROUP_NET_PRIO, /* v1 only */
    CGROUP_CONTROLLER_COUNT,
};
#define CGROUP_BIT(c) (1u << (c))
/* Few containers use these: a v1 hierarchy that has nothing else is joined on demand. */
#define CGROUP_RARE                                                                                \
    (CGROUP_BIT(CGROUP_HUGETLB) | CGROUP_BIT(CGROUP_RDMA) | CGROUP_BIT(CGROUP_NET_CLS) |           \
     CGROUP_BIT(CGROUP_NET_PRIO))
#define CGROUP_V2_ALWAYS                                                                           \
    (CGROUP_BIT(CGROUP_CPUACCT) | CGROUP_BIT(CGROUP_DEVICES) | CGROUP_BIT(CGROUP_FREEZER))
/* What we want each container to have on v2: limits, and numbers for stats. */
#define CGROUP_V2_WANTED                                                                           \
    (CGROUP_BIT(CGROUP_CPU) | CGROUP_BIT(CGROUP_CPUSET) | CGROUP_BIT(CGROUP_MEMORY) |              \
     CGROUP_BIT(CGROUP_IO) | CGROUP_BIT(CGROUP_PIDS))

/* One mounted hierarchy. */
struct cgroup_hier {
    const struct cgroup_ops *ops; /* cgroup_v1_ops or cgroup_v2_ops */
    char *mount;                  /* absolute, where it is mounted */
    char *options;                /* "cpu,cpuacct", "name=systemd"; NULL on v2 */
    unsigned controllers;         /* bits; of v2 once cgroup_v2_available() was called */
    bool controllers_known;
    bool readonly;
    dev_t dev;
    unsigned score; /* which of several mounts of one hierarchy is the best */
};

struct cgroup_layout {
    enum cgroup_mode mode;
    size_t count;
    struct cgroup_hier hiers[CGROUP_MOUNTS_MAX];
};

/* One folder of a group. */
struct cgroup_dir {
    struct cgroup_hier *hier;
    char *path;           /* absolute */
    int fd;               /* v2: the folder; FD_NONE on v1 */
    unsigned controllers; /* what has an effect in this folder */
    bool made;            /* by this object, so it must be there; removed when the making fails */
};

struct cgroup {
    char *path; /* "/hoy/<id>" */
    size_t count;
    struct cgroup_dir *dirs;
    struct strv missing;
};

/* Limits by the name a user reads; the table is in cgroup_file.c. */
enum cgroup_limit {
    LIMIT_CPU_SHARES,
    LIMIT_CPU_QUOTA,
    LIMIT_CPU_PERIOD,
    LIMIT_CPU_BURST,
    LIMIT_CPUSET_CPUS,
    LIMIT_CPUSET_MEMS,
    LIMIT_MEMORY,
    LIMIT_MEMORY_RESERVATION,
    LIMIT_MEMORY_SWAP,
    LIMIT_MEMORY_SWAPPINESS,
    LIMIT_OOM_KILLER,
    LIMIT_PIDS,
    LIMIT_IO_WEIGHT,
    LIMIT_COUNT,
};

/* What a limit function works on. */
struct cgroup_set {
    struct cgroup *cg;
    struct cgroup_dir *dir;
    const struct rt_resources *r;
    bool fresh; /* just made: nothing is set yet and nobody is inside */
};

struct cgroup_ops {
    bool v2;
    /* A parent folder was just made at path. Errors show later, when it is used. */
    void (*parent_made)(const struct cgroup_hier *h, const char *path);
    /* What the kernel wants before limits or processes; needed: controllers of limits to come. */
    int (*prepare)(struct cgroup_dir *d, unsigned needed, struct error *e);
    /* Limits of one controller; NULL where it has none. */
    int (*set[CGROUP_CONTROLLER_COUNT])(const struct cgroup_set *s, struct error *e);
    /* File that takes "0" for the calling process with one thread. */
    const char *enter_file;
    /* Stop or go on, and wait for it. */
    int (*freeze)(const struct cgroup_dir *d, bool frozen, struct error *e);
    /* The same without waiting; of groups below too when going on. */
    void (*hold)(const struct cgroup_dir *d, bool hold);
    uint64_t (*oom_kills)(const struct cgroup_dir *d);
    void (*stats)(const struct cgroup_dir *d, struct cgroup_stats *ret);
};
extern const struct cgroup_ops cgroup_v1_ops;
extern const struct cgroup_ops cgroup_v2_ops;

/* --- cgroup_layout.c --- */

/*
 * The layout that a mountinfo text describes. usable (may be NULL) is asked before a mount is
 * taken: another mount may lie over it. Never fails: what it does not understand is no hierarchy.
 */
void cgroup_layout_parse(const char *mountinfo, bool (*usable)(const struct cgroup_hier *h),
                         struct cgroup_layout *ret);
void cgroup_layout_done(struct cgroup_layout *l);
DEFINE_CLEANUP(cgroup_layout, struct cgroup_layout, cgroup_layout_done);
/* This process's, read once. */
struct cgroup_layout *cgroup_layout_get(void);
/* Reads it anew at the next use; for tests that change the mounts. No group may be in use. */
void cgroup_layout_forget(void);
/* Bits of the controllers named in text between any of the characters of seps. */
unsigned cgroup_controllers_parse(const char *text, const char *seps);
/* Last part of the mount point: "cpu,cpuacct". */
const char *cgroup_hier_name(const struct cgroup_hier *h);

/* --- cgroup_group.c, cgroup_file.c --- */

/* ERR_INVALID unless path is absolute, not "/", and without empty, "." and ".." parts. */
int cgroup_path_check(const char *path, struct error *e) MUST_CHECK;

const char *cgroup_limit_name(enum cgroup_limit l);
enum cgroup_controller cgroup_limit_controller(enum cgroup_limit l);
/* Zero counts as unset where it does for Docker (memory, swap, shares, quota, period, weight). */
bool cgroup_limit_is_set(const struct rt_resources *r, enum cgroup_limit l);
void cgroup_missing_add(struct cgroup *cg, const char *name);

/*
 * Writes a limit; a file that does not exist makes the limit "missing" and is no failure.
 * _raw gives -errno and says nothing.
 */
int cgroup_limit_write(const struct cgroup_set *s, enum cgroup_limit l, const char *file,
                       const char *value, struct error *e) MUST_CHECK;
int cgroup_limit_write_i64(const struct cgroup_set *s, enum cgroup_limit l, const char *file,
                           int64_t value, struct error *e) MUST_CHECK;
int cgroup_limit_fail(const struct cgroup_set *s, enum cgroup_limit l, const char *file,
                      const char *value, int errnum, struct error *e) MUST_CHECK;

/* Control files of a folder. */
int cgroup_dir_open(const struct cgroup_dir *d, const char *file, int flags);
int cgroup_dir_write(const struct cgroup_dir *d, const char *file, const char *value);
/* The first size - 1 bytes, NUL-terminated; returns their number. */
ssize_t cgroup_dir_read(const struct cgroup_dir *d, const char *file, char *buf, size_t size);
/* A file with one number; "max" is INT64_MAX, and larger numbers are, too. */
int cgroup_dir_read_i64(const struct cgroup_dir *d, const char *file, int64_t *ret);
/* The number behind "key " at the start of a line of text; false when it is not there. */
bool cgroup_keyed(const char *text, const char *key, int64_t *ret);

/* --- conversions (cgroup_v2.c) --- */

/* cpu.shares (2 to 262144, clamped) to cpu.weight (1 to 10000), as the runtimes agreed on it. */
uint64_t cgroup_weight_from_shares(int64_t shares);
/* blkio weight (10 to 1000, clamped) to io.weight (1 to 10000). */
uint64_t cgroup_io_weight(int64_t weight);
/* OCI's memory + swap to v2's swap alone: -1 unlimited, RT_UNSET leave it; ERR_INVALID. */
int cgroup_swap_from_memsw(int64_t memory, int64_t memsw, int64_t *ret, struct error *e) MUST_CHECK;

/* --- cgroup_rest.c --- */

/* Bits of the controllers that cgroup_rest_set() will need. */
unsigned cgroup_rest_needed(const struct rt_resources *r);
/* What is not in enum cgroup_limit. */
int cgroup_rest_set(struct cgroup *cg, const struct rt_resources *r, bool fresh,
                    struct error *e) MUST_CHECK;

/* --- cgroup_v2.c --- */

/* Bits that the tree's root offers, read once. */
unsigned cgroup_v2_available(struct cgroup_hier *h);
/* Opens the folder and learns its controllers. -ENOENT. */
int cgroup_v2_open(struct cgroup_dir *d);
/* Waits until "key value" stands in cgroup.events, by poll; -ETIMEDOUT at the deadline. */
int cgroup_v2_wait(const struct cgroup_dir *d, const char *key, int64_t value, int64_t deadline);

/* --- cgroup_procs.c --- */

/* Paths of d and all groups below it, parents first; -ENOENT when d is gone. */
int cgroup_tree(const struct cgroup_dir *d, struct strv *ret);
/* Pids in d and below, sorted, each once; pids of other pid namespaces are 0, kept as one. */
int cgroup_tree_pids(const struct cgroup_dir *d, pid_t **ret, size_t *ret_count);
/* The folder on which stop and kill work: v2, else v1's freezer, else any; NULL: none. */
const struct cgroup_dir *cgroup_primary(const struct cgroup *cg);
/* Removes the folder and those below; absent is fine. deadline: until when EBUSY is retried. */
int cgroup_dir_remove(const struct cgroup_dir *d, int64_t deadline);

/* --- cgroup_devices.c --- */

/* Device rules, made simple: what is true for all others, then exceptions in order. */
struct cgroup_devices {
    bool allow_others;
    struct rt_device_rule *rules; /* types 'b' and 'c' only */
    size_t count;
};
int cgroup_devices_init(struct cgroup_devices *p, const struct rt_resources *r,
                        struct error *e) MUST_CHECK;
void cgroup_devices_done(struct cgroup_devices *p);
DEFINE_CLEANUP(cgroup_devices, struct cgroup_devices, cgroup_devices_done);

#define CGROUP_ACCESS_ALL (BPF_DEVCG_ACC_MKNOD | BPF_DEVCG_ACC_READ | BPF_DEVCG_ACC_WRITE)
/* Letters of "rwm" (at most four are read) as BPF_DEVCG_ACC_* bits; 0 for anything else. */
unsigned cgroup_device_access(const char *access);

/*
 * The rules as v1 whitelist lines ("c 1:3 rwm"), each device once; only without allow_others.
 * ERR_UNSUPPORTED for what v1 cannot say (deny a part of what was allowed).
 */
int cgroup_devices_v1_list(const struct cgroup_devices *p, struct strv *ret,
                           struct error *e) MUST_CHECK;
/*
 * What to write to devices.allow and devices.deny to get from one list to the other. Lines that
 * are in neither are left out, so that an update takes nothing away for a moment.
 */
void cgroup_devices_v1_diff(const struct strv *have, const struct strv *want, struct strv *allow,
                            struct strv *deny);

/* Puts r->devices in force. */
int cgroup_devices_set(struct cgroup *cg, const struct rt_resources *r, bool fresh,
                       struct error *e) MUST_CHECK;

/* --- cgroup_bpf.c --- */

#define CGROUP_BPF_MAX 4096 /* instructions; the kernel's bound before 5.2, and plenty */
/* The rules as a program; number of instructions, or -E2BIG. insns: CGROUP_BPF_MAX of them. */
int cgroup_bpf_build(const struct cgroup_devices *p, struct bpf_insn *insns);
/* Puts the rules in force on a v2 folder, in place of those before. -errno. */
int cgroup_bpf_set(const struct cgroup_dir *d, const struct cgroup_devices *p, bool fresh);
