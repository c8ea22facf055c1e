/* SPDX-License-Identifier: Apache-2.0 */
/* One table ties the ABI's error classes to their wire name, HTTP status, OpenAI type and code,
 * whether a retry may help, and the exit code of the command. GError carries setup and
 * configuration mistakes (domain PBAY_ERROR, code = PB_ERR_*); PbayFailure carries what a call
 * ended with. Any thread. */
#ifndef PBAY_BASE_ERROR_H
#define PBAY_BASE_ERROR_H

#include <glib.h>
#include <patchbay/driver.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#define PBAY_ERROR (pbay_error_quark())
GQuark pbay_error_quark(void);

/* Raw vendor bodies kept with a failure end here. */
#define PBAY_FAILURE_RAW_MAX 4096u

/* Beyond the ABI's classes, for the core's own use: the caller cancelled. */
enum { PBAY_ERR_CANCELLED = 100 };

typedef struct PbayErrorClass {
    int32_t cls;       /* PB_ERR_* or PBAY_ERR_CANCELLED              */
    const char *name;  /* "rate_limit"                                */
    int http_status;   /* what the gateway answers, 429               */
    const char *type;  /* "rate_limit_error"                          */
    const char *code;  /* default `code`, or NULL for JSON null       */
    const char *param; /* default `param`, or NULL                    */
    bool retryable;
    int exit_code; /* 2 configuration, 3 refused, 4 network/5xx/cut, 5 cancelled, 6 internal */
} PbayErrorClass;

/* The row of a class; an unknown class gives the row of PB_ERR_INTERNAL. Static. */
const PbayErrorClass *pbay_error_class(int32_t cls);

/* The class an HTTP status means when nothing else is known; 0 below 300. 3xx is CONFIG: redirects
 * are not followed. 402 is QUOTA. */
int32_t pbay_error_class_of_status(int status);

/* True where a reply with this status may be retried though its class may not (409), or may not
 * though it may: the status's own word, after the class's. */
bool pbay_error_status_retryable(int status, int32_t cls);

/* How a call or an exchange failed. Reference-counted, immutable once shared. Text is UTF-8
 * (invalid bytes replaced) and redacted. */
typedef struct PbayFailure {
    atomic_int refs;
    int32_t cls;
    int http_status; /* the vendor's, 0 = none                       */
    bool retryable;
    int64_t retry_after_ms;    /* 0 unknown                                    */
    char *message;             /* never NULL: what failed, why, what to do     */
    char *code, *param, *type; /* or NULL: the class's default                */
    char *request_id;          /* the vendor's, or NULL                        */
    char *raw;                 /* bounded vendor body, or NULL; raw_len bytes  */
    size_t raw_len;
} PbayFailure;

/* printf-like. The result has the class's defaults. */
PbayFailure *pbay_failure_new(int32_t cls, const char *format, ...) G_GNUC_PRINTF(2, 3);

/* From what a driver gave to fail(); copies, cleans, redacts. status is the HTTP status of the
 * current reply or 0: it supplies the class if the driver left it 0. */
PbayFailure *pbay_failure_from_driver(const pb_error *error, int status);
PbayFailure *pbay_failure_from_gerror(const GError *error); /* a foreign domain: PB_ERR_INTERNAL */
PbayFailure *pbay_failure_ref(PbayFailure *failure);
void pbay_failure_unref(PbayFailure *failure);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(PbayFailure, pbay_failure_unref)

/* Before sharing: set or replace members. Copies, cleans, redacts. */
void pbay_failure_set_code(PbayFailure *failure, const char *code);
void pbay_failure_set_param(PbayFailure *failure, const char *param);
void pbay_failure_set_raw(PbayFailure *failure, pb_str raw); /* cut at PBAY_FAILURE_RAW_MAX */
void pbay_failure_set_request_id(PbayFailure *failure, pb_str id);

/* Appends {"error":{"message","type","param","code"}}, the shape every OpenAI client reads. */
void pbay_failure_write(const PbayFailure *failure, GString *out);

#endif
