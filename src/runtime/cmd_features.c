// SPDX-License-Identifier: Apache-2.0
/* features: what this build understands, whatever the host offers (features.md, features-linux.md).
 */
#include "base/json.h"
#include "oci/mountflags.h"
#include "oci/seccomp.h"
#include "runtime/command.h"
#include "runtime/container.h"
#include "spec/capability.h"

#include <stdio.h>

static json_t *take_list(struct strv *v)
{
    json_t *j = json_from_strv(v);

    strv_done(v);
    return j;
}

static json_t *hooks(void)
{
    json_t *j = json_array();

    for (int k = 0; k < RT_HOOK_COUNT; k++) {
        json_push(j, json_text(rt_hook_name((enum rt_hook_kind) k)));
    }
    return j;
}

static json_t *mount_options(void)
{
    struct strv words = STRV_INIT;

    mount_option_words(&words);
    return take_list(&words);
}

static json_t *namespaces(void)
{
    struct strv names = STRV_INIT;

    for (int t = 0; t < RT_NS_COUNT; t++) {
        strv_add(&names, rt_namespace_name((enum rt_namespace_type) t));
    }
    strv_sort(&names);
    return take_list(&names);
}

static json_t *capabilities(void)
{
    json_t *j = json_array();

    for (int cap = 0; cap < 64; cap++) {
        if (cap_to_string(cap)) {
            json_push(j, json_text(cap_to_string(cap)));
        }
    }
    return j;
}

static json_t *seccomp(void)
{
    struct strv actions = STRV_INIT;
    struct strv operators = STRV_INIT;
    struct strv flags = STRV_INIT;
    json_t *j = json_object();

    seccomp_words(&actions, &operators, &flags);
    json_put(j, "enabled", json_true());
    json_put(j, "actions", take_list(&actions));
    json_put(j, "operators", take_list(&operators));
    json_put(j, "knownFlags", json_from_strv(&flags));
    json_put(j, "supportedFlags", take_list(&flags));
    return j;
}

static json_t *enabled(bool is)
{
    json_t *j = json_object();

    json_put(j, "enabled", json_boolean(is));
    return j;
}

static json_t *cgroup(void)
{
    json_t *j = json_object();

    json_put(j, "v1", json_true());
    json_put(j, "v2", json_true());
    json_put(j, "systemd", json_false());
    json_put(j, "systemdUser", json_false());
    json_put(j, "rdma", json_true());
    return j;
}

static int features(const struct runtime *rt, void *args, int argc, char **argv, struct error *e)
{
    CLEANUP(json) json_t *j = json_object();
    json_t *on_linux = json_object();
    json_t *extensions = json_object();
    json_t *annotations = json_object();

    (void) rt;
    (void) args;
    (void) argc;
    (void) argv;
    json_put(j, "ociVersionMin", json_text("1.0.0"));
    json_put(j, "ociVersionMax", json_text(RUNTIME_SPEC_VERSION));
    json_put(j, "hooks", hooks());
    json_put(j, "mountOptions", mount_options());
    json_put(on_linux, "namespaces", namespaces());
    json_put(on_linux, "capabilities", capabilities());
    json_put(on_linux, "cgroup", cgroup());
    json_put(on_linux, "seccomp", seccomp());
    json_put(on_linux, "apparmor", enabled(true));
    json_put(on_linux, "selinux", enabled(true));
    json_put(extensions, "idmap", enabled(true));
    json_put(on_linux, "mountExtensions", extensions);
    json_put(j, "linux", on_linux);
    json_put(annotations, "org.opencontainers.runc.checkpoint.enabled", json_text("false"));
    json_put(annotations, "run.oci.hoy.version", json_text(HOY_VERSION));
    json_put(j, "annotations", annotations);
    cleanup_free char *text = json_dumps(j, JSON_INDENT(4));

    if (!text) {
        return err_set(e, ERR_INTERNAL, "print features");
    }
    printf("%s\n", text);
    return EXIT_SUCCESS;
}

const struct runtime_command runtime_features = {
    .name = "features",
    .usage = "",
    .help = "print what this runtime understands, as JSON",
    .positionals = ARGS_ANYWHERE,
    .run = features,
};
