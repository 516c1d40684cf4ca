// SPDX-License-Identifier: Apache-2.0
/* Namespaces of config-linux.md: by path, time with offsets, user with mappings, and joining. */
#include "box.h"

#include <stdio.h>
#include <unistd.h>

#define MAPS                                                                                       \
    "\"uidMappings\":[{\"containerID\":0,\"hostID\":100000,\"size\":65536}],"                      \
    "\"gidMappings\":[{\"containerID\":0,\"hostID\":100000,\"size\":65536}]"
#define ISOLATED                                                                                   \
    "{\"type\":\"mount\"},{\"type\":\"pid\"},{\"type\":\"uts\"},{\"type\":\"ipc\"},"               \
    "{\"type\":\"network\"}"
#define USERNS "'json={\"linux\":{\"namespaces\":[{\"type\":\"user\"}," ISOLATED "]," MAPS "}}' "

static void a_user_namespace_of_its_own(void **state)
{
    struct box *b = *state;

    box_run(b, NULL,
            USERNS "rlimit=nofile:100:200 oom=77 -- sh -c 'id; cat /proc/self/oom_score_adj; "
                   "ulimit -n; touch /made; echo $(cat /proc/self/uid_map)'");
    box_said(b, 0, "uid=0(root) gid=0(root)\n77\n100\n0 100000 65536\n");
    box_host(b, "test $(stat -c %u:%g %D/rootfs/made) = 100000:100000 && rm %D/rootfs/made");
    box_run(b, NULL, USERNS "user=7:8:9 -- sh -c 'id; touch /tmp/made'");
    box_said(b, 0, "uid=7 gid=8 groups=9\n");
    box_host(b, "test $(stat -c %u %D/rootfs/tmp/made) = 100007 && rm %D/rootfs/tmp/made");
    box_run(b, NULL, USERNS "cgroup=%G/a ns=cgroup:new -- sh -c 'cat /proc/self/cgroup | wc -l'");
    assert_int_equal(b->code, 0);
    box_is_clean(b);
}

/* What the container's root may not reach by its path can still be bound into it. */
static void sources_behind_closed_folders(void **state)
{
    struct box *b = *state;

    box_host(b, "mkdir -p %D/vol && echo data >%D/vol/f && chmod 700 %D");
    box_run(b, NULL, USERNS "mount=/vol:bind:%D/vol:rbind,ro -- sh -c 'cat /vol/f; id -u'");
    box_said(b, 0, "data\n0\n");
    box_host(b, "chmod 755 %D");
    box_is_clean(b);
}

static void mappings_that_make_no_sense(void **state)
{
    struct box *b = *state;

    box_run(b, NULL,
            "'json={\"linux\":{\"namespaces\":[{\"type\":\"user\"}," ISOLATED "]}}' -- true");
    box_said(b, 125,
             "run_spec: id mappings: a new user namespace needs mappings of users and groups\n");
    box_run(b, NULL, "'json={\"linux\":{" MAPS "}}' -- true");
    box_said(b, 125, "run_spec: id mappings: the container has no user namespace\n");
    box_run(b, NULL,
            "'json={\"linux\":{\"namespaces\":[{\"type\":\"user\"}," ISOLATED "],"
            "\"uidMappings\":[{\"containerID\":0,\"hostID\":1,\"size\":2},"
            "{\"containerID\":1,\"hostID\":9,\"size\":2}],"
            "\"gidMappings\":[{\"containerID\":0,\"hostID\":1,\"size\":2}]}}' -- true");
    box_said(b, 125, "run_spec: write uid_map: invalid argument\n");
    box_is_clean(b);
}

