#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# exec that cannot be done.
. "$PARITY/lib.sh"

server web
says 'No such container: nosuch' exec nosuch true
fails exec -it web true
says 'no such file or directory' exec --env-file nofile web true
t exec -e = web true
q pause web
says 'is paused, unpause the container before exec' exec web true
q unpause web
q stop web
says 'is not running' exec web true
says 'is not running' exec -d web true
q create --network none --name made busybox
says 'is not running' exec made true
