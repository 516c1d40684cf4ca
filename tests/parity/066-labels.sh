#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# --label and --label-file.
. "$PARITY/lib.sh"

printf 'from.file=1\n# comment\n\nbare\nboth=file\n' >labels
q import --change 'CMD ["sh"]' --change 'LABEL image=yes both=image' "$TAR" labelimage
q create --network none --name look --label-file labels -l a=1 --label b= --label c -l 'd=x y=z' \
    -l both=flag labelimage
t inspect -f '{{json .Config.Labels}}' look
t inspect -f '{{index .Config.Labels "a"}} {{index .Config.Labels "none"}}' look
t ps -a --filter label=a --format '{{.Names}}'
t ps -a --filter label=a=1 --format '{{.Names}}'
t ps -a --filter label=a=2 --format '{{.Names}}'
t ps -a --filter label=a=1 --filter label=nosuch --format '{{.Names}}'
t ps -a --filter label=image --format '{{.Label "image"}} {{.Label "b"}} {{.Label "nosuch"}}.'
says 'no such file or directory' create --network none --label-file nofile busybox
q rm look
q rmi labelimage
