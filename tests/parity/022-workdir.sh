#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# -w
. "$PARITY/lib.sh"

r busybox pwd
r -w /etc busybox pwd
r -w /new/deep/folder busybox sh -c 'pwd; ls -ld /new /new/deep/folder | cut -c1-10'
r -w /etc/../tmp/ busybox pwd
r -w '' busybox pwd
r -w / busybox pwd
r -u alice -w /made busybox sh -c 'stat -c "%u %g %a" /made'
r -w /home/alice -u alice busybox sh -c 'touch x && ls'
q import --change 'WORKDIR /srv/app' --change 'CMD pwd' "$TAR" wdimage
r wdimage
r -w /tmp wdimage
q rmi wdimage
