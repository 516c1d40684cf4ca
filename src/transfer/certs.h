// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * Certificates for one registry: /etc/hoy/certs.d/HOST[:PORT]/ and Docker's own place. *.crt are
 * authorities, NAME.cert with NAME.key is who we are. Read before rights are given up.
 */
#include "base/error.h"

struct certs {
    char *authorities; /* PEM, several; NULL: the system's alone */
    char *certificate; /* PEM; NULL: none */
    char *key;
};

void certs_done(struct certs *c);
DEFINE_CLEANUP(certs, struct certs, certs_done);

/* Absent folders are no error; one that cannot be read is. folders: NULL-terminated, the usual ones
 * when NULL. */
int certs_read(const char *host, const char *const *folders, struct certs *ret,
               struct error *e) MUST_CHECK;
