/* SPDX-License-Identifier: Apache-2.0 */
/* What a model's name says: where its predictions are created. Pure; any thread. */
#ifndef REPLICATE_TARGET_H
#define REPLICATE_TARGET_H

#include "lib/str.h"

typedef enum TargetKind { TARGET_MODEL, TARGET_VERSION, TARGET_DEPLOYMENT } TargetKind;

typedef struct Target {
    TargetKind kind;
    pb_str owner, name; /* empty for a version alone */
    pb_str version;
} Target;

/* "owner/name", "owner/name:version", "deployments/owner/name", or a version of 64 hexadecimal
 * digits. False: none of these. */
bool replicate_target(pb_str model, Target *out);

#endif
