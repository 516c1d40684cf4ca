// SPDX-License-Identifier: Apache-2.0
/* config.json as struct rt_spec: every field of config.md and config-linux.md, and refusals. */
#include "spec/runtime_json.h"

#include "base/log.h"
#include "base/strbuf.h"

#include <fcntl.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/resource.h>

#include <cmocka.h>

/* The document that the fuzzer starts from has every field. */
#define EVERY_FIELD "tests/fuzz/seeds/runtime_spec"

static void read_every_field(struct rt_spec *s)
{
    struct error e = {0};

    rt_spec_init(s);
    if (rt_spec_read(AT_FDCWD, EVERY_FIELD, s, &e) < 0) {
        fail_msg("%s", e.text);
    }
}

static void test_process(void **state)
{
    CLEANUP(rt_spec) struct rt_spec s;
    const struct rt_process *p = &s.process;

    (void) state;
    read_every_field(&s);
    assert_string_equal(s.oci_version, "1.2.0");
    assert_true(s.has_process && p->terminal && p->no_new_privileges);
    assert_int_equal(p->console_rows, 25);
    assert_int_equal(p->console_cols, 80);
    assert_int_equal(p->user.uid, 1);
    assert_int_equal(p->user.gid, 2);
    assert_int_equal(p->user.umask, 077);
    assert_int_equal(p->user.additional_gids_count, 2);
    assert_int_equal(p->user.additional_gids[1], 6);
    assert_int_equal(p->args.count, 3);
    assert_string_equal(p->env.items[1], "TERM=xterm");
    assert_string_equal(p->cwd, "/root");
    assert_int_equal(p->capabilities.bounding, 1 << 5 | 1 << 10);
    assert_int_equal(p->capabilities.ambient, 1 << 5);
    assert_int_equal(p->rlimits_count, 2);
    assert_int_equal(p->rlimits[0].resource, RLIMIT_NOFILE);
    assert_int_equal(p->rlimits[0].soft, 512);
    assert_true(p->rlimits[1].hard == UINT64_MAX);
    assert_true(p->rlimits[1].soft == UINT64_C(9223372036854775808));
    assert_int_equal(p->oom_score_adj, 100);
    assert_string_equal(p->apparmor_profile, "acme");
    assert_string_equal(p->selinux_label, "u:r:t:s0");
    assert_true(p->scheduler.present);
    assert_int_equal(p->scheduler.policy, SCHED_FIFO);
    assert_int_equal(p->scheduler.priority, 5);
    assert_int_equal(p->scheduler.flags, 1);
    assert_int_equal(p->scheduler.period, 3);
    assert_int_equal(p->io_priority.class, 3);
    assert_int_equal(p->io_priority.priority, 4);
    assert_string_equal(p->cpu_affinity_initial, "7");
    assert_string_equal(p->cpu_affinity_final, "0-3,7");
}

static void test_container(void **state)
{
    CLEANUP(rt_spec) struct rt_spec s;

    (void) state;
    read_every_field(&s);
    rt_spec_set_bundle(&s, "/bundle");
    assert_string_equal(s.rootfs, "/bundle/rootfs");
    assert_true(s.rootfs_readonly);
    assert_string_equal(s.hostname, "host");
    assert_string_equal(s.domainname, "domain");
    assert_int_equal(s.mounts_count, 2);
    assert_string_equal(s.mounts[0].type, "proc");
    assert_string_equal(s.mounts[0].source, "proc");
    assert_string_equal(s.mounts[1].destination, "/data"); /* relative means below "/" */
    assert_string_equal(s.mounts[1].source, "/bundle/vol");
    assert_int_equal(s.mounts[1].options.count, 3);
    assert_int_equal(s.mounts[1].uid_mappings.items[0].host, 1000);
    assert_int_equal(s.mounts[1].gid_mappings.count, 1);
    assert_int_equal(s.hooks[RT_HOOK_PRESTART].items[0].timeout, RT_UNSET);
    assert_int_equal(s.hooks[RT_HOOK_CREATE_RUNTIME].items[0].timeout, 5);
    assert_string_equal(s.hooks[RT_HOOK_CREATE_RUNTIME].items[0].args.items[1], "x");
    assert_string_equal(s.hooks[RT_HOOK_CREATE_RUNTIME].items[0].env.items[0], "k=v");
    assert_int_equal(s.hooks[RT_HOOK_CREATE_CONTAINER].count, 0);
    assert_string_equal(s.hooks[RT_HOOK_START_CONTAINER].items[0].path, "/bin/c");
    assert_string_equal(s.hooks[RT_HOOK_POSTSTART].items[0].path, "/bin/d");
    assert_string_equal(s.hooks[RT_HOOK_POSTSTOP].items[0].path, "/bin/e");
    assert_string_equal(rt_pairs_get(&s.annotations, "com.example.key"), "value");
    assert_null(rt_pairs_get(&s.annotations, "other"));
}