/* The namespaces of a running container, as a pod's other containers join them. */
static void joining_another_container(void **state)
{
    struct box *b = *state;

    box_host(b, RUN_SPEC
             " %D/rootfs " USERNS "pid -- sleep 60 2>%D/said & "
             "for i in $(seq 100); do grep -q pid %D/said && break; sleep 0.1; done; "
             "P=$(sed -n 's/^pid //p' %D/said); for n in user net ipc uts pid; do readlink "
             "/proc/$P/ns/$n; done | sort "
             ">%D/want; " RUN_SPEC " %D/rootfs 'json={\"linux\":{\"namespaces\":["
             "{\"type\":\"mount\"},{\"type\":\"user\",\"path\":\"/proc/'$P'/ns/user\"},"
             "{\"type\":\"pid\",\"path\":\"/proc/'$P'/ns/pid\"},"
             "{\"type\":\"ipc\",\"path\":\"/proc/'$P'/ns/ipc\"},"
             "{\"type\":\"uts\",\"path\":\"/proc/'$P'/ns/uts\"},"
             "{\"type\":\"network\",\"path\":\"/proc/'$P'/ns/net\"}]}}' -- "
             "sh -c 'for n in user net ipc uts pid; do readlink /proc/self/ns/$n; done' | sort "
             ">%D/got; kill -9 $P; cmp %D/want %D/got");
    box_is_clean(b);
}

/* The user namespace takes the right to join what belongs to the host, so that comes first. */
static void a_network_of_the_host_in_a_user_namespace(void **state)
{
    struct box *b = *state;

    box_host(b, "unshare -n sleep 60 & P=$!; "
                "for i in $(seq 100); do [ $(readlink /proc/$P/ns/net) != "
                "$(readlink /proc/self/ns/net) ] && break; sleep 0.1; done; "
                "readlink /proc/$P/ns/net >%D/want; " RUN_SPEC
                " %D/rootfs 'json={\"linux\":{\"namespaces\":[{\"type\":\"mount\"},"
                "{\"type\":\"pid\"},{\"type\":\"uts\"},{\"type\":\"ipc\"},{\"type\":\"user\"},"
                "{\"type\":\"network\",\"path\":\"/proc/'$P'/ns/net\"}]," MAPS "}}' "
                "-- sh -c 'readlink /proc/self/ns/net; test -d /sys/class/net/lo' >%D/got; R=$?; "
                "kill $P; cmp %D/want %D/got && exit $R");
    box_is_clean(b);
}

static void one_more_program_in_a_user_namespace(void **state)
{
    struct box *b = *state;

    box_host(b, "rm -f %D/said; " RUN_SPEC " %D/rootfs " USERNS "pid -- sleep 60 2>%D/said & "
                "for i in $(seq 100); do grep -q pid %D/said && break; sleep 0.1; done; "
                "P=$(sed -n 's/^pid //p' %D/said); " RUN_SPEC " --exec $P userns user=5 -- "
                "sh -c 'id -u; echo $(cat /proc/self/uid_map)' >%D/got; kill -9 $P; "
                "printf '5\\n0 100000 65536\\n' | cmp - %D/got");
}

/* systemd inside divides the container's group: one more program then goes where init is. */
static void one_more_program_beside_groups_of_its_own(void **state)
{
    struct box *b = *state;

    box_host(b, "rm -f %D/said; " RUN_SPEC " %D/rootfs cgroup=%G/a pid -- sleep 60 2>%D/said & "
                "for i in $(seq 100); do grep -q pid %D/said && break; sleep 0.1; done; "
                "P=$(sed -n 's/^pid //p' %D/said); HOY_FAULT=cgroup-divided " RUN_SPEC
                " --exec $P cgroup=%G/a -- grep -c %G/a /proc/self/cgroup >%D/got; R=$?; "
                "kill -9 $P; wait; test $R = 0");
    box_is_clean(b);
}

