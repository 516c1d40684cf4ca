// SPDX-License-Identifier: Apache-2.0
/* A user's profile in Docker's format (--security-opt seccomp=FILE); every field is checked. */
#include "base/json.h"
#include "oci/caps.h"
#include "oci/seccomp.h"
#include "oci/seccomp_internal.h"

#include <linux/seccomp.h>
#include <seccomp.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

#define WAIT_KILLABLE_RECV (1u << 5) /* Linux 5.19 */

/* Architectures of the specification that an older libseccomp has no name for: nothing here can
 * make their calls. */
static const char *const foreign_arches[] = {"loongarch64", "m68k", "sh", "sheb"};

struct named {
    const char *name;
    uint32_t value;
};

static const struct named actions[] = {
    {"SCMP_ACT_ALLOW", SCMP_ACT_ALLOW},
    {"SCMP_ACT_ERRNO", SCMP_ACT_ERRNO(0)},
    {"SCMP_ACT_KILL", SCMP_ACT_KILL_THREAD},
    {"SCMP_ACT_KILL_PROCESS", SCMP_ACT_KILL_PROCESS},
    {"SCMP_ACT_KILL_THREAD", SCMP_ACT_KILL_THREAD},
    {"SCMP_ACT_LOG", SCMP_ACT_LOG},
    {"SCMP_ACT_NOTIFY", SCMP_ACT_NOTIFY},
    {"SCMP_ACT_TRACE", SCMP_ACT_TRACE(0)},
    {"SCMP_ACT_TRAP", SCMP_ACT_TRAP},
};

static const struct named operators[] = {
    {"SCMP_CMP_NE", SCMP_CMP_NE},
    {"SCMP_CMP_LT", SCMP_CMP_LT},
    {"SCMP_CMP_LE", SCMP_CMP_LE},
    {"SCMP_CMP_EQ", SCMP_CMP_EQ},
    {"SCMP_CMP_GE", SCMP_CMP_GE},
    {"SCMP_CMP_GT", SCMP_CMP_GT},
    {"SCMP_CMP_MASKED_EQ", SCMP_CMP_MASKED_EQ},
};

static const struct named filter_flags[] = {
    {"SECCOMP_FILTER_FLAG_TSYNC", 0}, /* we have one thread */
    {"SECCOMP_FILTER_FLAG_LOG", SECCOMP_FILTER_FLAG_LOG},
    {"SECCOMP_FILTER_FLAG_SPEC_ALLOW", SECCOMP_FILTER_FLAG_SPEC_ALLOW},
    {"SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV", WAIT_KILLABLE_RECV},
};

static int lookup(const struct named *table, size_t count, const char *where, const char *key,
                  const char *name, uint32_t *ret, struct error *e)
{
    for (size_t i = 0; i < count; i++) {
        if (name && strcmp(table[i].name, name) == 0) {
            *ret = table[i].value;
            return 0;
        }
    }
    return err_set(e, ERR_INVALID, "%s.%s: unknown value '%s'", where, key, name ? name : "");
}

/* An action and the errno that goes with it; Docker's default is EPERM. */
static int get_action(const json_t *obj, const char *where, const char *key, const char *errno_key,
                      uint32_t *ret, struct error *e)
{
    cleanup_free char *name = NULL;
    int64_t errnum = EPERM;

    if (json_get_string(obj, where, key, &name, e) < 0 ||
        json_get_i64(obj, where, errno_key, &errnum, e) < 0 ||
        lookup(actions, ARRAY_SIZE(actions), where, key, name, ret, e) < 0) {
        return -1;
    }
    if (errnum < 0 || errnum > 4095) {
        return err_set(e, ERR_INVALID, "%s.%s: not an errno", where, errno_key);
    }
    if (*ret == SCMP_ACT_ERRNO(0)) {
        *ret = SCMP_ACT_ERRNO((uint32_t) errnum);
    } else if (*ret == SCMP_ACT_TRACE(0)) {
        *ret = SCMP_ACT_TRACE((uint32_t) errnum);
    } else if (json_is_integer(json_object_get(obj, errno_key))) {
        return err_set(e, ERR_INVALID, "%s.%s: %s takes no errno", where, errno_key, name);
    }
    return 0;
}

