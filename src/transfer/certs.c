// SPDX-License-Identifier: Apache-2.0
#include "transfer/certs.h"

#include "base/fd.h"
#include "base/fs.h"
#include "base/strbuf.h"
#include "base/strv.h"

#include <fcntl.h>
#include <string.h>

#define PEM_MAX (1u << 20)

/* The system's own, which an authority of ours adds to and does not replace. */
static const char *const bundles[] = {
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
};

void certs_done(struct certs *c)
{
    free(c->authorities);
    free(c->certificate);
    free(c->key);
    *c = (struct certs){0};
}

static bool ends_with(const char *s, const char *end)
{
    size_t n = strlen(s);
    size_t m = strlen(end);

    return n > m && strcmp(s + n - m, end) == 0;
}

static int read_pem(int dirfd, const char *name, char **ret, struct error *e)
{
    int r;

    free(take_ptr(ret));
    r = file_read(dirfd, name, PEM_MAX, ret, NULL);
    return r < 0 ? err_sys(e, r, "read '%s'", name) : 0;
}

static int read_pair(int dirfd, const char *cert, struct certs *ret, struct error *e)
{
    cleanup_free char *key = xasprintf("%.*s.key", (int) (strlen(cert) - strlen(".cert")), cert);

    return read_pem(dirfd, cert, &ret->certificate, e) < 0 || read_pem(dirfd, key, &ret->key, e) < 0
               ? -1
               : 0;
}

static int read_folder(const char *path, struct strbuf *authorities, struct certs *ret,
                       struct error *e)
{
    CLEANUP(strv) struct strv names = STRV_INIT;
    cleanup_close int dirfd = fs_opendir(AT_FDCWD, path);
    const char *name;
    int r = dirfd == -ENOENT ? 0 : dirfd < 0 ? dirfd : fs_list_dir(dirfd, ".", &names);

    if (r < 0) {
        return err_sys(e, r, "certificates in '%s'", path);
    }
    strv_sort(&names);
    strv_foreach (&names, name) {
        cleanup_free char *pem = NULL;

        if (ends_with(name, ".crt")) {
            if (read_pem(dirfd, name, &pem, e) < 0) {
                return err_wrap(e, "certificates in '%s'", path);
            }
            strbuf_adds(authorities, pem);
            strbuf_addc(authorities, '\n');
        } else if (ends_with(name, ".cert") && read_pair(dirfd, name, ret, e) < 0) {
            return err_wrap(e, "certificates in '%s'", path);
        }
    }
    return 0;
}

static void add_system(struct strbuf *authorities)
{
    for (size_t i = 0; i < ARRAY_SIZE(bundles); i++) {
        cleanup_free char *pem = NULL;

        if (file_read(AT_FDCWD, bundles[i], PEM_MAX, &pem, NULL) == 0) {
            strbuf_adds(authorities, pem);
            return;
        }
    }
}

int certs_read(const char *host, const char *const *folders, struct certs *ret, struct error *e)
{
    static const char *const usual[] = {HOY_SYSCONFDIR "/hoy/certs.d", "/etc/docker/certs.d", NULL};
    CLEANUP(strbuf) struct strbuf authorities = STRBUF_INIT(4 * PEM_MAX);

    *ret = (struct certs){0};
    for (const char *const *folder = folders ? folders : usual; *folder; folder++) {
        cleanup_free char *path = xasprintf("%s/%s", *folder, host);

        if (read_folder(path, &authorities, ret, e) < 0) {
            return -1;
        }
    }
    if (authorities.len) {
        add_system(&authorities);
        if (!strbuf_ok(&authorities)) {
            return err_set(e, ERR_INVALID, "certificates for '%s': over %u bytes", host,
                           4 * PEM_MAX);
        }
        ret->authorities = strbuf_take(&authorities);
    }
    return 0;
}
