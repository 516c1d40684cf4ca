#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# import: from a file, a pipe, with a message; what the image keeps of the tar; what it refuses.
# needs: bzip2 xz
. "$PARITY/lib.sh"

mkdir -p tree/bin tree/dir
cp "$(command -v busybox)" tree/bin/busybox
ln tree/bin/busybox tree/bin/sh
ln -s ../bin/sh tree/dir/link
ln -s /nowhere tree/dangling
mkfifo tree/pipe
mknod tree/null c 1 3
echo suid >tree/suid
chmod 4755 tree/suid
echo owned >tree/owned
chown 1234:5678 tree/owned
chmod 640 tree/owned
touch -d @1000000000 tree/old
touch "tree/a name with  spaces" 'tree/é'
truncate -s 1M tree/sparse
mkdir -m 1777 tree/tmp
mkdir -m 700 tree/closed
tar -C tree -cf tree.tar .
t import tree.tar tree:one
tin import - tree:two <tree.tar
gzip -k tree.tar
bzip2 -k tree.tar
xz -k tree.tar
tin import - tree:gz <tree.tar.gz
tin import - tree:bz2 <tree.tar.bz2
t import tree.tar.xz tree:xz
t import tree.tar
t images --format '{{.Repository}}:{{.Tag}} {{.Size}}' tree | sort
t images --filter dangling=true -q
look='cd / && for f in bin/sh dir/link dangling pipe null suid owned old "a name with  spaces" é sparse tmp closed dir; do
    busybox stat -c "%n %F %a %u %g %h %s" "$f" | busybox sed "/directory/s/ [0-9]* [0-9]*\$//"; done; busybox stat -c "%n %Y" old'
t run --rm --network none -e PATH=/bin tree:one sh -c "$look"
t run --rm --network none -e PATH=/bin tree:xz sh -c \
    'busybox ls -A / | busybox tr "\n" " "; busybox readlink /dir/link /dangling; echo x >/null; busybox test /bin/sh -ef /bin/busybox && echo linked'
says 'No command specified' run --rm --network none tree:one
note "refused"
says 'no such file or directory' import nofile
head -c 2000 tree.tar.xz >cut.tar.xz
fails import cut.tar.xz cut:x
head -c 100000 tree.tar >cut.tar
fails import cut.tar cut:x
yes not a tar | head -c 5000 >junk
fails import junk cut:x
t images -q cut
says 'must be lowercase' import tree.tar UPPER
says 'invalid reference format' import tree.tar 'a b'
fails import tree.tar x@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
note "the message"
q import -m 'a message' tree.tar tree:m
t image inspect -f '{{.Comment}}' tree:m
t image inspect -f '{{.Comment}}' tree:two
q rmi tree:one tree:two tree:gz tree:bz2 tree:xz tree:m
for id in $("$D" images -q --filter dangling=true); do
    q rmi "$id"
done
