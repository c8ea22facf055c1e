/* SPDX-License-Identifier: Apache-2.0 */
/* What the mock driver remembers, of a provider and of one exchange, and the functions of its
 * files. All of it runs in ops, one at a time for an exchange; of an open provider only the
 * count of its requests changes, which is atomic. */
#ifndef MOCK_H
#define MOCK_H

#include "lib/buffer.h"
#include "lib/json.h"
#include "lib/setup.h"

#include <stdatomic.h>

/* Bounds of what a script may ask for. */
#define MOCK_MS_MAX    ((int64_t)600000)
#define MOCK_COUNT_MAX ((int64_t)1000000)

/* One answer as it is to be played. Texts live with the provider or the exchange. The options,
 * then the words of the model's name, then the member `mock` of the body, each over the last. */
typedef struct MockScript {
    pb_str text, reasoning, refusal, finish;
    pb_str tool;                    /* empty: those of the request, in turn                  */
    pb_str arguments;               /* JSON text; empty: made from the tool's schema          */
    const pb_json *tool_calls;      /* [{"name","arguments"}], from the body                  */
    int64_t calls;                  /* how many tools are called                              */
    const pb_json *errors, *models; /* lists of names                                         */
    pb_str error, error_message;    /* one name, over the list                                */
    double error_rate;
    int64_t error_after, cut_after; /* pieces told before it; cut_after -1: never            */
    int64_t fail_first;             /* the first requests of the provider fail, no other      */
    int64_t retry_after, delay, token_delay; /* ms */
    int64_t chunk; /* tokens a piece                                         */
    int64_t usage_in, usage_out, usage_cached, usage_reasoning; /* -1: counted, or none      */
    int64_t seed; /* -1: by chance                                          */
    int64_t dimensions;
    bool json;      /* answers in JSON without being asked          */
    bool text_wins; /* the body gives the text: no JSON is made of it */
} MockScript;

typedef struct MockProvider {
    pbs_provider base; /* first: what pbs_op() reads */
    MockScript script;
    atomic_llong requests;
} MockProvider;

/* A run of events of one sort, told piece by piece. */
typedef struct MockSegment {
    int32_t kind;
    uint32_t choice, index;
    pb_str id, name, text;
} MockSegment;

typedef struct MockError MockError;

typedef struct MockExchange {
    MockProvider *provider;
    const pb_request *request;
    MockScript script;
    uint64_t chance;        /* state of the generator */
    const MockError *error; /* NULL: none will happen  */
    MockSegment *segments;
    size_t n_segments, capacity, at, offset; /* what is told next */
    int64_t told, tokens_out, reasoning_tokens;
    bool failed; /* no memory for a segment or a text */
} MockExchange;

/* settings.c: what an object of settings says, over what stands in *out. `where` NULL: options,
 * which the core has checked. False: fail() was called. */
bool mock_settings_read(const pbs_ctx *ctx, const pb_json *object, const char *where,
                        MockScript *out);
void mock_settings_default(MockScript *out);
/* The same without an exchange, for options. */
void mock_settings_options(const pb_core_api *api, const pb_json *config, MockScript *out);

/* words.c: what the words of a model's name say. False: one of them is not known. */
bool mock_words_read(const pbs_ctx *ctx, pb_str model, MockScript *out);

/* errors.c */
const MockError *mock_error_find(pb_str name);
/* Which error this request meets, if any. */
const MockError *mock_error_draw(const pbs_ctx *ctx, MockExchange *exchange);
pb_next mock_error_fail(const pbs_ctx *ctx, const MockExchange *exchange);

/* params.c: notes on what the script cannot follow. */
void mock_note_params(const pbs_ctx *ctx, const MockExchange *exchange);

/* input.c: what the request says. */
pb_str mock_input_last(const pbs_ctx *ctx, MockExchange *exchange);
bool mock_input_is_result(const pbs_ctx *ctx, const MockExchange *exchange);
int64_t mock_input_count(const pbs_ctx *ctx, MockExchange *exchange);
pb_str mock_input_content(const pbs_ctx *ctx, MockExchange *exchange, const pb_json *content);

/* text.c: tokens are words with the blanks before them; texts in the exchange's memory. */
size_t mock_token_end(pb_str text, size_t at);
int64_t mock_token_count(pb_str text);
pb_str mock_keep(const pbs_ctx *ctx, MockExchange *exchange, pb_str text);
/* Each "{input}" in the template becomes `input`. */
pb_str mock_fill(const pbs_ctx *ctx, MockExchange *exchange, pb_str pattern, pb_str input);
uint64_t mock_hash(pb_str text);
uint64_t mock_next(uint64_t *chance);

/* sample.c: writes a value that fits a JSON schema; texts are `word`. */
void mock_sample_write(const pbs_ctx *ctx, const pb_json *schema, pb_str word);

/* answer.c: writes the segments of a chat or completion. False: fail() was called. */
bool mock_answer_prepare(const pbs_ctx *ctx, MockExchange *exchange);
bool mock_add(const pbs_ctx *ctx, MockExchange *exchange, const MockSegment *segment);

/* tools.c: which tools are called, and the segments of the calls. */
bool mock_tools_wanted(const pbs_ctx *ctx, const MockExchange *exchange);
bool mock_tools_add(const pbs_ctx *ctx, MockExchange *exchange, uint32_t choice);

/* play.c: tells what is due; PB_WAIT, PB_DONE or PB_FAIL. */
pb_next mock_play(const pbs_ctx *ctx, MockExchange *exchange);

/* other.c: the kinds that are answered at once. */
pb_next mock_answer_other(const pbs_ctx *ctx, MockExchange *exchange);
/* vectors.c */
pb_next mock_embed(const pbs_ctx *ctx, MockExchange *exchange);
pb_next mock_rerank(const pbs_ctx *ctx, MockExchange *exchange);

#endif
