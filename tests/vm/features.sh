#!/bin/sh
# shellcheck disable=SC2015
# Reports what works in the test machine.  Run it inside:
#   vm run --packages "$(features.sh --packages)" --copy features.sh:/features.sh \
#          --disk :2G -- sh /features.sh
# Prints one line per feature: "ok NAME: detail" or "no NAME: detail".
if [ "$1" = --packages ]; then
	echo "uidmap btrfs-progs apparmor python3-minimal fsverity gcc libc6-dev e2fsprogs criu iputils-ping crun podman busybox-static"
	exit
fi
G=/sys/fs/cgroup
T=/var/tmp/features
mkdir -p $T; cd $T || exit 1
ok() { echo "ok $*"; }
no() { echo "no $*"; }
try() { n=$1; shift; if o=$("$@" 2>&1); then ok "$n: $(echo "$o" | tail -n 1)"; else no "$n: $(echo "$o" | tail -n 1)"; fi; }

echo "kernel $(uname -rv)"
echo "capabilities $(grep CapEff /proc/self/status)"
try "cgroup v2 controllers" cat $G/cgroup.controllers

mkdir $G/t $G/t2 2>/dev/null
cat >mem.py <<'E'
b=bytearray(200<<20)
for i in range(0,len(b),4096): b[i]=1
E
echo 50M >$G/t/memory.max; echo 0 >$G/t/memory.swap.max 2>/dev/null
sh -c "echo \$\$ >$G/t/cgroup.procs; exec python3 mem.py" >/dev/null 2>&1; r=$?
k=$(awk '/^oom_kill /{print $2}' $G/t/memory.events)
[ $r = 137 ] && [ "$k" -ge 1 ] && ok "memory.max and OOM kill: status $r, oom_kill $k" || no "memory.max: status $r oom_kill $k"
echo 1 >$G/t/memory.oom.group && ok "memory.oom.group" || no memory.oom.group
echo 5 >$G/t2/pids.max
sh -c "echo \$\$ >$G/t2/cgroup.procs; for i in 1 2 3 4 5 6 7 8; do sleep 1 & done; wait" >/dev/null 2>pids.err
m=$(awk '/^max /{print $2}' $G/t2/pids.events); [ "$m" -ge 1 ] && ok "pids.max: refused $m" || no "pids.max"
mkdir $G/t4 $G/t5
echo 20000 100000 >$G/t4/cpu.max
usage() { awk '/^usage_usec/{print $2}' $G/t4/cpu.stat; }
u0=$(usage)
sh -c "echo \$\$ >$G/t4/cgroup.procs; exec timeout 2 sh -c 'while :; do :; done'"
th=$(awk '/^nr_throttled/{print $2}' $G/t4/cpu.stat); u=$(($(usage) - u0))
[ "$th" -ge 5 ] && ok "cpu.max: throttled $th times, used $u us in 2 s of a quota of 20 %" || no "cpu.max: $th"
echo 0 >$G/t5/cpuset.cpus && c=$(sh -c "echo \$\$ >$G/t5/cgroup.procs; grep Cpus_allowed_list /proc/self/status") && ok "cpuset: $c" || no cpuset
d=$(cat /sys/block/vda/dev)
echo "$d wbps=1048576" >$G/t5/io.max && sh -c "echo \$\$ >$G/t5/cgroup.procs; dd if=/dev/zero of=io bs=1M count=4 oflag=direct 2>dd.out" && ok "io.max: $(tail -n 1 dd.out)" || no io.max
echo 1 >$G/t2/cgroup.freeze && ok "cgroup.freeze" || no cgroup.freeze
echo 0 >$G/t2/cgroup.freeze
mkdir $G/t3; sh -c "echo \$\$ >$G/t3/cgroup.procs; exec sleep 100" & sleep 0.5; echo 1 >$G/t3/cgroup.kill; wait $!; [ $? = 137 ] && ok "cgroup.kill" || no cgroup.kill
[ -r /proc/pressure/memory ] && ok "pressure (PSI): $(head -n 1 /proc/pressure/memory)" || no PSI

