/* SPDX-License-Identifier: MIT */
/* Reading the error that a vendor answered with, liberally: most vendors say it in OpenAI's
 * shape, none always. In an op of the exchange that the reply belongs to. */
#ifndef PATCHBAY_LIB_ERROR_H
#define PATCHBAY_LIB_ERROR_H

#include "lib/ctx.h"

#include <stdbool.h>

typedef struct pbs_error {
    pb_str message, type, code, param; /* empty: not said; point into the JSON or into `text` */
    int inner_status;                  /* an HTTP status that the body names, 0 = none        */
    int64_t hint_ms;                   /* how long to wait, in a member of its own; -1 none   */
    int32_t cls;                       /* PB_ERR_* that a member says outright, 0 none        */
    char text[1024], number[24];
} pbs_error;

/* Reads an error body: error.message ?? error ?? message ?? detail ..., and what stands beside
 * it. False: there is no error in it. */
bool pbs_error_read(const pbs_ctx *ctx, const pb_json *body, pbs_error *out);

/* Does an answer with a good status say that it failed? (A member `error` that is not null, or
 * the shape {"object":"error", ...}.) */
bool pbs_error_is_in(const pbs_ctx *ctx, const pb_json *body);

/* fail() with class, code, param and every retry hint; gives PB_FAIL. status: of the reply. */
pb_next pbs_error_fail(const pbs_ctx *ctx, int status, const pbs_error *error);

/* Reads a whole error body, JSON, HTML or plain text; there is always a message afterwards
 * unless the body is empty. Gives the JSON, or NULL: it was none. */
const pb_json *pbs_error_read_body(const pbs_ctx *ctx, pb_str body, pbs_error *out);

/* That and fail(). */
pb_next pbs_error_fail_body(const pbs_ctx *ctx, int status, pb_str body);

/* fail() with a class and a text, for what no vendor said. */
pb_next pbs_fail(const pbs_ctx *ctx, int32_t cls, pb_str code, const char *message);

/* fail() for an answer that cannot be read (PB_ERR_PROTOCOL): `what`, the beginning of `text` in
 * quotes, and `hint`, which begins with its punctuation. */
pb_next pbs_fail_unusable(const pbs_ctx *ctx, const char *what, pb_str text, const char *hint);

#endif
