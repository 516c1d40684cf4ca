// SPDX-License-Identifier: Apache-2.0
/*
 * 'import --change' and 'commit --change': Dockerfile instructions on an image's configuration.
 * Forms and sentences are Docker's (buildkit: parser/line_parsers.go, instructions/parse.go; moby:
 * builder/dockerfile/dispatchers.go), and so are the oddities ("CMD" alone is a shell without a
 * command). Which ones: validCommitCommands in builder.go, with STOPSIGNAL since Docker 23.
 */
#include "image/change.h"

#include "base/path.h"
#include "base/proc.h"
#include "base/strbuf.h"
#include "image/image.h"
#include "image/words.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#define TEXT_MAX (1u << 20)

json_t *change_object(json_t *parent, const char *key)
{
    json_t *j = json_object_get(parent, key);

    if (!json_is_object(j)) {
        json_put(parent, key, json_object());
        j = json_object_get(parent, key);
    }
    return j;
}

static json_t *list_of(json_t *parent, const char *key)
{
    json_t *j = json_object_get(parent, key);

    if (!json_is_array(j)) {
        json_put(parent, key, json_array());
        j = json_object_get(parent, key);
    }
    return j;
}

int change_command(const char *args, struct strv *ret, bool *ret_json, struct error *e)
{
    json_error_t ignored;
    /* As Go's decoder: one value, whatever comes behind it. */
    CLEANUP(json)
    json_t *list = *args == '[' && strlen(args) < TEXT_MAX
                       ? json_loads(args, JSON_DISABLE_EOF_CHECK | JSON_REJECT_DUPLICATES, &ignored)
                       : NULL;
    json_t *item;
    size_t i;

    *ret_json = json_is_array(list);
    if (!*ret_json) {
        if (*args) {
            strv_add(ret, args);
        }
        return 0;
    }
    json_array_foreach (list, i, item) {
        if (!json_is_string(item)) {
            return err_set(
                e, ERR_INVALID,
                "when using JSON array syntax, arrays must be comprised of strings only");
        }
        strv_add(ret, json_string_value(item));
    }
    return 0;
}

static int needs(const struct change *c, const char *what, struct error *e)
{
    return *c->args ? 0 : err_set(e, ERR_INVALID, "%s requires %s", c->name, what);
}

/* ---- CMD, ENTRYPOINT ---- */

/* Sets a command; an empty one is none. */
static int set_command(struct change *c, const char *key, bool bare_is_shell, struct error *e)
{
    CLEANUP(strv) struct strv argv = STRV_INIT;
    bool is_json;

    if (change_command(c->args, &argv, &is_json, e) < 0) {
        return -1;
    }
    if (!is_json && (argv.count || bare_is_shell)) {
        CLEANUP(strv) struct strv shell = STRV_INIT;

        strv_add(&shell, "/bin/sh");
        strv_add(&shell, "-c");
        strv_extend(&shell, &argv);
        json_put(c->run, key, json_from_strv(&shell));
    } else if (argv.count) {
        json_put(c->run, key, json_from_strv(&argv));
    } else {
        json_object_del(c->run, key);
    }
    return 0;
}

static int change_cmd(struct change *c, struct error *e)
{
    *c->cmd_set = true;
    return set_command(c, "Cmd", true, e);
}

/* A new entrypoint makes the image's old arguments meaningless. */
static int change_entrypoint(struct change *c, struct error *e)
{
    if (!*c->cmd_set) {
        json_object_del(c->run, "Cmd");
    }
    return set_command(c, "Entrypoint", false, e);
}

/* ---- ENV, LABEL ---- */

typedef void pair_fn(json_t *run, const char *key, const char *value);

static int add_pair(struct change *c, const char *key, const char *value, pair_fn *put,
                    struct error *e)
{
    cleanup_free char *k = NULL;
    cleanup_free char *v = NULL;

    if (dockerfile_expand(key, &c->env, &k, e) < 0 ||
        dockerfile_expand(value, &c->env, &v, e) < 0) {
        return -1;
    }
    if (!*k) {
        return err_set(e, ERR_INVALID, "%s names can not be blank", c->name);
    }
    put(c->run, k, v);
    return 0;
}

