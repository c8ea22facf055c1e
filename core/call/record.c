/* SPDX-License-Identifier: Apache-2.0 */
/* Hears an exchange and keeps what a recording shows of it, secrets replaced as they come: of
 * headers what is listed here, of a request the credential only where it is the plain value. What
 * it cannot show spoils the recording. On the worker's thread. */
#include "call/record.h"

#include "answer/event_json.h"
#include "base/str.h"
#include "json/reader.h"
#include "json/writer.h"

#define REQUEST_ID "req_demo_0123456789"

static void exchange_free(void *data)
{
    PbayRecordedExchange *e = data;
    g_string_free(e->send, TRUE);
    g_string_free(e->headers, TRUE);
    g_string_free(e->body, TRUE);
    g_array_unref(e->cuts);
    g_free(e);
}

PbayRecorder *pbay_recorder_new(const PbayRecordSpec *spec, char **why)
{
    PbayRecorder *r = g_new0(PbayRecorder, 1);
    r->spec = *spec;
    r->model = pbay_str_dup(spec->model);
    r->body = pbay_str_dup(spec->body);
    r->body_len = spec->body.len;
    r->words = pbay_words_new();
    r->exchanges = g_ptr_array_new_with_free_func(exchange_free);
    r->events = json_object_new_array();
    r->notes = json_object_new_array();
    *why = pbay_record_learn(r);
    if (*why == NULL)
        return r;
    pbay_recorder_free(r);
    return NULL;
}

void pbay_recorder_free(PbayRecorder *r)
{
    if (r == NULL)
        return;
    g_free(r->model);
    g_free(r->body);
    g_free(r->spoilt);
    pbay_words_free(r->words);
    g_ptr_array_unref(r->exchanges);
    json_object_put(r->events);
    json_object_put(r->notes);
    g_free(r);
}

void pbay_recorder_spoil(PbayRecorder *r, const char *format, ...)
{
    va_list args;
    if (r->spoilt != NULL)
        return;
    va_start(args, format);
    r->spoilt = g_strdup_vprintf(format, args);
    va_end(args);
}

static GString *replaced(const PbayRecorder *r, pb_str text)
{
    GString *out = g_string_new(NULL);
    pbay_words_replace(r->words, text, NULL, out);
    return out;
}

/* ---- What the driver says ---- */

/* Each event by itself: a secret that only shows when pieces are joined is then found in the whole,
 * where nothing can be replaced any more. */
void pbay_recorder_event(PbayRecorder *r, const pb_event *event)
{
    pb_event clean = *event;
    bool raw = event->kind == PB_EV_BYTES;
    g_autoptr(GString) text = replaced(r, raw ? (pb_str){NULL, 0} : event->text);
    g_autoptr(GString) id = replaced(r, event->id);
    g_autoptr(GString) name = replaced(r, event->name);
    if (!raw)
        clean.text = pbay_str_of(text);
    clean.id = pbay_str_of(id);
    clean.name = pbay_str_of(name);
    r->kept += text->len + event->vector_len * sizeof(float);
    pbay_event_json_append(r->events, &clean);
}

void pbay_recorder_note(PbayRecorder *r, int32_t note, pb_str param)
{
    g_autoptr(GString) name = replaced(r, param);
    json_object *object = json_object_new_object();
    json_object_object_add(object, "note", json_object_new_string(pbay_note_name(note)));
    json_object_object_add(object, "param", json_object_new_string_len(name->str, (int)name->len));
    json_object_array_add(r->notes, object);
}

/* ---- What is sent ---- */

static bool has_suffix(pb_str name, const char *suffix)
{
    size_t n = strlen(suffix);
    return name.len > n && memcmp(name.ptr + name.len - n, suffix, n) == 0;
}

/* Set by the configuration or the caller: a replay has them not. */
static bool is_extra(const PbayRecorder *r, pb_str name)
{
    const GPtrArray *configured = r->spec.provider->headers;
    for (guint i = 0; configured != NULL && i < configured->len; i++) {
        const char *other = ((const PbayHeader *)configured->pdata[i])->name;
        if (strlen(other) == name.len && g_ascii_strncasecmp(other, name.ptr, name.len) == 0)
            return true;
    }
    for (size_t i = 0; i < r->spec.n_headers; i++) {
        pb_str other = r->spec.headers[i].name;
        if (other.len == name.len && g_ascii_strncasecmp(other.ptr, name.ptr, name.len) == 0)
            return true;
    }
    return false;
}

/* A credential is shown where it is the secret itself; a signature would say another thing in each
 * replay. */
