#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Before the first script: the image that all of them use.
. "$PARITY/lib.sh"
q import --change 'CMD ["sh"]' "$TAR" busybox:latest
