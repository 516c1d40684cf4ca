// SPDX-License-Identifier: Apache-2.0
#include "engine/list.h"

#include "base/parse.h"
#include "base/timeutil.h"
#include "engine/sweep.h"
#include "image/ref.h"

#include <fnmatch.h>
#include <string.h>

void list_filter_done(struct list_filter *f)
{
    strv_done(&f->keys);
    strv_done(&f->values);
}

int list_filter_add(struct list_filter *f, const char *expr, struct error *e)
{
    const char *eq = strchr(expr, '=');

    if (!eq) {
        return err_set(e, ERR_INVALID, "bad format of filter (expected name=value)");
    }
    cleanup_free char *key = xstrndup(expr, (size_t) (eq - expr));

    for (char *p = key; *p; p++) {
        *p = *p >= 'A' && *p <= 'Z' ? (char) (*p + 32) : *p;
    }
    strv_add(&f->keys, key);
    strv_add(&f->values, eq + 1);
    return 0;
}

static bool in(const char *s, const char *const *list, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(list[i], s) == 0) {
            return true;
        }
    }
    return false;
}

/* "key" or "key=value" against an object of strings. */
static bool label_matches(const json_t *labels, const char *want)
{
    const char *eq = strchr(want, '=');
    cleanup_free char *key = eq ? xstrndup(want, (size_t) (eq - want)) : xstrdup(want);
    const char *value = json_string_value(json_object_get(labels, key));

    return value && (!eq || strcmp(value, eq + 1) == 0);
}

/* ---- containers ---- */

struct list_context {
    struct engine *eng;
    const struct list_filter *filter;
    int64_t before; /* creation times; 0: no bound */
    int64_t since;
    struct strv ancestors; /* image IDs */
    bool states_asked;     /* a status filter shows stopped ones too */
};

static int resolve_time(struct list_context *ctx, const char *name, int64_t *ret, struct error *e)
{
    CLEANUP(container) struct container c;

    container_init(&c);
    if (ctr_find(ctx->eng, name, &c, e) < 0) {
        return -1;
    }
    *ret = c.config.created;
    return 0;
}

static int add_ancestor(struct list_context *ctx, const char *name, struct error *e)
{
    CLEANUP(image) struct image image = {0};
    const struct image_store *s = engine_images(ctx->eng, e);

    if (!s) {
        return -1;
    }
    if (image_find(s, name, &image, e) < 0) {
        err_clear(e);
        strv_add(&ctx->ancestors, name); /* none has it: nothing matches */
        return 0;
    }
    strv_add(&ctx->ancestors, image.id);
    return 0;
}

static int check_filter(struct list_context *ctx, const char *key, const char *value,
                        struct error *e)
{
    static const char *const known[] = {"id",      "name",   "label",   "status", "ancestor",
                                        "before",  "since",  "exited",  "volume", "network",
                                        "publish", "expose", "is-task", "health"};
    static const char *const healths[] = {"none", "starting", "healthy", "unhealthy"};
    enum ctr_status status;
    int64_t code;

    if (!in(key, known, ARRAY_SIZE(known))) {
        return err_set(e, ERR_INVALID, "Invalid filter '%s'", key);
    }
    if (strcmp(key, "status") == 0) {
        ctx->states_asked = true;
        if (ctr_status_from_string(value, &status) < 0) {
            return err_set(e, ERR_INVALID, "Invalid filter 'status=%s'", value);
        }
    } else if (strcmp(key, "exited") == 0) {
        if (parse_i64(value, &code) < 0) {
            return err_set(e, ERR_INVALID, "strconv.Atoi: parsing \"%s\": invalid syntax", value);
        }
    } else if (strcmp(key, "health") == 0) {
        if (!in(value, healths, ARRAY_SIZE(healths))) {
            return err_set(e, ERR_INVALID, "Invalid filter 'health=%s'", value);
        }
    } else if (strcmp(key, "before") == 0) {
        return resolve_time(ctx, value, &ctx->before, e);
    } else if (strcmp(key, "since") == 0) {
        return resolve_time(ctx, value, &ctx->since, e);
    } else if (strcmp(key, "ancestor") == 0) {
        return add_ancestor(ctx, value, e);
    }
    return 0;
}

