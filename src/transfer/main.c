// SPDX-License-Identifier: Apache-2.0
/*
 * hoy-image: everything that touches image bytes. Started by hoy (docs/design/transfer.md has the
 * protocol), or by hand to see what it does; no public interface.
 */
#include "base/log.h"
#include "transfer/cancel.h"
#include "transfer/chain.h"
#include "transfer/import.h"
#include "transfer/registry_cmd.h"
#include "transfer/report.h"
#include "transfer/unpack.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static const char usage[] =
    "Usage:  hoy-image --root DIR [--log-level LEVEL] COMMAND\n"
    "\n"
    "  import [--change C]... [--message M] [--platform P] FILE|DIR|- [NAME]\n"
    "  unpack NAME|ID\n"
    "  chain-ids DIFFID...\n"
    "  pull [--all-tags] [--platform P] [REGISTRY OPTION]... NAME\n"
    "  push [--all-tags] [REGISTRY OPTION]... NAME\n"
    "  login|logout [REGISTRY OPTION]... SERVER\n"
    "\n"
    "REGISTRY OPTIONS\n"
    "  --mirror DOMAIN=URL --insecure HOST --tls-verify=BOOL --authfile FILE --retry N\n"
    "  --timeout SECONDS; HOY_REGISTRY_CREDENTIALS=USER:PASSWORD in the environment\n";

struct globals {
    const char *root;
};

static int bad_usage(struct error *e, const char *why)
{
    return err_set(e, ERR_INVALID, "hoy-image: %s", why);
}

static int run_import(const struct globals *g, int argc, char **argv, struct error *e)
{
    static const struct option options[] = {
        {"change", required_argument, NULL, 'c'},
        {"message", required_argument, NULL, 'm'},
        {"platform", required_argument, NULL, 'p'},
        {0},
    };
    struct import_options o = {.root = g->root};
    int c;

    optind = 1;
    while ((c = getopt_long(argc, argv, "+c:m:", options, NULL)) != -1) {
        switch (c) {
        case 'c':
            strv_add(&o.changes, optarg);
            break;
        case 'm':
            o.message = optarg;
            break;
        case 'p':
            o.platform = optarg;
            break;
        default:
            strv_done(&o.changes);
            return bad_usage(e, "import: bad option");
        }
    }
    int r = -1;

    if (argc - optind < 1 || argc - optind > 2) {
        bad_usage(e, "import: FILE|DIR|- [NAME] expected");
    } else {
        o.source = argv[optind];
        o.ref = argv[optind + 1] && *argv[optind + 1] ? argv[optind + 1] : NULL;
        r = import_run(&o, e);
    }
    strv_done(&o.changes);
    return r;
}

static int run_unpack(const struct globals *g, int argc, char **argv, struct error *e)
{
    int first = argc > 1 && strcmp(argv[1], "--") == 0 ? 2 : 1;

    if (argc != first + 1) {
        return bad_usage(e, "unpack: NAME|ID expected");
    }
    return unpack_run(g->root, argv[first], e);
}

static int run_chain_ids(const struct globals *g, int argc, char **argv, struct error *e)
{
    return chain_ids_run(argv + 1, (size_t) argc - 1, e);
}

static int run_pull(const struct globals *g, int argc, char **argv, struct error *e)
{
    return registry_cmd_pull(g->root, argc, argv, e);
}

static int run_push(const struct globals *g, int argc, char **argv, struct error *e)
{
    return registry_cmd_push(g->root, argc, argv, e);
}

static int run_login(const struct globals *g, int argc, char **argv, struct error *e)
{
    return registry_cmd_login(g->root, argc, argv, e);
}

static int run_logout(const struct globals *g, int argc, char **argv, struct error *e)
{
    return registry_cmd_logout(g->root, argc, argv, e);
}

/* Options before the command; *ret_first is the command's place in argv. */
static int parse_globals(int argc, char **argv, struct globals *g, int *ret_first, struct error *e)
{
    static const struct option options[] = {
        {"root", required_argument, NULL, 'r'},
        {"log-level", required_argument, NULL, 'l'},
        {"help", no_argument, NULL, 'h'},
        {0},
    };
    enum log_level level;
    int c;

    opterr = 0;
    while ((c = getopt_long(argc, argv, "+", options, NULL)) != -1) {
        switch (c) {
        case 'r':
            g->root = optarg;
            break;
        case 'l':
            if (log_level_from_string(optarg, &level) < 0) {
                return bad_usage(e, "--log-level: unknown level");
            }
            log_set_level(level);
            break;
        case 'h':
            fputs(usage, stdout);
            exit(0);
        default:
            return bad_usage(e, "bad option; see --help");
        }
    }
    if (!g->root || optind >= argc) {
        return bad_usage(e, g->root ? "a command is missing" : "--root is missing");
    }
    *ret_first = optind;
    return 0;
}

static int run(int argc, char **argv, struct error *e)
{
    static const struct {
        const char *name;
        int (*fn)(const struct globals *, int, char **, struct error *);
    } commands[] = {
        {"import", run_import},       {"login", run_login}, {"logout", run_logout},
        {"pull", run_pull},           {"push", run_push},   {"unpack", run_unpack},
        {"chain-ids", run_chain_ids},
    };
    struct globals g = {0};
    int first = 0;

    if (parse_globals(argc, argv, &g, &first, e) < 0 || cancel_init(e) < 0) {
        return -1;
    }
    for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
        if (strcmp(argv[first], commands[i].name) == 0) {
            return commands[i].fn(&g, argc - first, argv + first, e);
        }
    }
    return bad_usage(e, "unknown command");
}

int main(int argc, char **argv)
{
    struct error e = {0};

    umask(0);
    report_init();
    if (run(argc, argv, &e) < 0) {
        report_error(&e);
        return 1;
    }
    return 0;
}
