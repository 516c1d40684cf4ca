#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# --format of ps, images and inspect: templates, table, what goes wrong.
. "$PARITY/lib.sh"

q create --network none --name look -l a=1 -l b=2 -v parity072:/v -e E=1 busybox echo "say 'hi'"
q create --network none --name look-two busybox
t ps -a --format \
    '{{.Names}}|{{.Image}}|{{.Command}}|{{.Ports}}|{{.State}}|{{.Status}}|{{.LocalVolumes}}|{{.Networks}}'
t ps -a --format '{{.ID}}|{{.CreatedAt}}|{{.RunningFor}}|{{.Mounts}}'
t ps -a --format '{{.ID}}' --no-trunc
t ps -a --format 'table {{.Names}}\t{{.Image}}\t{{.State}}'
t ps -a --format 'table {{.Names}}: {{.State}}'
t ps -a --format 'table {{.ID}}\t{{.LocalVolumes}}\t{{.Networks}}\t{{.Mounts}}'
t ps --format 'table {{.Names}}\t{{.State}}'
t ps -a --format '{{.Names}}\t{{.State}}'
t ps -a --format 'plain words'
t ps -a --format '{{json .Names}} {{upper .State}} {{lower .Names}} {{len .Names}}'
t ps -a --format '{{if eq .Names "look"}}yes{{else}}no{{end}}'
t ps -a --format \
    '{{.Names | printf "%-12s"}}|{{truncate .Names 3}}|{{join (split .Names "-") "+"}}|{{title .State}}|{{pad .State 1 2}}'
t ps -a --format '{{range split .Names "-"}}[{{.}}]{{end}}'
fails ps -a --format '{{.Frob}}'
fails ps -a --format '{{'
fails ps -a --format '{{frob .Names}}'
"$D" ps -a --filter name=two --format '{{json .}}' | tr ',' '\n' | cut -d: -f1 | tr -d '{"}' |
    grep -v Platform
"$D" images --format '{{json .}}' busybox | tr ',' '\n' | cut -d: -f1 | tr -d '{"}' | grep -E \
    '^[A-Z]'
t images --format '{{.Repository}}|{{.Tag}}|{{.Digest}}|{{.ID}}|{{.CreatedSince}}|{{.CreatedAt}}'
t images --format 'table {{.Repository}}\t{{.Tag}}\t{{.ID}}'
note "inspect"
t inspect -f '{{.Name}} {{.Config.Image}} {{.HostConfig.NetworkMode}} {{.Path}} {{len .Args}}' look
t inspect -f '{{json .Config.Env}} {{json .Config.Labels}}' look
t inspect -f '{{range $k, $v := .Config.Labels}}{{$k}}={{$v}};{{end}}' look
t inspect -f '{{index .Config.Env 0}} {{index .Args 0}} {{.State.Running}} {{.Config.Tty}}' look
t inspect -f \
    '{{if .State.Running}}up{{else if eq .State.Status "created"}}made{{else}}down{{end}}' look
t inspect -f '{{with .Config}}{{.Image}}{{end}}{{/* nothing */}} {{- " trimmed" -}} ' look
t inspect -f '{{printf "%s-%d-%v-%q" .Name .State.ExitCode .State.Running .Path}}' look
t inspect -f \
    '{{and .State.Running true}} {{or .Name "x"}} {{not .State.Running}} {{ne 1 2}} {{lt 1 2}} {{len .Name}} {{slice .Name 1 3}}' look
t inspect -f '{{$n := .Name}}{{range $i, $e := .Args}}{{$i}}:{{$e}}@{{$n}} {{else}}none{{end}}' look
t inspect -f '{{range .Config.Volumes}}x{{else}}none{{end}}' look
t inspect -f \
    '{{html "<a>"}} {{js "it'\''s"}} {{urlquery "a b"}} {{print 1 2 "x"}} {{println "line"}}' look
t inspect -f '{{define "T"}}[{{.}}]{{end}}{{template "T" .Name}}' look
t inspect --format='{{.Name}}' look look-two
t inspect -f 'plain' look
t inspect -f '' look-two >/dev/null
fails inspect -f '{{.Frob}}' look
fails inspect -f '{{' look
fails inspect -f '{{.Name' look
fails inspect -f '{{if .Name}}' look
fails inspect -f '{{frob}}' look
fails inspect -f '{{index .Args 99}}' look
