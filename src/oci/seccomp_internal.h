// SPDX-License-Identifier: Apache-2.0
#pragma once
/* A profile after its conditions were judged, between its readers and the compiler. */
#include "base/error.h"
#include "base/strv.h"

#include <stdbool.h>
#include <stdint.h>

#define SECCOMP_ARGS_MAX  6
#define SECCOMP_RULES_MAX 4096

struct seccomp_arg {
    unsigned index;
    uint32_t op; /* enum scmp_compare */
    uint64_t value;
    uint64_t value_two;
};

struct seccomp_rule {
    struct strv names;
    uint32_t action; /* SCMP_ACT_* with its errno */
    struct seccomp_arg args[SECCOMP_ARGS_MAX];
    size_t args_count;
};

struct seccomp_rules {
    uint32_t default_action;
    uint32_t flags;      /* SECCOMP_FILTER_FLAG_* */
    bool notify;         /* an action is SCMP_ACT_NOTIFY */
    char *listener_path; /* whom to ask then */
    char *listener_metadata;
    uint32_t arches[16]; /* SCMP_ARCH_*, beside the native one */
    size_t arches_count;
    struct seccomp_rule *list;
    size_t count;
};

void seccomp_rules_done(struct seccomp_rules *r);
DEFINE_CLEANUP(seccomp_rules, struct seccomp_rules, seccomp_rules_done);

/* Appends a zeroed rule; valid until the next append. */
struct seccomp_rule *seccomp_rules_add(struct seccomp_rules *r);

/* True when 'name' is what Docker's profiles call this machine ("amd64", "arm64", ...). */
bool seccomp_arch_is_native(const char *name);

/* seccomp_default.c: the built-in profile for a container with these capabilities. */
void seccomp_default_rules(uint64_t capabilities, struct seccomp_rules *ret);

/* Its tables as text, for the cache: another build may have others. */
struct strbuf;
void seccomp_default_describe(struct strbuf *out);

/* seccomp_profile.c: a user's JSON; ERR_INVALID names the field. */
int seccomp_parse_profile(const char *json, uint64_t capabilities, struct seccomp_rules *ret,
                          struct error *e) MUST_CHECK;

/* seccomp_compile.c: BPF for the kernel; the caller frees *ret (struct sock_filter[]). */
int seccomp_compile(const struct seccomp_rules *r, void **ret, size_t *ret_count,
                    struct error *e) MUST_CHECK;
