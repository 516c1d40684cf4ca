// SPDX-License-Identifier: Apache-2.0
#include "cli/session.h"

#include "base/log.h"
#include "engine/lifecycle.h"

#include <stdio.h>

int session_check_tty(bool tty, bool want_stdin, struct error *e)
{
    if (tty && want_stdin && !isatty(STDIN_FILENO)) {
        return err_set(e, ERR_INVALID, "the input device is not a TTY");
    }
    return 0;
}

int session_keys(struct session *s, const char *text, struct error *e)
{
    return detach_keys_parse(text ? text : "", &s->keys, e);
}

unsigned session_want(bool in, bool out, bool err)
{
    return (in ? ATTACH_WANT_STDIN : 0) | (out ? ATTACH_WANT_STDOUT : 0) |
           (err ? ATTACH_WANT_STDERR : 0);
}

/* A signal that we got goes to the container's first process. */
static void pass_signal(void *context, int sig)
{
    const struct session *s = context;
    struct error e = {0};

    if (ctr_kill(s->eng, s->c, sig, &e) < 0) { /* it ended just now: we hear of it in a moment */
        log_debug("pass signal %d on: %s", sig, e.text);
    }
}

int session_detached(void)
{
    fprintf(stderr, "read escape sequence\n");
    return EXIT_FAILURE;
}

int session_run(const struct cli *cli, struct session *s, int sock)
{
    bool tty = s->c->config.tty;
    struct attach_result result = {0};
    struct attach_hello hello;
    struct error e = {0};
    struct attach_options o = {
        .sock = sock,
        .stdin_fd = s->want & ATTACH_WANT_STDIN ? STDIN_FILENO : -1,
        .stdout_fd = s->want & ATTACH_WANT_STDOUT ? STDOUT_FILENO : -1,
        .stderr_fd = s->want & ATTACH_WANT_STDERR ? STDERR_FILENO : -1,
        .tty = tty,
        .redraw = s->redraw,
        .detach = s->keys.count ? &s->keys : NULL,
        .signal = s->sig_proxy && !tty ? pass_signal : NULL,
        .context = s,
    };
    int r;

    fflush(stdout);
    r = attach_hello(sock, s->want, true, &hello, &e) < 0 ? -1 : attach_pump(&o, &result, &e);
    close(sock);
    if (r < 0) {
        int code = cli_fail(cli, &e);

        return result.ended && result.end.code ? result.end.code : code;
    }
    if (result.detached) {
        return s->detach_is_failure ? session_detached() : EXIT_SUCCESS;
    }
    return result.end.code;
}
