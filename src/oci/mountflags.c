// SPDX-License-Identifier: Apache-2.0
#include "oci/mountflags.h"

#include <stdio.h>
#include <string.h>
#include <sys/mount.h>

#ifndef MS_NOSYMFOLLOW
#define MS_NOSYMFOLLOW 256 /* Linux 5.10 */
#endif
#ifndef MS_LAZYTIME
#define MS_LAZYTIME (1 << 25)
#endif

#define ATIME_FLAGS (MS_NOATIME | MS_RELATIME | MS_STRICTATIME)

static const struct flag_word {
    const char *word;
    unsigned long set;
    unsigned long clear;
} flag_words[] = {
    {"acl", MS_POSIXACL, 0},
    {"async", 0, MS_SYNCHRONOUS},
    {"atime", 0, MS_NOATIME},
    {"defaults", 0, 0},
    {"dev", 0, MS_NODEV},
    {"diratime", 0, MS_NODIRATIME},
    {"dirsync", MS_DIRSYNC, 0},
    {"exec", 0, MS_NOEXEC},
    {"iversion", MS_I_VERSION, 0},
    {"lazytime", MS_LAZYTIME, 0},
    {"loud", 0, MS_SILENT},
    {"mand", MS_MANDLOCK, 0},
    {"noacl", 0, MS_POSIXACL},
    {"noatime", MS_NOATIME, MS_RELATIME | MS_STRICTATIME},
    {"nodev", MS_NODEV, 0},
    {"nodiratime", MS_NODIRATIME, 0},
    {"noexec", MS_NOEXEC, 0},
    {"noiversion", 0, MS_I_VERSION},
    {"nolazytime", 0, MS_LAZYTIME},
    {"nomand", 0, MS_MANDLOCK},
    {"norelatime", 0, MS_RELATIME},
    {"nostrictatime", 0, MS_STRICTATIME},
    {"nosuid", MS_NOSUID, 0},
    {"nosymfollow", MS_NOSYMFOLLOW, 0},
    {"relatime", MS_RELATIME, MS_NOATIME | MS_STRICTATIME},
    {"remount", MS_REMOUNT, 0},
    {"ro", MS_RDONLY, 0},
    {"rw", 0, MS_RDONLY},
    {"silent", MS_SILENT, 0},
    {"strictatime", MS_STRICTATIME, MS_NOATIME | MS_RELATIME},
    {"suid", 0, MS_NOSUID},
    {"symfollow", 0, MS_NOSYMFOLLOW},
    {"sync", MS_SYNCHRONOUS, 0},
};

static const struct propagation_word {
    const char *word;
    unsigned long value;
} propagation_words[] = {
    {"private", MS_PRIVATE},       {"rprivate", MS_PRIVATE | MS_REC},
    {"shared", MS_SHARED},         {"rshared", MS_SHARED | MS_REC},
    {"slave", MS_SLAVE},           {"rslave", MS_SLAVE | MS_REC},
    {"unbindable", MS_UNBINDABLE}, {"runbindable", MS_UNBINDABLE | MS_REC},
};

static const struct recursive_word {
    const char *word;
    uint64_t set;
    uint64_t clear;
} recursive_words[] = {
    {"rro", MOUNT_ATTR_RDONLY, 0},
    {"rrw", 0, MOUNT_ATTR_RDONLY},
    {"rnosuid", MOUNT_ATTR_NOSUID, 0},
    {"rsuid", 0, MOUNT_ATTR_NOSUID},
    {"rnodev", MOUNT_ATTR_NODEV, 0},
    {"rdev", 0, MOUNT_ATTR_NODEV},
    {"rnoexec", MOUNT_ATTR_NOEXEC, 0},
    {"rexec", 0, MOUNT_ATTR_NOEXEC},
    {"rnodiratime", MOUNT_ATTR_NODIRATIME, 0},
    {"rdiratime", 0, MOUNT_ATTR_NODIRATIME},
    {"rnosymfollow", MOUNT_ATTR_NOSYMFOLLOW, 0},
    {"rsymfollow", 0, MOUNT_ATTR_NOSYMFOLLOW},
    /* The access-time attributes are one field: it is cleared whole before a value is set. */
    {"rrelatime", MOUNT_ATTR_RELATIME, MOUNT_ATTR__ATIME},
    {"rnorelatime", MOUNT_ATTR_STRICTATIME, MOUNT_ATTR__ATIME},
    {"rnoatime", MOUNT_ATTR_NOATIME, MOUNT_ATTR__ATIME},
    {"ratime", MOUNT_ATTR_RELATIME, MOUNT_ATTR__ATIME},
    {"rstrictatime", MOUNT_ATTR_STRICTATIME, MOUNT_ATTR__ATIME},
    {"rnostrictatime", MOUNT_ATTR_RELATIME, MOUNT_ATTR__ATIME},
};

