/* SPDX-License-Identifier: MIT */
/* Which parameters OpenAI's model families take, as one table. Pure; any thread. */
#ifndef PATCHBAY_LIB_OPENAI_FAMILY_H
#define PATCHBAY_LIB_OPENAI_FAMILY_H

#include <patchbay/driver.h>
#include <stdbool.h>

typedef enum pbs_openai_family {
    PBS_FAMILY_OTHER, /* not known: everything goes as it is */
    PBS_FAMILY_CLASSIC,
    PBS_FAMILY_O1,
    PBS_FAMILY_O3, /* and o4 */
    PBS_FAMILY_GPT5,
    PBS_FAMILY_GPT51, /* and later: takes sampling parameters with reasoning_effort none */
    PBS_FAMILY_GPT54, /* the same, but reasoning_effort not together with tools */
    PBS_FAMILY_COUNT
} pbs_openai_family;

typedef enum pbs_openai_fate {
    PBS_FATE_SAME,
    PBS_FATE_DROP,
    PBS_FATE_ONE,       /* only the value 1 goes           */
    PBS_FATE_QUIET,     /* goes only without reasoning     */
    PBS_FATE_QUIET_ONE, /* 1, or anything without reasoning */
    PBS_FATE_NO_TOOLS,  /* goes only without tools, or as none */
    PBS_FATE_RENAME     /* max_tokens -> max_completion_tokens */
} pbs_openai_fate;

/* By the model's name, with or without "openai/", "ft:" or a date. */
pbs_openai_family pbs_openai_family_of(pb_str model);

pbs_openai_fate pbs_openai_family_fate(pbs_openai_family family, pb_str param);

/* What a system message is called: "system", "developer", "user". */
const char *pbs_openai_family_system_role(pb_str model);

/* Does this image model always answer with b64_json and refuse to be asked for it? */
bool pbs_openai_family_refuses_response_format(pb_str model);

#endif