static bool has_volume(const struct ctr_config *c, const char *want)
{
    for (size_t i = 0; i < c->mounts_count; i++) {
        const struct ctr_mount *m = &c->mounts[i];

        if ((m->name && strcmp(m->name, want) == 0) || strcmp(m->target, want) == 0 ||
            (m->source && strcmp(m->source, want) == 0)) {
            return true;
        }
    }
    return false;
}

static bool name_matches(const char *name, const char *want)
{
    /* Docker takes a regular expression here; what people type is a part, ^start or end$. */
    cleanup_free char *slashed = xasprintf("/%s", name ? name : "");
    bool start = *want == '^';
    size_t n = strlen(want + start);
    bool end = n && want[start + n - 1] == '$';
    cleanup_free char *text = xstrndup(want + start, n - end);
    const char *subject = start && *text != '/' ? slashed + 1 : slashed;
    size_t len = strlen(text);

    if (start && end) {
        return strcmp(subject, text) == 0;
    }
    if (start) {
        return strncmp(subject, text, len) == 0;
    }
    if (end) {
        size_t total = strlen(slashed);

        return total >= len && strcmp(slashed + total - len, text) == 0;
    }
    return strstr(slashed, text) != NULL;
}

static bool one_matches(const struct list_context *ctx, const struct container *c, const char *key,
                        const char *value)
{
    if (strcmp(key, "id") == 0) {
        return strncmp(c->config.id, value, strlen(value)) == 0;
    }
    if (strcmp(key, "name") == 0) {
        return name_matches(c->config.name, value);
    }
    if (strcmp(key, "label") == 0) {
        return label_matches(c->config.labels, value);
    }
    if (strcmp(key, "status") == 0) {
        return strcmp(ctr_status_to_string(c->state.status), value) == 0;
    }
    if (strcmp(key, "exited") == 0) {
        return c->state.status == CTR_EXITED && c->state.exit_code == strtol(value, NULL, 10);
    }
    if (strcmp(key, "before") == 0) {
        return c->config.created < ctx->before;
    }
    if (strcmp(key, "since") == 0) {
        return c->config.created > ctx->since;
    }
    if (strcmp(key, "ancestor") == 0) {
        return c->config.image_id && strv_contains(&ctx->ancestors, c->config.image_id);
    }
    if (strcmp(key, "volume") == 0) {
        return has_volume(&c->config, value);
    }
    if (strcmp(key, "network") == 0) {
        return c->config.network_mode && strcmp(c->config.network_mode, value) == 0;
    }
    if (strcmp(key, "health") == 0) {
        return strcmp(value, "none") == 0;
    }
    if (strcmp(key, "is-task") == 0) {
        return strcmp(value, "false") == 0;
    }
    return false; /* publish, expose: no container has a port before there are bridges */
}

/* Values of one key are alternatives, except labels, of which all are needed (as Docker). */
static bool passes(const struct list_context *ctx, const struct container *c)
{
    const struct list_filter *f = ctx->filter;

    for (size_t i = 0; f && i < f->keys.count; i++) {
        const char *key = f->keys.items[i];
        bool all = strcmp(key, "label") == 0;
        bool any = false;

        for (size_t k = 0; k < f->keys.count; k++) {
            if (strcmp(f->keys.items[k], key) != 0) {
                continue;
            }
            bool match = one_matches(ctx, c, key, f->values.items[k]);

            if (all && !match) {
                return false;
            }
            any = any || match;
        }
        if (!any) {
            return false;
        }
    }
    return true;
}

static int by_age(const void *a, const void *b)
{
    const struct container *x = a;
    const struct container *y = b;

    return (x->config.created < y->config.created) - (x->config.created > y->config.created);
}

/* A container that vanishes while it is read was never there. */
static int load_all(struct list_context *ctx, struct container **list, size_t *count,
                    struct error *e)
{
    CLEANUP(strv) struct strv ids = STRV_INIT;
    char *id;

