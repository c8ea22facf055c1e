/* SPDX-License-Identifier: Apache-2.0 */
/* The request a driver describes: method, URL, headers of describing and of signing, body; and
 * what of the configuration is set over it as it leaves. Kept until the next http_begin, so that
 * it can be sent again; copied on write while a transfer still borrows it. On the worker's
 * thread. It sends nothing. */
#include "exchange/internal.h"

#include "base/str.h"
#include "exchange/egress.h"

#include <string.h>

typedef struct OutHeader {
    PbayHttpHeader header;
    PbayHeaderFrom from;
} OutHeader;

struct PbayOutgoing {
    uint32_t flags;
    bool trusted; /* the URL's origin is one of the provider's */
    pb_str method, url;
    PbayArena *arena; /* of all strings but the body; wiped */
    GArray *headers;  /* OutHeader, in order of setting */
    GString *body;
    const char *fault; /* what is wrong with it, in arena, or NULL */
    bool merged_stale; /* headers changed since merged was made */
    GArray *merged;    /* PbayHttpHeader: as they leave */
    PbayHttpRequest sealed;
    PbayOutgoing *next; /* of x->retired */
};

static PbayOutgoing *outgoing_new(void)
{
    PbayOutgoing *out = g_new0(PbayOutgoing, 1);
    out->arena = pbay_arena_new(0);
    pbay_arena_set_wipe(out->arena, true);
    out->headers = g_array_new(FALSE, FALSE, sizeof(OutHeader));
    out->merged = g_array_new(FALSE, FALSE, sizeof(PbayHttpHeader));
    out->body = g_string_sized_new(1024);
    return out;
}

/* Bodies of a mint hold secrets; all others are the caller's own words. */
static void empty_body(PbayOutgoing *out, bool wipe)
{
    if (wipe)
        pbay_wipe(out->body->str, out->body->allocated_len);
    g_string_truncate(out->body, 0);
}

static void outgoing_free(PbayOutgoing *out, bool wipe)
{
    if (out == NULL)
        return;
    empty_body(out, wipe);
    g_string_free(out->body, TRUE);
    g_array_free(out->headers, TRUE);
    g_array_free(out->merged, TRUE);
    pbay_arena_free(out->arena);
    g_free(out);
}

static bool minting(const PbayExchange *x)
{
    return x->request.kind == PB_KIND_CREDENTIAL;
}

static bool borrowed(const PbayExchange *x)
{
    return x->out != NULL && x->out == x->in_flight;
}

static PbayOutgoing *writable(PbayExchange *x);
static void set_fault(PbayOutgoing *out, const char *format, ...) G_GNUC_PRINTF(2, 3);
static void set_fault(PbayOutgoing *out, const char *format, ...)
{
    if (out->fault != NULL)
        return;
    va_list args;
    va_start(args, format);
    g_autofree char *text = g_strdup_vprintf(format, args);
    va_end(args);
    out->fault = pbay_arena_copy(out->arena, pbay_str(text)).ptr;
}

void pbay_request_spoil(PbayExchange *x, const char *why)
{
    PbayOutgoing *out = writable(x);
    if (out != NULL)
        set_fault(out, "%s", why);
}

static bool is_token(pb_str s)
{
    for (size_t i = 0; i < s.len; i++)
        if (!g_ascii_isalnum(s.ptr[i]) && strchr("!#$%&'*+-.^_`|~", s.ptr[i]) == NULL)
            return false;
    return s.len != 0 && memchr(s.ptr, '\0', s.len) == NULL;
}

static bool is_header_value(pb_str s)
{
    for (size_t i = 0; i < s.len; i++) {
        unsigned char c = (unsigned char)s.ptr[i];
        if ((c < 0x20 && c != '\t') || c == 0x7f)
            return false;
    }
    return true;
}

bool pbay_request_header_ok(pb_str name, pb_str value)
{
    return is_token(name) && is_header_value(value);
}

