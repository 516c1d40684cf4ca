#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# logs of a container that has ended.
. "$PARITY/lib.sh"

q run --network none --name talk busybox sh -c 'for i in 1 2 3 4 5; do echo "line $i"; done'
t logs talk
t logs -n 2 talk
t logs --tail 1 talk
t logs --tail=0 talk
t logs --tail all talk
t logs --tail -1 talk
t logs -n 100 talk
t logs --tail x talk
t logs -t talk
t logs --timestamps -n 1 talk
t logs -f talk
t logs --since 1h talk
t logs --since 2000-01-01 talk
t logs --since 2000-01-01T00:00:00Z talk
t logs --since 946684800 talk
t logs --until 1h talk
t logs --until 2000-01-01 talk
t logs --until 2100-01-01T00:00:00 talk
t logs --since 2100-01-01 talk
t logs --details talk
note "between two moments"
q run --network none --name slow busybox sh -c \
    'echo first; sleep 1.2; echo second; sleep 1.2; echo third'
from=$("$D" logs -t slow | sed -n '2s/ .*//p')
t logs --since "$from" slow
t logs --until "$from" slow
t logs --since "$from" --until "$from" slow
note "two streams, empty lines, no line end, long lines"
"$D" run --network none --name streams busybox sh -c \
    'echo out; echo err >&2; echo; printf "no end"' >/dev/null 2>&1
t logs streams
t logs streams 2>/dev/null
q run --network none --name long busybox sh -c \
    'head -c 40000 /dev/zero | tr "\0" x; echo; printf "tab\there \033[1m bytes \377\n"'
"$D" logs long | head -n 1 | wc -c
"$D" logs long | tail -n 1 | od -c | head -n 3
"$D" logs -t long | wc -l
note "a terminal's log has one stream"
"$D" run -t --network none --name terminal busybox sh -c 'echo out; echo err >&2' >/dev/null
"$D" logs terminal | od -c
note "nothing yet, nothing at all"
q create --network none --name silent busybox
t logs silent
says 'No such container: nosuch' logs nosuch
says 'failed to parse value as time or duration: "x"' logs --since x talk
says 'failed to parse value as time or duration: "x"' logs --until x talk
note "kept over a restart"
q start -a talk
"$D" logs talk | wc -l
