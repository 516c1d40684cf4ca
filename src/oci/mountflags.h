// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * Mount option words ("ro", "rbind", "size=64m", ...) of the OCI runtime specification
 * (config.md, "Linux mount options") and those that today's engines add (tmpcopyup, copyup).
 */
#include "base/error.h"
#include "base/strv.h"

#include <stdbool.h>
#include <stdint.h>

#define MOUNT_DATA_MAX 4096 /* the kernel takes one page */

struct mount_options {
    unsigned long set;         /* MS_* to be set */
    unsigned long clear;       /* MS_* that a word took back ("rw", "suid") */
    unsigned long propagation; /* one of MS_PRIVATE, MS_SLAVE, ...; MS_REC beside it; 0: default */
    uint64_t recursive_set;    /* MOUNT_ATTR_* for the whole tree ("rro") */
    uint64_t recursive_clear;
    bool bind;                 /* "bind" or "rbind" */
    bool recursive;            /* "rbind" */
    bool idmap;                /* "idmap" or "ridmap" */
    bool idmap_recursive;      /* "ridmap" */
    bool copyup;               /* "copyup" (empty bind source) or "tmpcopyup" */
    char data[MOUNT_DATA_MAX]; /* what is no known word, with commas between */
};

/* Later words win over earlier ones. ERR_INVALID when the data would not fit in a page. */
int mount_options_parse(const struct strv *words, struct mount_options *ret,
                        struct error *e) MUST_CHECK;

/* Every word that is understood, sorted. */
void mount_option_words(struct strv *ret);

/* MS_* (those that are attributes of a mount, not of a file system) as MOUNT_ATTR_*. */
uint64_t mount_attr_from_flags(unsigned long flags);
