// SPDX-License-Identifier: Apache-2.0
#include "cli/run_options.h"

#include "base/parse.h"
#include "cli/envfile.h"
#include "template/gotext.h"
#include "engine/mountspec.h"

#include <arpa/inet.h>
#include <string.h>
#include <strings.h>

/* ---- checks while parsing: what Docker's client refuses as an argument ---- */

static int attach_check(const char *value, char **ret, struct error *e)
{
    static const char *const streams[] = {"stdin", "stdout", "stderr"};

    for (size_t i = 0; i < ARRAY_SIZE(streams); i++) {
        if (strcasecmp(value, streams[i]) == 0) {
            *ret = xstrdup(streams[i]);
            return 0;
        }
    }
    return err_set(e, ERR_INVALID, "valid streams are STDIN, STDOUT and STDERR");
}

static bool is_address(const char *s)
{
    struct in6_addr a;

    return inet_pton(AF_INET, s, &a) == 1 || inet_pton(AF_INET6, s, &a) == 1;
}

/* "name:address" or "name=address"; an IPv6 address may stand in brackets. */
static int add_host_check(const char *value, char **ret, struct error *e)
{
    size_t n = strcspn(value, "=");
    const char *separator = value[n] ? value + n : strchr(value, ':');
    cleanup_free char *q = go_quoted(value);

    if (!separator || separator == value) {
        return err_set(e, ERR_INVALID, "bad format for add-host: %s", q);
    }
    cleanup_free char *name = xstrndup(value, (size_t) (separator - value));
    cleanup_free char *address = xstrdup(separator + 1);
    size_t len = strlen(address);

    if (len > 1 && address[0] == '[' && address[len - 1] == ']') {
        memmove(address, address + 1, len - 2);
        address[len - 2] = '\0';
    }
    if (!is_address(address)) {
        cleanup_free char *bad = go_quoted(address);

        return err_set(e, ERR_INVALID, "invalid IP address in add-host: %s", bad);
    }
    *ret = xasprintf("%s:%s", name, address);
    return 0;
}

static int dns_check(const char *value, char **ret, struct error *e)
{
    (void) ret;
    return is_address(value)
               ? 0
               : err_set(e, ERR_INVALID, "IP address is not correctly formatted: %s", value);
}

/* Those that belong to a namespace of the container. */
static int sysctl_check(const char *value, char **ret, struct error *e)
{
    static const char *const names[] = {
        "kernel.msgmax=", "kernel.msgmnb=", "kernel.msgmni=",          "kernel.sem=",
        "kernel.shmall=", "kernel.shmmax=", "kernel.shm_rmid_forced=", "kernel.shmmni=",
    };
    const char *eq = strchr(value, '=');

    (void) ret;
    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        if (strncmp(value, names[i], strlen(names[i])) == 0) {
            return 0;
        }
    }
    if (eq && (strncmp(value, "net.", 4) == 0 || strncmp(value, "fs.mqueue.", 10) == 0)) {
        return 0;
    }
    return err_set(e, ERR_INVALID, "sysctl '%s' is not allowed", value);
}

typedef int config_parser(struct ctr_config *c, const char *spec, struct error *e);

/* Runs a parser of the engine for its sentence alone. */
static int try_parser(config_parser *parse, const char *value, struct error *e)
{
    CLEANUP(ctr_config) struct ctr_config c;

    ctr_config_init(&c);
    return parse(&c, value, e);
}

static int ulimit_check(const char *value, char **ret, struct error *e)
{
    (void) ret;
    return try_parser(ctr_config_parse_ulimit, value, e);
}

static int mount_check(const char *value, char **ret, struct error *e)
{
    (void) ret;
    return try_parser(ctr_config_parse_mount, value, e);
}

#define RUN(type, letter, name, member, ...)                                                       \
    OPTION(type, letter, name, struct run_options, member, __VA_ARGS__)

