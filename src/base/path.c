// SPDX-License-Identifier: Apache-2.0
#include "base/path.h"

#include "base/strbuf.h"
#include "base/strv.h"

#include <limits.h>
#include <stdint.h>
#include <string.h>

char *path_join(const char *dir, const char *name)
{
    size_t n = strlen(dir);

    while (n > 1 && dir[n - 1] == '/') {
        n--;
    }
    while (*name == '/') {
        name++;
    }
    return xasprintf("%.*s%s%s", (int) n, dir, n && dir[n - 1] == '/' ? "" : "/", name);
}

char *path_clean(const char *path)
{
    CLEANUP(strv) struct strv parts = STRV_INIT;
    CLEANUP(strv) struct strv kept = STRV_INIT;
    bool absolute = path_is_absolute(path);
    char *part;

    strv_split(&parts, path, "/");
    strv_foreach (&parts, part) {
        if (strcmp(part, ".") == 0) {
            continue;
        }
        if (strcmp(part, "..") == 0) {
            if (kept.count && strcmp(kept.items[kept.count - 1], "..") != 0) {
                strv_remove(&kept, kept.count - 1);
                continue;
            }
            if (absolute) {
                continue;
            }
        }
        strv_add(&kept, part);
    }
    cleanup_free char *joined = strv_join(&kept, "/");

    if (absolute) {
        return xasprintf("/%s", joined);
    }
    return xstrdup(*joined ? joined : ".");
}

char *path_absolute(const char *s)
{
    if (path_is_absolute(s)) {
        return path_clean(s);
    }
    cleanup_free char *cwd = getcwd(NULL, 0);

    if (!cwd) {
        return NULL;
    }
    cleanup_free char *joined = path_join(cwd, s);

    return path_clean(joined);
}

const char *path_base(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash ? slash + 1 : path;
}

char *path_dir(const char *path)
{
    const char *slash = strrchr(path, '/');

    if (!slash) {
        return xstrdup(".");
    }
    return slash == path ? xstrdup("/") : xstrndup(path, (size_t) (slash - path));
}

bool path_is_below(const char *path, const char *dir)
{
    size_t n = strlen(dir);

    if (strcmp(dir, "/") == 0) {
        return path_is_absolute(path);
    }
    return strncmp(path, dir, n) == 0 && (path[n] == '/' || path[n] == '\0');
}
