/* SPDX-License-Identifier: MIT */
/* Owns the templates of text prompts and the walk over a conversation that fills them. It runs in
 * ops of the exchange and keeps nothing. Which model wants which form it must not know. */
#include "lib/prompt.h"

#include "lib/json.h"

typedef struct Template {
    const char *begin;                              /* the token that begins a text */
    const char *system[2], *user[2], *assistant[2]; /* before and after each */
    const char *ask;                                /* what the model goes on with */
    bool folded;                                    /* the system text is in the user's turn */
    const char *stop;
} Template;

static const Template templates[] = {
    [PBS_PROMPT_CLAUDE] = {.begin = "",
                           .system = {"", ""},
                           .user = {"\n\nHuman: ", ""},
                           .assistant = {"\n\nAssistant: ", ""},
                           .ask = "\n\nAssistant:",
                           .stop = "\n\nHuman:"},
    [PBS_PROMPT_LLAMA2] = {.begin = "<s>",
                           .system = {"<<SYS>>\n", "\n<</SYS>>\n\n"},
                           .user = {"[INST] ", " [/INST]"},
                           .assistant = {" ", " </s><s>"},
                           .ask = "",
                           .folded = true},
    [PBS_PROMPT_LLAMA3] = {.begin = "<|begin_of_text|>",
                           .system = {"<|start_header_id|>system<|end_header_id|>\n\n",
                                      "<|eot_id|>"},
                           .user = {"<|start_header_id|>user<|end_header_id|>\n\n", "<|eot_id|>"},
                           .assistant = {"<|start_header_id|>assistant<|end_header_id|>\n\n",
                                         "<|eot_id|>"},
                           .ask = "<|start_header_id|>assistant<|end_header_id|>\n\n"},
    [PBS_PROMPT_MISTRAL] = {.begin = "<s>",
                            .system = {"", "\n\n"},
                            .user = {"[INST] ", " [/INST]"},
                            .assistant = {" ", "</s>"},
                            .ask = "",
                            .folded = true},
    [PBS_PROMPT_CHATML] = {.begin = "",
                           .system = {"<|im_start|>system\n", "<|im_end|>\n"},
                           .user = {"<|im_start|>user\n", "<|im_end|>\n"},
                           .assistant = {"<|im_start|>assistant\n", "<|im_end|>\n"},
                           .ask = "<|im_start|>assistant\n",
                           .stop = "<|im_end|>"},
    [PBS_PROMPT_BOT] = {.begin = "",
                        .system = {"", "\n"},
                        .user = {"User: ", "\n"},
                        .assistant = {"Bot: ", "\n"},
                        .ask = "Bot:",
                        .stop = "User:"},
    [PBS_PROMPT_ROLES] = {.begin = "",
                          .system = {"", "\n"},
                          .user = {"User: ", "\n"},
                          .assistant = {"Assistant: ", "\n"},
                          .ask = "Assistant:",
                          .stop = "\nUser:"},
};

typedef enum Role { ROLE_SYSTEM, ROLE_USER, ROLE_ASSISTANT } Role;

typedef struct Walk {
    const pbs_ctx *ctx;
    const pbs_prompt *prompt;
    const Template *form;
    const pb_json *messages;
    size_t len;
    pbs_buf *out;
    bool fits, told_tools, told_parts;
} Walk;

static void add(Walk *walk, pb_str text)
{
    walk->fits = walk->fits && pbs_buf_add(walk->out, text);
}

static Role role_of(const pbs_ctx *ctx, const pb_json *message)
{
    pb_str role = pbs_get_str(ctx, message, "role");
    if (pbs_is(role, "system") || pbs_is(role, "developer"))
        return ROLE_SYSTEM;
    return pbs_is(role, "assistant") ? ROLE_ASSISTANT : ROLE_USER;
}

static const pb_json *message_at(const Walk *walk, size_t i)
{
    return walk->ctx->api->json_at(walk->messages, i, NULL);
}

/* ---- The text of a message ---- */

static void note_once(Walk *walk, bool *told, const char *param, const char *why)
{
    if (!*told)
        walk->ctx->api->note(walk->ctx->x, PB_NOTE_UNMET, pbs_str(param), pbs_str(why));
    *told = true;
}

static pb_str part_text(Walk *walk, const pb_json *part)
{
    pb_str type = pbs_get_str(walk->ctx, part, "type");
    if (pbs_is(type, "text"))
        return pbs_get_str(walk->ctx, part, "text");
    if (pbs_is(type, "refusal"))
        return pbs_get_str(walk->ctx, part, "refusal");
    note_once(walk, &walk->told_parts, pbs_is(type, "image_url") ? "image_url" : "messages",
              "this model takes a prompt, which is text only");
    return (pb_str){NULL, 0};
}

