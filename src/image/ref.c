// SPDX-License-Identifier: Apache-2.0
/*
 * Grammar and normalisation of github.com/distribution/reference:
 *
 *   reference := name [":" tag] ["@" digest]
 *   name      := [domain "/"] component ("/" component)*
 *   component := [a-z0-9]+ (("." | "_" | "__" | "-"+) [a-z0-9]+)*
 *   domain    := (label ("." label)* | "[" ipv6 "]") [":" digits],  label := alnum [alnum|-]* alnum
 *   tag       := [A-Za-z0-9_] [A-Za-z0-9_.-]{0,127}
 *   digest    := algorithm ":" hex{32,}
 */
#include "image/ref.h"

#include "base/alloc.h"

#include <stdbool.h>
#include <string.h>

#define DEFAULT_DOMAIN "docker.io"
#define LEGACY_DOMAIN  "index.docker.io"
#define OFFICIAL       "library/"

#define PATH_LENGTH_MAX 255
#define TAG_LENGTH_MAX  128
#define REF_LENGTH_MAX  4096 /* ours: anything that long is no name */

void image_ref_done(struct image_ref *r)
{
    free(r->domain);
    free(r->path);
    free(r->tag);
    free(r->digest);
    *r = (struct image_ref){0};
}

/* ctype.h follows the locale; names do not. */
static bool is_lower(char c)
{
    return c >= 'a' && c <= 'z';
}

