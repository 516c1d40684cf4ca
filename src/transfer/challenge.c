// SPDX-License-Identifier: Apache-2.0
#include "transfer/challenge.h"

#include "base/strbuf.h"

#include <string.h>
#include <strings.h>

#define VALUE_MAX 4096

void challenge_done(struct challenge *c)
{
    free(c->realm);
    free(c->service);
    free(c->scope);
    *c = (struct challenge){0};
}

/* tchar of RFC 9110 section 5.6.2 */
static size_t token_length(const char *s)
{
    return strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                     "!#$%&'*+-.^_`|~");
}

static const char *skip_space(const char *s)
{
    return s + strspn(s, " \t");
}

/* A token or a quoted string with escapes; what follows it. NULL: too long. */
static const char *read_value(const char *s, struct strbuf *ret)
{
    if (*s != '"') {
        /* Realms without quotes are not allowed and seen nevertheless. */
        size_t n = strcspn(s, ", \t");

        strbuf_add(ret, s, n);
        return strbuf_ok(ret) ? s + n : NULL;
    }
    for (s++; *s && *s != '"'; s++) {
        if (*s == '\\' && s[1]) {
            s++;
        }
        strbuf_addc(ret, *s);
    }
    return strbuf_ok(ret) ? s + (*s == '"') : NULL;
}

static void keep_parameter(struct challenge *c, const char *name, size_t n, struct strbuf *value)
{
    const struct {
        const char *name;
        char **place;
    } known[] = {{"realm", &c->realm}, {"service", &c->service}, {"scope", &c->scope}};

    for (size_t i = 0; i < ARRAY_SIZE(known); i++) {
        if (strlen(known[i].name) == n && strncasecmp(known[i].name, name, n) == 0 &&
            !*known[i].place) {
            *known[i].place = strbuf_take(value);
        }
    }
}

static enum challenge_scheme scheme_of(const char *name, size_t n)
{
    return n == 6 && strncasecmp(name, "bearer", n) == 0  ? CHALLENGE_BEARER
           : n == 5 && strncasecmp(name, "basic", n) == 0 ? CHALLENGE_BASIC
                                                          : CHALLENGE_NONE;
}

static void keep_best(struct challenge *best, struct challenge *found)
{
    if (found->scheme > best->scheme) {
        challenge_done(best);
        *best = *found;
        *found = (struct challenge){0};
    }
    challenge_done(found);
}

void challenge_parse(const char *value, struct challenge *c)
{
    struct challenge current = {0};

    for (const char *s = value;;) {
        s += strspn(s, ", \t");
        size_t n = token_length(s);

        if (n == 0) {
            break;
        }
        const char *after = skip_space(s + n);

        if (*after != '=') { /* a word alone begins the next challenge */
            keep_best(c, &current);
            current.scheme = scheme_of(s, n);
            s += n;
            continue;
        }
        CLEANUP(strbuf) struct strbuf text = STRBUF_INIT(VALUE_MAX);

        after = read_value(skip_space(after + 1), &text);
        if (!after) {
            break;
        }
        keep_parameter(&current, s, n, &text);
        s = after;
    }
    keep_best(c, &current);
}
