// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * Options of a command: one const table says what they are called, where their values go and what
 * the help says. The parser follows pflag, which Docker uses: clusters (-it), -eVALUE, -e VALUE,
 * -e=VALUE, --name VALUE, --name=VALUE, --flag, --flag=false, "--" ends the options. Names are not
 * abbreviated. Sentences of failures are pflag's.
 *
 *   struct stop_options { char *signal; int64_t timeout; };
 *   static const struct option stop_table[] = {
 *       OPTION(STRING, 's', "signal", struct stop_options, signal, "Signal to send ..."),
 *       OPTION(INT, 't', "timeout", struct stop_options, timeout, "Seconds to wait ..."),
 *       OPTION_LAST,
 *   };
 *
 * The caller puts defaults into the struct before parsing and frees strings and lists after it.
 */
#include "base/error.h"
#include "base/strv.h"

#include <stdbool.h>
#include <stdint.h>

enum option_type {
    OPTION_TYPE_END = 0,
    OPTION_TYPE_BOOL,   /* bool; "--name" alone is true */
    OPTION_TYPE_STRING, /* char *, NULL when absent; the last one given stays */
    OPTION_TYPE_LIST,   /* struct strv, one entry each time */
    OPTION_TYPE_INT,    /* int64_t */
    OPTION_TYPE_BYTES,  /* int64_t: "64m" */
    OPTION_TYPE_SWAP,   /* int64_t: as bytes, or -1 */
    OPTION_TYPE_CPUS,   /* int64_t: billionths of "1.5" */
    OPTION_TYPE_HELP,   /* only shown: --help is understood everywhere */
};

enum option_flags {
    OPTION_HIDDEN = 1u << 0, /* understood, not shown: another name of an option */
};

/*
 * Looks at a value before it is stored (STRING, LIST). It may give another text to store instead
 * in *ret (heap). ERR_INVALID with the part of the sentence behind the colon.
 */
typedef int option_check(const char *value, char **ret, struct error *e);

struct option {
    enum option_type type;
    char letter; /* 0: none */
    const char *name;
    size_t offset; /* of the value in the command's struct */
    const char *help;
    const char *value_name;   /* shown instead of the type's own ("list", "bytes", ...) */
    const char *default_text; /* shown behind the help, as pflag shows defaults; may be NULL */
    option_check *check;
    unsigned flags;
};

/* The value's C type is checked against the option's type when the table is compiled. */
#define OPTION_CTYPE_BOOL   bool
#define OPTION_CTYPE_STRING char *
#define OPTION_CTYPE_LIST   struct strv
#define OPTION_CTYPE_INT    int64_t
#define OPTION_CTYPE_BYTES  int64_t
#define OPTION_CTYPE_SWAP   int64_t
#define OPTION_CTYPE_CPUS   int64_t
#define OPTION_OFFSET(type, strct, member)                                                         \
    (offsetof(strct, member) +                                                                     \
     0 * sizeof(struct {                                                                           \
         int unused_;                                                                              \
         _Static_assert(                                                                           \
             __builtin_types_compatible_p(__typeof__(((strct *) 0)->member), OPTION_CTYPE_##type), \
             "option type and member differ");                                                     \
     }))

/* Further fields may follow as designators: .check = ..., .default_text = "true". */
#define OPTION(type_, letter_, name_, struct_, member_, help_, ...)                                \
    {                                                                                              \
        .type = OPTION_TYPE_##type_, .letter = (letter_), .name = (name_),                         \
        .offset = OPTION_OFFSET(type_, struct_, member_), .help = (help_), ##__VA_ARGS__           \
    }
#define OPTION_LAST                                                                                \
    {                                                                                              \
        .type = OPTION_TYPE_END                                                                    \
    }

#define OPTION_TABLES_MAX 3

/* All options of one command: up to OPTION_TABLES_MAX tables, the rest NULL. */
struct option_set {
    const struct option *tables[OPTION_TABLES_MAX];
    bool stop_at_positional; /* the first word that is no option ends them (run, exec, create) */
};

struct option_result {
    int argc;  /* words that were no options, moved to the front of argv; argv[argc] is NULL */
    bool help; /* --help (or -h, where no option has this letter) was there */
};

/*
 * Parses argv[0..argc), without a program name. Values go into *target. ERR_INVALID with a whole
 * sentence: "unknown flag: --frob".
 */
int options_parse(const struct option_set *set, void *target, int argc, char **argv,
                  struct option_result *ret, struct error *e) MUST_CHECK;

/* Frees the strings and lists that parsing put into *target. */
void options_free(const struct option_set *set, void *target);

/* The options to show, sorted by name; the caller frees the array, which ends with NULL. */
const struct option **options_sorted(const struct option_set *set);

/* What follows the name in the help: "list", "string", ...; "" for booleans. */
const char *option_value_name(const struct option *o);