/* What stands behind `?` or before `@` is nobody's business, and half a secret is not redacted. */
static void set_url_fault(PbayOutgoing *out)
{
    g_autofree char *shown = pbay_egress_show_url(out->url);
    set_fault(out, "\"%s\", which is no http or https URL", shown);
}

static void check_url(PbayOutgoing *out)
{
    pb_str url = out->url;
    bool foreign =
        (out->flags & PB_HTTP_FOREIGN) != 0; /* people write those; libcurl encodes them */
    for (size_t i = 0; i < url.len; i++) {
        unsigned char c = (unsigned char)url.ptr[i];
        if (c <= 0x20 || c == 0x7f)
            set_fault(out, "a URL with a space or control byte at position %zu", i);
        else if (c > 0x7f && !foreign)
            set_fault(out, "a URL with a byte at position %zu that must be percent-encoded", i);
    }
    if (g_ascii_strncasecmp(url.ptr, "https://", 8) != 0 &&
        g_ascii_strncasecmp(url.ptr, "http://", 7) != 0)
        set_url_fault(out);
}

void pbay_request_begin(PbayExchange *x, pb_str method, pb_str url, uint32_t flags)
{
    if (x->out == NULL || borrowed(x)) {
        x->out = outgoing_new();
    } else {
        empty_body(x->out, minting(x));
        g_array_set_size(x->out->headers, 0);
        pbay_arena_reset(x->out->arena);
    }
    PbayOutgoing *out = x->out;
    out->fault = NULL;
    out->flags = flags;
    out->method = pbay_arena_copy(out->arena, method);
    out->url = pbay_arena_copy(out->arena, url);
    out->trusted = (flags & PB_HTTP_FOREIGN) == 0 && pbay_exchange_trusts(x, out->url);
    out->merged_stale = true;
    if (!is_token(method))
        set_fault(out, "\"%.*s\", which is no HTTP method", (int)MIN(method.len, 50),
                  method.len != 0 ? method.ptr : "");
    check_url(out);
}

/* The request to be changed; a copy of it if a transfer borrows it. NULL: nothing was begun. */
static PbayOutgoing *writable(PbayExchange *x)
{
    if (!borrowed(x))
        return x->out;
    PbayOutgoing *old = x->out, *out = outgoing_new();
    out->flags = old->flags;
    out->trusted = old->trusted;
    out->merged_stale = true;
    out->method = pbay_arena_copy(out->arena, old->method);
    out->url = pbay_arena_copy(out->arena, old->url);
    pbay_str_append(out->body, pbay_str_of(old->body));
    for (guint i = 0; i < old->headers->len; i++) {
        OutHeader item = g_array_index(old->headers, OutHeader, i);
        item.header.name = pbay_arena_copy(out->arena, item.header.name);
        item.header.value = pbay_arena_copy(out->arena, item.header.value);
        g_array_append_val(out->headers, item);
    }
    x->out = out;
    return out;
}

static pb_str lower_copy(PbayArena *arena, pb_str name)
{
    char *copy = pbay_arena_alloc_raw(arena, name.len + 1);
    for (size_t i = 0; i < name.len; i++)
        copy[i] = g_ascii_tolower(name.ptr[i]);
    copy[name.len] = '\0';
    return (pb_str){copy, name.len};
}

/* Where the body ends is libcurl's to say: a second word on it would let one request end inside
 * another. */
static bool frames_message(pb_str name)
{
    static const char *const names[] = {"content-length", "transfer-encoding", "connection"};
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
        if (name.len == strlen(names[i]) && g_ascii_strncasecmp(name.ptr, names[i], name.len) == 0)
            return true;
    return false;
}

