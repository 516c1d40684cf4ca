// SPDX-License-Identifier: Apache-2.0
/* What the specification, or the habit of runc and crun, adds to a config.json. */
#include "runtime/defaults.h"

#include <string.h>

/* What config-linux.md, "Default Devices", gives every container, terminals, and making nodes. */
static const struct {
    char type;
    int64_t major;
    int64_t minor;
    const char *access;
} device_rules[] = {
    {'c', -1, -1, "m"}, {'b', -1, -1, "m"},    {'c', 1, 3, "rwm"}, {'c', 1, 5, "rwm"},
    {'c', 1, 7, "rwm"}, {'c', 1, 8, "rwm"},    {'c', 1, 9, "rwm"}, {'c', 5, 0, "rwm"},
    {'c', 5, 2, "rwm"}, {'c', 136, -1, "rwm"},
};

static void add_rule(struct rt_resources *r, bool allow, char type, int64_t major, int64_t minor,
                     const char *access)
{
    struct rt_device_rule *rule = rt_resources_add_device_rule(r);

    rule->allow = allow;
    rule->type = type;
    rule->major = major;
    rule->minor = minor;
    memcpy(rule->access, access, strlen(access) + 1);
}

void defaults_device_rules(struct rt_resources *r)
{
    if (!r->devices_count) {
        add_rule(r, false, 'a', -1, -1, "rwm");
    }
    for (size_t i = 0; i < ARRAY_SIZE(device_rules); i++) {
        add_rule(r, true, device_rules[i].type, device_rules[i].major, device_rules[i].minor,
                 device_rules[i].access);
    }
}

void defaults_cgroup_path(char **path, const char *id)
{
    char *old = *path;

    if (old && old[0] == '/') {
        return;
    }
    *path = old && *old ? xasprintf("/%s", old) : xasprintf("/hoy-oci/%s", id);
    free(old);
}
