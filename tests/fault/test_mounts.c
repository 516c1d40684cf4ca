// SPDX-License-Identifier: Apache-2.0
/* Mounts with maps of ids, options for whole trees, and device nodes as config-linux.md wants. */
#include "box.h"

#define MAP(inside, outside, size)                                                                 \
    "\"uidMappings\":[{\"containerID\":" inside ",\"hostID\":" outside ",\"size\":" size "}],"     \
    "\"gidMappings\":[{\"containerID\":" inside ",\"hostID\":" outside ",\"size\":" size "}]"
#define MOUNT(options, more)                                                                       \
    "'json={\"mounts\":[{\"destination\":\"/vol\",\"type\":\"none\",\"source\":\"%D/vol\","        \
    "\"options\":[" options "]" more "}]}' "
#define USERNS                                                                                     \
    "'json={\"linux\":{\"namespaces\":[{\"type\":\"user\"},{\"type\":\"mount\"},"                  \
    "{\"type\":\"pid\"},{\"type\":\"uts\"},{\"type\":\"ipc\"},{\"type\":\"network\"}]," MAP(       \
        "0", "100000", "65536") "}}' "

/* Ids of the disk are inside ones; what is written gets them back. */
static void maps_of_ids(void **state)
{
    struct box *b = *state;

    box_host(b, "mkdir -p %D/vol/sub && echo x >%D/vol/f && chown -R 5:6 %D/vol");
    box_run(b, NULL,
            MOUNT("\"rbind\",\"idmap\"",
                  "," MAP("5", "1005",
                          "10")) "user=1005:1006 -- sh -c 'stat -c %u:%g /vol/f; touch /vol/made'");
    box_said(b, 0, "1005:1006\n");
    box_host(b, "stat -c %u:%g %D/vol/made && rm %D/vol/made");
    box_said(b, 0, "5:6\n");
    /* Without the word, too: the maps say it. */
    box_run(b, NULL,
            MOUNT("\"bind\",\"ro\"", "," MAP("5", "1005", "10")) "-- stat -c %u:%g /vol/f");
    box_said(b, 0, "1005:1006\n");
    /* By the container's own map: its root sees the disk's root. */
    box_host(b, "chown 0:0 %D/vol/f");
    box_run(b, NULL, MOUNT("\"bind\",\"idmap\"", "") USERNS "-- stat -c %u:%g /vol/f");
    box_said(b, 0, "0:0\n");
    box_is_clean(b);
}

/* "idmap" is for the top alone, "ridmap" for what is mounted below it as well. */
static void maps_of_whole_trees(void **state)
{
    struct box *b = *state;

    box_host(b, "mkdir -p %D/vol/sub && mount -t tmpfs -o uid=5 t %D/vol/sub && chown 5 %D/vol");
    box_run(b, NULL,
            MOUNT("\"rbind\",\"idmap\"", "," MAP("5", "1005", "10")) "-- stat -c %u /vol /vol/sub");
    box_contains(b, "1005\n5\n");
    box_run(
        b, NULL,
        MOUNT("\"rbind\",\"ridmap\"", "," MAP("5", "1005", "10")) "-- stat -c %u /vol /vol/sub");
    if (b->code == 0) {
        box_said(b, 0, "1005\n1005\n");
    } else { /* tmpfs learned it with Linux 6.3 */
        box_contains(b, "/vol' cannot\n");
    }
    box_host(b, "umount %D/vol/sub");
    box_is_clean(b);
}

static void maps_that_make_no_sense(void **state)
{
    struct box *b = *state;

    box_run(b, NULL, MOUNT("\"bind\",\"idmap\"", "") "-- true");
    box_said(b, 125,
             "run_spec: mount on '/vol': id map: neither the mount nor the container has mappings "
             "of ids\n");
    box_run(b, NULL,
            "'json={\"mounts\":[{\"destination\":\"/vol\",\"type\":\"tmpfs\",\"options\":["
            "\"idmap\"]," MAP("0", "1", "1") "}]}' -- true");
    box_said(b, 125, "run_spec: mount on '/vol': id map: only a bind can have one\n");
    box_run(b, NULL,
            "'json={\"mounts\":[{\"destination\":\"/vol\",\"source\":\"/proc\",\"options\":["
            "\"bind\",\"idmap\"]," MAP("0", "1", "1") "}]}' -- true");
    box_said(b, 125, "run_spec: mount on '/vol': id map: the file system of '/proc' cannot\n");
    box_is_clean(b);
}

