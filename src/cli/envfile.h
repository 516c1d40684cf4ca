// SPDX-License-Identifier: Apache-2.0
#pragma once
/* Lists of KEY=VALUE, from options and from files (--env, --env-file, --label, --label-file). */
#include "base/error.h"
#include "base/json.h"
#include "base/strv.h"

/* Option checks (options.h): "KEY" alone takes the value of our own environment, if it has one. */
int env_check(const char *value, char **ret, struct error *e);
int label_check(const char *value, char **ret, struct error *e);

/*
 * Appends what files and options say, files first; a key that comes twice keeps its first place
 * and its last value. "KEY" without a value stays so: it takes the image's variable away.
 */
int env_collect(const struct strv *files, const struct strv *options, struct strv *ret,
                struct error *e) MUST_CHECK;

/* The same for labels, into an object of strings. */
int label_collect(const struct strv *files, const struct strv *options, json_t *ret,
                  struct error *e) MUST_CHECK;
