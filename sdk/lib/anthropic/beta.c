/* SPDX-License-Identifier: MIT */
/* Owns the betas that a request asks for: the platform's, the client's, and those that what is
 * sent needs, each once, as a header or as a member of the body. In ops. */
#include "lib/anthropic/dialect.h"

#define BETAS_MAX ((size_t)4096)

#define FILES_BETA "files-api-2025-04-14"

static bool has_name(const pbs_buf *names, pb_str name)
{
    pb_str rest = pbs_buf_str(names);
    while (rest.len > 0) {
        const char *comma = memchr(rest.ptr, ',', rest.len);
        size_t n = comma != NULL ? (size_t)(comma - rest.ptr) : rest.len;
        if (pbs_eq((pb_str){rest.ptr, n}, name))
            return true;
        rest = pbs_skip(rest, n + 1);
    }
    return false;
}

static void add_names(pbs_buf *names, pb_str list)
{
    while (list.len > 0) {
        const char *comma = memchr(list.ptr, ',', list.len);
        size_t n = comma != NULL ? (size_t)(comma - list.ptr) : list.len;
        pb_str name = pbs_trim((pb_str){list.ptr, n});
        if (name.len > 0 && !has_name(names, name)) {
            if (names->len > 0)
                pbs_buf_add_char(names, ',');
            pbs_buf_add(names, name);
        }
        list = pbs_skip(list, n + 1);
    }
}

/* All names, comma-separated. */
static void collect(const pbs_ctx *ctx, const pbs_anthropic *exchange, pbs_buf *names)
{
    const pb_json *asked = pbs_get(ctx, exchange->request->body, "anthropic_beta");
    if (asked == NULL)
        asked = pbs_get(ctx, exchange->request->body, "betas");
    pbs_buf_init(names, BETAS_MAX);
    add_names(names, pbs_str(exchange->platform->beta));
    add_names(names, ctx->api->json_str(asked));
    for (size_t i = 0; i < ctx->api->json_len(asked); i++)
        add_names(names, ctx->api->json_str(ctx->api->json_at(asked, i, NULL)));
    if (exchange->needs_files_beta)
        add_names(names, PBS_STR(FILES_BETA));
}

void pbs_anthropic_write_betas(const pbs_ctx *ctx, const pbs_anthropic *exchange)
{
    pbs_buf names;
    collect(ctx, exchange, &names);
    if (names.len > 0)
        ctx->api->http_header(ctx->x, PBS_STR("anthropic-beta"), pbs_buf_str(&names));
    pbs_buf_free(&names);
}

void pbs_anthropic_write_beta_member(const pbs_ctx *ctx, const pbs_anthropic *exchange)
{
    pbs_buf names;
    if (!exchange->platform->beta_in_body)
        return;
    collect(ctx, exchange, &names);
    pb_str rest = pbs_buf_str(&names);
    if (rest.len > 0)
        pbs_w_array(ctx, "anthropic_beta");
    while (rest.len > 0) {
        const char *comma = memchr(rest.ptr, ',', rest.len);
        size_t n = comma != NULL ? (size_t)(comma - rest.ptr) : rest.len;
        ctx->api->w_str(ctx->x, (pb_str){rest.ptr, n});
        rest = pbs_skip(rest, n + 1);
    }
    if (names.len > 0)
        pbs_w_end(ctx);
    pbs_buf_free(&names);
}
