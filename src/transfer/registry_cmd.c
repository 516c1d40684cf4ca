// SPDX-License-Identifier: Apache-2.0
#include "transfer/registry_cmd.h"

#include "base/parse.h"
#include "transfer/login.h"
#include "transfer/pull.h"
#include "transfer/push.h"

#include <getopt.h>
#include <string.h>

static int bad_usage(struct error *e, const char *why)
{
    return err_set(e, ERR_INVALID, "hoy-image: %s", why);
}

enum registry_option {
    OPTION_MIRROR = 256,
    OPTION_INSECURE,
    OPTION_TLS_VERIFY,
    OPTION_AUTHFILE,
    OPTION_RETRY,
    OPTION_TIMEOUT,
};

#define REGISTRY_OPTIONS                                                                           \
    {"mirror", required_argument, NULL, OPTION_MIRROR},                                            \
        {"insecure", required_argument, NULL, OPTION_INSECURE},                                    \
        {"tls-verify", required_argument, NULL, OPTION_TLS_VERIFY},                                \
        {"authfile", required_argument, NULL, OPTION_AUTHFILE},                                    \
        {"retry", required_argument, NULL, OPTION_RETRY},                                          \
        {"timeout", required_argument, NULL, OPTION_TIMEOUT},                                      \
    {                                                                                              \
        0                                                                                          \
    }

static int take_registry_option(int c, struct registry_options *o, struct error *e)
{
    bool verify;

    switch (c) {
    case OPTION_MIRROR:
        strv_add(&o->mirrors, optarg);
        return 0;
    case OPTION_INSECURE:
        strv_add(&o->insecure, optarg);
        return 0;
    case OPTION_AUTHFILE:
        o->authfile = optarg;
        return 0;
    case OPTION_TLS_VERIFY:
        if (parse_bool(optarg, &verify) < 0) {
            return bad_usage(e, "--tls-verify: a boolean expected");
        }
        o->tls = verify ? REGISTRY_TLS_VERIFY : REGISTRY_TLS_ANY;
        return 0;
    case OPTION_RETRY:
        if (parse_i64(optarg, &o->retries) < 0 || o->retries < 0) {
            return bad_usage(e, "--retry: a number expected");
        }
        return 0;
    case OPTION_TIMEOUT:
        if (parse_i64(optarg, &o->timeout) < 0 || o->timeout < 1 || o->timeout > 86400) {
            return bad_usage(e, "--timeout: seconds expected");
        }
        return 0;
    default:
        return bad_usage(e, "bad option");
    }
}

static void registry_options_init(struct registry_options *o)
{
    *o = (struct registry_options){.retries = REGISTRY_RETRIES, .timeout = REGISTRY_TIMEOUT};
    o->credentials = getenv("HOY_REGISTRY_CREDENTIALS");
}

static int parse_pull(int argc, char **argv, struct pull_options *o, struct error *e)
{
    static const struct option options[] = {{"all-tags", no_argument, NULL, 'a'},
                                            {"platform", required_argument, NULL, 'p'},
                                            REGISTRY_OPTIONS};
    int c;

    optind = 1;
    while ((c = getopt_long(argc, argv, "+", options, NULL)) != -1) {
        if (c == 'a') {
            o->all_tags = true;
        } else if (c == 'p') {
            o->platform = optarg;
        } else if (take_registry_option(c, &o->registry, e) < 0) {
            return err_wrap(e, "pull");
        }
    }
    if (argc - optind != 1) {
        return bad_usage(e, "pull: NAME expected");
    }
    o->reference = argv[optind];
    return 0;
}

int registry_cmd_pull(const char *root, int argc, char **argv, struct error *e)
{
    struct pull_options o = {.root = root};

    registry_options_init(&o.registry);
    int r = parse_pull(argc, argv, &o, e) < 0 ? -1 : pull_run(&o, e);

    strv_done(&o.registry.mirrors);
    strv_done(&o.registry.insecure);
    return r;
}

int registry_cmd_push(const char *root, int argc, char **argv, struct error *e)
{
    static const struct option options[] = {{"all-tags", no_argument, NULL, 'a'}, REGISTRY_OPTIONS};
    struct push_options o = {.root = root};
    int r = 0;
    int c;

    registry_options_init(&o.registry);
    optind = 1;
    while (r == 0 && (c = getopt_long(argc, argv, "+", options, NULL)) != -1) {
        if (c == 'a') {
            o.all_tags = true;
        } else {
            r = take_registry_option(c, &o.registry, e);
        }
    }
    if (r == 0 && argc - optind != 1) {
        r = bad_usage(e, "push: NAME expected");
    }
    if (r == 0) {
        o.reference = argv[optind];
        r = push_run(&o, e);
    }
    strv_done(&o.registry.mirrors);
    strv_done(&o.registry.insecure);
    return r;
}

static int session(int (*fn)(const struct login_options *, struct error *), int argc, char **argv,
                   struct error *e)
{
    static const struct option options[] = {REGISTRY_OPTIONS};
    struct login_options o = {.server = NULL};
    int r = 0;
    int c;

    registry_options_init(&o.registry);
    optind = 1;
    while (r == 0 && (c = getopt_long(argc, argv, "+", options, NULL)) != -1) {
        r = take_registry_option(c, &o.registry, e);
    }
    if (r == 0 && argc - optind != 1) {
        r = bad_usage(e, "SERVER expected");
    }
    if (r == 0) {
        o.server = argv[optind];
        r = fn(&o, e);
    }
    strv_done(&o.registry.mirrors);
    strv_done(&o.registry.insecure);
    return r;
}

int registry_cmd_login(const char *root, int argc, char **argv, struct error *e)
{
    return session(login_run, argc, argv, e);
}

int registry_cmd_logout(const char *root, int argc, char **argv, struct error *e)
{
    return session(logout_run, argc, argv, e);
}
