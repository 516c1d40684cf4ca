// SPDX-License-Identifier: Apache-2.0
/* 'info' and 'version'. */
#include "base/fd.h"
#include "base/fs.h"
#include "base/rand.h"
#include "base/timeutil.h"
#include "engine/inspect.h"
#include "engine/list.h"
#include "oci/cgroup.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>

static void put_str(json_t *obj, const char *key, const char *value)
{
    json_put(obj, key, json_text(value ? value : ""));
}

/* A value of /etc/os-release without its quotes; the caller frees it. */
static char *os_release(const char *key)
{
    cleanup_free char *text = NULL;
    size_t len = strlen(key);

    if (file_read(AT_FDCWD, "/etc/os-release", 65536, &text, NULL) < 0) {
        return xstrdup("");
    }
    for (char *line = text; line && *line; line = strchr(line, '\n')) {
        line += *line == '\n';
        if (strncmp(line, key, len) == 0 && line[len] == '=') {
            char *value = line + len + 1;

            value += *value == '"';
            return xstrndup(value, strcspn(value, "\"\n"));
        }
    }
    return xstrdup("");
}

static const char *go_arch(const struct utsname *u)
{
    return strcmp(u->machine, "x86_64") == 0    ? "amd64"
           : strcmp(u->machine, "aarch64") == 0 ? "arm64"
                                                : u->machine;
}

static int put_counts(struct engine *eng, json_t *j, struct error *e)
{
    struct list_options all = {.all = true};
    struct container *list = NULL;
    struct image *images = NULL;
    size_t count = 0, image_count = 0;
    int64_t running = 0, paused = 0;

    if (ctr_list(eng, &all, &list, &count, e) < 0 ||
        engine_image_list(eng, NULL, &images, &image_count, e) < 0) {
        ctr_list_free(list, count);
        return -1;
    }
    for (size_t i = 0; i < count; i++) {
        running += list[i].state.status == CTR_RUNNING;
        paused += list[i].state.status == CTR_PAUSED;
    }
    ctr_list_free(list, count);
    image_list_free(images, image_count);
    json_put(j, "Containers", json_integer((json_int_t) count));
    json_put(j, "ContainersRunning", json_integer(running));
    json_put(j, "ContainersPaused", json_integer(paused));
    json_put(j, "ContainersStopped", json_integer((json_int_t) count - running - paused));
    json_put(j, "Images", json_integer((json_int_t) image_count));
    return 0;
}

static void put_host(json_t *j)
{
    CLEANUP(strv) struct strv controllers = STRV_INIT;
    cleanup_free char *os = os_release("PRETTY_NAME");
    cleanup_free char *version = os_release("VERSION_ID");
    struct sysinfo si;
    struct utsname u;
    char now[40];

    uname(&u);
    sysinfo(&si);
    (void) cgroup_controllers(&controllers);
    json_put(j, "MemoryLimit", json_boolean(strv_contains(&controllers, "memory")));
    json_put(j, "CPUSet", json_boolean(strv_contains(&controllers, "cpuset")));
    json_put(j, "CPUShares", json_boolean(strv_contains(&controllers, "cpu")));
    json_put(j, "PidsLimit", json_boolean(strv_contains(&controllers, "pids")));
    put_str(j, "SystemTime", time_format(time_now(), now, sizeof(now)));
    put_str(j, "CgroupDriver", cgroup_host_mode() == CGROUP_MODE_NONE ? "none" : "cgroupfs");
    put_str(j, "CgroupVersion", cgroup_version());
    put_str(j, "KernelVersion", u.release);
    put_str(j, "OperatingSystem", os);
    put_str(j, "OSVersion", version);
    put_str(j, "OSType", "linux");
    put_str(j, "Architecture", u.machine);
    json_put(j, "NCPU", json_integer(sysconf(_SC_NPROCESSORS_ONLN)));
    json_put(j, "MemTotal", json_integer((json_int_t) si.totalram * si.mem_unit));
    put_str(j, "Name", u.nodename);
}

/* What tells this store from others, made when somebody asks first: a random UUID (RFC 9562). */
static int put_id(struct engine *eng, json_t *j, struct error *e)
{
    cleanup_free char *id = NULL;
    char hex[33];
    int r = file_read(eng->root, "engine-id", 64, &id, NULL);

    if (r == -ENOENT && (r = rand_hex(hex, sizeof(hex))) == 0) {
        id = xasprintf("%.8s-%.4s-4%.3s-%c%.3s-%.12s", hex, hex + 8, hex + 13, "89ab"[hex[16] & 3],
                       hex + 17, hex + 20);
        r = fs_write_atomic(eng->root, "engine-id", id, strlen(id), 0600, FS_DURABLE);
    }
    if (r < 0) {
        return err_sys(e, r, "identify the data folder '%s'", eng->root_path);
    }
    put_str(j, "ID", id);
    return 0;
}

json_t *engine_info(struct engine *eng, struct error *e)
{
    const struct storage *s = engine_storage(eng, e);
    json_t *j = json_object();

    if (!s || put_id(eng, j, e) < 0 || put_counts(eng, j, e) < 0) {
        json_decref(j);
        return NULL;
    }
    put_str(j, "Driver", storage_driver_name(s));
    json_put(j, "DriverStatus",
             json_pack("[[s, s]]", "Chosen because", s->reason ? s->reason : "configured"));
    json_put(j, "LoggingDriver", json_text(eng->config.log_driver));
    put_host(j);
    put_str(j, "DockerRootDir", eng->root_path);
    put_str(j, "StateDir", eng->state_path);
    put_str(j, "ServerVersion", HOY_VERSION);
    put_str(j, "DefaultRuntime", "hoy");
    json_put(j, "SecurityOptions", json_pack("[s]", "name=seccomp,profile=builtin"));
    json_put(j, "Warnings", json_null());
    return j;
}

json_t *engine_version(void)
{
    struct utsname u;

    uname(&u);
    return json_pack("{s:{s:s, s:s, s:s}, s:{s:s, s:s, s:s, s:s}}", "Client", "Version",
                     HOY_VERSION, "Os", "linux", "Arch", go_arch(&u), "Server", "Version",
                     HOY_VERSION, "Os", "linux", "Arch", go_arch(&u), "KernelVersion", u.release);
}
