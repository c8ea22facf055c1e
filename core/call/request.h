/* SPDX-License-Identifier: Apache-2.0 */
/* The client's request made canonical: checked as far as every driver relies on it, older names
 * turned into today's, what is Patchbay's own taken out. Pure but for the arena; any thread. */
#ifndef PBAY_CALL_REQUEST_H
#define PBAY_CALL_REQUEST_H

#include "base/arena.h"
#include "base/error.h"
#include "snapshot/model.h"

#include <glib.h>
#include <patchbay/driver.h>
#include <stdbool.h>

/* Answers that one request may ask for. */
#define PBAY_REQUEST_CHOICES_MAX 128

/* Everything lives in the arena, or in the text it was parsed from. */
typedef struct PbayCallRequest {
    const pb_json *root; /* the canonical object; its `model` still the client's */
    pb_str model;        /* asked for; empty: none (models, probe)              */
    bool stream, include_usage, base64;
    unsigned choices;   /* at least 1; for completions all prompts together */
    size_t inputs;      /* EMBEDDING: how many                              */
    int64_t timeout_ms; /* member patchbay.timeout_ms, or 0                 */
    bool drops_set;     /* the request says what becomes of parameters      */
    PbayDrops drops;
    bool renamed_max_tokens; /* max_tokens_to_sample was given */
    bool dropped_stream;     /* `stream` was asked of a kind that has none, and taken out */

    /* Of the member `patchbay`, for routing. */
    const pb_json *labels; /* an object of scalars, or NULL */
    char **fallbacks;      /* names, or NULL; pbay_call_request_clear */
    bool has_max_cost, has_prefer;
    PbayMoney max_cost;
    PbayPrefer prefer;
} PbayCallRequest;

void pbay_call_request_clear(PbayCallRequest *request);

/* json must outlive the result; model, or NULL, stands over the request's own. Fills request and
 * gives NULL, or gives the failure (PB_ERR_INVALID, param set): unref it. */
PbayFailure *pbay_call_request_read(PbayArena *arena, int32_t kind, pb_str json, const char *model,
                                    PbayCallRequest *request);

/* The body for a driver: the canonical object with the upstream's model name, appended. */
void pbay_call_request_write(const PbayCallRequest *request, const char *upstream, GString *out);

/* The members `model` and text of a request of any kind, without further checks. */
PbayFailure *pbay_call_request_peek(PbayArena *arena, pb_str json, const char *model,
                                    pb_str *asked);

#endif