static void test_linux(void **state)
{
    CLEANUP(rt_spec) struct rt_spec s;

    (void) state;
    read_every_field(&s);
    for (int t = 0; t < RT_NS_COUNT; t++) {
        assert_true(s.namespaces[t].present);
    }
    assert_string_equal(s.namespaces[RT_NS_NETWORK].path, "/run/netns/a");
    assert_null(s.namespaces[RT_NS_PID].path);
    assert_int_equal(s.uid_mappings.items[0].size, 32000);
    assert_int_equal(s.gid_mappings.items[0].host, 1000);
    assert_string_equal(s.sysctl[0].key, "net.ipv4.ip_forward");
    assert_string_equal(s.cgroups_path, "/a/b");
    assert_int_equal(s.devices_count, 2);
    assert_int_equal(s.devices[0].mode, 0666);
    assert_int_equal(s.devices[0].minor, 229);
    assert_int_equal(s.devices[1].type, 'p');
    assert_string_equal(s.net_devices[0].host_name, "eth0");
    assert_string_equal(s.net_devices[0].name, "ctr0");
    assert_non_null(strstr(s.seccomp_json, "SCMP_ACT_ALLOW"));
    assert_string_equal(s.rootfs_propagation, "slave");
    assert_string_equal(s.masked_paths.items[0], "/proc/kcore");
    assert_string_equal(s.readonly_paths.items[0], "/proc/sys");
    assert_string_equal(s.mount_label, "u:object_r:t:s0");
    assert_true(s.intel_rdt.present && s.intel_rdt.enable_monitoring);
    assert_string_equal(s.intel_rdt.clos_id, "group");
    assert_string_equal(s.intel_rdt.schemata.items[0], "L2:0=f");
    assert_true(s.memory_policy.present);
    assert_int_equal(s.memory_policy.mode, 3 | 1 << 15); /* set_mempolicy(2) */
    assert_string_equal(s.memory_policy.nodes, "2-3");
    assert_int_equal(s.personality, 8); /* personality(2): PER_LINUX32 */
    assert_int_equal(s.time_offsets[RT_CLOCK_MONOTONIC].secs, 172800);
    assert_int_equal(s.time_offsets[RT_CLOCK_MONOTONIC].nanosecs, 5);
    assert_int_equal(s.time_offsets[RT_CLOCK_BOOTTIME].secs, 604800);
}