static int add_arch(struct seccomp_rules *r, const char *where, const char *name, struct error *e)
{
    char lower[32];
    size_t n = 0;

    if (strncmp(name, "SCMP_ARCH_", 10) == 0) {
        for (const char *p = name + 10; *p && n < sizeof(lower) - 1; p++) {
            lower[n++] = *p >= 'A' && *p <= 'Z' ? (char) (*p - 'A' + 'a') : *p;
        }
    }
    lower[n] = '\0';
    uint32_t arch = seccomp_arch_resolve_name(lower);

    for (size_t i = 0; !arch && i < ARRAY_SIZE(foreign_arches); i++) {
        if (strcmp(lower, foreign_arches[i]) == 0) {
            return 0;
        }
    }
    if (!arch) {
        return err_set(e, ERR_INVALID, "%s: unknown architecture '%s'", where, name);
    }
    if (r->arches_count < ARRAY_SIZE(r->arches)) {
        r->arches[r->arches_count++] = arch;
    }
    return 0;
}

static int add_arches(struct seccomp_rules *r, const char *where, const struct strv *names,
                      struct error *e)
{
    char *name;

    strv_foreach (names, name) {
        if (add_arch(r, where, name, e) < 0) {
            return -1;
        }
    }
    return 0;
}

/* archMap: the entry of this machine's architecture brings its sub-architectures. */
static int parse_arch_map(const json_t *map, struct seccomp_rules *r, struct error *e)
{
    size_t i;
    json_t *entry;

    json_array_foreach (map, i, entry) {
        CLEANUP(strv) struct strv subs = STRV_INIT;
        cleanup_free char *name = NULL;
        struct seccomp_rules one = {0};

        if (json_get_string(entry, "archMap", "architecture", &name, e) < 0 ||
            json_get_strv(entry, "archMap", "subArchitectures", &subs, e) < 0 ||
            add_arch(&one, "archMap.architecture", name ? name : "", e) < 0) {
            return -1;
        }
        if (one.arches[0] == seccomp_arch_native() &&
            add_arches(r, "archMap.subArchitectures", &subs, e) < 0) {
            return -1;
        }
    }
    return 0;
}

static int parse_arches(const json_t *root, struct seccomp_rules *r, struct error *e)
{
    CLEANUP(strv) struct strv names = STRV_INIT;
    json_t *map = NULL;

    if (json_get_strv(root, "profile", "architectures", &names, e) < 0 ||
        json_get_array(root, "profile", "archMap", &map, e) < 0) {
        return -1;
    }
    if (names.count && map && json_array_size(map)) {
        return err_set(e, ERR_INVALID,
                       "profile: both 'architectures' and 'archMap' are given, use either");
    }
    if (add_arches(r, "profile.architectures", &names, e) < 0) {
        return -1;
    }
    return map ? parse_arch_map(map, r, e) : 0;
}

static int kernel_is_at_least(const char *where, const char *text, bool *ret, struct error *e)
{
    struct utsname u;
    unsigned want[2];
    unsigned have[2] = {0, 0};
    char rest;

    if (sscanf(text, "%u.%u%c", &want[0], &want[1], &rest) != 2) {
        return err_set(e, ERR_INVALID, "%s.minKernel: expected a version like 4.8, not '%s'", where,
                       text);
    }
    if (uname(&u) == 0) {
        (void) sscanf(u.release, "%u.%u", &have[0], &have[1]);
    }
    *ret = have[0] > want[0] || (have[0] == want[0] && have[1] >= want[1]);
    return 0;
}

struct condition {
    bool caps_all, caps_any; /* all, or any, of the named capabilities are there */
    bool arch;               /* this machine's is named, or none is */
    bool has_caps, has_arches, has_kernel;
    bool kernel;
};

