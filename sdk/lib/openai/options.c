/* SPDX-License-Identifier: MIT */
/* Owns the reading of the options, one row each. What a default is must agree with the manifests
 * that have the option. Runs on the configuration thread; the look-up in lists runs in ops. */
#include "lib/openai/options.h"

#include "lib/str.h"

#include <stddef.h>

typedef struct Row {
    const char *name;
    size_t offset;
} Row;

#define ROW(name, member)                                                                          \
    {                                                                                              \
        name, offsetof(pbs_openai_options, member)                                                 \
    }

static const Row bools[] = {
    ROW("developer-role", developer_role),   ROW("message-name", message_name),
    ROW("strict-messages", strict_messages), ROW("join-text", join_text),
    ROW("alternate-roles", alternate_roles), ROW("named-tool-choice", named_tool_choice),
    ROW("custom-tools", custom_tools),       ROW("cache-control", cache_control),
    ROW("embeddings", embeddings),           ROW("stop-array", stop_array),
    ROW("stream-usage", stream_usage),       ROW("tool-parameters", tool_parameters),
};

static const Row texts[] = {
    ROW("base-url", base_url),
    ROW("path-prefix", path_prefix),
    ROW("models-url", models_url),
    ROW("organization", organization),
    ROW("project", project),
    ROW("model-prefix", model_prefix),
    ROW("reasoning-field", reasoning_field),
};

/* Maps and lists: both begin with the value of the configuration. */
static const Row tables[] = {
    ROW("model-rename", model_rename.json),   ROW("params-rename", params_rename.json),
    ROW("params-values", params_values.json), ROW("params-drop", params_drop.json),
    ROW("params-allow", params_allow.json),   ROW("tool-drop", tool_drop.json),
    ROW("cache-models", cache_models.json),
};

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

void pbs_openai_options_default(pbs_openai_options *out)
{
    *out = (pbs_openai_options){
        .families = true,
        .body_model = true,
        .developer_role = true,
        .message_name = true,
        .named_tool_choice = true,
        .custom_tools = true,
        .embeddings = true,
        .stream_usage = true,
    };
}

static void read_words(const pb_core_api *api, const pb_json *config, pbs_openai_options *out)
{
    const pb_json *families = api->json_get(config, PBS_STR("model-families"));
    const pb_json *effort = api->json_get(config, PBS_STR("reasoning-effort"));
    const pb_json *length = api->json_get(config, PBS_STR("tool-id-length"));
    if (families != NULL)
        out->families = !pbs_is(api->json_str(families), "none");
    if (effort != NULL)
        out->effort_as_thinking = pbs_is(api->json_str(effort), "thinking");
    out->tool_id_length = api->json_int(length, out->tool_id_length);
}

void pbs_openai_options_read(const pb_core_api *api, const pb_json *config, pbs_openai_options *out)
{
    char *base = (char *)out;
    pbs_openai_options_default(out);
    for (size_t i = 0; i < COUNT(bools); i++) {
        bool value;
        memcpy(&value, base + bools[i].offset, sizeof value);
        value = api->json_bool(api->json_get(config, pbs_str(bools[i].name)), value) != 0;
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
    read_words(api, config, out);
}

/* ---- Lists ---- */

/* The i-th entry, those of the configuration first; false: there are no more. */
static bool entry_at(const pb_core_api *api, const pbs_openai_list *list, size_t i, pb_str *entry)
{
    size_t n = api->json_len(list->json);
    if (i < n) {
        *entry = api->json_str(api->json_at(list->json, i, NULL));
        return true;
    }
    for (size_t k = 0; list->names != NULL && list->names[k] != NULL; k++)
        if (k == i - n) {
            *entry = pbs_str(list->names[k]);
            return true;
        }
    return false;
}

bool pbs_openai_list_has(const pb_core_api *api, const pbs_openai_list *list, pb_str name,
                         pb_str model)
{
    pb_str entry;
    for (size_t i = 0; entry_at(api, list, i, &entry); i++) {
        if (!pbs_has_prefix(entry, name))
            continue;
        pb_str rest = pbs_skip(entry, name.len);
        bool models = rest.len > 0 && rest.ptr[0] == '@';
        if (rest.len == 0 || (models && pbs_glob(pbs_skip(rest, 1), model)))
            return true;
    }
    return false;
}

bool pbs_openai_list_is_empty(const pb_core_api *api, const pbs_openai_list *list)
{
    pb_str entry;
    return !entry_at(api, list, 0, &entry);
}

pb_str pbs_openai_map_get(const pb_core_api *api, const pbs_openai_map *map, pb_str key)
{
    pb_str found = api->json_str(api->json_get(map->json, key));
    for (size_t i = 0; found.len == 0 && map->pairs != NULL && map->pairs[i] != NULL; i += 2)
        if (pbs_is(key, map->pairs[i]))
            found = pbs_str(map->pairs[i + 1]);
    return found;
}

bool pbs_openai_options_caches(const pb_core_api *api, const pbs_openai_options *options,
                               pb_str model)
{
    bool taken = pbs_openai_list_is_empty(api, &options->cache_models);
    pb_str pattern;
    for (size_t i = 0; !taken && entry_at(api, &options->cache_models, i, &pattern); i++)
        taken = pbs_glob(pattern, model);
    return options->cache_control && taken;
}
