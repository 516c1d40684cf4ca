#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The environment: what is there by itself, what -e does, and who wins.
. "$PARITY/lib.sh"

r busybox sh -c 'env | grep -vE "^(PWD|SHLVL)=" | sort'
r -e A=1 -e B= -e 'C=two words' -e D='a=b' busybox sh -c 'env | grep -vE "^(PWD|SHLVL)=" | sort'
r -e A=1 -e A=2 busybox sh -c 'env | grep -vE "^(PWD|SHLVL)=" | sort'
r -e PATH=/bin -e HOME=/h -e HOSTNAME=mine busybox sh -c 'env | grep -vE "^(PWD|SHLVL)=" | sort'
r -h named busybox sh -c 'env | grep -vE "^(PWD|SHLVL)=" | sort'
r -u alice busybox sh -c 'env | grep -vE "^(PWD|SHLVL)=" | sort'
r -u 4242 busybox sh -c 'env | grep -vE "^(PWD|SHLVL)=" | sort'
r -u bob -e HOME=/set busybox sh -c 'env | grep -vE "^(PWD|SHLVL)=" | sort'
export FROM_CALLER="the caller's"
r -e FROM_CALLER -e NOT_SET_HERE busybox sh -c 'env | grep -vE "^(PWD|SHLVL)=" | sort'
unset FROM_CALLER
q import --change 'ENV A=image' --change 'ENV PATH=/bin:/image' --change 'ENV E="x y"' "$TAR" \
    envimage
r envimage sh -c 'env | grep -vE "^(PWD|SHLVL)=" | sort'
r -e A=mine -e PATH=/bin envimage sh -c 'env | grep -vE "^(PWD|SHLVL)=" | sort'
r -e E envimage sh -c 'env | grep -vE "^(PWD|SHLVL)=" | sort'
q rmi envimage
