// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * A container as data: what the user asked for (struct ctr_config, config.json), what happened
 * (struct ctr_state, state.json), and where both lie (struct container).
 *
 *   <root>/containers/<id>/    config.json state.json upper/ work/ hostname hosts resolv.conf log
 *   <root>/names/<name>        symbolic link to the id; made exclusively, so names are unique
 *   <state>/containers/<id>/   lock monitor.lock attach.sock exit rootfs/, and state.json while it
 *                              runs; with --rm also config.json, which then never touches the disk
 *
 * What must outlive a power cut is in <root> and written durably: the wishes, and how the last run
 * ended. That it runs is only said in <state>, which a reboot empties as it ends the container.
 *
 * Reading takes no lock. Whoever changes a container holds its lock. A container is
 * running when its state says so AND its monitor's lock is held; ctr_load() shows one whose
 * monitor died as ended, and the next ctr_lock() (finish.h) makes that true on disk.
 */
#include "base/json.h"
#include "engine/engine.h"

#include <sys/types.h>

struct attach_exit;

#define CTR_ID_LEN    64
#define CTR_SHORT_LEN 12

enum ctr_status {
    CTR_CREATED,
    CTR_RUNNING,
    CTR_PAUSED,
    CTR_RESTARTING,
    CTR_REMOVING,
    CTR_EXITED,
    CTR_DEAD,
    CTR_STATUS_COUNT,
};

/* "created", "running", ...: Docker's names. */
const char *ctr_status_to_string(enum ctr_status s);
int ctr_status_from_string(const char *name, enum ctr_status *ret);

enum ctr_mount_type {
    CTR_MOUNT_BIND,
    CTR_MOUNT_VOLUME,
    CTR_MOUNT_TMPFS,
    CTR_MOUNT_TYPE_COUNT,
};

const char *ctr_mount_type_to_string(enum ctr_mount_type t);
int ctr_mount_type_from_string(const char *name, enum ctr_mount_type *ret);

struct ctr_mount {
    enum ctr_mount_type type;
    char *source;      /* bind: host path; volume: its _data folder, filled in by create */
    char *name;        /* volume: its name; NULL until create names an anonymous one */
    char *target;      /* absolute path in the container, cleaned */
    char *mode;        /* the third part of -v as typed ("ro,z"), or NULL */
    char *propagation; /* "rprivate", ... or NULL for the default */
    char *options;     /* tmpfs: "size=64m,mode=1777", or NULL */
    bool readonly;
    bool nocopy;     /* volume: do not fill an empty one from the image */
    bool must_exist; /* --mount type=bind: a missing source is an error, -v makes it */
    bool anonymous;  /* made without a name: removed with the container by rm -v and --rm */
};

struct ctr_ulimit {
    char *name;   /* "nofile" */
    int64_t soft; /* -1: unlimited */
    int64_t hard;
};

struct ctr_device {
    char *host_path;
    char *path;   /* in the container */
    char *access; /* "rwm" */
};

/* Limits; 0 means "not asked for" as in Docker's API, except where said. */
struct ctr_limits {
    int64_t memory;             /* bytes */
    int64_t memory_reservation; /* bytes */
    int64_t memory_swap;        /* bytes, memory + swap; -1 unlimited */
    int64_t memory_swappiness;  /* 0 to 100; -1 not asked for */
    int64_t nano_cpus;          /* --cpus times 10^9 */
    int64_t cpu_shares;
    int64_t cpu_quota;  /* microseconds */
    int64_t cpu_period; /* microseconds */
    char *cpuset_cpus;
    char *cpuset_mems;
    int64_t pids_limit; /* -1 unlimited */
    int64_t blkio_weight;
    bool oom_kill_disable;
};

struct ctr_config {
    char id[CTR_ID_LEN + 1];
    char *name;        /* without a leading slash */
    int64_t created;   /* ns since 1970 */
    char *image;       /* as the user typed it */
    char *image_id;    /* "sha256:..." */
    char *driver;      /* storage driver that made the snapshot */
    struct strv chain; /* diff IDs, lowest first */

    char *hostname;
    char *domainname;
    char *user; /* "name", "uid", "user:group", or NULL */
    bool tty;
    bool open_stdin;
    bool stdin_once;
    bool attach_stdin;
    bool attach_stdout;
    bool attach_stderr;
    struct strv env; /* -e over the image's */
    struct strv entrypoint;
    struct strv cmd;
    bool entrypoint_set; /* --entrypoint was given (also "", which clears the image's) */
    char *working_dir;
    json_t *labels;       /* object of strings; never NULL after ctr_config_init */
    char *stop_signal;    /* "SIGTERM", or NULL */
    int64_t stop_timeout; /* seconds; -1 not asked for */
    char *cidfile;        /* as typed, for inspect; the file is the caller's affair */

