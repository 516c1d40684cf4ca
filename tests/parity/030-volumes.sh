#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# -v: binds, named volumes, anonymous ones, and what is not one of them.
. "$PARITY/lib.sh"

mkdir -p src/sub
echo hello >src/file
r -v "$PWD/src:/b" busybox sh -c 'cat /b/file; echo changed >/b/file; ls /b'
cat src/file
r -v "$PWD/src:/b:ro" busybox sh -c \
    'cat /b/file; touch /b/x; rm /b/file; grep " /b " /proc/self/mountinfo | cut -d" " -f6 | cut -d, -f1'
r -v "$PWD/src/file:/single" busybox cat /single
r -v "$PWD/src/file:/etc/passwd:ro" busybox sh -c 'cat /etc/passwd; echo >/etc/passwd'
r -v "$PWD/src:/a/deep/place" busybox ls /a/deep/place
r -v "$PWD/src:/var/data" busybox ls /var/data
r -v "$PWD/src:/b" -v "$PWD/src/sub:/b/over" busybox ls /b
r -v "$PWD/src:/b:rw,z" busybox ls /b
note "a host path that is not there becomes a folder"
r -v "$PWD/fresh/path:/b" busybox sh -c 'ls -A /b; stat -c "%u %g %a %F" /b'
stat -c '%u %g %a %F' fresh/path
note "named volumes stay"
r -v parity030:/v busybox sh -c 'ls -A /v; echo kept >/v/file'
r -v parity030:/elsewhere busybox cat /elsewhere/file
r -v parity030:/v:ro busybox sh -c 'cat /v/file; touch /v/x'
note "an empty volume takes what the image has there, with owner and mode"
r -v parity030b:/var/data busybox sh -c \
    'ls /var/data; stat -c "%u %g %a" /var/data; cat /var/data/file'
r -v parity030b:/x busybox sh -c 'ls /x; stat -c "%u %g %a" /x'
r -v parity030c:/var/data:nocopy busybox ls -A /var/data
r -v parity030:/var/data busybox ls /var/data
note "anonymous"
r -v /anon busybox sh -c 'touch /anon/x; grep -c " /anon " /proc/self/mountinfo'
q import --change 'VOLUME /declared' "$TAR" volimage
r volimage sh -c 'grep -c " /declared " /proc/self/mountinfo; touch /declared/x'
q rmi volimage
q create --network none --name look -v "$PWD/src:/b:ro" -v parity030:/v busybox
t inspect -f '{{range .Mounts}}{{.Type}} {{.Destination}} {{.RW}} {{.Name}}{{"\n"}}{{end}}' look \
    | sort
# Docker's client collects them in a map: their order is random.
t inspect -f '{{range .HostConfig.Binds}}{{println .}}{{end}}' look | sort
rsays "invalid volume specification: 'a:b:c:d'" -v a:b:c:d busybox true
rsays 'invalid mode: frob' -v /tmp:/x:frob busybox true
rsays 'includes invalid characters for a local volume name' -v 'a b:/x' busybox true
rsays "destination can't be '/'" -v /tmp:/ busybox true
rsays 'invalid mount path || mount path must be absolute' -v parity030:rel/path busybox true
rsays 'Duplicate mount point: /b' -v /tmp:/b -v /var:/b busybox true
note "a symbolic link in the image does not lead out of it"
mkdir -p link/bin
ln -s /../../../../etc link/out
cp "$(command -v busybox)" link/bin/busybox
tar -C link -cf link.tar .
q import link.tar linkimage
r -v "$PWD/src:/out/here" linkimage /bin/busybox sh -c '/bin/busybox ls /etc/here'
ls -d /etc/here 2>&1
q rmi linkimage
