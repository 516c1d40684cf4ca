// SPDX-License-Identifier: Apache-2.0
/* login, logout */
#include "base/fd.h"
#include "cli/cli.h"
#include "cli/commands.h"
#include "cli/registry_options.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>

#define SECRET_MAX (64u << 10)

struct login_cmd_options {
    char *authfile;
    char *password;
    bool password_stdin;
    bool tls_verify;
    char *username;
};

#define AUTHFILE_OPTION                                                                            \
    OPTION(STRING, 0, "authfile", struct login_cmd_options, authfile,                              \
           "File with credentials instead of ~/.docker/config.json", .value_name = "file")

static const struct option login_table[] = {
    AUTHFILE_OPTION,
    OPTION(STRING, 'p', "password", struct login_cmd_options, password, "Password"),
    OPTION(BOOL, 0, "password-stdin", struct login_cmd_options, password_stdin,
           "Take the password from stdin"),
    OPTION(BOOL, 0, "tls-verify", struct login_cmd_options, tls_verify,
           "Verify the registry's certificate; if not, plain HTTP will do too",
           .default_text = "true"),
    OPTION(STRING, 'u', "username", struct login_cmd_options, username, "Username"),
    OPTION_LAST,
};

static const struct option logout_table[] = {
    AUTHFILE_OPTION,
    OPTION_LAST,
};

/* The terminal as it was, for a Ctrl-C while it shows nothing. */
static struct termios shown;

static void restore(int sig)
{
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &shown);
    _exit(128 + sig);
}

/* A line from the terminal, without its end; the caller frees it. NULL: none came. */
static char *ask(const char *prompt, bool secret)
{
    struct sigaction handler = {.sa_handler = restore};
    struct sigaction before;
    struct termios silent;
    char *line = NULL;
    size_t size = 0;
    bool quiet = secret && tcgetattr(STDIN_FILENO, &shown) == 0;

    if (quiet) { /* before the prompt: who reads it may answer at once */
        sigaction(SIGINT, &handler, &before);
        silent = shown;
        silent.c_lflag &= ~(tcflag_t) ECHO;
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent);
    }
    printf("%s", prompt);
    fflush(stdout);
    ssize_t n = getline(&line, &size, stdin);

    if (quiet) {
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &shown);
        sigaction(SIGINT, &before, NULL);
        printf("\n");
    }
    if (n <= 0) {
        free(line);
        return NULL;
    }
    line[strcspn(line, "\r\n")] = '\0';
    return line;
}

static int password_from_stdin(struct login_cmd_options *o, struct error *e)
{
    if (o->password) {
        return err_set(e, ERR_INVALID, "--password and --password-stdin are mutually exclusive");
    }
    if (!o->username) {
        return err_set(e, ERR_INVALID, "Must provide --username with --password-stdin");
    }
    int r = fd_read_all(STDIN_FILENO, SECRET_MAX, &o->password, NULL);

    if (r < 0) {
        return err_sys(e, r, "read the password");
    }
    size_t n = strlen(o->password);

    while (n && (o->password[n - 1] == '\n' || o->password[n - 1] == '\r')) {
        o->password[--n] = '\0';
    }
    return 0;
}

/* What is missing of name and password. */
static int complete(struct login_cmd_options *o, struct error *e)
{
    if (o->password_stdin) {
        if (password_from_stdin(o, e) < 0) {
            return -1;
        }
    } else if (o->password) {
        fprintf(stderr,
                "WARNING! Using --password via the CLI is insecure. Use --password-stdin.\n");
    }
    if ((!o->username || !o->password) && !isatty(STDIN_FILENO)) {
        return err_set(e, ERR_INVALID,
                       "Error: Cannot perform an interactive login from a non TTY device");
    }
    if (!o->username) {
        o->username = ask("Username: ", false);
    }
    if (o->username && *o->username && !o->password) {
        o->password = ask("Password: ", true);
    }
    if (!o->username || !*o->username || strchr(o->username, ':')) {
        return err_set(e, ERR_INVALID, "Error: Non-null Username Required");
    }
    return o->password && *o->password ? 0 : err_set(e, ERR_INVALID, "Error: Password Required");
}

static void on_login(void *ctx, const char *type, const json_t *line)
{
    if (strcmp(type, "result") != 0) {
        return;
    }
    if (!json_object_get(line, "helper")) {
        fprintf(stderr,
                "WARNING! Your password will be stored unencrypted in %s.\n"
                "Configure a credential helper to remove this warning.\n",
                json_str(line, "file"));
    }
    printf("Login Succeeded\n");
}

static void on_logout(void *ctx, const char *type, const json_t *line)
{
    if (strcmp(type, "result") == 0) {
        printf(json_bool(line, "found") ? "Removing login credentials for %s\n"
                                        : "Not logged in to %s\n",
               json_str(line, "server"));
    }
}

static int login(struct cli *cli, struct login_cmd_options *o, const char *server, struct error *e)
{
    const struct image_progress progress = {.line = on_login};
    struct engine *eng = complete(o, e) < 0 ? NULL : cli_engine(cli, e);

    if (!eng) {
        return -1;
    }
    cleanup_free char *creds = xasprintf("%s:%s", o->username, o->password);
    struct registry_access access = {
        .tls_any = !o->tls_verify, .authfile = o->authfile, .creds = creds, .retry = -1};

    return engine_registry_login(eng, server, &access, &progress, e);
}

static int run_login(struct cli *cli, int argc, char **argv)
{
    struct login_cmd_options o = {.tls_verify = true};
    struct error e = {0};
    int r = cli_parse(cli, &o, &argc, argv);

    if (r != CLI_GO_ON) {
        return r;
    }
    r = login(cli, &o, argv[0], &e) < 0 ? cli_fail(cli, &e) : EXIT_SUCCESS;
    options_free(&cli->command->options, &o);
    return r;
}

static int run_logout(struct cli *cli, int argc, char **argv)
{
    const struct image_progress progress = {.line = on_logout};
    struct login_cmd_options o = {0};
    struct error e = {0};
    int r = cli_parse(cli, &o, &argc, argv);

    if (r != CLI_GO_ON) {
        return r;
    }
    struct engine *eng = cli_engine(cli, &e);
    struct registry_access access = {.authfile = o.authfile, .retry = -1};

    r = eng && engine_registry_logout(eng, argv[0], &access, &progress, &e) == 0
            ? EXIT_SUCCESS
            : cli_fail(cli, &e);
    options_free(&cli->command->options, &o);
    return r;
}

const struct command cmd_login = {
    .names = "login",
    .usage = "[OPTIONS] [SERVER]",
    .help = "Log in to a registry",
    .options = {.tables = {login_table}},
    .flags = COMMAND_COMMON,
    .max_args = 1,
    .run = run_login,
};

const struct command cmd_logout = {
    .names = "logout",
    .usage = "[SERVER]",
    .help = "Log out from a registry",
    .options = {.tables = {logout_table}},
    .flags = COMMAND_COMMON,
    .max_args = 1,
    .run = run_logout,
};
