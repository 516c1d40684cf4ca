# shellcheck shell=bash
# What every test of the OCI runtime's command line begins with: `load ../lib/oci`.
#
#   rt CODE ARG...           runs `hoy-runtime --root ... ARG...` and fails the test unless it ends
#                            with CODE; sets $stdout, $stderr, $code as `hoy` of cli.bash does
#   rt_bg NAME ARG...        in the background; streams in $T/NAME.out and .err, pid in $bg_pid
#   bundle [JQ FILTER]       a bundle in $B: what `spec` writes, without a terminal, running
#                            `sleep 1000`, in a cgroup of this file's own, changed by the filter
#   program WORD...          its program
#   status_of ID             "created", "running", ...
#   runtime_clean            fails when a container, its cgroup or its process is left
#
# The assertions of tests/lib/cli.bash are there too. OCI_RUNTIME names another runtime to hold the
# tests against (runc, crun): where they differ from hoy by design, a test says so with `only_hoy`.

source "${BASH_SOURCE[0]%/*}/cli.bash"

setup_file() {
    needs_root
    needs jq
    OCI=$(mktemp -d "${TMPDIR:-/tmp}/hoy-oci.XXXXXX")
    OCI_ROOT=$OCI/state RT=$OCI/hoy-runtime OCI_CGROUP=/hoy-oci-test-$$
    export OCI OCI_ROOT RT OCI_CGROUP
    ln -s "${OCI_RUNTIME:-$HOY}" "$RT"
    "$REPO/scripts/busybox-rootfs" "$OCI/rootfs"
}

teardown_file() {
    [ -n "${OCI:-}" ] || return 0
    rmdir /sys/fs/cgroup/*"$OCI_CGROUP" "/sys/fs/cgroup$OCI_CGROUP" 2>/dev/null || :
    rm -rf --one-file-system "$OCI"
}

setup() {
    T=$BATS_TEST_TMPDIR B=$BATS_TEST_TMPDIR/bundle
    # shellcheck disable=SC2034
    stdout='' stderr='' code=''
    cd "$T" || return
}

teardown() {
    local id
    cd /
    for id in $("$RT" --root "$OCI_ROOT" list -q 2>/dev/null); do
        "$RT" --root "$OCI_ROOT" delete --force "$id" || :
    done
}

only_hoy() { [ -z "${OCI_RUNTIME:-}" ] || skip "as hoy does it"; }

rt() {
    local want=$1
    shift
    code=0
    "$RT" --root "$OCI_ROOT" "$@" >"$T/stdout" 2>"$T/stderr" 3>&- || code=$?
    cli_read stdout "$T/stdout"
    cli_read stderr "$T/stderr"
    [ "$want" = any ] || [ "$code" = "$want" ] ||
        cli_fail "$* ended with $code, not $want"
}

rt_bg() {
    local name=$1
    shift
    "$RT" --root "$OCI_ROOT" "$@" >"$T/$name.out" 2>"$T/$name.err" 3>&- &
    # shellcheck disable=SC2034
    bg_pid=$!
}

# shellcheck disable=SC2120 # by the tests
bundle() {
    mkdir -p "$B"
    [ -f "$B/config.json" ] || "$RT" spec --bundle "$B"
    jq --arg cg "$OCI_CGROUP/$BATS_TEST_NUMBER" --arg root "$OCI/rootfs" '.process.terminal = false | .root.readonly = false
        | .root.path = $root
        | .process.args = ["sleep", "1000"] | .linux.cgroupsPath = $cg
        | '"${1:-.}" "$B/config.json" >"$B/new.json"
    mv "$B/new.json" "$B/config.json"
}

program() {
    bundle .
    jq --argjson args "$(printf '%s\037' "$@" | jq -Rs 'split("\u001f")[:-1]')" \
        '.process.args = $args' "$B/config.json" >"$B/new.json"
    mv "$B/new.json" "$B/config.json"
}

status_of() { "$RT" --root "$OCI_ROOT" state "$1" 2>/dev/null | jq -r .status; }
has_status() { [ "$(status_of "$1")" = "$2" ]; }

runtime_clean() {
    local left
    left=$(ls "$OCI_ROOT" 2>/dev/null) || :
    is "${left//@seccomp/}" ''
    # Groups of other tests may go while we look.
    left=$(find /sys/fs/cgroup -path "*$OCI_CGROUP/*" -type d 2>/dev/null) || :
    is "$left" ''
}
