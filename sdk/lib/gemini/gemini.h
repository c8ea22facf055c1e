/* SPDX-License-Identifier: MIT */
/* Google's generateContent dialect, for Google AI Studio and Vertex AI: a canonical request as a
 * body, and the reply, whole or streamed, as events. The driver chooses the URL and signs; what
 * the platforms do not share stands in pbs_gemini_platform. In ops of one exchange. */
#ifndef PATCHBAY_LIB_GEMINI_H
#define PATCHBAY_LIB_GEMINI_H

#include "lib/buffer.h"
#include "lib/ctx.h"
#include "lib/sse.h"

#define PBS_GEMINI_CHOICES_MAX 16u

/* What AI Studio and Vertex AI do not share. */
typedef struct pbs_gemini_platform {
    bool call_ids;      /* functionCall and functionResponse take an id            */
    bool labels;        /* metadata and labels go as `labels`                      */
    bool links;         /* fileData takes any https link; else gs:// and its Files */
    bool count_wrapped; /* countTokens wants generateContentRequest with its model */
    bool service_tier;  /* takes serviceTier                                       */
} pbs_gemini_platform;

/* What the name of a model tells of it. */
typedef struct pbs_gemini_model {
    int generation; /* 1, 2, 3; 0: unknown, taken for a current one */
    int minor;      /* 5 of gemini-2.5                              */
    bool pro, lite, gemma;
    bool image;  /* it draws   */
    bool speech; /* it speaks  */
} pbs_gemini_model;

/* Of one answer. */
typedef struct pbs_gemini_choice {
    bool seen, content;
    uint32_t calls;
    char native[48]; /* the latest finishReason */
    pbs_buf text;    /* what citations count in */
    pbs_buf safety, citations, grounding, url_context, message;
} pbs_gemini_choice;

typedef enum pbs_gemini_mode {
    PBS_GEMINI_WHOLE,
    PBS_GEMINI_EVENTS,
    PBS_GEMINI_ERROR
} pbs_gemini_mode;

typedef struct pbs_gemini {
    const pbs_gemini_platform *platform;
    const pb_request *request;
    /* Describes the request once more, after a repair: http_begin(), headers and
     * pbs_gemini_write_body(). Gives PB_SEND or PB_FAIL. */
    pb_next (*describe)(const pbs_ctx *ctx, void *user);
    void *user;
    const char *safety; /* threshold for all categories where the request gives none; may be NULL */
    bool sign_ids;      /* a call's signature stands in its id too, for clients that keep no more */
    /* the codec's own from here */
    pbs_gemini_model model;
    bool quiet; /* a second description: what is dropped was told before */
    bool told_detail, told_name, told_cache, told_strict, told_schema, told_custom;
    bool no_signatures, no_thinking, no_penalties, repaired;
    pbs_gemini_mode mode;
    int32_t status;
    uint32_t metas;
    int64_t usage[5]; /* as told last; -1 unknown */
    pbs_buf blocked;  /* promptFeedback that says why there is no answer */
    pbs_sse sse;
    pbs_gemini_choice choices[PBS_GEMINI_CHOICES_MAX];
} pbs_gemini;

/* Sets the codec's own members; platform, request, describe, user and safety are the driver's. */
void pbs_gemini_init(pbs_gemini *g);
void pbs_gemini_free(pbs_gemini *g);

/* "generateContent", "streamGenerateContent?alt=sse" or "countTokens": what stands in the URL
 * behind the model and a colon. */
const char *pbs_gemini_method(const pbs_gemini *g);
bool pbs_gemini_is_streamed(const pbs_gemini *g);

/* Writes the body for KIND_CHAT or KIND_COUNT_TOKENS, with its notes. */
void pbs_gemini_write_body(const pbs_ctx *ctx, pbs_gemini *g);

/* The ops that take the reply, for KIND_CHAT and KIND_COUNT_TOKENS; on_head and the refusals of
 * on_body and on_end serve every kind. */
pb_next pbs_gemini_on_head(const pbs_ctx *ctx, pbs_gemini *g, int32_t status);
pb_next pbs_gemini_on_body(const pbs_ctx *ctx, pbs_gemini *g, pb_str bytes);
pb_next pbs_gemini_on_end(const pbs_ctx *ctx, pbs_gemini *g);

/* fail() for an error body (an object, or an array of one) or for {"error":...} in a reply that
 * had begun well. status: of the reply. Gives PB_FAIL. */
pb_next pbs_gemini_fail_body(const pbs_ctx *ctx, int32_t status, pb_str body);
pb_next pbs_gemini_fail_json(const pbs_ctx *ctx, int32_t status, const pb_json *body);

/* ---- Other kinds ---- */

/* The body of batchEmbedContents for KIND_EMBEDDING; false: fail() was called. */
bool pbs_gemini_write_embed(const pbs_ctx *ctx, const pb_request *request);
/* {"embeddings":[{"values"}]} or {"embedding":{"values"}}. PB_DONE or PB_FAIL. */
pb_next pbs_gemini_take_embed(const pbs_ctx *ctx, const pb_json *answer);

/* Is the model one of Imagen's, which are asked by :predict? */
bool pbs_gemini_is_imagen(pb_str model);
/* The body of :predict, or of generateContent by a model that draws, for KIND_IMAGE. */
void pbs_gemini_write_image(const pbs_ctx *ctx, const pb_request *request);
pb_next pbs_gemini_take_image(const pbs_ctx *ctx, const pb_json *answer);

#endif
