// SPDX-License-Identifier: Apache-2.0
#include "engine/check.h"

#include "base/parse.h"
#include "base/path.h"
#include "base/proc.h"
#include "engine/spec_gen.h"

#include <ctype.h>
#include <sched.h>
#include <string.h>

#define MEMORY_MIN   (512 << 10) /* what one small program needs; Docker asks for 6 MB */
#define HOSTNAME_MAX 64

static int check_memory(const struct ctr_limits *l, struct error *e)
{
    if (l->memory && l->memory < MEMORY_MIN) {
        return err_set(e, ERR_INVALID, "Minimum memory limit allowed is 512KB");
    }
    if (l->memory_swap > 0 && !l->memory) {
        return err_set(e, ERR_INVALID,
                       "You should always set the Memory limit when using "
                       "Memoryswap limit, see usage");
    }
    if (l->memory > 0 && l->memory_swap > 0 && l->memory_swap < l->memory) {
        return err_set(e, ERR_INVALID,
                       "Minimum memoryswap limit should be larger than memory "
                       "limit, see usage");
    }
    if (l->memory_swappiness > 100) {
        return err_set(e, ERR_INVALID,
                       "Invalid value: %lld, valid memory swappiness range is 0-100",
                       (long long) l->memory_swappiness);
    }
    if (l->memory > 0 && l->memory_reservation > l->memory) {
        return err_set(e, ERR_INVALID,
                       "Minimum memory limit can not be less than memory "
                       "reservation limit, see usage");
    }
    return 0;
}

static int check_cpus(const struct ctr_limits *l, struct error *e)
{
    int cpus = (int) sysconf(_SC_NPROCESSORS_ONLN);

    if (l->nano_cpus < 0 || l->nano_cpus > (int64_t) cpus * 1000000000ll ||
        (l->nano_cpus > 0 && l->nano_cpus < 10000000)) {
        return err_set(e, ERR_INVALID,
                       "Range of CPUs is from 0.01 to %d.00, as there are only %d CPUs available",
                       cpus, cpus);
    }
    if (l->nano_cpus && (l->cpu_quota || l->cpu_period)) {
        return err_set(e, ERR_INVALID,
                       "Conflicting options: Nano CPUs and CPU %s cannot both be "
                       "set.",
                       l->cpu_period ? "Period" : "Quota");
    }
    if (l->cpu_period && (l->cpu_period < 1000 || l->cpu_period > 1000000)) {
        return err_set(e, ERR_INVALID,
                       "CPU cfs period can not be less than 1ms (i.e. 1000) or "
                       "larger than 1s (i.e. 1000000)");
    }
    if (l->cpu_quota > 0 && l->cpu_quota < 1000) {
        return err_set(e, ERR_INVALID, "CPU cfs quota can not be less than 1ms (i.e. 1000)");
    }
    if (l->cpu_shares < 0) {
        return err_set(e, ERR_INVALID, "shares: invalid argument");
    }
    return 0;
}

/* A set as "0-2,5": digits, ranges; *ret_max the highest number. */
static bool parse_set(const char *s, uint64_t *ret_max)
{
    CLEANUP(strv) struct strv parts = STRV_INIT;
    char *part;

    *ret_max = 0;
    strv_split(&parts, s, ",");
    strv_foreach (&parts, part) {
        char *dash = strchr(part, '-');
        uint64_t low, high;

        if (dash) {
            *dash++ = '\0';
        }
        if (parse_u64(part, &low) < 0 || parse_u64(dash ? dash : part, &high) < 0 || high < low) {
            return false;
        }
        *ret_max = MAX(*ret_max, high);
    }
    return parts.count > 0;
}

static int check_set(const char *set, const char *name, const char *what, uint64_t available,
                     struct error *e)
{
    uint64_t max;

    if (!set || !*set) {
        return 0;
    }
    if (!parse_set(set, &max)) {
        return err_set(e, ERR_INVALID, "Invalid value %s for cpuset %s: invalid format: %s", set,
                       name, set);
    }
    if (max >= available) {
        return err_set(e, ERR_INVALID,
                       "Requested %s are not available - requested %s, available: "
                       "0-%llu",
                       what, set, (unsigned long long) available - 1);
    }
    return 0;
}

