// SPDX-License-Identifier: Apache-2.0
#include "engine/registry.h"

#include "base/log.h"
#include "engine/layers.h"

#include <string.h>

/* Not an argument: everybody can read those of a running process. */
#define CREDENTIALS "HOY_REGISTRY_CREDENTIALS"

static void add_access(const struct engine *eng, const struct registry_access *a, struct strv *args)
{
    const struct engine_config *c = &eng->config;
    const char *entry;

    strv_foreach (&c->registry_mirrors, entry) {
        strv_addf(args, "--mirror=%s", entry);
    }
    strv_foreach (&c->insecure_registries, entry) {
        strv_addf(args, "--insecure=%s", entry);
    }
    if (a->tls_any) {
        strv_add(args, "--tls-verify=false");
    }
    if (a->authfile) {
        strv_addf(args, "--authfile=%s", a->authfile);
    }
    strv_addf(args, "--retry=%lld",
              (long long) (a->retry >= 0 ? a->retry : c->download_attempts - 1));
    strv_addf(args, "--timeout=%lld", (long long) c->registry_timeout);
    if (a->creds) {
        setenv(CREDENTIALS, a->creds, 1);
    } else {
        unsetenv(CREDENTIALS);
    }
}

int engine_image_pull(struct engine *eng, const struct image_pull_options *o,
                      const struct image_progress *progress, struct error *e)
{
    CLEANUP(strv) struct strv args = STRV_INIT;
    CLEANUP(image_answer) struct image_answer answer = {0};
    struct error ignored = {0};

    strv_add(&args, "pull");
    if (o->all_tags) {
        strv_add(&args, "--all-tags");
    }
    if (o->platform) {
        strv_addf(&args, "--platform=%s", o->platform);
    }
    add_access(eng, &o->access, &args);
    strv_add(&args, "--");
    strv_add(&args, o->reference);
    int r = image_helper_run(eng, &args, &answer, progress, e);

    unsetenv(CREDENTIALS);
    /* Also after a hoy-image that was killed. */
    if (engine_images_mend(eng, &ignored) < 0) {
        log_debug("mend the image store: %s", ignored.text);
    }
    return r;
}

int engine_image_push(struct engine *eng, const struct image_push_options *o,
                      const struct image_progress *progress, struct error *e)
{
    CLEANUP(strv) struct strv args = STRV_INIT;
    CLEANUP(image_answer) struct image_answer answer = {0};

    strv_add(&args, "push");
    if (o->all_tags) {
        strv_add(&args, "--all-tags");
    }
    add_access(eng, &o->access, &args);
    strv_add(&args, "--");
    strv_add(&args, o->reference);
    int r = image_helper_run(eng, &args, &answer, progress, e);

    unsetenv(CREDENTIALS);
    return r;
}

static int session(struct engine *eng, const char *command, const char *server,
                   const struct registry_access *access, const struct image_progress *progress,
                   struct error *e)
{
    CLEANUP(strv) struct strv args = STRV_INIT;
    CLEANUP(image_answer) struct image_answer answer = {0};

    strv_add(&args, command);
    add_access(eng, access, &args);
    strv_add(&args, "--");
    strv_add(&args, server ? server : "docker.io");
    int r = image_helper_run(eng, &args, &answer, progress, e);

    unsetenv(CREDENTIALS);
    return r;
}

int engine_registry_login(struct engine *eng, const char *server,
                          const struct registry_access *access,
                          const struct image_progress *progress, struct error *e)
{
    return session(eng, "login", server, access, progress, e);
}

int engine_registry_logout(struct engine *eng, const char *server,
                           const struct registry_access *access,
                           const struct image_progress *progress, struct error *e)
{
    return session(eng, "logout", server, access, progress, e);
}
