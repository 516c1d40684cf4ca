// SPDX-License-Identifier: Apache-2.0
#pragma once
/* One Dockerfile instruction being applied to an image's configuration. Inside src/image/ only. */
#include "base/json.h"
#include "base/strv.h"

struct change {
    json_t *run;      /* the "config" object of the document; borrowed */
    const char *name; /* in capitals: "ENV" */
    const char *args; /* the rest of the line, without blanks around it */
    struct strv env;  /* what variables mean: the environment before this instruction */
    bool *cmd_set;    /* CMD came before in the same text */
};

typedef int change_fn(struct change *c, struct error *e);

/* change_port.c, change_health.c */
int change_expose(struct change *c, struct error *e) MUST_CHECK;
int change_healthcheck(struct change *c, struct error *e) MUST_CHECK;

/*
 * The arguments as a JSON list of strings, else as one command line for a shell. *ret_json says
 * which. A list with something else than strings is ERR_INVALID.
 */
int change_command(const char *args, struct strv *ret, bool *ret_json, struct error *e) MUST_CHECK;

/* The object below key; made when it is not there. Borrowed. */
json_t *change_object(json_t *parent, const char *key);
