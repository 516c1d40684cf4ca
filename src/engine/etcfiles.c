// SPDX-License-Identifier: Apache-2.0
#include "engine/etcfiles.h"

#include "base/fd.h"
#include "base/strbuf.h"

#include <fcntl.h>
#include <string.h>

#define HOST_FILE_MAX (1u << 20)

static const char localhost_lines[] = "127.0.0.1\tlocalhost\n"
                                      "::1\tlocalhost ip6-localhost ip6-loopback\n"
                                      "fe00::0\tip6-localnet\n"
                                      "ff00::0\tip6-mcastprefix\n"
                                      "ff02::1\tip6-allnodes\n"
                                      "ff02::2\tip6-allrouters\n";

char *ctr_dir_path(const struct engine *eng, const struct container *c)
{
    return xasprintf("%s/containers/%s", c->dir == c->run_dir ? eng->state_path : eng->root_path,
                     c->config.id);
}

/*
 * Bound into the container, which may change them: so they are opened afresh, and a link that
 * something put there is not followed. Not durable: every start writes them anew.
 */
static int write_file(struct container *c, const char *name, const char *text, struct error *e)
{
    cleanup_close int fd =
        openat(c->dir, name, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0644);
    int r = fd < 0 ? -errno : fd_write_all(fd, text, strlen(text));

    return r < 0 ? err_sys(e, r, "write /etc/%s of container '%.12s'", name, c->config.id) : 0;
}

static void add_host_file(struct strbuf *b, const char *path)
{
    cleanup_free char *text = NULL;

    if (file_read(AT_FDCWD, path, HOST_FILE_MAX, &text, NULL) == 0) {
        strbuf_adds(b, text);
    }
}

static void make_hosts(const struct ctr_config *c, struct strbuf *b)
{
    char *entry;

    if (c->network_mode && strcmp(c->network_mode, "host") == 0) {
        add_host_file(b, "/etc/hosts");
    } else {
        strbuf_adds(b, localhost_lines);
    }
    strv_foreach (&c->extra_hosts, entry) {
        /* "name:address"; an IPv6 address holds colons itself */
        const char *colon = strchr(entry, ':');

        if (colon) {
            strbuf_addf(b, "%s\t%.*s\n", colon + 1, (int) (colon - entry), entry);
        }
    }
}

static void make_resolv_conf(const struct ctr_config *c, struct strbuf *b)
{
    char *item;

    if (!c->dns.count && !c->dns_search.count && !c->dns_option.count) {
        add_host_file(b, "/etc/resolv.conf");
        return;
    }
    if (c->dns_search.count) {
        cleanup_free char *joined = strv_join(&c->dns_search, " ");

        strbuf_addf(b, "search %s\n", joined);
    }
    strv_foreach (&c->dns, item) {
        strbuf_addf(b, "nameserver %s\n", item);
    }
    if (c->dns_option.count) {
        cleanup_free char *joined = strv_join(&c->dns_option, " ");

        strbuf_addf(b, "options %s\n", joined);
    }
}

int etcfiles_write(struct container *c, struct error *e)
{
    CLEANUP(strbuf) struct strbuf hostname = STRBUF_INIT(1024);
    CLEANUP(strbuf) struct strbuf hosts = STRBUF_INIT(2 * HOST_FILE_MAX);
    CLEANUP(strbuf) struct strbuf resolv = STRBUF_INIT(2 * HOST_FILE_MAX);

    strbuf_addf(&hostname, "%s\n", c->config.hostname ? c->config.hostname : "");
    make_hosts(&c->config, &hosts);
    make_resolv_conf(&c->config, &resolv);
    if (write_file(c, "hostname", hostname.buf, e) < 0 ||
        write_file(c, "hosts", hosts.buf, e) < 0 ||
        write_file(c, "resolv.conf", resolv.buf, e) < 0) {
        return -1;
    }
    return 0;
}
