// SPDX-License-Identifier: Apache-2.0
/* linux.netDevices, with a pair of interfaces in a network namespace of the test's own. */
#include "box.h"

#include <stdio.h>

/* A shell line beside run_spec ("$R"), where v0 has permanent addresses and v1 is its other end. */
static void with_pair(struct box *b, const char *line)
{
    char all[2000];

    snprintf(all, sizeof(all),
             "unshare -n sh -c 'ip link set lo up; ip link add v0 type veth peer name v1 && "
             "ip addr add 10.9.9.1/24 dev v0 && ip -6 addr add fd00:9::1/64 dev v0 nodad && "
             "ip link set v0 up && ip link set v1 up; R=\"" RUN_SPEC " %%D/rootfs\"; %s' 2>&1",
             line);
    box_host(b, all);
}

#define DEVICES(devices) "\"json={\\\"linux\\\":{\\\"netDevices\\\":{" devices "}}}\""

static void an_interface_moves(void **state)
{
    struct box *b = *state;

    with_pair(
        b, "$R " DEVICES(
               "\\\"v0\\\":{\\\"name\\\":\\\"ctr0\\\"}") " -- sh -c \"ip addr show ctr0; ip "
                                                         "link show v0\"; ip link show v0; true");
    box_contains(b, "ctr0@");
    box_contains(b, ",UP");
    box_contains(b, "inet 10.9.9.1/24");
    box_contains(b, "inet6 fd00:9::1/64");
    box_contains(b, "ip: can't find device 'v0'");
    box_contains(b, "Device \"v0\" does not exist.");
    with_pair(b, "$R " DEVICES("\\\"v0\\\":{}") " -- ip addr show v0");
    box_contains(b, "inet 10.9.9.1/24");
    /* The kernel finds a name. */
    with_pair(b, "$R " DEVICES("\\\"v0\\\":{\\\"name\\\":\\\"net%d\\\"}") " -- ip addr show net0");
    box_contains(b, "inet 10.9.9.1/24");
}

static void what_cannot_move(void **state)
{
    struct box *b = *state;

    with_pair(b, "$R " DEVICES("\\\"gone\\\":{}") " -- true; true");
    box_said(b, 0, "run_spec: net device 'gone': no such interface\n");
    with_pair(b, "$R " DEVICES("\\\"v0\\\":{\\\"name\\\":\\\"lo\\\"}") " -- true; true");
    box_said(b, 0, "run_spec: move net device 'v0' to 'lo': file exists\n");
    with_pair(b, "$R ns=network:host " DEVICES("\\\"v0\\\":{}") " -- true; true");
    box_said(b, 0,
             "run_spec: net device 'v0': the container has no network namespace of its own\n");
    box_is_clean(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_interface_moves),
        cmocka_unit_test(what_cannot_move),
    };

    return cmocka_run_group_tests(tests, box_setup, box_teardown);
}
