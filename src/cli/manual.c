// SPDX-License-Identifier: Apache-2.0
/*
 * Makes the manual page's text when hoy is built; not installed.
 *
 *   hoy-manual docs/man/hoy.1.md
 *
 * prints the file with each line "<!-- options of: COMMAND -->" replaced by the command's options
 * as --help knows them, "<!-- options of: hoy -->" by the global ones. So every option's text is
 * written once, in the table that parses it. A command without such a line is an error, unless
 * there is "<!-- options elsewhere: COMMAND -->".
 */
#include "base/strbuf.h"
#include "cli/commands.h"
#include "cli/global.h"

#include <stdio.h>
#include <string.h>

#define MARK      "<!-- options of: "
#define ELSEWHERE "<!-- options elsewhere: "
#define MARK_END  " -->"

/* A text for markdown to show as it is, its lines one behind the other. */
static void print_text(const char *s)
{
    char before = '\0';

    for (; *s; before = *s++) {
        if (*s == '\n') {
            printf("%s", before == ':' ? " " : "; ");
            continue;
        }
        if (*s == ' ' && before == ' ') {
            continue;
        }
        if (strchr("\\`*_{}[]<>|#", *s)) {
            putchar('\\');
        }
        putchar(*s);
    }
}

static void print_option(const struct option *o)
{
    const char *value = option_value_name(o);

    if (o->letter) {
        printf("**-%c**, ", o->letter);
    }
    printf("**--%s**", o->name);
    if (*value) {
        printf("=*%s*", value);
    }
    printf("\n:   ");
    print_text(o->help);
    if (o->default_text) {
        printf(" (default ");
        print_text(o->default_text);
        printf(")");
    }
    printf("\n\n");
}

static void print_options(const struct option_set *set)
{
    cleanup_free const struct option **list = options_sorted(set);

    for (size_t i = 0; list[i]; i++) {
        print_option(list[i]);
    }
}

/* "run", "image inspect". */
static const struct command *find(char *name)
{
    cleanup_free char *path = NULL;
    char *space = strchr(name, ' ');

    if (space) {
        *space = '\0';
        return command_find(name, space + 1, &path);
    }
    return command_find(NULL, name, &path);
}

/* start: the name behind the mark. */
static int replace(const char *start, bool show, bool *seen)
{
    const struct option_set global = {.tables = {global_options}};
    const char *end = strstr(start, MARK_END);
    cleanup_free char *name = end ? xstrndup(start, (size_t) (end - start)) : xstrdup("");
    const struct command *c;

    if (strcmp(name, "hoy") == 0) {
        print_options(&global);
        return 0;
    }
    c = find(name);
    if (!c) {
        fprintf(stderr, "hoy-manual: no such command: %s", start);
        return -1;
    }
    for (size_t i = 0; commands[i]; i++) {
        seen[i] |= commands[i] == c;
    }
    if (show) {
        print_options(&c->options);
    }
    return 0;
}

static int check_all_seen(const bool *seen)
{
    int r = 0;

    for (size_t i = 0; commands[i]; i++) {
        if (!seen[i] && !(commands[i]->flags & COMMAND_INTERNAL)) {
            fprintf(stderr, "hoy-manual: nothing about: %s\n", commands[i]->names);
            r = -1;
        }
    }
    return r;
}

int main(int argc, char **argv)
{
    FILE *f = argc == 2 ? fopen(argv[1], "re") : NULL;
    cleanup_free bool *seen = NULL;
    cleanup_free char *line = NULL;
    size_t size = 0, count = 0;
    int r = 0;

    if (!f) {
        fprintf(stderr, "usage: hoy-manual FILE\n");
        return EXIT_FAILURE;
    }
    while (commands[count]) {
        count++;
    }
    seen = xcalloc(count, sizeof(*seen));
    while (getline(&line, &size, f) > 0 && r == 0) {
        if (strncmp(line, MARK, strlen(MARK)) == 0) {
            r = replace(line + strlen(MARK), true, seen);
        } else if (strncmp(line, ELSEWHERE, strlen(ELSEWHERE)) == 0) {
            r = replace(line + strlen(ELSEWHERE), false, seen);
        } else {
            fputs(line, stdout);
        }
    }
    fclose(f);
    if (r == 0) {
        r = check_all_seen(seen);
    }
    return r < 0 || fflush(stdout) != 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
