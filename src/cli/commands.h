// SPDX-License-Identifier: Apache-2.0
#pragma once
/* Every command's struct; commands.c has the table of them. */
#include "cli/command.h"

extern const struct command cmd_attach;
extern const struct command cmd_container_inspect;
extern const struct command cmd_create;
extern const struct command cmd_exec;
extern const struct command cmd_image_inspect;
extern const struct command cmd_images;
extern const struct command cmd_import;
extern const struct command cmd_info;
extern const struct command cmd_inspect;
extern const struct command cmd_kill;
extern const struct command cmd_login;
extern const struct command cmd_logout;
extern const struct command cmd_logs;
extern const struct command cmd_monitor_exit;
extern const struct command cmd_oci;
extern const struct command cmd_pause;
extern const struct command cmd_ps;
extern const struct command cmd_pull;
extern const struct command cmd_push;
extern const struct command cmd_rename;
extern const struct command cmd_restart;
extern const struct command cmd_rm;
extern const struct command cmd_rmi;
extern const struct command cmd_run;
extern const struct command cmd_start;
extern const struct command cmd_stop;
extern const struct command cmd_tag;
extern const struct command cmd_top;
extern const struct command cmd_unpause;
extern const struct command cmd_version;
extern const struct command cmd_wait;
