#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# /dev, with and without a terminal.
. "$PARITY/lib.sh"

look='cd /dev && for f in *; do
    if [ -L "$f" ]; then echo "$f -> $(readlink "$f")"; else stat -c "%n %A %u %g %t:%T" "$f"; fi
done'
in_container "$look" | sort
in_container -t \
    'ls /dev | tr "\n" " "; stat -c "%A" /dev/console; tty; stat -c "%A %u %g" $(tty)' | tr -d '\r'
in_container -u alice \
    'for d in null zero full random urandom tty; do [ -r /dev/$d ] && [ -w /dev/$d ] && echo $d; done'
in_container \
    'echo x >/dev/null && head -c 4 /dev/zero | wc -c && head -c 9 /dev/urandom | wc -c; echo x >/dev/full'
in_container 'echo to stdout >/dev/stdout; echo to stderr >/dev/stderr; echo in | cat /dev/stdin'
in_container -u alice 'echo to stdout >/dev/stdout; echo to stderr >/dev/stderr'
in_container 'touch /dev/new && mkdir /dev/shm/x && ls /dev/shm; cat /dev/tty'
