/* SPDX-License-Identifier: Apache-2.0 */
/* What the ai21 driver remembers, of a provider and of one exchange, and the functions of its
 * files. All of it runs in ops, one at a time for an exchange; a provider is read-only once it
 * is open. */
#ifndef AI21_H
#define AI21_H

#include "lib/json.h"
#include "lib/openai/openai.h"
#include "lib/setup.h"

#define AI21_TEXT_MAX ((size_t)16 * 1024 * 1024)

typedef struct Ai21Provider {
    pbs_provider base; /* first: what pbs_op() reads */
    pbs_openai_options options;
} Ai21Provider;

typedef struct Ai21Exchange {
    pbs_openai openai; /* first: what the hooks cast back            */
    bool legacy;       /* Jurassic, or embeddings: not OpenAI's form */
    bool taken;
    size_t inputs;
} Ai21Exchange;

/* messages.c: writes the member `messages`, with the schema that a model must be told. */
void ai21_write_messages(const pbs_ctx *ctx, const pbs_openai *openai, const pb_json *messages);
/* The text of a content, parts one behind the other. False: the bound of the buffer. */
bool ai21_add_content(const pbs_ctx *ctx, const pb_json *content, pbs_buf *out);

/* params.c: the hook `member` of OpenAI's dialect. */
bool ai21_member(const pbs_ctx *ctx, const pbs_openai *openai, pb_str key, const pb_json *value);
/* The schema of a response_format of type json_schema, or NULL. */
const pb_json *ai21_schema(const pbs_ctx *ctx, const pbs_openai *openai);

/* legacy.c: Jurassic and embeddings. */
bool ai21_is_jurassic(pb_str model);
pb_next ai21_legacy_describe(const pbs_ctx *ctx, Ai21Exchange *exchange);
/* legacy_answer.c */
pb_next ai21_legacy_on_body(const pbs_ctx *ctx, Ai21Exchange *exchange, pb_str bytes);
pb_next ai21_legacy_on_end(const pbs_ctx *ctx, Ai21Exchange *exchange);

#endif
