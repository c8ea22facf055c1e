/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the reading of what was said: the last text of the user, whether a tool's result came
 * last, how many words there are. Parts that are no text are named in brackets, so that an echo
 * shows that they arrived. In ops. */
#include "mock.h"

static pb_str part_text(const pbs_ctx *ctx, const pb_json *part, char *mark, size_t size)
{
    pb_str type = pbs_cut(pbs_get_str(ctx, part, "type"), size - 2);
    if (pbs_is_type(ctx, part, PB_JSON_STRING))
        return ctx->api->json_str(part);
    if (pbs_is(type, "text") || type.len == 0)
        return pbs_get_str(ctx, part, "text");
    mark[0] = '[';
    memcpy(mark + 1, type.ptr, type.len);
    mark[type.len + 1] = ']';
    return (pb_str){mark, type.len + 2};
}

/* Parts one behind the other, a line each. */
pb_str mock_input_content(const pbs_ctx *ctx, MockExchange *exchange, const pb_json *content)
{
    char mark[32];
    pbs_buf out;
    if (!pbs_is_type(ctx, content, PB_JSON_ARRAY))
        return ctx->api->json_str(content);
    pbs_buf_init(&out, (size_t)16 * 1024 * 1024);
    bool good = true;
    for (size_t i = 0; good && i < ctx->api->json_len(content); i++) {
        const pb_json *part = ctx->api->json_at(content, i, NULL);
        good = (i == 0 || pbs_buf_add_char(&out, '\n')) &&
               pbs_buf_add(&out, part_text(ctx, part, mark, sizeof mark));
    }
    pb_str text = mock_keep(ctx, exchange, pbs_buf_str(&out));
    pbs_buf_free(&out);
    exchange->failed = exchange->failed || !good;
    return text;
}

pb_str mock_input_last(const pbs_ctx *ctx, MockExchange *exchange)
{
    const pb_json *messages = pbs_get(ctx, exchange->request->body, "messages");
    const pb_json *found = NULL;
    for (size_t i = 0; i < ctx->api->json_len(messages); i++) {
        const pb_json *message = ctx->api->json_at(messages, i, NULL);
        if (pbs_is(pbs_get_str(ctx, message, "role"), "user"))
            found = pbs_get(ctx, message, "content");
    }
    return mock_input_content(ctx, exchange, found);
}

bool mock_input_is_result(const pbs_ctx *ctx, const MockExchange *exchange)
{
    const pb_json *messages = pbs_get(ctx, exchange->request->body, "messages");
    size_t n = ctx->api->json_len(messages);
    const pb_json *last = n > 0 ? ctx->api->json_at(messages, n - 1, NULL) : NULL;
    return pbs_is(pbs_get_str(ctx, last, "role"), "tool");
}

static int64_t count_texts(const pbs_ctx *ctx, const pb_json *value)
{
    int64_t n = mock_token_count(ctx->api->json_str(value));
    for (size_t i = 0; i < ctx->api->json_len(value); i++) {
        const pb_json *one = ctx->api->json_at(value, i, NULL);
        bool number = pbs_is_type(ctx, one, PB_JSON_INT); /* tokens that were counted elsewhere */
        n += number ? 1 : count_texts(ctx, one);
    }
    return n;
}

int64_t mock_input_count(const pbs_ctx *ctx, MockExchange *exchange)
{
    const pb_json *body = exchange->request->body, *messages = pbs_get(ctx, body, "messages");
    int64_t n = count_texts(ctx, pbs_get(ctx, body, "prompt")) +
                count_texts(ctx, pbs_get(ctx, body, "input"));
    for (size_t i = 0; i < ctx->api->json_len(messages); i++) {
        const pb_json *message = ctx->api->json_at(messages, i, NULL);
        n += mock_token_count(mock_input_content(ctx, exchange, pbs_get(ctx, message, "content")));
    }
    return n;
}
