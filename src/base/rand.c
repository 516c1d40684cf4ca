// SPDX-License-Identifier: Apache-2.0
#include "base/rand.h"

#include <sys/random.h>

int rand_bytes(void *buf, size_t n)
{
    size_t got = 0;

    while (got < n) {
        ssize_t r = getrandom((char *) buf + got, n - got, 0);

        if (r < 0) {
            if (errno == EINTR) {
                continue;
            }
            return -errno;
        }
        got += (size_t) r;
    }
    return 0;
}

int rand_hex(char *buf, size_t size)
{
    static const char digits[] = "0123456789abcdef";
    unsigned char raw[64];

    if (size == 0 || size > 2 * sizeof(raw) + 1) {
        return -EINVAL;
    }
    int r = rand_bytes(raw, size / 2);

    if (r < 0) {
        return r;
    }
    for (size_t i = 0; i < size - 1; i++) {
        buf[i] = digits[i % 2 ? raw[i / 2] & 15 : raw[i / 2] >> 4];
    }
    buf[size - 1] = '\0';
    return 0;
}

uint32_t rand_below(uint32_t limit)
{
    uint64_t v = 0;

    if (rand_bytes(&v, sizeof(v)) < 0) {
        return 0;
    }
    return (uint32_t) (v % limit);
}
