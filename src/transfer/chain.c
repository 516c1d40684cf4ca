// SPDX-License-Identifier: Apache-2.0
#include "transfer/chain.h"

#include "image/ref.h"
#include "transfer/digest.h"
#include "transfer/report.h"

#include <stdio.h>
#include <string.h>

int chain_ids_run(char **diff_ids, size_t count, struct error *e)
{
    char chain[DIGEST_SIZE] = "";

    for (size_t i = 0; i < count; i++) {
        char text[2 * DIGEST_SIZE];

        if (!image_digest_valid(diff_ids[i])) {
            return err_set(e, ERR_INVALID, "chain-ids: '%.100s' is no sha256 digest", diff_ids[i]);
        }
        snprintf(text, sizeof(text), i ? "%s %s" : "%s%s", chain, diff_ids[i]);
        if (i == 0) {
            memcpy(chain, text, sizeof(chain));
        } else if (digest_of(text, strlen(text), chain, e) < 0) {
            return -1;
        }
        json_t *line = json_object();

        json_put(line, "id", json_string(chain));
        report_line("chain", line);
    }
    report_line("result", json_object());
    return 0;
}
