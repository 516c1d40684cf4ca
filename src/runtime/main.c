// SPDX-License-Identifier: Apache-2.0
/* Global flags, then the command. */
#include "base/fd.h"
#include "base/log.h"
#include "base/parse.h"
#include "base/path.h"
#include "runtime/command.h"
#include "runtime/container.h"
#include "runtime/report.h"
#include "runtime/runtime.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

struct global_args {
    const char *root;
    const char *log;
    const char *log_format;
    const char *rootless;
    const char *criu;
    const char *cgroup_manager;
    bool debug;
    bool systemd_cgroup;
    bool version;
};

static const struct arg global_table[] = {
    ARG(STRING, 0, "root", struct global_args, root, "folder of the containers' states"),
    ARG(STRING, 0, "log", struct global_args, log, "file for messages, instead of stderr"),
    ARG(STRING, 0, "log-format", struct global_args, log_format, "\"text\" (default) or \"json\""),
    ARG(BOOL, 0, "debug", struct global_args, debug, "say more in the log"),
    ARG(BOOL, 0, "systemd-cgroup", struct global_args, systemd_cgroup,
        "cgroups by systemd: not built in, refused"),
    ARG(STRING, 0, "cgroup-manager", struct global_args, cgroup_manager, "\"cgroupfs\""),
    ARG(STRING, 0, "rootless", struct global_args, rootless, "\"true\", \"false\" or \"auto\""),
    ARG(STRING, 0, "criu", struct global_args, criu, "accepted and ignored, as runc does"),
    ARG(BOOL, 'v', "version", struct global_args, version, "print the version"),
    ARG_LAST,
};

static const struct runtime_command *const commands[] = {
    &runtime_create, &runtime_delete, &runtime_events, &runtime_exec,  &runtime_features,
    &runtime_kill,   &runtime_list,   &runtime_pause,  &runtime_ps,    &runtime_resume,
    &runtime_run,    &runtime_spec,   &runtime_start,  &runtime_state, &runtime_update,
};

static void print_flags(const struct arg *table)
{
    printf("\nOptions:\n");
    for (; table->type; table++) {
        char name[40];

        snprintf(name, sizeof(name), "--%s%s", table->name,
                 table->type == ARG_TYPE_BOOL   ? ""
                 : table->type == ARG_TYPE_UINT ? " NUMBER"
                                                : " VALUE");
        printf("  %c%c%c %-26s %s\n", table->letter ? '-' : ' ',
               table->letter ? table->letter : ' ', table->letter ? ',' : ' ', name, table->help);
    }
}

static void print_usage(void)
{
    printf("Usage:  hoy oci [OPTIONS] COMMAND\n\nAn OCI runtime\n\nCommands:\n");
    for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
        printf("  %-10s %s\n", commands[i]->name, commands[i]->help);
    }
    print_flags(global_table);
}

static int print_version(void)
{
    printf("hoy-runtime version " HOY_VERSION "\nspec: " RUNTIME_SPEC_VERSION "\n");
    return EXIT_SUCCESS;
}

static char *default_root(void)
{
    const char *dir = getenv("XDG_RUNTIME_DIR");

    return geteuid() == 0 || !dir || !*dir ? xstrdup("/run/hoy/oci") : path_join(dir, "hoy/oci");
}

static const struct arg no_args[] = {ARG_LAST};

/* In a user namespace root is somebody else outside. */
static bool in_user_namespace(void)
{
    cleanup_free char *map = NULL;
    unsigned first, host, count;

    return file_read(AT_FDCWD, "/proc/self/uid_map", 4096, &map, NULL) == 0 &&
           (sscanf(map, "%u %u %u", &first, &host, &count) != 3 || first != 0 || host != 0 ||
            count != 4294967295u);
}

static int set_rootless(const char *value, bool *ret, struct error *e)
{
    if (!value || strcmp(value, "auto") == 0) {
        *ret = geteuid() != 0 || in_user_namespace();
        return 0;
    }
    return parse_bool(value, ret) < 0 ? err_set(e, ERR_INVALID,
                                                "invalid --rootless '%.100s': expected true, false "
                                                "or auto",
                                                value)
                                      : 0;
}

static int run_command(const struct runtime *rt, const struct runtime_command *c, int argc,
                       char **argv, struct error *e)
{
    cleanup_free void *args = xcalloc(1, c->args_size ? c->args_size : 1);
    const struct arg *table = c->args ? c->args : no_args;
    int r = args_parse(table, args, c->positionals, &argc, argv, e);

    if (r > 0) {
        printf("Usage:  hoy oci %s %s\n\n%s\n", c->name, c->usage, c->help);
        print_flags(table);
        r = EXIT_SUCCESS;
    } else if (r == 0 && (argc < c->min_args || (c->max_args >= 0 && argc > c->max_args))) {
        r = err_set(e, ERR_INVALID, "%s: wrong number of arguments, it is called: %s %s", c->name,
                    c->name, c->usage);
    } else if (r == 0) {
        argv[argc] = NULL;
        r = c->run(rt, args, argc, argv, e);
    }
    args_done(table, args);
    return r;
}

static int check_globals(const struct global_args *g, struct error *e)
{
    if (report_open(g->log, g->log_format, g->debug, e) < 0) {
        return -1;
    }
    if (g->systemd_cgroup || (g->cgroup_manager && strcmp(g->cgroup_manager, "cgroupfs") != 0)) {
        return err_set(e, ERR_UNSUPPORTED,
                       "the systemd cgroup driver is not built in: use the cgroupfs driver");
    }
    return 0;
}

/* Exit code, or -1: then *ret_failure is the exit code. */
static int run(int argc, char **argv, int *ret_failure, struct error *e)
{
    struct global_args g = {0};
    int r = args_parse(global_table, &g, 0, &argc, argv, e);

    *ret_failure = EXIT_FAILURE;
    if (check_globals(&g, r < 0 ? &(struct error){0} : e) < 0 || r < 0) {
        return -1;
    }
    if (g.version) {
        return print_version();
    }
    if (r > 0 || argc == 0 || strcmp(argv[0], "help") == 0) {
        print_usage();
        return EXIT_SUCCESS;
    }
    cleanup_free char *root = g.root ? path_absolute(g.root) : default_root();
    struct runtime rt = {.root = root};

    if (set_rootless(g.rootless, &rt.rootless, e) < 0) {
        return -1;
    }
    for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
        if (strcmp(commands[i]->name, argv[0]) == 0) {
            *ret_failure = commands[i]->failure ? commands[i]->failure : EXIT_FAILURE;
            return run_command(&rt, commands[i], argc - 1, argv + 1, e);
        }
    }
    return err_set(e, ERR_INVALID, "no such command: '%.100s'", argv[0]);
}

int runtime_main(int argc, char **argv)
{
    struct error e = {0};
    int failure;
    int r = run(argc, argv, &failure, &e);

    if (r >= 0) {
        return r;
    }
    report_error(&e);
    return failure;
}
