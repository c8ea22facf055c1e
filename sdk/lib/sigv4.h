/* SPDX-License-Identifier: MIT */
/* AWS Signature Version 4: signs the request that is about to leave. Source: "Create a signed AWS
 * API request" of the IAM User Guide; checked with the test suite of the AWS SDKs. The path is
 * taken as it leaves, percent-encoded once, and encoded once more for the signature, as every
 * service but S3 wants it; dots and double slashes in it are not resolved. */
#ifndef PATCHBAY_LIB_SIGV4_H
#define PATCHBAY_LIB_SIGV4_H

#include "lib/buffer.h"
#include "lib/ctx.h"

#define PBS_SIGV4_HEADERS_MAX 32u
#define PBS_SIGV4_TIME_SIZE   17u /* 20261122T103000Z and a NUL */

typedef struct pbs_sigv4_key {
    pb_str id, secret, token; /* token: "" for a key that stays */
} pbs_sigv4_key;

typedef struct pbs_sigv4_scope {
    pb_str region, service;
    char time[PBS_SIGV4_TIME_SIZE];
} pbs_sigv4_scope;

typedef struct pbs_sigv4_header {
    pb_str name, value; /* name in lower case */
} pbs_sigv4_header;

typedef struct pbs_sigv4_request {
    pb_str method, url, body; /* url: complete, or from the path on */
    pbs_sigv4_header headers[PBS_SIGV4_HEADERS_MAX];
    size_t n_headers;
} pbs_sigv4_request;

/* The time of a signature. False: a year of which there is no such text. */
bool pbs_sigv4_time(int64_t now_ms, char out[PBS_SIGV4_TIME_SIZE]);

/* Appends the canonical request; sorts the headers. False: the buffer's bound. */
bool pbs_sigv4_canonical(const pb_core_api *api, pbs_sigv4_request *request, pbs_buf *out);

/* Appends the value of the header Authorization; sorts the headers, all of which it signs. False:
 * a bound. */
bool pbs_sigv4_authorization(const pb_core_api *api, pbs_sigv4_request *request,
                             const pbs_sigv4_key *key, const pbs_sigv4_scope *scope, pbs_buf *out);

/* For sign(): sets x-amz-date, x-amz-security-token where there is a token, and authorization,
 * over host, content-type and all x-amz headers that were described. now_ms: of a clock that the
 * service shares. PB_SEND, or PB_FAIL with fail() called. */
pb_next pbs_sigv4(const pbs_ctx *ctx, const pbs_sigv4_key *key, pb_str region, pb_str service,
                  int64_t now_ms);

#endif
