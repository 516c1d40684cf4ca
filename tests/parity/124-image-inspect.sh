#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# image inspect, inspect of an image, and the names an image answers to.
. "$PARITY/lib.sh"

q import --change 'ENV A=b' --change 'CMD ["x"]' --change 'WORKDIR /w' --change 'EXPOSE 80' \
    --change 'USER 5' \
    --change 'LABEL l=1' --change 'VOLUME /v' --change 'ENTRYPOINT ["/e"]' -m note "$TAR" look:v1
for field in Config.Env Config.Cmd Config.WorkingDir Config.ExposedPorts Config.User \
    Config.Labels Config.Volumes \
    Config.Entrypoint RepoTags RepoDigests Comment Architecture Os Author Size RootFS.Type Id \
        Created; do
    t image inspect -f "{{json .$field}}" look:v1 | sed '/Size/{n;s/[0-9][0-9]*$/N/}'
done
t image inspect -f '{{len .RootFS.Layers}}' look:v1
t inspect -f '{{json .RepoTags}}' look:v1
t inspect --type image -f '{{json .RepoTags}}' look:v1
id=$("$D" image inspect -f '{{.Id}}' look:v1)
hex=${id#sha256:}
for name in "$id" "$hex" "$(printf %.12s "$hex")" "$(printf %.8s "$hex")" \
    "sha256:$(printf %.12s "$hex")"; do
    "$D" image inspect -f '{{json .RepoTags}}' "$name"
done
q tag look:v1 name
for name in name name:latest docker.io/library/name docker.io/library/name:latest library/name \
    index.docker.io/library/name; do
    t image inspect -f '{{json .Config.Cmd}}' $name
done
t image inspect -f '{{.Os}}' look:v1 name
says 'No such image: nosuch' image inspect nosuch
says 'No such image: look' image inspect look
says 'No such object: nosuch' inspect nosuch
says 'No such image: nosuch' image inspect -f '{{.Os}}' look:v1 nosuch
fails image inspect UPPER
note "a container made of each kind of name remembers it as typed"
for name in name:latest "$id" "$(printf %.12s "$hex")"; do
    made=$("$D" create --network none --entrypoint true "$name")
    t inspect -f '{{.Config.Image}} {{.Image}}' "$made"
    q rm "$made"
done
note "an id is not a name when it is too long or not hex"
"$D" image inspect "${hex}0" 2>&1 | grep -c 'No such image'
"$D" image inspect "${hex%???}xyz" 2>&1 | grep -c 'No such image'
q rmi name look:v1