mkdir -p l u w m; echo low >l/f
try "overlayfs" sh -c 'mount -t overlay overlay -o lowerdir=l,upperdir=u,workdir=w m && echo up >m/f && cat l/f u/f && umount m'
mkdir -p /home/tester/o/l /home/tester/o/u /home/tester/o/w /home/tester/o/m; chown -R tester: /home/tester
tester() { setpriv --reuid tester --regid tester --init-groups -- env HOME=/home/tester "$@"; }
try "user namespace as ordinary user" tester unshare -Ur id -u
try "overlayfs in a user namespace (userxattr)" tester unshare -Urm sh -c 'cd /home/tester/o && mount -t overlay overlay -o userxattr,lowerdir=l,upperdir=u,workdir=w m && touch m/x && ls u'
try "newuidmap" tester unshare --user --map-auto --map-root-user sh -c 'cat /proc/self/uid_map | tr -s " " | tr "\n" ";"'
try "fuse device as ordinary user" tester sh -c 'exec 3<>/dev/fuse && echo open'
dd if=/dev/zero of=b.img bs=1M count=0 seek=200 2>/dev/null; mkdir -p b
try "btrfs on loop" sh -c 'mkfs.btrfs -q b.img && mount -o loop b.img b && btrfs subvolume create b/s && btrfs subvolume snapshot b/s b/s2 && umount b'
dd if=/dev/zero of=v.img bs=1M count=0 seek=100 2>/dev/null; mkdir -p v
try "ext4 with verity and fs-verity" sh -c 'mkfs.ext4 -q -b 4096 -O verity v.img && mount -o loop v.img v && echo data >v/f && fsverity enable v/f && fsverity measure v/f && ! { echo x >>v/f; } 2>/dev/null && fsverity measure v/f; r=$?; umount v; exit $r'
dd if=/dev/zero of=q.img bs=1M count=0 seek=100 2>/dev/null
try "ext4 project quota" sh -c 'mkfs.ext4 -q -O quota,project -E quotatype=prjquota q.img && mount -o loop,prjquota q.img v && umount v && echo mounted'
try "erofs" modprobe erofs
try "tmpfs xattr user namespace mount" tester unshare -Urm sh -c 'mount -t tmpfs none /mnt && echo mounted'

net() {
	ip netns add a && ip netns add b || return 1
	ip link add br0 type bridge && ip addr add 10.9.0.1/24 dev br0 && ip link set br0 up || return 1
	ip link add va type veth peer name eth0 netns a && ip link set va master br0 up || return 1
	ip netns exec a sh -c 'ip link set lo up; ip addr add 10.9.0.2/24 dev eth0; ip link set eth0 up; ip route add default via 10.9.0.1' || return 1
	ip link add vb type veth peer name eth0 netns b && ip addr add 10.8.0.1/24 dev vb && ip link set vb up || return 1
	ip netns exec b sh -c 'ip link set lo up; ip addr add 10.8.0.2/24 dev eth0; ip link set eth0 up'
	sysctl -q -w net.ipv4.ip_forward=1
	nft -f - <<'E' || return 1
table ip t {
 chain post { type nat hook postrouting priority 100; ip saddr 10.9.0.0/24 oifname "vb" masquerade; }
 chain pre { type nat hook prerouting priority -100; iifname "vb" tcp dport 8080 dnat to 10.9.0.2:80; }
}
E
	cat >srv.py <<'E'
import socket,sys
s=socket.socket(); s.setsockopt(socket.SOL_SOCKET,socket.SO_REUSEADDR,1); s.bind(("0.0.0.0",int(sys.argv[1]))); s.listen(5)
while 1:
    c,a=s.accept(); c.sendall(("from %s\n"%a[0]).encode()); c.close()
E
	cat >cli.py <<'E'
import socket,sys
s=socket.create_connection((sys.argv[1],int(sys.argv[2])),5); print(s.recv(100).decode().strip())
E
	ip netns exec b python3 srv.py 9000 & s1=$!
	ip netns exec a python3 srv.py 80 & s2=$!
	sleep 1.5
	o1=$(ip netns exec a python3 cli.py 10.8.0.2 9000); o2=$(ip netns exec b python3 cli.py 10.8.0.1 8080)
	kill $s1 $s2
	echo "masquerade: seen $o1; DNAT: seen $o2"
	[ "$o1" = "from 10.8.0.1" ] && [ "$o2" = "from 10.8.0.2" ]
}
try "veth, bridge, nft masquerade and DNAT" net
ip link add eth9 type dummy
for k in dummy macvlan ipvlan wireguard vxlan; do
	case $k in
	macvlan|ipvlan) try $k ip link add link eth9 name k0 type $k ;;
	vxlan) try $k ip link add k0 type vxlan id 5 dstport 4789 ;;
	*) try $k ip link add k0 type $k ;;
	esac
	ip link del k0 2>/dev/null
