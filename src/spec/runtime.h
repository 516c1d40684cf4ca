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

/* A key and its value, both owned. */
struct rt_pair {
    char *key;
    char *value;
};

struct rt_pairs {
    struct rt_pair *items;
    size_t count;
};

/* One line of a user namespace's uid_map or gid_map (user_namespaces(7)). */
struct rt_id_mapping {
    uint32_t container;
    uint32_t host;
    uint32_t size; /* never 0 */
};

struct rt_id_mappings {
    struct rt_id_mapping *items;
    size_t count;
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
    struct rt_id_mappings uid_mappings; /* both or none; for "idmap" and "ridmap" */
    struct rt_id_mappings gid_mappings;
};

struct rt_device {
    char *path; /* "/dev/null" */
    char type;  /* 'c', 'b', 'p', 'u' (the same as 'c') */
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
    uint64_t rate; /* bytes or operations a second; 0: no limit */
};

enum rt_throttle_kind {
    RT_THROTTLE_READ_BPS,
    RT_THROTTLE_WRITE_BPS,
    RT_THROTTLE_READ_IOPS,
    RT_THROTTLE_WRITE_IOPS,
    RT_THROTTLE_COUNT,
};

struct rt_throttles {
    struct rt_throttle *items;
    size_t count;
};

struct rt_weight_device {
    int64_t major;
    int64_t minor;
    int64_t weight;      /* RT_UNSET: unchanged */
    int64_t leaf_weight; /* the same */
};

struct rt_hugepage_limit {
    char *page_size; /* "2MB", as the kernel names its files */
    uint64_t limit;  /* bytes */
};

struct rt_net_priority {
    char *name; /* of the interface, in the runtime's network namespace */
    uint32_t priority;
};

