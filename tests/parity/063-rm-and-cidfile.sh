#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# --rm and --cidfile.
. "$PARITY/lib.sh"

t run --rm --network none --name gone busybox true
t run --rm --network none --name gone busybox false
t ps -a --filter name=gone --format '{{.Names}}'
q run -d --rm --network none --name later busybox sleep 1000
t ps --filter name=later --format '{{.Names}}'
t stop -t 0 later
until_ok '! "$D" inspect later'
t ps -a --filter name=later --format '{{.Names}}'
note "cidfile"
t run --network none --cidfile id --name kept busybox true
wc -c <id
t inspect -f '{{.Name}}' "$(cat id)"
rsays "container ID file found, make sure the other container isn't running or delete id" \
    --cidfile id busybox true
q create --network none --cidfile id2 busybox
wc -c <id2
note "a run that fails after the id is known leaves the file; before it, none"
fails run --rm --network none --cidfile id3 busybox nosuch
wc -c <id3
fails run --rm --network none --cidfile id4 --pull never nosuchimage true
ls id4 2>&1
q create --network none --name look --rm --cidfile id5 busybox
t inspect -f '{{.HostConfig.AutoRemove}} {{.HostConfig.ContainerIDFile}}' look
