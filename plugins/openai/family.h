/* SPDX-License-Identifier: Apache-2.0 */
/* Which parameters OpenAI's model families take, as one table. Pure; any thread. */
#ifndef OPENAI_FAMILY_H
#define OPENAI_FAMILY_H

#include <patchbay/driver.h>
#include <stdbool.h>

typedef enum Family {
    FAMILY_OTHER, /* not known: everything goes as it is */
    FAMILY_CLASSIC,
    FAMILY_O1,
    FAMILY_O3, /* and o4 */
    FAMILY_GPT5,
    FAMILY_GPT51, /* and later: takes sampling parameters with reasoning_effort none */
    FAMILY_GPT54, /* the same, but reasoning_effort not together with tools */
    FAMILY_COUNT
} Family;

typedef enum Fate {
    FATE_SAME,
    FATE_DROP,
    FATE_ONE,       /* only the value 1 goes           */
    FATE_QUIET,     /* goes only without reasoning     */
    FATE_QUIET_ONE, /* 1, or anything without reasoning */
    FATE_NO_TOOLS,  /* goes only without tools, or as none */
    FATE_RENAME     /* max_tokens -> max_completion_tokens */
} Fate;

/* By the model's name, with or without "openai/", "ft:" or a date. */
Family openai_family(pb_str model);

Fate openai_family_fate(Family family, pb_str param);

/* What a system message is called: "system", "developer", "user". */
const char *openai_family_system_role(pb_str model);

/* Does this image model always answer with b64_json and refuse to be asked for it? */
bool openai_family_refuses_response_format(pb_str model);

#endif
