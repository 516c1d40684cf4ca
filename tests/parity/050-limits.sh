#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Memory, processor and process limits, as the container's own cgroup files show them (v1 or v2).
. "$PARITY/lib.sh"

# first FILE...: the first of the files that is there.
first='first() { for f in "$@"; do if [ -e /sys/fs/cgroup/$f ]; then cat /sys/fs/cgroup/$f; return; fi; done; echo none; }'
memory="$first; first memory/memory.limit_in_bytes memory.max; first memory/memory.memsw.limit_in_bytes memory.swap.max"
cpu="$first; first cpu/cpu.cfs_quota_us cpu.max; first cpu/cpu.cfs_period_us; first cpu/cpu.shares cpu.weight"
in_container -m 64m "$memory"
in_container -m 64M --memory-swap 64M "$memory"
in_container -m 67108864b --memory-swap 128m "$memory"
in_container -m 65536k --memory-swap -1 "$memory"
in_container -m 0 "$memory" >/dev/null
in_container -m 6m "$memory"
in_container -m 10.5m "$memory"
in_container -m 0.01g "$memory"
in_container --cpus 0.5 "$cpu"
in_container --cpus 1 "$cpu"
in_container --cpus .25 --cpu-shares 512 "$cpu"
in_container -c 2048 "$cpu"
in_container --cpu-shares 0 "$cpu"
in_container --cpuset-cpus 0 \
    "$first; first cpuset/cpuset.cpus cpuset.cpus; grep Cpus_allowed_list /proc/self/status"
in_container --pids-limit 20 "$first; first pids/pids.max pids.max"
in_container --pids-limit -1 "$first; first pids/pids.max pids.max"
in_container --pids-limit 0 "$first; first pids/pids.max pids.max"
in_container "$first; first pids/pids.max pids.max; $cpu"
note "and they hold"
in_container --pids-limit 5 'for i in 1 2 3 4 5 6 7 8; do sleep 5 & done 2>/dev/null; true'
r -m 6m --memory-swap 6m busybox sh -c \
    'head -c 60000000 /dev/zero | tail -n 1 | wc -c; echo went on'
q create --network none --name look -m 64m --memory-swap 128m --cpus 0.5 -c 512 --cpuset-cpus 0 \
    --pids-limit 20 busybox
t inspect -f \
    '{{with .HostConfig}}{{.Memory}} {{.MemorySwap}} {{.NanoCpus}} {{.CpuShares}} {{.CpusetCpus}} {{.PidsLimit}}{{end}}' look
q create --network none --name bare busybox
t inspect -f \
    '{{with .HostConfig}}{{.Memory}} {{.MemorySwap}} {{.NanoCpus}} {{.CpuShares}} {{json .CpusetCpus}}{{end}}' bare
note "killed for memory"
t run --network none --name oom -m 6m --memory-swap 6m busybox tail /dev/zero
t inspect -f '{{.State.OOMKilled}} {{.State.ExitCode}} {{.State.Status}}' oom
q run -d --network none --name child -m 6m --memory-swap 6m busybox sh -c 'tail /dev/zero; echo tail: $?; sleep 1000'
until_logged child 'tail: 137'
q kill child
until_state child exited
t inspect -f '{{.State.OOMKilled}} {{.State.ExitCode}} {{.State.Status}}' child
