#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# -u: names, numbers, groups, and what the files in the image say of them.
. "$PARITY/lib.sh"

for user in root alice bob 1000 1001 4242 0 alice:staff alice:10 1000:50 7:8 :50 :wheel root:wheel \
    bob:alice 4242:staff; do
    r -u $user busybox id
done
r busybox grep -E '^(Uid|Gid|Groups)' /proc/self/status
r -u alice busybox grep -E '^(Uid|Gid|Groups)' /proc/self/status
r -u alice:staff busybox grep -E '^(Uid|Gid|Groups)' /proc/self/status
r -u alice busybox sh -c 'touch /x; touch /tmp/ok && stat -c "%U %G %a" /tmp/ok; cat /root/x'
q import --change 'USER bob' "$TAR" userimage
r userimage id
r -u 0 userimage id
q rmi userimage
note "without passwd and group files"
mkdir -p bare/bin
cp "$(command -v busybox)" bare/bin/busybox
tar -C bare -cf bare.tar .
q import bare.tar bare
r -u 5:6 bare /bin/busybox id
r bare /bin/busybox env
rsays 'unable to find user alice: ' -u alice bare /bin/busybox id
q rmi bare