static bool parse_flag(const char *word, struct mount_options *o)
{
    for (size_t i = 0; i < ARRAY_SIZE(flag_words); i++) {
        const struct flag_word *f = &flag_words[i];

        if (strcmp(f->word, word) == 0) {
            o->set = (o->set & ~f->clear) | f->set;
            o->clear = (o->clear & ~f->set) | f->clear;
            return true;
        }
    }
    for (size_t i = 0; i < ARRAY_SIZE(propagation_words); i++) {
        if (strcmp(propagation_words[i].word, word) == 0) {
            o->propagation = propagation_words[i].value;
            return true;
        }
    }
    return false;
}

static bool parse_recursive(const char *word, struct mount_options *o)
{
    for (size_t i = 0; i < ARRAY_SIZE(recursive_words); i++) {
        const struct recursive_word *r = &recursive_words[i];

        if (strcmp(r->word, word) == 0) {
            o->recursive_set = (o->recursive_set & ~r->clear) | r->set;
            o->recursive_clear = (o->recursive_clear & ~r->set) | r->clear;
            return true;
        }
    }
    return false;
}

static bool parse_kind(const char *word, struct mount_options *o)
{
    if (strcmp(word, "bind") == 0) {
        o->bind = true;
    } else if (strcmp(word, "rbind") == 0) {
        o->bind = o->recursive = true;
    } else if (strcmp(word, "copyup") == 0 || strcmp(word, "tmpcopyup") == 0) {
        o->copyup = true;
    } else if (strcmp(word, "idmap") == 0 || strcmp(word, "ridmap") == 0) {
        o->idmap = true;
        o->idmap_recursive = word[0] == 'r';
    } else {
        return false;
    }
    return true;
}

int mount_options_parse(const struct strv *words, struct mount_options *ret, struct error *e)
{
    size_t len = 0;
    char *word;

    /* Not the whole struct: 4 KB of data per mount need no clearing. */
    memset(ret, 0, offsetof(struct mount_options, data));
    ret->data[0] = '\0';
    strv_foreach (words, word) {
        if (parse_flag(word, ret) || parse_kind(word, ret) || parse_recursive(word, ret)) {
            continue;
        }
        int n = snprintf(ret->data + len, sizeof(ret->data) - len, "%s%s", len ? "," : "", word);

        if (n < 0 || (size_t) n >= sizeof(ret->data) - len) {
            return err_set(e, ERR_INVALID, "mount options '%.40s...': longer than one page",
                           ret->data);
        }
        len += (size_t) n;
    }
    return 0;
}

uint64_t mount_attr_from_flags(unsigned long flags)
{
    static const struct {
        unsigned long ms;
        uint64_t attr;
    } map[] = {
        {MS_RDONLY, MOUNT_ATTR_RDONLY},         {MS_NOSUID, MOUNT_ATTR_NOSUID},
        {MS_NODEV, MOUNT_ATTR_NODEV},           {MS_NOEXEC, MOUNT_ATTR_NOEXEC},
        {MS_NODIRATIME, MOUNT_ATTR_NODIRATIME}, {MS_NOSYMFOLLOW, MOUNT_ATTR_NOSYMFOLLOW},
        {MS_NOATIME, MOUNT_ATTR_NOATIME},       {MS_STRICTATIME, MOUNT_ATTR_STRICTATIME},
    };
    uint64_t attr = 0;

    for (size_t i = 0; i < ARRAY_SIZE(map); i++) {
        if (flags & map[i].ms) {
            attr |= map[i].attr;
        }
    }
    return attr; /* MS_RELATIME is MOUNT_ATTR_RELATIME, which is zero */
}

void mount_option_words(struct strv *ret)
{
    static const char *const kinds[] = {"bind", "copyup", "idmap", "rbind", "ridmap", "tmpcopyup"};

    for (size_t i = 0; i < ARRAY_SIZE(flag_words); i++) {
        strv_add(ret, flag_words[i].word);
    }
    for (size_t i = 0; i < ARRAY_SIZE(propagation_words); i++) {
        strv_add(ret, propagation_words[i].word);
    }
    for (size_t i = 0; i < ARRAY_SIZE(recursive_words); i++) {
        strv_add(ret, recursive_words[i].word);
    }
    for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
        strv_add(ret, kinds[i]);
    }
    strv_sort(ret);
}
