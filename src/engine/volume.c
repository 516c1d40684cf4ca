// SPDX-License-Identifier: Apache-2.0
#include "engine/volume.h"

#include "base/fs.h"
#include "base/json.h"
#include "base/timeutil.h"

#include <ctype.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define VOLUME_NAME_MAX 200

int volume_name_check(const char *name, struct error *e)
{
    size_t n = strlen(name);
    bool good = n >= 2 && isalnum((unsigned char) name[0]);

    for (size_t i = 1; good && i < n; i++) {
        good = isalnum((unsigned char) name[i]) || strchr("_.-", name[i]) != NULL;
    }
    if (!good) {
        return err_set(e, ERR_INVALID,
                       "create %s: \"%s\" includes invalid characters for a local volume name, "
                       "only \"[a-zA-Z0-9][a-zA-Z0-9_.-]\" are allowed. If you intended to pass a "
                       "host directory, use absolute path",
                       name, name);
    }
    if (n > VOLUME_NAME_MAX) {
        return err_set(e, ERR_INVALID,
                       "create volume: name of %zu characters is over the limit of %d", n,
                       VOLUME_NAME_MAX);
    }
    return 0;
}

/* Makes volumes/<name> with its parts under a temporary name, then renames: all or nothing. */
static int volume_make(int volumes, const char *name, bool anonymous)
{
    char tmp[VOLUME_NAME_MAX + 32];
    char date[40];

    snprintf(tmp, sizeof(tmp), ".new.%d.%s", (int) getpid(), name);
    (void) fs_remove_tree(volumes, tmp);
    if (mkdirat(volumes, tmp, 0701) < 0) {
        return -errno;
    }
    cleanup_close int dir = fs_opendir(volumes, tmp);
    json_t *j = json_object();

    json_put(j, "CreatedAt", json_text(time_format(time_now(), date, sizeof(date))));
    json_put(j, "Anonymous", json_boolean(anonymous));
    cleanup_free char *text = json_dump(j);

    json_decref(j);
    int r = dir < 0 ? dir : 0;

    if (r == 0 && mkdirat(dir, "_data", 0755) < 0) {
        r = -errno;
    }
    if (r == 0) {
        r = fs_write_atomic(dir, "volume.json", text, strlen(text), 0600, FS_DURABLE);
    }
    if (r == 0 && renameat2(volumes, tmp, volumes, name, RENAME_NOREPLACE) < 0) {
        r = -errno;
    }
    if (r < 0) {
        (void) fs_remove_tree(volumes, tmp);
        return r;
    }
    return fs_sync_dir(volumes);
}

int volume_ensure(struct engine *eng, const char *name, bool anonymous, char **ret_path,
                  bool *ret_made, struct error *e)
{
    char data[VOLUME_NAME_MAX + sizeof("/_data")];

    if (volume_name_check(name, e) < 0) {
        return -1;
    }
    cleanup_close int volumes = fs_opendir_make(eng->root, "volumes", 0701);

    if (volumes < 0) {
        return err_sys(e, volumes, "open the volumes folder");
    }
    snprintf(data, sizeof(data), "%s/_data", name);
    bool made = !fs_exists(volumes, data);

    if (made) {
        int r = volume_make(volumes, name, anonymous);

        if (r == -EEXIST) {
            made = false;
        } else if (r < 0) {
            return err_sys(e, r, "create volume '%s'", name);
        }
    }
    *ret_path = xasprintf("%s/volumes/%s/_data", eng->root_path, name);
    if (ret_made) {
        *ret_made = made;
    }
    return 0;
}

int volume_remove(struct engine *eng, const char *name, struct error *e)
{
    char tmp[VOLUME_NAME_MAX + 32];

    if (volume_name_check(name, e) < 0) {
        return -1;
    }
    cleanup_close int volumes = fs_opendir(eng->root, "volumes");

    if (volumes == -ENOENT) {
        return err_set(e, ERR_NOT_FOUND, "get %s: no such volume", name);
    }
    if (volumes < 0) {
        return err_sys(e, volumes, "open the volumes folder");
    }
    /* Out of sight by one rename, then removed at leisure. */
    snprintf(tmp, sizeof(tmp), ".old.%d.%s", (int) getpid(), name);
    if (renameat(volumes, name, volumes, tmp) < 0) {
        if (errno == ENOENT) {
            return err_set(e, ERR_NOT_FOUND, "get %s: no such volume", name);
        }
        return err_sys(e, errno, "remove volume '%s'", name);
    }
    int r = fs_remove_tree(volumes, tmp);

    return r < 0 ? err_sys(e, r, "remove volume '%s'", name) : 0;
}
