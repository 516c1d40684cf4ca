#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# wait, restart, start in their states.
. "$PARITY/lib.sh"

q run -d --network none --name five busybox sh -c 'exit 5'
q run -d --network none --name six busybox sh -c 'exit 6'
t wait five six
t wait five
says 'No such container: nosuch' wait nosuch
says 'No such container: nosuch' wait nosuch six
server web
"$D" wait web >wait.out 2>&1 &
waiter=$!
t stop web
wait "$waiter"
echo "= $?"
cat wait.out
note "restart"
t restart web
t inspect -f '{{.State.Status}} {{.State.ExitCode}}' web
first=$("$D" inspect -f '{{.State.StartedAt}}' web)
t restart -t 1 web
[ "$first" != "$("$D" inspect -f '{{.State.StartedAt}}' web)" ] && echo "started anew"
t restart web five
until_state five exited
says 'No such container: nosuch' restart nosuch
says 'No such container: nosuch' restart nosuch web
note "what was written stays"
q exec web touch /kept
q restart web
t exec web ls /kept
note "start"
t start web
t start five six
until_state six exited
t start -a five
t start -a six
says 'No such container: nosuch' start nosuch
says 'No such container: nosuch' start nosuch six nosuch2
says 'You cannot start and attach multiple containers at once || cannot start and attach multiple' start -a five six
q create -i --network none --name reader busybox sh -c 'cat; exit 9'
echo typed | tin start -ai reader
t start six web
t stop web
