// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * The half of hoy-image that talks to registries: a process of its own, without capabilities, that
 * opens no file for writing and starts no program. It knows no store: bytes go into descriptors
 * that come with the requests (fetch_message.h). One thread, one loop.
 */
#include "transfer/registry.h"

/* Serves requests from the socket until its other end closes; the process's exit code. */
int fetcher_main(int sock, const struct registry *registry);
