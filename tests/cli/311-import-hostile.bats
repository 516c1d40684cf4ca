#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# bats file_tags=no-vm
#
# Archives that want to do harm or are broken (tests/lib/hostile_tar.py): what each has to say, that
# a refused one leaves nothing, and where those land that are taken.

load ../lib/cli
load ../lib/image

setup_file() {
    image_setup_file
    needs python3 jq
}

hostile() { python3 "$REPO/tests/lib/hostile_tar.py" "$@"; }

taken() { # NAME
    hostile "$1" >archive
    image 0 import archive
}

@test "every archive says what is wrong, and a refused one leaves nothing" {
    local name sentence bad=0
    while IFS=$'\t' read -r name sentence; do
        # Address sanitizers reserve terabytes, so hoy-image sets itself no limit there.
        if [ "$name" = xz-dictionary ] && grep -q __asan_init "$IMAGE"; then
            continue
        fi
        hostile "$name" >archive
        new_store
        image any import archive
        if [ "$code" = 0 ]; then
            text=ok
        else
            text=${text#"import 'archive': "}
            store_is_empty || bad=1
        fi
        [ "$text" = "$sentence" ] ||
            { printf '%s\n  says:     %s\n  expected: %s\n' "$name" "$text" "$sentence" && bad=1; }
        [ ! -e /tmp/evil ] && [ ! -e /evil ] || { echo "$name got out" && bad=1; }
    done < <(hostile --list)
    [ $bad = 0 ]
}

@test "absolute names and dots land inside" {
    taken absolute
    [ -f "$layer/evil" ]
    taken dots-that-stay
    [ -f "$layer/a/evil" ]
}

@test "links that the archive made are followed inside the image only" {
    taken symlink-parent-absolute
    [ -f "$layer/tmp/evil" ]
    taken symlink-parent-dotdot
    [ -f "$layer/tmp/evil" ]
    taken symlink-parent-dangling
    [ -f "$layer/tmp/evil" ]
    is "$(stat -c '%a %u %F' "$layer/tmp")" "755 0 directory"
    taken symlink-parent-twice
    is "$(find "$layer" -name evil)" "$layer/evil"
}

@test "an archive may end with the last byte of its last file" {
    taken no-padding
    is "$(stat -c %s "$layer/b")" 700
    is "$(tr -d x <"$layer/b")" ""
    taken no-padding-behind-holes
    is "$(stat -c %s "$layer/a")" 5000
    is "$(tr -d '\0' <"$layer/a" | wc -c)" 900
}

@test "a link makes way for what comes after it" {
    taken symlink-then-file
    is "$(stat -c %F "$layer/evil")" "regular file"
    [ ! -e /tmp/hoy-hostile-target ]
    taken symlink-then-folder
    is "$(stat -c %F "$layer/dir")" directory
    [ -f "$layer/dir/evil" ]
    taken hardlink-to-symlink
    is "$(readlink "$layer/link")" /etc/passwd
    is "$(cat "$layer/name")" mine
}

@test "of several entries with one name the last counts" {
    taken duplicates
    is "$(cat "$layer/a")" 99
    taken file-over-folder
    is "$(stat -c %F "$layer/a")" "regular file"
    taken folder-over-file
    [ -f "$layer/a/b" ]
    taken root-twice
    is "$(find "$layer" -mindepth 1)" ""
}

@test "attributes that would steer overlayfs or the store are left out" {
    taken xattr-overlay
    is "$(getfattr -d -m - -R --absolute-names "$layer/dir" 2>&1)" ""
    is "$(getfattr --only-values -n trusted.hoy.size --absolute-names "$layer")" 0
}

@test "aufs' bookkeeping is passed over" {
    taken whiteout-aufs
    is "$(find "$layer" -mindepth 1)" ""
}

@test "a file of zeros takes no room" {
    taken zeros-gz
    is "$(stat -c %s "$layer/zeros")" 209715200
    is "$(stat -c %b "$layer/zeros")" 0
}

@test "an archive without entries, and an empty file, make an empty image as with Docker" {
    taken empty
    is "$(find "$layer" -mindepth 1)" ""
    head -c 10240 /dev/zero >nothing.tar
    image 0 import nothing.tar
    is "$(find "$layer" -mindepth 1)" ""
}

@test "what is asked for wrongly is said before anything is read" {
    touch empty
    image 1 import nofile
    text_is "import 'nofile': no such file or directory"
    is "$kind" not_found
    image 1 import https://example.com/x.tar
    text_is "import 'https://example.com/x.tar': no such file or directory"
    is "$hint" "fetch it first: curl -L URL | hoy import - NAME"
    image 1 import empty BAD
    text_is "invalid reference format: repository name (library/BAD) must be lowercase"
    image 1 import empty x@sha256:0000000000000000000000000000000000000000000000000000000000000000
    text_is "cannot import digest reference"
    image 1 import --change "FROB x" empty
    text_is "FROB is not a valid change command"
    image 1 import --platform frob empty
    text_is '"frob": unknown operating system or architecture'
    SOURCE_DATE_EPOCH=soon image 1 import empty
    text_is "SOURCE_DATE_EPOCH 'soon': not a Unix time"
    image 1 import
    text_is "hoy-image: import: FILE|DIR|- [NAME] expected"
}

@test "the image says where it came from, and for which machine" {
    hostile absolute >a
    SOURCE_DATE_EPOCH=1000000000 image 0 import --message why --platform linux/arm/v6 \
        --change 'CMD ["sh"]' --change 'ENV A=b' a some:name
    is "$(jq -c 'del(.rootfs)' "$HOY_ROOT/images/blobs/sha256/${id#sha256:}")" \
        '{"created":"2001-09-09T01:46:40Z","architecture":"arm","variant":"v6","os":"linux","comment":"why","config":{"Cmd":["sh"],"Env":["A=b"]},"history":[{"created":"2001-09-09T01:46:40Z","comment":"why"}]}'
    local first=$id
    SOURCE_DATE_EPOCH=1000000000 image 0 import --message why --platform linux/arm/v6 \
        --change 'CMD ["sh"]' --change 'ENV A=b' a other:name
    is "$id" "$first"
}