done
try "tun" ip tuntap add dev tap9 mode tap
try "ping as ordinary user" tester ping -c 1 -W 2 127.0.0.1

try "AppArmor enabled" cat /sys/module/apparmor/parameters/enabled
try "AppArmor profile loads" sh -c 'printf "profile t_test flags=(attach_disconnected) { file, deny /etc/shadow r, }\n" | apparmor_parser -r && grep t_test /sys/kernel/security/apparmor/profiles'
try "AppArmor confines" sh -c 'aa-exec -p t_test -- sh -c "cat /proc/self/attr/current; ! cat /etc/shadow" 2>/dev/null'
echo "LSMs $(cat /sys/kernel/security/lsm)"
try "seccomp actions" cat /proc/sys/kernel/seccomp/actions_avail

cat >p.c <<'E'
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/io_uring.h>
#include <linux/mount.h>
#include <linux/userfaultfd.h>
#include <linux/landlock.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
static void r(const char *n, long v) { printf("%s %s: %s\n", v < 0 ? "no" : "ok", n, v < 0 ? strerror(errno) : ""); fflush(stdout); }
int main(void) {
	struct io_uring_params ip; memset(&ip, 0, sizeof ip);
	r("io_uring", syscall(SYS_io_uring_setup, 4, &ip));
	int u = syscall(SYS_userfaultfd, O_CLOEXEC); struct uffdio_api a = { .api = UFFD_API };
	r("userfaultfd", u < 0 ? -1 : ioctl(u, UFFDIO_API, &a));
	r("landlock ABI", syscall(SYS_landlock_create_ruleset, 0, 0, LANDLOCK_CREATE_RULESET_VERSION));
	r("pidfd_open", syscall(SYS_pidfd_open, getpid(), 0));
	r("openat2", syscall(SYS_openat2, AT_FDCWD, "/", (unsigned long long[3]){O_RDONLY,0,0}, 24));
	struct rlimit l = { 1000000, 1000000 }; r("raise RLIMIT_NOFILE hard (CAP_SYS_RESOURCE)", setrlimit(RLIMIT_NOFILE, &l));
	int p[2]; pipe(p); pid_t c = fork();
	if (!c) { unshare(CLONE_NEWUSER); write(p[1], "x", 1); pause(); }
	char b; read(p[0], &b, 1); char f[64]; FILE *o;
	snprintf(f, 64, "/proc/%d/uid_map", c); o = fopen(f, "w"); fprintf(o, "0 100000 65536\n"); fclose(o);
	snprintf(f, 64, "/proc/%d/gid_map", c); o = fopen(f, "w"); fprintf(o, "0 100000 65536\n"); fclose(o);
	snprintf(f, 64, "/proc/%d/ns/user", c); int ns = open(f, O_RDONLY);
	int t = syscall(SYS_open_tree, AT_FDCWD, "/var/tmp/features/l", 1 | O_CLOEXEC);
	struct mount_attr m = { .attr_set = MOUNT_ATTR_IDMAP, .userns_fd = ns };
	long v = syscall(SYS_mount_setattr, t, "", 0x1000, &m, sizeof m); r("idmapped mount (ext4)", v);
	if (v >= 0) { struct stat s; fstatat(t, "f", &s, 0); printf("   owner seen through it: %d\n", (int)s.st_uid); }
	kill(c, 9); syscall(SYS_clone3, 0, 0); r("clone3", errno == ENOSYS ? -1 : 0);
	r("NO_NEW_PRIVS", prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)); return 0;
}
E
if command -v gcc >/dev/null; then gcc -w -D_GNU_SOURCE -include signal.h -o p p.c && ./p; fi
if command -v criu >/dev/null; then try "criu check" criu check; else no "criu: not in this image"; fi
if command -v podman >/dev/null; then
	mkdir -p /var/tmp/bb/bin; cp /bin/busybox /var/tmp/bb/bin/; ln -s busybox /var/tmp/bb/bin/sh
	tar -C /var/tmp/bb -c . | podman import -q - bb >/dev/null 2>&1
	try "podman run with crun, memory limit" podman --runtime crun run --rm --network none --memory 64m --pids-limit 20 bb /bin/sh -c 'read x </sys/fs/cgroup/memory.max; read y </sys/fs/cgroup/pids.max; echo $x $y'
	try "podman run, bridge network" podman --runtime crun run --rm bb /bin/busybox ip -4 -o addr show eth0
fi
