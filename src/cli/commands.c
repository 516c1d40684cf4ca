// SPDX-License-Identifier: Apache-2.0
#include "cli/commands.h"

/* A new command is one file cmd_NAME.c, one line in commands.h, and one here. */
const struct command *const commands[] = {
    /* the common ones, in the order of the help */
    &cmd_run,
    &cmd_exec,
    &cmd_ps,
    &cmd_pull,
    &cmd_push,
    &cmd_images,
    &cmd_login,
    &cmd_logout,
    &cmd_version,
    &cmd_info,
    /* the others */
    &cmd_attach,
    &cmd_container_inspect,
    &cmd_create,
    &cmd_image_inspect,
    &cmd_import,
    &cmd_inspect,
    &cmd_kill,
    &cmd_logs,
    &cmd_monitor_exit,
    &cmd_oci,
    &cmd_pause,
    &cmd_rename,
    &cmd_restart,
    &cmd_rm,
    &cmd_rmi,
    &cmd_start,
    &cmd_stop,
    &cmd_tag,
    &cmd_top,
    &cmd_unpause,
    &cmd_wait,
    NULL,
};

const struct command_group command_groups[] = {
    {"container", "Manage containers"},
    {"image", "Manage images"},
    {"system", "Manage hoy"},
    {NULL, NULL},
};
