// SPDX-License-Identifier: Apache-2.0
#include "fixture.h"

#include "base/fs.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

struct image_store store;
int store_root = FD_NONE;
struct error last_error;
static char folder[64];

int store_setup(void **state)
{
    snprintf(folder, sizeof(folder), "/tmp/hoy-unit-image-XXXXXX");
    if (!mkdtemp(folder)) {
        return -1;
    }
    store_root = fs_opendir(AT_FDCWD, folder);
    OK(image_store_open(store_root, &store, &last_error));
    return 0;
}

int store_teardown(void **state)
{
    image_store_done(&store);
    close_fd(&store_root);
    return fs_remove_tree(AT_FDCWD, folder);
}

const char *digest(unsigned n)
{
    static char buf[16][80];
    static unsigned next;
    char *s = buf[next++ % 16];

    snprintf(s, 80, "sha256:%064x", n);
    return s;
}

json_t *put_blob(const char *blob_digest, const char *type, json_t *content)
{
    cleanup_free char *text = json_dump(content);
    json_t *descriptor = json_object();

    json_decref(content);
    OK(image_blob_write(&store, blob_digest, text, strlen(text), &last_error));
    json_put(descriptor, "mediaType", json_text(type));
    json_put(descriptor, "digest", json_text(blob_digest));
    json_put(descriptor, "size", json_integer((json_int_t) strlen(text)));
    return descriptor;
}

json_t *put_image(unsigned n, unsigned from, unsigned to)
{
    json_t *layers = json_array();
    json_t *diff_ids = json_array();
    char created[64];

    for (unsigned i = from; i <= to; i++) {
        json_push(layers, put_blob(digest(0x10000 + i), "application/vnd.oci.image.layer.v1.tar",
                                   json_text("layer")));
        json_push(diff_ids, json_text(digest(0x100000 + i)));
    }
    snprintf(created, sizeof(created), "1970-01-01T%02u:%02u:%02uZ", n / 3600 % 24, n / 60 % 60,
             n % 60);
    json_t *config =
        put_blob(digest(0x1000 + n), "application/vnd.oci.image.config.v1+json",
                 json_pack("{s:s, s:s, s:s, s:{s:[s, s]}, s:{s:s, s:o}}", "architecture", "amd64",
                           "os", "linux", "created", created, "config", "Cmd", "sh", "-l", "rootfs",
                           "type", "layers", "diff_ids", diff_ids));

    return put_blob(
        digest(n), "application/vnd.oci.image.manifest.v1+json",
        json_pack("{s:i, s:o, s:o}", "schemaVersion", 2, "config", config, "layers", layers));
}

void add_image(unsigned n, unsigned from, unsigned to, const char *name)
{
    CLEANUP(json) json_t *descriptor = put_image(n, from, to);

    OK(image_add(&store, descriptor, name, &last_error));
}

bool has_blob(unsigned n)
{
    return faccessat(store.blobs, digest(n) + strlen("sha256:"), F_OK, 0) == 0;
}

size_t count_blobs(void)
{
    DIR *dir = fdopendir(fs_opendir(store.blobs, "."));
    struct dirent *d;
    size_t n = 0;

    while ((d = readdir(dir))) {
        n += d->d_name[0] != '.';
    }
    closedir(dir);
    return n;
}

json_t *read_index(void)
{
    return json_parse_file(store.dir, "index.json", "index.json", &last_error);
}

void write_index(const char *text)
{
    assert_int_equal(
        fs_write_atomic(store.dir, "index.json", text, strlen(text), 0644, FS_VOLATILE), 0);
}
