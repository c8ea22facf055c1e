/* SPDX-License-Identifier: Apache-2.0 */
/* The services that write a request's body: raw bytes, JSON, and texts of their own that nest
 * (w_begin to w_end), for JSON inside a string or a form. Misuse is remembered and fails the
 * request when it is to be sent. On the worker's thread, within an op. */
#include "exchange/services.h"

#include "base/str.h"
#include "exchange/internal.h"

/* How deep w_begin nests; deeper is a driver that forgot w_end. */
#define NESTING_MAX 16u

typedef struct Frame {
    PbayJsonWriter json;
    GString *text;
} Frame;

struct PbayBodyWriter {
    PbayJsonWriter body; /* over the request's body */
    GPtrArray *frames;   /* Frame *, innermost last; the first `depth` are in use */
    guint depth;
    bool misused;
};

static void frame_free(gpointer data)
{
    Frame *frame = data;
    g_string_free(frame->text, TRUE);
    g_free(frame);
}

static PbayBodyWriter *writer_of(PbayExchange *x)
{
    if (x->writer == NULL) {
        x->writer = g_new0(PbayBodyWriter, 1);
        x->writer->frames = g_ptr_array_new_with_free_func(frame_free);
    }
    return x->writer;
}

static bool closed(const pb_xchg *x)
{
    return x->engine != NULL || x->over || x->op == PBAY_OP_NONE || x->op == PBAY_OP_CLOSE;
}

/* The writer of the innermost text or of the body; NULL: there is nothing to write to. */
static PbayJsonWriter *current(pb_xchg *x)
{
    if (closed(x))
        return NULL;
    PbayBodyWriter *writer = writer_of(x);
    if (writer->depth != 0) {
        Frame *frame = writer->frames->pdata[writer->depth - 1];
        return &frame->json;
    }
    GString *body = pbay_request_body(x);
    if (body == NULL)
        return NULL;
    if (writer->body.out == NULL)
        pbay_json_writer_init(&writer->body, body);
    writer->body.out = body;
    return &writer->body;
}

void pbay_body_writer_reset(PbayExchange *x)
{
    if (x->writer == NULL)
        return;
    x->writer->body.out = NULL;
    x->writer->misused = false;
}

void pbay_body_writer_raw(PbayExchange *x, pb_str bytes)
{
    PbayJsonWriter *json = current(x);
    if (json == NULL)
        return;
    pbay_str_append(json->out, bytes);
    if (pbay_json_writer_ok(json)) /* between two JSON texts: another may follow */
        pbay_json_writer_init(json, json->out);
}

void pbay_service_w_open(pb_xchg *x, int32_t object)
{
    PbayJsonWriter *json = current(x);
    if (json != NULL)
        pbay_json_open(json, object != 0);
}

void pbay_service_w_close(pb_xchg *x)
{
    PbayJsonWriter *json = current(x);
    if (json != NULL)
        pbay_json_close(json);
}

void pbay_service_w_key(pb_xchg *x, pb_str key)
{
    PbayJsonWriter *json = current(x);
    if (json != NULL)
        pbay_json_key(json, key);
}

void pbay_service_w_str(pb_xchg *x, pb_str s)
{
    PbayJsonWriter *json = current(x);
    if (json != NULL)
        pbay_json_write_str(json, s);
}

void pbay_service_w_int(pb_xchg *x, int64_t n)
{
    PbayJsonWriter *json = current(x);
    if (json != NULL)
        pbay_json_write_int(json, n);
}

void pbay_service_w_real(pb_xchg *x, double n)
{
    PbayJsonWriter *json = current(x);
    if (json != NULL)
        pbay_json_write_real(json, n);
}

void pbay_service_w_bool(pb_xchg *x, int32_t b)
{
    PbayJsonWriter *json = current(x);
    if (json != NULL)
        pbay_json_write_bool(json, b != 0);
}

void pbay_service_w_value(pb_xchg *x, const pb_json *value)
{
    PbayJsonWriter *json = current(x);
    if (json != NULL)
        pbay_json_write_value(json, value);
}

void pbay_service_w_begin(pb_xchg *x)
{
    if (closed(x))
        return;
    PbayBodyWriter *writer = writer_of(x);
    if (writer->depth == NESTING_MAX) {
        writer->misused = true;
        return;
    }
    if (writer->depth == writer->frames->len) {
        Frame *fresh = g_new0(Frame, 1);
        fresh->text = g_string_new(NULL);
        g_ptr_array_add(writer->frames, fresh);
    }
    Frame *frame = writer->frames->pdata[writer->depth++];
    g_string_truncate(frame->text, 0);
    pbay_json_writer_init(&frame->json, frame->text);
}

/* A text with broken JSON is given as it is, so that the driver sees what it did, but is not
 * sent. */
pb_str pbay_service_w_end(pb_xchg *x)
{
    if (closed(x))
        return (pb_str){NULL, 0};
    PbayBodyWriter *writer = writer_of(x);
    if (writer->depth == 0) {
        writer->misused = true;
        return (pb_str){NULL, 0};
    }
    Frame *frame = writer->frames->pdata[--writer->depth];
    if (!pbay_json_writer_ok(&frame->json))
        writer->misused = true;
    pb_str text = pbay_arena_copy(x->worker->scratch, pbay_str_of(frame->text));
    if (x->secrets_open)
        pbay_wipe(frame->text->str, frame->text->allocated_len);
    return text;
}

bool pbay_body_writer_ok(const PbayExchange *x)
{
    const PbayBodyWriter *writer = x->writer;
    if (writer == NULL)
        return true;
    return !writer->misused && (writer->body.out == NULL || pbay_json_writer_ok(&writer->body));
}

void pbay_body_writer_op_ended(PbayExchange *x)
{
    if (x->writer == NULL || x->writer->depth == 0)
        return;
    x->writer->depth = 0;
    x->writer->misused = true;
}

void pbay_body_writer_release(PbayExchange *x)
{
    if (x->writer == NULL)
        return;
    g_ptr_array_free(x->writer->frames, TRUE);
    g_free(x->writer);
    x->writer = NULL;
}
