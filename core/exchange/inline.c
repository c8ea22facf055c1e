/* SPDX-License-Identifier: Apache-2.0 */
/* Before begin: finds image URLs in the canonical request, fetches them side by side on the
 * worker's transport by the rules for foreign requests, and hands the machine the request with
 * data URLs in their places, every other byte as it was. The first image that cannot be had ends
 * the exchange and the other fetches. On the worker's thread. */
#include "exchange/inline.h"

#include "base/str.h"
#include "exchange/egress.h"
#include "exchange/internal.h"

#include <string.h>

typedef struct Inlining Inlining;

/* One URL, however often the request names it. */
typedef struct Fetch {
    Inlining *inlining;
    char *url;
    PbayHttpRequest request;
    PbayTransfer *transfer; /* NULL: not begun, or over */
    GString *bytes;
    char *declared; /* Content-Type, or NULL */
    const char *type;
} Fetch;

struct Inlining {
    PbayExchange *x;
    GArray *spots;      /* PbayInlineSpot */
    GPtrArray *fetches; /* Fetch *        */
    guint left;
    size_t total;
};

static void spot_clear(gpointer data)
{
    g_free(((PbayInlineSpot *)data)->url);
}

static bool is_http(pb_str url)
{
    return (url.len > 7 && g_ascii_strncasecmp(url.ptr, "http://", 7) == 0) ||
           (url.len > 8 && g_ascii_strncasecmp(url.ptr, "https://", 8) == 0);
}

/* {"type": "image_url", "image_url": "..." or {"url": "..."}}: the string, or NULL. */
static const pb_json *url_of(const pb_json *part)
{
    if (!pbay_str_is(pbay_json_str(pbay_json_get(part, PBAY_STR("type"))), "image_url"))
        return NULL;
    const pb_json *image = pbay_json_get(part, PBAY_STR("image_url"));
    return pbay_json_type(image) == PB_JSON_OBJECT ? pbay_json_get(image, PBAY_STR("url")) : image;
}

static void find_in(GArray *spots, const char *text, const pb_json *content)
{
    if (pbay_json_type(content) != PB_JSON_ARRAY)
        return;
    for (const pb_json *part = pbay_json_first(content, NULL); part != NULL;
         part = pbay_json_next(part, NULL)) {
        const pb_json *url = url_of(part);
        if (!is_http(pbay_json_str(url)))
            continue;
        pb_str span = pbay_json_text(url);
        PbayInlineSpot spot = {(size_t)(span.ptr - text), span.len,
                               pbay_str_dup(pbay_json_str(url))};
        g_array_append_val(spots, spot);
    }
}

GArray *pbay_inline_find(const pb_json *body)
{
    GArray *spots = g_array_new(FALSE, FALSE, sizeof(PbayInlineSpot));
    g_array_set_clear_func(spots, spot_clear);
    const char *text = pbay_json_text(body).ptr;
    const pb_json *messages = pbay_json_get(body, PBAY_STR("messages"));
    if (pbay_json_type(messages) != PB_JSON_ARRAY)
        return spots;
    for (const pb_json *message = pbay_json_first(messages, NULL); message != NULL;
         message = pbay_json_next(message, NULL))
        find_in(spots, text, pbay_json_get(message, PBAY_STR("content")));
    return spots;
}

const char *pbay_inline_media_type(pb_str bytes, pb_str declared)
{
    static const char *const types[] = {"image/jpeg", "image/png", "image/gif", "image/webp"};
    static const struct {
        const char *magic, *type;
    } known[] = {{"\xff\xd8\xff", "image/jpeg"},
                 {"\x89PNG\r\n\x1a\n", "image/png"},
                 {"GIF87a", "image/gif"},
                 {"GIF89a", "image/gif"}};
    for (size_t i = 0; i < G_N_ELEMENTS(known); i++)
        if (pbay_str_has_prefix(bytes, pbay_str(known[i].magic)))
            return known[i].type;
    if (bytes.len >= 12 && memcmp(bytes.ptr, "RIFF", 4) == 0 &&
        memcmp(bytes.ptr + 8, "WEBP", 4) == 0)
        return "image/webp";
    size_t n = 0;
    while (n < declared.len && declared.ptr[n] != ';' && declared.ptr[n] != ' ')
        n++;
    for (size_t i = 0; i < G_N_ELEMENTS(types); i++)
        if (n == strlen(types[i]) && g_ascii_strncasecmp(declared.ptr, types[i], n) == 0)
            return types[i];
    return NULL;
}

