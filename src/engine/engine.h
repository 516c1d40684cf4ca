// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * The engine's handle: where its data lies and what /etc/hoy/hoy.json says. Opened once per
 * command; everything else in engine/ takes it as first argument. Nothing is read that a command
 * does not need: the image store and the storage driver open on first use.
 */
#include "base/error.h"
#include "image/store.h"
#include "storage/storage.h"

#include <stdbool.h>
#include <stdint.h>

/* /etc/hoy/hoy.json, keys as Docker's daemon.json where it has them. */
struct engine_config {
    char *data_root;        /* "data-root" */
    char *exec_root;        /* "exec-root": runtime state */
    char *log_level;        /* "log-level" */
    char *log_driver;       /* "log-driver": "json-file" (default) or "none" */
    int64_t log_max_size;   /* "log-opts": {"max-size": "10m"}, bytes */
    int64_t log_max_file;   /* "log-opts": {"max-file": "3"} */
    char *storage_driver;   /* "storage-driver" or NULL: chosen by looking */
    char *seccomp_profile;  /* "seccomp-profile": path, "unconfined", or NULL: the built-in one */
    char *cgroup_parent;    /* "cgroup-parent", default "/hoy" */
    int64_t shm_size;       /* "default-shm-size", bytes */
    int64_t stop_timeout;   /* "default-stop-timeout", seconds */
    bool init;              /* "init" */
    bool no_new_privileges; /* "no-new-privileges" */
    /* "registry-mirrors": Docker's list, for docker.io, or an object of lists for any registry;
     * here "DOMAIN=URL". */
    struct strv registry_mirrors;
    struct strv insecure_registries; /* "insecure-registries": HOST[:PORT] or networks */
    int64_t download_attempts;       /* "max-download-attempts" */
    int64_t registry_timeout;        /* "registry-timeout": seconds */
};

struct engine_options {
    const char *root;   /* --root; NULL: HOY_ROOT, else the configuration, else /var/lib/hoy */
    const char *state;  /* --state; NULL: HOY_STATE, else the configuration, else /run/hoy */
    const char *config; /* --config; NULL: /etc/hoy/hoy.json when there is one */
};

struct engine {
    struct engine_config config;
    char *root_path;  /* absolute */
    char *state_path; /* absolute */
    int root;         /* folder descriptors */
    int state;
    struct image_store images_; /* use engine_images() */
    struct storage storage_;    /* use engine_storage() */
    struct strv before_boot;    /* see new_boot */
    bool new_boot;              /* this command made the state folder: sweep_after_boot() is due */
    bool images_open;
    bool storage_open;
};

/*
 * Opens, making both folders (0711 and 0755) when they are missing. The command that makes the
 * state folder is the first after a boot (new_boot); before_boot then names the containers whose
 * folders were there before, which nobody can be making now, since every command opens the state
 * folder first.
 */
int engine_open(const struct engine_options *o, struct engine *ret, struct error *e) MUST_CHECK;
void engine_close(struct engine *eng);
DEFINE_CLEANUP(engine, struct engine, engine_close);

/* The image store and the storage driver, opened on first use; NULL and *e when that fails. */
const struct image_store *engine_images(struct engine *eng, struct error *e);
const struct storage *engine_storage(struct engine *eng, struct error *e);
