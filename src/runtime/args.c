// SPDX-License-Identifier: Apache-2.0
#include "runtime/args.h"

#include "base/parse.h"

#include <string.h>

static const struct arg *find(const struct arg *table, const char *name, size_t n)
{
    for (; table->type; table++) {
        if ((strlen(table->name) == n && strncmp(table->name, name, n) == 0) ||
            (n == 1 && table->letter == name[0])) {
            return table;
        }
    }
    return NULL;
}

static int store(const struct arg *a, void *target, const char *value, struct error *e)
{
    char *field = (char *) target + a->offset;

    switch (a->type) {
    case ARG_TYPE_BOOL:
        if (parse_bool(value, (bool *) field) < 0) {
            return err_set(e, ERR_INVALID, "invalid boolean value \"%s\" for --%s", value, a->name);
        }
        return 0;
    case ARG_TYPE_UINT:
        if (parse_u64(value, (uint64_t *) field) < 0) {
            return err_set(e, ERR_INVALID, "invalid value \"%s\" for --%s", value, a->name);
        }
        return 0;
    case ARG_TYPE_STRING:
        *(const char **) field = value;
        return 0;
    case ARG_TYPE_LIST:
        strv_add((struct strv *) field, value);
        return 0;
    case ARG_TYPE_END:
        break;
    }
    return 0;
}

/* argv[*i] is a flag; may take the word behind it as well. */
static int parse_flag(const struct arg *table, void *target, int *i, int argc, char **argv,
                      struct error *e)
{
    const char *name = argv[*i] + 1 + (argv[*i][1] == '-');
    size_t n = strcspn(name, "=");
    const char *value = name[n] ? name + n + 1 : NULL;
    const struct arg *a = find(table, name, n);

    if (!a) {
        if ((n == 4 && strncmp(name, "help", n) == 0) || (n == 1 && name[0] == 'h')) {
            return 1;
        }
        return err_set(e, ERR_INVALID, "flag provided but not defined: %.*s",
                       (int) (name - argv[*i] + (ptrdiff_t) n), argv[*i]);
    }
    if (!value && a->type == ARG_TYPE_BOOL) {
        value = "true";
    }
    if (!value && *i + 1 >= argc) {
        return err_set(e, ERR_INVALID, "flag needs an argument: --%s", a->name);
    }
    return store(a, target, value ? value : argv[++*i], e);
}

int args_parse(const struct arg *table, void *target, int positionals, int *argc, char **argv,
               struct error *e)
{
    int words = 0;
    int i = 0;

    for (; i < *argc; i++) {
        bool flag = argv[i][0] == '-' && argv[i][1];

        if (words == positionals && (words || !flag)) {
            break;
        }
        if (!flag) {
            argv[words++] = argv[i];
            continue;
        }
        if (strcmp(argv[i], "--") == 0) {
            i++;
            break;
        }
        int r = parse_flag(table, target, &i, *argc, argv, e);

        if (r != 0) {
            return r;
        }
    }
    for (; i < *argc; i++) {
        argv[words++] = argv[i];
    }
    *argc = words;
    return 0;
}

void args_done(const struct arg *table, void *target)
{
    for (; table->type; table++) {
        if (table->type == ARG_TYPE_LIST) {
            strv_done((struct strv *) ((char *) target + table->offset));
        }
    }
}
