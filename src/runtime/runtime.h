// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * The OCI runtime's command line: `hoy oci COMMAND`, and hoy itself when it is called hoy-runtime.
 *
 * Containers are made of bundles (a folder with config.json and a root file system) and known by
 * what lies below --root (container.h). Nothing of the engine is touched: no images, no stores, no
 * configuration. Commands, flags, sentences and exit codes are those that callers of runc and crun
 * rely on (Podman's conmon, containerd's shim); docs/design/runtime.md tells which.
 *
 *   main.c          global flags, the table of commands
 *   args.[ch]       flags of one command
 *   report.[ch]     the one place that says what went wrong: stderr and the --log file
 *   container.[ch]  <root>/<id>/: state.json, config.json, start.sock; what state a container is in
 *   lifecycle.[ch]  create, start, delete: what several commands share
 *   console.[ch]    --console-socket, and the terminal of a foreground run
 *   cmd_*.c         the commands
 */

/* argv: the words behind the program's name (or behind "oci"). Returns the exit code. */
int runtime_main(int argc, char **argv);
