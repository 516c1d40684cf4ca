// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * Flags of the runtime's commands: "--name value", "--name=value", "-n value", "--switch",
 * "--switch=false"; a single dash does for a long name too, as callers of runc may write it.
 *
 *   static const struct arg table[] = {
 *       ARG(STRING, 'b', "bundle", struct create_args, bundle, "path of the bundle"),
 *       ARG_LAST,
 *   };
 *
 * Strings are borrowed from argv; lists are of the caller (strv_done).
 */
#include "base/error.h"
#include "base/strv.h"

#include <stdint.h>

enum arg_type {
    ARG_TYPE_END = 0,
    ARG_TYPE_BOOL,
    ARG_TYPE_STRING, /* const char *, the last one given stays */
    ARG_TYPE_LIST,   /* struct strv */
    ARG_TYPE_UINT,   /* uint64_t */
};

struct arg {
    enum arg_type type;
    char letter; /* 0: none */
    const char *name;
    size_t offset;
    const char *help;
};

#define ARG_CTYPE_BOOL   bool
#define ARG_CTYPE_STRING const char *
#define ARG_CTYPE_LIST   struct strv
#define ARG_CTYPE_UINT   uint64_t
/* The member's C type is checked against the flag's. */
#define ARG(type_, letter_, name_, struct_, member_, help_)                                        \
    {                                                                                              \
        .type = ARG_TYPE_##type_, .letter = (letter_), .name = (name_),                            \
        .offset = offsetof(struct_, member_) +                                                     \
                  0 * sizeof(struct {                                                              \
                      int unused_;                                                                 \
                      _Static_assert(__builtin_types_compatible_p(                                 \
                                         __typeof__(((struct_ *) 0)->member_), ARG_CTYPE_##type_), \
                                     "flag and member differ");                                    \
                  }),                                                                              \
        .help = (help_)                                                                            \
    }
#define ARG_LAST                                                                                   \
    {                                                                                              \
        .type = ARG_TYPE_END                                                                       \
    }

/*
 * Parses argv[0..*argc); what is no flag moves to its front and is counted in *argc. Behind
 * 'positionals' of those there are no flags any more. Returns 1 for --help, 0,
 * or -1 with ERR_INVALID: "flag provided but not defined: --frob".
 */
int args_parse(const struct arg *table, void *target, int positionals, int *argc, char **argv,
               struct error *e) MUST_CHECK;
/* Frees the lists in *target. */
void args_done(const struct arg *table, void *target);

/* For 'positionals': flags may stand everywhere. */
#define ARGS_ANYWHERE (-1)
