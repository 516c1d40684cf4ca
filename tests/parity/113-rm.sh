#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# rm: what it takes, what it refuses, what goes with it.
. "$PARITY/lib.sh"

q create --network none --name one busybox
q create --network none --name two busybox
server up
t rm one two
says 'cannot remove a running container || container is running' rm up
t inspect -f '{{.State.Status}}' up
q pause up
fails rm up
q unpause up
t rm -f up
says 'No such container: one' rm one
says 'No such container: nosuch' rm nosuch one
q create --network none --name three busybox
says 'No such container: nosuch' rm nosuch three
t ps -aq
says 'No such container: nosuch' rm -f nosuch
server again
t rm --force --volumes again
q create --network none --name four busybox
t container rm four
note "its files are gone, named volumes stay"
q create --network none --name five -v parity113:/v busybox sh -c 'echo kept >/v/file'
q start -a five
q rm -v five
r -v parity113:/v busybox cat /v/file
note "prune"
q create --network none --name old busybox
server new
"$D" ps -a --format '{{.Names}} {{.State}}'