    if (ctr_ids(ctx->eng, &ids, e) < 0) {
        return -1;
    }
    *list = xcalloc(ids.count + 1, sizeof(**list));
    strv_foreach (&ids, id) {
        struct container *c = &(*list)[*count];

        container_init(c);
        if (ctr_load(ctx->eng, id, c, e) < 0) {
            container_done(c);
            if (e->kind != ERR_NOT_FOUND) {
                return -1;
            }
            err_clear(e);
            sweep_garbage(ctx->eng, id);
            continue;
        }
        /* A thousand containers must not need three thousand descriptors. */
        close_fd(&c->run_dir);
        close_fd(&c->data_dir);
        c->dir = FD_NONE;
        (*count)++;
    }
    if (*count > 1) {
        qsort(*list, *count, sizeof(**list), by_age);
    }
    return 0;
}

int ctr_list(struct engine *eng, const struct list_options *o, struct container **ret,
             size_t *ret_count, struct error *e)
{
    struct list_context ctx = {.eng = eng, .filter = o->filter};
    struct container *list = NULL;
    size_t count = 0, kept = 0;
    int r = 0;

    *ret = NULL;
    *ret_count = 0;
    for (size_t i = 0; o->filter && i < o->filter->keys.count && r == 0; i++) {
        r = check_filter(&ctx, o->filter->keys.items[i], o->filter->values.items[i], e);
    }
    if (r == 0) {
        r = load_all(&ctx, &list, &count, e);
    }
    for (size_t i = 0; i < count; i++) {
        bool shown = o->all || o->last > 0 || ctx.states_asked || ctr_is_running(&list[i]);
        bool wanted =
            r == 0 && shown && passes(&ctx, &list[i]) && (o->last <= 0 || kept < (size_t) o->last);

        if (wanted) {
            struct container c = list[kept];

            list[kept++] = list[i];
            if (kept - 1 != i) {
                list[i] = c;
            }
        }
    }
    for (size_t i = kept; i < count; i++) {
        container_done(&list[i]);
    }
    strv_done(&ctx.ancestors);
    if (r < 0) {
        free(list);
        return -1;
    }
    *ret = list;
    *ret_count = kept;
    return 0;
}

void ctr_list_free(struct container *list, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        container_done(&list[i]);
    }
    free(list);
}

int ctr_size(struct engine *eng, const struct container *c, int64_t *ret_rw, int64_t *ret_root,
             struct error *e)
{
    const struct storage *s = engine_storage(eng, e);
    char *diff_id;

    if (!s || storage_snapshot_usage(s, c->config.id, ret_rw, e) < 0) {
        return -1;
    }
    *ret_root = *ret_rw;
    strv_foreach (&c->config.chain, diff_id) {
        int64_t n = 0;

        if (storage_layer_usage(s, diff_id, &n, e) < 0) {
            return -1;
        }
        *ret_root += n;
    }
    return 0;
}

/* ---- images ---- */

int engine_image_size(struct engine *eng, const struct image *image, int64_t *ret, struct error *e)
{
    const struct storage *s = engine_storage(eng, e);
    char *diff_id;

    *ret = 0;
    if (!s) {
        return -1;
    }
    strv_foreach (&image->config.diff_ids, diff_id) {
        int64_t n = 0;

        if (storage_layer_usage(s, diff_id, &n, e) < 0) {
            if (e->kind != ERR_NOT_FOUND) {
                return -1;
            }
            err_clear(e); /* not unpacked: it takes no room yet */
        }
        *ret += n;
    }
    return 0;
}

struct image_bounds {
    int64_t before;
    int64_t since;
    int64_t until;
};

static int64_t image_time(const struct image *i)
{
    int64_t t = 0;

    return i->config.created && time_parse(i->config.created, &t) == 0 ? t : 0;
}

static int image_bound(struct engine *eng, const char *key, const char *value,
                       struct image_bounds *b, struct error *e)
{
    CLEANUP(image) struct image image = {0};
    const struct image_store *s;
    bool flag;

