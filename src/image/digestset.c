// SPDX-License-Identifier: Apache-2.0
#include "image/digestset.h"

#include "base/alloc.h"

#include <stdint.h>
#include <string.h>

void digest_set_done(struct digest_set *s)
{
    free(s->slots);
    *s = (struct digest_set){0};
}

static unsigned nibble(char c)
{
    return (unsigned) (c <= '9' ? c - '0' : c - 'a' + 10) & 15;
}

static void to_key(const char *digest, unsigned char key[33])
{
    const char *hex = digest + strlen("sha256:");

    for (size_t i = 0; i < 32; i++) {
        key[i] = (unsigned char) (nibble(hex[2 * i]) << 4 | nibble(hex[2 * i + 1]));
    }
    key[32] = 1;
}

/*
 * The slot of the key, or the free one where it belongs. All of the key goes into the hash: names
 * of images come from outside, and their digests can be made to share any few bytes.
 */
static unsigned char *slot_of(const struct digest_set *s, const unsigned char key[33])
{
    uint64_t hash = 0;

    for (size_t i = 0; i < 32; i += 8) {
        uint64_t word;

        memcpy(&word, key + i, sizeof(word));
        hash = (hash ^ word) * 0x9E3779B97F4A7C15ull;
        hash ^= hash >> 29;
    }
    size_t at = (size_t) hash & (s->size - 1);

    while (s->slots[at][32] && memcmp(s->slots[at], key, 32) != 0) {
        at = (at + 1) & (s->size - 1);
    }
    return s->slots[at];
}

static void grow(struct digest_set *s)
{
    struct digest_set bigger = {.size = s->size ? s->size * 2 : 64, .used = s->used};

    bigger.slots = xcalloc(bigger.size, sizeof(*bigger.slots));
    for (size_t i = 0; i < s->size; i++) {
        if (s->slots[i][32]) {
            memcpy(slot_of(&bigger, s->slots[i]), s->slots[i], 33);
        }
    }
    free(s->slots);
    *s = bigger;
}

bool digest_set_add(struct digest_set *s, const char *digest)
{
    unsigned char key[33];

    if (s->used * 2 >= s->size) {
        grow(s);
    }
    to_key(digest, key);
    unsigned char *slot = slot_of(s, key);

    if (slot[32]) {
        return false;
    }
    memcpy(slot, key, sizeof(key));
    s->used++;
    return true;
}

bool digest_set_has(const struct digest_set *s, const char *digest)
{
    unsigned char key[33];

    if (s->size == 0) {
        return false;
    }
    to_key(digest, key);
    return slot_of(s, key)[32];
}
