// SPDX-License-Identifier: Apache-2.0
/* images */
#include "base/timeutil.h"
#include "cli/cli.h"
#include "cli/commands.h"
#include "cli/format.h"
#include "cli/table.h"
#include "engine/list.h"

#include <fnmatch.h>
#include <stdio.h>
#include <string.h>

#define SHORT_ID 12
#define NONE     "<none>"

struct images_options {
    bool all;
    bool digests;
    struct strv filter;
    char *format;
    bool no_trunc;
    bool quiet;
};

static int filter_check(const char *value, char **ret, struct error *e)
{
    CLEANUP(list_filter) struct list_filter f = {0};

    (void) ret;
    return list_filter_add(&f, value, e);
}

static const struct option table[] = {
    OPTION(BOOL, 'a', "all", struct images_options, all,
           "Show all images (default hides intermediate images)"),
    OPTION(BOOL, 0, "digests", struct images_options, digests, "Show digests"),
    OPTION(LIST, 'f', "filter", struct images_options, filter,
           "Filter output based on conditions provided", .value_name = "filter",
           .check = filter_check),
    OPTION(STRING, 0, "format", struct images_options, format, FORMAT_HELP_TABLE),
    OPTION(BOOL, 0, "no-trunc", struct images_options, no_trunc, "Don't truncate output"),
    OPTION(BOOL, 'q', "quiet", struct images_options, quiet, "Only show image IDs"),
    OPTION_LAST,
};

static const struct format_column columns[] = {
    {"Repository", "REPOSITORY"},
    {"Tag", "TAG"},
    {"Digest", "DIGEST"},
    {"ID", "IMAGE ID"},
    {"CreatedSince", "CREATED"},
    {"CreatedAt", "CREATED AT"},
    {"Size", "SIZE"},
    {"Containers", "CONTAINERS"},
    {"VirtualSize", "SIZE"},
    {"SharedSize", "SHARED SIZE"},
    {"UniqueSize", "UNIQUE SIZE"},
    {NULL, NULL},
};

static const struct format_view plain_view = {
    .table = "{{.Repository}}\t{{.Tag}}\t{{.ID}}\t{{.CreatedSince}}\t{{.Size}}",
    .columns = columns,
    .type_name = "*formatter.imageContext",
};

static const struct format_view digests_view = {
    .table = "{{.Repository}}\t{{.Tag}}\t{{.Digest}}\t{{.ID}}\t{{.CreatedSince}}\t{{.Size}}",
    .columns = columns,
    .type_name = "*formatter.imageContext",
};

struct view {
    const struct images_options *o;
    struct formatter f;
    const struct list_filter *filter;
    int64_t now;
};

static char *shown_id(const struct images_options *o, const char *id)
{
    const char *hex = strncmp(id, "sha256:", 7) == 0 ? id + 7 : id;

    return o->no_trunc ? xstrdup(id) : xstrndup(hex, SHORT_ID);
}

/* One line: an image under one of its names, or under none. Keys in the order of the alphabet. */
static int add_row(struct view *v, const struct image *image, int64_t size,
                   const struct image_ref *name, struct error *e)
{
    CLEANUP(json) json_t *row = json_object();
    cleanup_free char *repository = name ? image_ref_familiar_name(name) : xstrdup(NONE);
    cleanup_free char *id = shown_id(v->o, image->id);
    int64_t created = 0;
    char text[80];

    if (image->config.created) {
        (void) time_parse(image->config.created, &created);
    }
    json_put(row, "Containers", json_text("N/A"));
    json_put(row, "CreatedAt", json_text(human_moment(created, text, sizeof(text))));
    json_put(row, "CreatedSince",
             json_text(created ? human_ago(created, v->now, text, sizeof(text)) : "N/A"));
    json_put(row, "Digest", json_text(name && name->digest ? name->digest : NONE));
    json_put(row, "ID", json_text(id));
    json_put(row, "Repository", json_text(repository));
    json_put(row, "SharedSize", json_text("N/A"));
    json_put(row, "Size", json_text(human_size(size, text, sizeof(text))));
    json_put(row, "Tag", json_text(name && name->tag ? name->tag : NONE));
    json_put(row, "UniqueSize", json_text("N/A"));
    json_put(row, "VirtualSize", json_text(human_size_long(size, text, sizeof(text))));
    return formatter_row(&v->f, row, NULL, e);
}

/* With --filter reference= only the names that match are shown. */
static bool name_is_wanted(const struct list_filter *f, const struct image_ref *name)
{
    cleanup_free char *familiar = image_ref_familiar(name);
    cleanup_free char *repository = image_ref_familiar_name(name);
    bool asked = false;

    for (size_t i = 0; i < f->keys.count; i++) {
        if (strcmp(f->keys.items[i], "reference") != 0) {
            continue;
        }
        asked = true;
        if (fnmatch(f->values.items[i], familiar, FNM_PATHNAME) == 0 ||
            fnmatch(f->values.items[i], repository, FNM_PATHNAME) == 0) {
            return true;
        }
    }
    return !asked;
}