    if (strcmp(key, "dangling") == 0) {
        return parse_bool(value, &flag) < 0
                   ? err_set(e, ERR_INVALID, "Invalid filter 'dangling=%s'", value)
                   : 0;
    }
    if (strcmp(key, "until") == 0) {
        return time_parse_user(value, time_now(), &b->until) < 0
                   ? err_set(e, ERR_INVALID, "Invalid filter 'until=%s'", value)
                   : 0;
    }
    if (strcmp(key, "before") == 0 || strcmp(key, "since") == 0) {
        s = engine_images(eng, e);
        if (!s || image_find(s, value, &image, e) < 0) {
            return -1;
        }
        *(*key == 'b' ? &b->before : &b->since) = image_time(&image);
        return 0;
    }
    if (strcmp(key, "label") == 0 || strcmp(key, "reference") == 0) {
        return 0;
    }
    return err_set(e, ERR_INVALID, "Invalid filter '%s'", key);
}

/* path.Match-like pattern against "name", "name:tag" and the last part of the name. */
static bool reference_matches(const struct image *image, const char *pattern)
{
    char *name;

    strv_foreach (&image->names, name) {
        CLEANUP(image_ref) struct image_ref ref = {0};
        struct error ignored = {0};

        if (image_ref_parse(name, &ref, &ignored) < 0) {
            continue;
        }
        cleanup_free char *familiar = image_ref_familiar(&ref);
        cleanup_free char *repository = image_ref_familiar_name(&ref);

        if (fnmatch(pattern, familiar, FNM_PATHNAME) == 0 ||
            fnmatch(pattern, repository, FNM_PATHNAME) == 0) {
            return true;
        }
    }
    return false;
}

static bool image_matches(const struct image *image, const char *key, const char *value,
                          const struct image_bounds *b)
{
    bool flag = false;

    if (strcmp(key, "dangling") == 0) {
        (void) parse_bool(value, &flag);
        return flag == (image->names.count == 0);
    }
    if (strcmp(key, "label") == 0) {
        return label_matches(image->config.labels, value);
    }
    if (strcmp(key, "reference") == 0) {
        return reference_matches(image, value);
    }
    if (strcmp(key, "before") == 0) {
        return image_time(image) < b->before;
    }
    if (strcmp(key, "since") == 0) {
        return image_time(image) > b->since;
    }
    return image_time(image) < b->until;
}

static bool image_passes(const struct image *image, const struct list_filter *f,
                         const struct image_bounds *b)
{
    for (size_t i = 0; i < f->keys.count; i++) {
        const char *key = f->keys.items[i];
        bool all = strcmp(key, "label") == 0;
        bool any = false;

        for (size_t k = 0; k < f->keys.count; k++) {
            if (strcmp(f->keys.items[k], key) != 0) {
                continue;
            }
            bool match = image_matches(image, key, f->values.items[k], b);

            if (all && !match) {
                return false;
            }
            any = any || match;
        }
        if (!any) {
            return false;
        }
    }
    return true;
}

int engine_image_list(struct engine *eng, const struct list_filter *f, struct image **ret,
                      size_t *ret_count, struct error *e)
{
    const struct image_store *s = engine_images(eng, e);
    struct image_bounds bounds = {0};
    size_t count = 0, kept = 0;

    for (size_t i = 0; f && i < f->keys.count; i++) {
        if (image_bound(eng, f->keys.items[i], f->values.items[i], &bounds, e) < 0) {
            return -1;
        }
    }
    if (!s || image_list(s, ret, &count, e) < 0) {
        return -1;
    }
    for (size_t i = 0; i < count; i++) {
        if (!f || image_passes(&(*ret)[i], f, &bounds)) {
            struct image moved = (*ret)[kept];

            (*ret)[kept] = (*ret)[i];
            if (kept != i) {
                (*ret)[i] = moved;
            }
            kept++;
        }
    }
    for (size_t i = kept; i < count; i++) {
        image_done(&(*ret)[i]);
    }
    *ret_count = kept;
    return 0;
}
