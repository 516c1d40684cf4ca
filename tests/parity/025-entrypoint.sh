#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# ENTRYPOINT and CMD of the image, --entrypoint and the arguments of the command line.
. "$PARITY/lib.sh"

r --entrypoint echo busybox a b
r --entrypoint echo busybox
r --entrypoint '' busybox echo reset
rsays 'executable file not found in $PATH' --entrypoint '["echo"]' busybox a
rsays 'executable file not found in $PATH' --entrypoint 'echo a' busybox
q import --change 'ENTRYPOINT ["echo", "entry"]' --change 'CMD ["cmd", "two words"]' "$TAR" execform
r execform
r execform mine
r --entrypoint cat execform /etc/group
r --entrypoint id execform
r --entrypoint '' execform echo none
rsays 'No command specified' --entrypoint '' execform
q import --change 'ENTRYPOINT echo shell $0 $1' --change 'CMD a b' "$TAR" shellform
r shellform
r shellform x
q import --change 'CMD echo $((1 + 1)) "q u"' "$TAR" cmdform
r cmdform
r cmdform echo mine
q create --network none --name look execform more
t inspect -f '{{json .Path}} {{json .Args}} {{json .Config.Cmd}} {{json .Config.Entrypoint}}' look
q rmi -f execform shellform cmdform
