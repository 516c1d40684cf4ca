#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# import --change: each Dockerfile word that an import may have, and what it makes of bad ones.
. "$PARITY/lib.sh"

mkdir -p tree
echo x >tree/file
tar -C tree -cf tree.tar .

# change FIELD INSTRUCTION...: imports with the instructions and shows the field.
change()
{
    field=$1
    shift
    set -- "$@"
    print_call "$@"
    for instruction in "$@"; do
        set -- "$@" --change "$instruction"
        shift
    done
    "$D" import "$@" tree.tar change:x >/dev/null 2>.err || awk '{ print "2 " $0 }' .err
    "$D" image inspect -f "{{json .Config.$field}}" change:x
}

change Cmd 'CMD ["a", "b c"]'
change Cmd 'CMD a "b c" $d'
change Cmd 'cmd ["a"]' 'CMD ["b"]'
change Cmd 'CMD ["a"'
change Cmd 'CMD ["a\"b\\c\u0041"]'
change Entrypoint 'ENTRYPOINT ["/e", "x"]'
change Entrypoint 'ENTRYPOINT run this'
change Env 'ENV A=b'
change Env 'ENV A b c'
change Env 'ENV A=b C="d e" F=g\ h' 'ENV A=last'
change Env 'ENV A=$PATH' 'ENV B=$A/x C=${A:-y}'
change ExposedPorts 'EXPOSE 80 443/tcp 53/udp'
change ExposedPorts 'EXPOSE 8000-8002'
change Labels 'LABEL a=b "c d"="e f" g=h\ i'
change Labels 'LABEL a b'
change User 'USER bob'
change User 'USER 1000:50'
change Volumes 'VOLUME /v /w'
change Volumes 'VOLUME ["/v", "/with space"]'
change WorkingDir 'WORKDIR /a/b'
change WorkingDir 'WORKDIR /a' 'WORKDIR b'
change Healthcheck 'HEALTHCHECK --interval=5s --retries=2 CMD true x'
change Healthcheck 'HEALTHCHECK NONE'
change OnBuild 'ONBUILD RUN something'
note "refused"
while read -r phrase; do
    read -r instruction
    says "$phrase" import --change "$instruction" tree.tar change:bad
done <<'END'
frob is not a valid change command || frob
FROB x
run is not a valid change command || run
RUN x
shell is not a valid change command || shell
SHELL ["x"]
ENV requires at least one argument || requires at least one argument
ENV
ENV must have two arguments || must have two arguments
ENV x
LABEL must have two arguments || must have two arguments
LABEL x
WORKDIR requires exactly one argument || requires exactly one argument
WORKDIR
Invalid containerPort: x || invalid containerPort: x
EXPOSE x
END
t images -q change:bad
for id in $("$D" images -q --filter dangling=true) change:x; do
    q rmi "$id"
done
