/* SPDX-License-Identifier: Apache-2.0 */
/* Owns conversations as inputs: a single text of the user is the prompt as it stands, more turns
 * are written out by a template or, where the model takes them, given as messages; system texts
 * and images have inputs of their own. In ops. */
#include "replicate.h"

#include "lib/error.h"
#include "lib/prompt.h"

#define PROMPT_MAX ((size_t)64 * 1024 * 1024)

typedef struct Form {
    const char *name;
    pbs_prompt_form form;
} Form;

static const Form forms[] = {{"roles", PBS_PROMPT_ROLES},   {"llama2", PBS_PROMPT_LLAMA2},
                             {"llama3", PBS_PROMPT_LLAMA3}, {"mistral", PBS_PROMPT_MISTRAL},
                             {"chatml", PBS_PROMPT_CHATML}, {"claude", PBS_PROMPT_CLAUDE}};

static bool is_system(const pbs_ctx *ctx, const pb_json *message)
{
    pb_str role = pbs_get_str(ctx, message, "role");
    return pbs_is(role, "system") || pbs_is(role, "developer");
}

static bool is_image(const pbs_ctx *ctx, const pb_json *part)
{
    return pbs_is(pbs_get_str(ctx, part, "type"), "image_url");
}

/* ---- Images ---- */

static pb_str image_url(const pbs_ctx *ctx, const pb_json *part)
{
    const pb_json *image = pbs_get(ctx, part, "image_url");
    bool text = pbs_is_type(ctx, image, PB_JSON_STRING);
    return text ? ctx->api->json_str(image) : pbs_get_str(ctx, image, "url");
}

/* How many images there are; those up to `most` are written. */
static size_t write_urls(const pbs_ctx *ctx, const pb_json *messages, size_t most)
{
    size_t n = 0;
    for (size_t i = 0; i < ctx->api->json_len(messages); i++) {
        const pb_json *content = pbs_get(ctx, ctx->api->json_at(messages, i, NULL), "content");
        for (size_t j = 0;
             pbs_is_type(ctx, content, PB_JSON_ARRAY) && j < ctx->api->json_len(content); j++) {
            const pb_json *part = ctx->api->json_at(content, j, NULL);
            if (is_image(ctx, part) && n++ < most)
                ctx->api->w_str(ctx->x, image_url(ctx, part));
        }
    }
    return n;
}

static void write_images(const pbs_ctx *ctx, const Exchange *exchange, const pb_json *messages)
{
    const char *name = replicate_input_name(exchange, exchange->model->image);
    size_t n = write_urls(ctx, messages, 0);
    bool many = exchange->model->many_images;
    if (n == 0)
        return;
    if (name == NULL || (n > 1 && !many))
        replicate_note(ctx, PB_NOTE_UNMET, "image_url",
                       name == NULL ? "input-rename says that this model takes no images"
                                    : "this model takes one image a request");
    if (name == NULL)
        return;
    if (many)
        pbs_w_array(ctx, name);
    else
        pbs_w_key(ctx, name);
    write_urls(ctx, messages, many ? n : 1);
    if (many)
        pbs_w_end(ctx);
}

/* ---- Text ---- */

/* A message without its images, which have an input of their own. */
static void write_bare(const pbs_ctx *ctx, const pb_json *message)
{
    const pb_json *value = NULL;
    pb_str key;
    pbs_w_object(ctx, NULL);
    for (size_t i = 0; (value = ctx->api->json_at(message, i, &key)) != NULL; i++) {
        ctx->api->w_key(ctx->x, key);
        if (!pbs_is(key, "content") || !pbs_is_type(ctx, value, PB_JSON_ARRAY)) {
            ctx->api->w_value(ctx->x, value);
            continue;
        }
        ctx->api->w_open(ctx->x, 0);
        for (size_t j = 0; j < ctx->api->json_len(value); j++)
            if (!is_image(ctx, ctx->api->json_at(value, j, NULL)))
                ctx->api->w_value(ctx->x, ctx->api->json_at(value, j, NULL));
        ctx->api->w_close(ctx->x);
    }
    pbs_w_end(ctx);
}

