/* SPDX-License-Identifier: Apache-2.0 */
/* The entries of the service table, by file. Contracts are in patchbay/driver.h; here only their
 * names. Private to the room: the table is what drivers see. */
#ifndef PBAY_EXCHANGE_SERVICES_H
#define PBAY_EXCHANGE_SERVICES_H

#include <patchbay/driver.h>

/* services_http.c */
void pbay_service_http_begin(pb_xchg *x, pb_str method, pb_str url, uint32_t flags);
void pbay_service_http_header(pb_xchg *x, pb_str name, pb_str value);
void pbay_service_http_body(pb_xchg *x, pb_str bytes);
void pbay_service_http_view(pb_xchg *x, pb_str *method, pb_str *url, pb_str *body);
int32_t pbay_service_http_header_at(pb_xchg *x, size_t i, pb_str *name, pb_str *value);
pb_str pbay_service_http_reply_header(pb_xchg *x, pb_str name);
void pbay_service_http_collect(pb_xchg *x);

/* services_writer.c */
void pbay_service_w_open(pb_xchg *x, int32_t object);
void pbay_service_w_close(pb_xchg *x);
void pbay_service_w_key(pb_xchg *x, pb_str key);
void pbay_service_w_str(pb_xchg *x, pb_str s);
void pbay_service_w_int(pb_xchg *x, int64_t n);
void pbay_service_w_real(pb_xchg *x, double n);
void pbay_service_w_bool(pb_xchg *x, int32_t b);
void pbay_service_w_value(pb_xchg *x, const pb_json *value);
void pbay_service_w_begin(pb_xchg *x);
pb_str pbay_service_w_end(pb_xchg *x);

/* services_result.c */
pb_str pbay_service_secret(pb_xchg *x, pb_str name);
pb_str pbay_service_credential(pb_xchg *x, pb_str name, pb_str part);
void pbay_service_credential_need(pb_xchg *x, pb_str name);
void pbay_service_credential_put(pb_xchg *x, pb_str part, pb_str value, uint32_t flags,
                                 int64_t expires_ms);
void pbay_service_credential_drop(pb_xchg *x, pb_str name);
void pbay_service_emit(pb_xchg *x, const pb_event *event);
void pbay_service_note(pb_xchg *x, int32_t note, pb_str param, pb_str why);
void pbay_service_fail(pb_xchg *x, const pb_error *error);
void pbay_service_wait(pb_xchg *x, int64_t ms);
void *pbay_service_alloc(pb_xchg *x, size_t n);

#endif
