// SPDX-License-Identifier: Apache-2.0
/* ps */
#include "base/timeutil.h"
#include "cli/cli.h"
#include "cli/commands.h"
#include "cli/format.h"
#include "template/gotext.h"
#include "cli/table.h"
#include "engine/list.h"

#include <stdio.h>
#include <string.h>

#define COMMAND_COLUMNS 20
#define MOUNT_COLUMNS   15

struct ps_options {
    bool all;
    struct strv filter;
    char *format;
    int64_t last;
    bool latest;
    bool no_trunc;
    bool quiet;
    bool size;
};

static int filter_check(const char *value, char **ret, struct error *e)
{
    CLEANUP(list_filter) struct list_filter f = {0};

    (void) ret;
    return list_filter_add(&f, value, e);
}

static const struct option table[] = {
    OPTION(BOOL, 'a', "all", struct ps_options, all,
           "Show all containers (default shows just running)"),
    OPTION(LIST, 'f', "filter", struct ps_options, filter,
           "Filter output based on conditions provided", .value_name = "filter",
           .check = filter_check),
    OPTION(STRING, 0, "format", struct ps_options, format, FORMAT_HELP_TABLE),
    OPTION(INT, 'n', "last", struct ps_options, last,
           "Show n last created containers (includes all states)", .default_text = "-1"),
    OPTION(BOOL, 'l', "latest", struct ps_options, latest,
           "Show the latest created container (includes all states)"),
    OPTION(BOOL, 0, "no-trunc", struct ps_options, no_trunc, "Don't truncate output"),
    OPTION(BOOL, 'q', "quiet", struct ps_options, quiet, "Only display container IDs"),
    OPTION(BOOL, 's', "size", struct ps_options, size, "Display total file sizes"),
    OPTION_LAST,
};

/* {{.Label "key"}} */
static char *label_of(void *ctx, const char *key)
{
    const struct container *c = ctx;

    return xstrdup(json_str(c->config.labels, key));
}

static const struct template_method methods[] = {{"Label", label_of}, {NULL, NULL}};

static const struct format_column columns[] = {
    {"ID", "CONTAINER ID"},
    {"Names", "NAMES"},
    {"Image", "IMAGE"},
    {"Command", "COMMAND"},
    {"CreatedAt", "CREATED AT"},
    {"RunningFor", "CREATED"},
    {"Ports", "PORTS"},
    {"State", "STATE"},
    {"Status", "STATUS"},
    {"Size", "SIZE"},
    {"Labels", "LABELS"},
    {"Mounts", "MOUNTS"},
    {"LocalVolumes", "LOCAL VOLUMES"},
    {"Networks", "NETWORKS"},
    {"Platform", "PLATFORM"},
    {NULL, NULL},
};

#define PLAIN_TABLE                                                                                \
    "{{.ID}}\t{{.Image}}\t{{.Command}}\t{{.RunningFor}}\t{{.Status}}\t{{.Ports}}\t{{.Names}}"

/* ---- the fields ---- */

/* Program and arguments, those with spaces in quotes, as Docker's daemon joins them. */
static char *command_text(const struct ctr_config *c)
{
    CLEANUP(strv) struct strv argv = STRV_INIT;
    struct strbuf b = STRBUF_INIT(SIZE_MAX / 4);

    ctr_config_argv(c, &argv);
    for (size_t i = 0; i < argv.count; i++) {
        bool quotes = i && strchr(argv.items[i], ' ');

        strbuf_addf(&b, quotes ? "%s'%s'" : "%s%s", i ? " " : "", argv.items[i]);
    }
    return strbuf_take(&b);
}

static void put_command(json_t *row, const struct container *c, bool truncate)
{
    cleanup_free char *text = command_text(&c->config);
    cleanup_free char *shown = text_ellipsis(text, truncate ? COMMAND_COLUMNS : SIZE_MAX);
    CLEANUP(strbuf) struct strbuf q = STRBUF_INIT(SIZE_MAX / 4);

    go_quote(&q, shown, strlen(shown));
    json_put(row, "Command", json_text(q.buf));
}

