#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Too few, too many, and words that are no command.
. "$PARITY/lib.sh"

for command in run create start stop restart kill rm logs exec attach wait inspect top rename \
    pause unpause rmi tag \
    import 'image inspect' 'image rm' 'image tag' 'image import' 'container run' \
        'container inspect' \
    'container logs' 'container rm' 'container rename'; do
    # shellcheck disable=SC2086
    t $command
done
t exec one
t rename one
t tag one
t logs one two
t attach one two
t rename one two three
t tag one two three
t ps one
t container ls one
t version one
t info one
t images one two
t image ls one two
note "no such command: the sentence is one's own, the code is not"
fails frob
fails image frob
fails container frob
