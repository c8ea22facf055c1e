/* SPDX-License-Identifier: MIT */
/* How a vendor's dialect differs from OpenAI's, as data. Filled once when a provider is opened:
 * from its configuration, or member by member in code. Immutable afterwards; texts and lists
 * that come from the configuration live in it, which lives as long as the provider. */
#ifndef PATCHBAY_LIB_OPENAI_OPTIONS_H
#define PATCHBAY_LIB_OPENAI_OPTIONS_H

#include <patchbay/driver.h>
#include <stdbool.h>

/* Names, from the configuration and from code: an entry of either counts. */
typedef struct pbs_openai_list {
    const pb_json *json;      /* ["n", "stop@grok-4*"], or NULL                */
    const char *const *names; /* the same as strings, ended by NULL; or NULL   */
} pbs_openai_list;

/* Names and what they become; the configuration is asked first. */
typedef struct pbs_openai_map {
    const pb_json *json;      /* {"seed": "random_seed"}, or NULL              */
    const char *const *pairs; /* "seed", "random_seed", ..., NULL; or NULL     */
} pbs_openai_map;

typedef struct pbs_openai_options {
    pb_str base_url, path_prefix, models_url;
    pb_str organization, project;
    pb_str model_prefix;          /* put before each model name                          */
    pb_str reasoning_field;       /* what the vendor calls reasoning_content in messages */
    pbs_openai_map model_rename;  /* {"auto": "openrouter/auto"}                         */
    pbs_openai_map params_rename; /* {"seed": "random_seed"}                             */
    pbs_openai_map params_values; /* {"tool_choice.required": "any"}                     */
    pbs_openai_list params_drop;  /* ["n", "stop@grok-4*"]                               */
    pbs_openai_list params_allow; /* empty: everything                                   */
    pbs_openai_list cache_models; /* patterns of models; empty: all                      */
    pbs_openai_list tool_drop;    /* ["strict", "additionalProperties"]                  */
    bool families;                /* repair parameters by OpenAI's model families        */
    bool body_model;              /* `model` is a member of the body                     */
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
    bool tool_parameters;         /* a tool without parameters gets an empty schema      */
    bool effort_as_thinking;      /* reasoning_effort goes as thinking: {type}           */
    int64_t tool_id_length;       /* 0: ids go as they are                               */
} pbs_openai_options;

/* OpenAI itself: everything goes as it stands, parameters by its families. No base URL. */
void pbs_openai_options_default(pbs_openai_options *out);

/* Those, then what the configuration gives under the option names of plugins/openai
 * ("base-url", "params-drop", "join-text" ...), as many of them as the driver's manifest has. */
void pbs_openai_options_read(const pb_core_api *api, const pb_json *config,
                             pbs_openai_options *out);

/* Is `name` in the list, perhaps with "@" and a pattern that the model matches? */
bool pbs_openai_list_has(const pb_core_api *api, const pbs_openai_list *list, pb_str name,
                         pb_str model);
bool pbs_openai_list_is_empty(const pb_core_api *api, const pbs_openai_list *list);

/* What the map gives for a key; empty: nothing. */
pb_str pbs_openai_map_get(const pb_core_api *api, const pbs_openai_map *map, pb_str key);

/* Does the vendor take cache_control for this model? */
bool pbs_openai_options_caches(const pb_core_api *api, const pbs_openai_options *options,
                               pb_str model);

#endif
