/* SPDX-License-Identifier: Apache-2.0 */
/* Checks the request and says of each parameter that changes nothing here that it changes
 * nothing: hints as DROPPED, what would change the meaning of the answer as UNMET. Engine
 * thread; emits no event. */
#include "parameters.h"

#include "text.h"

typedef struct Fate {
    const char *name, *why;
    int32_t note;
} Fate;

static const char no_chance[] = "ELIZA takes its answers by turns; nothing is drawn at random";
static const char only_text[] = "ELIZA writes plain text only";
static const char kept[] = "nothing of a conversation is kept";

static const Fate fates[] = {
    {"temperature", no_chance, PB_NOTE_DROPPED},
    {"top_p", no_chance, PB_NOTE_DROPPED},
    {"top_k", no_chance, PB_NOTE_DROPPED},
    {"min_p", no_chance, PB_NOTE_DROPPED},
    {"presence_penalty", no_chance, PB_NOTE_DROPPED},
    {"frequency_penalty", no_chance, PB_NOTE_DROPPED},
    {"repetition_penalty", no_chance, PB_NOTE_DROPPED},
    {"logit_bias", no_chance, PB_NOTE_UNMET},
    {"reasoning_effort", "ELIZA does not reason", PB_NOTE_DROPPED},
    {"verbosity", "the length of an answer is the script's", PB_NOTE_DROPPED},
    {"best_of", no_chance, PB_NOTE_DROPPED},
    {"tools", "ELIZA calls no tools", PB_NOTE_UNMET},
    {"functions", "ELIZA calls no tools", PB_NOTE_UNMET},
    {"logprobs", "ELIZA has no probabilities", PB_NOTE_UNMET},
    {"top_logprobs", "ELIZA has no probabilities", PB_NOTE_UNMET},
    {"response_format", only_text, PB_NOTE_UNMET},
    {"audio", only_text, PB_NOTE_UNMET},
    {"modalities", only_text, PB_NOTE_UNMET},
    {"web_search_options", "ELIZA searches nothing", PB_NOTE_UNMET},
    {"tool_choice", "ELIZA calls no tools", PB_NOTE_DROPPED},
    {"prediction", "ELIZA's answers come at once", PB_NOTE_DROPPED},
    {"service_tier", "ELIZA has one tier", PB_NOTE_DROPPED},
    {"store", kept, PB_NOTE_DROPPED},
    {"metadata", kept, PB_NOTE_DROPPED},
    {"user", kept, PB_NOTE_DROPPED},
    {"safety_identifier", kept, PB_NOTE_DROPPED},
    {"prompt_cache_key", kept, PB_NOTE_DROPPED},
    {"prompt_cache_retention", kept, PB_NOTE_DROPPED},
    {"prompt_cache_options", kept, PB_NOTE_DROPPED},
    {"moderation", "ELIZA moderates nothing", PB_NOTE_DROPPED},
    {"suffix", "ELIZA answers, it does not fill in", PB_NOTE_UNMET},
    {"echo", "ELIZA answers, it does not repeat the prompt", PB_NOTE_UNMET},
};

/* Does this value ask for anything? null, false, [], ["text"] and {"type": "text"} do not. */
static bool asks(const pb_core_api *api, const pb_json *value)
{
    int32_t type = api->json_type(value);
    if (type == PB_JSON_NULL || (type == PB_JSON_BOOL && !api->json_bool(value, 0)))
        return false;
    if (type == PB_JSON_ARRAY || type == PB_JSON_OBJECT) {
        bool array = type == PB_JSON_ARRAY;
        const pb_json *first =
            array ? api->json_at(value, 0, NULL) : api->json_get(value, pbs_str("type"));
        bool more = array && api->json_len(value) > 1;
        return api->json_len(value) > 0 && (more || !pbs_is(api->json_str(first), "text"));
    }
    return true;
}

static void note(const ElizaRun *run, int32_t note, const char *param, const char *why)
{
    run->api->note(run->x, note, pbs_str(param), pbs_str(why));
}

