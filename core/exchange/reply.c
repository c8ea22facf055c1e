/* SPDX-License-Identifier: Apache-2.0 */
/* The reply being read: its head for http_reply_header, its body when it is delivered whole, the
 * start of a failure's body, the vendor's request id, and the retry hints that stand in headers.
 * On the worker's thread. Bodies are bounded by the transport. */
#include "exchange/internal.h"

#include "base/str.h"

#include <curl/curl.h>
#include <string.h>

/* More than a failure shows, so that a secret at its edge is still known for one when it is cut. */
#define RAW_KEPT (PBAY_FAILURE_RAW_MAX + 1024u)

/* Which header carries the id under which the vendor knows the request, most telling first. */
static const char *const request_id_names[] = {
    "x-request-id", "request-id",        "x-amzn-requestid", "apim-request-id", "x-ms-request-id",
    "x-groq-id",    "x-goog-request-id", "x-trace-id",       "x-generation-id", "x-debug-trace-id",
    "cf-ray",
};

bool pbay_header_is_request_id(pb_str name)
{
    for (size_t i = 0; i < G_N_ELEMENTS(request_id_names); i++)
        if (pbay_str_is(name, request_id_names[i]))
            return true;
    return false;
}

static pb_str find(const PbayReply *reply, const char *name)
{
    for (guint i = 0; reply->headers != NULL && i < reply->headers->len; i++) {
        const PbayHttpHeader *header = &g_array_index(reply->headers, PbayHttpHeader, i);
        if (pbay_str_is(header->name, name))
            return header->value;
    }
    return (pb_str){NULL, 0};
}

static bool number_of(pb_str text, double *number)
{
    char digits[32];
    if (text.len == 0 || text.len >= sizeof digits || !g_ascii_isdigit(text.ptr[0]))
        return false;
    memcpy(digits, text.ptr, text.len);
    digits[text.len] = '\0';
    char *end = NULL;
    *number = g_ascii_strtod(digits, &end);
    return *end == '\0' && *number >= 0 && *number < 1e12;
}

/* RFC 9110, 10.2.3: seconds or a date; and the milliseconds that OpenAI's clients know. 0: not
 * said; at once is 1. */
static int64_t retry_after_ms(const PbayExchange *x)
{
    double number;
    if (number_of(find(&x->reply, "retry-after-ms"), &number))
        return MAX((int64_t)number, 1);
    pb_str after = find(&x->reply, "retry-after");
    if (number_of(after, &number))
        return MAX((int64_t)(number * 1000), 1);
    if (after.len == 0 || after.len > 64)
        return 0;
    g_autofree char *date = pbay_str_dup(after);
    time_t when = curl_getdate(date, NULL);
    int64_t left = (int64_t)when * 1000 - pbay_clock_now_ms(x->provider->driver->core);
    return when >= 0 ? MAX(left, 1) : 0;
}

static int should_retry(const PbayReply *reply)
{
    pb_str word = find(reply, "x-should-retry");
    if (word.len == 4 && g_ascii_strncasecmp(word.ptr, "true", 4) == 0)
        return 1;
    return word.len == 5 && g_ascii_strncasecmp(word.ptr, "false", 5) == 0 ? -1 : 0;
}

static pb_str keep(PbayReply *reply, pb_str s)
{
    if (s.len == 0)
        return (pb_str){"", 0};
    return (pb_str){g_string_chunk_insert_len(reply->text, s.ptr, (gssize)s.len), s.len};
}

static void reset(PbayReply *reply)
{
    if (reply->headers == NULL) {
        reply->headers = g_array_new(FALSE, FALSE, sizeof(PbayHttpHeader));
        reply->text = g_string_chunk_new(2048);
        reply->body = g_string_new(NULL);
        reply->raw = g_string_new(NULL);
    }
    g_array_set_size(reply->headers, 0);
    g_string_chunk_clear(reply->text);
    g_string_truncate(reply->body, 0);
    g_string_truncate(reply->raw, 0);
}

