#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# --env-file: its lines are taken as they are, without a shell's rules.
. "$PARITY/lib.sh"

cat >plain.env <<'END'
# a comment

A=1
B="quoted"
C='single'
D=a # no comment
  E=led by blanks
F=
G=a=b=c
HOST_VALUE
NOT_SET
TRAIL=x  
É=unicode
A=last
END
export HOST_VALUE="from outside"
r --env-file plain.env busybox sh -c 'env | grep -vE "^(PWD|SHLVL)=" | sort'
printf 'ONE=1\r\nTWO=2' >crlf.env
r --env-file crlf.env busybox sh -c 'env | cat -v | grep -E "ONE|TWO"'
printf 'A=file\nB=file\n' >first.env
printf 'B=second\n' >second.env
r --env-file first.env --env-file second.env -e A=flag busybox sh -c \
    'env | grep -E "^(A|B)=" | sort'
: >empty.env
r --env-file empty.env busybox env
rsays 'no such file or directory' --env-file nofile busybox env
printf 'A B=1\n' >blank.env
rsays "variable 'A B' contains whitespaces" --env-file blank.env busybox env
printf '=1\n' >noname.env
rsays "no variable name on line '=1'" --env-file noname.env busybox env
printf 'A=\377\n' >bytes.env
fails run --rm --network none --env-file bytes.env busybox env
