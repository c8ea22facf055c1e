/* SPDX-License-Identifier: Apache-2.0 */
/* Writes the lines of a recording in their order, each a JSON object. Bytes that are text go as
 * text, with the pieces that came but no character cut in two; others go as base64 and as they are.
 * On the worker's thread. */
#include "call/record.h"

#include "base/str.h"
#include "drivers/drivers.h"
#include "json/writer.h"

static void end_line(GString *out)
{
    g_string_append_c(out, '\n');
}

void pbay_record_compact(pb_str json, GString *out)
{
    bool in_string = false;
    for (size_t i = 0; i < json.len; i++) {
        char c = json.ptr[i];
        if (!in_string && (c == ' ' || c == '\t' || c == '\n' || c == '\r'))
            continue;
        g_string_append_c(out, c);
        if (in_string && c == '\\' && i + 1 < json.len)
            g_string_append_c(out, json.ptr[++i]);
        else if (c == '"')
            in_string = !in_string;
    }
}

static void write_first(const PbayRecorder *r, GString *out)
{
    g_autofree char *place = pbay_record_place(r->spec.provider);
    g_autoptr(GDateTime) when = g_date_time_new_from_unix_utc(r->spec.now_ms / 1000);
    g_autofree char *date = g_date_time_format(when, "%Y-%m-%d");
    g_autofree char *source = g_strdup_printf("a live call to %s, %s", place, date);
    const char *kind = pbay_kind_name(r->spec.kind);
    PbayJsonWriter w;
    pbay_json_writer_init(&w, out);
    pbay_json_open(&w, true);
    pbay_json_member_int(&w, "recording", 1);
    pbay_json_member_str(&w, "driver", pbay_str(r->spec.provider->driver->id));
    pbay_json_member_str(&w, "source", pbay_str(source));
    pbay_json_member_str(&w, "about", pbay_str(kind));
    pbay_json_close(&w);
    end_line(out);
}

static void write_request(const PbayRecorder *r, GString *out)
{
    g_autoptr(GString) model = g_string_new(NULL), body = g_string_new(NULL);
    g_autoptr(GString) line = g_string_new(NULL);
    PbayJsonWriter w;
    pbay_words_replace(r->words, pbay_str(r->model), NULL, model);
    pbay_words_replace(r->words, (pb_str){r->body, r->body_len}, NULL, body);
    pbay_record_compact(pbay_str_of(body), line);
    pbay_json_writer_init(&w, out);
    pbay_json_open(&w, true);
    pbay_json_key(&w, PBAY_STR("request"));
    pbay_json_open(&w, true);
    pbay_json_member_str(&w, "kind", pbay_str(pbay_kind_name(r->spec.kind)));
    if (r->spec.stream)
        pbay_json_member_bool(&w, "stream", true);
    pbay_json_member_str(&w, "model", pbay_str_of(model));
    if (line->len != 0) {
        pbay_json_key(&w, PBAY_STR("body"));
        pbay_json_write_raw(&w, pbay_str_of(line));
    }
    pbay_json_close(&w);
    pbay_json_close(&w);
    end_line(out);
}

/* One member with this JSON. */
static void write_line(const char *name, pb_str json, GString *out)
{
    PbayJsonWriter w;
    pbay_json_writer_init(&w, out);
    pbay_json_open(&w, true);
    pbay_json_key(&w, pbay_str(name));
    pbay_json_write_raw(&w, json);
    pbay_json_close(&w);
    end_line(out);
}

static void write_piece(pb_str piece, bool text, GString *out)
{
    PbayJsonWriter w;
    pbay_json_writer_init(&w, out);
    pbay_json_open(&w, true);
    if (text) {
        pbay_json_member_str(&w, "bytes", piece);
    } else {
        g_autofree char *base64 = g_base64_encode((const guchar *)piece.ptr, piece.len);
        pbay_json_member_str(&w, "base64", pbay_str(base64));
    }
    pbay_json_close(&w);
    end_line(out);
}

/* Before the first byte that begins a character, at or behind `at`. */
static size_t whole_character(pb_str text, size_t at)
{
    while (at < text.len && ((unsigned char)text.ptr[at] & 0xC0) == 0x80)
        at++;
    return at;
}

