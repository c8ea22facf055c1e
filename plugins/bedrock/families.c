/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the table of families: which body each takes and what Converse refuses for it. A name that
 * is not in it goes through Converse with all it was asked, so that a new model works on the day
 * it comes. Source: the Bedrock user guide, supported models and model features of Converse and
 * the pages of inference parameters. Any thread. */
#include "families.h"

#define TEXT_ONLY (FAMILY_NO_SYSTEM | FAMILY_NO_TOOLS | FAMILY_LEGACY)

/* The first that matches. */
static const Family families[] = {
    {"anthropic.claude-v2*", NULL, FAMILY_NO_TOOLS | FAMILY_LEGACY, BODY_CLAUDE},
    {"anthropic.claude-instant*", NULL, FAMILY_NO_TOOLS | FAMILY_LEGACY, BODY_CLAUDE},
    {"anthropic.claude*", "anthropic", FAMILY_CLAUDE | FAMILY_CACHE, BODY_CLAUDE},
    {"amazon.nova-2*", "nova-2", FAMILY_NOVA | FAMILY_NOVA2 | FAMILY_CACHE, BODY_NONE},
    {"amazon.nova*", "nova", FAMILY_NOVA | FAMILY_CACHE, BODY_NONE},
    {"amazon.titan-text*", "titan", TEXT_ONLY, BODY_TITAN},
    {"amazon.titan-tg1*", NULL, TEXT_ONLY, BODY_TITAN},
    {"ai21.j2*", NULL, TEXT_ONLY, BODY_JURASSIC},
    {"ai21.jamba-instruct*", NULL, FAMILY_NO_TOOLS, BODY_JAMBA},
    {"ai21.jamba*", "ai21", FAMILY_AUTO_ONLY, BODY_JAMBA},
    {"cohere.command-r*", "cohere", FAMILY_AUTO_ONLY, BODY_NONE},
    {"cohere.command*", NULL, TEXT_ONLY, BODY_COMMAND},
    {"meta.llama2*", "llama2", TEXT_ONLY, BODY_LLAMA2},
    {"meta.llama3-1*", NULL, FAMILY_AUTO_ONLY, BODY_LLAMA3},
    {"meta.llama3-2*", NULL, FAMILY_AUTO_ONLY, BODY_LLAMA3},
    {"meta.llama3-3*", NULL, FAMILY_AUTO_ONLY, BODY_LLAMA3},
    {"meta.llama3*", "llama", FAMILY_NO_TOOLS, BODY_LLAMA3},
    {"meta.llama*", NULL, FAMILY_AUTO_ONLY, BODY_NONE},
    {"mistral.mistral-7b*", NULL, FAMILY_NO_SYSTEM | FAMILY_NO_TOOLS, BODY_MISTRAL},
    {"mistral.mixtral*", NULL, FAMILY_NO_SYSTEM | FAMILY_NO_TOOLS, BODY_MISTRAL},
    {"mistral.mistral*", "mistral", 0, BODY_MISTRAL},
    {"openai.gpt-oss*", "openai", FAMILY_GPT, BODY_NONE},
    {"deepseek.r1*", "deepseek_r1", FAMILY_NO_TOOLS, BODY_NONE},
    {"*", NULL, 0, BODY_NONE},
};

const Family *bedrock_family(const Model *model)
{
    size_t i = 0, last = sizeof families / sizeof families[0] - 1;
    for (; i < last; i++) {
        if (model->name.len > 0 && pbs_glob(pbs_str(families[i].pattern), model->name))
            break;
        if (model->name.len == 0 && families[i].hint != NULL &&
            pbs_is(model->hint, families[i].hint))
            break;
    }
    return &families[i];
}
