#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# Archives made to reach out of the image: whatever becomes of the import, nothing outside of the
# store is read, written or removed, and an image that came of it is whole and can be removed.
# Made with python3, which writes what tar would not.
# bats file_tags=no-vm

load ../lib/cli

setup() {
    cli_setup
    needs python3
    mkdir -p outside/dir
    echo secret >outside/secret
    echo kept >outside/dir/kept
}

# tar_of NAME: standard input is Python; `add(name, type, data=..., link=...)` puts an entry into it.
tar_of() {
    {
        cat <<'END'
import io, sys, tarfile
out = tarfile.open(sys.argv[1], "w", format=tarfile.PAX_FORMAT)
T = sys.argv[2]
UP = "../" * 30
F, D, L, H = tarfile.REGTYPE, tarfile.DIRTYPE, tarfile.SYMTYPE, tarfile.LNKTYPE
def add(name, type=F, data=b"evil\n", link="", mode=0o755, **more):
    entry = tarfile.TarInfo(name)
    entry.type, entry.linkname, entry.mode = type, link, mode
    entry.size = len(data) if type == F else 0
    for key, value in more.items():
        setattr(entry, key, value)
    out.addfile(entry, io.BytesIO(data) if type == F else None)
END
        cat
        echo 'out.close()'
    } >make.py
    python3 make.py "$1.tar" "$T"
}

# imported NAME: takes it or refuses it with a sentence; the world outside is as before.
imported() {
    hoy any import "$1.tar" "hostile:$1"
    case $code in
        0) result=taken ;;
        1) result=refused ;;
        *) cli_fail "import of $1 ended with $code" ;;
    esac
    is "$(cd "$T/outside" && find . | sort | tr '\n' ' ')" '. ./dir ./dir/kept ./secret '
    is "$(cat "$T/outside/secret" "$T/outside/dir/kept")" $'secret\nkept'
    if [ "$result" = refused ]; then
        [ -n "$stderr" ] && [ "$(wc -l <<<"$stderr")" -le 3 ]
        hoy 0 images -q hostile
        stdout_is ''
    else
        # It can be made into a container and looked at, and goes without a trace.
        hoy 0 create --network none --name look "hostile:$1" /x
        hoy 0 rm look
        hoy 0 rmi "hostile:$1"
    fi
    assert_nothing_left
}

@test "names that climb out" {
    tar_of dots <<'END'
add(UP + T.lstrip("/") + "/outside/new")
add("a/../../b/../../" + UP + T.lstrip("/") + "/outside/secret")
END
    imported dots
    tar_of absolute <<'END'
add(T + "/outside/new")
add("//" + T + "/outside/secret")
END
    imported absolute
    [ ! -e outside/new ]
}

@test "symbolic links that lead out, and what is written through them" {
    tar_of through <<'END'
add("link", L, link=T + "/outside")
add("link/new")
add("link/secret")
add("up", L, link=UP + T.lstrip("/") + "/outside")
add("up/secret")
END
    imported through
    tar_of chain <<'END'
add("a", L, link="b/..")
add("b", L, link="..")
add("c", L, link="a/../../../.." + T + "/outside")
add("c/new")
END
    imported chain
    tar_of swapped <<'END'
add("dir", D)
add("dir/file")
add("dir", L, link=T + "/outside/dir")
add("dir/kept")
add("file")
add("file", L, link=T + "/outside/secret")
add("file", mode=0o777)
END
    imported swapped
    tar_of loop <<'END'
add("one", L, link="two")
add("two", L, link="one")
add("one/file")
END
    imported loop
}

@test "hard links to what is outside" {
    tar_of hard <<'END'
add("stolen", H, link=UP + T.lstrip("/") + "/outside/secret")
END
    imported hard
    tar_of hardabsolute <<'END'
add("stolen", H, link=T + "/outside/secret")
END
    imported hardabsolute
    tar_of hardthrough <<'END'
add("link", L, link=T + "/outside")
add("stolen", H, link="link/secret")
add("stolen")
END
    imported hardthrough
    is "$(stat -c %h outside/secret)" 1
}

