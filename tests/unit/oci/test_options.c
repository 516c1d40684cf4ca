// SPDX-License-Identifier: Apache-2.0
#include "oci/caps.h"
#include "oci/check.h"
#include "oci/mountflags.h"
#include "spec/rlimit.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <cmocka.h>

static struct mount_options parse(const char *words)
{
    CLEANUP(strv) struct strv list = STRV_INIT;
    struct mount_options o;
    struct error e;

    strv_split(&list, words, ",");
    assert_int_equal(mount_options_parse(&list, &o, &e), 0);
    return o;
}

static void words(void **state)
{
    struct mount_options o = parse("ro,nosuid,rbind,rslave,size=64m,mode=755");

    assert_true(o.set == (MS_RDONLY | MS_NOSUID));
    assert_true(o.bind && o.recursive && !o.copyup);
    assert_true(o.propagation == (MS_SLAVE | MS_REC));
    assert_string_equal(o.data, "size=64m,mode=755");
    o = parse("ro,rw,nodev,dev"); /* the later word wins */
    assert_true(o.set == 0);
    assert_true(o.clear == (MS_RDONLY | MS_NODEV));
    o = parse("noatime,strictatime");
    assert_true(o.set == MS_STRICTATIME);
    o = parse("rro,rnosuid,rrw,bind,copyup");
    assert_true(o.recursive_set == MOUNT_ATTR_NOSUID);
    assert_true(o.recursive_clear == MOUNT_ATTR_RDONLY);
    assert_true(o.bind && !o.recursive && o.copyup);
    assert_true(parse("tmpcopyup").copyup);
    assert_true(parse("bind,idmap").idmap && !parse("idmap").idmap_recursive);
    assert_true(parse("ridmap").idmap && parse("ridmap").idmap_recursive);
    assert_true(mount_attr_from_flags(MS_RDONLY | MS_NOEXEC | MS_RELATIME) ==
                (MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOEXEC));
}

static void refused_words(void **state)
{
    CLEANUP(strv) struct strv list = STRV_INIT;
    struct mount_options o;
    struct error e;
    char long_word[5000];

    memset(long_word, 'x', sizeof(long_word) - 1);
    long_word[sizeof(long_word) - 1] = '\0';
    strv_add(&list, "size=1");
    strv_add(&list, long_word);
    assert_int_equal(mount_options_parse(&list, &o, &e), -1);
    assert_int_equal(e.kind, ERR_INVALID);
}

static void names(void **state)
{
    assert_int_equal(cap_from_string("CAP_NET_ADMIN"), 12);
    assert_int_equal(cap_from_string("net_admin"), 12);
    assert_int_equal(cap_from_string("checkpoint_restore"), 40);
    assert_int_equal(cap_from_string("CAP_FROB"), -EINVAL);
    for (int i = 0; cap_to_string(i); i++) {
        assert_int_equal(cap_from_string(cap_to_string(i)), i);
    }
    assert_true(caps_default() == UINT64_C(0xa80425fb)); /* as in a Docker container */
    assert_true((caps_available() & ~caps_all()) == 0);
    assert_int_equal(rlimit_from_string("nofile"), RLIMIT_NOFILE);
    assert_int_equal(rlimit_from_string("RLIMIT_CORE"), RLIMIT_CORE);
    assert_int_equal(rlimit_from_string("frob"), -EINVAL);
    assert_string_equal(rlimit_to_string(RLIMIT_RTTIME), "rttime");
}

static void sysctls(void **state)
{
    CLEANUP(rt_spec) struct rt_spec s;

    rt_spec_init(&s);
    assert_false(sysctl_is_namespaced(&s, "net.ipv4.ip_forward"));
    s.namespaces[RT_NS_NETWORK].present = s.namespaces[RT_NS_IPC].present = true;
    assert_true(sysctl_is_namespaced(&s, "net.ipv4.ip_forward"));
    assert_true(sysctl_is_namespaced(&s, "kernel.msgmax"));
    assert_true(sysctl_is_namespaced(&s, "fs.mqueue.msg_max"));
    assert_false(sysctl_is_namespaced(&s, "kernel.domainname"));
    assert_false(sysctl_is_namespaced(&s, "kernel.core_pattern"));
    assert_false(sysctl_is_namespaced(&s, "net.../kernel.core_pattern"));
    assert_false(sysctl_is_namespaced(&s, "net/../kernel/core_pattern"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words),
        cmocka_unit_test(refused_words),
        cmocka_unit_test(names),
        cmocka_unit_test(sysctls),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
