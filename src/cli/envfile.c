// SPDX-License-Identifier: Apache-2.0
#include "cli/envfile.h"

#include "base/fd.h"
#include "template/gotext.h"

#include <ctype.h>
#include <fcntl.h>
#include <string.h>

#define FILE_MAX_BYTES (16u << 20)
#define LINE_MAX_BYTES 65536 /* Go's Scanner reads no longer line */

static bool is_utf8(const char *s, size_t n)
{
    uint32_t r;

    while (n) {
        size_t len = utf8_decode(s, n, &r);

        if (r == RUNE_ERROR && len == 1) {
            return false;
        }
        s += len;
        n -= len;
    }
    return true;
}

int env_check(const char *value, char **ret, struct error *e)
{
    const char *host;

    if (!*value || *value == '=') {
        return err_set(e, ERR_INVALID, "invalid environment variable: %s", value);
    }
    if (!strchr(value, '=') && (host = getenv(value))) {
        *ret = xasprintf("%s=%s", value, host);
    }
    return 0;
}

int label_check(const char *value, char **ret, struct error *e)
{
    (void) ret;
    if (!*value || *value == '=') {
        return err_set(e, ERR_INVALID, "invalid label '%s': empty name", value);
    }
    if (!is_utf8(value, strlen(value))) {
        return err_set(e, ERR_INVALID, "invalid label '%s': no UTF-8", value);
    }
    return 0;
}

/* One line of a file. "KEY" alone takes its value from our environment, and is no label. */
static int file_line(char *line, bool env, struct strv *ret, struct error *e)
{
    char *eq;
    const char *host;

    line += strspn(line, " \t\r\v\f");
    if (!*line || *line == '#') {
        return 0;
    }
    eq = strchr(line, '=');
    if (eq == line) {
        return err_set(e, ERR_INVALID, "no variable name on line '%s'", line);
    }
    cleanup_free char *key = eq ? xstrndup(line, (size_t) (eq - line)) : xstrdup(line);

    for (const char *p = key; *p; p++) {
        if (isspace((unsigned char) *p)) {
            return err_set(e, ERR_INVALID, "variable '%s' contains whitespaces", key);
        }
    }
    if (eq) {
        strv_add(ret, line);
    } else if (env && (host = getenv(key))) {
        strv_addf(ret, "%s=%s", key, host);
    }
    return 0; /* a key alone, without a value to be had: nothing, as with Docker */
}

static int read_lines(char *text, bool env, struct strv *ret, struct error *e)
{
    size_t number = 0;

    if (strncmp(text, "\xef\xbb\xbf", 3) == 0) {
        text += 3;
    }
    while (text && *text) {
        char *line = strsep(&text, "\n");
        size_t n = strlen(line);

        number++;
        if (n && line[n - 1] == '\r') {
            line[--n] = '\0';
        }
        if (n > LINE_MAX_BYTES) {
            return err_set(e, ERR_INVALID, "line %zu is longer than %d bytes", number,
                           LINE_MAX_BYTES);
        }
        if (!is_utf8(line, n)) {
            return err_set(e, ERR_INVALID, "invalid utf8 bytes at line %zu", number);
        }
        if (file_line(line, env, ret, e) < 0) {
            return -1;
        }
    }
    return 0;
}

static int read_file(const char *path, bool env, struct strv *ret, struct error *e)
{
    cleanup_free char *text = NULL;
    char cause[100];
    size_t n;
    int r = file_read(AT_FDCWD, path, FILE_MAX_BYTES, &text, &n);

    if (r < 0) {
        return err_set(e, ERR_INVALID, "%s %s: %s", r == -EISDIR || r == -EFBIG ? "read" : "open",
                       path, err_cause(r, cause, sizeof(cause)));
    }
    if (strlen(text) != n) {
        return err_set(e, ERR_INVALID, "invalid %s file (%s): it holds a NUL byte",
                       env ? "env" : "label", path);
    }
    if (read_lines(text, env, ret, e) < 0) {
        cleanup_free char *why = xstrdup(e->text);

        return err_set(e, ERR_INVALID, "invalid %s file (%s): %s", env ? "env" : "label", path,
                       why);
    }
    return 0;
}

int env_collect(const struct strv *files, const struct strv *options, struct strv *ret,
                struct error *e)
{
    CLEANUP(strv) struct strv all = STRV_INIT;
    char *item;

    strv_foreach (files, item) {
        if (read_file(item, true, &all, e) < 0) {
            return -1;
        }
    }
    strv_extend(&all, options);
    strv_foreach (&all, item) {
        if (strchr(item, '=')) {
            env_set(ret, item);
        } else {
            env_unset(ret, item);
            strv_add(ret, item);
        }
    }
    return 0;
}

int label_collect(const struct strv *files, const struct strv *options, json_t *ret,
                  struct error *e)
{
    CLEANUP(strv) struct strv all = STRV_INIT;
    char *item;

    strv_foreach (files, item) {
        if (read_file(item, false, &all, e) < 0) {
            return -1;
        }
    }
    strv_extend(&all, options);
    strv_foreach (&all, item) {
        char *eq = strchr(item, '=');

        if (eq) {
            *eq = '\0';
        }
        json_put(ret, item, json_text(eq ? eq + 1 : ""));
    }
    return 0;
}