/* What fails on either side of the wait for the maps leaves nothing. */
static void failures_leave_nothing(void **state)
{
    struct box *b = *state;
    static const char *const steps[] = {"user-namespace", "namespaces", "root",
                                        "mounts",         "ids",        "execute"};

    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
        char fault[64];

        snprintf(fault, sizeof(fault), "step:%s", steps[i]);
        box_run(b, fault, USERNS "cgroup=%G/a -- true");
        assert_int_equal(b->code, 125);
        box_is_clean(b);
        snprintf(fault, sizeof(fault), "kill:%s", steps[i]);
        box_run(b, fault, USERNS "cgroup=%G/a -- true");
        assert_int_not_equal(b->code, 0);
        box_is_clean(b);
    }
    box_run(b, NULL, USERNS "cgroup=%G/a mount=/x:bind:/no/such:bind -- true");
    box_said(b, 125, "run_spec: mount on '/x': open '/no/such': no such file or directory\n");
    box_is_clean(b);
    box_run(b, NULL,
            "'json={\"linux\":{\"namespaces\":[{\"type\":\"user\"}," ISOLATED "],"
            "\"uidMappings\":[{\"containerID\":1,\"hostID\":1,\"size\":2}],"
            "\"gidMappings\":[{\"containerID\":1,\"hostID\":1,\"size\":2}]}}' cgroup=%G/a -- true");
    box_said(b, 125, "run_spec: become group 0 of the user namespace: invalid argument\n");
    box_is_clean(b);
}

static void wrong_kinds_of_namespaces(void **state)
{
    struct box *b = *state;

    box_run(b, NULL, "ns=network:/proc/self/ns/uts -- true");
    box_said(b, 125,
             "run_spec: join network namespace '/proc/self/ns/uts': no network namespace\n");
    box_run(b, NULL, "ns=ipc:%D/rootfs -- true");
    assert_int_equal(b->code, 125);
    box_contains(b, ": no ipc namespace\n");
    box_run(b, NULL, "ns=uts:/proc/self/ns/gone -- true");
    box_said(b, 125,
             "run_spec: join uts namespace '/proc/self/ns/gone': no such file or directory\n");
}

static void clocks(void **state)
{
    struct box *b = *state;

    if (access("/proc/self/timens_offsets", F_OK) < 0) {
        skip();
    }
    box_run(
        b, NULL,
        "'json={\"linux\":{\"namespaces\":[" ISOLATED ",{\"type\":\"time\"}],\"timeOffsets\":{"
        "\"boottime\":{\"secs\":100000000},\"monotonic\":{\"secs\":5,\"nanosecs\":3}}}}' -- sh -c "
        "'awk \"{print (\\$1 > 100000000)}\" /proc/uptime; "
        "awk \"{print \\$1, \\$2, \\$3}\" /proc/self/timens_offsets'");
    box_said(b, 0, "1\nmonotonic 5 3\nboottime 100000000 0\n");
    box_run(b, NULL, "'json={\"linux\":{\"timeOffsets\":{\"boottime\":{\"secs\":1}}}}' -- true");
    box_said(b, 125, "run_spec: time offsets: the container has no new time namespace\n");
}

/* The root file system belongs to the ids that the container's root is mapped to. */
static int owned_by_the_container(void **state)
{
    int r = box_setup(state);

    if (r == 0) {
        box_host(*state, "chown -R 100000:100000 %D/rootfs && chmod 755 %D");
    }
    return r;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_user_namespace_of_its_own),
        cmocka_unit_test(sources_behind_closed_folders),
        cmocka_unit_test(mappings_that_make_no_sense),
        cmocka_unit_test(joining_another_container),
        cmocka_unit_test(a_network_of_the_host_in_a_user_namespace),
        cmocka_unit_test(one_more_program_in_a_user_namespace),
        cmocka_unit_test(one_more_program_beside_groups_of_its_own),
        cmocka_unit_test(failures_leave_nothing),
        cmocka_unit_test(wrong_kinds_of_namespaces),
        cmocka_unit_test(clocks),
    };

    return cmocka_run_group_tests(tests, owned_by_the_container, box_teardown);
}
