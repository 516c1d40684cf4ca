# shellcheck shell=bash disable=SC2034
# For tests of hoy-image itself, the program that touches image bytes; loaded behind cli.bash:
#
#   load ../lib/cli
#   load ../lib/image
#
# The file gets an empty store $HOY_ROOT, and no hoy is needed.
#
#   image CODE ARG...     runs hoy-image on that store and fails the test unless it ends with CODE
#                         (`any`); sets $code, and from what it says $id, $diff_id, $text (the
#                         error's sentence), $kind, $hint
#   $layer                after an import: the unpacked layer
#   text_is TEXT          the error's sentence, exactly
#   store_is_empty        no layer, blob, draft or temporary file is in the store
#   new_store             begins with an empty store again
#   tree_of [OPTION]... DIR   tests/lib/tree.py

IMAGE=$HOY_BUILD/hoy-image

setup_file() { image_setup_file; }
teardown_file() { image_teardown_file; }

image_setup_file() {
    [ -x "$IMAGE" ] || { echo "$IMAGE is not built" >&2 && return 1; }
    needs_root
    HOY_ROOT=$(mktemp -d "${TMPDIR:-/tmp}/hoy-image.XXXXXX")
    export HOY_ROOT
}

image_teardown_file() {
    [ -z "${HOY_ROOT:-}" ] || rm -rf --one-file-system "$HOY_ROOT"
}

new_store() {
    rm -rf --one-file-system "$HOY_ROOT"
    mkdir "$HOY_ROOT"
}

image() {
    local want=$1
    shift
    code=0
    "$IMAGE" --root "$HOY_ROOT" "$@" >"$T/stdout" 2>"$T/stderr" 3>&- || code=$?
    image_read
    [ "$want" = any ] || [ "$code" = "$want" ] ||
        cli_fail "hoy-image $* ended with $code, not $want"
}

image_read() {
    cli_read stdout "$T/stdout"
    cli_read stderr "$T/stderr"
    id=$(image_field result id)
    diff_id=$(image_field result diff_id)
    text=$(image_field error text)
    kind=$(image_field error kind)
    hint=$(image_field error hint)
    layer=$HOY_ROOT/layers/${diff_id#sha256:}
}

image_field() { # TYPE KEY
    jq -r --arg type "$1" --arg key "$2" 'select(.type == $type)[$key] // empty' "$T/stdout"
}

text_is() { is "$text" "$1"; }

store_is_empty() {
    local left
    left=$(find "$HOY_ROOT" -mindepth 2 ! -path "$HOY_ROOT/images/oci-layout" \
        ! -path "$HOY_ROOT/images/index.json" ! -path "$HOY_ROOT/images/.lock" \
        ! -path "$HOY_ROOT/images/blobs" ! -path "$HOY_ROOT/images/blobs/sha256")
    [ -z "$left" ] || { printf 'left behind: %s\n' "$left" >&2 && return 1; }
}

tree_of() { python3 "$REPO/tests/lib/tree.py" "$@"; }
