#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What goes into a command and what comes out of it.
. "$PARITY/lib.sh"

r busybox echo one "two  spaces" '' end
r busybox sh -c 'echo out; echo err >&2'
r busybox printf 'no newline'
r busybox sh -c 'cat; echo end'
echo typed | tin run --rm --network none -i busybox sh -c 'cat; echo end'
head -c 300000 /dev/zero | tr '\0' x | tin run --rm --network none -i busybox sh -c 'cat | wc -c'
note "many bytes out"
r busybox sh -c \
    'head -c 300000 /dev/zero | tr "\0" y | tr -d y; head -c 100000 /dev/zero | tr "\0" z' |
    awk '{ print length($0) }'
note "flags after the image are the command's"
r busybox echo --rm -it --name x
r -- busybox echo after the dashes
r --rm=true --rm=1 --interactive=false busybox echo booleans
r -a stdout busybox sh -c 'echo out; echo err >&2'
r -a stderr busybox sh -c 'echo out; echo err >&2'
note "the image's own command"
echo 'echo from standard input' | tin run --rm --network none -i busybox
note "detached"
q run -d --network none --name bg busybox sh -c 'echo working; exit 4'
t wait bg
t logs bg
