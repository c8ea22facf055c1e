/* SPDX-License-Identifier: Apache-2.0 */
/* From a canonical request to events: the limits a request sets, the conversation heard from its
 * first line on (so that nothing need be kept between requests), the last answer word by word,
 * and the count of words. Runs on an engine thread; emit may block while the client is slow. */
#include "eliza.h"

#include "engine.h"
#include "parameters.h"
#include "text.h"

#include <stdlib.h>
#include <string.h>

static pb_next out_of_memory(const ElizaRun *run)
{
    return eliza_fail(run, PB_ERR_INTERNAL, "out of memory while answering", NULL);
}

/* The text of a message: a string, or the text parts of an array, one a line, put together in
 * `joined`. */
static pb_str text_of(const pb_core_api *api, const pb_json *content, ElizaText *joined)
{
    if (api->json_type(content) != PB_JSON_ARRAY)
        return api->json_str(content);
    joined->len = 0;
    const pb_json *part;
    for (size_t i = 0; (part = api->json_at(content, i, NULL)) != NULL; i++) {
        if (joined->len > 0)
            eliza_text_add(joined, pbs_str("\n"));
        eliza_text_add(joined, api->json_str(api->json_get(part, pbs_str("text"))));
    }
    return (pb_str){joined->ptr, joined->len};
}

static const pb_json *member(const ElizaRun *run, const char *name)
{
    return run->api->json_get(run->request->body, pbs_str(name));
}

/* Hears every line of the user; reply then holds the answer to the last one, or the greeting. */
static bool hear_messages(const ElizaRun *run, ElizaTalk *talk, ElizaText *reply)
{
    const pb_json *messages = member(run, "messages"), *message;
    ElizaText joined = {.ptr = NULL};
    bool heard = true;
    eliza_text_add(reply, pbs_str(eliza_doctor.greeting));
    for (size_t i = 0; heard && (message = run->api->json_at(messages, i, NULL)) != NULL; i++) {
        pb_str role = run->api->json_str(run->api->json_get(message, pbs_str("role")));
        if (!pbs_is(role, "user") || run->cancelled(run->x))
            continue;
        const pb_json *content = run->api->json_get(message, pbs_str("content"));
        reply->len = 0;
        heard = eliza_talk_hear(talk, text_of(run->api, content, &joined), reply) && !joined.failed;
    }
    free(joined.ptr);
    return heard;
}

/* The answer up to the first stop sequence in it. */
static pb_str stop_at(const ElizaRun *run, pb_str answer)
{
    const pb_json *stop = member(run, "stop"), *one = stop;
    bool many = run->api->json_type(stop) == PB_JSON_ARRAY;
    for (size_t i = 0; many ? (one = run->api->json_at(stop, i, NULL)) != NULL : i == 0; i++) {
        pb_str sequence = run->api->json_str(one);
        for (size_t at = 0; sequence.len > 0 && at + sequence.len <= answer.len; at++)
            if (memcmp(answer.ptr + at, sequence.ptr, sequence.len) == 0)
                answer.len = at;
    }
    return answer;
}

/* Emits the answer word by word, each with the blank before it, then why it ended. Gives the
 * words. */
static int64_t say(const ElizaRun *run, uint32_t choice, pb_str answer, int64_t max_words)
{
    int64_t words = 0;
    size_t at = 0;
    while (at < answer.len && words < max_words && !run->cancelled(run->x)) {
        size_t end = at;
        while (end < answer.len && answer.ptr[end] == ' ')
            end++;
        while (end < answer.len && answer.ptr[end] != ' ')
            end++;
        pb_event event = {.size = sizeof event,
                          .kind = PB_EV_TEXT,
                          .choice = choice,
                          .text = {answer.ptr + at, end - at}};
        run->api->emit(run->x, &event);
        words++;
        at = end;
    }
    pb_event finish = {.size = sizeof finish,
                       .kind = PB_EV_FINISH,
                       .choice = choice,
                       .text = pbs_str(at < answer.len ? "length" : "stop")};
    run->api->emit(run->x, &finish);
    return words;
}

static void emit_usage(const ElizaRun *run, int64_t in, int64_t out)
{
    pb_event usage = {.size = sizeof usage,
                      .kind = PB_EV_USAGE,
                      .known = PB_USAGE_IN | (out >= 0 ? (uint32_t)PB_USAGE_OUT : 0),
                      .tokens_in = in,
                      .tokens_out = out >= 0 ? out : 0};
    run->api->emit(run->x, &usage);
}

/* Words of all messages, or of all prompts. */
static int64_t count_input(const ElizaRun *run)
{
    const pb_core_api *api = run->api;
    const pb_json *prompt = member(run, "prompt"), *messages = member(run, "messages"), *one;
    ElizaText joined = {.ptr = NULL};
    size_t words = eliza_count_words(api->json_str(prompt));
    for (size_t i = 0; (one = api->json_at(prompt, i, NULL)) != NULL; i++)
        words += eliza_count_words(api->json_str(one));
    for (size_t i = 0; (one = api->json_at(messages, i, NULL)) != NULL; i++)
        words += eliza_count_words(text_of(api, api->json_get(one, pbs_str("content")), &joined));
    free(joined.ptr);
    return (int64_t)words;
}

/* One answer: a conversation of its own, heard from the beginning. False: out of memory. */
static bool answer_once(const ElizaRun *run, const ElizaParameters *parameters, uint32_t choice,
                        const pb_json *prompt, int64_t *words)
{
    ElizaTalk *talk = eliza_talk_new(&eliza_doctor, parameters->seed + choice);
    ElizaText reply = {.ptr = NULL};
    bool heard = talk != NULL;
    if (heard)
        heard = prompt != NULL ? eliza_talk_hear(talk, run->api->json_str(prompt), &reply)
                               : hear_messages(run, talk, &reply);
    if (heard) {
        pb_str answer = stop_at(run, (pb_str){reply.ptr, reply.len});
        *words += say(run, choice, answer, parameters->max_words);
    }
    free(reply.ptr);
    eliza_talk_free(talk);
    return heard;
}

pb_next eliza_answer(const ElizaRun *run)
{
    ElizaParameters parameters;
    if (!eliza_parameters_read(run, &parameters))
        return PB_FAIL;
    bool completion = run->request->kind == PB_KIND_COMPLETION;
    const pb_json *prompt = completion ? member(run, "prompt") : NULL;
    bool many = run->api->json_type(prompt) == PB_JSON_ARRAY;
    uint32_t prompts = many ? (uint32_t)run->api->json_len(prompt) : 1;
    int64_t words = 0;
    for (uint32_t i = 0; i < prompts * parameters.n && !run->cancelled(run->x); i++) {
        const pb_json *one = many ? run->api->json_at(prompt, i / parameters.n, NULL) : prompt;
        if (!answer_once(run, &parameters, i, one, &words))
            return out_of_memory(run);
    }
    emit_usage(run, count_input(run), words);
    return PB_DONE;
}

pb_next eliza_count(const ElizaRun *run)
{
    emit_usage(run, count_input(run), -1);
    return PB_DONE;
}
