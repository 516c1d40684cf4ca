// SPDX-License-Identifier: Apache-2.0
/* config.json, and the same bytes as a process and as resources alone. */
#include "spec/runtime_json.h"

#include "base/log.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A refusal is a sentence that names the document; what was accepted holds what it promises. */
static void judge(int r, const struct error *e, bool holds)
{
    if (r < 0 ? e->kind == ERR_NONE || !strstr(e->text, "fuzz.json") : !holds) {
        abort();
    }
}

static bool spec_holds(const struct rt_spec *s)
{
    bool ok = s->oci_version && s->rootfs && (!s->has_process || s->process.cwd[0] == '/');

    for (size_t i = 0; i < s->mounts_count; i++) {
        ok = ok && s->mounts[i].destination[0] == '/' &&
             !s->mounts[i].uid_mappings.count == !s->mounts[i].gid_mappings.count;
    }
    for (size_t i = 0; i < s->devices_count; i++) {
        ok = ok && s->devices[i].path[0] == '/';
    }
    return ok;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    CLEANUP(rt_spec) struct rt_spec spec;
    CLEANUP(rt_process) struct rt_process process;
    CLEANUP(rt_resources) struct rt_resources resources;
    const char *text = (const char *) data;
    struct error e = {0};
    int r;

    log_set_level(LOG_LEVEL_FATAL);
    rt_spec_init(&spec);
    rt_process_init(&process);
    rt_resources_init(&resources);
    r = rt_spec_parse(text, size, "fuzz.json", &spec, &e);
    judge(r, &e, r == 0 && spec_holds(&spec));
    rt_spec_set_bundle(&spec, "/bundle");
    e = (struct error){0};
    r = rt_process_parse(text, size, "fuzz.json", &process, &e);
    judge(r, &e, r == 0 && process.cwd && process.cwd[0] == '/');
    e = (struct error){0};
    judge(rt_resources_parse(text, size, "fuzz.json", &resources, &e), &e, true);
    return 0;
}
