// SPDX-License-Identifier: Apache-2.0
/* logs */
#include "base/parse.h"
#include "base/timeutil.h"
#include "cli/cli.h"
#include "cli/commands.h"
#include "engine/attach.h"
#include "engine/lifecycle.h"
#include "engine/logread.h"

#include <stdio.h>
#include <string.h>

struct logs_cmd_options {
    bool details;
    bool follow;
    char *since;
    char *tail;
    bool timestamps;
    char *until;
};

static const struct option table[] = {
    OPTION(BOOL, 0, "details", struct logs_cmd_options, details,
           "Show extra details provided to logs"),
    OPTION(BOOL, 'f', "follow", struct logs_cmd_options, follow, "Follow log output"),
    OPTION(STRING, 0, "since", struct logs_cmd_options, since,
           "Show logs since timestamp (e.g. \"2013-01-02T13:23:37Z\") or relative (e.g. \"42m\" "
           "for 42 minutes)"),
    OPTION(STRING, 'n', "tail", struct logs_cmd_options, tail,
           "Number of lines to show from the end of the logs", .default_text = "\"all\""),
    OPTION(BOOL, 't', "timestamps", struct logs_cmd_options, timestamps, "Show timestamps"),
    OPTION(STRING, 0, "until", struct logs_cmd_options, until,
           "Show logs before a timestamp (e.g. \"2013-01-02T13:23:37Z\") or relative (e.g. "
           "\"42m\" for 42 minutes)"),
    OPTION_LAST,
};

static int parse_moment(const char *name, const char *value, int64_t *ret, struct error *e)
{
    if (!value || !*value) {
        return 0;
    }
    if (time_parse_user(value, time_now(), ret) < 0) {
        return err_set(e, ERR_INVALID,
                       "invalid value for \"%s\": failed to parse value as time or duration: "
                       "\"%s\"",
                       name, value);
    }
    return 0;
}

static int print_entry(void *context, enum log_stream stream, const char *data, size_t n)
{
    FILE *f = stream == LOG_STREAM_STDERR ? stderr : stdout;
    const bool *follow = context;

    if (fwrite(data, 1, n, f) != n || (*follow && fflush(f) != 0)) {
        return -1; /* nobody reads any more; cli_finish says why */
    }
    return 0;
}

static int read_logs(struct engine *eng, struct container *c, const struct logs_cmd_options *o,
                     struct error *e)
{
    bool follow = o->follow;
    const struct logs_sink sink = {.entry = print_entry, .context = &follow};
    struct logs_options lo = {.tail = -1,
                              .timestamps = o->timestamps,
                              .details = o->details,
                              .follow = o->follow,
                              .end_fd = -1};
    cleanup_close int end = FD_NONE;

    if (c->config.log_driver && strcmp(c->config.log_driver, "none") == 0) {
        return err_set(e, ERR_UNSUPPORTED, "configured logging driver does not support reading");
    }
    if (parse_moment("since", o->since, &lo.since, e) < 0 ||
        parse_moment("until", o->until, &lo.until, e) < 0) {
        return -1;
    }
    /* What is no number means all, as in Docker. */
    if (o->tail && parse_i64(o->tail, &lo.tail) < 0) {
        lo.tail = -1;
    }
    if (o->follow && ctr_is_running(c)) {
        struct attach_hello hello;

        end = ctr_attach(eng, c, 0, e);
        if (end >= 0 && attach_hello(end, 0, true, &hello, e) < 0) {
            close_fd(&end);
        }
        err_clear(e); /* it ended meanwhile: what it wrote is all there is */
        lo.end_fd = end;
    }
    if (logs_read(c->data_dir, c->config.id, &lo, &sink, e) < 0 && e->kind) {
        return -1;
    }
    return 0;
}

static int run(struct cli *cli, int argc, char **argv)
{
    CLEANUP(container) struct container c;
    struct logs_cmd_options o = {0};
    struct error e = {0};
    int r;

    container_init(&c);
    r = cli_parse(cli, &o, &argc, argv);
    if (r != CLI_GO_ON) {
        return r;
    }
    struct engine *eng = cli_engine(cli, &e);

    r = EXIT_SUCCESS;
    if (!eng || ctr_find(eng, argv[0], &c, &e) < 0 || read_logs(eng, &c, &o, &e) < 0) {
        r = cli_fail(cli, &e);
    }
    options_free(&cli->command->options, &o);
    return r;
}

const struct command cmd_logs = {
    .names = "container logs, logs",
    .usage = "[OPTIONS] CONTAINER",
    .help = "Fetch the logs of a container",
    .options = {.tables = {table}},
    .min_args = 1,
    .max_args = 1,
    .run = run,
};