/* The parts of one message belong together; only messages get a line end between them. */
static void add_content(Walk *walk, const pb_json *message)
{
    const pbs_ctx *ctx = walk->ctx;
    const pb_json *content = pbs_get(ctx, message, "content");
    bool parts = pbs_is_type(ctx, content, PB_JSON_ARRAY);
    if (pbs_is(pbs_get_str(ctx, message, "role"), "tool") ||
        ctx->api->json_len(pbs_get(ctx, message, "tool_calls")) > 0)
        note_once(walk, &walk->told_tools, "messages",
                  "this model takes a prompt, which has no form for tool calls and their results");
    add(walk, ctx->api->json_str(content));
    for (size_t i = 0; parts && i < ctx->api->json_len(content); i++)
        add(walk, part_text(walk, ctx->api->json_at(content, i, NULL)));
    if (content == NULL || pbs_is_type(ctx, content, PB_JSON_NULL))
        add(walk, pbs_get_str(ctx, message, "refusal"));
}

/* Messages from..to-1 of that role, with a line end between those that say something. */
static void add_messages(Walk *walk, Role role, size_t from, size_t to)
{
    size_t last = walk->out->len;
    for (size_t i = from; i < to; i++) {
        const pb_json *message = message_at(walk, i);
        size_t before = walk->out->len;
        if (role_of(walk->ctx, message) != role)
            continue;
        if (before > last)
            add(walk, PBS_STR("\n"));
        size_t begun = walk->out->len;
        add_content(walk, message);
        if (walk->out->len == begun) /* it says nothing: no line end either */
            walk->out->len = before;
    }
}

bool pbs_prompt_system(const pbs_ctx *ctx, const pb_json *messages, pbs_buf *out)
{
    Walk walk = {.ctx = ctx, .messages = messages, .out = out, .fits = true};
    walk.len = ctx->api->json_len(messages);
    add_messages(&walk, ROLE_SYSTEM, 0, walk.len);
    return walk.fits;
}

/* ---- Turns ---- */

static void add_system(Walk *walk)
{
    size_t before = walk->out->len;
    if (walk->prompt->no_system)
        return;
    add(walk, pbs_str(walk->form->system[0]));
    size_t begun = walk->out->len;
    add_messages(walk, ROLE_SYSTEM, 0, walk->len);
    if (walk->out->len > begun)
        add(walk, pbs_str(walk->form->system[1]));
    else
        walk->out->len = before;
}

/* Where the turn that begins at `from` ends: at the first message of the other role. */
static size_t turn_end(const Walk *walk, Role role, size_t from)
{
    size_t i = from;
    while (i < walk->len) {
        Role next = role_of(walk->ctx, message_at(walk, i));
        if (next != role && next != ROLE_SYSTEM)
            break;
        i++;
    }
    return i;
}

static void trim_end(Walk *walk)
{
    pbs_buf *out = walk->out;
    while (out->len > 0 && memchr(" \t\r\n", out->ptr[out->len - 1], 4) != NULL)
        out->len--;
}

static void add_turn(Walk *walk, Role role, size_t from, size_t to, bool first)
{
    const char *const *around = role == ROLE_USER ? walk->form->user : walk->form->assistant;
    add(walk, pbs_str(around[0]));
    if (first && walk->form->folded)
        add_system(walk);
    add_messages(walk, role, from, to);
    if (role == ROLE_ASSISTANT && to == walk->len)
        trim_end(walk); /* open: the model goes on here */
    else
        add(walk, pbs_str(around[1]));
}

/* A turn of the user that no message gave, since every template begins with one. */
static void add_made_up(Walk *walk)
{
    walk->ctx->api->note(walk->ctx->x, PB_NOTE_EMULATED, PBS_STR("messages"),
                         PBS_STR("this model's prompt begins with the user: a turn is made up"));
    add(walk, pbs_str(walk->form->user[0]));
    if (walk->form->folded)
        add_system(walk);
    add(walk, PBS_STR("."));
    add(walk, pbs_str(walk->form->user[1]));
}

bool pbs_prompt_write(const pbs_ctx *ctx, const pbs_prompt *prompt, const pb_json *messages,
                      pbs_buf *out)
{
    Walk walk = {.ctx = ctx,
                 .prompt = prompt,
                 .form = &templates[prompt->form],
                 .messages = messages,
                 .out = out,
                 .fits = true};
    bool first = true, open = false;
    walk.len = ctx->api->json_len(messages);
    if (!prompt->no_begin)
        add(&walk, pbs_str(walk.form->begin));
    if (!walk.form->folded)
        add_system(&walk);
    for (size_t i = 0, next; i < walk.len; i = next) {
        Role role = role_of(ctx, message_at(&walk, i));
        next = role == ROLE_SYSTEM ? i + 1 : turn_end(&walk, role, i);
        if (role == ROLE_SYSTEM)
            continue;
        if (first && role == ROLE_ASSISTANT) {
            add_made_up(&walk);
            first = false;
        }
        add_turn(&walk, role, i, next, first);
        open = role == ROLE_ASSISTANT && next == walk.len;
        first = false;
    }
    if (first)
        add_made_up(&walk);
    if (!open)
        add(&walk, pbs_str(walk.form->ask));
    return walk.fits;
}

const char *pbs_prompt_stop(pbs_prompt_form form)
{
    return templates[form].stop;
}
