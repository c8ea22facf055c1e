/* SPDX-License-Identifier: Apache-2.0 */
/* Owns tokens, which are words with the blanks before them, texts kept in the exchange's memory,
 * and a small generator of numbers, the same on every machine. In ops. */
#include "mock.h"

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

size_t mock_token_end(pb_str text, size_t at)
{
    while (at < text.len && is_blank(text.ptr[at]))
        at++;
    while (at < text.len && !is_blank(text.ptr[at]))
        at++;
    return at;
}

int64_t mock_token_count(pb_str text)
{
    int64_t n = 0;
    for (size_t at = 0; at < text.len; at = mock_token_end(text, at))
        n++;
    return n;
}

pb_str mock_keep(const pbs_ctx *ctx, MockExchange *exchange, pb_str text)
{
    char *copy = text.len > 0 ? ctx->api->alloc(ctx->x, text.len) : NULL;
    if (copy == NULL) {
        exchange->failed = exchange->failed || text.len > 0;
        return (pb_str){NULL, 0};
    }
    memcpy(copy, text.ptr, text.len);
    return (pb_str){copy, text.len};
}

pb_str mock_fill(const pbs_ctx *ctx, MockExchange *exchange, pb_str pattern, pb_str input)
{
    static const char mark[] = "{input}";
    const size_t mark_len = sizeof mark - 1;
    size_t found = pbs_find_nocase(pattern, mark);
    pbs_buf out;
    if (found == PBS_NONE)
        return pattern;
    if (pattern.len == mark_len)
        return input;
    pbs_buf_init(&out, (size_t)16 * 1024 * 1024);
    bool good = true;
    for (; good && found != PBS_NONE; found = pbs_find_nocase(pattern, mark)) {
        good = pbs_buf_add(&out, (pb_str){pattern.ptr, found}) && pbs_buf_add(&out, input);
        pattern = pbs_skip(pattern, found + mark_len);
    }
    good = good && pbs_buf_add(&out, pattern);
    pb_str filled = mock_keep(ctx, exchange, pbs_buf_str(&out));
    pbs_buf_free(&out);
    exchange->failed = exchange->failed || !good;
    return filled;
}

/* FNV-1a. */
uint64_t mock_hash(pb_str text)
{
    uint64_t hash = UINT64_C(0xCBF29CE484222325);
    for (size_t i = 0; i < text.len; i++)
        hash = (hash ^ (unsigned char)text.ptr[i]) * UINT64_C(0x100000001B3);
    return hash;
}

/* SplitMix64. */
uint64_t mock_next(uint64_t *chance)
{
    uint64_t z = *chance += UINT64_C(0x9E3779B97F4A7C15);
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return z ^ (z >> 31);
}
