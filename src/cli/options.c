// SPDX-License-Identifier: Apache-2.0
#include "cli/options.h"

#include "base/parse.h"
#include "template/gotext.h"

#include <string.h>

/* The text behind the colon of pflag's "invalid argument" sentence. */
static int bad_number(const char *function, const char *value, int r, struct error *e)
{
    cleanup_free char *q = go_quoted(value);

    return err_set(e, ERR_INVALID, "strconv.%s: parsing %s: %s", function, q,
                   r == -ERANGE ? "value out of range" : "invalid syntax");
}

static int set_bool(bool *field, const char *value, struct error *e)
{
    return parse_bool(value, field) < 0 ? bad_number("ParseBool", value, -EINVAL, e) : 0;
}

static int set_int(int64_t *field, const char *value, struct error *e)
{
    int r = go_parse_int(value, field);

    return r < 0 ? bad_number("ParseInt", value, r, e) : 0;
}

static int set_bytes(int64_t *field, const char *value, struct error *e)
{
    if (parse_size(value, field) < 0) {
        return err_set(e, ERR_INVALID, "invalid size: '%s'", value);
    }
    return 0;
}

/* A decimal number or a fraction ("1/2"), as Go's big.Rat reads them. */
static int set_cpus(int64_t *field, const char *value, struct error *e)
{
    bool negative = *value == '-';
    const char *digits = value + (*value == '-' || *value == '+');
    const char *slash = strchr(digits, '/');
    int64_t nano = 0;
    int64_t divisor = 1;
    int r;

    if (slash) {
        cleanup_free char *above = xstrndup(digits, (size_t) (slash - digits));

        r = strspn(above, "0123456789") == strlen(above) ? parse_nano(above, &nano) : -EINVAL;
        if (parse_i64(slash + 1, &divisor) < 0 || divisor < 1) {
            r = -EINVAL;
        }
    } else {
        size_t whole = strspn(digits, "0123456789");
        size_t part = digits[whole] == '.' ? strspn(digits + whole + 1, "0123456789") : 0;

        if (part > 9 && !digits[whole + 1 + part]) {
            return err_set(e, ERR_INVALID, "value is too precise");
        }
        r = parse_nano(digits, &nano);
    }
    if (r < 0) {
        return err_set(e, ERR_INVALID, "failed to parse %s as a rational number", value);
    }
    if (nano % divisor) {
        return err_set(e, ERR_INVALID, "value is too precise");
    }
    *field = negative ? -(nano / divisor) : nano / divisor;
    return 0;
}

static int set_text(const struct option *o, void *field, const char *value, struct error *e)
{
    cleanup_free char *checked = NULL;

    if (o->check && o->check(value, &checked, e) < 0) {
        return -1;
    }
    if (o->type == OPTION_TYPE_LIST) {
        strv_add(field, checked ? checked : value);
    } else {
        xstrset(field, checked ? checked : value);
    }
    return 0;
}

static int set_field(const struct option *o, void *target, const char *value, struct error *e)
{
    void *field = (char *) target + o->offset;

    switch (o->type) {
    case OPTION_TYPE_BOOL:
        return set_bool(field, value, e);
    case OPTION_TYPE_STRING:
    case OPTION_TYPE_LIST:
        return set_text(o, field, value, e);
    case OPTION_TYPE_INT:
        return set_int(field, value, e);
    case OPTION_TYPE_SWAP:
        if (strcmp(value, "-1") == 0) {
            *(int64_t *) field = -1;
            return 0;
        }
        return set_bytes(field, value, e);
    case OPTION_TYPE_BYTES:
        return set_bytes(field, value, e);
    case OPTION_TYPE_CPUS:
        return set_cpus(field, value, e);
    case OPTION_TYPE_HELP:
    case OPTION_TYPE_END:
        break;
    }
    return 0;
}

static int set_value(const struct option *o, void *target, const char *value, struct error *e)
{
    struct error cause = {0};

    if (set_field(o, target, value, &cause) == 0) {
        return 0;
    }
    cleanup_free char *q = go_quoted(value);
    char letter[] = {'-', o->letter, ',', ' ', '\0'};

    return err_set(e, ERR_INVALID, "invalid argument %s for \"%s--%s\" flag: %s", q,
                   o->letter ? letter : "", o->name, cause.text);
}

static const struct option *find(const struct option_set *set, char letter, const char *name,
                                 size_t n)
{
    for (size_t t = 0; t < OPTION_TABLES_MAX && set->tables[t]; t++) {
        for (const struct option *o = set->tables[t]; o->type; o++) {
            if (o->type == OPTION_TYPE_HELP) {
                continue;
            }
            if (letter ? o->letter == letter
                       : strlen(o->name) == n && strncmp(o->name, name, n) == 0) {
                return o;
            }
        }
    }
    return NULL;
}

struct walk {
    const struct option_set *set;
    void *target;
    int argc;
    char **argv;
    int next; /* index of the word to read next */
    struct option_result *ret;
};

