// SPDX-License-Identifier: Apache-2.0
#include "oci/caps.h"

#include "base/defs.h"

#include <linux/capability.h>
#include <sys/prctl.h>

/* prctl(2): PR_CAPBSET_READ fails with EINVAL beyond the last capability of the kernel. */
static uint64_t read_bounding(uint64_t *ret_known)
{
    uint64_t bounding = 0;
    uint64_t known = 0;

    for (int cap = 0; cap < 64; cap++) {
        int r = prctl(PR_CAPBSET_READ, cap, 0, 0, 0);

        if (r < 0) {
            break;
        }
        known |= UINT64_C(1) << cap;
        bounding |= (uint64_t) r << cap;
    }
    *ret_known = known;
    return bounding;
}

uint64_t caps_all(void)
{
    uint64_t known;

    read_bounding(&known);
    return known;
}

uint64_t caps_available(void)
{
    uint64_t known;

    return read_bounding(&known);
}

uint64_t caps_default(void)
{
    static const int defaults[] = {
        CAP_CHOWN,      CAP_DAC_OVERRIDE, CAP_FOWNER,      CAP_FSETID,           CAP_KILL,
        CAP_SETGID,     CAP_SETUID,       CAP_SETPCAP,     CAP_NET_BIND_SERVICE, CAP_NET_RAW,
        CAP_SYS_CHROOT, CAP_MKNOD,        CAP_AUDIT_WRITE, CAP_SETFCAP,
    };
    uint64_t mask = 0;

    for (size_t i = 0; i < ARRAY_SIZE(defaults); i++) {
        mask |= UINT64_C(1) << defaults[i];
    }
    return mask;
}
