// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * The OCI runtime specification's configuration (config.json) as a C struct: what to run, in what
 * rootfs, with what isolation. No logic. The engine fills one for every container and hands it to
 * oci/; names follow the specification (github.com/opencontainers/runtime-spec, config.md and
 * config-linux.md), so that text is the manual of each field.
 *
 * The struct owns everything it points to; rt_spec_init() gives a valid empty one,
 * rt_spec_done() frees it. Numbers that may be absent are int64_t with RT_UNSET.
 */
#include "base/strv.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define RT_UNSET INT64_MIN

enum rt_namespace_type {
    RT_NS_PID,
    RT_NS_NETWORK,
    RT_NS_MOUNT,
    RT_NS_IPC,
    RT_NS_UTS,
    RT_NS_USER,
    RT_NS_CGROUP,
    RT_NS_TIME,
    RT_NS_COUNT,
};

struct rt_namespace {
    bool present; /* false: the runtime's own namespace is kept */
    char *path;   /* join this one; NULL: a new one */
};

struct rt_mount {
    char *destination; /* absolute, as the container sees it */
    char *type;        /* "bind", "tmpfs", "proc", ...; may be NULL for bind */
    char *source;
    struct strv options; /* mount(8) words: "ro", "nosuid", "rprivate", "size=64m", "copyup" ... */
};

struct rt_device {
    char *path; /* "/dev/null" */
    char type;  /* 'c', 'b', 'p' */
    int64_t major;
    int64_t minor;
    mode_t mode; /* permission bits */
    uid_t uid;
    gid_t gid;
};

struct rt_device_rule {
    bool allow;
    char type;      /* 'a', 'b', 'c' */
    int64_t major;  /* -1: any */
    int64_t minor;  /* -1: any */
    char access[4]; /* letters of "rwm" */
};

struct rt_rlimit {
    int resource; /* RLIMIT_* */
    uint64_t soft;
    uint64_t hard; /* UINT64_MAX: unlimited */
};

struct rt_sysctl {
    char *key; /* "net.ipv4.ip_forward" */
    char *value;
};

struct rt_throttle {
    int64_t major;
    int64_t minor;
    uint64_t rate;
};

/* Limits of the container's cgroup; RT_UNSET: left to the kernel. */
struct rt_resources {
    struct rt_device_rule *devices;
    size_t devices_count;
    int64_t memory_limit;       /* bytes, -1 unlimited */
    int64_t memory_reservation; /* bytes */
    int64_t memory_swap;        /* bytes, memory + swap, -1 unlimited */
    int64_t memory_swappiness;  /* 0 to 100, cgroup v1 only */
    bool memory_disable_oom_killer;
    int64_t cpu_shares; /* v1 scale, 2 to 262144 */
    int64_t cpu_quota;  /* microseconds per period, -1 unlimited */
    int64_t cpu_period; /* microseconds */
    int64_t cpu_burst;  /* microseconds */
    char *cpuset_cpus;
    char *cpuset_mems;
    int64_t pids_limit;   /* -1 unlimited */
    int64_t blkio_weight; /* 10 to 1000 */
};

struct rt_capabilities {
    uint64_t bounding; /* bit n: capability number n */
    uint64_t effective;
    uint64_t inheritable;
    uint64_t permitted;
    uint64_t ambient;
};

struct rt_user {
    uid_t uid;
    gid_t gid;
    int64_t umask; /* RT_UNSET: 022 */
    gid_t *additional_gids;
    size_t additional_gids_count;
};

/* One program to run: the container's first, or one that exec adds. */
struct rt_process {
    bool terminal;
    unsigned short console_rows; /* 0: unknown */
    unsigned short console_cols;
    struct rt_user user;
    struct strv args;
    struct strv env;
    char *cwd; /* absolute */
    struct rt_capabilities capabilities;
    struct rt_rlimit *rlimits;
    size_t rlimits_count;
    bool no_new_privileges;
    int64_t oom_score_adj;  /* RT_UNSET: unchanged */
    char *apparmor_profile; /* NULL: unchanged */
};

/*
 * Seccomp, already as a BPF program: the engine takes it from the cache of compiled filters, so
 * that the path of a start neither parses nor compiles a profile. count 0: no filter.
 */
struct rt_seccomp {
    void *filter; /* struct sock_filter[count] */
    size_t count;
    uint32_t flags; /* SECCOMP_FILTER_FLAG_* */
};

struct rt_spec {
    struct rt_process process;
    char *rootfs; /* absolute host path; unused when the caller mounts the root itself */
    bool rootfs_readonly;
    char *hostname;
    char *domainname;
    struct rt_mount *mounts;
    size_t mounts_count;
    struct rt_namespace namespaces[RT_NS_COUNT];
    struct rt_device *devices;
    size_t devices_count;
    struct rt_resources resources;
    char *cgroups_path; /* "/hoy/<id>": below the hierarchy's root as we see it */
    struct rt_seccomp seccomp;
    struct rt_sysctl *sysctl;
    size_t sysctl_count;
    struct strv masked_paths;
    struct strv readonly_paths;
    char *rootfs_propagation; /* NULL: "rprivate" */
};

void rt_spec_init(struct rt_spec *s);
void rt_spec_done(struct rt_spec *s);
DEFINE_CLEANUP(rt_spec, struct rt_spec, rt_spec_done);

void rt_process_init(struct rt_process *p);
void rt_process_done(struct rt_process *p);
void rt_resources_init(struct rt_resources *r);
void rt_resources_done(struct rt_resources *r);
DEFINE_CLEANUP(rt_resources, struct rt_resources, rt_resources_done);

/* Each appends a zeroed entry and returns it; the pointer is valid until the next append. */
struct rt_mount *rt_spec_add_mount(struct rt_spec *s, const char *destination, const char *type,
                                   const char *source, const char *options_comma);
struct rt_device *rt_spec_add_device(struct rt_spec *s);
struct rt_device_rule *rt_resources_add_device_rule(struct rt_resources *r);
struct rt_rlimit *rt_process_add_rlimit(struct rt_process *p);
struct rt_sysctl *rt_spec_add_sysctl(struct rt_spec *s, const char *key, const char *value);

/* "pid", "network", ...: the specification's names; NULL when out of range. */
const char *rt_namespace_name(enum rt_namespace_type t);