const struct option run_options_table[] = {
    RUN(LIST, 0, "add-host", add_host, "Add a custom host-to-IP mapping (host:ip)",
        .check = add_host_check),
    RUN(LIST, 'a', "attach", attach, "Attach to STDIN, STDOUT or STDERR", .check = attach_check),
    RUN(INT, 0, "blkio-weight", blkio_weight,
        "Block IO (relative weight), between 10 and 1000, or 0 to disable", .default_text = "0"),
    RUN(LIST, 0, "cap-add", cap_add, "Add Linux capabilities"),
    RUN(LIST, 0, "cap-drop", cap_drop, "Drop Linux capabilities"),
    RUN(STRING, 0, "cgroup-parent", cgroup_parent, "Optional parent cgroup for the container"),
    RUN(STRING, 0, "cgroupns", cgroupns,
        "Cgroup namespace to use (host|private), on its own by default where cgroups are v2"),
    RUN(STRING, 0, "cidfile", cidfile, "Write the container ID to the file"),
    RUN(INT, 0, "cpu-period", cpu_period, "Limit CPU CFS (Completely Fair Scheduler) period"),
    RUN(INT, 0, "cpu-quota", cpu_quota, "Limit CPU CFS (Completely Fair Scheduler) quota"),
    RUN(INT, 'c', "cpu-shares", cpu_shares, "CPU shares (relative weight)"),
    RUN(CPUS, 0, "cpus", cpus, "Number of CPUs"),
    RUN(STRING, 0, "cpuset-cpus", cpuset_cpus, "CPUs in which to allow execution (0-3, 0,1)"),
    RUN(STRING, 0, "cpuset-mems", cpuset_mems, "MEMs in which to allow execution (0-3, 0,1)"),
    RUN(LIST, 0, "device", device, "Add a host device to the container"),
    RUN(LIST, 0, "dns", dns, "Set custom DNS servers", .check = dns_check),
    RUN(LIST, 0, "dns-opt", dns_option, "Set DNS options", .flags = OPTION_HIDDEN),
    RUN(LIST, 0, "dns-option", dns_option, "Set DNS options"),
    RUN(LIST, 0, "dns-search", dns_search, "Set custom DNS search domains"),
    RUN(STRING, 0, "domainname", domainname, "Container NIS domain name"),
    RUN(STRING, 0, "entrypoint", entrypoint, "Overwrite the default ENTRYPOINT of the image"),
    RUN(LIST, 'e', "env", env, "Set environment variables", .check = env_check),
    RUN(LIST, 0, "env-file", env_file, "Read in a file of environment variables"),
    RUN(LIST, 0, "group-add", group_add, "Add additional groups to join"),
    {.type = OPTION_TYPE_HELP, .name = "help", .help = "Print usage"},
    RUN(STRING, 'h', "hostname", hostname, "Container host name"),
    RUN(BOOL, 0, "init", init,
        "Run an init inside the container that forwards signals and reaps processes"),
    RUN(BOOL, 'i', "interactive", interactive, "Keep STDIN open even if not attached"),
    RUN(STRING, 0, "ipc", ipc, "IPC mode to use"),
    RUN(LIST, 'l', "label", label, "Set meta data on a container", .check = label_check),
    RUN(LIST, 0, "label-file", label_file, "Read in a line delimited file of labels"),
    RUN(STRING, 0, "log-driver", log_driver, "Logging driver for the container (json-file|none)"),
    RUN(LIST, 0, "log-opt", log_opt, "Log driver options (max-size, max-file)"),
    RUN(BYTES, 'm', "memory", memory, "Memory limit"),
    RUN(BYTES, 0, "memory-reservation", memory_reservation, "Memory soft limit"),
    RUN(SWAP, 0, "memory-swap", memory_swap,
        "Swap limit equal to memory plus swap: '-1' to enable unlimited swap"),
    RUN(INT, 0, "memory-swappiness", memory_swappiness,
        "Tune container memory swappiness (0 to 100)", .default_text = "-1"),
    RUN(LIST, 0, "mount", mount, "Attach a filesystem mount to the container",
        .value_name = "mount", .check = mount_check),
    RUN(STRING, 0, "name", name, "Assign a name to the container"),
    RUN(STRING, 0, "net", network, "Connect a container to a network", .flags = OPTION_HIDDEN),
    RUN(STRING, 0, "network", network, "Connect a container to a network (none|host)",
        .value_name = "network"),
    RUN(BOOL, 0, "oom-kill-disable", oom_kill_disable, "Disable OOM Killer"),
    RUN(INT, 0, "oom-score-adj", oom_score_adj, "Tune host's OOM preferences (-1000 to 1000)"),
    RUN(STRING, 0, "pid", pid, "PID namespace to use"),
    RUN(INT, 0, "pids-limit", pids_limit, "Tune container pids limit (set -1 for unlimited)"),
    RUN(BOOL, 0, "privileged", privileged, "Give extended privileges to this container"),
    RUN(STRING, 0, "pull", pull, "Pull image before running (\"always\", \"missing\", \"never\")",
        .default_text = "\"missing\""),
    RUN(BOOL, 'q', "quiet", quiet, "Suppress the pull output"),
    RUN(BOOL, 0, "read-only", read_only, "Mount the container's root filesystem as read only"),
    RUN(BOOL, 0, "rm", rm,
        "Automatically remove the container and its associated anonymous volumes when it exits"),
    RUN(LIST, 0, "security-opt", security_opt, "Security Options"),
    RUN(BYTES, 0, "shm-size", shm_size, "Size of /dev/shm"),
    RUN(STRING, 0, "stop-signal", stop_signal, "Signal to stop the container"),
    RUN(INT, 0, "stop-timeout", stop_timeout, "Timeout (in seconds) to stop a container"),
    RUN(LIST, 0, "sysctl", sysctl, "Sysctl options", .value_name = "map", .default_text = "map[]",
        .check = sysctl_check),
    RUN(LIST, 0, "tmpfs", tmpfs, "Mount a tmpfs directory"),
    RUN(BOOL, 't', "tty", tty, "Allocate a pseudo-TTY"),
    RUN(LIST, 0, "ulimit", ulimit, "Ulimit options", .value_name = "ulimit", .default_text = "[]",
        .check = ulimit_check),
    RUN(STRING, 'u', "user", user, "Username or UID (format: <name|uid>[:<group|gid>])"),
    RUN(STRING, 0, "uts", uts, "UTS namespace to use"),
    RUN(LIST, 'v', "volume", volume, "Bind mount a volume"),
    RUN(STRING, 'w', "workdir", workdir, "Working directory inside the container"),
    OPTION_LAST,
};

