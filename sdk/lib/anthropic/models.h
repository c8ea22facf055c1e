/* SPDX-License-Identifier: MIT */
/* What is known of Anthropic's models. Constant; any thread. */
#ifndef PATCHBAY_LIB_ANTHROPIC_MODELS_H
#define PATCHBAY_LIB_ANTHROPIC_MODELS_H

#include <patchbay/driver.h>
#include <stdint.h>

enum {
    MODEL_LEGACY = 1,        /* only /v1/complete                                      */
    MODEL_BUDGET = 2,        /* thinks with a budget of tokens                         */
    MODEL_ADAPTIVE = 4,      /* decides itself how much to think; takes an effort      */
    MODEL_SCHEMA = 8,        /* output_config.format                                   */
    MODEL_NO_SAMPLING = 16,  /* refuses temperature, top_p and top_k, and budgets      */
    MODEL_ONE_SAMPLING = 32, /* refuses temperature and top_p together                 */
    MODEL_XHIGH = 64         /* knows the effort xhigh                                 */
};

typedef struct pbs_claude {
    const char *pattern; /* of the name from "claude" on */
    uint32_t traits;
    int64_t max_output; /* tokens */
} pbs_claude;

/* Never NULL: an unknown name is a model of which nothing is known. */
const pbs_claude *pbs_anthropic_model(pb_str name);

#endif
