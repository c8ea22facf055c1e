/* SPDX-License-Identifier: Apache-2.0 */
/* What the bedrock driver remembers, of a provider and of one exchange, and the seam between its
 * frame (address, signature, credentials, framing, errors) and its codecs (bodies and answers).
 * All of it runs in ops, one at a time for an exchange; a provider is read-only once it is open. */
#ifndef BEDROCK_H
#define BEDROCK_H

#include "lib/buffer.h"
#include "lib/event_stream.h"
#include "lib/json.h"
#include "lib/setup.h"

typedef struct Provider {
    pbs_provider base; /* first: what pbs_op() reads */
    /* Each "" where it was not configured. */
    char *base_url;   /* of bedrock-runtime                        */
    char *models_url; /* of bedrock, the control plane             */
    char *sts_url;    /* of the token service                      */
    char *region;
    char *profile;         /* named in the configuration           */
    char *default_profile; /* named by the environment             */
    char *role_arn, *role_session, *external_id;
    char *web_role_arn;
    char *container_path, *container_url;
    bool fips;              /* the service's FIPS endpoints      */
    bool metadata;          /* ask the machine it runs on        */
    bool metadata_disabled; /* never ask it, whoever wants to */
    int64_t max_tokens;     /* of models that need one; 0: the codec's own */
} Provider;

/* Which part of the service answers; the head of the model's name, the kind and the family say. */
typedef enum Api {
    API_CONVERSE,
    API_INVOKE, /* bodies of the model's own vendor */
    API_EMBED,
    API_IMAGE,
    API_LIST /* models and probe: the frame's own */
} Api;

/* How the model was named. */
typedef struct Model {
    pb_str id;   /* as the path takes it: id, inference profile or ARN, not encoded         */
    pb_str name; /* "anthropic.claude-v2": without region prefix or ARN; "" where an ARN hides it */
    pb_str hint; /* "llama" of "llama/arn:...": the family of a model that an ARN hides     */
    enum { ROUTE_FREE, ROUTE_CONVERSE, ROUTE_INVOKE } route; /* what the head of the name asked */
    pb_str region; /* that the name or the ARN says, or "" */
} Model;

typedef struct Exchange Exchange;

/* What a refusal said. Texts live until the op returns. */
typedef struct Refusal {
    int status;  /* HTTP, or 0 for one inside a stream */
    pb_str type; /* "ValidationException"              */
    pb_str message;
    int original; /* the status that the model itself gave, 0: not said */
} Refusal;

/* One way to ask and to read the answer. The frame calls describe_body between http_begin and
 * PB_SEND; it writes the body (an open object is its own business) and headers beyond Content-Type
 * and Accept. A function that may be NULL says so. */
typedef struct BedrockCodec {
    const char *op_whole;  /* last segment of the path: "converse"                          */
    const char *op_stream; /* "converse-stream"; NULL: cannot stream, a whole answer is asked */
    /* 0, or PB_FAIL with fail() called. Called again, with exchange->quiet, for a second try. */
    pb_next (*describe_body)(const pbs_ctx *, Exchange *);
    /* The JSON object of a good reply: PB_DONE or PB_FAIL. Also for a stream that was not one. */
    pb_next (*take_whole)(const pbs_ctx *, Exchange *, const pb_json *answer);
    /* One event: 0, PB_DONE or PB_FAIL. payload: JSON as a rule. NULL without op_stream. */
    pb_next (*take_event)(const pbs_ctx *, Exchange *, pb_str event_type, pb_str payload);
    /* The stream is complete: PB_DONE, or PB_FAIL (bedrock_truncated). NULL without op_stream. */
    pb_next (*end)(const pbs_ctx *, Exchange *);
    /* True: the codec changed its state so that a second description may be accepted. NULL: never.
     * Asked once an exchange. */
    bool (*repair)(const pbs_ctx *, Exchange *, const Refusal *);
    /* Gives back what is not from api->alloc. NULL: nothing. */
    void (*clean)(Exchange *);
} BedrockCodec;

typedef enum Mode { MODE_WHOLE, MODE_EVENTS, MODE_ERROR } Mode;

struct Exchange {
    const Provider *provider;
    const pb_request *request;
    Model model;
    Api api;
    const BedrockCodec *codec; /* NULL: API_LIST and the minting of credentials */
    void *codec_state;         /* the codec's; from api->alloc */
    bool streamed;             /* a stream was asked for and the codec can */
    bool quiet;                /* a second description: what is dropped was told before */
    /* the frame's own */
    pb_str region;
    bool repaired, renewed, skewed;
    bool minted;     /* the credentials in use were minted     */
    int asked;       /* how often they were asked for          */
    int64_t skew_ms; /* how far the service's clock is ahead   */
    Mode mode;
    int32_t status;
    pbs_event_stream frames;
    struct Mint *mint; /* credentials.h */
};

/* ---- The codecs' side ---- */

/* codec.c: by exchange->request->kind, exchange->model and its route; sets exchange->api. NULL
 * after fail(): nothing answers that. May take exchange->codec_state from api->alloc. */
const BedrockCodec *bedrock_codec(const pbs_ctx *ctx, Exchange *exchange);

/* ---- The frame's side ---- */

/* request.c: method, URL, headers and the codec's body; PB_SEND, PB_NEED_CREDENTIAL or PB_FAIL. */
pb_next bedrock_describe(const pbs_ctx *ctx, Exchange *exchange);

/* The region, in exchange->region: 0, PB_NEED_CREDENTIAL or PB_FAIL. */
pb_next bedrock_region(const pbs_ctx *ctx, Exchange *exchange);
/* Appends what `given` says, or the address of a service in the region. */
bool bedrock_endpoint(const Provider *provider, const char *given, const char *service,
                      pb_str region, pbs_buf *out);

/* sign.c: the op `sign`. */
pb_next bedrock_sign(void *prov, pb_xchg *x, void *state);

/* reply.c: the ops that take the reply. */
pb_next bedrock_on_head(void *prov, pb_xchg *x, void *state, int32_t status);
pb_next bedrock_on_body(void *prov, pb_xchg *x, void *state, pb_str bytes);
pb_next bedrock_on_end(void *prov, pb_xchg *x, void *state);

/* models.c: the list of models, which is the probe too. */
pb_next bedrock_take_models(const pbs_ctx *ctx, const Exchange *exchange, const pb_json *answer);

/* model.c: takes a name apart. The parts point into it. Pure. */
Model bedrock_model(pb_str name);

/* errors.c: a reply that is no good one: PB_SEND for one more try, or PB_FAIL. */
pb_next bedrock_refused(const pbs_ctx *ctx, Exchange *exchange, pb_str body);
/* These give PB_FAIL, with fail() called. */
pb_next bedrock_fail(const pbs_ctx *ctx, const Refusal *refusal);
pb_next bedrock_unusable(const pbs_ctx *ctx, const char *message); /* an answer that is none      */
pb_next bedrock_truncated(const pbs_ctx *ctx);                     /* the stream ended too early  */
pb_next bedrock_unsupported(const pbs_ctx *ctx, const char *param, const char *message);

#endif