static void test_resources(void **state)
{
    CLEANUP(rt_spec) struct rt_spec s;
    const struct rt_resources *r = &s.resources;

    (void) state;
    read_every_field(&s);
    assert_int_equal(r->devices_count, 2);
    assert_false(r->devices[0].allow);
    assert_int_equal(r->devices[0].type, 'a');
    assert_int_equal(r->devices[0].major, -1);
    assert_string_equal(r->devices[1].access, "rw");
    assert_int_equal(r->memory_limit, 536870912);
    assert_int_equal(r->memory_swappiness, 0);
    assert_true(r->memory_check_before_update);
    assert_int_equal(r->cpu_shares, 1024);
    assert_int_equal(r->cpu_burst, 1000000);
    assert_int_equal(r->cpu_rt_runtime, 950000);
    assert_int_equal(r->cpu_rt_period, 1000000);
    assert_int_equal(r->cpu_idle, 0);
    assert_string_equal(r->cpuset_mems, "0-7");
    assert_int_equal(r->pids_limit, 32771);
    assert_int_equal(r->blkio_leaf_weight, 10);
    assert_int_equal(r->weight_devices[0].leaf_weight, 300);
    assert_int_equal(r->throttles[RT_THROTTLE_READ_BPS].items[0].rate, 600);
    assert_int_equal(r->throttles[RT_THROTTLE_WRITE_BPS].count, 0);
    assert_int_equal(r->throttles[RT_THROTTLE_WRITE_IOPS].items[0].minor, 16);
    assert_string_equal(r->hugepages[0].page_size, "2MB");
    assert_int_equal(r->hugepages[0].limit, 209715200);
    assert_int_equal(r->net_class_id, 1048577);
    assert_string_equal(r->net_priorities[0].name, "eth0");
    assert_int_equal(r->rdma[0].hca_handles, 3);
    assert_string_equal(rt_pairs_get(&r->unified, "memory.high"), "1073741824");
}

/* Where null, absent or zero mean "not given". */
static void test_absent(void **state)
{
    static const char text[] =
        "{\"ociVersion\":\"1.0.2-dev\",\"root\":{\"path\":\"/r\"},"
        "\"unknown\":{\"deep\":[1]},\"process\":null,\"linux\":{\"resources\":"
        "{\"memory\":{\"limit\":0,\"swap\":null,\"swappiness\":18446744073709551615},\"cpu\":{"
        "\"shares\":0},"
        "\"pids\":{\"limit\":0},\"devices\":[{\"allow\":true,\"type\":\"\","
        "\"access\":\"\"}]}}}";
    CLEANUP(rt_spec) struct rt_spec s;
    struct error e = {0};

    (void) state;
    rt_spec_init(&s);
    assert_int_equal(rt_spec_parse(text, strlen(text), "config.json", &s, &e), 0);
    assert_false(s.has_process);
    assert_int_equal(s.resources.memory_limit, RT_UNSET);
    assert_int_equal(s.resources.memory_swap, RT_UNSET);
    assert_int_equal(s.resources.memory_swappiness, RT_UNSET); /* as Docker says it */
    assert_int_equal(s.resources.cpu_shares, RT_UNSET);
    assert_int_equal(s.resources.pids_limit, 0); /* "0 is a valid limit value" */
    assert_int_equal(s.resources.net_class_id, RT_UNSET);
    assert_string_equal(s.resources.devices[0].access, "rwm");
    assert_int_equal(s.personality, RT_UNSET);
    assert_int_equal(s.process.oom_score_adj, RT_UNSET);
}

static void expect_refused(const char *text, const char *sentence)
{
    CLEANUP(rt_spec) struct rt_spec s;
    struct error e = {0};

    rt_spec_init(&s);
    assert_int_equal(rt_spec_parse(text, strlen(text), "config.json", &s, &e), -1);
    assert_string_equal(e.text, sentence);
}

/* A complete document but for one part of it. */
static void refused_process(const char *part, const char *sentence)
{
    cleanup_free char *text = xasprintf("{\"ociVersion\":\"1.2.0\",\"root\":{\"path\":\"r\"},"
                                        "\"process\":{\"cwd\":\"/\",%s}}",
                                        part);

    expect_refused(text, sentence);
}

static void refused_linux(const char *part, const char *sentence)
{
    cleanup_free char *text = xasprintf("{\"ociVersion\":\"1.2.0\",\"root\":{\"path\":\"r\"},"
                                        "\"linux\":{%s}}",
                                        part);

    expect_refused(text, sentence);
}

