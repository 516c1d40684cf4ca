# shellcheck shell=bash
# What every test of the command line begins with:
#
#   load ../lib/cli
#
#   @test "run prints what the command prints" {
#       hoy 0 run --rm busybox echo hello
#       stdout_is "hello"
#       assert_nothing_left
#   }
#
# Each file gets data and state folders of its own (HOY_ROOT, HOY_STATE), with the image `busybox`
# (busybox:latest, its command is `sh`) in the store, and loses them at its end, together with
# every container that it left; so files can run beside each other.
#
#   hoy CODE ARG...          runs the hoy under test and fails the test unless it ends with CODE
#                            (`any`: no matter what); sets $stdout, $stderr (without their last
#                            line break) and $code.  Standard input is passed on.
#   hoy_bg NAME ARG...       the same in the background: its streams are files $T/NAME.out and
#                            $T/NAME.err, its pid is $bg_pid; `wait $bg_pid` gives the exit code
#   $HOY                     the program itself, for pipes
#   $T                       a temporary folder of this test
#   $CID                     the last line of $stdout: the id after `hoy 0 run -d ...`
#
#   stdout_is TEXT           exactly; stdout_has TEXT: somewhere in it; stdout_like REGEX (bash)
#   stderr_is TEXT           and stderr_has, stderr_like
#   is GOT WANT              two texts are the same
#   wait_until SECONDS COMMAND...   tries COMMAND ten times a second until it succeeds
#   assert_nothing_left      no container, mount, process or cgroup of this file remains; volumes
#                            and images may.  For the end of a test that removed what it made.
#   containers_gone          removes all containers of this file, whatever their state
#
# A file that needs setup or teardown of its own calls cli_setup, cli_teardown, cli_setup_file,
# cli_teardown_file from them.  Tests that need root skip themselves: `needs_root`; more such:
# `needs PROGRAM...`, `needs_cgroup v1|v2|CONTROLLER`.
#
# HOY_BUILD is the build folder under test (build-asan, else build); HOY_TEST_CACHE keeps the
# store with the first image for all files of a run.

bats_require_minimum_version 1.5.0

REPO=$(cd "${BASH_SOURCE[0]%/*}/../.." && pwd)
if [ -z "${HOY_BUILD:-}" ]; then
    HOY_BUILD=$REPO/build-asan
    [ -x "$HOY_BUILD/hoy" ] || HOY_BUILD=$REPO/build
fi
HOY=$HOY_BUILD/hoy
export REPO HOY_BUILD HOY LC_ALL=C.UTF-8

hoy() {
    local want=$1
    shift
    code=0
    "$HOY" "$@" >"$T/stdout" 2>"$T/stderr" || code=$?
    cli_read stdout "$T/stdout"
    cli_read stderr "$T/stderr"
    CID=${stdout##*$'\n'}
    [[ ! $CID =~ ^[0-9a-f]{64}$ ]] || echo "$CID" >>"$BATS_FILE_TMPDIR/ids"
    [ "$want" = any ] || [ "$code" = "$want" ] ||
        cli_fail "hoy $* ended with $code, not $want"
}

hoy_bg() {
    local name=$1
    shift
    "$HOY" "$@" >"$T/$name.out" 2>"$T/$name.err" 3>&- &
    # shellcheck disable=SC2034
    bg_pid=$!
}

stdout_is() { [ "$stdout" = "$1" ] || cli_fail "standard output is not: $1"; }
stderr_is() { [ "$stderr" = "$1" ] || cli_fail "standard error is not: $1"; }
stdout_has() { [[ $stdout = *"$1"* ]] || cli_fail "standard output has no: $1"; }
stderr_has() { [[ $stderr = *"$1"* ]] || cli_fail "standard error has no: $1"; }
stdout_like() { [[ $stdout =~ $1 ]] || cli_fail "standard output is not like: $1"; }
stderr_like() { [[ $stderr =~ $1 ]] || cli_fail "standard error is not like: $1"; }

is() {
    [ "$1" = "$2" ] && return
    printf 'got:      %s\nexpected: %s\n' "$1" "$2" >&2
    return 1
}

wait_until() {
    local deadline=$((SECONDS + $1 + 1)) # SECONDS counts whole ones
    shift
    until "$@"; do
        [ $SECONDS -lt $deadline ] || { echo "waited in vain for: $*" >&2 && return 1; }
        sleep 0.1
    done
}

needs_root() { [ "$(id -u)" = 0 ] || skip "needs root"; }

needs() {
    local program
    for program; do type -P "$program" >/dev/null || skip "needs $program"; done
}

needs_cgroup() {
    case $1 in
    v2) [ -f /sys/fs/cgroup/cgroup.controllers ] || skip "needs cgroup v2" ;;
    v1) [ ! -f /sys/fs/cgroup/cgroup.controllers ] || skip "needs cgroup v1" ;;
    *) [ -d "/sys/fs/cgroup/$1" ] || grep -qsw "$1" /sys/fs/cgroup/cgroup.controllers ||
        skip "needs the cgroup controller $1" ;;
    esac
}

