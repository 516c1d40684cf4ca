// SPDX-License-Identifier: Apache-2.0
#include "cli/help.h"

#include "cli/global.h"

#include <string.h>
#include <sys/ioctl.h>

#define DEFAULT_COLUMNS 80
#define LEAST_COLUMNS   24 /* less room than this for help texts: they start on their own line */
#define BLOCK_INDENT    16
#define ORPHAN_SLOP     5 /* a last word that needs only this much more is not wrapped */
#define NAME_COLUMNS    11

static size_t terminal_columns(void)
{
    struct winsize ws;

    if (ioctl(STDIN_FILENO, TIOCGWINSZ, &ws) == 0 && ws.ws_col > 1) {
        return ws.ws_col;
    }
    return DEFAULT_COLUMNS;
}

static void print_spaces(FILE *f, size_t n)
{
    fprintf(f, "%*s", (int) n, "");
}

/* Bytes of s that go on a line of 'room' bytes; the separator behind them is dropped. */
static size_t line_length(const char *s, size_t room)
{
    size_t n = strlen(s);
    size_t end = 0;

    if (n <= room + ORPHAN_SLOP && !memchr(s, '\n', n)) {
        return n;
    }
    for (size_t i = 0; i < n && i <= room; i++) {
        if (s[i] == '\n') {
            return i;
        }
        if (s[i] == ' ') {
            end = i;
        }
    }
    if (n <= room) {
        return n;
    }
    return end ? end : strcspn(s, " \n");
}

/* A help text behind 'indent' columns that are already printed; ends the line. */
static void print_wrapped(FILE *f, const char *text, size_t indent, size_t columns)
{
    size_t room;

    if (columns < indent + LEAST_COLUMNS) {
        indent = BLOCK_INDENT;
        fputc('\n', f);
        print_spaces(f, indent);
    }
    room = columns > indent + LEAST_COLUMNS ? columns - indent - ORPHAN_SLOP : LEAST_COLUMNS;
    for (;;) {
        size_t n = line_length(text, room);

        fprintf(f, "%.*s\n", (int) n, text);
        text += n;
        if (!*text || !*++text) {
            return;
        }
        print_spaces(f, indent);
    }
}

/* "  -t, --timeout int" */
static char *option_left(const struct option *o)
{
    char letter[] = {'-', o->letter, ',', '\0'};
    const char *value = option_value_name(o);

    return xasprintf("  %-3s --%s%s%s", o->letter ? letter : "", o->name, *value ? " " : "", value);
}

static void print_options(FILE *f, const struct option_set *set)
{
    cleanup_free const struct option **list = options_sorted(set);
    size_t columns = terminal_columns() - 1;
    size_t width = 0;

    for (size_t i = 0; list[i]; i++) {
        cleanup_free char *left = option_left(list[i]);

        width = MAX(width, strlen(left));
    }
    for (size_t i = 0; list[i]; i++) {
        const struct option *o = list[i];
        cleanup_free char *left = option_left(o);
        cleanup_free char *text = o->default_text
                                      ? xasprintf("%s (default %s)", o->help, o->default_text)
                                      : xstrdup(o->help);

        fprintf(f, "%-*s   ", (int) width, left);
        print_wrapped(f, text, width + 3, columns);
    }
}

void help_usage_line(FILE *f, const struct command *c, const char *path)
{
    fprintf(f, "Usage:  hoy %s%s%s\n", path, *c->usage ? " " : "", c->usage);
}

/* "  hoy container ls, hoy ps"; nothing when there is one name only. */
static void print_aliases(FILE *f, const struct command *c)
{
    CLEANUP(strv) struct strv names = STRV_INIT;

    strv_split(&names, c->names, ",");
    if (names.count < 2) {
        return;
    }
    fprintf(f, "\nAliases:\n  ");
    for (size_t i = 0; i < names.count; i++) {
        const char *name = names.items[i] + strspn(names.items[i], " ");

        fprintf(f, "%shoy %s", i ? ", " : "", name);
    }
    fputc('\n', f);
}

void help_command(FILE *f, const struct command *c, const char *path)
{
    help_usage_line(f, c, path);
    fprintf(f, "\n%s\n", c->help);
    print_aliases(f, c);
    if (c->options.tables[0] && c->options.tables[0]->type) {
        fprintf(f, "\nOptions:\n");
        print_options(f, &c->options);
    }
}

struct entry {
    char *name;
    const char *help;
};

static int compare_entries(const void *a, const void *b)
{
    return strcmp(((const struct entry *) a)->name, ((const struct entry *) b)->name);
}

/* The commands of a group (NULL: without group) whose COMMAND_COMMON is as asked for. */
static void print_commands(FILE *f, const char *title, const char *group, int common)
{
    struct entry *list = NULL;
    size_t n = 0;

    for (size_t i = 0; commands[i]; i++) {
        const struct command *c = commands[i];
        bool is_common = c->flags & COMMAND_COMMON;
        char *name = c->flags & COMMAND_INTERNAL ? NULL : command_name_in(c, group);

        if (!name || (common >= 0 && is_common != common)) {
            free(name);
            continue;
        }
        list = xrealloc_array(list, n + 1, sizeof(*list));
        list[n++] = (struct entry){name, c->help};
    }
    if (common != 1 && n) { /* the common ones keep the table's order */
        qsort(list, n, sizeof(*list), compare_entries);
    }
    fprintf(f, "\n%s:\n", title);
    for (size_t i = 0; i < n; i++) {
        fprintf(f, "  %-*s %s\n", NAME_COLUMNS, list[i].name, list[i].help);
        free(list[i].name);
    }
    free(list);
}

void help_group(FILE *f, const struct command_group *g)
{
    fprintf(f, "Usage:  hoy %s COMMAND\n\n%s\n", g->name, g->help);
    print_commands(f, "Commands", g->name, -1);
    fprintf(f, "\nRun 'hoy %s COMMAND --help' for more information on a command.\n", g->name);
}

void help_top(FILE *f)
{
    const struct option_set global = {.tables = {global_options}};

    fprintf(f, "Usage:  hoy [OPTIONS] COMMAND\n\nA container engine without a daemon\n");
    print_commands(f, "Common Commands", NULL, 1);
    fprintf(f, "\nManagement Commands:\n");
    for (const struct command_group *g = command_groups; g->name; g++) {
        fprintf(f, "  %-*s %s\n", NAME_COLUMNS, g->name, g->help);
    }
    print_commands(f, "Commands", NULL, 0);
    fprintf(f, "\nGlobal Options:\n");
    print_options(f, &global);
    fprintf(f, "\nRun 'hoy COMMAND --help' for more information on a command.\n");
}
