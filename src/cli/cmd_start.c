// SPDX-License-Identifier: Apache-2.0
/* start and attach. */
#include "base/strbuf.h"
#include "cli/commands.h"
#include "cli/session.h"
#include "engine/lifecycle.h"

#include <stdio.h>

struct start_options {
    bool attach;
    char *detach_keys;
    bool interactive;
};

static const struct option start_table[] = {
    OPTION(BOOL, 'a', "attach", struct start_options, attach,
           "Attach STDOUT/STDERR and forward signals"),
    OPTION(STRING, 0, "detach-keys", struct start_options, detach_keys,
           "Override the key sequence for detaching a container"),
    OPTION(BOOL, 'i', "interactive", struct start_options, interactive, "Attach container's STDIN"),
    OPTION_LAST,
};

/* start of one container in the background. */
static int start_one(struct engine *eng, const char *name, struct error *e)
{
    CLEANUP(container) struct container c;
    struct start_result started;

    container_init(&c);
    return ctr_find(eng, name, &c, e) < 0 ? -1 : ctr_start(eng, &c, 0, &started, e);
}

static int start_all(struct cli *cli, struct engine *eng, int argc, char **argv)
{
    CLEANUP(strbuf) struct strbuf failed = STRBUF_INIT(SIZE_MAX / 4);

    for (int i = 0; i < argc; i++) {
        struct error e = {0};

        if (start_one(eng, argv[i], &e) < 0) {
            cli_error(cli, &e);
            strbuf_addf(&failed, "%s%s", failed.len ? ", " : "", argv[i]);
            continue;
        }
        printf("%s\n", argv[i]);
        fflush(stdout);
    }
    if (failed.len) {
        fprintf(stderr, "Error: failed to start containers: %s\n", failed.buf);
        return EXIT_FAILURE;
    }
    return EXIT_SUCCESS;
}

/* start -a, -i: one container, with us in front of it. */
static int start_attached(struct cli *cli, struct engine *eng, const char *name,
                          const struct start_options *o)
{
    CLEANUP(container) struct container c;
    struct session s = {.eng = eng, .c = &c, .sig_proxy = true};
    struct start_result started;
    struct error e = {0};

    container_init(&c);
    if (ctr_find(eng, name, &c, &e) < 0 || session_keys(&s, o->detach_keys, &e) < 0) {
        return cli_fail(cli, &e);
    }
    s.want = session_want(o->interactive && c.config.open_stdin, true, true);
    if (session_check_tty(c.config.tty, s.want & ATTACH_WANT_STDIN, &e) < 0 ||
        ctr_start(eng, &c, s.want, &started, &e) < 0) {
        return cli_fail(cli, &e);
    }
    if (started.attach_sock < 0) { /* it ran already */
        started.attach_sock = ctr_attach(eng, &c, s.want, &e);
        s.redraw = true;
    }
    return started.attach_sock < 0 ? cli_fail(cli, &e) : session_run(cli, &s, started.attach_sock);
}

static int run_start(struct cli *cli, int argc, char **argv)
{
    struct start_options o = {0};
    struct error e = {0};
    int r = cli_parse(cli, &o, &argc, argv);

    if (r != CLI_GO_ON) {
        return r;
    }
    struct engine *eng = cli_engine(cli, &e);

    if (!eng) {
        r = cli_fail(cli, &e);
    } else if (!o.attach && !o.interactive) {
        r = start_all(cli, eng, argc, argv);
    } else if (argc > 1) {
        err_set(&e, ERR_INVALID, "you cannot start and attach multiple containers at once");
        r = cli_fail(cli, &e);
    } else {
        r = start_attached(cli, eng, argv[0], &o);
    }
    options_free(&cli->command->options, &o);
    return r;
}

const struct command cmd_start = {
    .names = "container start, start",
    .usage = "[OPTIONS] CONTAINER [CONTAINER...]",
    .help = "Start one or more stopped containers",
    .options = {.tables = {start_table}},
    .min_args = 1,
    .max_args = ARGS_ANY,
    .run = run_start,
};

/* ---- attach ---- */

struct attach_cmd_options {
    char *detach_keys;
    bool no_stdin;
    bool sig_proxy;
};

static const struct option attach_table[] = {
    OPTION(STRING, 0, "detach-keys", struct attach_cmd_options, detach_keys,
           "Override the key sequence for detaching a container"),
    OPTION(BOOL, 0, "no-stdin", struct attach_cmd_options, no_stdin, "Do not attach STDIN"),
    OPTION(BOOL, 0, "sig-proxy", struct attach_cmd_options, sig_proxy,
           "Proxy all received signals to the process", .default_text = "true"),
    OPTION_LAST,
};

static int attach(struct cli *cli, const char *name, const struct attach_cmd_options *o)
{
    CLEANUP(container) struct container c;
    struct session s = {
        .c = &c, .sig_proxy = o->sig_proxy, .redraw = true, .detach_is_failure = true};
    struct error e = {0};
    int sock;

    container_init(&c);
    s.eng = cli_engine(cli, &e);
    if (!s.eng || ctr_find(s.eng, name, &c, &e) < 0 || session_keys(&s, o->detach_keys, &e) < 0) {
        return cli_fail(cli, &e);
    }
    s.want = session_want(c.config.open_stdin && !o->no_stdin, true, true);
    /* A stopped one is said to be stopped, whatever our input is. */
    if (ctr_is_running(&c) && session_check_tty(c.config.tty, s.want & ATTACH_WANT_STDIN, &e) < 0) {
        return cli_fail(cli, &e);
    }
    sock = ctr_attach(s.eng, &c, s.want, &e);
    return sock < 0 ? cli_fail(cli, &e) : session_run(cli, &s, sock);
}

static int run_attach(struct cli *cli, int argc, char **argv)
{
    struct attach_cmd_options o = {.sig_proxy = true};
    int r = cli_parse(cli, &o, &argc, argv);

    if (r != CLI_GO_ON) {
        return r;
    }
    r = attach(cli, argv[0], &o);
    options_free(&cli->command->options, &o);
    return r;
}

const struct command cmd_attach = {
    .names = "container attach, attach",
    .usage = "[OPTIONS] CONTAINER",
    .help = "Attach local standard input, output, and error streams to a running container",
    .options = {.tables = {attach_table}},
    .min_args = 1,
    .max_args = 1,
    .run = run_attach,
};