static void refused_top(const char *part, const char *sentence)
{
    cleanup_free char *text =
        xasprintf("{\"ociVersion\":\"1.2.0\",\"root\":{\"path\":\"r\"},%s}", part);

    expect_refused(text, sentence);
}

static void test_refused_top(void **state)
{
    (void) state;
    expect_refused("{}", "config.json: ociVersion: missing; give the specification's version, like "
                         "1.2.0");
    expect_refused("{\"ociVersion\":\"one\"}",
                   "config.json: ociVersion: 'one' is no version; use one like 1.2.0");
    expect_refused("{\"ociVersion\":\"2.0.0\"}",
                   "config.json: ociVersion: 2.0.0 is not supported; use 1.x");
    expect_refused("{\"ociVersion\":\"1.2.0\"}", "config.json: root: missing; give an object with "
                                                 "the 'path' of the root file system");
    expect_refused("[]", "config.json: expected an object");
    refused_top("\"hostname\":7", "config.json: hostname: expected a string");
    refused_top("\"mounts\":[{}]",
                "config.json: mounts[0].destination: missing; give a path in the container");
    refused_top("\"mounts\":[{\"destination\":\"/x\",\"uidMappings\":[{\"containerID\":0,"
                "\"hostID\":0,\"size\":1}]}]",
                "config.json: mounts[0].gidMappings: missing; uidMappings and gidMappings go "
                "together");
    refused_top("\"hooks\":{\"poststop\":[{\"path\":\"bin/x\"}]}",
                "config.json: hooks.poststop[0].path: 'bin/x' is no absolute path; start it with "
                "'/'");
    refused_top("\"hooks\":{\"prestart\":[{\"path\":\"/x\",\"timeout\":0}]}",
                "config.json: hooks.prestart[0].timeout: 0 is out of range; use 1 to 2147483647");
    refused_top("\"annotations\":{\"k\":1}",
                "config.json: annotations['k']: expected a string without NUL");
}

static void test_refused_process(void **state)
{
    (void) state;
    refused_process("\"rlimits\":[{\"type\":\"RLIMIT_CPU\"},{\"type\":\"RLIMIT_FOO\"}]",
                    "config.json: process.rlimits[1].type: 'RLIMIT_FOO' is no resource limit; use "
                    "RLIMIT_AS, RLIMIT_CORE, RLIMIT_CPU, RLIMIT_DATA, RLIMIT_FSIZE, RLIMIT_LOCKS, "
                    "RLIMIT_MEMLOCK, RLIMIT_MSGQUEUE, RLIMIT_NICE, RLIMIT_NOFILE, RLIMIT_NPROC, "
                    "RLIMIT_RSS, RLIMIT_RTPRIO, RLIMIT_RTTIME, RLIMIT_SIGPENDING or RLIMIT_STACK");
    refused_process("\"rlimits\":[{\"type\":\"RLIMIT_CPU\"},{\"type\":\"RLIMIT_CPU\"}]",
                    "config.json: process.rlimits[1].type: 'RLIMIT_CPU' is given twice; give each "
                    "limit once");
    refused_process("\"rlimits\":[{\"type\":\"RLIMIT_CPU\",\"soft\":2,\"hard\":1}]",
                    "config.json: process.rlimits[0].soft: above 'hard'; use at most 1");
    refused_process("\"rlimits\":[{\"type\":\"RLIMIT_CPU\",\"soft\":-1}]",
                    "config.json: process.rlimits[0].soft: expected a whole number that is not "
                    "negative");
    refused_process("\"user\":{\"uid\":4294967295}",
                    "config.json: process.user.uid: 4294967295 is out of range; use 0 to "
                    "4294967294");
    refused_process("\"user\":{\"additionalGids\":[1,-2]}",
                    "config.json: process.user.additionalGids[1]: expected a group id, 0 to "
                    "4294967294");
    refused_process("\"args\":[\"a\",3]", "config.json: process.args[1]: expected a string");
    refused_process("\"oomScoreAdj\":1001",
                    "config.json: process.oomScoreAdj: 1001 is out of range; use -1000 to 1000");
    refused_process("\"scheduler\":{\"policy\":\"SCHED_FOO\"}",
                    "config.json: process.scheduler.policy: 'SCHED_FOO' is no scheduling policy; "
                    "use SCHED_OTHER, SCHED_FIFO, SCHED_RR, SCHED_BATCH, SCHED_ISO, SCHED_IDLE or "
                    "SCHED_DEADLINE");
    refused_process("\"ioPriority\":{\"class\":\"IOPRIO_CLASS_BE\",\"priority\":8}",
                    "config.json: process.ioPriority.priority: 8 is out of range; use 0 to 7");
    refused_process("\"execCPUAffinity\":{\"final\":\"0-\"}",
                    "config.json: process.execCPUAffinity.final: '0-' is no list of numbers and "
                    "ranges like 0-3,7");
    expect_refused("{\"ociVersion\":\"1.2.0\",\"root\":{\"path\":\"r\"},\"process\":{\"cwd\":"
                   "\"x\"}}",
                   "config.json: process.cwd: 'x' is no absolute path; start it with '/'");
}

