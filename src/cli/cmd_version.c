// SPDX-License-Identifier: Apache-2.0
/* version and info. */
#include "cli/cli.h"
#include "cli/commands.h"
#include "cli/format.h"
#include "template/jsonout.h"
#include "cli/table.h"
#include "engine/inspect.h"

#include <stdio.h>
#include <string.h>

#define EXIT_BAD_TEMPLATE 64

struct version_options {
    char *format;
};

static const struct option table[] = {
    OPTION(STRING, 'f', "format", struct version_options, format, FORMAT_HELP),
    OPTION_LAST,
};

/* One document through --format. */
static int print_formatted(struct cli *cli, const json_t *j, const char *format,
                           const char *type_name)
{
    static const struct template_type types[] = {{NULL, TEMPLATE_MAP, NULL}};
    const struct template_data data = {.root = j, .type_name = type_name, .types = types};
    CLEANUP(strbuf) struct strbuf out = STRBUF_INIT(TEMPLATE_MAX_OUTPUT);
    struct error e = {0};

    if (strcmp(format, "json") == 0) {
        jsonout(&out, j, 0, 0, false);
        printf("%s\n", out.buf);
        return EXIT_SUCCESS;
    }
    CLEANUP(template) struct template *t = template_parse(format, &e);

    if (!t) {
        err_wrap(&e, "template parsing error");
        cli_error(cli, &e);
        return EXIT_BAD_TEMPLATE;
    }
    if (template_execute(t, &data, &out, &e) < 0) {
        return cli_fail(cli, &e);
    }
    printf("%s\n", out.buf);
    return EXIT_SUCCESS;
}

static void print_version_part(const json_t *j)
{
    static const struct {
        const char *key;
        const char *label;
    } lines[] = {
        {"Version", "Version:"},
        {"GitCommit", "Git commit:"},
        {"KernelVersion", "Kernel version:"},
    };

    for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
        const char *value = json_str(j, lines[i].key);

        if (*value) {
            printf(" %-18s %s\n", lines[i].label, value);
        }
    }
    printf(" %-18s %s/%s\n", "OS/Arch:", json_str(j, "Os"), json_str(j, "Arch"));
}

static int run_version(struct cli *cli, int argc, char **argv)
{
    struct version_options o = {0};
    int r = cli_parse(cli, &o, &argc, argv);

    if (r != CLI_GO_ON) {
        return r;
    }
    CLEANUP(json) json_t *j = engine_version();

    if (o.format && *o.format) {
        r = print_formatted(cli, j, o.format, "command.versionInfo");
    } else {
        printf("Client:\n");
        print_version_part(json_object_get(j, "Client"));
        printf("\nServer:\n");
        print_version_part(json_object_get(j, "Server"));
        r = EXIT_SUCCESS;
    }
    options_free(&cli->command->options, &o);
    return r;
}

const struct command cmd_version = {
    .names = "version",
    .usage = "[OPTIONS]",
    .help = "Show the hoy version information",
    .options = {.tables = {table}},
    .flags = COMMAND_COMMON,
    .run = run_version,
};

/* ---- info ---- */

/* "Containers: 3" of a string or a number; nothing when the field is not there. */
static void print_line(const json_t *j, int indent, const char *label, const char *key)
{
    const json_t *v = json_object_get(j, key);

    if (json_is_integer(v)) {
        printf("%*s%s: %lld\n", indent, "", label, (long long) json_integer_value(v));
    } else if (json_is_string(v) && *json_string_value(v)) {
        printf("%*s%s: %s\n", indent, "", label, json_string_value(v));
    }
}

/* [["Backing Filesystem", "extfs"], ...] */
static void print_pairs(const json_t *list)
{
    const json_t *pair;
    size_t i;

    json_array_foreach (list, i, pair) {
        const char *key = json_string_value(json_array_get(pair, 0));
        const char *value = json_string_value(json_array_get(pair, 1));

        printf("  %s: %s\n", key ? key : "", value ? value : "");
    }
}

static void print_security(const json_t *list)
{
    const json_t *item;
    size_t i;

    if (json_array_size(list)) {
        printf(" Security Options:\n");
    }
    json_array_foreach (list, i, item) { /* "name=seccomp,profile=builtin" */
        CLEANUP(strv) struct strv parts = STRV_INIT;

        strv_split(&parts, json_string_value(item), ",");
        for (size_t k = 0; k < parts.count; k++) {
            char *eq = strchr(parts.items[k], '=');

            if (strncmp(parts.items[k], "name=", 5) == 0) {
                printf("  %s\n", eq + 1);
            } else if (eq && strncmp(parts.items[k], "profile=", 8) == 0) {
                printf("   Profile: %s\n", eq + 1);
            }
        }
    }
}

static void print_info(const json_t *j)
{
    char text[40];

    printf("Client:\n Version:    " HOY_VERSION "\n\nServer:\n");
    print_line(j, 1, "Containers", "Containers");
    print_line(j, 2, "Running", "ContainersRunning");
    print_line(j, 2, "Paused", "ContainersPaused");
    print_line(j, 2, "Stopped", "ContainersStopped");
    print_line(j, 1, "Images", "Images");
    print_line(j, 1, "Server Version", "ServerVersion");
    print_line(j, 1, "Storage Driver", "Driver");
    print_pairs(json_object_get(j, "DriverStatus"));
    print_line(j, 1, "Logging Driver", "LoggingDriver");
    print_line(j, 1, "Cgroup Driver", "CgroupDriver");
    print_line(j, 1, "Cgroup Version", "CgroupVersion");
    print_line(j, 1, "Default Runtime", "DefaultRuntime");
    print_security(json_object_get(j, "SecurityOptions"));
    print_line(j, 1, "Kernel Version", "KernelVersion");
    print_line(j, 1, "Operating System", "OperatingSystem");
    print_line(j, 1, "OSType", "OSType");
    print_line(j, 1, "Architecture", "Architecture");
    print_line(j, 1, "CPUs", "NCPU");
    printf(" Total Memory: %s\n", human_bytes(json_int(j, "MemTotal"), text, sizeof(text)));
    print_line(j, 1, "Name", "Name");
    print_line(j, 1, "ID", "ID");
    print_line(j, 1, "Docker Root Dir", "DockerRootDir");
    print_line(j, 1, "State Dir", "StateDir");
}

static void print_warnings(const json_t *list)
{
    const json_t *item;
    size_t i;

    fflush(stdout);
    json_array_foreach (list, i, item) {
        fprintf(stderr, "%s\n", json_string_value(item));
    }
}

static int run_info(struct cli *cli, int argc, char **argv)
{
    struct version_options o = {0};
    struct error e = {0};
    int r = cli_parse(cli, &o, &argc, argv);

    if (r != CLI_GO_ON) {
        return r;
    }
    struct engine *eng = cli_engine(cli, &e);
    CLEANUP(json) json_t *j = eng ? engine_info(eng, &e) : NULL;

    if (!j) {
        r = cli_fail(cli, &e);
    } else if (o.format && *o.format) {
        r = print_formatted(cli, j, o.format, "system.dockerInfo");
    } else {
        print_info(j);
        print_warnings(json_object_get(j, "Warnings"));
        r = EXIT_SUCCESS;
    }
    options_free(&cli->command->options, &o);
    return r;
}

const struct command cmd_info = {
    .names = "system info, info",
    .usage = "[OPTIONS]",
    .help = "Display system-wide information",
    .options = {.tables = {table}},
    .flags = COMMAND_COMMON,
    .run = run_info,
};
