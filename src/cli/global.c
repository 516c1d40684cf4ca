// SPDX-License-Identifier: Apache-2.0
#include "cli/global.h"

const struct option global_options[] = {
    OPTION(STRING, 0, "config", struct global_values, config,
           "Configuration file, JSON as Docker's daemon.json",
           .default_text = "\"/etc/hoy/hoy.json\""),
    OPTION(BOOL, 'D', "debug", struct global_values, debug, "Enable debug mode"),
    OPTION(STRING, 'l', "log-level", struct global_values, log_level,
           "Set the logging level (\"debug\", \"info\", \"warn\", \"error\", \"fatal\")",
           .default_text = "\"info\""),
    OPTION(STRING, 0, "root", struct global_values, root,
           "Folder of images, containers and volumes, also HOY_ROOT",
           .default_text = "\"/var/lib/hoy\""),
    OPTION(STRING, 0, "state", struct global_values, state,
           "Folder of runtime state, also HOY_STATE", .default_text = "\"/run/hoy\""),
    OPTION(BOOL, 'v', "version", struct global_values, version,
           "Print version information and quit"),
    OPTION_LAST,
};
