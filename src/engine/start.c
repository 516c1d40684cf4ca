// SPDX-License-Identifier: Apache-2.0
/* start and attach, seen from the command. */
#include "base/attach_proto.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/sock.h"
#include "engine/finish.h"
#include "engine/launch.h"
#include "engine/lifecycle.h"

#include <stdio.h>
#include <string.h>

/* A start that failed: the container keeps its error, a --rm one goes. */
static void note_failed_start(struct engine *eng, struct container *c,
                              const struct launch_reply *reply)
{
    struct error e = {0};

    if (c->config.auto_remove) {
        if (ctr_delete(eng, c, true, &e) < 0) {
            log_warn("%s", e.text);
        }
        return;
    }
    if (c->state.status != CTR_EXITED) {
        c->state.status = CTR_CREATED;
    }
    c->state.exit_code = reply->exit_code;
    c->state.pid = 0;
    snprintf(c->state.error, sizeof(c->state.error), "%s", reply->err.text);
    if (ctr_save_state(c, &e) < 0) {
        log_warn("%s", e.text);
    }
}

int ctr_start(struct engine *eng, struct container *c, unsigned want, struct start_result *ret,
              struct error *e)
{
    struct launch_reply reply;

    *ret = (struct start_result){.attach_sock = FD_NONE, .exit_code = 125};
    if (ctr_lock(eng, c, e) < 0) {
        return -1;
    }
    if (ctr_is_running(c)) {
        ret->pid = c->state.pid;
        ctr_unlock(c);
        if (c->state.status == CTR_PAUSED) {
            return err_set(e, ERR_IN_USE, "cannot start a paused container, try unpause instead");
        }
        return 0;
    }
    if (launch(eng, c, want, &reply, &ret->attach_sock, e) < 0) {
        ctr_unlock(c);
        return -1;
    }
    if (reply.err.kind != ERR_NONE) {
        ret->exit_code = reply.exit_code;
        note_failed_start(eng, c, &reply);
        ctr_unlock(c);
        *e = reply.err;
        return -1;
    }
    c->state.status = CTR_RUNNING;
    ret->pid = c->state.pid = reply.pid;
    c->state.pid_start = reply.pid_start;
    c->state.started_at = reply.started_at;
    ctr_unlock(c);
    return 0;
}

int ctr_attach(struct engine *eng, struct container *c, unsigned want, struct error *e)
{
    struct {
        struct attach_head head;
        struct attach_request request;
    } frame = {.head = {.type = ATTACH_ATTACH},
               .request = {.version = ATTACH_PROTO_VERSION, .flags = want}};

    (void) eng;
    if (!ctr_is_running(c)) {
        return err_set(e, ERR_IN_USE, "You cannot attach to a stopped container, start it first");
    }
    if (c->state.status == CTR_PAUSED && want) {
        return err_set(e, ERR_IN_USE, "You cannot attach to a paused container, unpause it first");
    }
    cleanup_close int sock = sock_connect(c->run_dir, ATTACH_SOCKET_NAME);
    int r = sock < 0 ? sock : fd_msg_send(sock, &frame, sizeof(frame), NULL, 0);

    if (r == -ENOENT || r == -ECONNREFUSED || r == -EPIPE) {
        return err_set(e, ERR_IN_USE, "You cannot attach to a stopped container, start it first");
    }
    if (r < 0) {
        return err_sys(e, r, "attach to container '%s'", c->config.name);
    }
    return take_fd(&sock);
}
