#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# ps --filter
. "$PARITY/lib.sh"

q import --change 'LABEL a=b' "$TAR" other:v1
q create --network none --name made busybox
q run --network none --name done-one busybox true
"$D" run --network none --name failed busybox sh -c 'exit 3'
server up -v parity071:/vol
server held --label tier=front
q pause held
names='{{.Names}}'
q create --network none --name from-other other:v1 true
for filter in status=created status=running status=paused status=exited name=one name=^up$ name=p \
    name=nosuch \
    exited=0 exited=3 ancestor=busybox ancestor=busybox:latest ancestor=other:v1 ancestor=nosuch \
        label=tier label=tier=front \
    before=failed since=failed volume=parity071 volume=/vol volume=nosuch network=none \
        network=host; do
    t ps -a --filter $filter --format "$names"
done
t ps -a --filter status=created --filter status=exited --format "$names"
t ps -a --filter status=exited --filter name=done --format "$names"
t ps -a --filter name=done --filter name=held --format "$names"
t ps --filter exited=3 --format "$names"
t ps --filter status=exited --format "$names"
id=$("$D" inspect -f '{{.Id}}' up)
t ps --filter id="$(printf %.12s "$id")" --format "$names"
t ps -f name=up --format "$names"
says "Invalid filter 'frob'" ps --filter frob=x
says "Invalid filter 'status=frob' || Invalid filter" ps --filter status=frob
fails ps --filter exited=x
says 'no such container' ps --filter before=nosuch
fails ps --filter health=x
q unpause held
q rm from-other
q rmi other:v1
