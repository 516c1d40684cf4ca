#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Everything that a layer has to keep, one line a file, so that two trees compare with diff.

    tree.py [--no-xattrs] [--no-ns] [--holes] DIR

Type and mode, owner, size or device, time, target, the group of hard links it belongs to, extended
attributes, digest of the content; with --holes also whether the file has some.
"""
import argparse
import hashlib
import os
import stat
import sys

# Our own marks, those of overlayfs, and the host's labels are no part of a layer.
SKIPPED = (b"trusted.hoy.", b"trusted.overlay.", b"security.selinux")


def digest(path):
    with open(path, "rb") as f:
        h = hashlib.sha256()
        while block := f.read(1 << 20):
            h.update(block)
        return h.hexdigest()[:16]


def xattrs(path):
    names = sorted(os.fsencode(n) for n in os.listxattr(path, follow_symlinks=False))
    for name in names:
        if not name.startswith(SKIPPED):
            value = os.getxattr(path, name, follow_symlinks=False)
            yield f"{name.decode('ascii', 'backslashreplace')}={value.hex()}"


def describe(path, name, options, links):
    st = os.lstat(path)
    words = [stat.filemode(st.st_mode), str(st.st_uid), str(st.st_gid)]
    if stat.S_ISREG(st.st_mode):
        words.append(str(st.st_size))
        words.append(digest(path))
        if options.holes:
            words.append("holes" if st.st_blocks * 512 < st.st_size else "full")
    elif stat.S_ISLNK(st.st_mode):
        words.append(repr(os.readlink(os.fsencode(path))))
    elif stat.S_ISCHR(st.st_mode) or stat.S_ISBLK(st.st_mode):
        words.append(f"{os.major(st.st_rdev)}:{os.minor(st.st_rdev)}")
    if st.st_nlink > 1 and not stat.S_ISDIR(st.st_mode):
        words.append("same-as:" + links.setdefault((st.st_dev, st.st_ino), name))
    words.append(f"{st.st_mtime_ns // 10**9 if options.no_ns else st.st_mtime_ns}")
    if not options.no_xattrs:
        words += xattrs(path)
    return f"{name} {' '.join(words)}"


def walk(top, prefix=b""):
    yield prefix or b"."
    path = os.path.join(top, prefix)
    if stat.S_ISDIR(os.lstat(path).st_mode):
        for name in sorted(os.listdir(path)):
            yield from walk(top, os.path.join(prefix, name))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--no-xattrs", action="store_true")
    parser.add_argument("--no-ns", action="store_true")
    parser.add_argument("--holes", action="store_true")
    parser.add_argument("dir")
    options = parser.parse_args()
    top = os.fsencode(options.dir)
    links = {}
    for name in walk(top):
        shown = name.decode("utf-8", "backslashreplace")
        print(describe(os.path.join(top, name), shown, options, links))
    return 0


sys.setrecursionlimit(10000)
sys.exit(main())
