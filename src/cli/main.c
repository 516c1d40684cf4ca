// SPDX-License-Identifier: Apache-2.0
/*
 * hoy: global options, then the command (docs/design/cli.md).
 *
 * The way to a command's code is kept short on purpose: no locale, no configuration, no library
 * call before a command asks for it.
 */
#include "base/fd.h"
#include "base/json.h"
#include "base/log.h"
#include "base/path.h"
#include "cli/cli.h"
#include "cli/global.h"
#include "cli/help.h"
#include "runtime/runtime.h"

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/auxv.h>

/*
 * A program that is started without one of the standard descriptors would get it with the next
 * open(), and then print into a container's file.
 */
static void fill_standard_fds(void)
{
    struct pollfd p[3] = {{.fd = 0}, {.fd = 1}, {.fd = 2}};

    if (poll(p, 3, 0) < 1 || !((p[0].revents | p[1].revents | p[2].revents) & POLLNVAL)) {
        return;
    }
    int fd = open("/dev/null", O_RDWR | O_CLOEXEC);

    while (fd >= 0 && fd <= STDERR_FILENO) {
        fcntl(fd, F_SETFD, 0);
        fd = open("/dev/null", O_RDWR | O_CLOEXEC);
    }
    close_p(&fd);
}

/* jansson would open /dev/urandom for this; the kernel has given us 16 random bytes already. */
static void seed_json(void)
{
    const void *random = (const void *) getauxval(AT_RANDOM);
    size_t seed = 0;

    if (random) {
        memcpy(&seed, random, sizeof(seed));
        json_object_seed(seed);
    }
}

/* hoy-NAME on PATH runs as 'hoy NAME'. Returns when there is none, or when it cannot be run. */
static void exec_plugin(char **argv)
{
    cleanup_free char *program = xasprintf("hoy-%s", argv[0]);

    if (!strchr(argv[0], '/') && argv[0][0]) {
        execvp(program, argv);
    }
}

/* As Docker: bad flags and --help go before the command that does not exist. */
static int unknown_command(struct cli *cli, const struct command_group *g, int argc, char **argv)
{
    const struct option_set none = {0};
    const char *group = g ? g->name : NULL;
    struct option_result parsed;
    struct error e = {0};

    if (!group) {
        exec_plugin(argv);
    }
    if (options_parse(&none, NULL, argc - 1, argv + 1, &parsed, &e) < 0) {
        return cli_usage_error(cli, &e);
    }
    if (parsed.help) {
        if (g) {
            help_group(stdout, g);
        } else {
            help_top(stdout);
        }
        return EXIT_SUCCESS;
    }
    if (!group) {
        fprintf(stderr, "hoy: unknown command: hoy %s\n\nRun 'hoy --help' for more information\n",
                argv[0]);
    } else {
        fprintf(stderr,
                "hoy: unknown command: hoy %s %s\n\nUsage:  hoy %s COMMAND\n\nRun 'hoy %s --help' "
                "for more information\n",
                group, argv[0], group, group);
    }
    return EXIT_FAILURE;
}

/* "hoy container" and what follows it, when that is no command: --help, or a mistake. */
static int group_options(struct cli *cli, const struct command_group *g, int argc, char **argv)
{
    const struct option_set none = {.stop_at_positional = true};
    struct option_result parsed;
    struct error e = {0};

    if (options_parse(&none, NULL, argc, argv, &parsed, &e) < 0) {
        return cli_usage_error(cli, &e);
    }
    help_group(parsed.help ? stdout : stderr, g);
    return EXIT_SUCCESS;
}

/* "hoy help [COMMAND...]" and "hoy --help": argv are the words behind it. */
static int show_help(char **argv)
{
    const struct command_group *g = argv[0] ? command_group_find(argv[0]) : NULL;
    cleanup_free char *path = NULL;
    const struct command *c = NULL;

    if (!argv[0]) {
        help_top(stdout);
        return EXIT_SUCCESS;
    }
    if (g && !argv[1]) {
        help_group(stdout, g);
        return EXIT_SUCCESS;
    }
    c = command_find(g ? argv[0] : NULL, g ? argv[1] : argv[0], &path);
    if (!c) {
        fprintf(stderr, "hoy: unknown help topic: %s%s%s\n", argv[0], g ? " " : "",
                g ? argv[1] : "");
        return EXIT_FAILURE;
    }
    help_command(stdout, c, path);
    return EXIT_SUCCESS;
}

/* argv: the words behind the global options. */
static int dispatch(struct cli *cli, int argc, char **argv)
{
    const struct command_group *g = argc ? command_group_find(argv[0]) : NULL;

    if (argc == 0) {
        help_top(stderr);
        return EXIT_SUCCESS;
    }
    if (strcmp(argv[0], "help") == 0) {
        return show_help(argv + 1);
    }
    if (g && (argc == 1 || argv[1][0] == '-')) {
        return group_options(cli, g, argc - 1, argv + 1);
    }
    if (g) {
        argc--;
        argv++;
    }
    cli->command = command_find(g ? g->name : NULL, argv[0], &cli->path);
    if (!cli->command) {
        return unknown_command(cli, g, argc, argv);
    }
    return cli->command->run(cli, argc - 1, argv + 1);
}

static int set_log_level(struct cli *cli, const struct global_values *o)
{
    enum log_level level = LOG_LEVEL_DEBUG;

    if (o->log_level && log_level_from_string(o->log_level, &level) < 0) {
        fprintf(stderr, "hoy: unable to parse logging level: %s\n", o->log_level);
        return -1;
    }
    if (o->log_level || o->debug) {
        log_set_level(o->debug ? LOG_LEVEL_DEBUG : level);
        cli->level_set = true;
    }
    return 0;
}

/* argv: the words behind the program's name. */
static int run(struct cli *cli, struct global_values *o, int argc, char **argv)
{
    const struct option_set set = {.tables = {global_options}, .stop_at_positional = true};
    struct option_result parsed;
    struct error e = {0};

    if (options_parse(&set, o, argc, argv, &parsed, &e) < 0) {
        return cli_usage_error(cli, &e);
    }
    if (o->version) {
        printf("hoy version " HOY_VERSION "\n");
        return EXIT_SUCCESS;
    }
    if (parsed.help) {
        return show_help(argv);
    }
    if (set_log_level(cli, o) < 0) {
        return EXIT_FAILURE;
    }
    cli->engine_options =
        (struct engine_options){.root = o->root, .state = o->state, .config = o->config};
    return dispatch(cli, parsed.argc, argv);
}

int main(int argc, char **argv)
{
    const struct option_set set = {.tables = {global_options}};
    struct cli cli = {0};
    struct global_values o = {0};
    int code;

    fill_standard_fds();
    /* What a script has open, a lock or a pipe that someone waits for, is not the monitor's. */
    (void) fd_cloexec_from(3);
    seed_json();
    if (argc > 0 && strcmp(path_base(argv[0]), "hoy-runtime") == 0) {
        return cli_finish(runtime_main(argc - 1, argv + 1));
    }
    code = run(&cli, &o, argc - (argc > 0), argv + (argc > 0));
    if (cli.engine_open) {
        engine_close(&cli.engine);
    }
    free(cli.path);
    options_free(&set, &o);
    return cli_finish(code);
}