static void put_status(json_t *row, const struct container *c, int64_t now)
{
    const struct ctr_state *s = &c->state;
    char for_how_long[40];
    char text[100] = "";

    switch (s->status) {
    case CTR_RUNNING:
    case CTR_PAUSED:
        snprintf(text, sizeof(text), "Up %s%s",
                 time_human(now - s->started_at, for_how_long, sizeof(for_how_long)),
                 s->status == CTR_PAUSED ? " (Paused)" : "");
        break;
    case CTR_RESTARTING:
    case CTR_EXITED:
        snprintf(text, sizeof(text), "%s (%d) %s ago",
                 s->status == CTR_EXITED ? "Exited" : "Restarting", s->exit_code,
                 time_human(now - s->finished_at, for_how_long, sizeof(for_how_long)));
        break;
    case CTR_CREATED:
        snprintf(text, sizeof(text), "Created");
        break;
    case CTR_REMOVING:
        snprintf(text, sizeof(text), "Removal In Progress");
        break;
    case CTR_DEAD:
        snprintf(text, sizeof(text), "Dead");
        break;
    case CTR_STATUS_COUNT:
        break;
    }
    json_put(row, "State", json_text(ctr_status_to_string(s->status)));
    json_put(row, "Status", json_text(text));
}

static void put_labels(json_t *row, const struct container *c)
{
    CLEANUP(strv) struct strv list = STRV_INIT;
    const char *key;
    json_t *value;

    json_object_foreach (c->config.labels, key, value) {
        strv_addf(&list, "%s=%s", key, json_string_value(value));
    }
    strv_sort(&list);
    cleanup_free char *text = strv_join(&list, ",");

    json_put(row, "Labels", json_text(text));
}

static void put_mounts(json_t *row, const struct container *c, bool truncate)
{
    CLEANUP(strv) struct strv list = STRV_INIT;
    int volumes = 0;
    char count[16];

    for (size_t i = 0; i < c->config.mounts_count; i++) {
        const struct ctr_mount *m = &c->config.mounts[i];
        const char *name = m->name ? m->name : m->source;

        if (m->type == CTR_MOUNT_TMPFS) {
            continue;
        }
        volumes += m->type == CTR_MOUNT_VOLUME;
        strv_take(&list, text_ellipsis(name ? name : "", truncate ? MOUNT_COLUMNS : SIZE_MAX));
    }
    cleanup_free char *text = strv_join(&list, ",");

    snprintf(count, sizeof(count), "%d", volumes);
    json_put(row, "LocalVolumes", json_text(count));
    json_put(row, "Mounts", json_text(text));
}

static int put_size(json_t *row, struct engine *eng, const struct container *c, bool wanted,
                    struct error *e)
{
    char rw_text[32], root_text[32];
    char text[80] = "0B";
    int64_t rw, root;

    if (wanted) {
        if (ctr_size(eng, c, &rw, &root, e) < 0) {
            return -1;
        }
        snprintf(text, sizeof(text), "%s (virtual %s)", human_size(rw, rw_text, sizeof(rw_text)),
                 human_size(root, root_text, sizeof(root_text)));
    }
    json_put(row, "Size", json_text(text));
    return 0;
}

/*
 * The name that the image was asked for by, or its ID when the name means another image by now.
 * Looked up once for each name: 'ps -a' of a thousand containers has few of them.
 */
static void put_image(json_t *row, struct engine *eng, const struct container *c, bool truncate,
                      json_t *known)
{
    const char *name = c->config.image ? c->config.image : "";
    const char *id = c->config.image_id ? c->config.image_id : "";
    const char *now = json_string_value(json_object_get(known, name));

    if (!now) {
        struct error ignored = {0};
        const struct image_store *s = engine_images(eng, &ignored);
        CLEANUP(image) struct image image = {0};
        bool found = s && image_find(s, name, &image, &ignored) == 0;

        json_put(known, name, json_text(found ? image.id : ""));
        now = json_string_value(json_object_get(known, name));
    }
    const char *shown = strcmp(now, id) == 0 ? name : id;
    const char *hex = strncmp(shown, "sha256:", 7) == 0 ? shown + 7 : shown;
    bool is_id = strlen(hex) == IMAGE_ID_HEX && strspn(hex, "0123456789abcdef") == IMAGE_ID_HEX;
    cleanup_free char *text = is_id && truncate ? xstrndup(hex, CTR_SHORT_LEN) : xstrdup(shown);

    json_put(row, "Image", json_text(*text ? text : "<no image>"));
}

