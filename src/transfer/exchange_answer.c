// SPDX-License-Identifier: Apache-2.0
#include "transfer/exchange_answer.h"

#include "base/parse.h"
#include "base/timeutil.h"
#include "transfer/exchange_state.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#define TELL_BYTES     (256 << 10)
#define TELL_NS        (NS_PER_SEC / 20)
#define CHALLENGES_MAX (16u << 10)
#define REFUSED_MAX    (1 << 20)

static const char *host(const struct exchange *x)
{
    return x->registry->endpoints[x->endpoint].host;
}

/* ---- headers ---- */

static void forget_answer(struct exchange *x)
{
    x->status = 0;
    x->skip = 0;
    x->body_began = false;
    x->media_type[0] = x->digest[0] = x->range[0] = '\0';
    free(take_ptr(&x->challenges));
    strbuf_reset(&x->refusal);
    x->refused_bytes = 0;
    x->refusal.overflow = false;
}

static void add_challenge(struct exchange *x, const char *value)
{
    size_t have = x->challenges ? strlen(x->challenges) : 0;

    if (have + strlen(value) < CHALLENGES_MAX) {
        char *both = xasprintf("%s%s\n", have ? x->challenges : "", value);

        free(x->challenges);
        x->challenges = both;
    }
}

static void take_header(struct exchange *x, const char *name, const char *value)
{
    if (strcasecmp(name, "content-type") == 0) {
        snprintf(x->media_type, sizeof(x->media_type), "%.*s", (int) strcspn(value, "; \t"), value);
    } else if (strcasecmp(name, "docker-content-digest") == 0) {
        snprintf(x->digest, sizeof(x->digest), "%s", value);
    } else if (strcasecmp(name, "content-range") == 0) {
        snprintf(x->range, sizeof(x->range), "%s", value);
    } else if (strcasecmp(name, "location") == 0) {
        xstrset(&x->location, value);
    } else if (strcasecmp(name, "www-authenticate") == 0) {
        add_challenge(x, value);
    }
}

static size_t on_header(char *data, size_t size, size_t n, void *ctx)
{
    struct exchange *x = ctx;
    cleanup_free char *line = xstrndup(data, size * n);

    line[strcspn(line, "\r\n")] = '\0';
    if (strncasecmp(line, "HTTP/", 5) == 0) { /* the next answer, after a redirect */
        const char *code = strchr(line, ' ');

        forget_answer(x);
        x->status = code ? (int) (strtol(code + 1, NULL, 10) % 1000) : 0;
        return size * n;
    }
    char *colon = strchr(line, ':');

    if (colon) {
        *colon = '\0';
        take_header(x, line, colon + 1 + strspn(colon + 1, " \t"));
    }
    return size * n;
}

/* ---- the body ---- */

/* "bytes 100-199/200": does it begin where we asked? */
static int check_range(struct exchange *x)
{
    cleanup_free char *first = NULL;
    int64_t start = -1;

    if (strncasecmp(x->range, "bytes ", 6) == 0) {
        first = xstrndup(x->range + 6, strcspn(x->range + 6, "-"));
    }
    if (!first || parse_i64(first, &start) < 0 || start != x->position) {
        return err_set(&x->error, ERR_CORRUPT,
                       "registry '%s': it sends another part than asked for", host(x));
    }
    return 0;
}

static int begin_body(struct exchange *x)
{
    x->body_began = true;
    if (x->status == 206) {
        return check_range(x);
    }
    x->skip = x->request.op == FETCH_BLOB ? x->position : 0;
    return 0;
}

static int too_long(struct exchange *x)
{
    if (x->request.op == FETCH_BLOB) {
        return err_set(&x->error, ERR_CORRUPT,
                       "registry '%s': it sends more than the %lld bytes that the manifest says",
                       host(x), (long long) x->request.size);
    }
    return err_set(&x->error, ERR_CORRUPT, "registry '%s': it sends more than %lld bytes", host(x),
                   (long long) x->request.size);
}

static int write_at(struct exchange *x, const char *data, size_t n)
{
    while (n) {
        ssize_t done = pwrite(x->fd, data, n, x->position);

        if (done < 0 && errno == EINTR) {
            continue;
        }
        if (done <= 0) {
            return err_sys(&x->error, done < 0 ? errno : EIO, "write what the registry sends");
        }
        data += done;
        n -= (size_t) done;
        x->position += done;
    }
    return 0;
}

static void tell(struct exchange *x)
{
    int64_t now = time_mono();

    if (x->tell && (x->position - x->told >= TELL_BYTES || now - x->told_at >= TELL_NS)) {
        x->told = x->position;
        x->told_at = now;
        x->tell(x->ctx, x);
    }
}

static int take_body(struct exchange *x, const char *data, size_t n)
{
    if (!x->body_began && begin_body(x) < 0) {
        return -1;
    }
    size_t skip = (size_t) MIN((int64_t) n, x->skip);

    x->skip -= (int64_t) skip;
    data += skip;
    n -= skip;
    if ((int64_t) n > x->request.size - x->position) {
        return too_long(x);
    }
    if (write_at(x, data, n) < 0) {
        return -1;
    }
    tell(x);
    return 0;
}

static size_t on_body(char *data, size_t size, size_t n, void *ctx)
{
    struct exchange *x = ctx;

    if (x->status >= 400) {
        x->refused_bytes += (int64_t) (size * n);
        if (x->refusal.len + size * n < x->refusal.max) {
            strbuf_add(&x->refusal, data, size * n);
        }
        return x->refused_bytes > REFUSED_MAX ? 0 : size * n;
    }
    if (x->status >= 300 || x->fd < 0 || exchange_is_put(x)) {
        return size * n;
    }
    return take_body(x, data, size * n) < 0 ? 0 : size * n;
}

void exchange_answer_begin(struct exchange *x)
{
    forget_answer(x);
    curl_easy_setopt(x->easy, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(x->easy, CURLOPT_HEADERDATA, x);
    curl_easy_setopt(x->easy, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(x->easy, CURLOPT_WRITEDATA, x);
}
