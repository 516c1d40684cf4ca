// SPDX-License-Identifier: Apache-2.0
#pragma once
/* The sections of config.json, one file each. Private to spec/; see runtime_json.h. */
#include "spec/field.h"

/* runtime_json_process.c; 'where' is the path of the object ("process" or ""). */
int rt_json_process(const json_t *obj, const char *where, struct rt_process *ret,
                    struct error *e) MUST_CHECK;

/* runtime_json_resources.c */
int rt_json_resources(const json_t *obj, const char *where, struct rt_resources *ret,
                      struct error *e) MUST_CHECK;

/* runtime_json_linux.c: the object "linux". */
int rt_json_linux(const json_t *obj, struct rt_spec *ret, struct error *e) MUST_CHECK;
