#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# tag and rmi.
. "$PARITY/lib.sh"

q import --change 'CMD ["sh"]' --change 'LABEL own=123' "$TAR" base
t tag base one
t tag base:latest two:v1
t tag "$("$D" images -q base)" three
t tag base localhost:5000/a/b:c
t tag base docker.io/library/four
t tag base docker.io/user/five
t image tag base six
t images --format '{{.Repository}}:{{.Tag}}' --filter label=own | sort
"$D" image inspect -f '{{range .RepoTags}}{{println .}}{{end}}' base | sort
says 'No such image: nosuch:latest' tag nosuch x
says 'must be lowercase' tag base BAD
says 'invalid reference format' tag base a:b:c
says 'refusing to create a tag with a digest reference' tag base \
    x@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
note "a tag moves"
q import --change 'LABEL other=123' "$TAR" mover
t tag mover one
t image inspect -f '{{json .Config.Labels}}' one
q rmi one mover
note "rmi takes names one by one"
t rmi two:v1
t rmi three docker.io/library/four
t image rm six
says 'No such image: six' rmi six
says 'No such image: nosuch' rmi nosuch
says 'No such image: nosuch' rmi nosuch localhost:5000/a/b:c
t images --format '{{.Repository}}:{{.Tag}}' --filter label=own | sort
says 'image is referenced in multiple repositories' rmi "$("$D" images -q base)"
q rmi user/five
note "in use"
q create --network none --name user base
says 'conflict: unable to remove repository reference "base" (must force) - container' rmi base
says 'is being used by stopped container' rmi "$("$D" images -q base)"
q start user
q run -d --network none --name running base sleep 1000
says 'conflict: unable to remove repository reference "base" (must force) - container' rmi base
says 'is being used by running container' rmi "$("$D" images -q base)"
says 'is being used by running container' rmi -f "$("$D" images -q base)"
q tag base second
t rmi second
q stop -t 0 running
note "by force it loses its name, the container lives on"
t rmi -f base
says 'No such image' image inspect base
t start running
t inspect -f '{{.Config.Image}}' running
t ps -a --filter name=running --format '{{.Image}}' --no-trunc
q rm -f running user
note "the last name takes the image with it"
q import --change 'LABEL last=123' "$TAR" last
"$D" rmi last | sed 's/sha256:.*/sha256:/' | sort -u
t images -aq --filter label=last
