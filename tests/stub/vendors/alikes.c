/* SPDX-License-Identifier: Apache-2.0 */
/* The rows of OpenAI's look-alikes: a strict server for each (vendor_alike.c), and the snippet
 * that is shipped for it, of which the row changes the address and the key alone. Static data. */
#include "stub/vendor_alike.h"
#include "stub/vendor_row.h"

#define KEY   "alike-right-key-0001"
#define WRONG "alike-a-wrong-key-77"

/* What all of them take. */
#define COMMON                                                                                     \
    "model;messages;max_tokens;temperature;top_p;stop;stream;tools;tool_choice;response_format;"   \
    "presence_penalty;frequency_penalty;"

static const Alike together_ai = {
    .path = "/v1/chat/completions",
    .key = KEY,
    .denied_status = 401,
    .denied = "{\"id\":\"n1\",\"error\":{\"message\":\"Invalid API key provided\",\"type\":"
              "\"invalid_request_error\",\"param\":null,\"code\":\"invalid_api_key\"}}",
    .members = COMMON "stream_options;n;seed;logit_bias;top_k;min_p;repetition_penalty;"
                      "safety_model;context_length_exceeded_behavior;echo;chat_template_kwargs;"
                      "reasoning;reasoning_effort",
    .in_message = "name",
    .roles = "tool",
    .in_function = "name;description;parameters;strict",
    .choices = "none;auto;required",
    .reasoning = "reasoning",
    .finish = "eos",
    .usage = ALIKE_USAGE_LAST,
    .flags = ALIKE_STOP_ARRAY,
};

static const Alike groq = {
    .path = "/openai/v1/chat/completions",
    .key = KEY,
    .denied_status = 401,
    .denied = "{\"error\":{\"message\":\"Invalid API Key\",\"type\":\"invalid_request_error\","
              "\"code\":\"invalid_api_key\"}}",
    .members = COMMON "max_completion_tokens;stream_options;seed;user;service_tier;"
                      "parallel_tool_calls;reasoning_format;include_reasoning;reasoning_effort;"
                      "disable_tool_validation;search_settings;documents;citation_options",
    .in_message = "name",
    .roles = "tool",
    .in_function = "name;description;parameters;strict",
    .choices = "none;auto;required",
    .reasoning = "reasoning",
    .call = ALIKE_WHOLE,
    .usage = ALIKE_USAGE_X_GROQ,
};

/* Mistral and Codestral. */
#define MISTRAL                                                                                    \
    .path = "/v1/chat/completions", .key = KEY, .denied_status = 401,                              \
    .denied = "{\"detail\":\"Unauthorized\"}",                                                     \
    .members = COMMON "random_seed;n;parallel_tool_calls;prediction;reasoning_effort;"             \
                      "prompt_mode;safe_prompt;document_image_limit;document_page_limit",          \
    .in_message = "prefix", .roles = "tool", .in_function = "name;description;parameters;strict",  \
    .choices = "none;auto;any", .id_length = 9, .call = ALIKE_BARE, .usage = ALIKE_USAGE_LAST

static const Alike mistral = {
    MISTRAL,
    .flags = ALIKE_NO_NULL | ALIKE_PARTS | ALIKE_FULL_PARAMETERS,
};

static const Alike codestral = {
    MISTRAL,
    .flags = ALIKE_NO_NULL | ALIKE_FULL_PARAMETERS,
};

static const Alike deepseek = {
    .path = "/chat/completions",
    .key = KEY,
    .denied_status = 401,
    .denied = "{\"error\":{\"message\":\"Authentication Fails\",\"type\":"
              "\"authentication_error\",\"param\":null,\"code\":\"invalid_request_error\"}}",
    .members = COMMON "stream_options;logprobs;top_logprobs;thinking",
    .in_message = "name;prefix;reasoning_content",
    .roles = "tool",
    .in_function = "name;description;parameters;strict",
    .choices = "none;auto;required",
    .reasoning = "reasoning_content",
    .comment = ": keep-alive\n\n: keep-alive\n\n",
    .usage = ALIKE_USAGE_LAST,
    .flags = ALIKE_JOINED | ALIKE_BLANKS,
};

