#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Archives that want to do harm, or are broken; made byte by byte.

    hostile_tar.py NAME [>FILE]     writes the archive
    hostile_tar.py --list           name, and what an import of it has to say, a tab between

What is refused leaves nothing in the store.  The sentence "ok" means that the archive is taken,
and that what it tried comes to nothing: tests/cli/*-import-hostile.bats looks where it landed.
"""
import gzip
import io
import sys
import zlib

BLOCK = 512
CASES = {}


def case(sentence):
    def register(fn):
        CASES[fn.__name__.replace("_", "-")] = (fn, sentence)
        return fn
    return register


def number(value, width):
    if 0 <= value < 8 ** (width - 1):
        return b"%0*o\0" % (width - 1, value)
    return (value & ((1 << (8 * width)) - 1) | (1 << (8 * width - 1))).to_bytes(width, "big")


def header(name, kind=b"0", size=0, link=b"", mode=0o644, uid=0, gid=0, mtime=0, major=0, minor=0,
           raw_size=None):
    h = bytearray(BLOCK)
    h[0:100] = name[:100].ljust(100, b"\0")
    h[100:108] = number(mode, 8)
    h[108:116] = number(uid, 8)
    h[116:124] = number(gid, 8)
    h[124:136] = raw_size if raw_size is not None else number(size, 12)
    h[136:148] = number(mtime, 12)
    h[156:157] = kind
    h[157:257] = link[:100].ljust(100, b"\0")
    h[257:265] = b"ustar\x0000"
    h[329:337] = number(major, 8)
    h[337:345] = number(minor, 8)
    return sealed(h)


def gnu_sparse(name, size, *pieces):
    h = bytearray(header(name, kind=b"S", size=sum(n for _, n in pieces)))
    h[257:265] = b"ustar  \0"
    h[345:500] = b"\0" * 155
    for i, (offset, n) in enumerate(pieces):
        h[386 + 24 * i:410 + 24 * i] = number(offset, 12) + number(n, 12)
    h[483:495] = number(size, 12)
    return sealed(h)


def sealed(h):
    h[148:156] = b" " * 8
    h[148:156] = b"%06o\0 " % sum(h)
    return bytes(h)


def body(data):
    return data + b"\0" * (-len(data) % BLOCK)


def file(name, data=b"data\n", **more):
    return header(name, size=len(data), **more) + body(data)


def folder(name, **more):
    return header(name, kind=b"5", mode=0o755, **more)


def symlink(name, target):
    return header(name, kind=b"2", link=target, mode=0o777)


def hardlink(name, target):
    return header(name, kind=b"1", link=target)


def record(key, value):
    text = b" %s=%s\n" % (key, value)
    length = len(text) + len(str(len(text)))
    while len(str(length)) + len(text) != length:
        length = len(str(length)) + len(text)
    return b"%d%s" % (length, text)


def pax(*records):
    data = b"".join(record(k, v) for k, v in records)
    return header(b"pax", kind=b"x", size=len(data)) + body(data)


def gnu_long(name):
    return header(b"././@LongLink", kind=b"L", size=len(name) + 1) + body(name + b"\0")


END = b"\0" * (2 * BLOCK)


# ---- names that lead out

@case("unpack '../evil': the name leads out of the image")
def dotdot():
    return file(b"../evil") + END


@case("unpack 'a/../../evil': the name leads out of the image")
def dotdot_inside():
    return file(b"a/../../evil") + END


@case("unpack '/../evil': the name leads out of the image")
def dotdot_absolute():
    return file(b"/../evil") + END


@case("ok")
def absolute():
    return file(b"/evil") + END


@case("ok")
def dots_that_stay():
    return file(b"./a/./b/../evil") + END


@case("unpack '..': the name leads out of the image")
def dotdot_alone():
    return folder(b"..") + END


# ---- links

@case("ok")
def symlink_parent_absolute():
    return folder(b"tmp") + symlink(b"out", b"/tmp") + file(b"out/evil") + END


@case("ok")  # the link's target is made, inside the image (docs/design/transfer.md)
def symlink_parent_dangling():
    return symlink(b"out", b"/tmp") + file(b"out/evil") + END


@case("unpack 'out/evil': open its folder: not a directory")
def symlink_parent_to_file():
    return file(b"f") + symlink(b"out", b"f") + file(b"out/evil") + END


@case("ok")
def symlink_parent_dotdot():
    return (folder(b"tmp") + symlink(b"out", b"../../../../../../../../../../tmp") +
            file(b"out/evil") + END)


@case("ok")
def symlink_parent_twice():
    return (folder(b"a") + symlink(b"a/b", b"../..") + symlink(b"a/b/c", b"../..") +
            file(b"a/b/c/evil") + END)


@case("unpack 'loop/evil': open its folder: too many levels of symbolic links")
def symlink_loop():
    return symlink(b"loop", b"loop") + file(b"loop/evil") + END


@case("ok")
def symlink_then_file():
    return symlink(b"evil", b"/tmp/hoy-hostile-target") + file(b"evil") + END


@case("ok")
def symlink_then_folder():
    return symlink(b"dir", b"/tmp") + folder(b"dir") + file(b"dir/evil") + END


@case("unpack 'passwd': hard link to '../../../../etc/passwd': the name leads out of the image")
def hardlink_out():
    return hardlink(b"passwd", b"../../../../etc/passwd") + END


@case("unpack 'passwd': hard link to '/etc/passwd': link: no such file or directory")
def hardlink_absolute():
    return hardlink(b"passwd", b"/etc/passwd") + END


@case("unpack 'passwd': hard link to 'out/passwd': link: no such file or directory")
def hardlink_through_symlink():
    return folder(b"etc") + symlink(b"out", b"/etc") + hardlink(b"passwd", b"out/passwd") + END


@case("ok")
def hardlink_to_symlink():
    return (symlink(b"link", b"/etc/passwd") + hardlink(b"name", b"link") +
            file(b"name", b"mine\n") + END)


@case("unpack 'name': hard link to 'dir': not a file")
def hardlink_to_folder():
    return folder(b"dir") + hardlink(b"name", b"dir") + END


@case("unpack 'name': hard link to 'gone': link: no such file or directory")
def hardlink_to_nothing():
    return hardlink(b"name", b"gone") + END


@case("ok")
def hardlink_to_itself():
    return file(b"name") + hardlink(b"name", b"name") + END


@case("unpack 'link': the link has no target")
def symlink_without_target():
    return symlink(b"link", b"") + END


# ---- the same name again

@case("ok")
def file_over_folder():
    return folder(b"a") + file(b"a/b") + file(b"a") + END


@case("ok")
def folder_over_file():
    return file(b"a") + folder(b"a") + file(b"a/b") + END


@case("ok")
def duplicates():
    return b"".join(file(b"a", b"%d\n" % i) for i in range(100)) + END


@case("unpack 'a/b': open its folder: not a directory")
def file_as_folder():
    return file(b"a") + file(b"a/b") + END


@case("ok")
def root_twice():
    return folder(b"./") + folder(b"/") + folder(b".") + END


@case("unpack './': the image's root is no folder")
def root_as_symlink():
    return symlink(b"./", b"/tmp") + END


@case("unpack 'a/..': the image's root is no folder")
def root_as_file():
    return file(b"a/..") + END


# ---- numbers

@case("unpack 'a': the owner 4294967295:0 is out of range")
def owner_unchanged():
    return file(b"a", uid=0xffffffff) + END


@case("unpack 'a': the owner 0:-5 is out of range")
def owner_negative():
    return file(b"a", gid=-5) + END


@case("unpack 'a': the owner 1099511627776:0 is out of range")
def owner_huge():
    return pax((b"uid", b"1099511627776")) + file(b"a") + END


@case("ok")
def time_negative():
    return file(b"a", mtime=-1) + END


@case("ok")
def time_huge():
    return pax((b"mtime", b"9223372036854775807.9")) + file(b"a") + END


@case("unpack 'dev': the device number 4096:0 is out of range")
def device_huge():
    return header(b"dev", kind=b"3", major=4096) + END


@case("the archive is damaged behind 'first': tar entry has negative size")
def size_negative():
    return file(b"first") + header(b"a", raw_size=number(-1, 12)) + END


@case("unpack 'a': the archive is cut off")
def size_huge():
    return header(b"a", raw_size=number((1 << 62), 12)) + body(b"x" * 4096) + END


# ---- attributes

@case("ok")
def xattr_no_namespace():
    return pax((b"SCHILY.xattr.nonsense", b"1")) + file(b"a") + END


@case("ok")
def xattr_overlay():
    return (pax((b"SCHILY.xattr.trusted.overlay.redirect", b"/etc"),
                (b"SCHILY.xattr.trusted.overlay.opaque", b"y"),
                (b"SCHILY.xattr.trusted.hoy.size", b"1"),
                (b"SCHILY.xattr.user.overlay.opaque", b"y"),
                (b"SCHILY.xattr.security.selinux", b"x")) + folder(b"dir") +
            pax((b"SCHILY.xattr.trusted.hoy.size", b"1")) + folder(b"./") + END)


@case("unpack 'a': the attribute 'user.big' of 70000 bytes does not fit in the file system")
def xattr_huge():
    return pax((b"SCHILY.xattr.user.big", b"x" * 70000)) + file(b"a") + END


# ---- whiteouts

@case("unpack '.wh.': the whiteout hides no name")
def whiteout_empty():
    return file(b".wh.") + END


@case("unpack 'a/.wh...': the whiteout hides no name")
def whiteout_dotdot():
    return folder(b"a") + file(b"a/.wh...") + END


@case("ok")
def whiteout_aufs():
    return file(b".wh..wh.plnk/1") + file(b".wh..wh.aufs") + file(b"a/.wh..wh.orph") + END


# ---- bombs

@case(f"unpack '{'d/' * 60}...': folders are nested deeper than 512 levels")
def too_deep():
    return gnu_long(b"d/" * 600 + b"f") + file(b"x") + END


@case(f"unpack 'l/{'e/' * 59}...': folders are nested deeper than 512 levels")
def too_deep_by_links():
    return (gnu_long(b"d/" * 40 + b"d") + folder(b"x") + symlink(b"l", b"d/" * 40 + b"d") +
            gnu_long(b"l/" + b"e/" * 500) + folder(b"x") + END)


@case(f"unpack '{'n' * 120}...': the name is too long")
def name_too_long():
    return gnu_long(b"n" * 256) + file(b"x") + END


@case(f"unpack '{'n' * 120}...': the name is too long")
def path_too_long():
    return gnu_long(b"/".join([b"n" * 200] * 30)) + file(b"x") + END


@case("the archive is damaged behind 'first': special header too large")
def pax_bomb():
    return file(b"first") + header(b"pax", kind=b"x", size=1 << 32) + b"\0" * 4096


@case("the archive is damaged behind 'first': too many special headers")
def special_headers():
    return file(b"first") + b"".join(gnu_long(b"n%d" % i) for i in range(100)) + file(b"x") + END


@case("the archive is damaged behind 'first': ignoring malformed pax extended attributes")
def pax_malformed():
    data = b"nonsense"
    return file(b"first") + header(b"pax", kind=b"x", size=len(data)) + body(data) + \
        file(b"a") + END


@case("ok")
def zeros_gz():
    # 200 MB of them, in a file of its own, squeezed to 200 KB: takes no room on the disk either.
    size = 200 << 20
    out = io.BytesIO()
    with gzip.GzipFile(fileobj=out, mode="wb", mtime=0) as z:
        z.write(header(b"zeros", size=size))
        for _ in range(size >> 20):
            z.write(b"\0" * (1 << 20))
        z.write(END)
    return out.getvalue()


@case("decompressing it takes too much memory")
def xz_dictionary():
    # An empty stream whose header asks for a dictionary of 4 GB (.xz file format, 5.3.1).
    flags = b"\x00\x04"
    block = b"\x02\x00\x21\x01\x28" + b"\0" * 3
    return (b"\xfd7zXZ\0" + flags + zlib.crc32(flags).to_bytes(4, "little") + block +
            zlib.crc32(block).to_bytes(4, "little") + b"\x00" * 600)


# ---- broken

@case("not a tar archive (it has no tar header)")
def noise():
    return bytes((i * 7919 >> 3) & 0xff | 1 for i in range(4096))


@case("not a tar archive (it is too short)")
def junk():
    return b"junk\n"


@case("not a tar archive (it is a zip archive)")
def zip_archive():
    return b"PK\x03\x04" + b"\x14" * 600


@case("not a tar archive (it has no tar header)")
def noise_gz():
    return gzip.compress(noise(), mtime=0)


@case("unpack 'a': the archive is cut off")
def cut_in_data():
    return header(b"a", size=10000) + b"x" * 5000


@case("the archive is cut off behind 'a'")
def cut_in_header():
    return file(b"a") + header(b"b")[:300]


@case("the archive is cut off behind 'a'")
def cut_in_header_at_zeros():  # filled up with zeros it would be whole
    return file(b"a") + header(b"b")[:508]


@case("unpack 'a': the archive is cut off")
def cut_at_block():
    return header(b"a", size=1000) + b"x" * 512


@case("unpack 'a': the archive is cut off")
def cut_at_last_byte():
    return header(b"a", size=700) + b"x" * 699


@case("unpack 'a': the archive is cut off")
def cut_in_hole_map():
    return gnu_sparse(b"a", 5000, (0, 600), (4096, 300)) + b"x" * 899


@case("the archive is damaged behind 'a'")
def cut_in_long_name():
    return file(b"a") + header(b"././@LongLink", kind=b"L", size=300) + b"n" * 200


@case("the archive is damaged behind 'a'")
def cut_behind_long_name():
    return file(b"a") + header(b"././@LongLink", kind=b"L", size=300) + body(b"n" * 300)


@case("ok")
def no_end_mark():
    return file(b"a")


@case("ok")  # umoci insert
def no_padding():
    return file(b"a") + header(b"b", size=700) + b"x" * 700


@case("ok")
def part_of_padding():
    return file(b"a") + header(b"b", size=700) + b"x" * 700 + b"\0" * 100


@case("ok")
def no_padding_behind_holes():
    return gnu_sparse(b"a", 5000, (0, 600), (4096, 300)) + b"x" * 900


@case("ok")
def part_of_end_mark():
    return file(b"a") + b"\0" * 600


@case("the archive is damaged behind 'a'")
def bad_checksum():
    h = bytearray(header(b"b"))
    h[0] ^= 1
    return file(b"a") + bytes(h) + END


@case("the archive is followed by something else")
def tail():
    return file(b"a") + END + b"and now for something completely different"


@case("the archive is followed by something else")
def two_archives():
    return file(b"a") + END + file(b"b") + END


@case("ok")
def zeros_behind():
    return file(b"a") + END + b"\0" * 100000


@case("the gzip data ends too early")
def gzip_cut():
    data = gzip.compress(file(b"a", bytes(range(256)) * 400) + END, mtime=0)
    return data[:len(data) // 2]


@case("the gzip data ends too early")
def gzip_without_trailer():
    return gzip.compress(file(b"a") + END, mtime=0)[:-8]


@case("the gzip data is damaged")
def gzip_bad_crc():
    data = bytearray(gzip.compress(file(b"a") + END, mtime=0))
    data[-8] ^= 0xff
    return bytes(data)


@case("the gzip data is damaged")
def gzip_bad_data():
    return gzip.compress(b"", mtime=0)[:10] + b"\xff" * 2000


@case("the gzip data is followed by something else")
def gzip_tail():
    return gzip.compress(file(b"a") + END, mtime=0) + b"tail"


@case("ok")
def gzip_padded():
    return gzip.compress(file(b"a") + END, mtime=0) + b"\0" * 10000


@case("ok")
def gzip_members():
    data = file(b"a", b"x" * 3000) + END
    return gzip.compress(data[:1000], mtime=0) + gzip.compress(data[1000:], mtime=0)


@case("not a tar archive (it is too short)")
def gzip_of_gzip():
    return gzip.compress(gzip.compress(file(b"a") + END, mtime=0), mtime=0)


@case("ok")
def empty():
    return b""


@case("unpack 'esc\\x1b[31m\\x9b\\xc2\\x9b': the owner 4294967295:0 is out of range")
def terminal_escapes():
    return file(b"esc\x1b[31m\x9b\xc2\x9b", uid=0xffffffff) + END


def main():
    if sys.argv[1:] == ["--list"]:
        for name, (_, sentence) in CASES.items():
            print(f"{name}\t{sentence}")
    else:
        sys.stdout.buffer.write(CASES[sys.argv[1]][0]())
    return 0


sys.exit(main())
