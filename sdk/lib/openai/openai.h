/* SPDX-License-Identifier: MIT */
/* OpenAI's dialect as a driver's own: chat, legacy completions, embeddings, images, the list of
 * models and a probe, asked and answered as OpenAI does, with the differences of a vendor as
 * options (options.h) and hooks. In ops of the exchange, one at a time; nothing is global.
 *
 * A driver that has no more to say than its options, its URL and its credentials is this:
 *
 *     typedef struct Provider {
 *         pbs_provider base;              first: what pbs_op() reads
 *         pbs_openai_options options;     pbs_openai_options_read(api, config, &p->options)
 *     } Provider;
 *
 *     begin:    pbs_openai *openai = api->alloc(x, sizeof *openai);   *state = openai;
 *               pbs_openai_init(openai, &provider->options, request);
 *               openai->hooks = &hooks;                               or none
 *               return pbs_openai_describe(&ctx, openai);
 *     sign:     return pbs_bearer(&ctx, "api-key");
 *     on_head:  return pbs_openai_on_head(&ctx, state, status);
 *     on_body:  return pbs_openai_on_body(&ctx, state, bytes);
 *     on_end:   return pbs_openai_on_end(&ctx, state);
 *     end:      if (state != NULL) pbs_openai_end(state);
 *
 * A driver with more to remember makes pbs_openai the first member of its own struct and casts
 * in its hooks. In plugin.cmake, LIB openai compiles in this folder and all that it needs. */
#ifndef PATCHBAY_LIB_OPENAI_OPENAI_H
#define PATCHBAY_LIB_OPENAI_OPENAI_H

#include "lib/chat.h"
#include "lib/ctx.h"
#include "lib/error.h"
#include "lib/openai/family.h"
#include "lib/openai/options.h"
#include "lib/sse.h"

#define PBS_OPENAI_REPAIRS_MAX 4
#define PBS_OPENAI_URL_MAX     ((size_t)8192)

typedef struct pbs_openai pbs_openai;

/* Where a vendor differs by more than an option. Static const; each may be NULL. */
typedef struct pbs_openai_hooks {
    /* Appends the URL of what is asked (openai->request->kind). False: the bound of the buffer.
     * NULL: pbs_openai_url(). */
    bool (*url)(const pbs_ctx *ctx, const pbs_openai *openai, pbs_buf *url);
    /* Sets more headers than content-type and accept; runs again when the request is described
     * anew. Credentials belong into sign. */
    void (*headers)(const pbs_ctx *ctx, const pbs_openai *openai);
    /* A top-level member of the request. True: the driver dealt with it (wrote key and value, or
     * left it out and told with pbs_openai_note); false: it goes the usual way. Not called for
     * model, stream, stream_options and patchbay. Runs again after a repair. */
    bool (*member)(const pbs_ctx *ctx, const pbs_openai *openai, pb_str key, const pb_json *value);
    /* An error that was read from `body` (NULL: it was no JSON), of a refusal
     * (openai->status >= 400) or within an answer. It may set any member: `cls`, when the vendor
     * has a code of its own; `code`, `param`, `message`, `hint_ms`. Texts must outlive the op's
     * call of fail(): literals, values of `body`, or alloc(). */
    void (*error)(const pbs_ctx *ctx, const pbs_openai *openai, const pb_json *body,
                  pbs_error *error);
} pbs_openai_hooks;

/* A parameter as it was sent, and what to send instead; `to` empty: leave it out. */
typedef struct pbs_openai_repair {
    pb_str from, to;
} pbs_openai_repair;

typedef enum pbs_openai_mode {
    PBS_OPENAI_WHOLE,  /* one JSON text             */
    PBS_OPENAI_EVENTS, /* server-sent events        */
    PBS_OPENAI_ERROR   /* a reply that is a refusal */
} pbs_openai_mode;

/* One exchange. The first group is for the driver, which may change it between
 * pbs_openai_init() and pbs_openai_describe(); the rest is the dialect's own. */
struct pbs_openai {
    const pbs_openai_options *options;
    const pb_request *request;
    const pbs_openai_hooks *hooks; /* NULL: none                                              */
    const pb_json *body;           /* the canonical request: request->body                    */
    pb_str model;                  /* goes as `model`: request->model                         */
    pb_str known_as;               /* whose family and patterns count: request->model         */
    bool stream;                   /* ask for a stream: if the client did, and the kind has one */

    int32_t status; /* of the reply at hand; for the hooks */

    pbs_openai_family family;
    bool cache; /* the model takes cache_control */
    bool quiet; /* a second description: what is dropped was told before */
    struct pbs_openai_told {
        bool cache_control, name, merged;
    } * told, told_here; /* what is told once a request, however often it occurs */
    bool resend;         /* the reply named a parameter that a repair takes care of */
    pbs_openai_repair repairs[PBS_OPENAI_REPAIRS_MAX];
    size_t n_repairs;
    pbs_openai_mode mode;
    bool decoded; /* a whole answer was taken   */
    bool events;  /* an event of a stream came  */
    pbs_sse sse;
    pbs_buf raw; /* the beginning of a stream that has had no event yet */
    pbs_chat chat;
};

/* For a zeroed struct, in begin. Whatever comes after, pbs_openai_end() must run. */
void pbs_openai_init(pbs_openai *openai, const pbs_openai_options *options,
                     const pb_request *request);

/* Describes the request for what is asked; gives PB_SEND, or PB_FAIL with fail() called. */
pb_next pbs_openai_describe(const pbs_ctx *ctx, pbs_openai *openai);

/* The ops that take the reply. on_end describes the request again and gives PB_SEND where the
 * vendor named a parameter that can go otherwise or be left out (400 and 422). */
pb_next pbs_openai_on_head(const pbs_ctx *ctx, pbs_openai *openai, int32_t status);
pb_next pbs_openai_on_body(const pbs_ctx *ctx, pbs_openai *openai, pb_str bytes);
pb_next pbs_openai_on_end(const pbs_ctx *ctx, pbs_openai *openai);

/* Gives the memory back; in the driver's end. */
void pbs_openai_end(pbs_openai *openai);

/* ---- For hooks ---- */

/* "/chat/completions", "/completions", "/embeddings", "/images/generations", "/models". */
pb_str pbs_openai_path(pb_kind kind);

/* Appends base-url, path-prefix and that path, or models-url. False: the bound of the buffer. */
bool pbs_openai_url(const pbs_openai *openai, pbs_buf *url);

/* note() of a parameter, told the first time the request is described. */
void pbs_openai_note(const pbs_ctx *ctx, const pbs_openai *openai, int32_t note, pb_str param,
                     const char *why);

/* Would the loss of a parameter change what was asked for? (n, stop, logprobs, tools ...) */
bool pbs_openai_param_is_essential(pb_str name);

/* Tells that a parameter does not go: UNMET where its loss changes what was asked, else DROPPED;
 * nothing for a value that asks for what happens anyway (n = 1, logprobs = false). */
void pbs_openai_leave_out(const pbs_ctx *ctx, const pbs_openai *openai, pb_str name,
                          const pb_json *value, const char *why);

/* Reads the error in a refusal's body (JSON, HTML or plain text), the hook's word included. */
void pbs_openai_error_read(const pbs_ctx *ctx, const pbs_openai *openai, pb_str body,
                           pbs_error *out);

#endif
