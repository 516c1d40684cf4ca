#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2154,SC2016 # stdout, B and others are set by lib/oci
#
# Flags of create, exec and all commands: files, descriptors, terminals, messages.

load ../lib/oci

@test "messages: one line on stderr, and the log file in both forms" {
    rt 1 --log "$T/log" state no
    stderr_like '^[^=]*does not exist[^=]*$'
    grep -Eq '^time="[0-9TZ:-]+" level=error msg=".*does not exist.*"$' "$T/log"
    rt 1 --log "$T/json" --log-format json state no
    is "$(jq -r '.level + (.msg | test("does not exist") | tostring) + (.time | length > 18 | tostring)' "$T/json")" \
        errortruetrue
    rt 1 state no
    stderr_like 'level=error msg='
    rt 1 --log-format nonsense state no
    stderr_has 'nonsense'
}

@test "unknown flags and commands, wrong numbers of arguments" {
    only_hoy
    rt 1 --frob state c
    stderr_has 'flag provided but not defined: --frob'
    rt 1 create --frob c
    rt 1 frob
    stderr_has "no such command: 'frob'"
    rt 1 create
    rt 1 state a b
    rt 1 create c --bundle
    stderr_has 'flag needs an argument: --bundle'
    rt 1 --systemd-cgroup create c
    stderr_has 'systemd cgroup driver is not built in'
    rt 0 --version
    stdout_like 'spec: 1\.'
    rt 0 --help
    stdout_has 'create'
    rt 0 create --help
    stdout_has '--console-socket'
}

@test "hoy oci is the same program" {
    only_hoy
    bundle
    is "$("$HOY" oci --root "$OCI_ROOT" list -q)" ''
    "$HOY" oci --root "$OCI_ROOT" create -b "$B" c
    is "$("$HOY" oci --root "$OCI_ROOT" list -q)" c
    rt 0 delete c
}

@test "descriptors: the program has what it was given, and nothing else" {
    program sh -c 'ls /proc/self/fd | tr "\n" " "; cat <&3'
    echo three >"$T/three"
    exec 7</etc/passwd
    "$RT" --root "$OCI_ROOT" run --preserve-fds 1 -b "$B" c 3<"$T/three" >"$T/out"
    is "$(cat "$T/out")" '0 1 2 3 4 three'
    "$RT" --root "$OCI_ROOT" run -b "$B" c 3<"$T/three" >"$T/out" 2>"$T/err" || :
    is "$(cat "$T/out")" '0 1 2 3 '
    exec 7<&-
    program sh -c 'echo "$LISTEN_FDS $LISTEN_PID"; cat <&3'
    sh -c 'LISTEN_PID=$$ LISTEN_FDS=1 exec "$@" 3<"$0"' "$T/three" \
        "$RT" --root "$OCI_ROOT" run -b "$B" c >"$T/out"
    is "$(cat "$T/out")" $'1 1\nthree'
    only_hoy
    rt 1 run --preserve-fds 1 -b "$B" c
    stderr_has 'unable to stat preserved-fd 3 (of 1)'
    runtime_clean
}

@test "the terminal goes to the console socket" {
    needs python3
    program sh -c 'tty; stty size; read line; echo "got $line"'
    jq '.process.terminal = true | .process.consoleSize = {height: 30, width: 90}' "$B/config.json" >"$B/n" &&
        mv "$B/n" "$B/config.json"
    rt 1 create -b "$B" c
    stderr_has 'console socket'
    python3 - "$T/sock" >"$T/terminal" <<'PY' &
import array, os, socket, sys
s = socket.socket(socket.AF_UNIX)
s.bind(sys.argv[1])
s.listen()
conn, _ = s.accept()
name, control, _, _ = conn.recvmsg(256, socket.CMSG_SPACE(4))
fd = array.array("i", control[0][2])[0]
print("name", len(name) > 0, os.isatty(fd), flush=True)
os.write(fd, b"line\n")
try:
    while data := os.read(fd, 4096):
        sys.stdout.write(data.decode().replace("\r", ""))
        sys.stdout.flush()
except OSError:
    pass
PY
    wait_until 10 test -S "$T/sock"
    rt 0 create --console-socket "$T/sock" -b "$B" c
    rt 0 start c
    wait_until 10 grep -q 'got line' "$T/terminal"
    wait
    grep -q 'name True True' "$T/terminal"
    grep -q '/dev/pts/0' "$T/terminal"
    grep -q '^30 90$' "$T/terminal"
    rt 0 delete -f c
}

