// SPDX-License-Identifier: Apache-2.0
#pragma once
/* Names of capabilities, capabilities(7). */

/* Number of "CAP_NET_ADMIN", "net_admin", "NET_ADMIN" (case does not matter), -EINVAL. */
int cap_from_string(const char *name);

/* "CAP_NET_ADMIN"; NULL when the number is unknown to us. */
const char *cap_to_string(int cap);