static const pb_json *bare_messages(const pbs_ctx *ctx, const pb_json *messages)
{
    ctx->api->w_begin(ctx->x);
    ctx->api->w_open(ctx->x, 0);
    for (size_t i = 0; i < ctx->api->json_len(messages); i++)
        write_bare(ctx, ctx->api->json_at(messages, i, NULL));
    ctx->api->w_close(ctx->x);
    return ctx->api->json_parse(ctx->x, ctx->api->w_end(ctx->x), 0);
}

static pbs_prompt_form form_of(const Exchange *exchange)
{
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++)
        if (strcmp(exchange->provider->prompt_form, forms[i].name) == 0)
            return forms[i].form;
    return PBS_PROMPT_ROLES;
}

/* Is it one message of the user, beside system messages? */
static bool is_single(const pbs_ctx *ctx, const pb_json *messages)
{
    size_t others = 0;
    bool user = false;
    for (size_t i = 0; i < ctx->api->json_len(messages); i++) {
        const pb_json *message = ctx->api->json_at(messages, i, NULL);
        if (is_system(ctx, message))
            continue;
        others++;
        user = pbs_is(pbs_get_str(ctx, message, "role"), "user");
    }
    return others == 1 && user;
}

static void add_text(const pbs_ctx *ctx, const pb_json *message, pbs_buf *out)
{
    const pb_json *content = pbs_get(ctx, message, "content");
    pbs_buf_add(out, ctx->api->json_str(content));
    for (size_t i = 0; pbs_is_type(ctx, content, PB_JSON_ARRAY) && i < ctx->api->json_len(content);
         i++) {
        const pb_json *part = ctx->api->json_at(content, i, NULL);
        pb_str type = pbs_get_str(ctx, part, "type");
        pbs_buf_add(out, pbs_get_str(ctx, part, pbs_is(type, "refusal") ? "refusal" : "text"));
        if (!pbs_is(type, "text") && !pbs_is(type, "refusal"))
            replicate_note(ctx, PB_NOTE_UNMET,
                           pbs_is(type, "input_audio") ? "input_audio" : "messages",
                           "models of this platform read text and images");
    }
}

/* {"role","content"} of each turn, its text joined; system texts are written elsewhere. */
static bool write_messages(const pbs_ctx *ctx, const pb_json *messages)
{
    pbs_buf text;
    pbs_buf_init(&text, PROMPT_MAX);
    pbs_w_array(ctx, "messages");
    for (size_t i = 0; i < ctx->api->json_len(messages); i++) {
        const pb_json *message = ctx->api->json_at(messages, i, NULL);
        pb_str role = pbs_get_str(ctx, message, "role");
        bool tool = pbs_is(role, "tool") || ctx->api->json_len(pbs_get(ctx, message, "tool_calls"));
        if (tool)
            replicate_note(ctx, PB_NOTE_UNMET, "messages",
                           "this platform has no form for tool calls and their results");
        pbs_buf_clear(&text);
        add_text(ctx, message, &text);
        pbs_w_object(ctx, NULL);
        pbs_w_str(ctx, "role",
                  is_system(ctx, message)     ? PBS_STR("system")
                  : pbs_is(role, "assistant") ? role
                                              : PBS_STR("user"));
        pbs_w_str(ctx, "content", pbs_buf_str(&text));
        pbs_w_end(ctx);
    }
    pbs_w_end(ctx);
    pbs_buf_free(&text);
    return true;
}

static bool too_long(const pbs_ctx *ctx)
{
    pbs_fail(ctx, PB_ERR_CONTEXT_LENGTH, (pb_str){NULL, 0},
             "the conversation is longer than 64 MiB");
    return false;
}

