// SPDX-License-Identifier: Apache-2.0
#pragma once
/* What an entry says about a file beside its content, and how it gets there. */
#include "transfer/layer_state.h"
#include "transfer/tar_read.h"

#include <sys/stat.h>
#include <time.h>

#define XATTR_ACL_DEFAULT "system.posix_acl_default"

struct layer_meta {
    uid_t uid;
    gid_t gid;
    mode_t mode; /* permission bits with setuid, setgid, sticky */
    struct timespec times[2];
};

/* ERR_INVALID for owners that do not fit into 32 bits. */
int layer_meta_read(struct archive_entry *entry, struct layer_meta *ret,
                    struct error *e) MUST_CHECK;

/* Owner, attributes, mode; in this order, since a new owner takes capabilities and setuid away. */
int layer_meta_set_fd(struct layer_apply *la, struct archive_entry *entry,
                      const struct layer_meta *m, int fd, struct error *e) MUST_CHECK;
/* The same, and times, for what must not be opened: links (without mode), devices, pipes. */
int layer_meta_set_at(struct layer_apply *la, struct archive_entry *entry,
                      const struct layer_meta *m, int dirfd, const char *name,
                      struct error *e) MUST_CHECK;

/*
 * Attributes that steer the machine rather than the image: overlayfs would take a redirect or an
 * opaque mark from an archive as its own (we write those ourselves, from whiteouts), trusted.hoy
 * is what the store remembers about a layer, and SELinux labels are the host's policy.
 */
bool layer_xattr_is_hosts(const char *name);

/* Remembers a folder, for layer_dirs_finish(). */
int layer_dir_remember(struct layer_apply *la, const char *path, struct archive_entry *entry,
                       const struct layer_meta *m, struct error *e) MUST_CHECK;
/* Sets the times (and default ACLs) of all that are still there. */
int layer_dirs_finish(struct layer_apply *la, struct error *e) MUST_CHECK;
void layer_dirs_free(struct layer_apply *la);