    bool auto_remove;
    bool privileged;
    bool readonly_rootfs;
    bool init;
    bool no_new_privileges;
    char *seccomp; /* NULL: default; "unconfined"; or a profile's JSON text (never its path) */
    struct strv security_opt; /* as typed, for inspect */
    struct strv cap_add;      /* as typed */
    struct strv cap_drop;
    struct strv group_add;
    struct strv extra_hosts; /* "name:address" */
    struct strv dns;
    struct strv dns_search;
    struct strv dns_option;
    struct strv sysctls; /* "key=value" */
    char *network_mode;  /* "none", "host" */
    char *pid_mode;      /* "" or "host" */
    char *ipc_mode;      /* "private", "host" */
    char *uts_mode;      /* "" or "host" */
    char *cgroupns_mode; /* "private", "host" or NULL: private on v2, host on v1 as Docker */
    int64_t shm_size;    /* bytes; 0: the default of 64 MiB */
    int64_t oom_score_adj;
    struct ctr_limits limits;
    struct ctr_mount *mounts;
    size_t mounts_count;
    struct ctr_ulimit *ulimits;
    size_t ulimits_count;
    struct ctr_device *devices;
    size_t devices_count;
    char *log_driver;     /* "json-file", "none" */
    int64_t log_max_size; /* bytes */
    int64_t log_max_file;
    char *cgroup_parent;
};

/* All zero but what says otherwise above; labels an empty object. */
void ctr_config_init(struct ctr_config *c);
void ctr_config_done(struct ctr_config *c);
DEFINE_CLEANUP(ctr_config, struct ctr_config, ctr_config_done);

/* Each appends a zeroed entry and returns it; valid until the next append. */
struct ctr_mount *ctr_config_add_mount(struct ctr_config *c);
struct ctr_ulimit *ctr_config_add_ulimit(struct ctr_config *c);
struct ctr_device *ctr_config_add_device(struct ctr_config *c);

json_t *ctr_config_to_json(const struct ctr_config *c);
int ctr_config_from_json(const json_t *j, struct ctr_config *ret, struct error *e) MUST_CHECK;

/* Program and arguments as they will run: entrypoint, then cmd. Appended. */
void ctr_config_argv(const struct ctr_config *c, struct strv *ret);

struct ctr_state {
    enum ctr_status status;
    pid_t pid;          /* host pid of its init, 0 when not running */
    uint64_t pid_start; /* its start time (proc_start_time) */
    int exit_code;
    bool oom_killed;
    char error[1000];    /* why the last start failed; "" */
    int64_t started_at;  /* 0: never */
    int64_t finished_at; /* 0: never */
    int64_t restart_count;
};

struct container {
    struct ctr_config config;
    struct ctr_state state;
    int dir;      /* folder of config.json and state.json */
    int run_dir;  /* <state>/containers/<id>, FD_NONE when there is none */
    int data_dir; /* <root>/containers/<id> */
    int lock;     /* FD_NONE: not locked by us */
    bool stale;   /* its monitor died: state shows the end, the disk does not yet */
};

void container_init(struct container *c);
void container_done(struct container *c);
DEFINE_CLEANUP(container, struct container, container_done);

/*
 * Finds by full ID, name (a leading slash is allowed) or unique ID prefix, in this order, and
 * loads it. ERR_NOT_FOUND "No such container: X"; ERR_INVALID when a prefix is ambiguous.
 */
int ctr_find(struct engine *eng, const char *name_or_id, struct container *ret,
             struct error *e) MUST_CHECK;

/* Loads by full ID. */
int ctr_load(struct engine *eng, const char *id, struct container *ret, struct error *e) MUST_CHECK;

/* The record that a monitor left: how the run ended. False: there is none. */
bool ctr_exit_record(int run_dir, struct attach_exit *ret);

/* Reads the state from disk anew. */
void ctr_reload_state(struct container *c);

/* Releases what ctr_lock() (finish.h) took. */
void ctr_unlock(struct container *c);

/* Writes state.json; durable unless the container is a --rm one. */
int ctr_save_state(struct container *c, struct error *e) MUST_CHECK;
/* Writes config.json likewise (rename, update). */
int ctr_save_config(struct container *c, struct error *e) MUST_CHECK;

/* Full IDs of all containers; appended, no order. */
int ctr_ids(struct engine *eng, struct strv *ret, struct error *e) MUST_CHECK;

/* True while its init lives (running or paused). */
static inline bool ctr_is_running(const struct container *c)
{
    return c->state.status == CTR_RUNNING || c->state.status == CTR_PAUSED;
}

/* pidfd of a running container's init; ERR_IN_USE "Container X is not running". */
int ctr_pidfd(const struct container *c, struct error *e);

/* Names: claim is exclusive (ERR_EXISTS with Docker's Conflict sentence). A link whose container
 * is gone is taken over. */
int ctr_name_check(const char *name, struct error *e) MUST_CHECK;
int ctr_name_claim(struct engine *eng, const char *name, const char *id,
                   struct error *e) MUST_CHECK;
void ctr_name_release(struct engine *eng, const char *name, const char *id);
/* "adjective_surname", not taken yet; claims it. Caller frees *ret. */
int ctr_name_generate(struct engine *eng, const char *id, char **ret, struct error *e) MUST_CHECK;