bool pbay_inline_wanted(const PbayExchange *x)
{
    const PbayManifest *manifest = x->provider->driver->manifest;
    if (manifest == NULL || x->request.body == NULL ||
        !g_strv_contains((const char *const *)manifest->inline_parts, "image_url"))
        return false;
    g_autoptr(GArray) spots = pbay_inline_find(x->request.body);
    return spots->len != 0;
}

static void fetch_free(gpointer data)
{
    Fetch *fetch = data;
    g_string_free(fetch->bytes, TRUE);
    g_free(fetch->declared);
    g_free(fetch->url);
    g_free(fetch);
}

static void inlining_free(void *data)
{
    Inlining *inlining = data;
    g_ptr_array_unref(inlining->fetches);
    g_array_unref(inlining->spots);
    g_free(inlining);
}

/* A transport may read what it borrowed until the turn ends. */
static void retire(Inlining *inlining)
{
    inlining->x->inlining = NULL;
    pbay_loop_at_turn_end(inlining->x->worker->loop, inlining_free, inlining);
}

void pbay_inline_abort(PbayExchange *x)
{
    Inlining *inlining = x->inlining;
    if (inlining == NULL)
        return;
    for (guint i = 0; i < inlining->fetches->len; i++) {
        Fetch *fetch = g_ptr_array_index(inlining->fetches, i);
        PbayTransfer *transfer = g_steal_pointer(&fetch->transfer);
        if (transfer != NULL)
            x->worker->transport->abort(transfer);
    }
    retire(inlining);
}

/* Ends the exchange, which aborts all fetches, this one too. */
static void fail(const Fetch *fetch, const char *reason)
{
    PbayExchange *x = fetch->inlining->x;
    g_autofree char *shown = pbay_egress_show_url(pbay_str(fetch->url));
    pbay_machine_finish(x, pbay_failure_new(PB_ERR_INVALID,
                                            "the image at %s could not be put into the request: %s",
                                            shown, reason));
}

static Fetch *fetch_of(const Inlining *inlining, const char *url)
{
    for (guint i = 0; i < inlining->fetches->len; i++) {
        Fetch *fetch = g_ptr_array_index(inlining->fetches, i);
        if (strcmp(fetch->url, url) == 0)
            return fetch;
    }
    return NULL;
}

/* The request with the data URLs in. */
static GString *compose(const Inlining *inlining)
{
    pb_str text = pbay_json_text(inlining->x->request.body);
    GString *body = g_string_sized_new(text.len + inlining->total / 3 * 4 + 1024);
    size_t at = 0;
    for (guint i = 0; i < inlining->spots->len; i++) {
        const PbayInlineSpot *spot = &g_array_index(inlining->spots, PbayInlineSpot, i);
        const Fetch *fetch = fetch_of(inlining, spot->url);
        g_autofree char *data =
            g_base64_encode((const guchar *)fetch->bytes->str, fetch->bytes->len);
        pbay_str_append(body, (pb_str){text.ptr + at, spot->start - at});
        g_string_append_printf(body, "\"data:%s;base64,", fetch->type);
        g_string_append(body, data);
        g_string_append_c(body, '"');
        at = spot->start + spot->len;
    }
    pbay_str_append(body, (pb_str){text.ptr + at, text.len - at});
    return body;
}

/* Bytes that all spots take together: an image named often stands in the request as often. */
static size_t composed_bytes(const Inlining *inlining)
{
    size_t bytes = 0;
    for (guint i = 0; i < inlining->spots->len && bytes <= PBAY_INLINE_TOTAL; i++) {
        const PbayInlineSpot *spot = &g_array_index(inlining->spots, PbayInlineSpot, i);
        bytes += fetch_of(inlining, spot->url)->bytes->len;
    }
    return bytes;
}

static void all_there(Inlining *inlining, const Fetch *last)
{
    PbayExchange *x = inlining->x;
    if (composed_bytes(inlining) > PBAY_INLINE_TOTAL) {
        fail(last, "the images of the request are together larger than 44 MiB");
        return;
    }
    g_autoptr(GString) body = compose(inlining);
    retire(inlining);
    pbay_machine_inlined(x, pbay_str_of(body));
}

