// SPDX-License-Identifier: Apache-2.0
#include "image/words.h"

#include "base/strbuf.h"

#include <stdio.h>
#include <string.h>

/* What one instruction may grow to: variables in variables multiply. */
#define EXPANDED_MAX (1u << 20)
#define DEPTH_MAX    20

static bool is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

void dockerfile_split(const char *text, struct strv *ret)
{
    CLEANUP(strbuf) struct strbuf word = STRBUF_INIT(EXPANDED_MAX);
    bool started = false;
    char quote = '\0';

    for (const char *s = text; *s; s++) {
        if (!quote && is_space(*s)) {
            if (started) {
                strv_add(ret, word.buf);
                strbuf_reset(&word);
            }
            started = false;
            continue;
        }
        started = true;
        if (*s == '\\' && quote != '\'') {
            if (!s[1]) {
                break; /* a lone one at the end means nothing */
            }
            strbuf_addc(&word, *s++);
        } else if (quote) {
            quote = *s == quote ? '\0' : quote;
        } else if (*s == '\'' || *s == '"') {
            quote = *s;
        }
        strbuf_addc(&word, *s);
    }
    if (started && word.len > 0) {
        strv_add(ret, word.buf);
    }
}

/* ---- variables ---- */

struct lexer {
    const char *at;
    const struct strv *env;
    struct strbuf out;
    struct strv *words; /* NULL: one word */
    int depth;
    struct error *e;
};

static int fail(struct lexer *l, const char *what)
{
    return err_set(l->e, ERR_INVALID, "%s", what);
}

static void end_word(struct lexer *l)
{
    if (l->words && l->out.len > 0) {
        strv_add(l->words, l->out.buf);
    }
    strbuf_reset(&l->out);
}

/* A value that was not quoted: when words are wanted, its white space separates them. */
static void add_value(struct lexer *l, const char *value, bool in_quotes)
{
    for (; *value && strbuf_ok(&l->out); value++) {
        if (l->words && !in_quotes && is_space(*value)) {
            end_word(l);
        } else {
            strbuf_addc(&l->out, *value);
        }
    }
}

static bool is_name_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

/* Length of the variable's name at s: letters and digits, digits alone, or one special sign. */
static size_t name_length(const char *s)
{
    size_t n = strspn(s, "0123456789");

    if (n > 0) {
        return n;
    }
    if (*s && strchr("@*#?-$!", *s)) {
        return 1;
    }
    while (is_name_char(s[n])) {
        n++;
    }
    return n;
}

static int run(struct lexer *l, char stop, bool in_quotes);

/* The word of ${NAME:-word}, up to the closing brace; taken out of l->out. Caller frees. */
static int brace_word(struct lexer *l, char **ret)
{
    struct strbuf outer = l->out;
    struct strv *words = l->words;

    l->out = (struct strbuf) STRBUF_INIT(EXPANDED_MAX);
    l->words = NULL;
    int r =
        l->depth++ < DEPTH_MAX ? run(l, '}', false) : fail(l, "variables are nested too deeply");

    l->depth--;
    if (r == 0 && !strbuf_ok(&l->out)) {
        r = fail(l, "it becomes too long");
    }
    *ret = strbuf_take(&l->out);
    l->out = outer;
    l->words = words;
    return r;
}

static int substitute(struct lexer *l, const char *name, bool in_quotes)
{
    const char *value = env_get(l->env, name);
    bool colon = *l->at == ':';
    bool set = value && (!colon || *value);
    cleanup_free char *word = NULL;

    l->at += colon;
    char modifier = *l->at;

    if (!modifier || !strchr("-+?", modifier)) {
        return modifier ? fail(l, "unsupported modifier in substitution")
                        : fail(l, "syntax error: missing '}'");
    }
    l->at++;
    if (brace_word(l, &word) < 0) {
        return -1;
    }
    if (modifier == '?' && !set) {
        return err_set(l->e, ERR_INVALID, "%s: %s", name,
                       *word ? word : "is not allowed to be unset");
    }
    if (modifier == '+') {
        add_value(l, set ? word : "", in_quotes);
    } else {
        add_value(l, set ? value : modifier == '-' ? word : "", in_quotes);
    }
    return 0;
}