static const Alike xai = {
    .path = "/v1/chat/completions",
    .key = KEY,
    .denied_status = 400,
    .denied = "{\"code\":\"Client specified an invalid argument\",\"error\":\"Incorrect API key "
              "provided: al***77.\"}",
    .members = COMMON "stream_options;n;seed;user;logprobs;top_logprobs;parallel_tool_calls;"
                      "reasoning_effort;deferred",
    .in_message = "reasoning_content",
    .roles = "tool",
    .in_function = "name;description;parameters",
    .choices = "none;auto;required",
    .reasoning = "reasoning_content",
    .call = ALIKE_UNNAMED,
};

static const Alike perplexity = {
    .path = "/chat/completions",
    .key = KEY,
    .denied_status = 401,
    .denied = "<html><head><title>401 Authorization Required</title></head></html>",
    .members = "model;messages;max_tokens;temperature;top_p;stream;stream_options;"
               "response_format;presence_penalty;frequency_penalty;top_k;search_domain_filter;"
               "search_recency_filter;return_images;return_related_questions;"
               "web_search_options;reasoning_effort",
    .in_message = "name",
    .usage = ALIKE_USAGE_EVERY,
    .flags = ALIKE_TURNS | ALIKE_CUMULATIVE,
};

static const Alike fireworks_ai = {
    .path = "/inference/v1/chat/completions",
    .key = KEY,
    .denied_status = 401,
    .denied = "{\"error\":\"unauthorized\"}",
    .members = COMMON "stream_options;n;user;logprobs;top_logprobs;reasoning_effort;top_k;min_p;"
                      "prompt_truncate_length;context_length_exceeded_behavior;thinking;"
                      "reasoning_history;prompt_cache_key;service_tier;raw_output",
    .in_message = "name",
    .roles = "tool",
    .in_function = "name;description;parameters;strict",
    .choices = "none;auto;any",
    .model_prefix = "accounts/fireworks/models/",
    .reasoning = "reasoning_content",
    .usage = ALIKE_USAGE_LAST,
};

static const Alike openrouter = {
    .path = "/api/v1/chat/completions",
    .key = KEY,
    .denied_status = 401,
    .denied = "{\"error\":{\"message\":\"User not found.\",\"code\":401}}",
    .members = COMMON "max_completion_tokens;stream_options;seed;user;logit_bias;logprobs;"
                      "top_logprobs;parallel_tool_calls;reasoning;reasoning_effort;models;"
                      "provider;route;transforms;plugins;usage;top_k;top_a;min_p;"
                      "repetition_penalty;session_id",
    .in_message = "name;reasoning;reasoning_details",
    .roles = "tool;developer",
    .in_function = "name;description;parameters;strict",
    .choices = "none;auto;required",
    .reasoning = "reasoning",
    .comment = ": OPENROUTER PROCESSING\n\n",
};

static const Alike github = {
    .path = "/inference/chat/completions",
    .key = KEY,
    .denied_status = 401,
    .denied = "{\"error\":{\"code\":\"unauthorized\",\"message\":\"Unauthorized\",\"details\":"
              "\"Unauthorized\"}}",
    .members = COMMON "max_completion_tokens;stream_options;seed;n;logit_bias;"
                      "parallel_tool_calls;reasoning_effort",
    .in_message = "name;refusal",
    .roles = "tool;developer",
    .in_function = "name;description;parameters;strict",
    .choices = "none;auto;required",
};

static const Alike lm_studio = {
    .path = "/v1/chat/completions",
    .denied_status = 401,
    .denied = "{\"error\":\"no key was asked for\"}",
    .members = COMMON "stream_options;seed;logit_bias;top_k;repeat_penalty;ttl;draft_model",
    .in_message = "name",
    .roles = "tool",
    .in_function = "name;description;parameters;strict",
    .choices = "none;auto;required",
    .reasoning = "reasoning",
};

