#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What inspect says of a container in each state, field by field.
. "$PARITY/lib.sh"

state='{{with .State}}{{.Status}} {{.Running}} {{.Paused}} {{.Restarting}} {{.OOMKilled}} {{.Dead}} {{.ExitCode}} {{json .Error}}{{end}}'
q create --network none --name look busybox sh -c 'exit 3'
t inspect -f "$state" look
t inspect -f '{{.State.StartedAt}} {{.State.FinishedAt}} {{.State.Pid}} {{.RestartCount}}' look
"$D" start -a look
t inspect -f "$state" look
t inspect -f '{{.State.Pid}}' look
server up
t inspect -f "$state" up
t inspect -f '{{if gt .State.Pid 1}}a pid{{end}} {{.State.FinishedAt}}' up
q pause up
t inspect -f "$state" up
q unpause up
note "what was asked for"
q create -it --network none --name asked -e 'B=x y' -h host.example -u alice -w /work -l a=b \
    --entrypoint /bin/sh \
    --stop-signal INT --stop-timeout 3 --privileged=false --read-only --tmpfs /t --cap-add \
        NET_ADMIN --cap-drop MKNOD \
    --security-opt no-new-privileges --init -m 64m --cpus 1 --ulimit nofile=10:20 --pids-limit 7 \
        busybox -c 'echo hi'
for field in Hostname Domainname User AttachStdin AttachStdout AttachStderr Tty OpenStdin \
    StdinOnce Env Cmd Image WorkingDir \
    Entrypoint Labels StopSignal StopTimeout; do
    t inspect -f "{{json .Config.$field}}" asked
done
for field in Binds NetworkMode RestartPolicy AutoRemove CapAdd CapDrop IpcMode PidMode Privileged \
    ReadonlyRootfs SecurityOpt \
    Tmpfs ShmSize CpuShares Memory NanoCpus MemorySwap PidsLimit OomScoreAdj Init \
        ContainerIDFile; do
    t inspect -f "{{json .HostConfig.$field}}" asked
done
t inspect -f '{{.Name}} {{.Path}} {{json .Args}} {{.Image}} {{.Created}} {{.Id}}' asked
t inspect -f '{{json .HostConfig.LogConfig.Type}}' asked
note "and by default"
for field in Hostname User AttachStdin AttachStdout AttachStderr Tty OpenStdin StdinOnce Env Cmd \
    Image Volumes WorkingDir \
    Entrypoint; do
    t inspect -f "{{json .Config.$field}}" look
done
t inspect -f '{{.Name}} {{.Path}} {{json .Args}} {{.Platform}} {{json .Mounts}}' look
note "networks"
t inspect -f \
    '{{range $name, $net := .NetworkSettings.Networks}}{{$name}} {{json $net.IPAddress}} {{json $net.MacAddress}}{{end}}' up
t inspect -f '{{json .NetworkSettings.Ports}}' up
note "several, absent, of a type"
t inspect -f '{{.Name}}' look up
says 'No such object: nosuch' inspect nosuch
says 'No such object: nosuch' inspect -f '{{.Name}}' look nosuch
says 'No such container: nosuch' inspect --type container nosuch
says 'No such container: nosuch' container inspect nosuch
says 'No such container: busybox' container inspect -f '{{.Id}}' busybox
says 'no such image: look' inspect --type image look
fails inspect --type frob look
"$D" inspect -s -f '{{.SizeRw}} {{.SizeRootFs}}' look | awk '{ print $1, $2 > 100000 }'
