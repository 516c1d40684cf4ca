// SPDX-License-Identifier: Apache-2.0
#include "oci/netdev.h"

#include "base/fd.h"

#include <fcntl.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#define REQUEST_MAX   512
#define ADDRESSES_MAX 256

struct request {
    struct nlmsghdr head;
    char body[REQUEST_MAX];
};

/* What RTM_NEWADDR needs to give an address back. */
struct address {
    struct ifaddrmsg head;
    uint32_t flags;
    unsigned char bytes[3][16]; /* IFA_ADDRESS, IFA_LOCAL, IFA_BROADCAST */
    unsigned char lengths[3];   /* 0: not there */
};

static const unsigned short address_parts[3] = {IFA_ADDRESS, IFA_LOCAL, IFA_BROADCAST};

static void begin(struct request *r, unsigned short type, unsigned short flags, const void *fixed,
                  size_t size)
{
    memset(r, 0, sizeof(*r));
    r->head.nlmsg_type = type;
    r->head.nlmsg_flags = (unsigned short) (NLM_F_REQUEST | flags);
    r->head.nlmsg_len = (unsigned) NLMSG_LENGTH(size);
    memcpy(NLMSG_DATA(&r->head), fixed, size);
}

/* There is room: few attributes, all of them short. */
static void attribute(struct request *r, unsigned short type, const void *data, size_t size)
{
    struct rtattr *a = (struct rtattr *) ((char *) r + NLMSG_ALIGN(r->head.nlmsg_len));

    a->rta_type = type;
    a->rta_len = (unsigned short) RTA_LENGTH(size);
    memcpy(RTA_DATA(a), data, size);
    r->head.nlmsg_len = NLMSG_ALIGN(r->head.nlmsg_len) + RTA_ALIGN(a->rta_len);
}

static int open_netlink(void)
{
    int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);

    return fd < 0 ? -errno : fd;
}

/* Sends it and waits for the kernel's answer: 0, -errno. */
static int change(int sock, struct request *r)
{
    char answer[4096];

    r->head.nlmsg_flags |= NLM_F_ACK;
    if (send(sock, r, r->head.nlmsg_len, 0) < 0) {
        return -errno;
    }
    ssize_t n = recv(sock, answer, sizeof(answer), 0);
    struct nlmsghdr *h = (struct nlmsghdr *) answer;

    if (n < 0) {
        return -errno;
    }
    if (!NLMSG_OK(h, (size_t) n) || h->nlmsg_type != NLMSG_ERROR) {
        return -EPROTO;
    }
    return ((struct nlmsgerr *) NLMSG_DATA(h))->error;
}

/* --- addresses --- */

static bool read_address(struct nlmsghdr *h, unsigned index, struct address *ret)
{
    struct ifaddrmsg *head = NLMSG_DATA(h);
    size_t left = IFA_PAYLOAD(h);

    *ret = (struct address){.head = *head, .flags = head->ifa_flags};
    for (struct rtattr *a = IFA_RTA(head); RTA_OK(a, left); a = RTA_NEXT(a, left)) {
        if (a->rta_type == IFA_FLAGS && RTA_PAYLOAD(a) >= sizeof(ret->flags)) {
            memcpy(&ret->flags, RTA_DATA(a), sizeof(ret->flags));
        }
        for (size_t i = 0; i < ARRAY_SIZE(address_parts); i++) {
            if (a->rta_type == address_parts[i] && RTA_PAYLOAD(a) <= sizeof(ret->bytes[i])) {
                ret->lengths[i] = (unsigned char) RTA_PAYLOAD(a);
                memcpy(ret->bytes[i], RTA_DATA(a), RTA_PAYLOAD(a));
            }
        }
    }
    return head->ifa_index == index && head->ifa_scope == RT_SCOPE_UNIVERSE &&
           ret->flags & IFA_F_PERMANENT;
}

/* Adds what one datagram has; 1 when it was the last. */
static int take_addresses(char *data, ssize_t n, unsigned index, struct address *list,
                          size_t *count)
{
    size_t left = (size_t) n;

    for (struct nlmsghdr *h = (struct nlmsghdr *) data; NLMSG_OK(h, left);
         h = NLMSG_NEXT(h, left)) {
        if (h->nlmsg_type == NLMSG_DONE) {
            return 1;
        }
        if (h->nlmsg_type == NLMSG_ERROR) {
            return ((struct nlmsgerr *) NLMSG_DATA(h))->error;
        }
        if (h->nlmsg_type == RTM_NEWADDR && *count < ADDRESSES_MAX &&
            read_address(h, index, &list[*count])) {
            (*count)++;
        }
    }
    return 0;
}

static int list_addresses(int sock, unsigned index, struct address *list, size_t *count)
{
    struct ifaddrmsg any = {.ifa_family = AF_UNSPEC};
    struct request r;
    char data[32768];
    int done = 0;

    *count = 0;
    begin(&r, RTM_GETADDR, NLM_F_DUMP, &any, sizeof(any));
    if (send(sock, &r, r.head.nlmsg_len, 0) < 0) {
        return -errno;
    }
    while (done == 0) {
        ssize_t n = recv(sock, data, sizeof(data), 0);

        done = n < 0 ? -errno : take_addresses(data, n, index, list, count);
    }
    return done < 0 ? done : 0;
}