static int check_limits(const struct ctr_limits *l, struct error *e)
{
    uint64_t cpus = (uint64_t) sysconf(_SC_NPROCESSORS_CONF);

    if (check_memory(l, e) < 0 || check_cpus(l, e) < 0 ||
        check_set(l->cpuset_cpus, "cpus", "CPUs", cpus, e) < 0 ||
        check_set(l->cpuset_mems, "mems", "memory nodes", 1024, e) < 0) {
        return -1;
    }
    if (l->blkio_weight && (l->blkio_weight < 10 || l->blkio_weight > 1000)) {
        return err_set(e, ERR_INVALID, "Range of blkio weight is from 10 to 1000");
    }
    return 0;
}

static int check_network(const struct ctr_config *c, struct error *e)
{
    if (strcmp(c->network_mode, "none") == 0) {
        return 0;
    }
    if (strcmp(c->network_mode, "host") != 0) {
        err_set(e, ERR_NOT_FOUND, "network %s not found", c->network_mode);
        return err_hint(e, "this hoy has the networks none and host");
    }
    char *sysctl;

    strv_foreach (&c->sysctls, sysctl) {
        if (strncmp(sysctl, "net.", 4) == 0) {
            return err_set(e, ERR_INVALID, "sysctl \"%.*s\" not allowed in host network namespace",
                           (int) strcspn(sysctl, "="), sysctl);
        }
    }
    return 0;
}

static int check_mode(const char *flag, const char *noun, const char *value,
                      const char *const *allowed, struct error *e)
{
    if (!value) {
        return 0;
    }
    for (; *allowed; allowed++) {
        if (strcmp(*allowed, value) == 0) {
            return 0;
        }
    }
    return err_set(e, ERR_INVALID, "--%s: invalid %s mode", flag, noun);
}

static int check_modes(const struct ctr_config *c, struct error *e)
{
    static const char *const host_only[] = {"", "host", NULL};
    static const char *const private_or_host[] = {"", "private", "host", NULL};

    if (check_mode("pid", "PID", c->pid_mode, host_only, e) < 0 ||
        check_mode("uts", "UTS", c->uts_mode, host_only, e) < 0 ||
        check_mode("ipc", "IPC", c->ipc_mode, private_or_host, e) < 0 ||
        check_mode("cgroupns", "CGROUP", c->cgroupns_mode, private_or_host, e) < 0) {
        return -1;
    }
    return 0;
}

int ctr_config_check(const struct ctr_config *c, struct error *e)
{
    uint64_t caps;

    if (c->working_dir && *c->working_dir && !path_is_absolute(c->working_dir)) {
        return err_set(e, ERR_INVALID,
                       "the working directory '%s' is invalid, it needs to be an absolute path",
                       c->working_dir);
    }
    if (c->stop_signal && signal_from_string(c->stop_signal) < 0) {
        return err_set(e, ERR_INVALID, "Invalid signal: %s", c->stop_signal);
    }
    if (c->hostname && strlen(c->hostname) > HOSTNAME_MAX) {
        return err_set(e, ERR_INVALID, "hostname '%s' is longer than %d characters", c->hostname,
                       HOSTNAME_MAX);
    }
    if (strcmp(c->log_driver, "json-file") != 0 && strcmp(c->log_driver, "none") != 0) {
        err_set(e, ERR_INVALID, "error looking up logging plugin %s: plugin \"%s\" not found",
                c->log_driver, c->log_driver);
        return err_hint(e, "this hoy has the log drivers json-file and none");
    }
    if (c->shm_size < 0) {
        return err_set(e, ERR_INVALID, "SHM size can not be less than 0");
    }
    if (c->oom_score_adj < -1000 || c->oom_score_adj > 1000) {
        return err_set(e, ERR_INVALID,
                       "Invalid value %lld, range for oom score adj is [-1000, 1000]",
                       (long long) c->oom_score_adj);
    }
    if (spec_capabilities(c, &caps, e) < 0 || check_limits(&c->limits, e) < 0 ||
        check_network(c, e) < 0 || check_modes(c, e) < 0) {
        return -1;
    }
    return 0;
}