static int parse_condition(const json_t *rule, const char *key, uint64_t capabilities,
                           struct condition *ret, struct error *e)
{
    CLEANUP(strv) struct strv caps = STRV_INIT;
    CLEANUP(strv) struct strv arches = STRV_INIT;
    cleanup_free char *kernel = NULL;
    json_t *obj = NULL;
    char *name;

    *ret = (struct condition){.caps_all = true};
    if (json_get_object(rule, "syscalls", key, &obj, e) < 0) {
        return -1;
    }
    if (!obj) {
        return 0;
    }
    if (json_get_strv(obj, key, "caps", &caps, e) < 0 ||
        json_get_strv(obj, key, "arches", &arches, e) < 0 ||
        json_get_string(obj, key, "minKernel", &kernel, e) < 0) {
        return -1;
    }
    strv_foreach (&caps, name) {
        int cap = cap_from_string(name);
        /* Unknown here: a container cannot have it. */
        bool has = cap >= 0 && capabilities & UINT64_C(1) << cap;

        ret->caps_all = ret->caps_all && has;
        ret->caps_any = ret->caps_any || has;
    }
    strv_foreach (&arches, name) {
        ret->arch = ret->arch || seccomp_arch_is_native(name);
    }
    ret->has_caps = caps.count;
    ret->has_arches = arches.count;
    ret->has_kernel = kernel && *kernel;
    return ret->has_kernel ? kernel_is_at_least(key, kernel, &ret->kernel, e) : 0;
}

static int rule_applies(const json_t *rule, uint64_t capabilities, bool *ret, struct error *e)
{
    struct condition in;
    struct condition out;

    if (parse_condition(rule, "includes", capabilities, &in, e) < 0 ||
        parse_condition(rule, "excludes", capabilities, &out, e) < 0) {
        return -1;
    }
    *ret = (!in.has_caps || in.caps_all) && (!in.has_arches || in.arch) &&
           (!in.has_kernel || in.kernel) && !(out.has_caps && out.caps_any) &&
           !(out.has_arches && out.arch) && !(out.has_kernel && out.kernel);
    return 0;
}

static int parse_args(const json_t *rule, struct seccomp_rule *ret, struct error *e)
{
    json_t *args = NULL;
    json_t *arg;
    size_t i;

    if (json_get_array(rule, "syscalls", "args", &args, e) < 0) {
        return -1;
    }
    json_array_foreach (args, i, arg) {
        cleanup_free char *op = NULL;
        int64_t index = 0;
        uint64_t value = 0;
        uint64_t two = 0;
        struct seccomp_arg *a = &ret->args[ret->args_count];

        if (ret->args_count == SECCOMP_ARGS_MAX) {
            return err_set(e, ERR_INVALID, "syscalls.args: more than %d", SECCOMP_ARGS_MAX);
        }
        if (json_get_i64(arg, "args", "index", &index, e) < 0 ||
            json_get_u64(arg, "args", "value", &value, e) < 0 ||
            json_get_u64(arg, "args", "valueTwo", &two, e) < 0 ||
            json_get_string(arg, "args", "op", &op, e) < 0 ||
            lookup(operators, ARRAY_SIZE(operators), "args", "op", op, &a->op, e) < 0) {
            return -1;
        }
        if (index < 0 || index >= SECCOMP_ARGS_MAX) {
            return err_set(e, ERR_INVALID, "args.index: expected 0 to 5");
        }
        a->index = (unsigned) index;
        a->value = value;
        a->value_two = two;
        ret->args_count++;
    }
    return 0;
}

static int parse_rule(const json_t *obj, uint64_t capabilities, struct seccomp_rules *r,
                      struct error *e)
{
    cleanup_free char *name = NULL;
    bool applies;

    if (!json_is_object(obj)) {
        return err_set(e, ERR_INVALID, "syscalls: expected an object");
    }
    if (rule_applies(obj, capabilities, &applies, e) < 0) {
        return -1;
    }
    if (!applies) {
        return 0;
    }
    struct seccomp_rule *rule = seccomp_rules_add(r);

