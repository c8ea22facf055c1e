/* SPDX-License-Identifier: Apache-2.0 */
/* The services that describe a request and read a reply's head. They only remember: what is
 * described is judged and sent by the machine when the op has returned. On the worker's thread,
 * within an op. */
#include "exchange/services.h"

#include "base/str.h"
#include "exchange/internal.h"

/* An op of a live exchange that may touch HTTP: an engine may not, nor whoever comes after the
 * end. */
static bool closed(const pb_xchg *x)
{
    return x->engine != NULL || x->over || x->op == PBAY_OP_NONE || x->op == PBAY_OP_CLOSE;
}

void pbay_service_http_begin(pb_xchg *x, pb_str method, pb_str url, uint32_t flags)
{
    if (closed(x))
        return;
    if (x->op == PBAY_OP_SIGN) { /* secrets were read for the origin of the one being signed */
        pbay_request_spoil(x, "a new request begun in sign");
        return;
    }
    pbay_request_begin(x, method, url, flags);
    pbay_body_writer_reset(x);
}

void pbay_service_http_header(pb_xchg *x, pb_str name, pb_str value)
{
    if (!closed(x))
        pbay_request_header(x, name, value);
}

void pbay_service_http_body(pb_xchg *x, pb_str bytes)
{
    if (!closed(x))
        pbay_body_writer_raw(x, bytes);
}

void pbay_service_http_view(pb_xchg *x, pb_str *method, pb_str *url, pb_str *body)
{
    pbay_request_view(x, method, url, body);
}

int32_t pbay_service_http_header_at(pb_xchg *x, size_t i, pb_str *name, pb_str *value)
{
    pb_str ignored;
    return pbay_request_header_at(x, i, name != NULL ? name : &ignored,
                                  value != NULL ? value : &ignored);
}

pb_str pbay_service_http_reply_header(pb_xchg *x, pb_str name)
{
    return closed(x) ? (pb_str){NULL, 0} : pbay_reply_header(x, name);
}

void pbay_service_http_collect(pb_xchg *x)
{
    if (!closed(x) && x->op == PBAY_OP_HEAD)
        x->reply.whole = true;
}