/* "KEY=VALUE ...", or "KEY the rest of the line" when the first word has no "=". */
static int change_pairs(struct change *c, pair_fn *put, struct error *e)
{
    CLEANUP(strv) struct strv words = STRV_INIT;
    const char *word;

    if (needs(c, "at least one argument", e) < 0) {
        return -1;
    }
    dockerfile_split(c->args, &words);
    if (words.count == 0 || !strchr(words.items[0], '=')) {
        size_t n = strcspn(c->args, " \t\v\f\r");
        const char *value = c->args + n + strspn(c->args + n, " \t\v\f\r");
        cleanup_free char *key = xstrndup(c->args, n);

        return c->args[n] ? add_pair(c, key, value, put, e)
                          : err_set(e, ERR_INVALID, "%s must have two arguments", c->name);
    }
    strv_foreach (&words, word) {
        if (!strchr(word, '=')) {
            return err_set(e, ERR_INVALID,
                           "Syntax error - can't find = in \"%s\". Must be of the form: name=value",
                           word);
        }
    }
    strv_foreach (&words, word) {
        const char *equals = strchr(word, '=');
        cleanup_free char *key = xstrndup(word, (size_t) (equals - word));

        if (add_pair(c, key, equals + 1, put, e) < 0) {
            return -1;
        }
    }
    return 0;
}

static void put_env(json_t *run, const char *key, const char *value)
{
    CLEANUP(strv) struct strv env = STRV_INIT;
    cleanup_free char *entry = xasprintf("%s=%s", key, value);
    struct error ignored;

    (void) json_get_strv(run, "", "Env", &env, &ignored);
    env_set(&env, entry);
    json_put(run, "Env", json_from_strv(&env));
}

static void put_label(json_t *run, const char *key, const char *value)
{
    json_put(change_object(run, "Labels"), key, json_text(value));
}

static int change_env(struct change *c, struct error *e)
{
    return change_pairs(c, put_env, e);
}

static int change_label(struct change *c, struct error *e)
{
    return change_pairs(c, put_label, e);
}

/* ---- the small ones ---- */

static int expanded_argument(struct change *c, char **ret, struct error *e)
{
    return needs(c, "exactly one argument", e) < 0 ? -1
                                                   : dockerfile_expand(c->args, &c->env, ret, e);
}

static int change_user(struct change *c, struct error *e)
{
    cleanup_free char *user = NULL;

    if (expanded_argument(c, &user, e) < 0) {
        return -1;
    }
    json_put(c->run, "User", json_text(user));
    return 0;
}

static int change_workdir(struct change *c, struct error *e)
{
    cleanup_free char *typed = NULL;

    if (expanded_argument(c, &typed, e) < 0) {
        return -1;
    }
    if (!*typed) {
        return err_set(e, ERR_INVALID, "cannot normalize nothing");
    }
    cleanup_free char *old = path_join("/", json_str(c->run, "WorkingDir"));
    cleanup_free char *joined = path_is_absolute(typed) ? xstrdup(typed) : path_join(old, typed);
    cleanup_free char *clean = path_clean(joined);

    json_put(c->run, "WorkingDir", json_text(clean));
    return 0;
}

static int change_stopsignal(struct change *c, struct error *e)
{
    cleanup_free char *name = NULL;

    if (expanded_argument(c, &name, e) < 0) {
        return -1;
    }
    if (signal_from_string(name) < 0) {
        return err_set(e, ERR_INVALID, "invalid signal: %s", name);
    }
    json_put(c->run, "StopSignal", json_text(name));
    return 0;
}

static int change_volume(struct change *c, struct error *e)
{
    CLEANUP(strv) struct strv paths = STRV_INIT;
    const char *path;
    bool is_json;

    if (needs(c, "at least one argument", e) < 0 ||
        change_command(c->args, &paths, &is_json, e) < 0) {
        return -1;
    }
    if (!is_json) {
        strv_done(&paths);
        strv_split(&paths, c->args, " \t\v\f\r");
    }
    strv_foreach (&paths, path) {
        cleanup_free char *expanded = NULL;

        if (dockerfile_expand(path, &c->env, &expanded, e) < 0) {
            return -1;
        }
        if (strspn(expanded, " \t") == strlen(expanded)) {
            return err_set(e, ERR_INVALID, "VOLUME specified can not be an empty string");
        }
        json_put(change_object(c->run, "Volumes"), expanded, json_object());
    }
    return 0;
}

