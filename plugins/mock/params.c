/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the notes on parameters that a script cannot follow: hints are dropped, what would change
 * the answer's meaning is not met, and both are told. In begin(). */
#include "mock.h"

#include "lib/params.h"

static const char scripted[] = "the answer is scripted; nothing is drawn from a model";
static const char nobody[] = "the answer is scripted; nobody is asked";

static const char *const handled[] = {"model",
                                      "messages",
                                      "prompt",
                                      "input",
                                      "stream",
                                      "mock",
                                      "max_tokens",
                                      "max_completion_tokens",
                                      "stop",
                                      "seed",
                                      "n",
                                      "stream_options",
                                      "response_format",
                                      "tools",
                                      "tool_choice",
                                      "parallel_tool_calls",
                                      "dimensions",
                                      "query",
                                      "documents",
                                      "top_n",
                                      "encoding_format",
                                      "return_documents",
                                      NULL};
static const char *const passed[] = {NULL};

static const pbs_param refused[] = {
    {"temperature", PB_NOTE_DROPPED, NULL, scripted},
    {"top_p", PB_NOTE_DROPPED, "1", scripted},
    {"presence_penalty", PB_NOTE_DROPPED, "0", scripted},
    {"frequency_penalty", PB_NOTE_DROPPED, "0", scripted},
    {"logit_bias", PB_NOTE_UNMET, "{}", scripted},
    {"logprobs", PB_NOTE_UNMET, "false", "a scripted answer has no probabilities"},
    {"top_logprobs", PB_NOTE_UNMET, "0", "a scripted answer has no probabilities"},
    {"reasoning_effort", PB_NOTE_DROPPED, NULL, "mock/reasoning reasons, no other model does"},
    {"verbosity", PB_NOTE_DROPPED, "\"medium\"", scripted},
    {"modalities", PB_NOTE_UNMET, "[\"text\"]", "the mock driver writes text only"},
    {"audio", PB_NOTE_UNMET, NULL, "the mock driver writes text only"},
    {"prediction", PB_NOTE_DROPPED, NULL, scripted},
    {"web_search_options", PB_NOTE_UNMET, NULL, "the mock driver searches nothing"},
    {"service_tier", PB_NOTE_DROPPED, "\"auto\"", nobody},
    {"store", PB_NOTE_DROPPED, "false", nobody},
    {"metadata", PB_NOTE_DROPPED, NULL, nobody},
    {"user", PB_NOTE_DROPPED, NULL, nobody},
    {"safety_identifier", PB_NOTE_DROPPED, NULL, nobody},
    {"prompt_cache_key", PB_NOTE_DROPPED, NULL, nobody},
    {"prompt_cache_retention", PB_NOTE_DROPPED, NULL, nobody},
    {"prompt_cache_options", PB_NOTE_DROPPED, NULL, nobody},
    {"moderation", PB_NOTE_DROPPED, NULL, nobody},
    {"best_of", PB_NOTE_UNMET, "1", scripted},
    {"echo", PB_NOTE_UNMET, "false", "take mock/echo"},
    {"suffix", PB_NOTE_UNMET, "\"\"", scripted},
    {"size", PB_NOTE_DROPPED, NULL, "the image is one pixel, whatever is asked"},
    {"quality", PB_NOTE_DROPPED, NULL, "the image is one pixel, whatever is asked"},
    {NULL, 0, NULL, NULL},
};

static const pbs_params params = {.handled = handled, .passed = passed, .refused = refused};

void mock_note_params(const pbs_ctx *ctx, const MockExchange *exchange)
{
    pb_kind kind = exchange->request->kind;
    if (kind == PB_KIND_MODELS || kind == PB_KIND_PROBE)
        return;
    pbs_params_note(ctx, &params, exchange->request->body);
}