static const Alike hosted_vllm = {
    .path = "/v1/chat/completions",
    .key = KEY,
    .denied_status = 401,
    .denied = "{\"error\":\"Unauthorized\"}",
    .members = COMMON "max_completion_tokens;stream_options;n;seed;user;logit_bias;logprobs;"
                      "top_logprobs;parallel_tool_calls;reasoning_effort;top_k;min_p;"
                      "repetition_penalty;best_of;use_beam_search;stop_token_ids;min_tokens;"
                      "ignore_eos;skip_special_tokens;truncate_prompt_tokens;"
                      "add_generation_prompt;chat_template;chat_template_kwargs;"
                      "structured_outputs;priority",
    .in_message = "name;reasoning",
    .roles = "tool",
    .in_function = "name;description;parameters",
    .no_keywords = "strict;additionalProperties",
    .choices = "none;auto;required",
    .reasoning = "reasoning",
};

static const Alike oobabooga = {
    .path = "/v1/chat/completions",
    .key = KEY,
    .denied_status = 401,
    .denied = "{\"detail\":\"Unauthorized\"}",
    .members = COMMON "max_completion_tokens;stream_options;seed;user;logit_bias;logprobs;mode;"
                      "character;preset;instruction_template;top_k;min_p;repetition_penalty;"
                      "truncation_length;enable_thinking;reasoning_effort;continue_",
    .in_message = "name",
    .roles = "tool",
    .in_function = "name;description;parameters;strict",
    .choices = "none;auto;required",
    .reasoning = "reasoning_content",
    .call = ALIKE_AT_END,
};

/* ---- Their rows ---- */

#define START(alike)                                                                               \
    static Vendor *start_##alike(void)                                                             \
    {                                                                                              \
        return vendor_alike_new(&(alike));                                                         \
    }

START(together_ai)
START(groq)
START(mistral)
START(codestral)
START(deepseek)
START(xai)
START(perplexity)
START(fireworks_ai)
START(openrouter)
START(github)
START(lm_studio)
START(hosted_vllm)
START(oobabooga)

#define CONF(alike, base, key) "[provider " alike "]\nbase-url = @URL@" base "\napi-key = " key "\n"

#define ROW(row, alike, base, with_tools)                                                          \
    {                                                                                              \
        .name = (row), .start = start_##alike, .snippet = #alike, .conf = CONF(#alike, base, KEY), \
        .wrong_conf = CONF(#alike, base, WRONG), .model = #alike "/parrot",                        \
        .tool_model = (with_tools) ? #alike "/tools" : NULL                                        \
    }

static const VendorRow rows[] = {
    ROW("together-ai", together_ai, "/v1", true),
    ROW("groq", groq, "/openai/v1", true),
    ROW("mistral", mistral, "/v1", true),
    ROW("codestral", codestral, "/v1", true),
    ROW("deepseek", deepseek, "", true),
    ROW("xai", xai, "/v1", true),
    ROW("perplexity", perplexity, "", false),
    ROW("fireworks-ai", fireworks_ai, "/inference/v1", true),
    ROW("openrouter", openrouter, "/api/v1", true),
    ROW("github", github, "/inference", true),
    /* A server at home without a key: none may come. */
    {.name = "lm-studio",
     .start = start_lm_studio,
     .snippet = "lm_studio",
     .conf = "[provider lm_studio]\nbase-url = @URL@/v1\n",
     .model = "lm_studio/parrot",
     .tool_model = "lm_studio/tools"},
    ROW("hosted-vllm", hosted_vllm, "/v1", true),
    ROW("oobabooga", oobabooga, "", true),
};

const VendorRow *vendor_rows_alikes(size_t *n)
{
    *n = sizeof rows / sizeof rows[0];
    return rows;
}
