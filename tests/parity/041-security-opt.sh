#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# --security-opt: seccomp and no-new-privileges.
. "$PARITY/lib.sh"

state='grep -E "^(NoNewPrivs|Seccomp):" /proc/self/status'
in_container "$state"
in_container --security-opt no-new-privileges "$state"
in_container --security-opt no-new-privileges:true "$state"
in_container --security-opt no-new-privileges=true "$state"
in_container --security-opt no-new-privileges:false "$state"
in_container --security-opt seccomp=unconfined "$state"
in_container --security-opt seccomp=unconfined --security-opt no-new-privileges -u alice "$state"
note "what the default profile refuses"
in_container 'unshare -U true; unshare -m true; swapoff /x 2>&1; mount -t proc x /mnt'
in_container --security-opt seccomp=unconfined 'unshare -U true && echo user namespace'
in_container --cap-add SYS_ADMIN \
    'unshare -m true && echo mount namespace; mount -t tmpfs x /mnt && echo mounted'
note "a profile of one's own"
cat >mkdir.json <<'END'
{
    "defaultAction": "SCMP_ACT_ALLOW",
    "syscalls": [
        { "names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_ERRNO", "errnoRet": 13 },
        { "names": ["chmod", "fchmodat", "fchmodat2"], "action": "SCMP_ACT_ERRNO" }
    ]
}
END
r --security-opt seccomp=mkdir.json busybox sh -c 'mkdir /x; chmod 700 /plain; echo alive'
cat >kill.json <<'END'
{
    "defaultAction": "SCMP_ACT_ALLOW",
    "architectures": ["SCMP_ARCH_X86_64", "SCMP_ARCH_AARCH64"],
    "syscalls": [ { "name": "mkdir", "action": "SCMP_ACT_KILL" }, { "name": "mkdirat", "action": "SCMP_ACT_KILL" } ]
}
END
r --security-opt seccomp=kill.json busybox sh -c 'mkdir /x; echo $?'