static void test_refused_linux(void **state)
{
    (void) state;
    refused_linux(
        "\"namespaces\":[{\"type\":\"pid\"},{\"type\":\"pid\"}]",
        "config.json: linux.namespaces[1].type: 'pid' is given twice; give each namespace "
        "once");
    refused_linux("\"namespaces\":[{\"type\":\"net\"}]",
                  "config.json: linux.namespaces[0].type: 'net' is no namespace; use pid, network, "
                  "mount, ipc, uts, user, cgroup or time");
    refused_linux("\"uidMappings\":[{\"containerID\":0,\"hostID\":4294967295,\"size\":2}]",
                  "config.json: linux.uidMappings[0].size: 2 ids from 0 and 4294967295 pass the "
                  "last id, or are none");
    refused_linux("\"timeOffsets\":{\"realtime\":{}}",
                  "config.json: linux.timeOffsets['realtime']: no clock of a time namespace; use "
                  "monotonic or boottime");
    refused_linux("\"devices\":[{\"path\":\"/dev/x\",\"type\":\"c\"}]",
                  "config.json: linux.devices[0].major: missing; give the device's major number");
    refused_linux("\"cgroupsPath\":\"/a/../b\"",
                  "config.json: linux.cgroupsPath: '/a/../b' has a part '..'; leave it out");
    refused_linux(
        "\"rootfsPropagation\":\"open\"",
        "config.json: linux.rootfsPropagation: 'open' is no mount propagation; use shared, "
        "slave, private, unbindable, rshared, rslave, rprivate or runbindable");
    refused_linux("\"maskedPaths\":[\"/a\",\"b\"]",
                  "config.json: linux.maskedPaths[1]: 'b' is no absolute path; start it with '/'");
    refused_linux("\"personality\":{\"domain\":\"LINUX\",\"flags\":[\"X\"]}",
                  "config.json: linux.personality.flags: 'X' is no flag; none is defined");
    refused_linux("\"intelRdt\":{\"closID\":\"../x\"}",
                  "config.json: linux.intelRdt.closID: '../x' is no name of a folder");
    refused_linux("\"netDevices\":{\"eth0\":{\"name\":\"a/b\"}}",
                  "config.json: linux.netDevices['eth0'].name: 'a/b' is no name of an interface");
}