static void on_head(void *user, int status, const PbayHttpHeader *headers, size_t n)
{
    Fetch *fetch = user;
    for (size_t i = 0; i < n; i++) {
        if (!pbay_str_is(headers[i].name, "content-type"))
            continue;
        g_free(fetch->declared);
        fetch->declared = pbay_str_dup(headers[i].value);
    }
    if (status >= 200 && status < 300)
        return;
    g_autofree char *reason = g_strdup_printf("its server answered with status %d", status);
    fail(fetch, reason);
}

static void on_bytes(void *user, pb_str bytes)
{
    Fetch *fetch = user;
    Inlining *inlining = fetch->inlining;
    inlining->total += bytes.len;
    if (fetch->bytes->len + bytes.len > (size_t)PBAY_EGRESS_MAX_BODY)
        fail(fetch, "it is larger than 20 MiB");
    else if (inlining->total > PBAY_INLINE_TOTAL)
        fail(fetch, "the images of the request are together larger than 44 MiB");
    else
        pbay_str_append(fetch->bytes, bytes);
}

static void on_end(void *user)
{
    Fetch *fetch = user;
    Inlining *inlining = fetch->inlining;
    fetch->transfer = NULL;
    fetch->type = pbay_inline_media_type(pbay_str_of(fetch->bytes), pbay_str(fetch->declared));
    if (fetch->type == NULL)
        fail(fetch, "it is no JPEG, PNG, GIF or WebP image");
    else if (--inlining->left == 0)
        all_there(inlining, fetch);
}

static void on_failed(void *user, PbayFailure *failure, bool sent)
{
    (void)sent;
    Fetch *fetch = user;
    fetch->transfer = NULL;
    fail(fetch, failure->message);
    pbay_failure_unref(failure);
}

static const PbayHttpEvents fetch_events = {on_head, on_bytes, on_end, on_failed};

static Fetch *fetch_new(Inlining *inlining, const char *url)
{
    static const char accepted[] = "image/jpeg, image/png, image/gif, image/webp";
    static const PbayHttpHeader accept[] = {
        {.name = {"accept", 6}, .value = {accepted, sizeof accepted - 1}}};
    const PbayExchange *x = inlining->x;
    Fetch *fetch = g_new0(Fetch, 1);
    fetch->inlining = inlining;
    fetch->url = g_strdup(url);
    fetch->bytes = g_string_new(NULL);
    fetch->request = (PbayHttpRequest){
        .method = PBAY_STR("GET"),
        .url = pbay_str(fetch->url),
        .headers = accept,
        .n_headers = 1,
        .foreign = true,
        .connect_ms = x->timeouts.connect,
        .first_byte_ms = x->timeouts.first_byte,
        .idle_ms = x->timeouts.idle,
        .total_ms = PBAY_INLINE_MS,
        .max_body = PBAY_EGRESS_MAX_BODY,
        .ca_file = x->provider->ca_file,
        .proxy = x->provider->proxy,
        .no_proxy = x->provider->no_proxy,
        .egress_allow = x->egress_allow,
    };
    g_ptr_array_add(inlining->fetches, fetch);
    return fetch;
}

static PbayFailure *collect(Inlining *inlining)
{
    for (guint i = 0; i < inlining->spots->len; i++) {
        const char *url = g_array_index(inlining->spots, PbayInlineSpot, i).url;
        if (fetch_of(inlining, url) != NULL)
            continue;
        if (inlining->fetches->len == PBAY_INLINE_IMAGES)
            return pbay_failure_new(
                PB_ERR_INVALID,
                "the request names more than %u images by URL, which this "
                "provider takes only inside the request; send fewer, or as data "
                "URLs",
                PBAY_INLINE_IMAGES);
        PbayFailure *failure = pbay_egress_check_url(pbay_str(url), inlining->x->egress_allow);
        if (failure != NULL)
            return failure;
        fetch_new(inlining, url);
    }
    return NULL;
}

void pbay_inline_start(PbayExchange *x)
{
    Inlining *inlining = g_new0(Inlining, 1);
    inlining->x = x;
    inlining->spots = pbay_inline_find(x->request.body);
    inlining->fetches = g_ptr_array_new_with_free_func(fetch_free);
    x->inlining = inlining;
    PbayFailure *failure = collect(inlining);
    if (failure != NULL) {
        pbay_machine_finish(x, failure);
        return;
    }
    inlining->left = inlining->fetches->len;
    for (guint i = 0; i < inlining->fetches->len; i++) {
        Fetch *fetch = g_ptr_array_index(inlining->fetches, i);
        PbayTransport *transport = x->worker->transport;
        fetch->transfer = transport->start(transport, &fetch->request, &fetch_events, fetch);
    }
}
