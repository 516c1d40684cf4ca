# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
#
# What every parity script starts with. The runner gives: D, the engine's command; TAR, a small
# root file system; a working folder of its own (the current one); the image busybox:latest.
#
# A script only runs commands and prints what they did; the runner compares the prints of two
# engines. Each command gives a line "$ arguments", its standard output ("1 "), its standard error
# ("2 ") and its exit code ("= ").

print_call()
{
    printf '$'
    for arg in "$@"; do
        printf ' %s' "$arg"
    done
    printf '\n'
}

# Runs the engine with the bound every command has; the caller chooses standard input.
bounded()
{
    timeout -k 5 30 "$D" "$@" >.out 2>.err
}

print_result()
{
    awk '{ print "1 " $0 }' .out
    awk '{ print "2 " $0 }' .err
    echo "= $1"
}

# t ARGS...: everything is compared: output, error sentence, exit code.
t()
{
    print_call "$@"
    bounded "$@" </dev/null
    print_result $?
}

# tin ARGS...: the same, with the caller's standard input.
tin()
{
    print_call "$@"
    bounded "$@"
    print_result $?
}

# r ARGS...: t run --rm --network none ARGS...
r()
{
    t run --rm --network none "$@"
}

# in_container LINES: a shell script inside a fresh container; flags come first, the script last.
in_container()
{
    flags=
    while [ $# -gt 1 ]; do
        flags="$flags $1"
        shift
    done
    # shellcheck disable=SC2086
    r $flags busybox sh -c "$1"
}

# says 'PHRASE' ARGS...: output and exit code are compared, and standard error must hold the
# phrase, in whatever sentence and case. "A || B": one of them is enough (releases of Docker word
# some sentences differently).
says()
{
    phrase=$1
    shift
    print_call "$@"
    bounded "$@" </dev/null
    code=$?
    awk '{ print "1 " $0 }' .out
    if printf '%s' "$phrase" | awk 'BEGIN { RS = " [|][|] " } { print }' | grep -v '^$' >.phrases &&
        grep -qiF -f .phrases .err; then
        echo "2 says: $phrase"
    else
        echo "2 DOES NOT SAY: $phrase"
        awk '{ print "2 " $0 }' .err
    fi
    echo "= $code"
}

# rsays 'PHRASE' ARGS...: says run --rm --network none ARGS...
rsays()
{
    phrase=$1
    shift
    says "$phrase" run --rm --network none "$@"
}

# fails ARGS...: it must fail with this exit code and some sentence; the words are free.
fails()
{
    print_call "$@"
    bounded "$@" </dev/null
    code=$?
    awk '{ print "1 " $0 }' .out
    if [ -s .err ]; then
        echo "2 (a sentence)"
    else
        echo "2 (no word)"
    fi
    echo "= $code"
}

# q ARGS...: a step that has to work and is not compared.
q()
{
    bounded "$@" </dev/null && return 0
    echo "STEP FAILED ($?): $*"
    awk '{ print "2 " $0 }' .err
    return 1
}

# until_ok 'COMMAND': waits until the shell command succeeds, ten seconds at most.
until_ok()
{
    tries=0
    until eval "$1" >/dev/null 2>&1; do
        tries=$((tries + 1))
        if [ "$tries" -ge 200 ]; then
            echo "NEVER HAPPENED: $1"
            return 1
        fi
        sleep 0.05
    done
}

# until_logged NAME WORD: waits until the container has logged a line with that word.
until_logged()
{
    until_ok "\"$D\" logs $1 2>&1 | grep -q '$2'"
}

# until_state NAME STATE
until_state()
{
    until_ok "[ \"\$(\"$D\" inspect -f '{{.State.Status}}' $1)\" = $2 ]"
}

# server NAME FLAGS...: a container that runs, ends with 0 on TERM at once, and has logged "ready".
server()
{
    name=$1
    shift
    q run -d --network none --name "$name" "$@" busybox sh -c \
        'trap "exit 0" TERM; echo ready; sleep 1000 & wait'
    until_logged "$name" ready
}

note()
{
    echo "# $*"
}