static bool is_upper(char c)
{
    return c >= 'A' && c <= 'Z';
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_alnum(char c)
{
    return is_lower(c) || is_upper(c) || is_digit(c);
}

static bool is_hex(char c)
{
    return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/* ---- the grammar's parts; each takes exactly n characters ---- */

static bool component_valid(const char *s, size_t n)
{
    size_t i = 0;

    while (i < n) {
        size_t from = i;

        while (i < n && (is_lower(s[i]) || is_digit(s[i]))) {
            i++;
        }
        if (i == from) {
            return false;
        }
        if (i == n) {
            return true;
        }
        if (s[i] == '.') {
            i++;
        } else if (s[i] == '_') {
            i += i + 1 < n && s[i + 1] == '_' ? 2 : 1;
        } else if (s[i] == '-') {
            i += strspn(s + i, "-");
        } else {
            return false;
        }
    }
    return false; /* empty, or ends with a separator */
}

static bool path_valid(const char *s, size_t n)
{
    for (;;) {
        const char *slash = memchr(s, '/', n);

        if (!slash) {
            return component_valid(s, n);
        }
        size_t len = (size_t) (slash - s);

        if (!component_valid(s, len)) {
            return false;
        }
        s += len + 1;
        n -= len + 1;
    }
}

static bool label_valid(const char *s, size_t n)
{
    if (n == 0 || !is_alnum(s[0]) || !is_alnum(s[n - 1])) {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        if (!is_alnum(s[i]) && s[i] != '-') {
            return false;
        }
    }
    return true;
}

static bool host_valid(const char *s, size_t n)
{
    if (n > 2 && s[0] == '[' && s[n - 1] == ']') {
        for (size_t i = 1; i < n - 1; i++) {
            if (!is_hex(s[i]) && s[i] != ':') {
                return false;
            }
        }
        return true;
    }
    for (;;) {
        const char *dot = memchr(s, '.', n);
        size_t len = dot ? (size_t) (dot - s) : n;

        if (!label_valid(s, len)) {
            return false;
        }
        if (!dot) {
            return true;
        }
        s += len + 1;
        n -= len + 1;
    }
}

static bool domain_valid(const char *s, size_t n)
{
    size_t digits = 0;

    while (digits < n && is_digit(s[n - 1 - digits])) {
        digits++;
    }
    if (digits > 0 && digits < n && s[n - 1 - digits] == ':') {
        n -= digits + 1;
    }
    return host_valid(s, n);
}

static bool tag_valid(const char *s, size_t n)
{
    if (n == 0 || n > TAG_LENGTH_MAX || s[0] == '.' || s[0] == '-') {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        if (!is_alnum(s[i]) && !strchr("_.-", s[i])) {
            return false;
        }
    }
    return true;
}

/* algorithm := [A-Za-z][A-Za-z0-9]* ([-_+.] [A-Za-z][A-Za-z0-9]*)*, then ":" and 32 hex digits or
 * more */
static bool digest_valid(const char *s)
{
    bool start = true;

    for (; *s != ':'; s++) {
        if (start ? !is_upper(*s) && !is_lower(*s) : !is_alnum(*s) && !(*s && strchr("-_+.", *s))) {
            return false;
        }
        start = !is_alnum(*s);
    }
    if (start) {
        return false;
    }
    size_t n = strspn(s + 1, "0123456789abcdefABCDEF");

    return n >= 32 && s[1 + n] == '\0';
}

/* ---- digests we can use (opencontainers/go-digest) ---- */

static int check_digest(const char *digest, struct error *e)
{
    static const struct {
        const char *prefix;
        size_t digits;
    } algorithms[] = {{"sha256:", 64}, {"sha384:", 96}, {"sha512:", 128}};

    for (size_t i = 0; i < ARRAY_SIZE(algorithms); i++) {
        size_t prefix = strlen(algorithms[i].prefix);

        if (strncmp(digest, algorithms[i].prefix, prefix) != 0) {
            continue;
        }
        if (strlen(digest + prefix) != algorithms[i].digits) {
            return err_set(e, ERR_INVALID, "invalid checksum digest length");
        }
        if (strspn(digest + prefix, "0123456789abcdef") != algorithms[i].digits) {
            return err_set(e, ERR_INVALID, "invalid checksum digest format");
        }
        return 0;
    }
    return err_set(e, ERR_INVALID, "unsupported digest algorithm");
}

bool image_digest_valid(const char *digest)
{
    return strncmp(digest, "sha256:", 7) == 0 && strlen(digest) == 71 &&
           strspn(digest + 7, "0123456789abcdef") == 64;
}

/* ---- whole references ---- */

/* Pieces of a reference as typed: [domain "/"] rest, where no domain means the default one. */
struct pieces {
    const char *domain;
    size_t domain_len;
    const char *rest;
    bool official; /* "library/" is to be put in front */
};

/* The first part is a domain when it cannot be a path component (normalize.go: splitDockerDomain).
 */
static void split_domain(const char *s, struct pieces *ret)
{
    const char *slash = strchr(s, '/');
    size_t n = slash ? (size_t) (slash - s) : 0;
    bool domain = false;

    for (size_t i = 0; i < n; i++) {
        domain = domain || s[i] == '.' || s[i] == ':' || is_upper(s[i]);
    }
    domain = domain || (n == strlen("localhost") && strncmp(s, "localhost", n) == 0);
    *ret = (struct pieces){.domain = domain ? s : DEFAULT_DOMAIN,
                           .domain_len = domain ? n : strlen(DEFAULT_DOMAIN),
                           .rest = domain ? slash + 1 : s};
    if (ret->domain_len == strlen(LEGACY_DOMAIN) &&
        strncmp(ret->domain, LEGACY_DOMAIN, ret->domain_len) == 0) {
        ret->domain = DEFAULT_DOMAIN;
        ret->domain_len = strlen(DEFAULT_DOMAIN);
    }
    ret->official = ret->domain_len == strlen(DEFAULT_DOMAIN) &&
                    strncmp(ret->domain, DEFAULT_DOMAIN, ret->domain_len) == 0 &&
                    !strchr(ret->rest, '/');
}

static bool has_upper(const char *s, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (is_upper(s[i])) {
            return true;
        }
    }
    return false;
}

/* Where name, tag and digest end in "name[:tag][@digest]" (without domain); lengths. */
static bool split_rest(const char *rest, size_t *name_len, const char **tag, size_t *tag_len,
                       const char **digest)
{
    const char *at = strchr(rest, '@');
    size_t end = at ? (size_t) (at - rest) : strlen(rest);
    const char *colon = memchr(rest, ':', end);

    *name_len = colon ? (size_t) (colon - rest) : end;
    *tag = colon ? colon + 1 : NULL;
    *tag_len = colon ? end - *name_len - 1 : 0;
    *digest = at ? at + 1 : NULL;
    return (!*tag || tag_valid(*tag, *tag_len)) && (!*digest || digest_valid(*digest));
}

static int invalid(struct error *e)
{
    return err_set(e, ERR_INVALID, "invalid reference format");
}

int image_ref_parse(const char *s, struct image_ref *ret, struct error *e)
{
    struct pieces p;
    size_t name_len;
    size_t tag_len;
    const char *tag;
    const char *digest;

    *ret = (struct image_ref){0};
    if (strlen(s) > REF_LENGTH_MAX) {
        return invalid(e);
    }
    if (strlen(s) == 64 && strspn(s, "0123456789abcdef") == 64) {
        return err_set(e, ERR_INVALID,
                       "invalid repository name (%s), cannot specify 64-byte hexadecimal strings",
                       s);
    }
    split_domain(s, &p);
    size_t remote = strcspn(p.rest, ":");

    if (has_upper(p.rest, remote)) {
        return err_set(e, ERR_INVALID,
                       "invalid reference format: repository name (%s%.*s) must be lowercase",
                       p.official ? OFFICIAL : "", (int) remote, p.rest);
    }
    if (!split_rest(p.rest, &name_len, &tag, &tag_len, &digest) ||
        !domain_valid(p.domain, p.domain_len) || !path_valid(p.rest, name_len)) {
        return invalid(e);
    }
    if (name_len + (p.official ? strlen(OFFICIAL) : 0) > PATH_LENGTH_MAX) {
        return err_set(e, ERR_INVALID, "repository name must not be more than %d characters",
                       PATH_LENGTH_MAX);
    }
    if (digest && check_digest(digest, e) < 0) {
        return -1;
    }
    ret->domain = xstrndup(p.domain, p.domain_len);
    ret->path = xasprintf("%s%.*s", p.official ? OFFICIAL : "", (int) name_len, p.rest);
    ret->tag = tag ? xstrndup(tag, tag_len) : NULL;
    ret->digest = digest ? xstrdup(digest) : NULL;
    return 0;
}

void image_ref_default_tag(struct image_ref *r)
{
    if (!r->tag && !r->digest) {
        r->tag = xstrdup("latest");
    }
}

static char *with_tag(char *name, const struct image_ref *r)
{
    char *s = xasprintf("%s%s%s%s%s", name, r->tag ? ":" : "", r->tag ? r->tag : "",
                        r->digest ? "@" : "", r->digest ? r->digest : "");

    free(name);
    return s;
}

char *image_ref_full(const struct image_ref *r)
{
    return with_tag(xasprintf("%s/%s", r->domain, r->path), r);
}

char *image_ref_familiar_name(const struct image_ref *r)
{
    size_t official = strlen(OFFICIAL);

    if (strcmp(r->domain, DEFAULT_DOMAIN) != 0) {
        return xasprintf("%s/%s", r->domain, r->path);
    }
    if (strncmp(r->path, OFFICIAL, official) == 0 && !strchr(r->path + official, '/')) {
        return xstrdup(r->path + official);
    }
    return xstrdup(r->path);
}

char *image_ref_familiar(const struct image_ref *r)
{
    return with_tag(image_ref_familiar_name(r), r);
}