containers_gone() {
    local ids
    mapfile -t ids < <("$HOY" ps -aq --no-trunc)
    [ ${#ids[@]} = 0 ] || "$HOY" rm -f -v "${ids[@]}" >/dev/null
}

# The end of a container is waited for a little: `hoy run --rm` may return before its monitor has
# been reaped, and in an emulated machine that takes its time.
assert_nothing_left() {
    local left deadline=$((SECONDS + 6)) -
    set +T # bats has a trap on every command, which makes loops slow
    while :; do
        cli_find_left
        [ ${#left[@]} -gt 0 ] || return 0
        [ $SECONDS -lt $deadline ] || break
        sleep 0.1
    done
    printf 'left behind: %s\n' "${left[@]}" >&2
    return 1
}

# ------------------------------------------------------------------ setting up and cleaning up

setup_file() { cli_setup_file; }
teardown_file() { cli_teardown_file; }
setup() { cli_setup; }
teardown() { cli_teardown; }

cli_setup_file() {
    [ -x "$HOY" ] || { echo "$HOY is not built" >&2 && return 1; }
    needs_root
    HOY_ROOT=$(mktemp -d "${TMPDIR:-/tmp}/hoy-test.XXXXXX")
    HOY_STATE=$(mktemp -d /run/hoy-test.XXXXXX)
    export HOY_ROOT HOY_STATE
    : >"$BATS_FILE_TMPDIR/ids"
    cli_base_store
    cp -a "$cli_store/." "$HOY_ROOT"
}

cli_teardown_file() {
    [ -n "${HOY_STATE:-}" ] || return 0
    containers_gone || :
    cli_force
    rm -rf --one-file-system "$HOY_ROOT" "$HOY_STATE"
}

cli_setup() {
    T=$BATS_TEST_TMPDIR
    stdout='' stderr='' code='' CID=''
    cd "$T" || return
}

# A failed test leaves its containers; they are not to disturb the next one.
cli_teardown() {
    cd /
    [ -n "${HOY_STATE:-}" ] || return 0
    compgen -G "$HOY_ROOT/containers/*" >/dev/null || compgen -G "$HOY_STATE/containers/*" >/dev/null ||
        return 0
    containers_gone || cli_force
}

# A store that holds the image busybox, made once for all files of a run: $cli_store.
cli_base_store() {
    local cache=${HOY_TEST_CACHE:-$BATS_RUN_TMPDIR}
    cli_store=$cache/store
    (
        flock 9
        [ ! -d "$cli_store" ] || exit 0
        rm -rf --one-file-system "$cache/rootfs" "$cli_store.new"
        "$REPO/scripts/busybox-rootfs" "$cache/rootfs"
        HOY_ROOT=$cli_store.new "$HOY" import --change 'CMD ["sh"]' "$cache/rootfs" busybox
        mv "$cli_store.new" "$cli_store"
    ) 9>"$cache/lock"
}

cli_read() { # VARIABLE FILE: its text without the last line break; no program is started
    IFS= read -r -d '' "$1" <"$2" || :
    printf -v "$1" '%s' "${!1%$'\n'}"
}

cli_fail() {
    printf '%s\n--- stdout\n%s\n--- stderr\n%s\n--- code %s\n' "$1" "$stdout" "$stderr" "$code" >&2
    return 1
}

# The functions that look for what is left start no program where they can do without: in the
# emulated machine each costs as much as a hundred lines of shell.

# pids=(...) of this file: hoy's own, known by HOY_STATE in their environment, and those in a mount
# namespace that has something of HOY_ROOT.
cli_find_processes() {
    local dir env
    pids=()
    for dir in /proc/[0-9]*; do
        if ! [ "$dir/ns/mnt" -ef /proc/self/ns/mnt ]; then
            mapfile -t env 2>/dev/null <"$dir/mountinfo" || continue
            [[ ${env[*]} != *"$HOY_ROOT/"* ]] || pids+=("${dir#/proc/}")
        elif [ "$dir/exe" -ef "$HOY" ] || [ "$dir/exe" -ef "$HOY_BUILD/hoy-monitor" ] ||
            [ "$dir/exe" -ef "$HOY_BUILD/hoy-image" ]; then
            mapfile -d '' -t env 2>/dev/null <"$dir/environ" || continue
            [[ " ${env[*]} " != *" HOY_STATE=$HOY_STATE "* ]] || pids+=("${dir#/proc/}")
        fi
    done
}

# mounts=(...): mount points that have to do with this file's folders, innermost last.
cli_find_mounts() {
    local all line words
    mounts=()
    mapfile -t all </proc/self/mountinfo
    for line in "${all[@]}"; do
        if [[ $line = *"$HOY_ROOT/"* || $line = *"$HOY_STATE/"* ]]; then
            read -r -a words <<<"$line"
            mounts+=("${words[4]}")
        fi
    done
}

# cgroups=(...) of the containers whose ids were seen, innermost first.
cli_find_cgroups() {
    cgroups=()
    [ -s "$BATS_FILE_TMPDIR/ids" ] || return 0
    mapfile -t cgroups < <(find /sys/fs/cgroup -depth -type d | grep -F -f "$BATS_FILE_TMPDIR/ids")
}

# left=(...): what should not be there, in words.
cli_find_left() {
    local path pids mounts cgroups
    left=()
    for path in "$HOY_ROOT"/containers/* "$HOY_STATE"/containers/*; do
        [ ! -e "$path" ] || left+=("container $path")
    done
    cli_find_mounts
    cli_find_processes
    cli_find_cgroups
    left+=("${mounts[@]/#/mount }" "${pids[@]/#/process }" "${cgroups[@]/#/cgroup }")
}

# Takes away what hoy itself would or could not.
cli_force() {
    local i path pids mounts cgroups -
    set +T
    for ((i = 0; i < 50; i++)); do
        cli_find_processes
        [ ${#pids[@]} -gt 0 ] || break
        kill -KILL "${pids[@]}" 2>/dev/null || :
        sleep 0.1
    done
    cli_find_mounts
    for ((i = ${#mounts[@]} - 1; i >= 0; i--)); do umount -l "$(printf '%b' "${mounts[i]}")" || :; done
    cli_find_cgroups
    for path in "${cgroups[@]}"; do rmdir "$path" || :; done
    rm -rf --one-file-system "$HOY_ROOT/containers" "$HOY_STATE/containers"
}
