/* SPDX-License-Identifier: MIT */
/* Getting an access token from an OAuth 2.0 token endpoint (RFC 6749) or a cloud's metadata
 * server: the fields of the form, the token in the reply, the refusal. In the ops of a
 * KIND_CREDENTIAL exchange; secrets leave no copy behind. */
#ifndef PATCHBAY_LIB_OAUTH_H
#define PATCHBAY_LIB_OAUTH_H

#include "lib/ctx.h"

#include <stdbool.h>

/* A token without a word on its life is asked for anew after this. */
#define PBS_OAUTH_LIFE_MS INT64_C(300000)

/* Describes `POST url` with a form for a body: content-type and accept. Fields follow. */
void pbs_oauth_begin(const pbs_ctx *ctx, pb_str url);

/* Appends name=value, percent-encoded, to that body; `first`: no & before it. */
void pbs_oauth_field(const pbs_ctx *ctx, bool first, const char *name, pb_str value);

/* What came instead of a refusal; the texts point into the JSON. */
typedef struct pbs_oauth_token {
    pb_str access_token, id_token, refresh_token, token_type;
    int64_t expires_ms; /* wall clock: expires_in or expires_on, a number or text; 0 not said */
} pbs_oauth_token;

/* Reads a reply's object. False: it holds no token. */
bool pbs_oauth_read(const pbs_ctx *ctx, const pb_json *reply, pbs_oauth_token *out);

/* fail() for a refusal: {"error":"invalid_client","error_description":"..."}, the error of a
 * metadata server, a page. whom: "Microsoft Entra ID"; help: one sentence on what a person can
 * check. Gives PB_FAIL. */
pb_next pbs_oauth_fail(const pbs_ctx *ctx, int status, pb_str body, const char *whom,
                       const char *help);

/* The whole of it for one reply: puts the access token as part "token" of the credential and
 * gives PB_DONE, or fails. */
pb_next pbs_oauth_take(const pbs_ctx *ctx, int status, pb_str body, const char *whom,
                       const char *help);

#endif
