#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# attach to what runs: output from now on, input, the exit code, several at once.
. "$PARITY/lib.sh"

# What a container says before the client is attached, or in its last moment, may pass the client
# by: only what is sure is printed.
reader='while read -r line; do echo "got $line"; case $line in end*) exit ${line#end}; esac; done'
q run -d -i --network none --name reader busybox sh -c "$reader"
{
    echo hello
    until_ok 'grep -q "got hello" attach.out' >&2
    echo end7
} | "$D" attach reader >attach.out 2>attach.err
echo "= $?"
grep hello attach.out
cat attach.err
t wait reader
note "two at once see the same"
q run -d -i --network none --name both busybox sh -c \
    'trap "echo poke" USR1; trap "exit 3" TERM; while :; do sleep 1000 & wait $!; done'
"$D" attach --no-stdin both >first.out 2>&1 &
first=$!
"$D" attach --no-stdin both >second.out 2>&1 &
second=$!
until_ok '"$D" kill -s USR1 both; grep -q poke first.out && grep -q poke second.out'
q kill -s TERM both
wait "$first"
echo "= $?"
wait "$second"
echo "= $?"
sort -u first.out second.out
note "not possible"
says 'No such container: nosuch' attach nosuch
says 'You cannot attach to a stopped container, start it first' attach both
server held
q pause held
says 'You cannot attach to a paused container, unpause it first' attach held
q unpause held
q create --network none --name made busybox
says 'You cannot attach to a stopped container, start it first' attach made
