#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Names, conflicts, and everything that can stand for a container.
. "$PARITY/lib.sh"

q create --network none --name web busybox
says 'Conflict. The container name "/web" is already in use by container' run --network none \
    --name web busybox true
says 'Conflict. The container name "/web" is already in use by container' create --network none \
    --name web busybox
t ps -a --format '{{.Names}}'
says 'Invalid container name (b@d), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed' create --network \
    none --name b@d busybox
says 'Invalid container name (x), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed' create --network \
    none --name x busybox
says 'Invalid container name (-x), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed' create --network \
    none --name=-x busybox
says 'Invalid container name' create --network none --name a/b busybox
q create --network none --name /slash busybox
t inspect -f '{{.Name}}' slash
q create --network none --name '' busybox
t ps -a --format '{{.Names}}' --filter name=slash
note "rename"
t rename web site
t inspect -f '{{.Name}}' site
says 'No such container: web' inspect --type container web
says 'Renaming a container with the same name as its current name' rename site site
says 'Conflict. The container name "/slash" is already in use by container' rename site slash
says 'Invalid container name (/b@d), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed || Invalid container name (b@d)' rename site b@d
fails rename site ''
says 'No such container: nosuch' rename nosuch x2
q rename site web
note "a name is free again"
q rm web
t ps -aq --filter name=web
q create --network none --name web busybox
note "ids and their beginnings"
id=$("$D" inspect -f '{{.Id}}' web)
t inspect -f '{{.Name}}' "$id"
t inspect -f '{{.Name}}' "$(printf %.12s "$id")"
"$D" inspect -f '{{.Name}}' "$(printf %.6s "$id")"
"$D" inspect -f '{{.Name}}' "/web"
"$D" rm "$(printf %.20s "$id")" | wc -c
says 'No such container: web' rm web
note "a name wins over the beginning of an id"
q create --network none --name first busybox
id=$("$D" inspect -f '{{.Id}}' first)
q create --network none --name "$(printf %.4s "$id")" busybox
"$D" inspect -f '{{.Id}}' "$(printf %.4s "$id")" | grep -c "$id"
says 'is not running' exec first true
