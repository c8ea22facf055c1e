/* SPDX-License-Identifier: Apache-2.0 */
/* What a provider's configuration says about the vendor's dialect: how it differs from OpenAI's,
 * as data. Read once when the provider is opened, immutable afterwards; texts and lists live in
 * the configuration, which lives as long as the provider. */
#ifndef OPENAI_OPTIONS_H
#define OPENAI_OPTIONS_H

#include <patchbay/driver.h>
#include <stdbool.h>

typedef struct Options {
    pb_str base_url, path_prefix, models_url;
    pb_str organization, project;
    pb_str model_prefix;          /* put before each model name                          */
    pb_str reasoning_field;       /* what the vendor calls reasoning_content in messages */
    const pb_json *model_rename;  /* {"auto": "openrouter/auto"}                         */
    const pb_json *params_rename; /* {"seed": "random_seed"}                             */
    const pb_json *params_values; /* {"tool_choice.required": "any"}                     */
    const pb_json *params_drop;   /* ["n", "stop@grok-4*"]                               */
    const pb_json *params_allow;  /* empty or absent: everything                         */
    const pb_json *cache_models;  /* patterns of models; empty or absent: all            */
    const pb_json *tool_drop;     /* ["strict", "additionalProperties"]                  */
    bool families;                /* repair parameters by OpenAI's model families        */
    bool developer_role;          /* the vendor knows role developer                     */
    bool message_name;            /* ... and `name` on messages                          */
    bool strict_messages;         /* ... only the basic members of messages              */
    bool join_text;               /* ... content of text parts only as one string        */
    bool alternate_roles;         /* ... no two messages of one role in a row            */
    bool named_tool_choice;       /* ... a tool_choice that names a tool                 */
    bool custom_tools;            /* ... tools of type custom                            */
    bool cache_control;           /* ... cache_control on parts                          */
    bool embeddings;              /* ... embeddings as numbers or float32                */
    bool stop_array;              /* stop must be an array                               */
    bool stream_usage;            /* stream_options.include_usage may be asked for       */
    bool effort_as_thinking;      /* reasoning_effort goes as thinking: {type}           */
    int64_t tool_id_length;       /* 0: ids go as they are                               */
} Options;

/* Absent members take the defaults of the manifest. */
void openai_options_read(const pb_core_api *api, const pb_json *config, Options *out);

/* Is `name` in a list of names, each perhaps with "@" and a pattern of model names? */
bool openai_options_lists(const pb_core_api *api, const pb_json *list, pb_str name, pb_str model);

/* Does the vendor take cache_control for this model? */
bool openai_options_caches(const pb_core_api *api, const Options *options, pb_str model);

#endif
