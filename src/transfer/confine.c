// SPDX-License-Identifier: Apache-2.0
#include "transfer/confine.h"

#include <linux/capability.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>

/*
 * SYS_ADMIN is for extended attributes of the trusted namespace (overlay's whiteout marks, and
 * such attributes in images); everything else it allows is behind calls we never make.
 */
static const int kept[] = {
    CAP_CHOWN,  CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH, CAP_FOWNER,
    CAP_FSETID, CAP_MKNOD,        CAP_SETFCAP,         CAP_SYS_ADMIN,
};

/*
 * Far over what we ever need ourselves: the ring, libarchive, a zstd window of 128 MB, the memory
 * for folders (layer_limits_default). Address sanitizers reserve terabytes.
 */
#if HOY_SANITIZED
#define MEMORY_MAX RLIM_INFINITY
#else
#define MEMORY_MAX (1536ull << 20)
#endif

int confine_self(struct error *e)
{
    struct rlimit memory;

    struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {0};
    uint64_t mask = 0;

    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0) {
        return err_sys(e, errno, "give up privileges");
    }
    if (getrlimit(RLIMIT_DATA, &memory) == 0 && memory.rlim_cur > MEMORY_MAX) {
        memory.rlim_cur = MEMORY_MAX;
        setrlimit(RLIMIT_DATA, &memory);
    }
    for (size_t i = 0; i < ARRAY_SIZE(kept); i++) {
        mask |= 1ull << kept[i];
    }
    if (syscall(SYS_capget, &head, data) < 0) {
        return err_sys(e, errno, "read capabilities");
    }
    for (int i = 0; i < _LINUX_CAPABILITY_U32S_3; i++) {
        uint32_t part = (uint32_t) (mask >> (32 * i));

        data[i].effective &= part;
        data[i].permitted &= part;
        data[i].inheritable = 0;
    }
    if (syscall(SYS_capset, &head, data) < 0) {
        return err_sys(e, errno, "give up capabilities");
    }
    return 0;
}
