#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# Bad input: one sentence that names what is wrong, Docker's exit code, and nothing left behind.
# The phrases are the ones people search for; the sentence around them is hoy's.

load ../lib/cli

# refused CODE 'PHRASE' ARG...: ends with CODE, nothing on standard output, the phrase (in any case)
# on standard error, which is short.
refused() {
    local want=$1 phrase=$2
    shift 2
    hoy "$want" "$@"
    stdout_is ''
    [[ ${stderr,,} = *"${phrase,,}"* ]] || cli_fail "'hoy $*' does not say: $phrase"
    # The sentence, perhaps usage and where to read on: no dump.
    [ "$(wc -l <<<"$stderr")" -le 5 ] || cli_fail "'hoy $*' says too much"
    [[ $stderr != *'not implemented'* ]] || cli_fail "'hoy $*' is not built"
}

# refused_run 'PHRASE' ARG...: of run, so 125.
refused_run() {
    local phrase=$1
    shift
    refused 125 "$phrase" run --rm --network none "$@"
}

@test "sizes, numbers and limits that cannot be" {
    refused_run "invalid size: 'x'" -m x busybox true
    refused_run "invalid size: ''" -m '' busybox true
    refused_run "invalid size: '-1'" -m -1 busybox true
    refused_run '' -m 99999999999999999999g busybox true
    refused_run 'minimum memory limit' -m 4k busybox true
    refused_run 'larger than memory limit' -m 64m --memory-swap 32m busybox true
    refused_run 'memoryswap' --memory-swap 64m busybox true
    refused_run 'x' --cpus x busybox true
    refused_run 'range of CPUs is from 0.01' --cpus -1 busybox true
    refused_run 'range of CPUs is from 0.01' --cpus 9999 busybox true
    refused_run 'invalid syntax' --cpu-shares many busybox true
    refused_run 'invalid syntax' --pids-limit many busybox true
    refused_run 'out of range' --pids-limit 99999999999999999999 busybox true
    refused_run 'cpuset' --cpuset-cpus x busybox true
    refused_run 'not available' --cpuset-cpus 4000 busybox true
    assert_nothing_left
}

@test "resource limits that cannot be" {
    refused_run 'invalid ulimit argument: x' --ulimit x busybox true
    refused_run 'invalid ulimit type: frob' --ulimit frob=1 busybox true
    refused_run 'invalid syntax' --ulimit nofile=x busybox true
    refused_run '20 > 10' --ulimit nofile=20:10 busybox true
    refused_run 'too many limit value arguments' --ulimit nofile=1:2:3 busybox true
    assert_nothing_left
}

@test "capabilities, security options and signals that do not exist" {
    refused_run 'unknown capability: "CAP_FROB"' --cap-add frob busybox true
    refused_run 'unknown capability: "CAP_FROB"' --cap-drop cap_frob busybox true
    refused_run 'frob' --security-opt frob busybox true
    refused_run 'frob' --security-opt frob=1 busybox true
    refused_run 'no-new-privileges:frob' --security-opt no-new-privileges:frob busybox true
    refused_run 'nofile: no such file or directory' --security-opt seccomp=nofile busybox true
    refused_run 'invalid signal: frob' --stop-signal frob busybox true
    refused_run 'invalid syntax' --stop-timeout soon busybox true
    assert_nothing_left
}

@test "seccomp profiles that are none" {
    echo '{' >broken.json
    refused_run 'broken.json' --security-opt seccomp=broken.json busybox true
    echo '[]' >list.json
    refused_run '' --security-opt seccomp=list.json busybox true
    echo '{"defaultAction": "SCMP_ACT_FROB"}' >action.json
    refused_run 'SCMP_ACT_FROB' --security-opt seccomp=action.json busybox true
    echo '{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["mkdir"]}]}' >rule.json
    refused_run '' --security-opt seccomp=rule.json busybox true
    head -c 5000000 /dev/zero | tr '\0' '[' >deep.json
    refused_run '' --security-opt seccomp=deep.json busybox true
    head -c 100000 /dev/urandom >noise.json
    refused_run '' --security-opt seccomp=noise.json busybox true
    truncate -s 300M huge.json
    refused_run '' --security-opt seccomp=huge.json busybox true
    refused_run '' --security-opt "seccomp=$T" busybox true
    assert_nothing_left
}

