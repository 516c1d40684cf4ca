#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# images and image ls.
. "$PARITY/lib.sh"

t images
q tag busybox other:v1
q tag busybox registry.example.org:5000/deep/name:tag
q import --change 'LABEL a=b' "$TAR" third:x
t images --format '{{.Repository}}:{{.Tag}}' | sort
t images busybox
t images busybox:latest --format '{{.Repository}}:{{.Tag}}'
t images other --format '{{.Repository}}:{{.Tag}}'
t images nosuch
t images busybox:nosuch
t images 'o*' --format '{{.Repository}}:{{.Tag}}'
t images '*:v1' --format '{{.Repository}}:{{.Tag}}'
t images 'registry.example.org:5000/*/*' --format '{{.Repository}}:{{.Tag}}'
t images -q other
t images -q --no-trunc other
t images --digests other
t images --no-trunc other
t image ls third
t image list -q third
t images --filter dangling=false --format '{{.Repository}}:{{.Tag}}' | sort
t images --filter dangling=true
t images --filter label=a=b --format '{{.Repository}}:{{.Tag}}'
t images --filter reference=other --format '{{.Repository}}:{{.Tag}}'
t images --filter 'reference=*:v1' --format '{{.Repository}}:{{.Tag}}'
t images --filter before=third:x --format '{{.Repository}}:{{.Tag}}' | sort
t images --filter since=busybox --format '{{.Repository}}:{{.Tag}}' | sort
says "Invalid filter 'frob'" images --filter frob=1
note "one that lost its name"
q import --change 'LABEL c=d' "$TAR" third:x
t images --filter dangling=true --format '{{.Repository}}:{{.Tag}}'
t images -a --format '{{.Repository}}:{{.Tag}}' | sort
q rmi "$("$D" images -q --filter dangling=true)"
q rmi other:v1 registry.example.org:5000/deep/name:tag third:x
