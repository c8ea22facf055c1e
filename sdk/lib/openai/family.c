/* SPDX-License-Identifier: MIT */
/* Owns what is known of OpenAI's model families: the API answers 400 to what a family does not
 * take, so that it is renamed or left out (and told) beforehand. A model nobody knows is left
 * alone; the repair after a 400 is there for it. Data first; any thread. */
#include "lib/openai/family.h"

#include "lib/str.h"

typedef struct Pattern {
    const char *glob;
    pbs_openai_family family;
} Pattern;

/* The first that matches. */
static const Pattern patterns[] = {
    {"gpt-5-chat*", PBS_FAMILY_CLASSIC},
    {"gpt-5.4*", PBS_FAMILY_GPT54},
    {"gpt-5.*", PBS_FAMILY_GPT51},
    {"gpt-5*", PBS_FAMILY_GPT5},
    {"gpt-4*", PBS_FAMILY_CLASSIC},
    {"gpt-3.5*", PBS_FAMILY_CLASSIC},
    {"chatgpt-4o*", PBS_FAMILY_CLASSIC},
    {"o1*", PBS_FAMILY_O1},
    {"o3*", PBS_FAMILY_O3},
    {"o4*", PBS_FAMILY_O3},
};

typedef struct Row {
    const char *param;
    pbs_openai_fate fate[PBS_FAMILY_COUNT];
} Row;

#define S PBS_FATE_SAME
#define D PBS_FATE_DROP
#define R PBS_FATE_RENAME
#define Q PBS_FATE_QUIET
#define E PBS_FATE_ONE
#define F PBS_FATE_QUIET_ONE
#define T PBS_FATE_NO_TOOLS

/* clang-format off */
static const Row rows[] = {
    /*                        other classic o1 o3/o4 gpt-5 gpt-5.1+ gpt-5.4 */
    {"max_tokens",            {S, S, R, R, R, R, R}},
    {"temperature",           {S, S, E, E, E, F, F}},
    {"top_p",                 {S, S, D, D, D, Q, Q}},
    {"logprobs",              {S, S, D, D, D, Q, Q}},
    {"top_logprobs",          {S, S, D, D, D, Q, Q}},
    {"presence_penalty",      {S, S, D, D, D, D, D}},
    {"frequency_penalty",     {S, S, D, D, D, D, D}},
    {"logit_bias",            {S, S, S, S, D, D, D}},
    {"modalities",            {S, S, S, S, D, D, D}},
    {"prediction",            {S, S, S, S, D, D, D}},
    {"audio",                 {S, S, S, S, D, D, D}},
    {"stop",                  {S, S, S, D, D, D, D}},
    {"parallel_tool_calls",   {S, S, D, S, S, S, S}},
    {"reasoning_effort",      {S, D, S, S, S, S, T}},
};

/* clang-format on */
#undef S
#undef D
#undef R
#undef Q
#undef E
#undef F
#undef T

static pb_str bare_name(pb_str model)
{
    for (size_t i = model.len; i > 0; i--)
        if (model.ptr[i - 1] == '/')
            return pbs_skip(model, i);
    return pbs_has_prefix(model, PBS_STR("ft:")) ? pbs_skip(model, 3) : model;
}

pbs_openai_family pbs_openai_family_of(pb_str model)
{
    pb_str name = bare_name(model);
    for (size_t i = 0; i < sizeof patterns / sizeof patterns[0]; i++)
        if (pbs_glob(pbs_str(patterns[i].glob), name))
            return patterns[i].family;
    return PBS_FAMILY_OTHER;
}

pbs_openai_fate pbs_openai_family_fate(pbs_openai_family family, pb_str param)
{
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (pbs_is(param, rows[i].param))
            return rows[i].fate[family];
    return PBS_FATE_SAME;
}

const char *pbs_openai_family_system_role(pb_str model)
{
    pb_str name = bare_name(model);
    if (pbs_glob(PBS_STR("o1-mini*"), name) || pbs_glob(PBS_STR("o1-preview*"), name))
        return "user";
    pbs_openai_family family = pbs_openai_family_of(model);
    return family == PBS_FAMILY_O1 || family == PBS_FAMILY_O3 ? "developer" : "system";
}

bool pbs_openai_family_refuses_response_format(pb_str model)
{
    return pbs_glob(PBS_STR("gpt-image-*"), bare_name(model));
}
