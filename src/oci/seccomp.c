// SPDX-License-Identifier: Apache-2.0
/*
 * The cache of compiled filters. A file is
 *
 *     magic, key length, filter length (8 bytes each) | key | filter
 *
 * under the hash of its key. The hash only finds it: the key itself is compared, so a collision is
 * a miss, and whatever else the file might be is not believed.
 */
#include "oci/seccomp.h"

#include "base/fd.h"
#include "base/fs.h"
#include "base/log.h"
#include "base/strbuf.h"
#include "oci/seccomp_internal.h"

#include <fcntl.h>
#include <linux/filter.h>
#include <seccomp.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>

#define CACHE_MAGIC UINT64_C(0x316363657379686f) /* changes with the format */
#define PROFILE_MAX (4u << 20)
#define CACHE_MAX   (8u << 20)

struct cache_head {
    uint64_t magic;
    uint64_t key_len;
    uint64_t filter_len;
};

/* Everything that the filter depends on. */
static void build_key(const struct seccomp_request *r, struct strbuf *key)
{
    const struct scmp_version *v = seccomp_version();
    struct utsname u = {0};

    (void) uname(&u); /* profiles may ask for a kernel version */
    strbuf_addf(key, "hoy " HOY_VERSION " libseccomp %u.%u.%u kernel %s arch %x caps %llx\n",
                v->major, v->minor, v->micro, u.release, seccomp_arch_native(),
                (unsigned long long) r->capabilities);
    if (r->profile) {
        strbuf_adds(key, r->profile);
    } else {
        seccomp_default_describe(key);
    }
}

/* FNV-1a; a name for the file, no protection. */
static void file_name(const struct strbuf *key, char name[24])
{
    uint64_t h = UINT64_C(0xcbf29ce484222325);

    for (size_t i = 0; i < key->len; i++) {
        h = (h ^ (unsigned char) key->buf[i]) * UINT64_C(0x100000001b3);
    }
    snprintf(name, 24, "%016llx", (unsigned long long) h);
}

/* True when the file is ours alone to write, whole, and for exactly this key. */
static bool cache_read(int dirfd, const char *name, const struct strbuf *key,
                       struct rt_seccomp *ret)
{
    cleanup_close int fd = openat(dirfd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    struct cache_head head;
    struct stat st;

    if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || st.st_uid != geteuid() ||
        st.st_mode & 022 || st.st_size < (off_t) sizeof(head) || st.st_size > CACHE_MAX) {
        return false;
    }
    cleanup_free char *data = xmalloc((size_t) st.st_size);

    if (fd_read_full(fd, data, (size_t) st.st_size) != st.st_size) {
        return false;
    }
    memcpy(&head, data, sizeof(head));
    if (head.magic != CACHE_MAGIC || head.key_len != key->len ||
        head.filter_len > BPF_MAXINSNS * sizeof(struct sock_filter) || !head.filter_len ||
        head.filter_len % sizeof(struct sock_filter) ||
        (uint64_t) st.st_size != sizeof(head) + head.key_len + head.filter_len ||
        memcmp(data + sizeof(head), key->buf, key->len) != 0) {
        return false;
    }
    ret->filter = xmalloc(head.filter_len);
    memcpy(ret->filter, data + sizeof(head) + head.key_len, head.filter_len);
    ret->count = head.filter_len / sizeof(struct sock_filter);
    return true;
}

/* A cache that cannot be written costs time, not the start. */
static void cache_write(int dirfd, const char *name, const struct strbuf *key,
                        const struct rt_seccomp *s)
{
    CLEANUP(strbuf) struct strbuf b = STRBUF_INIT(CACHE_MAX);
    struct cache_head head = {
        .magic = CACHE_MAGIC,
        .key_len = key->len,
        .filter_len = s->count * sizeof(struct sock_filter),
    };

    strbuf_add(&b, &head, sizeof(head));
    strbuf_add(&b, key->buf, key->len);
    strbuf_add(&b, s->filter, head.filter_len);
    int r = strbuf_ok(&b) ? fs_write_atomic(dirfd, name, b.buf, b.len, 0600, FS_VOLATILE) : -EFBIG;

    if (r < 0) {
        log_debug("write seccomp cache '%s': errno %d", name, -r);
    }
}

int seccomp_filter_get(const struct seccomp_request *r, int cache_dirfd, struct rt_seccomp *ret,
                       struct error *e)
{
    CLEANUP(strbuf) struct strbuf key = STRBUF_INIT(PROFILE_MAX + 4096);
    CLEANUP(seccomp_rules) struct seccomp_rules rules = {0};
    char name[24];

    *ret = (struct rt_seccomp){0};
    if (r->profile && strlen(r->profile) > PROFILE_MAX) {
        return err_set(e, ERR_INVALID, "seccomp profile: larger than %u bytes", PROFILE_MAX);
    }
    build_key(r, &key);
    file_name(&key, name);
    if (r->profile) {
        if (seccomp_parse_profile(r->profile, r->capabilities, &rules, e) < 0) {
            return -1;
        }
        /* Not part of the program, hence not of the cache. */
        ret->flags = rules.flags;
        ret->notify = rules.notify;
        ret->listener_path = take_ptr(&rules.listener_path);
        ret->listener_metadata = take_ptr(&rules.listener_metadata);
    }
    if (cache_dirfd >= 0 && cache_read(cache_dirfd, name, &key, ret)) {
        return 0;
    }
    if (!r->profile) {
        seccomp_default_rules(r->capabilities, &rules);
    }
    if (seccomp_compile(&rules, &ret->filter, &ret->count, e) < 0) {
        return -1;
    }
    if (cache_dirfd >= 0) {
        cache_write(cache_dirfd, name, &key, ret);
    }
    return 0;
}