static bool shows_header(const PbayRecorder *r, const PbayHttpHeader *header, pb_str clean)
{
    if (is_extra(r, header->name) || pbay_str_is(header->name, "x-amz-security-token"))
        return false;
    if (header->secret || pbay_header_is_secret(header->name))
        return pbay_words_is_made_up(r->words, clean);
    return pbay_str_is(header->name, "content-type") || pbay_str_is(header->name, "accept") ||
           has_suffix(header->name, "-version") || has_suffix(header->name, "-beta");
}

static void write_sent_headers(PbayRecorder *r, PbayJsonWriter *w, const PbayHttpRequest *request)
{
    pbay_json_key(w, PBAY_STR("headers"));
    pbay_json_open(w, true);
    for (size_t i = 0; i < request->n_headers; i++) {
        const PbayHttpHeader *header = &request->headers[i];
        g_autoptr(GString) value = replaced(r, header->value);
        if (pbay_str_is(header->name, "content-type") && g_str_has_prefix(value->str, "multipart/"))
            pbay_recorder_spoil(r, "a request in several parts has another border each time");
        if (!shows_header(r, header, pbay_str_of(value)))
            continue;
        pbay_json_key(w, header->name);
        pbay_json_write_str(w, pbay_str_of(value));
    }
    pbay_json_close(w);
}

static void write_sent_body(PbayRecorder *r, PbayJsonWriter *w, pb_str body)
{
    g_autoptr(PbayArena) arena = pbay_arena_new(0);
    g_autoptr(GString) clean = replaced(r, body);
    if (body.len == 0)
        return;
    if (pbay_json_parse(arena, pbay_str_of(clean), NULL, PBAY_JSON_UNIQUE, NULL) != NULL) {
        g_autoptr(GString) line = g_string_new(NULL);
        pbay_record_compact(pbay_str_of(clean), line);
        pbay_json_key(w, PBAY_STR("body"));
        pbay_json_write_raw(w, pbay_str_of(line));
    } else if (g_utf8_validate(clean->str, (gssize)clean->len, NULL)) {
        pbay_json_member_str(w, "body_text", pbay_str_of(clean));
    } else {
        pbay_recorder_spoil(r, "the body of a request is neither JSON nor text");
    }
}

void pbay_recorder_request(PbayRecorder *r, const PbayHttpRequest *request)
{
    PbayRecordedExchange *e = g_new0(PbayRecordedExchange, 1);
    g_autoptr(GString) url = replaced(r, request->url);
    PbayJsonWriter w;
    e->send = g_string_new(NULL);
    e->headers = g_string_new("{}");
    e->body = g_string_new(NULL);
    e->cuts = g_array_new(FALSE, FALSE, sizeof(size_t));
    g_ptr_array_add(r->exchanges, e);
    if (request->foreign)
        pbay_recorder_spoil(r, "a file was fetched from somewhere else, by a link that may be a "
                               "secret itself");
    pbay_json_writer_init(&w, e->send);
    pbay_json_open(&w, true);
    pbay_json_member_str(&w, "method", request->method);
    pbay_json_member_str(&w, "url", pbay_str_of(url));
    write_sent_headers(r, &w, request);
    write_sent_body(r, &w, request->body);
    pbay_json_close(&w);
}

/* ---- What comes back ---- */

static bool shows_reply_header(pb_str name)
{
    static const char *const names[] = {
        "content-type",     "retry-after",     "retry-after-ms",     "x-should-retry",
        "x-amzn-errortype", "x-ms-error-code", "operation-location", "date"};
    static const char *const starts[] = {"x-ratelimit-", "anthropic-ratelimit-"};
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
        if (pbay_str_is(name, names[i]))
            return true;
    for (size_t i = 0; i < G_N_ELEMENTS(starts); i++)
        if (pbay_str_has_prefix(name, pbay_str(starts[i])))
            return true;
    return false;
}

/* "id=VALUE; Path=/": the value may be said again in a body. */
static void learn_cookie(PbayRecorder *r, pb_str cookie)
{
    g_autofree char *text = pbay_str_dup(cookie);
    char *value = strchr(text, '=');
    if (value == NULL)
        return;
    value++;
    value[strcspn(value, ";")] = '\0';
    pbay_words_add(r->words, pbay_str(g_strstrip(value)), "demo-cookie-0123456789");
}

static void add_header(PbayRecorder *r, json_object *headers, const PbayHttpHeader *header)
{
    g_autofree char *name = pbay_str_dup(header->name);
    g_autoptr(GString) value = replaced(r, header->value);
    json_object *before = NULL;
    if (pbay_header_is_request_id(header->name))
        g_string_assign(value, REQUEST_ID);
    else if (!shows_reply_header(header->name))
        return;
    if (strcmp(name, "retry-after") == 0 && !g_ascii_isdigit(value->str[0]))
        r->dated = true;
    if (json_object_object_get_ex(headers, name, &before)) {
        g_string_prepend(value, ", ");
        g_string_prepend(value, json_object_get_string(before));
    }
    json_object_object_add(headers, name, json_object_new_string_len(value->str, (int)value->len));
}

