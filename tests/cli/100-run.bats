#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2154 # stdout, code, bg_pid are set by lib/cli
#
# run and create: what goes in, what comes out, and that --rm leaves nothing.

load ../lib/cli

@test "the streams stay apart and the exit code is the command's" {
    hoy 3 run --rm busybox sh -c 'echo out; echo err >&2; exit 3'
    stdout_is out
    stderr_is err
    assert_nothing_left
}

@test "a command ended by signal n gives 128 + n" {
    hoy 137 run --rm busybox sh -c 'sh -c "kill -9 \$\$"; exit $?'
    hoy 143 run --rm --init busybox sh -c 'kill -TERM $$'
    assert_nothing_left
}

@test "not found is 127, not executable is 126, and neither leaves a container" {
    hoy 127 run --rm busybox nosuch
    stderr_has 'exec: "nosuch": executable file not found in $PATH'
    hoy 127 run --rm busybox /nosuch
    stderr_has 'exec: "/nosuch": stat /nosuch: no such file or directory'
    hoy 126 run --rm busybox /etc/passwd
    stderr_has 'exec: "/etc/passwd": permission denied'
    assert_nothing_left
}

@test "standard input reaches the command only with -i" {
    is "$(printf 'a\nb\n' | "$HOY" run --rm -i busybox cat)" $'a\nb'
    is "$(printf 'a\nb\n' | "$HOY" run --rm busybox cat)" ''
    assert_nothing_left
}

@test "megabytes pass through unchanged, both ways" {
    head -c 5000000 /dev/urandom >"$T/in"
    "$HOY" run --rm -i busybox cat <"$T/in" >"$T/out"
    cmp "$T/in" "$T/out"
    assert_nothing_left
}

@test "a reader that stops reading ends the command with a broken pipe, not with a hang" {
    "$HOY" run --rm busybox sh -c 'i=0; while [ $i -lt 20000 ]; do echo $i; i=$((i+1)); done' | head -n 1
    # The container itself goes on to its end, which takes its time in an emulated machine.
    wait_until 60 sh -c "[ -z \"\$($HOY ps -aq)\" ]"
}

@test "run -d prints the full id, ps shows it, rm -f removes it" {
    hoy 0 run -d --name web busybox sleep 1000
    is ${#CID} 64
    hoy 0 ps --no-trunc -q
    stdout_is "$CID"
    hoy 0 ps --format '{{.Names}} {{.Image}} {{.Command}}'
    stdout_is 'web busybox "sleep 1000"'
    hoy 0 rm -f web
    stdout_is web
    assert_nothing_left
}

@test "a detached container does not hold what its starter has open" {
    exec 9>"$T/lock"
    flock 9
    hoy 0 run -d --name holder busybox sleep 1000
    exec 9>&-
    wait_until 10 flock -n "$T/lock" true
    hoy 0 rm -f holder
    assert_nothing_left
}

@test "environment: the defaults, the flags, and what a flag takes away" {
    export FROM_HOST=host
    hoy 0 run --rm -h box -e A=1 -e FROM_HOST -e UNSET_ON_HOST busybox env
    stdout_like $'(^|\n)PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\n'
    stdout_like $'\nHOSTNAME=box\n'
    stdout_like $'\nA=1\n'
    stdout_like $'\nFROM_HOST=host\n'
    stdout_like $'\nHOME=/root$'
    [[ $stdout != *UNSET_ON_HOST* ]]
    printf '# comment\nB=two words\n\nFROM_HOST\n' >"$T/env"
    hoy 0 run --rm --env-file "$T/env" busybox sh -c 'echo "$B $FROM_HOST"'
    stdout_is 'two words host'
}

@test "user, group, working directory" {
    hoy 0 run --rm -u www-data busybox id
    stdout_is 'uid=33(www-data) gid=33(www-data) groups=33(www-data)'
    hoy 0 run --rm -u 4242:4343 busybox sh -c 'id -u; id -g; grep Groups: /proc/self/status; echo $HOME'
    stdout_like $'^4242\n4343\nGroups:\t4343 ?\n/$'
    hoy 0 run --rm -w /made/here busybox pwd
    stdout_is /made/here
    hoy 125 run --rm -u nosuch busybox true
    stderr_has 'unable to find user nosuch: no matching entries in passwd file'
    assert_nothing_left
}

@test "entrypoint and command: the flag wins over the image" {
    hoy 0 run --rm --entrypoint echo busybox a b
    stdout_is 'a b'
    hoy 125 run --rm --entrypoint '' busybox
    stderr_has 'No command specified'
}

@test "--cidfile is written, and an old one is not overwritten" {
    hoy 0 run --rm --cidfile "$T/cid" busybox true
    is "$(wc -c <"$T/cid")" 64
    hoy 125 run --rm --cidfile "$T/cid" busybox true
    stderr_has 'container ID file found'
    assert_nothing_left
}

@test "a name is taken once; the sentence says by whom" {
    hoy 0 create --name once busybox true
    local first=$CID
    hoy 125 run --rm --name once busybox true
    stderr_has "Conflict. The container name \"/once\" is already in use by container \"$first\"."
    hoy 0 rm once
    assert_nothing_left
}

@test "--init reaps, passes signals on, and is process 1" {
    hoy 0 run --rm --init busybox sh -c 'cat /proc/1/comm; exit 0'
    stdout_is docker-init
    hoy 0 run -d --name boxed --init busybox sleep 1000
    hoy 0 kill -s TERM boxed
    hoy 0 wait boxed
    stdout_is 143
    hoy 0 rm boxed
    assert_nothing_left
}

@test "a failed start is remembered and can be looked at" {
    hoy 127 run --name broken busybox nosuch
    hoy 0 inspect -f '{{.State.Status}} {{.State.ExitCode}} {{.State.Pid}}' broken
    stdout_is 'created 127 0'
    hoy 0 inspect -f '{{.State.Error}}' broken
    stdout_has 'executable file not found'
    hoy 0 rm broken
    assert_nothing_left
}
