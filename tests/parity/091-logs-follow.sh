#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# logs -f: what is there, what comes, and the end.
. "$PARITY/lib.sh"

q run -d --network none --name talk busybox sh -c '
    trap "echo poke" USR1; trap "echo bye; exit 0" TERM
    echo one; echo two >&2; while :; do sleep 1000 & wait $!; done'
until_logged talk two
"$D" logs -f talk >follow.out 2>follow.err &
follower=$!
until_ok 'grep -q one follow.out && grep -q two follow.err'
q kill -s TERM talk
wait "$follower"
echo "= $?"
cat follow.out
cat follow.err
note "only what is new"
q start talk
until_ok '[ "$("$D" logs talk 2>&1 | grep -c two)" = 2 ]'
"$D" logs -f -n 0 talk >new.out 2>&1 &
follower=$!
until_ok '"$D" kill -s USR1 talk; grep -q poke new.out'
q stop talk
wait "$follower"
echo "= $?"
sort -u new.out
note "a follower before the start sees nothing and does not wait"
q create --network none --name later busybox echo started
t logs -f later
q start -a later
t logs -f later
note "a follower that goes away harms nothing"
q start talk
"$D" logs -f talk >away.out 2>&1 &
follower=$!
until_ok 'grep -q one away.out'
kill -TERM "$follower"
wait "$follower" 2>/dev/null
t inspect -f '{{.State.Status}}' talk
