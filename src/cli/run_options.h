// SPDX-License-Identifier: Apache-2.0
#pragma once
/* The options that run and create share, and what they ask of a container. */
#include "cli/options.h"
#include "engine/lifecycle.h"

struct run_options {
    struct strv add_host;
    struct strv attach; /* "stdin", "stdout", "stderr" */
    int64_t blkio_weight;
    struct strv cap_add;
    struct strv cap_drop;
    char *cgroup_parent;
    char *cgroupns;
    char *cidfile;
    int64_t cpu_period;
    int64_t cpu_quota;
    int64_t cpu_shares;
    int64_t cpus;
    char *cpuset_cpus;
    char *cpuset_mems;
    char *detach_keys;
    struct strv device;
    struct strv dns;
    struct strv dns_option;
    struct strv dns_search;
    char *domainname;
    char *entrypoint;
    struct strv env;
    struct strv env_file;
    struct strv group_add;
    char *hostname;
    char *ipc;
    struct strv label;
    struct strv label_file;
    char *log_driver;
    struct strv log_opt;
    int64_t memory;
    int64_t memory_reservation;
    int64_t memory_swap;
    int64_t memory_swappiness;
    struct strv mount;
    char *name;
    char *network;
    int64_t oom_score_adj;
    char *pid;
    int64_t pids_limit;
    char *pull;
    struct strv security_opt;
    int64_t shm_size;
    char *stop_signal;
    int64_t stop_timeout;
    struct strv sysctl;
    struct strv tmpfs;
    struct strv ulimit;
    char *user;
    char *uts;
    struct strv volume;
    char *workdir;

    bool detach; /* run only */
    bool init;
    bool interactive;
    bool oom_kill_disable;
    bool privileged;
    bool quiet;
    bool read_only;
    bool rm;
    bool sig_proxy; /* run only */
    bool tty;
};

/* Docker's defaults. */
#define RUN_OPTIONS_INIT                                                                           \
    {                                                                                              \
        .memory_swappiness = -1, .stop_timeout = -1, .sig_proxy = true                             \
    }

void run_options_done(struct run_options *o);
DEFINE_CLEANUP(run_options, struct run_options, run_options_done);

extern const struct option run_options_table[];

/*
 * Fills a container's configuration from the options and the words behind them: image, command,
 * arguments. Reads the files that options name. ERR_INVALID with Docker's sentence.
 */
int run_options_apply(const struct run_options *o, int argc, char **argv, struct ctr_config *ret,
                      struct error *e) MUST_CHECK;

/* --pull. */
int run_options_pull(const struct run_options *o, enum pull_policy *ret,
                     struct error *e) MUST_CHECK;
