// SPDX-License-Identifier: Apache-2.0
#include "engine/detach_keys.h"

#include <string.h>

/* One key of the list; -1 when it is none. */
static int key_value(const char *s, size_t n)
{
    static const char others[] = "@[\\]^_";

    if (n == 1) {
        return (unsigned char) s[0];
    }
    if (n == 3 && memcmp(s, "DEL", 3) == 0) {
        return 127;
    }
    if (n == 6 && memcmp(s, "ctrl-", 5) == 0 &&
        ((s[5] >= 'a' && s[5] <= 'z') || memchr(others, s[5], sizeof(others) - 1))) {
        return s[5] & 0x1f;
    }
    return -1;
}

int detach_keys_parse(const char *text, struct detach_keys *ret, struct error *e)
{
    const char *p = *text ? text : DETACH_KEYS_DEFAULT;
    struct detach_keys k = {0};

    for (;;) {
        size_t n = strcspn(p, ",");
        int value = key_value(p, n);

        if (value < 0 || k.count == DETACH_KEYS_MAX) {
            return err_set(e, ERR_INVALID, "Invalid escape keys (%s) provided", text);
        }
        k.keys[k.count++] = (unsigned char) value;
        if (p[n] == '\0') {
            *ret = k;
            return 0;
        }
        p += n + 1;
    }
}

/*
 * What of the held keys is still the start of the sequence after 'c' did not continue it: the
 * longest proper suffix of held + c that is a prefix of the keys. The rest is passed on.
 */
static size_t fall_back(struct detach_keys *k, unsigned char c, char *out)
{
    unsigned char typed[DETACH_KEYS_MAX + 1];
    size_t n = k->held + 1;
    size_t pass = 1;

    memcpy(typed, k->keys, k->held);
    typed[k->held] = c;
    while (pass < n && memcmp(typed + pass, k->keys, n - pass) != 0) {
        pass++;
    }
    memcpy(out, typed, pass);
    k->held = n - pass;
    return pass;
}

bool detach_keys_filter(struct detach_keys *k, const char *in, size_t n, char *out, size_t *ret_n)
{
    size_t len = 0;

    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char) in[i];

        if (k->count == 0) {
            out[len++] = in[i];
        } else if (c != k->keys[k->held]) {
            len += fall_back(k, c, out + len);
        } else if (++k->held == k->count) {
            k->held = 0;
            *ret_n = len;
            return true;
        }
    }
    *ret_n = len;
    return false;
}