void run_options_done(struct run_options *o)
{
    struct option_set set = {.tables = {run_options_table}};

    options_free(&set, o);
    xstrset(&o->detach_keys, NULL);
}

/* ---- from options to a configuration ---- */

static void set_streams(const struct run_options *o, struct ctr_config *c)
{
    c->tty = o->tty;
    c->open_stdin = o->interactive;
    if (o->detach) {
        return;
    }
    c->attach_stdin = strv_contains(&o->attach, "stdin");
    c->attach_stdout = strv_contains(&o->attach, "stdout");
    c->attach_stderr = strv_contains(&o->attach, "stderr");
    if (o->attach.count == 0) {
        c->attach_stdin = o->interactive;
        c->attach_stdout = c->attach_stderr = true;
    }
    c->stdin_once = c->open_stdin && c->attach_stdin;
}

static void set_limits(const struct run_options *o, struct ctr_limits *l)
{
    l->memory = o->memory;
    l->memory_reservation = o->memory_reservation;
    l->memory_swap = o->memory_swap;
    l->memory_swappiness = o->memory_swappiness;
    l->nano_cpus = o->cpus;
    l->cpu_shares = o->cpu_shares;
    l->cpu_quota = o->cpu_quota;
    l->cpu_period = o->cpu_period;
    l->pids_limit = o->pids_limit;
    l->blkio_weight = o->blkio_weight;
    l->oom_kill_disable = o->oom_kill_disable;
    xstrset(&l->cpuset_cpus, o->cpuset_cpus);
    xstrset(&l->cpuset_mems, o->cpuset_mems);
}

static int each(config_parser *parse, const struct strv *specs, struct ctr_config *c,
                struct error *e)
{
    char *spec;

    strv_foreach (specs, spec) {
        if (parse(c, spec, e) < 0) {
            return -1;
        }
    }
    return 0;
}

static int set_log(const struct run_options *o, struct ctr_config *c, struct error *e)
{
    const char *driver = o->log_driver && *o->log_driver ? o->log_driver : "json-file";
    char *opt;

    if (o->log_driver && *o->log_driver) {
        c->log_driver = xstrdup(o->log_driver);
    }
    strv_foreach (&o->log_opt, opt) {
        size_t n = strcspn(opt, "=");
        const char *value = opt[n] ? opt + n + 1 : "";

        if (n == 8 && strncmp(opt, "max-size", n) == 0) {
            if (parse_size(value, &c->log_max_size) < 0 || c->log_max_size < 1) {
                return err_set(e, ERR_INVALID, "invalid value for max-size: invalid size: '%s'",
                               value);
            }
        } else if (n == 8 && strncmp(opt, "max-file", n) == 0) {
            if (parse_i64(value, &c->log_max_file) < 0 || c->log_max_file < 1) {
                return err_set(e, ERR_INVALID, "invalid value for max-file: '%s'", value);
            }
        } else {
            return err_set(e, ERR_INVALID, "unknown log opt '%.*s' for %s log driver", (int) n, opt,
                           driver);
        }
    }
    return 0;
}

