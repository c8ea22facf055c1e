/* SPDX-License-Identifier: MIT */
/* Owns the table of models: what each generation takes and how much it writes. A name that is
 * not in it is judged as the newest generation if it is a Claude, so that a new model works on the
 * day it comes. Source: the vendor's model overview and the pages on extended thinking, effort and
 * structured outputs. Any thread. */
#include "lib/anthropic/models.h"

#include "lib/str.h"

#define NEWEST (MODEL_ADAPTIVE | MODEL_SCHEMA | MODEL_NO_SAMPLING | MODEL_XHIGH)
#define MIDDLE (MODEL_BUDGET | MODEL_SCHEMA | MODEL_ONE_SAMPLING)

/* The first that matches. */
static const pbs_claude models[] = {
    {"claude-instant*", MODEL_LEGACY, 4096},
    {"claude-v1*", MODEL_LEGACY, 4096},
    {"claude-v2*", MODEL_LEGACY, 4096},
    {"claude-1*", MODEL_LEGACY, 4096},
    {"claude-2*", MODEL_LEGACY, 4096},
    {"claude-3-5-*", 0, 8192},
    {"claude-3-7-*", MODEL_BUDGET, 64000},
    {"claude-3*", 0, 4096},
    {"claude-opus-4", MODEL_BUDGET, 32000},
    {"claude-opus-4-0*", MODEL_BUDGET, 32000},
    {"claude-opus-4-20*", MODEL_BUDGET, 32000},
    {"claude-opus-4@*", MODEL_BUDGET, 32000},
    {"claude-opus-4-1*", MODEL_BUDGET | MODEL_ONE_SAMPLING, 32000},
    {"claude-opus-4-5*", MIDDLE, 64000},
    {"claude-opus-4-6*", MODEL_ADAPTIVE | MODEL_SCHEMA | MODEL_ONE_SAMPLING, 128000},
    {"claude-sonnet-4", MODEL_BUDGET, 64000},
    {"claude-sonnet-4-0*", MODEL_BUDGET, 64000},
    {"claude-sonnet-4-20*", MODEL_BUDGET, 64000},
    {"claude-sonnet-4@*", MODEL_BUDGET, 64000},
    {"claude-sonnet-4-5*", MIDDLE, 64000},
    {"claude-sonnet-4-6*", MODEL_ADAPTIVE | MODEL_SCHEMA | MODEL_ONE_SAMPLING, 64000},
    {"claude-haiku-4-5*", MIDDLE, 64000},
    {"claude-opus-*", NEWEST, 128000},
    {"claude*", NEWEST, 64000},
    {"*", 0, 4096},
};

const pbs_claude *pbs_anthropic_model(pb_str name)
{
    size_t at = pbs_find_nocase(name, "claude");
    pb_str known = at != PBS_NONE ? pbs_skip(name, at) : name;
    size_t i = 0;
    while (!pbs_glob(pbs_str(models[i].pattern), known))
        i++;
    return &models[i];
}
