#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Values of the right kind that cannot be: refused before a container exists, with 125.
. "$PARITY/lib.sh"

note "6 MB in Docker, 512 KB in hoy"
rsays 'Minimum memory limit allowed is' -m 1 busybox true
rsays 'Minimum memory limit allowed is' -m 500k busybox true
rsays 'Minimum memoryswap limit should be larger than memory limit' -m 64m --memory-swap 32m \
    busybox true
rsays 'You should always set the Memory limit when using Memoryswap limit' --memory-swap 64m \
    busybox true
rsays 'Range of CPUs is from 0.01 to' --cpus -1 busybox true
rsays 'Range of CPUs is from 0.01 to' --cpus 9999 busybox true
rsays 'Invalid value x for cpuset cpus' --cpuset-cpus x busybox true
rsays 'Requested CPUs are not available - requested 0-4000' --cpuset-cpus 0-4000 busybox true
fails run --rm --network none --cpu-shares -1 busybox true
rsays 'unknown capability: "CAP_FROB"' --cap-add frob busybox true
rsays 'unknown capability: "CAP_FROB"' --cap-drop frob busybox true
rsays 'Invalid --security-opt: "frob"' --security-opt frob busybox true
rsays '"frob=1"' --security-opt frob=1 busybox true
rsays 'no-new-privileges:frob' --security-opt no-new-privileges:frob busybox true
rsays 'open nofile: no such file or directory' --security-opt seccomp=nofile busybox true
echo '{' >broken.json
fails run --rm --network none --security-opt seccomp=broken.json busybox true
echo '{"defaultAction": "SCMP_ACT_FROB"}' >unknown.json
rsays 'SCMP_ACT_FROB' --security-opt seccomp=unknown.json busybox true
rsays 'Invalid signal: frob' --stop-signal frob busybox true
says 'network frob not found' run --rm --network frob busybox true
rsays "the working directory 'rel' is invalid, it needs to be an absolute path" -w rel busybox pwd
rsays '/etc/passwd is not a directory || not a directory' -w /etc/passwd busybox pwd
rsays 'unable to find user nosuch: no matching entries in passwd file' -u nosuch busybox true
rsays 'unable to find group nosuch: no matching entries in group file' -u :nosuch busybox true
rsays 'uids and gids must be in range 0-2147483647' -u 4294967296 busybox true
rsays 'uids and gids must be in range 0-2147483647' -u -1 busybox true
says 'conflicting options' run -d --rm --network none -a stdout busybox true
rsays 'No command specified' --entrypoint '' busybox
says 'No command specified' create --network none --entrypoint '' busybox
rsays 'invalid mount path' --tmpfs rel busybox true
rsays 'frob' --tmpfs /x:frob busybox true
rsays "destination can't be '/'" --tmpfs / busybox true
note "images"
rsays 'invalid reference format' 'bad image' true
rsays 'invalid reference format' a:b:c true
rsays 'invalid reference format' '' true
rsays 'invalid reference format' busybox@sha256:1234 true
rsays 'must be lowercase' UPPER true
rsays "Unable to find image 'nosuch:latest' locally" nosuch true
says "Unable to find image 'nosuch:tag' locally" create nosuch:tag true
rsays 'No such image: nosuch:latest' --pull never nosuch true
rsays 'No such image: nosuch:tag' --pull never nosuch:tag true
note "nothing was made"
t ps -aq
