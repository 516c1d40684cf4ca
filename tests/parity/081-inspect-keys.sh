#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Every key that tools read is in the JSON, with the same type. Left out: what exists only on
# Windows, what came after 20.10 (Descriptor), what Docker has dropped since (KernelMemory, IOMaximum..., the legacy bridge fields),
# and the inside of drivers.
# needs: jq
. "$PARITY/lib.sh"

mkdir -p src
q create --network none --name look -v "$PWD/src:/b:ro" -v parity081:/v --tmpfs /t -e A=1 -l l=1 \
    -m 64m busybox sleep 1
types='[paths(true) as $p | select(all($p[]; type == "string")) | {k: ($p | join(".")), t: (getpath($p) | type)}]
    | .[] | select(.k | test($skip) | not) | select(.t != "null") | "\(.k) \(.t)"'
skip='Kernel|IOMax|^NetworkSettings[.](Bridge|Hairpin|LinkLocal|Secondary|EndpointID|Gateway|Global|IP|Mac|SandboxID)'
skip="$skip|GraphDriver[.]Data|Isolation|ConsoleSize|CpuCount|CpuPercent|Realtime|Windows|BlkioWeightDevice"
skip="$skip|LogConfig[.]Config[.]|^Config[.](Volumes|OnBuild)|[.]Cgroup\$|Mounts"
"$D" inspect look | jq -r --arg skip "$skip" ".[0] | $types" | sort
note "a mount"
"$D" inspect look | jq -r '.[0].Mounts | sort_by(.Type) | .[] | "\(.Type): \(keys | join(" "))"' |
    sed 's/ Propagation//'
note "an image"
skip='Descriptor|ContainerConfig|GraphDriver[.]Data|VirtualSize|DockerVersion|^Container$|^Parent$|Metadata'
skip="$skip|^Config[.](Hostname|Domainname|Attach|Tty|OpenStdin|StdinOnce|Image|OnBuild|Volumes|User|WorkingDir)"
"$D" image inspect busybox | jq -r --arg skip "$skip" ".[0] | $types" | sort
note "how it is printed"
"$D" inspect look | head -n 4
"$D" inspect look | tail -n 3
"$D" inspect look look | grep -nE '^(\[|\]|    [{}],?)$' | cut -d: -f2
