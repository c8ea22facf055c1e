/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the reading of the options, one row each. What a row's default is must agree with the
 * manifest. Runs on the configuration thread; the look-up in lists runs in ops. */
#include "options.h"

#include "lib/str.h"

#include <stddef.h>

typedef struct Row {
    const char *name;
    size_t offset;
    bool otherwise; /* of a bool */
} Row;

#define ROW(name, member, otherwise)                                                               \
    {                                                                                              \
        name, offsetof(Options, member), otherwise                                                 \
    }

static const Row bools[] = {
    ROW("developer-role", developer_role, true),
    ROW("message-name", message_name, true),
    ROW("strict-messages", strict_messages, false),
    ROW("join-text", join_text, false),
    ROW("alternate-roles", alternate_roles, false),
    ROW("named-tool-choice", named_tool_choice, true),
    ROW("custom-tools", custom_tools, true),
    ROW("cache-control", cache_control, false),
    ROW("embeddings", embeddings, true),
    ROW("stop-array", stop_array, false),
    ROW("stream-usage", stream_usage, true),
};

static const Row texts[] = {
    ROW("base-url", base_url, false),
    ROW("path-prefix", path_prefix, false),
    ROW("models-url", models_url, false),
    ROW("organization", organization, false),
    ROW("project", project, false),
    ROW("model-prefix", model_prefix, false),
    ROW("reasoning-field", reasoning_field, false),
};

static const Row tables[] = {
    ROW("model-rename", model_rename, false),   ROW("params-rename", params_rename, false),
    ROW("params-values", params_values, false), ROW("params-drop", params_drop, false),
    ROW("params-allow", params_allow, false),   ROW("tool-drop", tool_drop, false),
    ROW("cache-models", cache_models, false),
};

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

void openai_options_read(const pb_core_api *api, const pb_json *config, Options *out)
{
    char *base = (char *)out;
    memset(out, 0, sizeof *out);
    for (size_t i = 0; i < COUNT(bools); i++) {
        bool value =
            api->json_bool(api->json_get(config, pbs_str(bools[i].name)), bools[i].otherwise) != 0;
        memcpy(base + bools[i].offset, &value, sizeof value);
    }
    for (size_t i = 0; i < COUNT(texts); i++) {
        pb_str value = api->json_str(api->json_get(config, pbs_str(texts[i].name)));
        memcpy(base + texts[i].offset, &value, sizeof value);
    }
    for (size_t i = 0; i < COUNT(tables); i++) {
        const pb_json *value = api->json_get(config, pbs_str(tables[i].name));
        memcpy(base + tables[i].offset, &value, sizeof value);
    }
    out->families =
        !pbs_is(api->json_str(api->json_get(config, PBS_STR("model-families"))), "none");
    out->effort_as_thinking =
        pbs_is(api->json_str(api->json_get(config, PBS_STR("reasoning-effort"))), "thinking");
    out->tool_id_length = api->json_int(api->json_get(config, PBS_STR("tool-id-length")), 0);
    if (out->base_url.len == 0)
        out->base_url = PBS_STR("https://api.openai.com/v1");
}

bool openai_options_lists(const pb_core_api *api, const pb_json *list, pb_str name, pb_str model)
{
    for (size_t i = 0; i < api->json_len(list); i++) {
        pb_str item = api->json_str(api->json_at(list, i, NULL));
        if (!pbs_has_prefix(item, name))
            continue;
        pb_str rest = pbs_skip(item, name.len);
        bool models = rest.len > 0 && rest.ptr[0] == '@';
        if (rest.len == 0 || (models && pbs_glob(pbs_skip(rest, 1), model)))
            return true;
    }
    return false;
}

bool openai_options_caches(const pb_core_api *api, const Options *options, pb_str model)
{
    size_t n = api->json_len(options->cache_models);
    bool taken = n == 0;
    for (size_t i = 0; i < n && !taken; i++)
        taken = pbs_glob(api->json_str(api->json_at(options->cache_models, i, NULL)), model);
    return options->cache_control && taken;
}