static void note_parameters(const ElizaRun *run)
{
    for (size_t i = 0; i < sizeof fates / sizeof fates[0]; i++)
        if (asks(run->api, run->api->json_get(run->request->body, pbs_str(fates[i].name))))
            note(run, fates[i].note, fates[i].name, fates[i].why);
}

static bool has_other_parts(const pb_core_api *api, const pb_json *content)
{
    const pb_json *part;
    for (size_t i = 0; (part = api->json_at(content, i, NULL)) != NULL; i++)
        if (!pbs_is(api->json_str(api->json_get(part, pbs_str("type"))), "text"))
            return true;
    return false;
}

static void note_messages(const ElizaRun *run, const pb_json *messages)
{
    const pb_core_api *api = run->api;
    bool instructions = false, other_parts = false;
    const pb_json *message;
    for (size_t i = 0; (message = api->json_at(messages, i, NULL)) != NULL; i++) {
        pb_str role = api->json_str(api->json_get(message, pbs_str("role")));
        instructions = instructions || pbs_is(role, "system") || pbs_is(role, "developer");
        other_parts =
            other_parts || (pbs_is(role, "user") &&
                            has_other_parts(api, api->json_get(message, pbs_str("content"))));
    }
    if (instructions)
        note(run, PB_NOTE_DROPPED, "messages", "ELIZA follows its script, not the system message");
    if (other_parts)
        note(run, PB_NOTE_UNMET, "messages", "ELIZA reads text only: other parts are left out");
}

/* An integer of at least min, or otherwise when absent or null; false after fail(). */
static bool read_int(const ElizaRun *run, const char *name, int64_t min, int64_t max,
                     const char *message, int64_t *value)
{
    const pb_json *json = run->api->json_get(run->request->body, pbs_str(name));
    if (run->api->json_type(json) == PB_JSON_NULL)
        return true;
    int64_t given = run->api->json_int(json, INT64_MIN);
    if (given >= min && given <= max && given != INT64_MIN) {
        *value = given;
        return true;
    }
    eliza_fail(run, PB_ERR_INVALID, message, name);
    return false;
}

static bool is_text(const pb_core_api *api, const pb_json *prompt)
{
    const pb_json *one;
    if (api->json_type(prompt) == PB_JSON_STRING)
        return true;
    for (size_t i = 0; (one = api->json_at(prompt, i, NULL)) != NULL; i++)
        if (api->json_type(one) != PB_JSON_STRING)
            return false;
    return api->json_type(prompt) == PB_JSON_ARRAY && api->json_len(prompt) > 0 &&
           api->json_len(prompt) <= 1024;
}

static bool check_input(const ElizaRun *run)
{
    const pb_core_api *api = run->api;
    if (run->request->kind == PB_KIND_CHAT) {
        const pb_json *messages = api->json_get(run->request->body, pbs_str("messages"));
        if (api->json_type(messages) == PB_JSON_ARRAY) {
            note_messages(run, messages);
            return true;
        }
        eliza_fail(run, PB_ERR_INVALID, "messages must be an array of messages", "messages");
        return false;
    }
    if (is_text(api, api->json_get(run->request->body, pbs_str("prompt"))))
        return true;
    eliza_fail(run, PB_ERR_INVALID, "prompt must be a text, or an array of 1 to 1024 texts",
               "prompt");
    return false;
}

bool eliza_parameters_read(const ElizaRun *run, ElizaParameters *parameters)
{
    static const char at_least_one[] = "the limit of tokens must be an integer of at least 1";
    int64_t seed = 0, n = 1, max_words = INT64_MAX;
    if (!check_input(run) ||
        !read_int(run, "seed", -INT64_MAX, INT64_MAX, "seed must be an integer", &seed) ||
        !read_int(run, "n", 1, 128, "n must be an integer from 1 to 128", &n) ||
        !read_int(run, "max_tokens", 1, INT64_MAX, at_least_one, &max_words) ||
        !read_int(run, "max_completion_tokens", 1, INT64_MAX, at_least_one, &max_words))
        return false;
    note_parameters(run);
    *parameters =
        (ElizaParameters){.seed = (uint64_t)seed, .n = (uint32_t)n, .max_words = max_words};
    return true;
}