static void test_refused_resources(void **state)
{
    (void) state;
    refused_linux("\"resources\":{\"memory\":{\"limit\":-2}}",
                  "config.json: linux.resources.memory.limit: -2 is out of range; use -1 to "
                  "9223372036854775807");
    refused_linux("\"resources\":{\"cpu\":{\"quota\":5,\"burst\":6}}",
                  "config.json: linux.resources.cpu.burst: above 'quota'; use at most 5");
    refused_linux("\"resources\":{\"devices\":[{\"allow\":true,\"access\":\"rx\"}]}",
                  "config.json: linux.resources.devices[0].access: 'rx' is no access; use letters "
                  "of rwm");
    refused_linux(
        "\"resources\":{\"devices\":[{\"allow\":true,\"type\":\"p\"}]}",
        "config.json: linux.resources.devices[0].type: 'p' is no type of device; use a, b "
        "or c");
    refused_linux("\"resources\":{\"unified\":{\"../memory.max\":\"1\"}}",
                  "config.json: linux.resources.unified['../memory.max']: no file of a cgroup; use "
                  "one like 'memory.high'");
    refused_linux("\"resources\":{\"hugepageLimits\":[{\"pageSize\":\"2M\",\"limit\":1}]}",
                  "config.json: linux.resources.hugepageLimits[0].pageSize: '2M' is no page size; "
                  "use one like 64KB or 2MB");
    refused_linux("\"resources\":{\"rdma\":{\"mlx\":{}}}",
                  "config.json: linux.resources.rdma['mlx'].hcaHandles: missing; give "
                  "'hcaHandles', 'hcaObjects' or both");
    refused_linux("\"resources\":{\"blockIO\":{\"weightDevice\":[{\"major\":8,\"minor\":0}]}}",
                  "config.json: linux.resources.blockIO.weightDevice[0].weight: missing; give "
                  "'weight', 'leafWeight' or both");
}

static void test_hostile(void **state)
{
    CLEANUP(strbuf) struct strbuf b = STRBUF_INIT(2 * RT_JSON_MAX);
    struct error e = {0};
    CLEANUP(rt_spec) struct rt_spec s;

    (void) state;
    rt_spec_init(&s);
    while (b.len <= RT_JSON_MAX) {
        strbuf_adds(&b, "                                                                ");
    }
    assert_int_equal(rt_spec_parse(b.buf, b.len, "config.json", &s, &e), -1);
    assert_string_equal(e.text, "config.json: larger than 4194304 bytes");
    expect_refused("{\"ociVersion\":\"1.2.0\\u0000\"}",
                   "read config.json: line 1 column 27: \\u0000 is not allowed without "
                   "JSON_ALLOW_NUL near '\"1.2.0\\u0000\"'");
    assert_int_equal(rt_spec_parse("{\"a\":\"\xff\"}", 9, "config.json", &s, &e), -1);
    assert_string_equal(e.text,
                        "read config.json: line 1 column 6: unable to decode byte 0xff near "
                        "'\"'");
}

/* Unknown capabilities are warned of and left out, not refused. */
static void test_unknown_capability(void **state)
{
    static const char text[] = "{\"cwd\":\"/\",\"capabilities\":{\"bounding\":[\"CAP_FUTURE\","
                               "\"CAP_CHOWN\"]}}";
    CLEANUP(rt_process) struct rt_process p;
    struct error e = {0};

    (void) state;
    log_set_level(LOG_LEVEL_FATAL);
    rt_process_init(&p);
    assert_int_equal(rt_process_parse(text, strlen(text), "process.json", &p, &e), 0);
    assert_int_equal(p.capabilities.bounding, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_process),
        cmocka_unit_test(test_container),
        cmocka_unit_test(test_linux),
        cmocka_unit_test(test_resources),
        cmocka_unit_test(test_absent),
        cmocka_unit_test(test_refused_top),
        cmocka_unit_test(test_refused_process),
        cmocka_unit_test(test_refused_linux),
        cmocka_unit_test(test_refused_resources),
        cmocka_unit_test(test_hostile),
        cmocka_unit_test(test_unknown_capability),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