void pbay_request_header(PbayExchange *x, pb_str name, pb_str value)
{
    PbayOutgoing *out = writable(x);
    if (out == NULL)
        return;
    if (!pbay_request_header_ok(name, value)) {
        set_fault(out, "a header \"%.*s\" with bytes that HTTP does not allow",
                  (int)MIN(name.len, 50), name.len != 0 ? name.ptr : "");
        return;
    }
    if (name.len > PBAY_REQUEST_HEADER_MAX || value.len > PBAY_REQUEST_HEADER_MAX) {
        set_fault(out, "a header \"%.*s\" longer than %u KiB", (int)MIN(name.len, 50), name.ptr,
                  (unsigned)(PBAY_REQUEST_HEADER_MAX >> 10));
        return;
    }
    if (frames_message(name)) {
        set_fault(out, "a header \"%.*s\", which is the core's to write", (int)name.len, name.ptr);
        return;
    }
    PbayHeaderFrom from = x->op == PBAY_OP_SIGN ? PBAY_HEADER_SIGNED : PBAY_HEADER_DESCRIBED;
    OutHeader item = {.from = from};
    item.header.name = lower_copy(out->arena, name);
    item.header.value = pbay_arena_copy(out->arena, value);
    item.header.secret = from == PBAY_HEADER_SIGNED || pbay_header_is_secret(item.header.name);
    out->merged_stale = true;
    for (guint i = 0; i < out->headers->len; i++) {
        OutHeader *old = &g_array_index(out->headers, OutHeader, i);
        if (old->from == from && pbay_str_eq(old->header.name, item.header.name)) {
            *old = item;
            return;
        }
    }
    g_array_append_val(out->headers, item);
}

GString *pbay_request_body(PbayExchange *x)
{
    PbayOutgoing *out = writable(x);
    return out != NULL ? out->body : NULL;
}

static bool is_extra(const PbayExchange *x, pb_str name)
{
    const GPtrArray *configured = x->provider->headers;
    for (guint i = 0; configured != NULL && i < configured->len; i++) {
        const PbayHeader *header = configured->pdata[i];
        if (strlen(header->name) == name.len &&
            g_ascii_strncasecmp(header->name, name.ptr, name.len) == 0)
            return true;
    }
    for (size_t i = 0; i < x->n_headers; i++)
        if (pbay_str_eq(x->headers[i].name, name))
            return true;
    return false;
}

/* Does a header of sign stand over this one of describing? */
static bool is_signed_over(const PbayOutgoing *out, const OutHeader *item)
{
    if (item->from == PBAY_HEADER_SIGNED)
        return false;
    for (guint i = 0; i < out->headers->len; i++) {
        const OutHeader *other = &g_array_index(out->headers, OutHeader, i);
        if (other->from == PBAY_HEADER_SIGNED && pbay_str_eq(other->header.name, item->header.name))
            return true;
    }
    return false;
}

static bool spec_sets(const PbayExchange *x, const char *name)
{
    for (size_t i = 0; i < x->n_headers; i++)
        if (x->headers[i].name.len == strlen(name) &&
            g_ascii_strncasecmp(name, x->headers[i].name.ptr, x->headers[i].name.len) == 0)
            return true;
    return false;
}

static void merge_extras(PbayExchange *x, PbayOutgoing *out)
{
    const GPtrArray *configured = x->provider->headers;
    for (guint i = 0; configured != NULL && i < configured->len; i++) {
        const PbayHeader *header = configured->pdata[i];
        if (spec_sets(x, header->name))
            continue;
        PbayHttpHeader item = {.name = lower_copy(out->arena, pbay_str(header->name)),
                               .value = pbay_secret_peek(header->value),
                               .secret = header->secret};
        item.secret = item.secret || pbay_header_is_secret(item.name);
        g_array_append_val(out->merged, item);
    }
    if (x->n_headers != 0)
        g_array_append_vals(out->merged, x->headers, (guint)x->n_headers);
}

/* What describing set, over it what sign set, over both what the operator and the caller set;
 * the last two only where secrets may go. */
static const GArray *merged(PbayExchange *x)
{
    PbayOutgoing *out = x->out;
    if (!out->merged_stale)
        return out->merged;
    g_array_set_size(out->merged, 0);
    for (guint i = 0; i < out->headers->len; i++) {
        const OutHeader *item = &g_array_index(out->headers, OutHeader, i);
        bool hidden = is_signed_over(out, item) || (out->trusted && is_extra(x, item->header.name));
        if (!hidden)
            g_array_append_val(out->merged, item->header);
    }
    if (out->trusted)
        merge_extras(x, out);
    out->merged_stale = false;
    return out->merged;
}

