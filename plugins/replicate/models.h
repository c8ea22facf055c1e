/* SPDX-License-Identifier: Apache-2.0 */
/* How models of this platform name their inputs. Each has a schema of its own; what is known here
 * are the habits of families. Constant. */
#ifndef REPLICATE_MODELS_H
#define REPLICATE_MODELS_H

#include "lib/str.h"

typedef struct Model {
    const char *glob;       /* of "owner/name"                                         */
    const char *max_tokens; /* the input that bounds the answer                        */
    const char *system;     /* the input for the system text; NULL: it heads the prompt */
    const char *image;      /* the input for images                                    */
    bool many_images;       /* it is a list                                            */
    bool messages;          /* it takes `messages` for a conversation of several turns */
    bool effort;            /* it takes reasoning_effort                               */
} Model;

/* Never NULL. name: "owner/name", or "" for a version alone. */
const Model *replicate_model(pb_str name);

#endif