    if (json_get_string(obj, "syscalls", "name", &name, e) < 0 ||
        json_get_strv(obj, "syscalls", "names", &rule->names, e) < 0 ||
        get_action(obj, "syscalls", "action", "errnoRet", &rule->action, e) < 0 ||
        parse_args(obj, rule, e) < 0) {
        return -1;
    }
    if (name && *name) {
        if (rule->names.count) {
            return err_set(e, ERR_INVALID, "syscalls: both 'name' and 'names' are given");
        }
        strv_add(&rule->names, name);
    }
    if (!rule->names.count) {
        return err_set(e, ERR_INVALID, "syscalls.names: missing; give at least one call");
    }
    r->notify = r->notify || rule->action == SCMP_ACT_NOTIFY;
    return 0;
}

/* Without an agent every call that asks would fail with ENOSYS. */
static int parse_listener(const json_t *root, struct seccomp_rules *r, struct error *e)
{
    if (json_get_string(root, "profile", "listenerPath", &r->listener_path, e) < 0 ||
        json_get_string(root, "profile", "listenerMetadata", &r->listener_metadata, e) < 0) {
        return -1;
    }
    bool path = r->listener_path && *r->listener_path;

    if (!path && r->listener_metadata && *r->listener_metadata) {
        return err_set(e, ERR_INVALID, "profile.listenerMetadata: set without listenerPath");
    }
    if (r->notify && !path) {
        return err_set(e, ERR_INVALID, "profile.listenerPath: missing; SCMP_ACT_NOTIFY needs it");
    }
    if (!r->notify) {
        r->flags &= ~WAIT_KILLABLE_RECV; /* the kernel takes it with a listener only */
    }
    return 0;
}

static int parse_flags(const json_t *root, struct seccomp_rules *r, struct error *e)
{
    CLEANUP(strv) struct strv names = STRV_INIT;
    char *name;

    if (json_get_strv(root, "profile", "flags", &names, e) < 0) {
        return -1;
    }
    strv_foreach (&names, name) {
        uint32_t flag = 0;

        if (lookup(filter_flags, ARRAY_SIZE(filter_flags), "profile", "flags", name, &flag, e) <
            0) {
            return -1;
        }
        r->flags |= flag;
    }
    return 0;
}

int seccomp_parse_profile(const char *json, uint64_t capabilities, struct seccomp_rules *ret,
                          struct error *e)
{
    CLEANUP(json) json_t *root = json_parse_wide(json, strlen(json), "seccomp profile", e);
    json_t *list = NULL;
    json_t *rule;
    size_t i;

    *ret = (struct seccomp_rules){0};
    if (!root) {
        return -1;
    }
    if (!json_is_object(root)) {
        return err_set(e, ERR_INVALID, "profile: expected an object");
    }
    if (get_action(root, "profile", "defaultAction", "defaultErrnoRet", &ret->default_action, e) <
            0 ||
        parse_arches(root, ret, e) < 0 || parse_flags(root, ret, e) < 0 ||
        json_get_array(root, "profile", "syscalls", &list, e) < 0) {
        return -1;
    }
    if (json_array_size(list) > SECCOMP_RULES_MAX) {
        return err_set(e, ERR_INVALID, "profile.syscalls: more than %d rules", SECCOMP_RULES_MAX);
    }
    json_array_foreach (list, i, rule) {
        if (parse_rule(rule, capabilities, ret, e) < 0) {
            return -1;
        }
    }
    ret->notify = ret->notify || ret->default_action == SCMP_ACT_NOTIFY;
    return parse_listener(root, ret, e);
}

static void add_names(const struct named *table, size_t count, struct strv *ret)
{
    for (size_t i = 0; i < count; i++) {
        strv_add(ret, table[i].name);
    }
    strv_sort(ret);
}

void seccomp_words(struct strv *ret_actions, struct strv *ret_operators, struct strv *ret_flags)
{
    add_names(actions, ARRAY_SIZE(actions), ret_actions);
    add_names(operators, ARRAY_SIZE(operators), ret_operators);
    add_names(filter_flags, ARRAY_SIZE(filter_flags), ret_flags);
}
