/* SPDX-License-Identifier: MIT */
/* Owns the second try after a refusal that names a parameter: what the vendor calls otherwise is
 * renamed, what it does not take and nobody relies on is left out, and both are told. What would
 * change the question (n, stop, tools ...) is never repaired. In ops. */
#include "lib/openai/parts.h"

#include "lib/str.h"

#include <stdio.h>

#define NAME_MAX_LEN 64u

/* How refusals begin that name a parameter in quotes behind them. */
static const char *const phrases[] = {
    "unsupported parameter",
    "unknown parameter",
    "unrecognized request argument",
    "unsupported value",
    "unexpected keyword",
    "extra inputs are not permitted",
    "property '",
    "argument not supported on this model",
    "not supported with this model",
};

static const char *const codes[] = {"unsupported_parameter", "unsupported_value",
                                    "unknown_parameter", "extra_forbidden"};

static bool is_name(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
}

/* The name that begins in s; empty if none does or it goes on like a path. */
static pb_str name_at(pb_str s)
{
    size_t n = 0;
    while (n < s.len && is_name(s.ptr[n]))
        n++;
    return n <= NAME_MAX_LEN ? (pb_str){s.ptr, n} : (pb_str){NULL, 0};
}

static bool is_quote(char c)
{
    return c == '\'' || c == '"' || c == '`';
}

/* The first name in quotes behind `from`, else the one behind a colon. */
static pb_str name_behind(pb_str text, size_t from)
{
    pb_str rest = pbs_skip(text, from);
    for (size_t i = 0; i + 1 < rest.len; i++) {
        pb_str name = name_at(pbs_skip(rest, i + 1));
        bool closed = name.len > 0 && i + 1 + name.len < rest.len &&
                      rest.ptr[i + 1 + name.len] == rest.ptr[i];
        if (is_quote(rest.ptr[i]) && closed)
            return name;
    }
    size_t colon = pbs_find_nocase(rest, ": ");
    return colon != PBS_NONE ? name_at(pbs_skip(rest, colon + 2)) : (pb_str){NULL, 0};
}

static bool is_about_a_parameter(const pbs_error *error, size_t *at)
{
    bool coded = false;
    *at = 0;
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++)
        coded = coded || pbs_is(error->code, codes[i]);
    for (size_t i = 0; i < sizeof phrases / sizeof phrases[0]; i++) {
        size_t found = pbs_find_nocase(error->message, phrases[i]);
        if (found == PBS_NONE)
            continue;
        *at = found;
        return true;
    }
    return coded;
}

static pb_str refused_name(const pbs_error *error)
{
    size_t at = 0;
    if (!is_about_a_parameter(error, &at))
        return (pb_str){NULL, 0};
    pb_str name = name_at(error->param);
    if (name.len > 0 && name.len == error->param.len)
        return name;
    return error->param.len > 0 ? (pb_str){NULL, 0} : name_behind(error->message, at);
}

/* "Use 'max_completion_tokens' instead." */
static pb_str proposed_name(const pbs_error *error, pb_str refused)
{
    size_t use = pbs_find_nocase(error->message, "use '");
    pb_str name = use != PBS_NONE ? name_at(pbs_skip(error->message, use + 5)) : (pb_str){NULL, 0};
    bool instead = pbs_find_nocase(error->message, "instead") != PBS_NONE;
    if (name.len > 0 && instead && !pbs_eq(name, refused))
        return name;
    if (pbs_is(refused, "max_tokens"))
        return PBS_STR("max_completion_tokens");
    return pbs_is(refused, "max_completion_tokens") ? PBS_STR("max_tokens") : (pb_str){NULL, 0};
}

/* The member of the request that went out under this name; empty if none did. */
static pb_str asked_as(const pbs_ctx *ctx, const pbs_openai *openai, pb_str sent)
{
    const pb_json *value = NULL;
    pb_str key;
    if (pbs_is(sent, "stream_options") && openai->stream)
        return PBS_STR("stream_options");
    for (size_t i = 0; (value = ctx->api->json_at(openai->body, i, &key)) != NULL; i++)
        if (pbs_eq(pbs_openai_param_name(ctx, openai, key, value), sent))
            return key;
    return (pb_str){NULL, 0};
}

static bool is_protected(pb_str name)
{
    static const char *const names[] = {"model", "messages", "prompt", "input", "stream"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (pbs_is(name, names[i]))
            return true;
    return false;
}

static pb_str keep(const pbs_ctx *ctx, pb_str s)
{
    char *copy = s.len > 0 ? ctx->api->alloc(ctx->x, s.len) : NULL;
    if (copy == NULL)
        return (pb_str){NULL, 0};
    memcpy(copy, s.ptr, s.len);
    return (pb_str){copy, s.len};
}

static void tell(const pbs_ctx *ctx, pb_str asked, pb_str to, const pbs_error *error)
{
    char why[320];
    pb_str said = pbs_cut(error->message, 200);
    int n = to.len > 0
                ? snprintf(why, sizeof why, "sent again as %.*s: the vendor refused it (%.*s)",
                           (int)to.len, to.ptr, (int)said.len, said.ptr)
                : snprintf(why, sizeof why, "sent again without it: the vendor refused it (%.*s)",
                           (int)said.len, said.ptr);
    ctx->api->note(ctx->x, to.len > 0 ? PB_NOTE_EMULATED : PB_NOTE_DROPPED, asked,
                   (pb_str){why, n > 0 ? (size_t)n : 0});
}

bool pbs_openai_try_repair(const pbs_ctx *ctx, pbs_openai *openai, const pbs_error *error)
{
    bool refused = openai->status == 400 || openai->status == 422;
    if (!refused || openai->n_repairs == PBS_OPENAI_REPAIRS_MAX)
        return false;
    pb_str name = refused_name(error);
    pb_str asked = name.len > 0 ? asked_as(ctx, openai, name) : name;
    if (asked.len == 0 || is_protected(asked))
        return false;
    for (size_t i = 0; i < openai->n_repairs; i++)
        if (pbs_eq(openai->repairs[i].to, name))
            return false; /* neither name is taken: no third try */
    pb_str to = proposed_name(error, name);
    if (to.len == 0 && pbs_openai_param_is_essential(asked))
        return false;
    pbs_openai_repair repair = {keep(ctx, name), keep(ctx, to)};
    if (repair.from.len == 0)
        return false;
    openai->repairs[openai->n_repairs++] = repair;
    tell(ctx, asked, to, error);
    return true;
}
