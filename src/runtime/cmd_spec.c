// SPDX-License-Identifier: Apache-2.0
/* spec: a config.json to begin with. */
#include "base/fs.h"
#include "base/json.h"
#include "runtime/command.h"
#include "runtime/container.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

struct spec_args {
    const char *bundle;
    bool rootless;
};

static const struct arg spec_table[] = {
    ARG(STRING, 'b', "bundle", struct spec_args, bundle, "folder to write config.json to"),
    ARG(BOOL, 0, "rootless", struct spec_args, rootless, "for a user without privileges"),
    ARG_LAST,
};

/* What runc writes, in the same order: a shell that sees nothing of the host. */
static const char document[] =
    "{\"ociVersion\":\"" RUNTIME_SPEC_VERSION "\","
    "\"process\":{\"terminal\":true,\"user\":{\"uid\":0,\"gid\":0},\"args\":[\"sh\"],"
    "\"env\":[\"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\","
    "\"TERM=xterm\"],\"cwd\":\"/\",\"capabilities\":{"
    "\"bounding\":[\"CAP_AUDIT_WRITE\",\"CAP_KILL\",\"CAP_NET_BIND_SERVICE\"],"
    "\"effective\":[\"CAP_AUDIT_WRITE\",\"CAP_KILL\",\"CAP_NET_BIND_SERVICE\"],"
    "\"permitted\":[\"CAP_AUDIT_WRITE\",\"CAP_KILL\",\"CAP_NET_BIND_SERVICE\"]},"
    "\"rlimits\":[{\"type\":\"RLIMIT_NOFILE\",\"hard\":1024,\"soft\":1024}],"
    "\"noNewPrivileges\":true},"
    "\"root\":{\"path\":\"rootfs\",\"readonly\":true},"
    "\"hostname\":\"hoy\","
    "\"mounts\":["
    "{\"destination\":\"/proc\",\"type\":\"proc\",\"source\":\"proc\"},"
    "{\"destination\":\"/dev\",\"type\":\"tmpfs\",\"source\":\"tmpfs\","
    "\"options\":[\"nosuid\",\"strictatime\",\"mode=755\",\"size=65536k\"]},"
    "{\"destination\":\"/dev/pts\",\"type\":\"devpts\",\"source\":\"devpts\",\"options\":["
    "\"nosuid\",\"noexec\",\"newinstance\",\"ptmxmode=0666\",\"mode=0620\",\"gid=5\"]},"
    "{\"destination\":\"/dev/shm\",\"type\":\"tmpfs\",\"source\":\"shm\","
    "\"options\":[\"nosuid\",\"noexec\",\"nodev\",\"mode=1777\",\"size=65536k\"]},"
    "{\"destination\":\"/dev/mqueue\",\"type\":\"mqueue\",\"source\":\"mqueue\","
    "\"options\":[\"nosuid\",\"noexec\",\"nodev\"]},"
    "{\"destination\":\"/sys\",\"type\":\"sysfs\",\"source\":\"sysfs\","
    "\"options\":[\"nosuid\",\"noexec\",\"nodev\",\"ro\"]},"
    "{\"destination\":\"/sys/fs/cgroup\",\"type\":\"cgroup\",\"source\":\"cgroup\","
    "\"options\":[\"nosuid\",\"noexec\",\"nodev\",\"relatime\",\"ro\"]}],"
    "\"linux\":{\"resources\":{\"devices\":[{\"allow\":false,\"access\":\"rwm\"}]},"
    "\"namespaces\":[{\"type\":\"pid\"},{\"type\":\"network\"},{\"type\":\"ipc\"},"
    "{\"type\":\"uts\"},{\"type\":\"mount\"},{\"type\":\"cgroup\"}],"
    "\"maskedPaths\":[\"/proc/acpi\",\"/proc/asound\",\"/proc/kcore\",\"/proc/keys\","
    "\"/proc/latency_stats\",\"/proc/timer_list\",\"/proc/timer_stats\",\"/proc/sched_debug\","
    "\"/sys/firmware\",\"/proc/scsi\"],"
    "\"readonlyPaths\":[\"/proc/bus\",\"/proc/fs\",\"/proc/irq\",\"/proc/sys\","
    "\"/proc/sysrq-trigger\"]}}";

static json_t *mapping(unsigned id)
{
    json_t *list = json_array();
    json_t *one = json_object();

    json_put(one, "containerID", json_integer(0));
    json_put(one, "hostID", json_integer(id));
    json_put(one, "size", json_integer(1));
    json_push(list, one);
    return list;
}

/* A user namespace with one user in it, who may not mount sysfs anew, make groups or set limits. */
static void make_rootless(json_t *spec)
{
    json_t *linux_part = json_object_get(spec, "linux");
    json_t *namespaces = json_object_get(linux_part, "namespaces");
    json_t *mounts = json_object_get(spec, "mounts");
    json_t *user = json_object();
    json_t *one;
    size_t i;

    json_array_foreach (namespaces, i, one) {
        if (strcmp(json_str(one, "type"), "network") == 0) {
            json_array_remove(namespaces, i--);
        }
    }
    json_put(user, "type", json_text("user"));
    json_push(namespaces, user);
    json_put(linux_part, "uidMappings", mapping(geteuid()));
    json_put(linux_part, "gidMappings", mapping(getegid()));
    json_object_del(linux_part, "resources");
    json_array_foreach (mounts, i, one) {
        json_t *options = json_object_get(one, "options");

        if (strcmp(json_str(one, "destination"), "/sys") == 0) {
            json_put(one, "type", json_text("none"));
            json_put(one, "source", json_text("/sys"));
            json_array_insert_new(options, 0, json_text("rbind"));
        } else if (strcmp(json_str(one, "destination"), "/dev/pts") == 0) {
            json_array_remove(options, json_array_size(options) - 1); /* gid=5 is not mapped */
        }
    }
}

static int spec(const struct runtime *rt, void *args, int argc, char **argv, struct error *e)
{
    const struct spec_args *a = args;
    CLEANUP(json) json_t *j = json_parse(document, strlen(document), "built-in config.json", e);

    (void) rt;
    (void) argc;
    (void) argv;
    if (!j) {
        return -1;
    }
    if (a->rootless) {
        make_rootless(j);
    }
    cleanup_close int dir = fs_opendir(AT_FDCWD, a->bundle ? a->bundle : ".");

    if (dir < 0) {
        return err_sys(e, dir, "open bundle '%s'", a->bundle);
    }
    if (fs_exists(dir, "config.json")) {
        return err_set(e, ERR_EXISTS, "file config.json exists. Remove it first");
    }
    cleanup_free char *text = json_dumps(j, JSON_INDENT(4));
    int r =
        text ? fs_write_atomic(dir, "config.json", text, strlen(text), 0644, FS_VOLATILE) : -ENOMEM;

    return r < 0 ? err_sys(e, r, "write config.json") : EXIT_SUCCESS;
}

const struct runtime_command runtime_spec = {
    .name = "spec",
    .usage = "[OPTIONS]",
    .help = "write a config.json to begin with",
    .args = spec_table,
    .args_size = sizeof(struct spec_args),
    .positionals = ARGS_ANYWHERE,
    .run = spec,
};
