/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the names of models: words joined with '+', each of which sets a part of the script
 * ("echo+slow", "tool-2", "error-429-after-3"). Pure but for the failure it reports. In ops. */
#include "mock.h"

#include "lib/error.h"

#include <stdio.h>

static const char reasoning[] = "The user wants an answer. Which one? The scripted one.";

/* "-12" gives 12; nothing at all gives otherwise; false: something else. */
static bool number_behind(pb_str rest, int64_t otherwise, int64_t max, int64_t *out)
{
    *out = otherwise;
    if (rest.len == 0)
        return true;
    return rest.ptr[0] == '-' && pbs_int(pbs_skip(rest, 1), out) && *out >= 0 && *out <= max;
}

/* NAME or NAME-after-N. */
static bool read_error(pb_str rest, MockScript *out)
{
    size_t at = pbs_find_nocase(rest, "-after-");
    if (at != PBS_NONE &&
        !number_behind(pbs_skip(rest, at + 6), 0, MOCK_COUNT_MAX, &out->error_after))
        return false;
    pb_str name = at != PBS_NONE ? (pb_str){rest.ptr, at} : rest;
    out->error = name;
    out->error_rate = 1;
    return mock_error_find(name) != NULL;
}

static bool read_word(pb_str word, MockScript *out)
{
    if (pbs_is(word, "text"))
        return true;
    if (pbs_is(word, "echo"))
        out->text = PBS_STR("{input}");
    else if (pbs_is(word, "reasoning"))
        out->reasoning = out->reasoning.len > 0 ? out->reasoning : PBS_STR(reasoning);
    else if (pbs_is(word, "refusal"))
        out->refusal = PBS_STR("I am scripted to refuse this.");
    else if (pbs_is(word, "json"))
        out->json = true;
    else if (pbs_is(word, "length") || pbs_is(word, "content_filter"))
        out->finish = word;
    else if (pbs_is(word, "slow"))
        out->delay = 2000, out->token_delay = 200;
    else if (pbs_has_prefix(word, PBS_STR("tool")))
        return number_behind(pbs_skip(word, 4), 1, 64, &out->calls);
    else if (pbs_has_prefix(word, PBS_STR("cut")))
        return number_behind(pbs_skip(word, 3), 2, MOCK_COUNT_MAX, &out->cut_after);
    else
        return pbs_has_prefix(word, PBS_STR("error-")) && read_error(pbs_skip(word, 6), out);
    return true;
}

static bool is_listed(const pbs_ctx *ctx, const pb_json *models, pb_str model)
{
    for (size_t i = 0; i < ctx->api->json_len(models); i++)
        if (pbs_glob(ctx->api->json_str(ctx->api->json_at(models, i, NULL)), model))
            return true;
    return false;
}

static bool read_words(pb_str model, MockScript *out)
{
    for (size_t at = 0, end = 0; at <= model.len; at = end + 1) {
        for (end = at; end < model.len && model.ptr[end] != '+';)
            end++;
        if (!read_word((pb_str){model.ptr + at, end - at}, out))
            return false;
    }
    return true;
}

bool mock_words_read(const pbs_ctx *ctx, pb_str model, MockScript *out)
{
    char message[256];
    pb_str name = pbs_cut(model, 60);
    MockScript said = *out;
    if (is_listed(ctx, out->models, model))
        return true;
    if (read_words(model, &said)) {
        *out = said;
        return true;
    }
    snprintf(message, sizeof message,
             "there is no mock/%.*s: take mock/text, echo, tool, reasoning, refusal, json, slow, "
             "length, cut or error-429, joined with +, or list the name in `models`",
             (int)name.len, name.len > 0 ? name.ptr : "");
    pbs_fail(ctx, PB_ERR_NOT_FOUND, PBS_STR("model_not_found"), message);
    return false;
}
