// SPDX-License-Identifier: Apache-2.0
#include "transfer/credentials.h"

#include "base/alloc.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <string.h>

#define SECRET_MAX (64u << 10)

static void forget(char **s)
{
    if (*s) {
        OPENSSL_cleanse(*s, strlen(*s));
    }
    free(take_ptr(s));
}

void credentials_done(struct credentials *c)
{
    forget(&c->username);
    forget(&c->password);
    forget(&c->identity_token);
}

int credentials_parse(const char *text, struct credentials *ret, struct error *e)
{
    const char *colon = strchr(text, ':');

    if (!colon || colon == text) {
        return err_set(e, ERR_INVALID, "credentials are expected as USER:PASSWORD");
    }
    credentials_done(ret);
    ret->username = xstrndup(text, (size_t) (colon - text));
    ret->password = xstrdup(colon + 1);
    return 0;
}

char *credentials_encode(const struct credentials *c)
{
    cleanup_free char *plain =
        xasprintf("%s:%s", c->username ? c->username : "", c->password ? c->password : "");
    size_t n = strlen(plain);
    unsigned char *text = xmalloc(n / 3 * 4 + 5);

    EVP_EncodeBlock(text, (const unsigned char *) plain, (int) MIN(n, SECRET_MAX));
    OPENSSL_cleanse(plain, n);
    return (char *) text;
}

char *credentials_basic(const struct credentials *c)
{
    cleanup_free char *text = credentials_encode(c);

    return xasprintf("Basic %s", text);
}

int credentials_decode(const char *text, struct credentials *ret)
{
    size_t n = strlen(text);

    if (n == 0 || n % 4 || n > SECRET_MAX) {
        return -EINVAL;
    }
    cleanup_free char *plain = xcalloc(1, n / 4 * 3 + 1);
    struct error ignored = {0};

    if (EVP_DecodeBlock((unsigned char *) plain, (const unsigned char *) text, (int) n) < 0) {
        return -EINVAL;
    }
    return credentials_parse(plain, ret, &ignored) < 0 ? -EINVAL : 0;
}
