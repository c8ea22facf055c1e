/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the table of families. A model that differs is set right by the option input-rename.
 * Constant; any thread. */
#include "models.h"

static const Model models[] = {
    {"openai/*", "max_completion_tokens", "system_prompt", "image_input", true, true, true},
    {"meta/llama-2*", "max_new_tokens", "system_prompt", "image", false, false, false},
    {"*/*vicuna*", "max_length", NULL, "image", false, false, false},
    {"*/*flan-t5*", "max_length", NULL, "image", false, false, false},
    {"*", "max_tokens", "system_prompt", "image", false, false, false},
};

const Model *replicate_model(pb_str name)
{
    size_t i = 0;
    while (i + 1 < sizeof models / sizeof models[0] && !pbs_glob(pbs_str(models[i].glob), name))
        i++;
    return &models[i];
}