struct rt_rdma_limit {
    char *device;
    int64_t hca_handles; /* RT_UNSET: no limit */
    int64_t hca_objects;
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
    bool memory_check_before_update; /* refuse a limit below what is in use */
    int64_t cpu_shares;              /* v1 scale, 2 to 262144 */
    int64_t cpu_quota;               /* microseconds per period, -1 unlimited */
    int64_t cpu_period;              /* microseconds */
    int64_t cpu_burst;               /* microseconds */
    int64_t cpu_rt_runtime;          /* microseconds, cgroup v1 only */
    int64_t cpu_rt_period;
    int64_t cpu_idle; /* 1: SCHED_IDLE, cgroup v2 only */
    char *cpuset_cpus;
    char *cpuset_mems;
    int64_t pids_limit;   /* -1 unlimited */
    int64_t blkio_weight; /* 10 to 1000 */
    int64_t blkio_leaf_weight;
    struct rt_weight_device *weight_devices;
    size_t weight_devices_count;
    struct rt_throttles throttles[RT_THROTTLE_COUNT];
    struct rt_hugepage_limit *hugepages;
    size_t hugepages_count;
    int64_t net_class_id; /* cgroup v1 only */
    struct rt_net_priority *net_priorities;
    size_t net_priorities_count;
    struct rt_rdma_limit *rdma;
    size_t rdma_count;
    struct rt_pairs unified; /* files of the cgroup v2 folder and what to write */
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

/* sched_setattr(2); present false: unchanged. */
struct rt_scheduler {
    bool present;
    uint32_t policy; /* SCHED_* */
    int32_t nice;
    uint32_t priority;
    uint64_t flags; /* SCHED_FLAG_* */
    uint64_t runtime;
    uint64_t deadline;
    uint64_t period;
};

/* ioprio_set(2); class 0: unchanged. */
struct rt_io_priority {
    int class;
    int priority; /* 0 (highest) to 7 */
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
    char *selinux_label;    /* NULL: unchanged */
    struct rt_scheduler scheduler;
    struct rt_io_priority io_priority;
    char *cpu_affinity_initial; /* exec only: before the cgroup is joined ("0-3,7"); NULL: any */
    char *cpu_affinity_final;   /* exec only: afterwards */
};

/*
 * Seccomp, already as a BPF program: the engine takes it from the cache of compiled filters, so
 * that the path of a start neither parses nor compiles a profile. count 0: no filter.
 */
struct rt_seccomp {
    void *filter; /* struct sock_filter[count] */
    size_t count;
    uint32_t flags; /* SECCOMP_FILTER_FLAG_* */
    bool notify;    /* some calls ask the agent at listener_path */
    char *listener_path;
    char *listener_metadata; /* for the agent; may be NULL */
};

struct rt_hook {
    char *path;
    struct strv args;
    struct strv env; /* the hook's whole environment */
    int64_t timeout; /* seconds; RT_UNSET: waits for ever */
};

enum rt_hook_kind {
    RT_HOOK_PRESTART,
    RT_HOOK_CREATE_RUNTIME,
    RT_HOOK_CREATE_CONTAINER,
    RT_HOOK_START_CONTAINER,
    RT_HOOK_POSTSTART,
    RT_HOOK_POSTSTOP,
    RT_HOOK_COUNT,
};

struct rt_hooks {
    struct rt_hook *items;
    size_t count;
};

/* Differences of a time namespace's clocks to those of the host (time_namespaces(7)). */
struct rt_time_offset {
    bool present;
    int64_t secs;
    uint32_t nanosecs;
};

enum rt_clock {
    RT_CLOCK_MONOTONIC,
    RT_CLOCK_BOOTTIME,
    RT_CLOCK_COUNT,
};

/* An interface of the host that becomes the container's. */
struct rt_net_device {
    char *host_name;
    char *name; /* in the container; NULL: the same. May end in "%d" */
};

struct rt_intel_rdt {
    bool present;
    char *clos_id; /* NULL: a group of the container's own */
    char *l3_cache_schema;
    char *mem_bw_schema;
    struct strv schemata;
    bool enable_monitoring;
};

/* set_mempolicy(2) */
struct rt_memory_policy {
    bool present;
    int mode;    /* MPOL_* with its MPOL_F_* */
    char *nodes; /* "0-3,7"; may be NULL */
};

struct rt_spec {
    char *oci_version; /* NULL when the spec was not read from a file */
    bool has_process;  /* the file says what to run */
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
    char *seccomp_json; /* linux.seccomp as it stood in the file; oci/seccomp.h compiles it */
    struct rt_sysctl *sysctl;
    size_t sysctl_count;
    struct strv masked_paths;
    struct strv readonly_paths;
    char *rootfs_propagation;           /* NULL: "rprivate" */
    char *mount_label;                  /* SELinux context of what is mounted */
    struct rt_id_mappings uid_mappings; /* of a new user namespace */
    struct rt_id_mappings gid_mappings;
    struct rt_time_offset time_offsets[RT_CLOCK_COUNT];
    struct rt_net_device *net_devices;
    size_t net_devices_count;
    struct rt_hooks hooks[RT_HOOK_COUNT];
    struct rt_pairs annotations;
    struct rt_intel_rdt intel_rdt;
    struct rt_memory_policy memory_policy;
    int64_t personality; /* personality(2); RT_UNSET: unchanged */
};

void rt_spec_init(struct rt_spec *s);
void rt_spec_done(struct rt_spec *s);
DEFINE_CLEANUP(rt_spec, struct rt_spec, rt_spec_done);

void rt_seccomp_done(struct rt_seccomp *s);
DEFINE_CLEANUP(rt_seccomp, struct rt_seccomp, rt_seccomp_done);

void rt_process_init(struct rt_process *p);
void rt_process_done(struct rt_process *p);
DEFINE_CLEANUP(rt_process, struct rt_process, rt_process_done);
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

void rt_pairs_add(struct rt_pairs *p, const char *key, const char *value);
/* Value of the key or NULL; borrowed. */
const char *rt_pairs_get(const struct rt_pairs *p, const char *key);
void rt_id_mappings_add(struct rt_id_mappings *m, uint32_t container, uint32_t host, uint32_t size);

/*
 * Grows a list by one zeroed entry of that size and returns it; what the functions above and the
 * reader of config.json (runtime_json.h) append with.
 */
void *rt_list_append(void *items_p, size_t *count, size_t size);

/* "createRuntime", "monotonic", ...: as above. */
const char *rt_hook_name(enum rt_hook_kind k);
const char *rt_clock_name(enum rt_clock c);

/* "pid", "network", ...: the specification's names; NULL when out of range. */
const char *rt_namespace_name(enum rt_namespace_type t);
