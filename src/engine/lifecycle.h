// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * What users do to containers: create, start, stop ... rm. Each call is whole: it takes the locks,
 * undoes itself on failure, and says in *e why. Sentences are Docker's where Docker has one.
 */
#include "engine/container.h"

/* ---- create ---- */

enum pull_policy {
    PULL_MISSING,
    PULL_ALWAYS,
    PULL_NEVER,
};

struct image_progress;

struct create_options {
    enum pull_policy pull;
    const struct image_progress *progress; /* of a pull; NULL: nobody wants it */
};

/*
 * Makes a container from the wishes in config (which the call completes from the image: env, cmd,
 * user, ...; and takes: *config is empty afterwards). config->name NULL: a name is generated.
 * On success *ret is loaded and unlocked. Warnings for people (limits that the host cannot give)
 * go to log_warn().
 */
int ctr_create(struct engine *eng, struct ctr_config *config, const struct create_options *o,
               struct container *ret, struct error *e) MUST_CHECK;

/* ---- start ---- */

struct start_result {
    int attach_sock; /* with 'want': connected to the container from before its first output;
                        frames as in base/attach_proto.h; end of file once all clean-up is done.
                        The caller closes it. FD_NONE when it ran already. */
    int exit_code;   /* of a failed start: 125, 126 or 127, as Docker's run */
    pid_t pid;
};

/*
 * Starts a created or exited container. want: streams of the first client (ATTACH_WANT_*), or 0
 * for none. Already running: success, ret->attach_sock FD_NONE. A failed start leaves the
 * container created with its error noted (a --rm one is removed).
 */
int ctr_start(struct engine *eng, struct container *c, unsigned want, struct start_result *ret,
              struct error *e) MUST_CHECK;

/* Connects to a running container and asks for the streams in want (ATTACH_WANT_*; 0: only the
 * exit); frames as in base/attach_proto.h. Descriptor or -1. ERR_IN_USE "You cannot attach to a
 * stopped container, start it first" and the like. */
int ctr_attach(struct engine *eng, struct container *c, unsigned want, struct error *e) MUST_CHECK;

/* ---- end ---- */

/* timeout in seconds: -2 the container's own (or default 10), -1 wait for ever. signal 0: its own
 * stop signal. Stopped already: success. A paused container is stopped too. */
int ctr_stop(struct engine *eng, struct container *c, int signal, int64_t timeout,
             struct error *e) MUST_CHECK;
int ctr_restart(struct engine *eng, struct container *c, int signal, int64_t timeout,
                struct error *e) MUST_CHECK;
int ctr_kill(struct engine *eng, struct container *c, int signal, struct error *e) MUST_CHECK;

enum wait_condition {
    WAIT_NOT_RUNNING,
    WAIT_NEXT_EXIT,
    WAIT_REMOVED,
};
/* Waits for the end; at once when it is not running. */
int ctr_wait(struct engine *eng, struct container *c, enum wait_condition cond, int *ret_code,
             struct error *e) MUST_CHECK;

struct remove_options {
    bool force;   /* kill it first */
    bool volumes; /* remove its anonymous volumes too */
};
int ctr_remove(struct engine *eng, struct container *c, const struct remove_options *o,
               struct error *e) MUST_CHECK;

/* ---- the rest ---- */

int ctr_pause(struct engine *eng, struct container *c, struct error *e) MUST_CHECK;
int ctr_unpause(struct engine *eng, struct container *c, struct error *e) MUST_CHECK;
int ctr_rename(struct engine *eng, struct container *c, const char *new_name,
               struct error *e) MUST_CHECK;