struct ps {
    struct engine *eng;
    const struct ps_options *o;
    bool with_size;
    int64_t now;
    json_t *images; /* name -> ID */
};

/* Keys in Docker's order, which is the alphabet's. */
static json_t *make_row(const struct ps *ps, const struct container *c, struct error *e)
{
    bool truncate = !ps->o->no_trunc;
    json_t *row = json_object();
    char text[80];

    put_command(row, c, truncate);
    json_put(row, "CreatedAt", json_text(human_moment(c->config.created, text, sizeof(text))));
    snprintf(text, sizeof(text), "%.*s", truncate ? CTR_SHORT_LEN : CTR_ID_LEN, c->config.id);
    json_put(row, "ID", json_text(text));
    put_image(row, ps->eng, c, truncate, ps->images);
    put_labels(row, c);
    put_mounts(row, c, truncate);
    json_put(row, "Names", json_text(c->config.name ? c->config.name : ""));
    json_put(row, "Networks", json_text(c->config.network_mode ? c->config.network_mode : ""));
    json_put(row, "Platform", json_null());
    json_put(row, "Ports", json_text(""));
    json_put(row, "RunningFor",
             json_text(human_ago(c->config.created, ps->now, text, sizeof(text))));
    if (put_size(row, ps->eng, c, ps->with_size, e) < 0) {
        json_decref(row);
        return NULL;
    }
    put_status(row, c, ps->now);
    return row;
}

static int print_list(struct ps *ps, struct container *list, size_t count, struct error *e)
{
    const struct format_view view = {
        .table = ps->o->size ? PLAIN_TABLE "\t{{.Size}}" : PLAIN_TABLE,
        .columns = columns,
        .type_name = "*formatter.ContainerContext",
        .methods = methods,
    };
    CLEANUP(formatter) struct formatter f;
    CLEANUP(json) json_t *images = json_object();

    if (formatter_init(&f, ps->o->format, &view, e) < 0) {
        return -1;
    }
    ps->images = images;
    ps->with_size = ps->o->size || formatter_uses(&f, "Size");
    for (size_t i = 0; i < count; i++) {
        CLEANUP(json) json_t *row = make_row(ps, &list[i], e);

        if (!row || formatter_row(&f, row, &list[i], e) < 0) {
            return -1;
        }
    }
    formatter_finish(&f);
    return 0;
}

static void print_ids(const struct ps_options *o, const struct container *list, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        printf("%.*s\n", o->no_trunc ? CTR_ID_LEN : CTR_SHORT_LEN, list[i].config.id);
    }
}

static int ps(struct cli *cli, const struct ps_options *o, struct error *e)
{
    CLEANUP(list_filter) struct list_filter filter = {0};
    struct list_options lo = {.all = o->all, .last = o->latest ? 1 : o->last, .filter = &filter};
    struct ps ps = {.o = o, .now = time_now()};
    struct container *list = NULL;
    size_t count = 0;
    char *expr;
    int r = 0;

    strv_foreach (&o->filter, expr) {
        if (list_filter_add(&filter, expr, e) < 0) {
            return -1;
        }
    }
    ps.eng = cli_engine(cli, e);
    if (!ps.eng || ctr_list(ps.eng, &lo, &list, &count, e) < 0) {
        return -1;
    }
    if (o->quiet && o->format && *o->format) {
        fprintf(stderr, "WARNING: Ignoring custom format, because both --format and --quiet are "
                        "set.\n");
    }
    if (o->quiet) {
        print_ids(o, list, count);
    } else {
        r = print_list(&ps, list, count, e);
    }
    ctr_list_free(list, count);
    return r;
}

static int run(struct cli *cli, int argc, char **argv)
{
    struct ps_options o = {.last = -1};
    struct error e = {0};
    int r = cli_parse(cli, &o, &argc, argv);

    if (r != CLI_GO_ON) {
        return r;
    }
    r = ps(cli, &o, &e) < 0 ? cli_fail(cli, &e) : EXIT_SUCCESS;
    options_free(&cli->command->options, &o);
    return r;
}

const struct command cmd_ps = {
    .names = "container ls, container list, container ps, ps",
    .usage = "[OPTIONS]",
    .help = "List containers",
    .options = {.tables = {table}},
    .flags = COMMAND_COMMON,
    .run = run,
};
