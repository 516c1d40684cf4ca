// SPDX-License-Identifier: Apache-2.0
#include "spec/cpulist.h"

#include "base/defs.h"

#include <string.h>

/* The digits at *s as a number up to 65535; moves *s behind them. */
static int number(const char **s, unsigned *ret)
{
    const char *p = *s;
    unsigned n = 0;

    for (; *p >= '0' && *p <= '9'; p++) {
        n = n * 10 + (unsigned) (*p - '0');
        if (n > 65535) {
            return -ERANGE;
        }
    }
    if (p == *s) {
        return -EINVAL;
    }
    *s = p;
    *ret = n;
    return 0;
}

int cpulist_parse(const char *list, unsigned char *bits, size_t size)
{
    const char *p = list;

    if (bits) {
        memset(bits, 0, size);
    }
    for (;;) {
        unsigned first = 0;
        unsigned last = 0;
        int r;

        p += strspn(p, " ");
        r = number(&p, &first);
        last = first;
        if (r == 0 && *p == '-') {
            p++;
            r = number(&p, &last);
        }
        if (r < 0) {
            return r;
        }
        if (last < first) {
            return -EINVAL;
        }
        for (unsigned n = first; bits && n <= last; n++) {
            if (n / 8 >= size) {
                return -ERANGE;
            }
            bits[n / 8] |= (unsigned char) (1u << n % 8);
        }
        p += strspn(p, " \n");
        if (*p == '\0') {
            return 0;
        }
        if (*p++ != ',') {
            return -EINVAL;
        }
    }
}
