// SPDX-License-Identifier: Apache-2.0
/* The trampoline's file, as built: a list of bytes, so that any linker and LTO take it. */
#include "oci/trampoline.h"

#include "base/fd.h"

#include <fcntl.h>
#include <sys/mman.h>

#ifndef MFD_EXEC
#define MFD_EXEC 0x0010U /* Linux 6.3 */
#endif

const unsigned char trampoline_image[] = {
#include "oci/trampoline_bytes.h"
};

const size_t trampoline_size = sizeof(trampoline_image);

int trampoline_open(void)
{
    int seals = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;
    cleanup_close int fd = memfd_create("hoy", MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_EXEC);

    if (fd < 0 && errno == EINVAL) { /* before Linux 6.3 every memfd may be executed */
        fd = memfd_create("hoy", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    }
    int r = fd < 0 ? -errno : fd_write_all(fd, trampoline_image, trampoline_size);

    if (r == 0 && fcntl(fd, F_ADD_SEALS, seals) < 0) {
        r = -errno;
    }
    return r < 0 ? r : take_fd(&fd);
}
