// SPDX-License-Identifier: Apache-2.0
#include "base/fs.h"
#include "oci/caps.h"
#include "oci/seccomp.h"

#include <dirent.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <cmocka.h>

static char dir[] = "/tmp/hoy-seccomp.XXXXXX";
static int dirfd_cache = FD_NONE;

static int setup(void **state)
{
    return mkdtemp(dir) && (dirfd_cache = fs_opendir(AT_FDCWD, dir)) >= 0 ? 0 : -1;
}

static int teardown(void **state)
{
    close(dirfd_cache);
    return fs_remove_tree(AT_FDCWD, dir);
}

static char *cache_file(void)
{
    static char path[400];
    DIR *d = opendir(dir);
    const struct dirent *e;

    path[0] = '\0';
    while ((e = readdir(d))) {
        if (e->d_name[0] != '.') {
            snprintf(path, sizeof(path), "%s/%s", dir, e->d_name);
        }
    }
    closedir(d);
    return path;
}

static struct rt_seccomp get(const char *profile, uint64_t caps)
{
    struct seccomp_request r = {.profile = profile, .capabilities = caps};
    struct rt_seccomp s;
    struct error e = {0};

    if (seccomp_filter_get(&r, dirfd_cache, &s, &e) < 0) {
        fail_msg("%s", e.text);
    }
    return s;
}

static void overwrite(const char *path, off_t at, const char *text)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);

    assert_true(pwrite(fd, text, strlen(text), at) > 0);
    close(fd);
}

static void cache_is_believed_only_when_whole_and_ours(void **state)
{
    struct rt_seccomp first = get(NULL, caps_default());
    char *path = cache_file();
    struct stat before;
    struct stat after;

    assert_true(first.count > 100);
    assert_int_equal(stat(path, &before), 0);
    assert_int_equal(before.st_mode & 0777, 0600);

    struct rt_seccomp again = get(NULL, caps_default());

    assert_int_equal(again.count, first.count);
    assert_memory_equal(again.filter, first.filter, first.count * 8);
    free(again.filter);
    assert_int_equal(stat(path, &after), 0);
    assert_int_equal(after.st_ino, before.st_ino); /* read, not written anew */

    overwrite(path, 40, "frob"); /* inside the key */
    again = get(NULL, caps_default());
    assert_memory_equal(again.filter, first.filter, first.count * 8);
    free(again.filter);
    assert_int_equal(stat(path, &after), 0);
    assert_true(after.st_ino != before.st_ino);

    assert_int_equal(truncate(path, after.st_size - 8), 0);
    again = get(NULL, caps_default());
    assert_int_equal(again.count, first.count);
    free(again.filter);

    assert_int_equal(chmod(path, 0666), 0); /* anybody may have written it */
    again = get(NULL, caps_default());
    free(again.filter);
    assert_int_equal(stat(path, &after), 0);
    assert_int_equal(after.st_mode & 0777, 0600);
    free(first.filter);
}

static void capabilities_change_the_filter(void **state)
{
    struct rt_seccomp a = get(NULL, caps_default());
    struct rt_seccomp b = get(NULL, caps_default() | UINT64_C(1) << 21);

    assert_true(a.count != b.count || memcmp(a.filter, b.filter, a.count * 8) != 0);
    free(a.filter);
    free(b.filter);
}

static void profiles(void **state)
{
    struct rt_seccomp s = get(
        "{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[{\"names\":[\"mkdir\",\"nosuchcall\"],"
        "\"action\":\"SCMP_ACT_ERRNO\",\"errnoRet\":95},{\"name\":\"chmod\",\"action\":"
        "\"SCMP_ACT_KILL\",\"args\":[{\"index\":1,\"value\":1,\"op\":\"SCMP_CMP_EQ\"}],"
        "\"includes\":{\"minKernel\":\"4.8\",\"arches\":[\"amd64\",\"arm64\"]},\"excludes\":"
        "{\"caps\":[\"CAP_SYS_ADMIN\"]}}],\"flags\":[\"SECCOMP_FILTER_FLAG_LOG\"]}",
        0);

    assert_true(s.count > 3);
    assert_int_equal(s.flags, 2);
    free(s.filter);
}

static void bad_profiles(void **state)
{
    static const struct {
        const char *json;
        const char *sentence;
    } bad[] = {
        {"[]", "profile: expected an object"},
        {"{}", "profile.defaultAction: unknown value ''"},
        {"{\"defaultAction\":\"SCMP_ACT_FROB\"}",
         "profile.defaultAction: unknown value 'SCMP_ACT_FROB'"},
        {"{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[{\"name\":\"a\",\"names\":[\"b\"],"
         "\"action\":\"SCMP_ACT_KILL\"}]}",
         "syscalls: both 'name' and 'names' are given"},
        {"{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"architectures\":[\"SCMP_ARCH_FROB\"]}",
         "profile.architectures: unknown architecture 'SCMP_ARCH_FROB'"},
        {"{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[{\"name\":\"a\",\"action\":"
         "\"SCMP_ACT_KILL\",\"args\":[{\"index\":6,\"op\":\"SCMP_CMP_EQ\"}]}]}",
         "args.index: expected 0 to 5"},
        {"{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[{\"name\":\"a\",\"action\":"
         "\"SCMP_ACT_KILL\",\"includes\":{\"minKernel\":\"x\"}}]}",
         "includes.minKernel: expected a version like 4.8, not 'x'"},
    };

    for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
        struct seccomp_request r = {.profile = bad[i].json};
        struct rt_seccomp s;
        struct error e = {0};

        assert_int_equal(seccomp_filter_get(&r, FD_NONE, &s, &e), -1);
        assert_string_equal(e.text, bad[i].sentence);
        assert_int_equal(e.kind, ERR_INVALID);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cache_is_believed_only_when_whole_and_ours),
        cmocka_unit_test(capabilities_change_the_filter),
        cmocka_unit_test(profiles),
        cmocka_unit_test(bad_profiles),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