static int braces(struct lexer *l, bool in_quotes)
{
    size_t n = name_length(l->at);

    if (!*l->at) {
        return fail(l, "syntax error: missing '}'");
    }
    if (n == 0) {
        return fail(l, "syntax error: bad substitution");
    }
    cleanup_free char *name = xstrndup(l->at, n);

    l->at += n;
    if (*l->at == '}') {
        const char *value = env_get(l->env, name);

        l->at++;
        add_value(l, value ? value : "", in_quotes);
        return 0;
    }
    return substitute(l, name, in_quotes);
}

/* Behind a '$'. */
static int dollar(struct lexer *l, bool in_quotes)
{
    if (*l->at == '{') {
        l->at++;
        return braces(l, in_quotes);
    }
    size_t n = name_length(l->at);
    cleanup_free char *name = xstrndup(l->at, n);
    const char *value = n ? env_get(l->env, name) : "$";

    l->at += n;
    add_value(l, value ? value : "", in_quotes);
    return 0;
}

static int single_quotes(struct lexer *l)
{
    const char *end = strchr(l->at, '\'');

    if (!end) {
        return fail(l, "unexpected end of statement while looking for matching single-quote");
    }
    strbuf_add(&l->out, l->at, (size_t) (end - l->at));
    l->at = end + 1;
    return 0;
}

/* Up to the closing quote. Only \" \$ and \\ are escapes in here. */
static int double_quotes(struct lexer *l)
{
    while (*l->at) {
        char c = *l->at++;

        if (c == '"') {
            return 0;
        }
        if (c == '$') {
            if (dollar(l, true) < 0) {
                return -1;
            }
            continue;
        }
        if (c == '\\' && *l->at && strchr("\"$\\", *l->at)) {
            c = *l->at++;
        }
        strbuf_addc(&l->out, c);
    }
    return fail(l, "unexpected end of statement while looking for matching double-quote");
}

/* Up to 'stop', which is taken too; '\0': to the end. */
static int run(struct lexer *l, char stop, bool in_quotes)
{
    while (*l->at) {
        char c = *l->at++;
        int r = 0;

        if (stop && c == stop) {
            return 0;
        }
        if (c == '\'') {
            r = single_quotes(l);
        } else if (c == '"') {
            r = double_quotes(l);
        } else if (c == '$') {
            r = dollar(l, in_quotes);
        } else if (c != '\\') {
            strbuf_addc(&l->out, c);
        } else if (*l->at) {
            strbuf_addc(&l->out, *l->at++);
        }
        if (r < 0) {
            return -1;
        }
    }
    return stop ? fail(l, "syntax error: missing '}'") : 0;
}

/* Go's %q, near enough for what stands in one line. */
static void quote(const char *s, struct strbuf *ret)
{
    strbuf_addc(ret, '"');
    for (; *s; s++) {
        if (*s == '"' || *s == '\\') {
            strbuf_addc(ret, '\\');
        }
        if (*s == '\t') {
            strbuf_adds(ret, "\\t");
        } else {
            strbuf_addc(ret, *s);
        }
    }
    strbuf_addc(ret, '"');
}

static int expand(const char *word, const struct strv *env, struct strv *words, char **ret,
                  struct error *e)
{
    struct lexer l = {
        .at = word, .env = env, .out = STRBUF_INIT(EXPANDED_MAX), .words = words, .e = e};
    int r = run(&l, '\0', false);

    if (r == 0 && !strbuf_ok(&l.out)) {
        r = fail(&l, "it becomes too long");
    }
    if (r < 0) {
        CLEANUP(strbuf) struct strbuf quoted = STRBUF_INIT(400);

        quote(word, &quoted);
        err_wrap(e, "failed to process %s", quoted.buf);
    } else if (words) {
        end_word(&l);
    } else if (ret) {
        *ret = strbuf_take(&l.out);
    }
    strbuf_done(&l.out);
    return r;
}

int dockerfile_expand(const char *word, const struct strv *env, char **ret, struct error *e)
{
    return expand(word, env, NULL, ret, e);
}

int dockerfile_expand_list(const char *word, const struct strv *env, struct strv *ret,
                           struct error *e)
{
    return expand(word, env, ret, NULL, e);
}
