// SPDX-License-Identifier: Apache-2.0
#pragma once
/* Options understood before a command's name. */
#include "cli/options.h"

struct global_values {
    char *root;
    char *state;
    char *config;
    char *log_level;
    bool debug;
    bool version;
};

extern const struct option global_options[];