/* The one text as it stands; a system text before it where the model has no input for that. */
static bool write_single(const pbs_ctx *ctx, const pb_json *messages, bool with_system)
{
    pbs_buf prompt;
    pbs_buf_init(&prompt, PROMPT_MAX);
    bool fits = !with_system || pbs_prompt_system(ctx, messages, &prompt);
    if (prompt.len > 0)
        fits = fits && pbs_buf_add(&prompt, PBS_STR("\n\n"));
    for (size_t i = 0; i < ctx->api->json_len(messages); i++) {
        const pb_json *message = ctx->api->json_at(messages, i, NULL);
        if (!is_system(ctx, message))
            add_text(ctx, message, &prompt);
    }
    if (fits)
        pbs_w_str(ctx, "prompt", pbs_buf_str(&prompt));
    pbs_buf_free(&prompt);
    return fits || too_long(ctx);
}

static bool write_template(const pbs_ctx *ctx, const Exchange *exchange, const pb_json *messages,
                           bool with_system)
{
    const pbs_prompt layout = {
        .form = form_of(exchange), .no_begin = true, .no_system = !with_system};
    pbs_buf prompt;
    pbs_buf_init(&prompt, PROMPT_MAX);
    replicate_note(
        ctx, PB_NOTE_EMULATED, "messages",
        "this model takes a prompt: the turns of the conversation are written out in it");
    bool fits = pbs_prompt_write(ctx, &layout, messages, &prompt);
    if (fits)
        pbs_w_str(ctx, "prompt", pbs_buf_str(&prompt));
    pbs_buf_free(&prompt);
    return fits || too_long(ctx);
}

static bool write_system(const pbs_ctx *ctx, const char *name, const pb_json *messages)
{
    pbs_buf text;
    pbs_buf_init(&text, PROMPT_MAX);
    bool fits = pbs_prompt_system(ctx, messages, &text);
    if (fits && text.len > 0)
        pbs_w_str(ctx, name, pbs_buf_str(&text));
    pbs_buf_free(&text);
    return fits || too_long(ctx);
}

static void note_names(const pbs_ctx *ctx, const pb_json *messages)
{
    for (size_t i = 0; i < ctx->api->json_len(messages); i++) {
        if (pbs_get_str(ctx, ctx->api->json_at(messages, i, NULL), "name").len == 0)
            continue;
        replicate_note(ctx, PB_NOTE_DROPPED, "name", "a prompt carries no names of speakers");
        return;
    }
}

bool replicate_write_conversation(const pbs_ctx *ctx, const Exchange *exchange)
{
    const pb_json *messages = pbs_get(ctx, exchange->request->body, "messages");
    const char *form = exchange->provider->prompt_form;
    const char *own = exchange->model->system;
    const char *name = own != NULL ? replicate_input_name(exchange, own) : NULL;
    bool as_messages =
        strcmp(form, "messages") == 0 || (strcmp(form, "auto") == 0 && exchange->model->messages);
    note_names(ctx, messages);
    write_images(ctx, exchange, messages);
    messages = bare_messages(ctx, messages);
    if (!is_single(ctx, messages) && as_messages)
        return write_messages(ctx, messages);
    if (name != NULL && !write_system(ctx, name, messages))
        return false;
    if (is_single(ctx, messages))
        return write_single(ctx, messages, name == NULL);
    return write_template(ctx, exchange, messages, name == NULL);
}

bool replicate_write_prompt(const pbs_ctx *ctx, const Exchange *exchange)
{
    const pb_json *body = exchange->request->body, *prompt = pbs_get(ctx, body, "prompt");
    if (pbs_is_type(ctx, prompt, PB_JSON_ARRAY) && ctx->api->json_len(prompt) == 1)
        prompt = ctx->api->json_at(prompt, 0, NULL);
    if (!pbs_is_type(ctx, prompt, PB_JSON_STRING))
        replicate_note(ctx, PB_NOTE_UNMET, "prompt",
                       "one prompt, as text, is what this platform takes");
    pbs_w_str(ctx, "prompt", ctx->api->json_str(prompt));
    if (pbs_has(ctx, body, "system_prompt"))
        pbs_w_value(ctx, "system_prompt", pbs_get(ctx, body, "system_prompt"));
    return true;
}