/* The body is scrubbed where it is kept, so that it can be judged as a whole. */
static void write_body(PbayRecorder *r, PbayRecordedExchange *e, GString *out)
{
    bool text = !e->framed && g_utf8_validate(e->body->str, (gssize)e->body->len, NULL);
    size_t from = 0;
    if (text) {
        GString *clean = g_string_sized_new(e->body->len);
        pbay_words_replace(r->words, pbay_str_of(e->body), e->cuts, clean);
        g_string_free(e->body, TRUE);
        e->body = clean;
    }
    pb_str body = pbay_str_of(e->body);
    for (guint i = 0; i < e->cuts->len; i++) {
        size_t cut = g_array_index(e->cuts, size_t, i);
        size_t to = text ? whole_character(body, cut) : cut;
        if (to > from)
            write_piece((pb_str){body.ptr + from, to - from}, text, out);
        from = MAX(from, to);
    }
}

static void write_exchange(PbayRecorder *r, PbayRecordedExchange *e, GString *out)
{
    write_line("send", pbay_str_of(e->send), out);
    if (e->status != 0) {
        g_autofree char *head =
            g_strdup_printf("{\"status\":%d,\"headers\":%s}", e->status, e->headers->str);
        write_line("head", pbay_str(head), out);
        write_body(r, e, out);
    }
    write_line(e->cut ? "cut" : "end", PBAY_STR("true"), out);
}

static void write_tree(const char *name, json_object *tree, GString *out)
{
    write_line(name,
               pbay_str(json_object_to_json_string_ext(tree, JSON_C_TO_STRING_PLAIN |
                                                                 JSON_C_TO_STRING_NOSLASHESCAPE)),
               out);
}

static void write_word(const PbayRecorder *r, PbayJsonWriter *w, const char *name,
                       const char *value)
{
    g_autoptr(GString) clean = g_string_new(NULL);
    if (value == NULL)
        return;
    pbay_words_replace(r->words, pbay_str(value), NULL, clean);
    pbay_json_member_str(w, name, pbay_str_of(clean));
}

/* What a cut or the judging of the answer adds is not the driver's word: the class and the code say
 * it. */
static void write_failure(const PbayRecorder *r, const PbayFailure *failure, bool judged,
                          GString *out)
{
    const PbayErrorClass *cls = pbay_error_class(failure->cls);
    bool cut = false;
    for (guint i = 0; i < r->exchanges->len; i++)
        cut = cut || ((const PbayRecordedExchange *)g_ptr_array_index(r->exchanges, i))->cut;
    PbayJsonWriter w;
    pbay_json_writer_init(&w, out);
    pbay_json_open(&w, true);
    pbay_json_member_str(&w, "class", pbay_str(cls->name));
    write_word(r, &w, "code", failure->code != NULL ? failure->code : cls->code);
    if (!cut && !judged) {
        write_word(r, &w, "param", failure->param != NULL ? failure->param : cls->param);
        if (failure->http_status != 0)
            pbay_json_member_int(&w, "http_status", failure->http_status);
        pbay_json_member_int(&w, "retry", failure->retryable ? 1 : 0);
        if (failure->retry_after_ms != 0 && !r->dated)
            pbay_json_member_int(&w, "retry_after_ms", failure->retry_after_ms);
    }
    pbay_json_close(&w);
}

static void write_outcome(const PbayRecorder *r, const PbayFailure *failure, bool judged,
                          GString *out)
{
    g_autoptr(GString) text = g_string_new(NULL);
    if (failure == NULL)
        g_string_assign(text, "\"done\"");
    else
        write_failure(r, failure, judged, text);
    write_line("outcome", pbay_str_of(text), out);
}

void pbay_record_write(PbayRecorder *r, const PbayFailure *failure, bool judged, GString *out)
{
    write_first(r, out);
    pbay_record_provider(r, out);
    g_string_append_printf(out, "{\"clock\":{\"now_ms\":%" G_GINT64_FORMAT "}}\n", r->spec.now_ms);
    write_request(r, out);
    for (guint i = 0; i < r->exchanges->len; i++)
        write_exchange(r, g_ptr_array_index(r->exchanges, i), out);
    write_tree("events", r->events, out);
    write_tree("notes", r->notes, out);
    write_outcome(r, failure, judged, out);
}