static int parse_long(struct walk *w, const char *word, struct error *e)
{
    const char *name = word + 2;
    size_t n = strcspn(name, "=");
    const char *value = name[n] ? name + n + 1 : NULL;

    if (n == 0 || name[0] == '-') {
        return err_set(e, ERR_INVALID, "bad flag syntax: %s", word);
    }
    const struct option *o = find(w->set, 0, name, n);

    if (!o && n == 4 && strncmp(name, "help", n) == 0) {
        bool on = true;

        if (value && set_bool(&on, value, &(struct error){0}) < 0) {
            cleanup_free char *q = go_quoted(value);

            return err_set(e, ERR_INVALID,
                           "invalid argument %s for \"--help\" flag: strconv.ParseBool: parsing "
                           "%s: invalid syntax",
                           q, q);
        }
        w->ret->help = on;
        return 0;
    }
    if (!o) {
        return err_set(e, ERR_INVALID, "unknown flag: --%.*s", (int) MIN(n, (size_t) 200), name);
    }
    if (!value && o->type == OPTION_TYPE_BOOL) {
        value = "true";
    } else if (!value && w->next < w->argc) {
        value = w->argv[w->next++];
    } else if (!value) {
        return err_set(e, ERR_INVALID, "flag needs an argument: %s", word);
    }
    return set_value(o, w->target, value, e);
}

/* pflag reads letters byte by byte, and quotes a byte as the character of that number. */
static int bad_letter(const char *what, const char *letters, struct error *e)
{
    CLEANUP(strbuf) struct strbuf q = STRBUF_INIT(64);

    go_quote_rune(&q, (unsigned char) *letters);
    return err_set(e, ERR_INVALID, "%s %s in -%s", what, q.buf, letters);
}

static int parse_cluster(struct walk *w, const char *letters, struct error *e)
{
    while (*letters) {
        const struct option *o = find(w->set, *letters, NULL, 0);
        const char *value;

        if (!o && *letters == 'h') {
            w->ret->help = true;
            letters++;
            continue;
        }
        if (!o) {
            return bad_letter("unknown shorthand flag:", letters, e);
        }
        if (letters[1] == '=' && letters[2]) {
            return set_value(o, w->target, letters + 2, e);
        }
        if (o->type == OPTION_TYPE_BOOL) {
            if (set_value(o, w->target, "true", e) < 0) {
                return -1;
            }
            letters++;
            continue;
        }
        if (letters[1]) {
            value = letters + 1;
        } else if (w->next < w->argc) {
            value = w->argv[w->next++];
        } else {
            return bad_letter("flag needs an argument:", letters, e);
        }
        return set_value(o, w->target, value, e);
    }
    return 0;
}

int options_parse(const struct option_set *set, void *target, int argc, char **argv,
                  struct option_result *ret, struct error *e)
{
    struct walk w = {.set = set, .target = target, .argc = argc, .argv = argv, .ret = ret};
    int kept = 0;

    *ret = (struct option_result){0};
    while (w.next < argc) {
        char *word = argv[w.next++];

        if (word[0] != '-' || !word[1]) {
            argv[kept++] = word;
            if (set->stop_at_positional) {
                break;
            }
        } else if (strcmp(word, "--") == 0) {
            break;
        } else if (word[1] == '-' ? parse_long(&w, word, e) < 0
                                  : parse_cluster(&w, word + 1, e) < 0) {
            return -1;
        }
    }
    while (w.next < argc) {
        argv[kept++] = argv[w.next++];
    }
    argv[kept] = NULL;
    ret->argc = kept;
    return 0;
}

void options_free(const struct option_set *set, void *target)
{
    for (size_t t = 0; t < OPTION_TABLES_MAX && set->tables[t]; t++) {
        for (const struct option *o = set->tables[t]; o->type; o++) {
            void *field = (char *) target + o->offset;

            if (o->type == OPTION_TYPE_STRING) {
                xstrset(field, NULL);
            } else if (o->type == OPTION_TYPE_LIST) {
                strv_done(field);
            }
        }
    }
}

static int compare_names(const void *a, const void *b)
{
    return strcmp((*(const struct option *const *) a)->name,
                  (*(const struct option *const *) b)->name);
}

const struct option **options_sorted(const struct option_set *set)
{
    const struct option **list = NULL;
    size_t n = 0;

    for (size_t t = 0; t < OPTION_TABLES_MAX && set->tables[t]; t++) {
        for (const struct option *o = set->tables[t]; o->type; o++) {
            if (!(o->flags & OPTION_HIDDEN)) {
                list = xrealloc_array(list, n + 2, sizeof(const void *));
                list[n++] = o;
            }
        }
    }
    if (!list) {
        return xcalloc(1, sizeof(const void *));
    }
    list[n] = NULL;
    qsort(list, n, sizeof(const void *), compare_names);
    return list;
}

const char *option_value_name(const struct option *o)
{
    static const char *const names[] = {
        [OPTION_TYPE_END] = "",          [OPTION_TYPE_BOOL] = "",
        [OPTION_TYPE_STRING] = "string", [OPTION_TYPE_LIST] = "list",
        [OPTION_TYPE_INT] = "int",       [OPTION_TYPE_BYTES] = "bytes",
        [OPTION_TYPE_SWAP] = "bytes",    [OPTION_TYPE_CPUS] = "decimal",
        [OPTION_TYPE_HELP] = "",
    };

    return o->value_name ? o->value_name : names[o->type];
}
