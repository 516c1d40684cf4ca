#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# exec: its own environment, user, folder and exit code in a running container. Left out: the code
# and stream of a command that is not there (126 on standard output in 20.10; 127 since moby's pull
# request 48552 of 2024).
. "$PARITY/lib.sh"

server web -e A=run -e B=run -w /etc -h inside
t exec web echo hi
t exec web sh -c 'exit 5'
t exec web sh -c 'kill -9 $$'
t exec web sh -c 'echo out; echo err >&2'
t exec web pwd
t exec -w /tmp web pwd
t exec web sh -c 'env | grep -vE "^(PWD|SHLVL)=" | sort'
t exec -e B=exec -e C=3 web sh -c 'env | grep -vE "^(PWD|SHLVL)=" | sort'
printf 'D=file\n' >env.list
t exec --env-file env.list web sh -c 'echo $D $A'
t exec -u alice web id
t exec -u 1000:50 web id
t exec -u alice web sh -c 'echo $HOME; cat /proc/self/status | grep -E "^Cap(Eff|Bnd)"'
t exec web grep -E '^(Cap|Seccomp:|NoNewPrivs)' /proc/self/status
t exec web hostname
t exec web sh -c \
    'readlink /proc/self/ns/pid | cut -d: -f1; test $$ -gt 1 && echo not 1; cat /proc/1/comm'
echo typed | tin exec -i web cat
echo typed | tin exec web sh -c 'cat; echo end'
t exec -i web cat
t exec -t web sh -c 'tty; echo $TERM' | tr -d '\r'
t exec -it web true
t exec web touch /made
t exec web ls /made
t exec -d web touch /detached
until_ok '"$D" exec web ls /detached'
t exec --workdir=/ --user=root web pwd
t exec "$("$D" inspect -f '{{.Id}}' web)" echo by id
note "inspect knows what runs"
t inspect -f '{{json .ExecIDs}}' web
t exec -d web sh -c 'sleep 2000 & sleep 2001'
until_ok '"$D" exec web ps | grep -q "sleep 2001"'
t inspect -f '{{len .ExecIDs}}' web
q exec web sh -c "kill \$(ps | awk '/ sleep 200[01]\$/ { print \$1 }')"
until_ok '[ "$("$D" inspect -f "{{json .ExecIDs}}" web)" = null ]'
note "it ends with the container"
"$D" exec web sh -c 'echo ready; sleep 1000' >exec.out 2>&1 &
client=$!
until_ok 'grep -q ready exec.out'
q stop web
wait "$client"
echo "= $?"
