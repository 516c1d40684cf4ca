// SPDX-License-Identifier: Apache-2.0
#pragma once
/* The commands of hoy-image that have to do with registries: their options. */
#include "base/error.h"

/* argv[0] is the command's name. */
int registry_cmd_pull(const char *root, int argc, char **argv, struct error *e) MUST_CHECK;
int registry_cmd_push(const char *root, int argc, char **argv, struct error *e) MUST_CHECK;
int registry_cmd_login(const char *root, int argc, char **argv, struct error *e) MUST_CHECK;
int registry_cmd_logout(const char *root, int argc, char **argv, struct error *e) MUST_CHECK;
