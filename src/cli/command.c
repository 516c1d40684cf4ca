// SPDX-License-Identifier: Apache-2.0
#include "cli/command.h"

#include <string.h>

const struct command_group *command_group_find(const char *name)
{
    for (const struct command_group *g = command_groups; g->name; g++) {
        if (strcmp(g->name, name) == 0) {
            return g;
        }
    }
    return NULL;
}

/*
 * The next of the comma-separated names at *s: its group (may be empty) and the rest. False at the
 * end.
 */
static bool next_name(const char **s, const char **group, size_t *group_len, const char **name,
                      size_t *name_len)
{
    size_t n = strcspn(*s, ",");
    const char *space;

    if (!n) {
        return false;
    }
    space = memchr(*s, ' ', n);
    *group = *s;
    *group_len = space ? (size_t) (space - *s) : 0;
    *name = space ? space + 1 : *s;
    *name_len = n - (size_t) (*name - *s);
    *s += n;
    *s += strspn(*s, ", ");
    return true;
}

static bool equals(const char *s, size_t n, const char *text)
{
    return strlen(text) == n && strncmp(s, text, n) == 0;
}

char *command_name_in(const struct command *c, const char *group)
{
    const char *s = c->names;
    const char *g, *name;
    size_t g_len, name_len;

    while (next_name(&s, &g, &g_len, &name, &name_len)) {
        if (equals(g, g_len, group ? group : "")) {
            return xstrndup(name, name_len);
        }
    }
    return NULL;
}

static bool has_name(const struct command *c, const char *group, const char *wanted)
{
    const char *s = c->names;
    const char *g, *name;
    size_t g_len, name_len;

    while (next_name(&s, &g, &g_len, &name, &name_len)) {
        if (equals(g, g_len, group ? group : "") && equals(name, name_len, wanted)) {
            return true;
        }
    }
    return false;
}

const struct command *command_find(const char *group, const char *name, char **ret_path)
{
    for (size_t i = 0; commands[i]; i++) {
        if (has_name(commands[i], group, name)) {
            cleanup_free char *proper = command_name_in(commands[i], group);

            *ret_path = xasprintf("%s%s%s", group ? group : "", group ? " " : "", proper);
            return commands[i];
        }
    }
    return NULL;
}