static void set_command(const struct run_options *o, int argc, char **argv, struct ctr_config *c)
{
    c->image = xstrdup(argv[0]);
    for (int i = 1; i < argc; i++) {
        strv_add(&c->cmd, argv[i]);
    }
    c->entrypoint_set = o->entrypoint != NULL;
    if (o->entrypoint && *o->entrypoint) {
        strv_add(&c->entrypoint, o->entrypoint);
    }
}

static void set_strings(const struct run_options *o, struct ctr_config *c)
{
    if (o->name && *o->name) {
        c->name = xstrdup(o->name);
    }
    xstrset(&c->cidfile, o->cidfile);
    xstrset(&c->hostname, o->hostname);
    xstrset(&c->domainname, o->domainname);
    xstrset(&c->user, o->user && *o->user ? o->user : NULL);
    xstrset(&c->working_dir, o->workdir && *o->workdir ? o->workdir : NULL);
    xstrset(&c->stop_signal, o->stop_signal && *o->stop_signal ? o->stop_signal : NULL);
    xstrset(&c->network_mode, o->network);
    xstrset(&c->pid_mode, o->pid);
    xstrset(&c->ipc_mode, o->ipc && *o->ipc ? o->ipc : NULL);
    xstrset(&c->uts_mode, o->uts);
    xstrset(&c->cgroupns_mode, o->cgroupns && *o->cgroupns ? o->cgroupns : NULL);
    xstrset(&c->cgroup_parent, o->cgroup_parent && *o->cgroup_parent ? o->cgroup_parent : NULL);
}

static void set_flags(const struct run_options *o, struct ctr_config *c)
{
    c->auto_remove = o->rm;
    c->privileged = o->privileged;
    c->readonly_rootfs = o->read_only;
    c->init = o->init;
    c->shm_size = o->shm_size;
    c->oom_score_adj = o->oom_score_adj;
    c->stop_timeout = o->stop_timeout;
}

int run_options_apply(const struct run_options *o, int argc, char **argv, struct ctr_config *c,
                      struct error *e)
{
    if (o->network && !*o->network) {
        return err_set(e, ERR_INVALID, "no name set for network");
    }
    set_streams(o, c);
    set_command(o, argc, argv, c);
    set_strings(o, c);
    set_flags(o, c);
    set_limits(o, &c->limits);
    strv_extend(&c->cap_add, &o->cap_add);
    strv_extend(&c->cap_drop, &o->cap_drop);
    strv_extend(&c->group_add, &o->group_add);
    strv_extend(&c->extra_hosts, &o->add_host);
    strv_extend(&c->dns, &o->dns);
    strv_extend(&c->dns_search, &o->dns_search);
    strv_extend(&c->dns_option, &o->dns_option);
    strv_extend(&c->sysctls, &o->sysctl);
    if (env_collect(&o->env_file, &o->env, &c->env, e) < 0 ||
        label_collect(&o->label_file, &o->label, c->labels, e) < 0 || set_log(o, c, e) < 0 ||
        each(ctr_config_parse_volume, &o->volume, c, e) < 0 ||
        each(ctr_config_parse_mount, &o->mount, c, e) < 0 ||
        each(ctr_config_parse_tmpfs, &o->tmpfs, c, e) < 0 ||
        each(ctr_config_parse_ulimit, &o->ulimit, c, e) < 0 ||
        each(ctr_config_parse_device, &o->device, c, e) < 0 ||
        each(ctr_config_parse_security_opt, &o->security_opt, c, e) < 0) {
        return -1;
    }
    return 0;
}

int run_options_pull(const struct run_options *o, enum pull_policy *ret, struct error *e)
{
    const char *name = o->pull ? o->pull : "missing";

    if (strcmp(name, "missing") == 0 || !*name) {
        *ret = PULL_MISSING;
    } else if (strcmp(name, "always") == 0) {
        *ret = PULL_ALWAYS;
    } else if (strcmp(name, "never") == 0) {
        *ret = PULL_NEVER;
    } else {
        return err_set(e, ERR_INVALID,
                       "invalid pull option: '%s': must be one of \"always\", \"missing\" or "
                       "\"never\"",
                       name);
    }
    return 0;
}