bool pbay_request_header_at(PbayExchange *x, size_t i, pb_str *name, pb_str *value)
{
    if (x->out == NULL)
        return false;
    const GArray *headers = merged(x);
    if (i >= headers->len)
        return false;
    const PbayHttpHeader *header = &g_array_index(headers, PbayHttpHeader, i);
    *name = header->name;
    *value = header->value;
    return true;
}

void pbay_request_view(PbayExchange *x, pb_str *method, pb_str *url, pb_str *body)
{
    const PbayOutgoing *out = x->out;
    pb_str none = {NULL, 0};
    if (method != NULL)
        *method = out != NULL ? out->method : none;
    if (url != NULL)
        *url = out != NULL ? out->url : none;
    if (body != NULL)
        *body = out != NULL ? pbay_str_of(out->body) : none;
}

PbayFailure *pbay_request_check(PbayExchange *x)
{
    if (x->out == NULL)
        return pbay_failure_new(PB_ERR_INTERNAL,
                                "%s asked to send a request without having described one; this is "
                                "a mistake in the driver",
                                pbay_exchange_label(x));
    if (x->out->fault != NULL)
        return pbay_failure_new(PB_ERR_INTERNAL,
                                "%s described a request with %s; check base-url and the other "
                                "options of the provider, else it is a mistake in the driver",
                                pbay_exchange_label(x), x->out->fault);
    return NULL;
}

uint32_t pbay_request_flags(const PbayExchange *x)
{
    return x->out != NULL ? x->out->flags : 0;
}

bool pbay_request_trusted(const PbayExchange *x)
{
    return x->out != NULL && x->out->trusted;
}

void pbay_request_drop_signed(PbayExchange *x)
{
    PbayOutgoing *out = writable(x);
    if (out == NULL)
        return;
    for (guint i = out->headers->len; i > 0; i--)
        if (g_array_index(out->headers, OutHeader, i - 1).from == PBAY_HEADER_SIGNED)
            g_array_remove_index(out->headers, i - 1);
    out->merged_stale = true;
}

const PbayHttpRequest *pbay_request_seal(PbayExchange *x, bool detached)
{
    PbayOutgoing *out = x->out;
    const GArray *headers = merged(x);
    const PbayProvider *provider = x->provider;
    out->sealed = (PbayHttpRequest){
        .method = out->method,
        .url = out->url,
        .body = pbay_str_of(out->body),
        .headers = (const PbayHttpHeader *)(void *)headers->data,
        .n_headers = headers->len,
        .foreign = (out->flags & PB_HTTP_FOREIGN) != 0,
        .detached = detached,
        .connect_ms = x->timeouts.connect,
        .first_byte_ms = x->timeouts.first_byte,
        .idle_ms = x->timeouts.idle,
        .total_ms = detached ? PBAY_EXCHANGE_DETACHED : 0,
        .max_body = provider->max_response,
        .ca_file = provider->ca_file,
        .proxy = provider->proxy,
        .no_proxy = provider->no_proxy,
        .egress_allow = x->egress_allow,
    };
    x->in_flight = out;
    return &out->sealed;
}

static void free_retired(void *data)
{
    PbayExchange *x = data;
    while (x->retired != NULL) {
        PbayOutgoing *out = x->retired;
        x->retired = out->next;
        outgoing_free(out, minting(x));
    }
}

void pbay_request_landed(PbayExchange *x)
{
    if (x->in_flight != NULL && x->in_flight != x->out) {
        x->in_flight->next = x->retired;
        x->retired = x->in_flight;
        pbay_loop_at_turn_end(x->worker->loop, free_retired, x);
    }
    x->in_flight = NULL;
}

void pbay_request_release(PbayExchange *x)
{
    pbay_request_landed(x);
    pbay_loop_not_at_turn_end(x->worker->loop, free_retired, x);
    free_retired(x);
    outgoing_free(x->out, minting(x));
    x->out = NULL;
}