void pbay_recorder_head(PbayRecorder *r, int status, const PbayHttpHeader *headers, size_t n)
{
    if (r->exchanges->len == 0)
        return;
    PbayRecordedExchange *e = g_ptr_array_index(r->exchanges, r->exchanges->len - 1);
    json_object *kept = json_object_new_object();
    e->status = status;
    if (status < 200 || (status >= 300 && status <= 399) || status > 599)
        pbay_recorder_spoil(r, "the reply has status %d, which no recording shows", status);
    for (size_t i = 0; i < n; i++) {
        if (pbay_header_is_request_id(headers[i].name))
            pbay_words_add(r->words, headers[i].value, REQUEST_ID);
        if (pbay_str_is(headers[i].name, "set-cookie"))
            learn_cookie(r, headers[i].value);
        if (pbay_str_is(headers[i].name, "content-type"))
            e->framed = g_strstr_len(headers[i].value.ptr, (gssize)headers[i].value.len,
                                     "eventstream") != NULL;
    }
    for (size_t i = 0; i < n; i++)
        add_header(r, kept, &headers[i]);
    g_string_assign(e->headers, json_object_to_json_string_ext(
                                    kept, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE));
    json_object_put(kept);
}

void pbay_recorder_bytes(PbayRecorder *r, pb_str bytes)
{
    if (r->exchanges->len == 0 || bytes.len == 0)
        return;
    PbayRecordedExchange *e = g_ptr_array_index(r->exchanges, r->exchanges->len - 1);
    r->kept += bytes.len;
    if (r->kept > PBAY_RECORD_MAX) {
        pbay_recorder_spoil(r, "the reply is longer than %zu MiB", PBAY_RECORD_MAX >> 20);
        return;
    }
    pbay_str_append(e->body, bytes);
    g_array_append_val(e->cuts, e->body->len);
}

void pbay_recorder_reply_end(PbayRecorder *r, const PbayFailure *cut)
{
    if (r->exchanges->len == 0)
        return;
    PbayRecordedExchange *e = g_ptr_array_index(r->exchanges, r->exchanges->len - 1);
    e->over = true;
    e->cut = cut != NULL;
    if (cut != NULL && cut->cls != PB_ERR_UPSTREAM)
        pbay_recorder_spoil(r, "the transfer failed in a way that no recording shows: %s",
                            cut->message);
}

/* ---- The end ---- */

static void judge_end(PbayRecorder *r, const PbayFailure *failure)
{
    const PbayRecordedExchange *last =
        r->exchanges->len != 0 ? g_ptr_array_index(r->exchanges, r->exchanges->len - 1) : NULL;
    bool over = last == NULL || last->over;
    if (failure != NULL && g_strcmp0(failure->code, PBAY_UNRECORDABLE) == 0)
        pbay_recorder_spoil(r, "%s", failure->message);
    else if (failure != NULL &&
             (failure->cls == PBAY_ERR_CANCELLED || (failure->cls == PB_ERR_TIMEOUT && !over)))
        pbay_recorder_spoil(r, "the call did not come to its own end: %s", failure->message);
    if (r->kept > PBAY_RECORD_MAX)
        pbay_recorder_spoil(r, "the answer is longer than %zu MiB", PBAY_RECORD_MAX >> 20);
}

/* The bytes of a reply by themselves as well: in the text of a recording they stand in pieces, and
 * perhaps in base64. */
static const char *find_leak(const PbayRecorder *r, pb_str text)
{
    const char *leak = pbay_words_leak(r->words, text);
    for (guint i = 0; i < r->exchanges->len && leak == NULL; i++) {
        const PbayRecordedExchange *e = g_ptr_array_index(r->exchanges, i);
        leak = pbay_words_leak(r->words, pbay_str_of(e->body));
    }
    return leak;
}

bool pbay_recorder_finish(PbayRecorder *r, const PbayFailure *failure, bool judged, GString *out,
                          char **why)
{
    g_autoptr(GString) text = g_string_new(NULL);
    judge_end(r, failure);
    if (r->spoilt == NULL) {
        pbay_record_write(r, failure, judged, text);
        const char *leak = find_leak(r, pbay_str_of(text));
        if (leak != NULL)
            pbay_recorder_spoil(r,
                                "a secret (%s) would still stand in it, in a form that cannot be "
                                "replaced",
                                leak);
    }
    *why = g_strdup(r->spoilt);
    if (r->spoilt != NULL)
        return false;
    pbay_str_append(out, pbay_str_of(text));
    return true;
}
