// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * The fetcher as the half with the store sees it: started before the store is opened, asked by
 * datagrams, gone with us.
 */
#include "transfer/fetch_message.h"
#include "transfer/registry.h"

struct fetch {
    int sock;
    pid_t pid;
    int next_id;
};

#define FETCH_INIT                                                                                 \
    {                                                                                              \
        .sock = FD_NONE                                                                            \
    }

/* Needs a single thread, and a process that has nothing open that the fetcher must not have. The
 * credentials in *registry are then forgotten on this side. */
int fetch_start(struct fetch *f, struct registry *registry, struct error *e) MUST_CHECK;
void fetch_stop(struct fetch *f);
DEFINE_CLEANUP(fetch, struct fetch, fetch_stop);

/* Asks; the reply comes later. fd: where the bytes go, FD_NONE for none; stays the caller's. Its
 * id in *ret_id. */
int fetch_ask(struct fetch *f, enum fetch_op op, const char *reference, int64_t offset,
              int64_t size, int fd, int *ret_id, struct error *e) MUST_CHECK;

/* Asks to send 'size' bytes of fd: FETCH_PUT_BLOB (from: another repository that may have it, or
 * "") or FETCH_PUT_MANIFEST (media_type). */
int fetch_put(struct fetch *f, enum fetch_op op, const char *reference, const char *from,
              const char *media_type, int64_t size, int fd, int *ret_id,
              struct error *e) MUST_CHECK;

/* The next message; waits, until a stop is requested (ERR_CANCELLED) or 'wake' (FD_NONE: none) is
 * readable (1, no message). */
int fetch_reply(struct fetch *f, int wake, struct fetch_reply *ret, struct error *e) MUST_CHECK;

/* A whole document, at most max bytes: asked and waited for while nothing else is under way. *ret
 * is NUL-terminated and the caller's. A refusal's HTTP status is in reply->status. */
int fetch_document(struct fetch *f, enum fetch_op op, const char *reference, size_t max, char **ret,
                   size_t *ret_len, struct fetch_reply *reply, struct error *e) MUST_CHECK;
