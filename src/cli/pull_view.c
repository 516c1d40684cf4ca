// SPDX-License-Identifier: Apache-2.0
#include "cli/pull_view.h"

#include "base/log.h"
#include "cli/table.h"

#include <string.h>
#include <sys/ioctl.h>

#define BAR_WIDTH   50
#define BAR_COLUMNS 110 /* narrower terminals get numbers alone */

/* Steps of a layer in hoy-image's words and in Docker's. */
static const struct {
    const char *status;
    const char *shown;
} steps[] = {
    {"waiting", "Pulling fs layer"}, {"exists", "Already exists"},
    {"downloading", "Downloading"},  {"downloaded", "Download complete"},
    {"complete", "Pull complete"},   {"preparing", "Preparing"},
    {"pushing", "Pushing"},          {"pushed", "Pushed"},
    {"mounted", "Mounted"},          {"there", "Layer already exists"},
};

static const char *shown_step(const char *status)
{
    for (size_t i = 0; i < ARRAY_SIZE(steps); i++) {
        if (strcmp(steps[i].status, status) == 0) {
            return steps[i].shown;
        }
    }
    return NULL;
}

/* A text from outside, safe for a terminal; the caller frees it. */
static char *harmless(const json_t *line, const char *key)
{
    char *text = xstrdup(json_str(line, key));

    log_harmless(text);
    return text;
}

static int columns(void)
{
    struct winsize size;

    return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col ? size.ws_col : 80;
}

/* "[=====>     ]  1.2MB/5MB" */
static void print_bar(FILE *out, int64_t bytes, int64_t total)
{
    char have[80], all[80];

    if (total <= 0) {
        return;
    }
    if (columns() >= BAR_COLUMNS) {
        int filled = (int) (MIN(bytes, total) / (total / BAR_WIDTH + 1));

        fputs(" [", out);
        for (int i = 0; i < BAR_WIDTH; i++) {
            fputc(i < filled ? '=' : i == filled ? '>' : ' ', out);
        }
        fputc(']', out);
    }
    fprintf(out, " %8s/%s", human_size(bytes, have, sizeof(have)),
            human_size(total, all, sizeof(all)));
}

/* The layer's place among the lines; a new one gets the next. */
static size_t place_of(struct pull_view *v, const char *id)
{
    for (size_t i = 0; i < v->ids.count; i++) {
        if (strcmp(v->ids.items[i], id) == 0) {
            return i;
        }
    }
    strv_add(&v->ids, id);
    if (v->terminal) {
        fputc('\n', v->out);
    }
    return v->ids.count - 1;
}

static void show_layer(struct pull_view *v, const json_t *line)
{
    const char *status = json_str(line, "status");
    const char *step = shown_step(status);
    cleanup_free char *id = harmless(line, "id");
    bool moving = strcmp(status, "downloading") == 0 || strcmp(status, "pushing") == 0;

    if (!step || (moving && !v->terminal)) {
        return;
    }
    size_t up = 0;

    if (v->terminal) {
        up = place_of(v, id);
        up = v->ids.count - up;
        fprintf(v->out, "\x1b[%zuA\x1b[2K\r", up);
    }
    fprintf(v->out, "%s: %s", id, step);
    if (moving) {
        print_bar(v->out, json_int(line, "bytes"), json_int(line, "total"));
    }
    if (v->terminal) {
        fprintf(v->out, "\r\x1b[%zuB", up);
    } else {
        fputc('\n', v->out);
    }
}

static void show_result(struct pull_view *v, const json_t *line)
{
    cleanup_free char *digest = harmless(line, "digest");
    cleanup_free char *name = harmless(line, "familiar");

    if (*digest) {
        fprintf(v->out, "Digest: %s\n", digest);
    }
    fprintf(v->out, "Status: %s for %s\n",
            json_bool(line, "fetched") ? "Downloaded newer image" : "Image is up to date", name);
    strv_done(&v->ids);
}

static void show(void *ctx, const char *type, const json_t *line)
{
    struct pull_view *v = ctx;

    if (strcmp(type, "missing") == 0) {
        cleanup_free char *name = harmless(line, "name");

        fprintf(v->out, "Unable to find image '%s' locally\n", name);
    } else if (strcmp(type, "pull") == 0) {
        cleanup_free char *reference = harmless(line, "reference");
        cleanup_free char *path = harmless(line, "path");

        fprintf(v->out, "%s: Pulling from %s\n", reference, path);
    } else if (strcmp(type, "layer") == 0) {
        show_layer(v, line);
    } else if (strcmp(type, "result") == 0 && json_object_get(line, "familiar")) {
        show_result(v, line);
    } else if (strcmp(type, "push") == 0) {
        cleanup_free char *repository = harmless(line, "repository");

        fprintf(v->out, "The push refers to repository [%s]\n", repository);
    } else if (strcmp(type, "pushed") == 0) {
        cleanup_free char *tag = harmless(line, "tag");

        fprintf(v->out, "%s: digest: %s size: %lld\n", tag, json_str(line, "digest"),
                (long long) json_int(line, "size"));
        strv_done(&v->ids);
    } else if (strcmp(type, "tag") == 0) {
        cleanup_free char *digest = harmless(line, "digest");

        fprintf(v->out, "Digest: %s\n", digest);
        strv_done(&v->ids);
    }
    fflush(v->out);
}

void pull_view_init(struct pull_view *v, FILE *out)
{
    *v = (struct pull_view){.out = out, .terminal = isatty(fileno(out))};
    v->progress = (struct image_progress){.line = show, .ctx = v};
}

void pull_view_done(struct pull_view *v)
{
    strv_done(&v->ids);
}