@test "mounts that cannot be" {
    refused_run "invalid volume specification: 'a:b:c:d'" -v a:b:c:d busybox true
    refused_run 'invalid mode: frob' -v /tmp:/x:frob busybox true
    refused_run 'invalid spec: :/x: empty section between colons' -v :/x busybox true
    refused_run 'empty' -v '' busybox true
    refused_run 'includes invalid characters for a local volume name' -v 'a b:/x' busybox true
    refused_run 'includes invalid characters for a local volume name' -v a/b:/x busybox true
    refused_run "destination can't be '/'" -v /tmp:/ busybox true
    refused_run "destination can't be '/'" -v /tmp:/x/.. busybox true
    refused_run 'must be absolute' -v vol800:x/y busybox true
    refused_run 'duplicate mount point: /x' -v /tmp:/x -v /var:/x busybox true
    refused_run 'must be absolute' --tmpfs x busybox true
    refused_run "destination can't be '/'" --tmpfs / busybox true
    refused_run 'frob' --tmpfs /x:frob busybox true
    refused_run 'not a directory' -v /tmp:/etc/passwd/x busybox true
    touch file
    refused_run 'is a directory' -v "$T/file:/tmp" busybox true
    stderr_has 'are you trying to mount a directory onto a file (or vice-versa)?'
    assert_nothing_left
}

@test "names, users and folders that cannot be" {
    refused_run 'invalid container name (b@d)' --name b@d busybox true
    refused_run 'invalid container name (x)' --name x busybox true
    refused_run 'invalid container name' --name ../../x busybox true
    refused_run 'invalid container name' --name $'new\nline' busybox true
    refused_run 'unable to find user nosuch: no matching entries in passwd file' -u nosuch busybox id
    refused_run 'unable to find group nosuch: no matching entries in group file' -u 0:nosuch busybox id
    refused_run 'must be in range 0-2147483647' -u 4294967296 busybox id
    refused_run 'must be in range 0-2147483647' -u -5 busybox id
    refused_run "'rel'" -w rel busybox pwd
    refused_run '/etc/passwd' -w /etc/passwd busybox pwd
    refused_run '/etc/passwd' -w /etc/passwd/below busybox pwd
    assert_nothing_left
}

@test "environments and labels that cannot be" {
    refused_run 'invalid environment variable: =x' -e =x busybox true
    refused_run 'invalid environment variable: ' -e '' busybox true
    refused_run 'nofile: no such file or directory' --env-file nofile busybox true
    printf 'A B=1\n' >blank.env
    refused_run "variable 'A B' contains whitespaces" --env-file blank.env busybox true
    printf 'OK=1\n=1\n' >noname.env
    refused_run "no variable name on line '=1'" --env-file noname.env busybox true
    printf 'A=\377\376\n' >bytes.env
    refused_run 'bytes.env' --env-file bytes.env busybox true
    refused_run '' --env-file "$T" busybox true
    refused_run "invalid label '=x': empty name" --label =x busybox true
    assert_nothing_left
}

@test "images that are not there, or are no names" {
    refused_run 'invalid reference format' 'a b' true
    refused_run 'invalid reference format' a:b:c true
    refused_run 'invalid reference format' '' true
    refused_run 'invalid reference format' -- -x true
    refused_run 'invalid reference format' busybox@sha256:1234 true
    refused_run 'invalid reference format' ../../etc/passwd true
    refused_run 'must be lowercase' UPPER true
    refused_run 'invalid reference format' "$(head -c 300 /dev/zero | tr '\0' a)/x:$(head -c 200 /dev/zero | tr '\0' t)" true
    refused_run 'no such image: nosuch:latest' --pull never nosuch true
    refused_run "unable to find image '127.0.0.1:1/nosuch:latest' locally" 127.0.0.1:1/nosuch true
    stderr_has "hoy: pull '127.0.0.1:1/nosuch': registry '127.0.0.1:1': connect: " # refused, or no network at all
    assert_nothing_left
}

@test "flags that contradict each other" {
    refused 1 'conflicting options' run -d --network none -a stdout busybox true
    refused_run "must be one of" --pull frob busybox true
    refused 125 'network frob not found' run --rm --network frob busybox true
    refused_run 'valid streams are STDIN, STDOUT and STDERR' -a frob busybox true
    refused 1 'the input device is not a TTY' run --rm --network none -it busybox true </dev/null
    touch taken
    refused_run "delete taken" --cidfile taken busybox true
    refused_run 'no command specified' --entrypoint '' busybox
    assert_nothing_left
}

@test "a name that is taken" {
    hoy 0 create --network none --name taken busybox
    refused 125 'The container name "/taken" is already in use by container' \
        run --network none --name taken busybox true
    refused 1 "$CID" create --network none --name taken busybox
    hoy 0 ps -aq --no-trunc
    stdout_is "$CID"
    hoy 0 rm taken
    assert_nothing_left
}