@test "exec: exit code, user, directory, environment, terminal, no such program" {
    bundle
    rt 0 run -d -b "$B" c
    rt 9 exec c sh -c 'exit 9'
    rt 0 exec -e A=b --cwd /tmp --user 12:34 -g 56 c sh -c 'id; pwd; echo $A'
    stdout_is $'uid=12 gid=34 groups=56\n/tmp\nb'
    rt 255 exec c nosuch
    stderr_has 'executable file not found in $PATH'
    echo in | { rt 0 exec c cat && stdout_is in; }
    rt 0 exec --cap CAP_SYS_TIME c sh -c 'grep CapPrm /proc/self/status'
    stdout_like '2[0-9a-f]{6}$'
    jq '.process | .args = ["sh", "-c", "echo $B; exit 3"] | .env += ["B=c"]' "$B/config.json" >"$T/p"
    rt 3 exec --process "$T/p" c
    stdout_is c
    rt 0 exec -d --pid-file "$T/pid" c sleep 500
    grep -q sleep "/proc/$(cat "$T/pid")/cmdline"
    is "$("$RT" --root "$OCI_ROOT" ps -f json c | jq length)" 2
    rt 0 delete -f c
    runtime_clean
}

@test "exec refuses capabilities and groups that do not exist, and cgroups outside" {
    only_hoy
    bundle
    rt 0 run -d -b "$B" c
    rt 255 exec --cap CAP_NONSENSE c true
    stderr_has 'unknown capability'
    rt 255 exec -g wheel c true
    stderr_has "additional-gids 'wheel': expected a number"
    rt 255 exec --cgroup ../.. c true
    stderr_has "cgroup '../..'"
    rt 0 delete -f c
}

@test "HOME comes from the container's passwd" {
    mkdir -p "$T/root" && cp -a "$OCI/rootfs" "$T/root/"
    echo 'someone:x:77:77::/home/one:/bin/sh' >>"$T/root/rootfs/etc/passwd"
    program sh -c 'echo $HOME'
    jq '.process.user = {uid: 77, gid: 77} | .root.path = $r' --arg r "$T/root/rootfs" "$B/config.json" >"$B/n" && mv "$B/n" "$B/config.json"
    rt 0 run -b "$B" c
    stdout_is /home/one
}

@test "update changes limits" {
    needs_cgroup memory
    needs_cgroup pids
    bundle
    rt 0 run -d -b "$B" c
    rt 0 update --memory 64m --pids-limit 33 c
    rt 0 exec c true
    grep -qx 33 /sys/fs/cgroup/{pids/,}"$OCI_CGROUP/$BATS_TEST_NUMBER"/pids.max
    rt 0 update -r - c <<<'{"memory": {"limit": 50331648}}'
    grep -qx 50331648 /sys/fs/cgroup/{memory/,}"$OCI_CGROUP/$BATS_TEST_NUMBER"/memory.{limit_in_bytes,max}
    rt 1 update --memory nonsense c
    rt 0 delete -f c
    runtime_clean
}

@test "spec: refuses to overwrite; --rootless has a user namespace" {
    mkdir x && cd x
    rt 0 spec
    rt 1 spec
    stderr_has 'config.json exists'
    rm config.json
    rt 0 spec --rootless
    is "$(jq '.linux.namespaces | map(.type) | index("user") != null' config.json)" true
}

@test "no-pivot, no-new-keyring" {
    program sh -c 'cat /proc/self/mountinfo | wc -l; cd ../..; pwd; ls -d /proc/1'
    rt 0 run --no-pivot --no-new-keyring -b "$B" c
    stdout_like $'\n/\n/proc/1$'
    runtime_clean
}

@test "features: the document of the specification" {
    rt 0 features
    is "$(jq -r '.ociVersionMin + " " + (.hooks | length | tostring) + " " + (.linux.seccomp.enabled | tostring)' <<<"$stdout")" \
        '1.0.0 6 true'
    is "$(jq '[.mountOptions | index("ro", "rbind", "rro", "tmpcopyup")] | map(. != null) | all' <<<"$stdout")" true
    is "$(jq '.linux.capabilities | index("CAP_SYS_ADMIN") != null' <<<"$stdout")" true
    is "$(jq -c '.linux.namespaces - ["time"]' <<<"$stdout")" \
        '["cgroup","ipc","mount","network","pid","user","uts"]'
}

@test "events: numbers once, again and again, and out of memory" {
    needs_cgroup memory
    program sh -c 'while [ ! -e /tmp/go ]; do sleep 0.1; done; x=a; (while :; do x=$x$x; done); sleep 1000'
    rm -f "$OCI/rootfs/tmp/go"
    jq '.linux.resources.memory = {limit: 12582912, swap: 12582912}' "$B/config.json" >"$B/n" && mv "$B/n" "$B/config.json"
    rt 0 run -d -b "$B" c
    rt 0 events --stats c
    is "$(jq -r '.type + .id + (.data.memory.usage.limit | tostring)' <<<"$stdout")" statsc12582912
    is "$(jq '.data.pids.current > 0 and .data.cpu.usage.total > 0' <<<"$stdout")" true
    rt_bg ev events --interval 100ms c
    touch "$OCI/rootfs/tmp/go"
    wait_until 20 grep -q '"type":"oom"' "$T/ev.out"
    grep -q '"type":"stats"' "$T/ev.out"
    rt 0 delete -f c
    wait "$bg_pid"
    rt 1 events --stats c
    runtime_clean
}
