#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A registry that misbehaves, each repository in its own way.

    hostile_registry.py PORTFILE LOGFILE

Listens on a free port of 127.0.0.1, which it writes to PORTFILE; LOGFILE gets a line for each request:
METHOD PATH RANGE|- AUTHORIZATION|-.  Every repository has the tag `latest` of the same small image, whose
layer is 400,000 bytes that do not compress; what is wrong with it is said in the table at the end.
"""
import base64
import gzip
import hashlib
import http.server
import io
import json
import os
import random
import socketserver
import sys
import tarfile
import time
import urllib.parse

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
INDEX = "application/vnd.oci.image.index.v1+json"
USER = base64.b64encode(b"tester:secret word").decode()


def digest(data):
    return "sha256:" + hashlib.sha256(data).hexdigest()


def descriptor(data, media, **more):
    return dict(mediaType=media, digest=digest(data), size=len(data), **more)


def make_layer():
    raw = io.BytesIO()
    content = random.Random(7).randbytes(400000)
    with tarfile.open(fileobj=raw, mode="w") as tar:
        info = tarfile.TarInfo("data")
        info.size = len(content)
        tar.addfile(info, io.BytesIO(content))
    return raw.getvalue(), gzip.compress(raw.getvalue(), mtime=0)


TAR, LAYER = make_layer()


def make_config(architecture="amd64"):
    return json.dumps({"architecture": architecture, "os": "linux", "config": {"Cmd": ["sh"]},
                       "rootfs": {"type": "layers", "diff_ids": [digest(TAR)]}}).encode()


def make_manifest(config, **layer):
    described = descriptor(LAYER, "application/vnd.oci.image.layer.v1.tar+gzip")
    described.update(layer)
    return json.dumps({
        "schemaVersion": 2, "mediaType": MANIFEST,
        "config": descriptor(config, "application/vnd.oci.image.config.v1+json"),
        "layers": [described]}).encode()


CONFIG, ARM_CONFIG = make_config(), make_config("arm64")
GOOD, ARM = make_manifest(CONFIG), make_manifest(ARM_CONFIG)
ATTESTATION = make_manifest(b"{}")
PLATFORMS = json.dumps({"schemaVersion": 2, "mediaType": INDEX, "manifests": [
    descriptor(ATTESTATION, MANIFEST, platform={"os": "unknown", "architecture": "unknown"}),
    descriptor(ARM, MANIFEST, platform={"os": "linux", "architecture": "arm64", "variant": "v8"}),
    descriptor(GOOD, MANIFEST, platform={"os": "linux", "architecture": "amd64"})]}).encode()
ARTIFACT = json.dumps({
    "schemaVersion": 2, "mediaType": MANIFEST,
    "config": descriptor(b"{}", "application/vnd.example.config+json"), "layers": []}).encode()
WRONG_DIFF = json.dumps({"architecture": "amd64", "os": "linux",
                         "rootfs": {"type": "layers", "diff_ids": [digest(b"x")]}}).encode()
TWO_LAYERS = json.dumps({"architecture": "amd64", "os": "linux", "rootfs": {
    "type": "layers", "diff_ids": [digest(TAR), digest(b"x")]}}).encode()

MANIFESTS = {
    "platforms": (PLATFORMS, INDEX),
    "html": (b"<html>", "text/html"),
    "schema1": (b'{"schemaVersion":1,"fsLayers":[]}',
                "application/vnd.docker.distribution.manifest.v1+prettyjws"),
    "deep": (b"[" * 100000, MANIFEST),
    "huge": (b" " * (5 << 20), MANIFEST),
    "many": (b'{"schemaVersion":2,"layers":[' + b"{}," * 600 + b"{}]}", MANIFEST),
    "artifact": (ARTIFACT, MANIFEST),
    "both": (GOOD[:-1] + b',"manifests":[]}', INDEX),
    "wrong-diff": (make_manifest(WRONG_DIFF), MANIFEST),
    "two-layers": (make_manifest(TWO_LAYERS), MANIFEST),
    "short": (make_manifest(CONFIG, size=len(LAYER) - 5), MANIFEST),
    "long": (make_manifest(CONFIG, size=len(LAYER) + 5), MANIFEST),
}
BLOBS = {digest(data): data for data in (LAYER, CONFIG, ARM_CONFIG, WRONG_DIFF, TWO_LAYERS)}
BY_DIGEST = {digest(data): data for data in (GOOD, ARM, ATTESTATION)}
seen = {}


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def head(self, code, length=None, **headers):
        self.send_response(code)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        if length is not None:
            self.send_header("Content-Length", str(length))
        else:
            self.close_connection = True
        self.end_headers()

    def answer(self, code, data=b"", **headers):
        self.head(code, len(data), **headers)
        self.wfile.write(data)

    def first(self, what):
        """How often was this asked before?"""
        seen[what] = seen.get(what, 0) + 1
        return seen[what] - 1

    def endless(self, begin=b""):
        self.head(200, Content_Type=MANIFEST)
        self.wfile.write(begin)
        while True:
            self.wfile.write(b"A" * 65536)

    def do_GET(self):
        with open(sys.argv[2], "a", encoding="utf-8") as log:
            log.write("%s %s %s %s\n" % (self.command, self.path, self.headers["Range"] or "-",
                                         (self.headers["Authorization"] or "-").split()[0]))
        url = urllib.parse.urlsplit(self.path)
        words = url.path.strip("/").split("/")
        try:
            if words[0] == "token":
                self.token(urllib.parse.parse_qs(url.query))
            elif words == ["v2"]:
                self.answer(200, b"{}")
            elif len(words) == 4 and words[0] == "v2":
                self.repository(words[1], words[2], words[3])
            else:
                self.answer(404, b"no such page")
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True

    def token(self, query):
        if query["scope"] == ["repository:bearer:pull"] and self.headers["Authorization"] == "Basic " + USER:
            return self.answer(200, b'{"token":"let-me-in"}')
        if query["scope"] == ["repository:anonymous:pull"]:
            return self.answer(200, b'{"access_token":"let-me-in"}')
        return self.answer(401, b'{"details":"incorrect username or password"}')

    def bearer(self, name, realm):
        return self.answer(401, b"{}", WWW_Authenticate='Bearer realm="%s",service="test",'
                           'scope="repository:%s:pull"' % (realm, name))

    def repository(self, name, kind, reference):
        here = "http://127.0.0.1:%d" % self.server.server_address[1]
        if name in ("bearer", "anonymous") and self.headers["Authorization"] != "Bearer let-me-in":
            return self.bearer(name, here + "/token")
        if name == "bad-realm":
            return self.bearer(name, "file:///etc/passwd")
        if name == "denied":
            return self.answer(403, b'{"errors":[{"code":"DENIED","message":"not for you\\u001b[2J"}]}')
        if name == "limited":
            return self.answer(429, b"{}", Retry_After="100000")
        if name == "busy" and self.first(self.path) < 2:
            return self.answer(429 if kind == "manifests" else 503, b"{}", Retry_After="0")
        if name == "down":
            return self.answer(500, b"{}")
        return self.manifest(name, reference) if kind == "manifests" else self.blob(name, reference)

    def manifest(self, name, reference):
        if name == "endless-manifest":
            return self.endless()
        if name == "endless-refusal":
            self.head(404)
            while True:
                self.wfile.write(b"A" * 65536)
        if name == "drip":
            self.head(200, 1000, Content_Type=MANIFEST)
            while True:
                self.wfile.write(b" ")
                time.sleep(0.2)
        data, media = MANIFESTS.get(name, (GOOD, MANIFEST))
        if ":" in reference:
            data, media = BY_DIGEST.get(reference, data), MANIFEST
        claimed = digest(b"other") if name == "wrong-header" else digest(data)
        return self.answer(200, data, Content_Type=media, Docker_Content_Digest=claimed)

    def blob(self, name, reference):
        data = BLOBS.get(reference)
        if data is None:
            return self.answer(404, b'{"errors":[{"code":"BLOB_UNKNOWN","message":"blob unknown"}]}')
        if data is not LAYER:
            return self.answer(200, b"{" + data[1:-1] + b" " if name == "wrong-config" else data)
        if name == "missing-layer":
            return self.answer(404, b"{}")
        if name == "endless":
            return self.endless(data)
        if name == "file":
            return self.answer(307, Location="file:///etc/passwd")
        if name == "circle":
            return self.answer(307, Location=self.path)
        if name == "wrong":
            return self.answer(200, data[:-1000] + b"\0" * 1000)
        return self.layer(name, data)

    def layer(self, name, data):
        start = 0
        asked = self.headers["Range"]
        if asked and name != "no-ranges":
            start = int(asked[len("bytes="):].split("-")[0])
            claimed = start + 10 if name == "wrong-range" else start
            self.head(206, len(data) - start,
                      Content_Range="bytes %d-%d/%d" % (claimed, len(data) - 1, len(data)))
        else:
            self.head(200, len(data))
        count = self.first((name, "layer"))
        if name in ("broken", "no-ranges", "wrong-range") and count < 3:
            self.wfile.write(data[start:start + 100000])
            self.close_connection = True
        elif name == "always-broken":
            self.close_connection = True
        elif name == "stuck" and count == 0:
            self.wfile.write(data[:150000])
            self.wfile.flush()
            while True: # until we are left
                time.sleep(1)
        else:
            self.wfile.write(data[start:])


class Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
    daemon_threads = True


server = Server(("127.0.0.1", 0), Handler)
with open(sys.argv[1] + ".new", "w", encoding="utf-8") as port:
    port.write(str(server.server_address[1]))
os.rename(sys.argv[1] + ".new", sys.argv[1])
server.serve_forever()