static int give_address(int sock, unsigned index, const struct address *a)
{
    struct ifaddrmsg head = a->head;
    struct request r;

    head.ifa_index = index;
    head.ifa_flags = 0; /* IFA_FLAGS has them all */
    begin(&r, RTM_NEWADDR, NLM_F_CREATE | NLM_F_REPLACE, &head, sizeof(head));
    attribute(&r, IFA_FLAGS, &a->flags, sizeof(a->flags));
    for (size_t i = 0; i < ARRAY_SIZE(address_parts); i++) {
        if (a->lengths[i]) {
            attribute(&r, address_parts[i], a->bytes[i], a->lengths[i]);
        }
    }
    return change(sock, &r);
}

/* --- moving --- */

static int move(int sock, unsigned index, int target, const char *name)
{
    struct ifinfomsg link = {.ifi_index = (int) index};
    struct request r;

    begin(&r, RTM_NEWLINK, 0, &link, sizeof(link));
    attribute(&r, IFLA_NET_NS_FD, &target, sizeof(target));
    attribute(&r, IFLA_IFNAME, name, strlen(name) + 1);
    return change(sock, &r);
}

static int set_up(int sock, unsigned index)
{
    struct ifinfomsg link = {.ifi_index = (int) index, .ifi_flags = IFF_UP, .ifi_change = IFF_UP};
    struct request r;

    begin(&r, RTM_NEWLINK, 0, &link, sizeof(link));
    return change(sock, &r);
}

static bool listed(const struct if_nameindex *list, unsigned index)
{
    for (; list && list->if_index; list++) {
        if (list->if_index == index) {
            return true;
        }
    }
    return false;
}

/* The interface that was not there before; its number and, with a pattern, its name are new. */
static unsigned find_new(const struct if_nameindex *before)
{
    struct if_nameindex *now = if_nameindex();
    unsigned index = 0;

    for (const struct if_nameindex *i = now; i && i->if_index && !index; i++) {
        index = listed(before, i->if_index) ? 0 : i->if_index;
    }
    if (now) {
        if_freenameindex(now);
    }
    return index;
}

/* One thing, done in another network namespace by this single-threaded process. */
static int enter(int ns)
{
    return setns(ns, CLONE_NEWNET) < 0 ? -errno : 0;
}

struct spaces {
    int own;    /* network namespace of this process */
    int target; /* the container's */
    int sock;   /* netlink, here */
};

/* Inside the target; the caller comes back. */
static int settle(const struct if_nameindex *before, const struct address *list, size_t count)
{
    cleanup_close int sock = open_netlink();
    unsigned index = find_new(before);
    int r = sock < 0 ? sock : index ? 0 : -ENODEV;

    for (size_t i = 0; r == 0 && i < count; i++) {
        r = give_address(sock, index, &list[i]);
    }
    return r == 0 ? set_up(sock, index) : r;
}

static int move_one(const struct spaces *s, const struct rt_net_device *d)
{
    static struct address list[ADDRESSES_MAX];
    const char *name = d->name ? d->name : d->host_name;
    unsigned index = if_nametoindex(d->host_name);
    size_t count = 0;
    int r = index ? list_addresses(s->sock, index, list, &count) : -ENODEV;

    if (r < 0 || (r = enter(s->target)) < 0) {
        return r;
    }
    struct if_nameindex *before = if_nameindex();
    bool taken = if_nametoindex(name) != 0;

    r = enter(s->own);
    if (r == 0) {
        r = taken ? -EEXIST : move(s->sock, index, s->target, name);
    }
    if (r == 0 && (r = enter(s->target)) == 0) {
        int settled = settle(before, list, count);

        r = enter(s->own);
        r = r < 0 ? r : settled;
    }
    if (before) {
        if_freenameindex(before);
    }
    return r;
}

int netdev_move_all(const struct rt_spec *spec, pid_t pid, struct error *e)
{
    char path[40];

    snprintf(path, sizeof(path), "/proc/%d/ns/net", (int) pid);
    cleanup_close int own = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
    cleanup_close int target = open(path, O_RDONLY | O_CLOEXEC);
    cleanup_close int sock = open_netlink();

    if (own < 0 || target < 0 || sock < 0) {
        return err_sys(e, sock < 0 ? sock : errno, "open network namespaces");
    }
    const struct spaces s = {.own = own, .target = target, .sock = sock};

    for (size_t i = 0; i < spec->net_devices_count; i++) {
        const struct rt_net_device *d = &spec->net_devices[i];
        int r = move_one(&s, d);

        if (r == -ENODEV) {
            return err_set(e, ERR_NOT_FOUND, "net device '%s': no such interface", d->host_name);
        }
        if (r < 0) {
            return err_sys(e, r, "move net device '%s' to '%s'", d->host_name,
                           d->name ? d->name : d->host_name);
        }
    }
    return 0;
}
