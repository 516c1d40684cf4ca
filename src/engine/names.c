// SPDX-License-Identifier: Apache-2.0
/* Container names: unique through exclusively made links in <root>/names. */
#include "engine/container.h"

#include "base/fs.h"
#include "base/rand.h"
#include "engine/sweep.h"

#include <ctype.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#define NAME_MAX_LEN 200

static const char *const adjectives[] = {
    "able",   "agile",  "amber",  "bold",   "brave",  "breezy",  "bright", "brisk",  "calm",
    "candid", "cheery", "clear",  "clever", "cosy",   "crisp",   "daring", "deft",   "dry",
    "eager",  "early",  "easy",   "fair",   "fast",   "fine",    "firm",   "fleet",  "fond",
    "frank",  "fresh",  "gentle", "glad",   "golden", "grand",   "green",  "handy",  "happy",
    "hardy",  "hearty", "jolly",  "keen",   "kind",   "lively",  "loyal",  "lucky",  "mellow",
    "merry",  "mild",   "neat",   "nimble", "noble",  "patient", "plain",  "prompt", "proud",
    "quick",  "quiet",  "ready",  "robust", "salty",  "sharp",   "silver", "smart",  "snug",
    "sober",  "solid",  "sound",  "spry",   "steady", "stout",   "sunny",  "sure",   "swift",
    "tidy",   "trim",   "true",   "vivid",  "warm",   "wise",    "witty",  "zesty",
};

/* People who worked on ships, the sea, and its charts. */
static const char *const surnames[] = {
    "amundsen",  "anson",    "baffin",    "barents",  "baret",     "beaufort",  "bering",
    "bligh",     "bowditch", "brunel",    "cabot",    "cartier",   "chapman",   "columbus",
    "cook",      "cousteau", "dampier",   "davis",    "diaz",      "drake",     "earle",
    "erikson",   "fitzroy",  "flinders",  "franklin", "frobisher", "gama",      "harrison",
    "henson",    "hudson",   "ibnmajid",  "idrisi",   "kidd",      "laperouse", "lind",
    "magellan",  "marsden",  "maskelyne", "maury",    "mercator",  "nansen",    "nelson",
    "noonuccal", "piri",     "polo",      "pytheas",  "ross",      "sharp",     "shackleton",
    "slocum",    "tasman",   "tharp",     "tupaia",   "vancouver", "vespucci",  "zheng",
};

int ctr_name_check(const char *name, struct error *e)
{
    size_t n = strlen(name);
    bool good = n >= 2 && n <= NAME_MAX_LEN && isalnum((unsigned char) name[0]);

    for (size_t i = 1; good && i < n; i++) {
        good = isalnum((unsigned char) name[i]) || strchr("_.-", name[i]) != NULL;
    }
    if (good) {
        return 0;
    }
    return err_set(e, ERR_INVALID,
                   "Invalid container name (%.250s), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed",
                   name);
}

static bool container_exists(struct engine *eng, const char *id)
{
    char path[sizeof("containers/") + CTR_ID_LEN];

    snprintf(path, sizeof(path), "containers/%.64s", id);
    return fs_exists(eng->root, path) || fs_exists(eng->state, path);
}

/* The owner's folder may be all that a killed create left. */
static void sweep_if_empty(struct engine *eng, const char *id)
{
    char path[sizeof("containers//config.json") + CTR_ID_LEN];

    snprintf(path, sizeof(path), "containers/%.64s/config.json", id);
    if (container_exists(eng, id) && !fs_exists(eng->root, path) && !fs_exists(eng->state, path)) {
        sweep_garbage(eng, id);
    }
}

static int claim(struct engine *eng, const char *name, const char *id, char owner[CTR_ID_LEN + 1])
{
    char path[sizeof("names/") + NAME_MAX_LEN + 1];

    snprintf(path, sizeof(path), "names/%s", name);
    for (int tries = 0; tries < 3; tries++) {
        if (symlinkat(id, eng->root, path) == 0) {
            return 0;
        }
        if (errno == ENOENT) {
            int r = fs_mkdirs(eng->root, "names", 0700);

            if (r < 0) {
                return r;
            }
            continue;
        }
        if (errno != EEXIST) {
            return -errno;
        }
        ssize_t n = readlinkat(eng->root, path, owner, CTR_ID_LEN + 1);

        owner[n == CTR_ID_LEN ? n : 0] = '\0';
        /*
         * A link whose container is nowhere: left by a --rm container of an earlier boot, or by a
         * crash in create. A container being created has its folder before its name.
         */
        if (*owner) {
            sweep_if_empty(eng, owner);
        }
        if (*owner && container_exists(eng, owner)) {
            return -EEXIST;
        }
        if (unlinkat(eng->root, path, 0) < 0 && errno != ENOENT) {
            return -errno;
        }
    }
    return -EEXIST;
}

int ctr_name_claim(struct engine *eng, const char *name, const char *id, struct error *e)
{
    char owner[CTR_ID_LEN + 1] = "";
    int r = claim(eng, name, id, owner);

    if (r == -EEXIST) {
        return err_set(
            e, ERR_EXISTS,
            "Conflict. The container name \"/%s\" is already in use by container \"%s\". "
            "You have to remove (or rename) that container to be able to reuse that "
            "name.",
            name, owner);
    }
    return r < 0 ? err_sys(e, r, "claim name '%s'", name) : 0;
}

void ctr_name_release(struct engine *eng, const char *name, const char *id)
{
    char path[sizeof("names/") + NAME_MAX_LEN + 1];
    char owner[CTR_ID_LEN + 1];

    snprintf(path, sizeof(path), "names/%.200s", name);
    ssize_t n = readlinkat(eng->root, path, owner, sizeof(owner));

    if (n == CTR_ID_LEN && strncmp(owner, id, CTR_ID_LEN) == 0) {
        unlinkat(eng->root, path, 0);
    }
}

int ctr_name_generate(struct engine *eng, const char *id, char **ret, struct error *e)
{
    char owner[CTR_ID_LEN + 1];

    for (int tries = 0; tries < 100; tries++) {
        cleanup_free char *name = xasprintf("%s_%s", adjectives[rand_below(ARRAY_SIZE(adjectives))],
                                            surnames[rand_below(ARRAY_SIZE(surnames))]);

        if (tries > 5) {
            char *longer = xasprintf("%s%u", name, rand_below(tries > 20 ? 1000000 : 10));

            free(name);
            name = longer;
        }
        int r = claim(eng, name, id, owner);

        if (r == 0) {
            *ret = take_ptr(&name);
            return 0;
        }
        if (r != -EEXIST) {
            return err_sys(e, r, "claim name '%s'", name);
        }
    }
    return err_set(e, ERR_UNAVAILABLE, "find a free name: all tries were taken");
}
