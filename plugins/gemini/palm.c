/* SPDX-License-Identifier: Apache-2.0 */
/* Owns what is said to those who ask for a model of the PaLM API, which the vendor has shut
 * down. Such a name is refused with the way on, never sent as another model: the answers, the
 * limits and the price would be another's. In ops. */
#include "gemini.h"

#include "lib/error.h"

bool gemini_is_retired(pb_str model)
{
    static const char *const names[] = {
        "chat-bison*", "text-bison*",   "codechat-bison*",  "code-bison*",
        "code-gecko*", "text-unicorn*", "embedding-gecko*", "textembedding-gecko*"};
    if (pbs_has_prefix(model, PBS_STR("models/")))
        model = pbs_skip(model, 7);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (pbs_glob(pbs_str(names[i]), model))
            return true;
    return false;
}

pb_next gemini_fail_retired(const pbs_ctx *ctx, pb_str model)
{
    bool embeds = pbs_find_nocase(model, "gecko") != PBS_NONE &&
                  pbs_find_nocase(model, "embedding") != PBS_NONE;
    return pbs_fail(ctx, PB_ERR_NOT_FOUND, PBS_STR("model_not_found"),
                    embeds ? "Google has shut the PaLM API and its models down; ask "
                             "gemini/gemini-embedding-001 instead"
                           : "Google has shut the PaLM API and its models down; ask a Gemini "
                             "model instead, for example gemini/gemini-2.5-flash (\"patchbay "
                             "models gemini\" lists them)");
}
