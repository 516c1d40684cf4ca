#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# top: the host's ps, with the container's processes only. Its columns are the caller's choice.
# needs: ps
. "$PARITY/lib.sh"

server web
"$D" top web | head -n 1
"$D" top web | awk 'NR > 1 { print $1, $NF == "wait" || $0 ~ /sleep/ }' | sort
"$D" top web | wc -l
"$D" top web -o pid,comm | awk '{ print $2 }' | sort
"$D" top web -eo pid,comm,stat | head -n 1
"$D" top web aux | head -n 1
"$D" top web -o pid | grep -c '^[0-9]*$'
pid=$("$D" inspect -f '{{.State.Pid}}' web)
"$D" top web -o pid,comm | grep -c "^$pid "
says "find PID field in ps output" top web -o comm
fails top web -o frob
says 'No such container: nosuch' top nosuch
t container top web -o pid,comm >/dev/null
q stop web
says 'is not running' top web