@test "whiteouts that remove more than they may" {
    tar_of white <<'END'
add("sub/.wh...", data=b"")
add(".wh...", data=b"")
add(".wh..", data=b"")
add(".wh.", data=b"")
add("link", L, link=T + "/outside")
add("link/.wh.secret", data=b"")
add("link/.wh..wh..opq", data=b"")
add(UP + T.lstrip("/") + "/outside/.wh.secret", data=b"")
END
    imported white
}

@test "mode, owner and attributes of a link do not reach its target" {
    chmod 600 outside/secret
    tar_of mode <<'END'
add("link", L, link=T + "/outside/secret", mode=0o4777, uid=1234, gid=1234)
add("again", L, link=T + "/outside/secret", pax_headers={"SCHILY.xattr.user.evil": "yes"})
END
    imported mode
    is "$(stat -c '%a %u %g' outside/secret)" '600 0 0'
}

@test "device nodes stay closed" {
    tar_of devices <<'END'
add("bin/", D)
add("disk", tarfile.BLKTYPE, mode=0o666, devmajor=8, devminor=0)
add("mem", tarfile.CHRTYPE, mode=0o666, devmajor=1, devminor=1)
import shutil
add("bin/busybox", data=open(shutil.which("busybox"), "rb").read())
END
    hoy 0 import devices.tar hostile:devices
    hoy 1 run --rm --network none hostile:devices /bin/busybox head -c 1 /disk
    hoy 1 run --rm --network none hostile:devices /bin/busybox head -c 1 /mem
    hoy 0 rmi hostile:devices
    assert_nothing_left
}

@test "names that are no names" {
    tar_of names <<'END'
add("n" * 300)
add("/".join(["deep"] * 1200))
add("x" * 255)
add("with\nline", data=b"")
add("with\x1b[2Jescape", data=b"")
add("\udcff\udcfe", data=b"")
add(".", D)
add("./", D)
add("/", D)
END
    imported names
    tar_of nothing <<'END'
add("")
END
    imported nothing
    tar_of dotdot <<'END'
add("..", D)
add("a/..", D, mode=0o000)
add("..", L, link="x")
END
    imported dotdot
}

@test "archives that are cut, lie about their sizes, or are none" {
    tar_of whole <<'END'
for i in range(50):
    add("file%d" % i, data=b"x" * 5000)
END
    head -c 100000 whole.tar >cut.tar
    imported cut
    is "$result" refused
    gzip -c whole.tar | head -c 300 >cutgz.tar
    imported cutgz
    is "$result" refused
    python3 - <<'END'
import tarfile
entry = tarfile.TarInfo("big")
entry.size = 1 << 40
open("lie.tar", "wb").write(entry.tobuf(tarfile.GNU_FORMAT) + b"x" * 10000)
END
    imported lie
    is "$result" refused
    head -c 100000 /dev/urandom >noise.tar
    imported noise
    is "$result" refused
    head -c 1000 whole.tar >short.tar
    imported short
    is "$result" refused
    (printf '\037\213\010\000'; head -c 10000 /dev/urandom) >notgzip.tar
    imported notgzip
    is "$result" refused
}

@test "a bomb of headers is bounded" {
    python3 - <<'END'
import tarfile
# A name of 200 MB in a pax header: nobody has such a name.
entry = tarfile.TarInfo("././@PaxHeader")
entry.type, entry.size = tarfile.XHDTYPE, 200 << 20
with open("pax.tar", "wb") as out:
    out.write(entry.tobuf(tarfile.USTAR_FORMAT))
    out.write(b"209715200 path=")
    block = b"a" * (1 << 20)
    for _ in range(200):
        out.write(block)
    out.write(bytes(10240))
END
    imported pax
    is "$result" refused
}