@test "commands that cannot be executed leave no container with --rm" {
    refused 127 'exec: "nosuch": executable file not found in $PATH' \
        run --rm --network none busybox nosuch
    refused 127 '/nosuch' run --rm --network none busybox /nosuch
    refused 126 'permission denied' run --rm --network none busybox /etc
    refused 126 'permission denied' run --rm --network none busybox /etc/passwd
    refused 127 'executable file not found' run --rm --network none -e PATH=/none busybox true
    refused 127 '' run --rm --network none busybox "$(head -c 5000 /dev/zero | tr '\0' n)"
    assert_nothing_left
}

@test "objects that are not there" {
    local command
    for command in start stop restart kill rm wait pause unpause top logs attach 'container inspect'; do
        # shellcheck disable=SC2086
        hoy 1 $command nosuch
        [[ ${stderr,,} = *'no such container: nosuch'* ]] || cli_fail "$command"
    done
    refused 1 'no such container: nosuch' exec nosuch true
    refused 1 'no such container: nosuch' rename nosuch other
    refused 1 'no such image: nosuch' rmi nosuch
    refused 1 'no such image: nosuch:latest' tag nosuch other
    hoy 1 inspect nosuch
    stdout_is '[]'
    [[ ${stderr,,} = *'no such object: nosuch'* ]]
    hoy 1 image inspect nosuch
    stdout_is '[]'
    [[ ${stderr,,} = *'no such image: nosuch'* ]]
}

# bats test_tags=no-vm
@test "usage: unknown flags end with 125, wrong counts with 1, both name the command" {
    local command
    for command in run create start stop restart kill rm ps logs exec attach wait inspect top rename pause \
        unpause images rmi tag import version info; do
        refused 125 'unknown flag: --frob' $command --frob
        stderr_has "Run 'hoy $command --help' for more information"
        refused 125 "unknown shorthand flag: 'Z' in -Z" $command -Z
    done
    refused 125 'flag needs an argument: --name' run --name
    refused 125 "flag needs an argument: 'e' in -e" run -e
    for command in run create start stop restart kill rm wait inspect top pause unpause rmi import; do
        refused 1 "'hoy $command' requires at least 1 argument" $command
    done
    refused 1 "'hoy logs' requires 1 argument" logs
    refused 1 "'hoy logs' requires 1 argument" logs one two
    refused 1 "'hoy attach' requires 1 argument" attach
    refused 1 "'hoy rename' requires 2 arguments" rename one
    refused 1 "'hoy tag' requires 2 arguments" tag one
    refused 1 "'hoy exec' requires at least 2 arguments" exec one
    refused 1 "'hoy ps' accepts no arguments" ps one
    refused 1 "'hoy images' requires at most 1 argument" images one two
    refused 1 'frob' frob
    refused 1 'frob' image frob
}

@test "arguments as long as the system allows are refused or work, and leave nothing" {
    local long flag
    long=$(head -c 100000 /dev/zero | tr '\0' a)
    for flag in "--name=$long" "--volume=$long:/x" "--workdir=/$long" "--user=$long" "--hostname=$long" \
        "--cidfile=$long"; do
        hoy any run --rm --network none "$flag" busybox true
        [ "$code" = 0 ] || [ "$code" = 125 ] || cli_fail "${flag:0:20}..."
    done
    refused_run '' "$long" true
    hoy 0 run --rm --network none -e "A=$long" busybox sh -c 'echo ${#A}'
    stdout_is 100000
    hoy 0 run --rm --network none --label "a=$long" busybox true
    assert_nothing_left
}

@test "in a chroot whose root is no mount: it says so, and what helps" {
    mkdir -p "$T/root$HOY_BUILD" "$T/root/tmp" "$T/store"
    # shellcheck disable=SC2016
    hoy_in_chroot='for top in /usr /lib* /proc /dev; do
            [ ! -d "$top" ] || { mkdir -p "$1$top" && mount --rbind "$top" "$1$top"; } || exit 99
        done
        mount --bind "$HOY_BUILD" "$1$HOY_BUILD" || exit 99
        HOY_ROOT=/tmp/root HOY_STATE=/tmp/state chroot "$1" "$HOY" import /tmp x'
    run -1 unshare -m sh -c "$hoy_in_chroot" sh "$T/root"
    is "$output" "import '/tmp': containers cannot be made here: the root folder is no mount
in a chroot: before it, mount --bind DIR DIR"
}
