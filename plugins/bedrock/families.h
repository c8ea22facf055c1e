/* SPDX-License-Identifier: Apache-2.0 */
/* What is known of the families of models that the service hosts. Constant; any thread. */
#ifndef BEDROCK_FAMILIES_H
#define BEDROCK_FAMILIES_H

#include "bedrock.h"

enum {
    FAMILY_CLAUDE = 1,
    FAMILY_NOVA = 2,
    FAMILY_NOVA2 = 4, /* thinks, by reasoningConfig                          */
    FAMILY_GPT = 8,   /* OpenAI's open models: thinks, by reasoning_effort   */
    FAMILY_NO_SYSTEM = 16 /* Converse refuses `system`: it goes into a turn      */,
    FAMILY_NO_TOOLS = 32,  /* Converse refuses toolConfig                         */
    FAMILY_AUTO_ONLY = 64, /* toolChoice: auto alone                              */
    FAMILY_CACHE = 128,    /* takes cachePoint                                    */
    FAMILY_LEGACY = 256    /* a text prompt: InvokeModel unless Converse is asked */
};

/* The body that InvokeModel takes. */
typedef enum Body {
    BODY_NONE, /* not known to this driver: Converse only */
    BODY_CLAUDE,
    BODY_LLAMA2,
    BODY_LLAMA3,
    BODY_MISTRAL,
    BODY_COMMAND,
    BODY_TITAN,
    BODY_JURASSIC,
    BODY_JAMBA
} Body;

typedef struct Family {
    const char *pattern; /* of the model's name                                      */
    const char *hint;    /* what stands before an ARN that hides the name, or NULL   */
    uint32_t traits;
    Body body;
} Family;

/* Never NULL: a name that is not known is a model that takes everything. */
const Family *bedrock_family(const Model *model);

#endif