void pbay_reply_head(PbayExchange *x, int status, const PbayHttpHeader *headers, size_t n)
{
    PbayReply *reply = &x->reply;
    reset(reply);
    reply->status = status;
    for (size_t i = 0; i < n; i++) {
        PbayHttpHeader copy = {.name = keep(reply, headers[i].name),
                               .value = keep(reply, headers[i].value)};
        g_array_append_val(reply->headers, copy);
    }
    g_clear_pointer(&reply->request_id, g_free);
    for (size_t i = 0; i < G_N_ELEMENTS(request_id_names) && reply->request_id == NULL; i++) {
        pb_str id = find(reply, request_id_names[i]);
        if (id.len != 0)
            reply->request_id = pbay_str_dup(id);
    }
    reply->retry = should_retry(reply);
    reply->retry_after_ms = retry_after_ms(x);
}

void pbay_reply_bytes(PbayExchange *x, pb_str bytes)
{
    PbayReply *reply = &x->reply;
    bool failed = reply->status < 200 || reply->status > 299;
    if (failed && reply->raw->len < RAW_KEPT) {
        size_t room = RAW_KEPT - reply->raw->len;
        g_string_append_len(reply->raw, bytes.ptr, (gssize)MIN(bytes.len, room));
    }
    if (reply->whole)
        pbay_str_append(reply->body, bytes);
}

pb_str pbay_reply_header(PbayExchange *x, pb_str name)
{
    PbayReply *reply = &x->reply;
    g_autoptr(GString) joined = NULL;
    pb_str found = {NULL, 0};
    for (guint i = 0; reply->headers != NULL && i < reply->headers->len; i++) {
        const PbayHttpHeader *header = &g_array_index(reply->headers, PbayHttpHeader, i);
        if (header->name.len != name.len ||
            g_ascii_strncasecmp(header->name.ptr, name.ptr, name.len) != 0)
            continue;
        if (found.ptr == NULL) {
            found = header->value;
            continue;
        }
        if (joined == NULL)
            joined = g_string_new_len(found.ptr, (gssize)found.len);
        g_string_append(joined, ", ");
        pbay_str_append(joined, header->value);
    }
    if (joined == NULL)
        return found;
    return (pb_str){g_string_chunk_insert_len(reply->text, joined->str, (gssize)joined->len),
                    joined->len};
}

void pbay_reply_explain(const PbayExchange *x, PbayFailure *failure)
{
    const PbayReply *reply = &x->reply;
    if (reply->status == 0)
        return;
    if (failure->http_status == 0 && reply->status >= 300)
        failure->http_status = reply->status;
    if (failure->request_id == NULL && reply->request_id != NULL)
        pbay_failure_set_request_id(failure, pbay_str(reply->request_id));
    bool mint = x->request.kind == PB_KIND_CREDENTIAL;
    if (failure->raw == NULL && reply->raw->len != 0 && !mint)
        pbay_failure_set_raw(failure, pbay_str_of(reply->raw));
    if (failure->cls == PBAY_ERR_CANCELLED)
        return; /* the caller's own wish: no header of the vendor's changes that */
    if (reply->retry != 0 && !x->driver_said_retry)
        failure->retryable = reply->retry > 0;
    if (failure->retry_after_ms == 0)
        failure->retry_after_ms = reply->retry_after_ms;
}

void pbay_reply_release(PbayExchange *x)
{
    PbayReply *reply = &x->reply;
    if (reply->headers == NULL)
        return;
    if (x->request.kind == PB_KIND_CREDENTIAL) {
        pbay_wipe(reply->body->str, reply->body->allocated_len);
        pbay_wipe(reply->raw->str, reply->raw->allocated_len);
    }
    g_array_free(reply->headers, TRUE);
    g_string_chunk_free(reply->text);
    g_string_free(reply->body, TRUE);
    g_string_free(reply->raw, TRUE);
    g_free(reply->request_id);
    reply->headers = NULL;
}