static int change_onbuild(struct change *c, struct error *e)
{
    size_t n = strcspn(c->args, " \t\v\f\r");

    if (needs(c, "at least one argument", e) < 0) {
        return -1;
    }
    if (n == 7 && strncasecmp(c->args, "ONBUILD", n) == 0) {
        return err_set(e, ERR_INVALID, "Chaining ONBUILD via `ONBUILD ONBUILD` isn't allowed");
    }
    if (n == 4 && strncasecmp(c->args, "FROM", n) == 0) {
        return err_set(e, ERR_INVALID, "FROM isn't allowed as an ONBUILD trigger");
    }
    if (n == 10 && strncasecmp(c->args, "MAINTAINER", n) == 0) {
        return err_set(e, ERR_INVALID, "MAINTAINER isn't allowed as an ONBUILD trigger");
    }
    json_push(list_of(c->run, "OnBuild"), json_text(c->args));
    return 0;
}

/* ---- text to instructions ---- */

static const struct {
    const char *name;
    change_fn *apply;
} instructions[] = {
    {"CMD", change_cmd},         {"ENTRYPOINT", change_entrypoint},   {"ENV", change_env},
    {"EXPOSE", change_expose},   {"HEALTHCHECK", change_healthcheck}, {"LABEL", change_label},
    {"ONBUILD", change_onbuild}, {"STOPSIGNAL", change_stopsignal},   {"USER", change_user},
    {"VOLUME", change_volume},   {"WORKDIR", change_workdir},
};

#define BLANKS " \t\v\f\r"

/* Cuts blanks off both ends, in place. */
static char *trim(char *s)
{
    s += strspn(s, BLANKS);
    size_t n = strlen(s);

    while (n > 0 && strchr(BLANKS, s[n - 1])) {
        n--;
    }
    s[n] = '\0';
    return s;
}

/* One instruction, in one line. */
static int apply_line(json_t *run, char *line, bool *cmd_set, struct error *e)
{
    size_t n = strcspn(line, BLANKS);
    char *args = line[n] ? trim(line + n) : line + n;
    struct change c = {.run = run, .args = args, .cmd_set = cmd_set};
    int r;

    for (size_t i = 0; i < ARRAY_SIZE(instructions); i++) {
        if (strlen(instructions[i].name) != n || strncasecmp(line, instructions[i].name, n) != 0) {
            continue;
        }
        c.name = instructions[i].name;
        r = json_get_strv(run, "config", "Env", &c.env, e);
        if (r == 0) {
            r = instructions[i].apply(&c, e);
        }
        strv_done(&c.env);
        return r;
    }
    return err_set(e, ERR_INVALID, "%.*s is not a valid change command", (int) MIN(n, (size_t) 100),
                   line);
}

/* True when the line goes on in the next one; the backslash is cut off. */
static bool continues(char *line)
{
    size_t n = strlen(line);

    while (n > 0 && (line[n - 1] == ' ' || line[n - 1] == '\t' || line[n - 1] == '\r')) {
        n--;
    }
    if (n == 0 || line[n - 1] != '\\') {
        return false;
    }
    line[n - 1] = '\0';
    return true;
}

int image_config_change(json_t *config, const char *text, struct error *e)
{
    CLEANUP(strbuf) struct strbuf whole = STRBUF_INIT(TEXT_MAX);
    json_t *run = change_object(config, "config");
    bool cmd_set = false;
    bool any = false;

    for (const char *next = text; *next;) {
        size_t n = strcspn(next, "\n");
        cleanup_free char *line = xstrndup(next, n);
        size_t blanks = strspn(line, BLANKS);

        next += n + (next[n] == '\n');
        /* Comments and empty lines also vanish from within an instruction. */
        bool nothing = line[blanks] == '#' || line[blanks] == '\0';
        bool more = nothing ? whole.len > 0 : continues(line);

        if (!nothing) {
            strbuf_adds(&whole, line);
        }
        if (!strbuf_ok(&whole)) {
            return err_set(e, ERR_INVALID, "instruction is too long");
        }
        if ((more && *next) || whole.len == 0) {
            continue;
        }
        any = true;
        if (apply_line(run, trim(whole.buf), &cmd_set, e) < 0) {
            return -1;
        }
        strbuf_reset(&whole);
    }
    return any ? 0 : err_set(e, ERR_INVALID, "file with no instructions");
}
