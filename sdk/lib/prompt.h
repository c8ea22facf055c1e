/* SPDX-License-Identifier: MIT */
/* Conversations written out as one text, for models that take a prompt and no messages. Each form
 * is the template its models were trained with. In an op of the exchange. */
#ifndef PATCHBAY_LIB_PROMPT_H
#define PATCHBAY_LIB_PROMPT_H

#include "lib/buffer.h"
#include "lib/ctx.h"

typedef enum pbs_prompt_form {
    PBS_PROMPT_CLAUDE,  /* "\n\nHuman: Hi\n\nAssistant:"                                     */
    PBS_PROMPT_LLAMA2,  /* "<s>[INST] <<SYS>>\n...\n<</SYS>>\n\nHi [/INST]"                  */
    PBS_PROMPT_LLAMA3,  /* "<|begin_of_text|><|start_header_id|>user<|end_header_id|>..."    */
    PBS_PROMPT_MISTRAL, /* "<s>[INST] Hi [/INST]"                                            */
    PBS_PROMPT_CHATML,  /* "<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n"         */
    PBS_PROMPT_BOT,     /* "User: Hi\nBot:"                                                  */
    PBS_PROMPT_ROLES    /* "User: Hi\nAssistant:", for models that are not known             */
} pbs_prompt_form;

typedef struct pbs_prompt {
    pbs_prompt_form form;
    bool no_begin;  /* the server puts the token that begins a text before the prompt itself */
    bool no_system; /* system messages go somewhere else: pbs_prompt_system()                */
} pbs_prompt;

/* Appends a conversation. Messages of one role that follow each other are one turn, system
 * messages stand at its head, a last turn of the assistant is left open for the model to go on
 * with. What is no text is told by note(): images, files, tool calls and their results. False:
 * the bound of the buffer. */
bool pbs_prompt_write(const pbs_ctx *ctx, const pbs_prompt *prompt, const pb_json *messages,
                      pbs_buf *out);

/* Appends the text of all system and developer messages, with a line end between them. */
bool pbs_prompt_system(const pbs_ctx *ctx, const pb_json *messages, pbs_buf *out);

/* A text that a model of this form writes when it goes on with the user's turn, or NULL: it ends
 * by itself. A driver adds it to the request's stop sequences. */
const char *pbs_prompt_stop(pbs_prompt_form form);

#endif
