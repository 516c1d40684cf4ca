// SPDX-License-Identifier: Apache-2.0
/*
 * A layer from its bytes to a folder: decompression, libarchive, placing of entries. What a layer
 * brings must stay in its folder: a canary lies beside it.
 */
#include "base/fd.h"
#include "base/fs.h"
#include "transfer/layer_ingest.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned seed);
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max);

static char top[] = "/dev/shm/hoy-fuzz-tar.XXXXXX";
static int top_fd = FD_NONE;

static void remove_top(void)
{
    (void) fs_remove_tree(AT_FDCWD, top);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    if (access("/dev/shm", W_OK) < 0) {
        snprintf(top, sizeof(top), "/var/tmp/hoy-fuzz-tar.XXXXXX");
    }
    if (!mkdtemp(top)) {
        perror(top);
        abort();
    }
    atexit(remove_top);
    top_fd = fs_opendir(AT_FDCWD, top);
    umask(0);
    return 0;
}

/* Nothing is beside the layer's folder. */
static int count_entries(void *ctx, int dirfd, const char *name, enum fs_visit kind)
{
    ++*(int *) ctx;
    return 0;
}

static void unpack(int fd, enum storage_whiteouts whiteouts)
{
    struct storage_draft draft = {.dirfd = FD_NONE, .whiteouts = whiteouts};
    struct layer_ingest in = {
        .fd = fd,
        .own_fd = FD_NONE,
        .draft = &draft,
        .lowest = false,
        .any_compression = true,
        .trailer = TAR_TRAILER_IGNORE,
        .max_bytes = 4 << 20,
    };
    struct error e = {0};
    int count = 0;

    draft.dirfd = fs_opendir_make(top_fd, "layer", 0755);
    if (layer_ingest_run(&in, &e) < 0) {
        if (e.kind == ERR_NONE || !*e.text || e.kind == ERR_INTERNAL) {
            fprintf(stderr, "kind %d: '%s'\n", e.kind, e.text);
            abort();
        }
        for (const char *c = e.text; *c; c++) {
            if ((unsigned char) *c < 0x20 || *c == 0x7f) {
                abort(); /* the sentence goes to a terminal */
            }
        }
    } else {
        blob_done(&in.blob);
    }
    close_fd(&draft.dirfd);
    if (fs_remove_tree(top_fd, "layer") < 0 || fs_walk(top_fd, count_entries, &count) < 0 ||
        count > 0) {
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    cleanup_close int fd = memfd_create("layer", MFD_CLOEXEC);

    if (fd < 0 || fd_write_all(fd, data, size) < 0) {
        return 0;
    }
    for (int form = STORAGE_WHITEOUTS_OVERLAY; form <= STORAGE_WHITEOUTS_APPLY; form++) {
        lseek(fd, 0, SEEK_SET);
        unpack(fd, (enum storage_whiteouts) form);
    }
    return 0;
}

/* Without right checksums no mutation would get past the first header. */
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned seed)
{
    size = LLVMFuzzerMutate(data, size, max);
    for (size_t at = 0; at + TAR_BLOCK <= size; at += TAR_BLOCK) {
        uint8_t *h = data + at;
        unsigned sum = 0;
        char text[9];

        if (memcmp(h + 257, "ustar", 5) != 0) {
            continue;
        }
        memset(h + 148, ' ', 8);
        for (size_t i = 0; i < TAR_BLOCK; i++) {
            sum += h[i];
        }
        snprintf(text, sizeof(text), "%06o", sum);
        memcpy(h + 148, text, 7);
    }
    return size;
}