/* The names of an image, parsed. */
struct names {
    struct image_ref *refs;
    size_t count;
};

static void names_done(struct names *n)
{
    for (size_t i = 0; i < n->count; i++) {
        image_ref_done(&n->refs[i]);
    }
    free(n->refs);
}
DEFINE_CLEANUP(names, struct names, names_done);

static int names_parse(const struct image *image, struct names *ret, struct error *e)
{
    ret->refs = xcalloc(image->names.count + 1, sizeof(*ret->refs));
    for (size_t i = 0; i < image->names.count; i++) {
        if (image_ref_parse(image->names.items[i], &ret->refs[i], e) < 0) {
            return -1;
        }
        ret->count++;
    }
    return 0;
}

static bool same_repository(const struct image_ref *a, const struct image_ref *b)
{
    return strcmp(a->domain, b->domain) == 0 && strcmp(a->path, b->path) == 0;
}

/* Has the name's repository another name of the other kind: a digest for a tag, a tag for a digest?
 */
static bool has_partner(const struct names *n, const struct image_ref *name)
{
    for (size_t i = 0; i < n->count; i++) {
        if (same_repository(&n->refs[i], name) && !n->refs[i].digest == !!name->digest) {
            return true;
        }
    }
    return false;
}

/* A line for a tag with each digest of its repository (as Docker's client pairs them). */
static int add_pairs(struct view *v, const struct image *image, int64_t size, const struct names *n,
                     const struct image_ref *tagged, struct error *e)
{
    for (size_t i = 0; i < n->count; i++) {
        struct image_ref both = *tagged;

        if (!n->refs[i].digest || !same_repository(&n->refs[i], tagged)) {
            continue;
        }
        both.digest = n->refs[i].digest;
        if (add_row(v, image, size, &both, e) < 0) {
            return -1;
        }
    }
    return 0;
}

/* A digest is shown in the column of its tag; alone only where the repository has no tag. */
static int add_name(struct view *v, const struct image *image, int64_t size, const struct names *n,
                    const struct image_ref *name, struct error *e)
{
    bool partner = has_partner(n, name);

    if (name->digest && partner) {
        return 0;
    }
    if (!name->digest && partner && v->o->digests) {
        return add_pairs(v, image, size, n, name, e);
    }
    return add_row(v, image, size, name, e);
}

static int add_image(struct view *v, struct engine *eng, const struct image *image, struct error *e)
{
    CLEANUP(names) struct names names = {0};
    int64_t size = 0;

    if (!v->o->quiet && engine_image_size(eng, image, &size, e) < 0) {
        return -1;
    }
    if (names_parse(image, &names, e) < 0) {
        return -1;
    }
    for (size_t i = 0; i < names.count; i++) {
        if (name_is_wanted(v->filter, &names.refs[i]) &&
            add_name(v, image, size, &names, &names.refs[i], e) < 0) {
            return -1;
        }
    }
    return names.count ? 0 : add_row(v, image, size, NULL, e);
}

static int print_list(struct view *v, struct engine *eng, const struct image *list, size_t count,
                      struct error *e)
{
    const char *format = v->o->quiet ? "{{.ID}}" : v->o->format;
    int r = formatter_init(&v->f, format, v->o->digests ? &digests_view : &plain_view, e);

    for (size_t i = 0; i < count && r == 0; i++) {
        r = add_image(v, eng, &list[i], e);
    }
    if (r == 0) {
        formatter_finish(&v->f);
    }
    formatter_done(&v->f);
    return r;
}

static int images(struct cli *cli, const struct images_options *o, const char *pattern,
                  struct error *e)
{
    CLEANUP(list_filter) struct list_filter filter = {0};
    struct view v = {.o = o, .filter = &filter, .now = time_now()};
    struct engine *eng = cli_engine(cli, e);
    struct image *list = NULL;
    size_t count = 0;
    char *expr;

    strv_foreach (&o->filter, expr) {
        if (list_filter_add(&filter, expr, e) < 0) {
            return -1;
        }
    }
    if (pattern) {
        cleanup_free char *reference = xasprintf("reference=%s", pattern);

        if (list_filter_add(&filter, reference, e) < 0) {
            return -1;
        }
    }
    if (!eng || engine_image_list(eng, &filter, &list, &count, e) < 0) {
        return -1;
    }
    int r = print_list(&v, eng, list, count, e);

    image_list_free(list, count);
    return r;
}

static int run(struct cli *cli, int argc, char **argv)
{
    struct images_options o = {0};
    struct error e = {0};
    int r = cli_parse(cli, &o, &argc, argv);

    if (r != CLI_GO_ON) {
        return r;
    }
    r = images(cli, &o, argc ? argv[0] : NULL, &e) < 0 ? cli_fail(cli, &e) : EXIT_SUCCESS;
    options_free(&cli->command->options, &o);
    return r;
}

const struct command cmd_images = {
    .names = "image ls, image list, images",
    .usage = "[OPTIONS] [REPOSITORY[:TAG]]",
    .help = "List images",
    .options = {.tables = {table}},
    .flags = COMMAND_COMMON,
    .max_args = 1,
    .run = run,
};