static void changing_a_mount_that_is_there(void **state)
{
    struct box *b = *state;

    box_run(b, NULL,
            "'json={\"mounts\":[{\"destination\":\"/vol\",\"type\":\"none\",\"source\":\"%D/vol\","
            "\"options\":[\"bind\"]},{\"destination\":\"/vol\",\"source\":\"none\","
            "\"options\":[\"bind\",\"remount\",\"ro\",\"noexec\"]}]}' -- sh -c "
            "'grep -c \" /vol \" /proc/self/mountinfo; touch /vol/x'");
    box_said(b, 1, "1\ntouch: /vol/x: Read-only file system\n");
    box_run(b, NULL,
            "'json={\"mounts\":[{\"destination\":\"/tmp\",\"type\":\"tmpfs\",\"source\":\"t\"},"
            "{\"destination\":\"/tmp\",\"type\":\"tmpfs\",\"source\":\"t\",\"options\":["
            "\"remount\",\"ro\"]}]}' -- sh -c "
            "'grep -c \" /tmp \" /proc/self/mountinfo; touch /tmp/x'");
    box_said(b, 1, "1\ntouch: /tmp/x: Read-only file system\n");
}

static void attributes_of_whole_trees(void **state)
{
    struct box *b = *state;

    box_host(b, "mkdir -p %D/vol/sub && mount -t tmpfs t %D/vol/sub");
    box_run(b, NULL,
            MOUNT("\"rbind\",\"rro\",\"rnosuid\",\"rnodev\",\"rnoexec\",\"rnoatime\","
                  "\"rnodiratime\",\"rnosymfollow\"",
                  "") "-- sh -c 'sed -n \"s/.* \\(.vol[^ ]*\\) \\([^ ]*\\) .*/\\1 \\2/p\" "
                      "/proc/self/mountinfo'");
    box_said(b, 0,
             "/vol ro,nosuid,nodev,noexec,noatime,nodiratime,nosymfollow\n"
             "/vol/sub ro,nosuid,nodev,noexec,noatime,nodiratime,nosymfollow\n");
    box_run(b, NULL, MOUNT("\"rbind\",\"ro\"", "") "-- touch /vol/sub/x");
    box_said(b, 0, "");
    box_host(b, "umount %D/vol/sub");
    box_is_clean(b);
}

static void device_nodes(void **state)
{
    struct box *b = *state;

    box_run(b, NULL,
            "'json={\"linux\":{\"devices\":["
            "{\"path\":\"/dev/fuse\",\"type\":\"c\",\"major\":10,\"minor\":229,\"fileMode\":432,"
            "\"uid\":3,\"gid\":4},"
            "{\"path\":\"/srv/pipe\",\"type\":\"p\",\"fileMode\":384},"
            "{\"path\":\"/dev/odd\",\"type\":\"u\",\"major\":1,\"minor\":3},"
            "{\"path\":\"/dev/zero\",\"type\":\"c\",\"major\":1,\"minor\":5,\"fileMode\":256}]}}' "
            "-- stat -c '%n %F %a %u:%g %t,%T' /dev/fuse /srv/pipe /dev/odd /dev/zero "
            "/dev/null");
    box_said(b, 0,
             "/dev/fuse character special file 660 3:4 a,e5\n/srv/pipe fifo 600 0:0 0,0\n"
             "/dev/odd character special file 666 0:0 1,3\n"
             "/dev/zero character special file 400 0:0 1,5\n"
             "/dev/null character special file 666 0:0 1,3\n");
    box_host(b, "rm -r %D/rootfs/srv; test $(stat -c %a /dev/zero) = 666");
    box_run(b, NULL,
            "'json={\"linux\":{\"devices\":[{\"path\":\"/bin/sh\",\"type\":\"c\",\"major\":1,"
            "\"minor\":3}]}}' -- true");
    box_said(b, 125, "run_spec: make device '/bin/sh': file exists\n");
    /* Bound from the host: its owner and mode are not ours. */
    box_run(b, NULL,
            USERNS "'json={\"linux\":{\"devices\":[{\"path\":\"/dev/zero\",\"type\":\"c\","
                   "\"major\":1,\"minor\":5,\"fileMode\":256,\"uid\":3}]}}' -- sh -c "
                   "'head -c 3 /dev/zero | wc -c'");
    box_said(b, 0, "3\n");
    box_host(b, "test $(stat -c %u:%a /dev/zero) = 0:666");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(maps_of_ids),
        cmocka_unit_test(maps_of_whole_trees),
        cmocka_unit_test(maps_that_make_no_sense),
        cmocka_unit_test(changing_a_mount_that_is_there),
        cmocka_unit_test(attributes_of_whole_trees),
        cmocka_unit_test(device_nodes),
    };

    return cmocka_run_group_tests(tests, box_setup, box_teardown);
}
