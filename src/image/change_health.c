// SPDX-License-Identifier: Apache-2.0
/* HEALTHCHECK [--interval=D] [--timeout=D] [--start-period=D] [--start-interval=D] [--retries=N]
 *             NONE | CMD command */
#include "image/change.h"

#include "base/parse.h"
#include "base/timeutil.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

static const struct {
    const char *flag;
    const char *key;
} durations[] = {
    {"interval", "Interval"},
    {"timeout", "Timeout"},
    {"start-period", "StartPeriod"},
    {"start-interval", "StartInterval"},
};

static const char *duration_key(const char *flag, size_t n)
{
    for (size_t i = 0; i < ARRAY_SIZE(durations); i++) {
        if (strlen(durations[i].flag) == n && strncmp(flag, durations[i].flag, n) == 0) {
            return durations[i].key;
        }
    }
    return NULL;
}

static int set_duration(json_t *check, const char *key, const char *flag, int name_len,
                        const char *value, struct error *e)
{
    int64_t ns;

    if (!*value) {
        return 0;
    }
    if (parse_duration(value, &ns) < 0) {
        return err_set(e, ERR_INVALID, "time: invalid duration \"%s\"", value);
    }
    if (ns < NS_PER_SEC / 1000) {
        return err_set(e, ERR_INVALID, "Interval \"%.*s\" cannot be less than 1ms", name_len, flag);
    }
    json_put(check, key, json_integer(ns));
    return 0;
}

static int set_retries(json_t *check, const char *value, struct error *e)
{
    int64_t n;

    if (!*value) {
        return 0;
    }
    if (parse_i64(value, &n) < 0 || n > INT32_MAX || n < INT32_MIN) {
        return err_set(e, ERR_INVALID, "strconv.ParseInt: parsing \"%s\": invalid syntax", value);
    }
    if (n < 1) {
        return err_set(e, ERR_INVALID, "--retries must be at least 1 (not %lld)", (long long) n);
    }
    json_put(check, "Retries", json_integer(n));
    return 0;
}

/* One "--name=value". */
static int set_flag(json_t *check, const char *flag, struct error *e)
{
    size_t n = strcspn(flag, "=");
    const char *key = duration_key(flag, n);
    bool retries = n == 7 && strncmp(flag, "retries", n) == 0;

    if (!key && !retries) {
        return err_set(e, ERR_INVALID, "Unknown flag: %.*s", (int) n, flag);
    }
    if (!flag[n]) {
        return err_set(e, ERR_INVALID, "Missing a value on flag: %.*s", (int) n, flag);
    }
    return retries ? set_retries(check, flag + n + 1, e)
                   : set_duration(check, key, flag, (int) n, flag + n + 1, e);
}

static int set_test(json_t *check, const char *args, struct error *e)
{
    CLEANUP(strv) struct strv argv = STRV_INIT;
    CLEANUP(strv) struct strv test = STRV_INIT;
    bool is_json;

    if (change_command(args, &argv, &is_json, e) < 0) {
        return -1;
    }
    if (argv.count == 0) {
        return err_set(e, ERR_INVALID, "Missing command after HEALTHCHECK CMD");
    }
    strv_add(&test, is_json ? "CMD" : "CMD-SHELL");
    strv_extend(&test, &argv);
    json_put(check, "Test", json_from_strv(&test));
    return 0;
}

int change_healthcheck(struct change *c, struct error *e)
{
    CLEANUP(json) json_t *check = json_object();
    const char *s = c->args;

    json_put(check, "Test", json_array()); /* first among the keys, as Docker has it */
    while (strncmp(s, "--", 2) == 0) {
        size_t n = strcspn(s, " \t\v\f\r");
        cleanup_free char *flag = xstrndup(s + 2, n - 2);

        if (set_flag(check, flag, e) < 0) {
            return -1;
        }
        s += n + strspn(s + n, " \t\v\f\r");
    }
    size_t n = strcspn(s, " \t\v\f\r");
    const char *rest = s + n + strspn(s + n, " \t\v\f\r");

    if (n == 0) {
        return err_set(e, ERR_INVALID, "HEALTHCHECK requires at least one argument");
    }
    if (n == 4 && strncasecmp(s, "NONE", n) == 0) {
        if (*rest) {
            return err_set(e, ERR_INVALID, "HEALTHCHECK NONE takes no arguments");
        }
        json_put(c->run, "Healthcheck", json_pack("{s:[s]}", "Test", "NONE"));
        return 0;
    }
    if (n != 3 || strncasecmp(s, "CMD", n) != 0) {
        return err_set(e, ERR_INVALID, "Unknown type \"%.*s\" in HEALTHCHECK (try CMD)", (int) n,
                       s);
    }
    if (set_test(check, rest, e) < 0) {
        return -1;
    }
    json_put(c->run, "Healthcheck", json_incref(check));
    return 0;
}
