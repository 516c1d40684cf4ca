// SPDX-License-Identifier: Apache-2.0
#pragma once
/* What the fields of inspect's documents are in Docker's client (template.h says why). */
#include "template/template.h"

extern const struct template_type inspect_container_types[];
extern const struct template_type inspect_image_types[];
extern const struct template_type inspect_volume_types[];
