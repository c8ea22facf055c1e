/* SPDX-License-Identifier: Apache-2.0 */
/* The life of an exchange around its machine: made from a spec, begun in the next turn, its
 * events handed to the owner, its outcome told once, its memory given back when nothing of it
 * runs any more. On the worker's thread. What its driver wants is the machine's business. */
#include "exchange/internal.h"

#include "base/str.h"
#include "base/text.h"
#include "config/types.h"
#include "observe/log.h"

#include <string.h>

static void begin_turn(void *data)
{
    PbayExchange *x = data;
    if (x->worker->stopping)
        pbay_machine_cancel(x, PB_CANCEL_SHUTDOWN);
    else
        pbay_machine_start(x);
}

static void deadline_reached(void *data)
{
    pbay_machine_cancel(data, PB_CANCEL_DEADLINE);
}

static int64_t first_set(int64_t asked, int64_t configured)
{
    return asked != 0 ? asked : configured;
}

static PbayTimeouts merge_timeouts(const PbayTimeouts *asked, const PbayTimeouts *configured)
{
    return (PbayTimeouts){
        .connect = first_set(asked->connect, configured->connect),
        .first_byte = first_set(asked->first_byte, configured->first_byte),
        .idle = first_set(asked->idle, configured->idle),
        .total = first_set(asked->total, configured->total),
    };
}

static pb_str lower_name(PbayArena *arena, pb_str name)
{
    pb_str copy = pbay_arena_copy(arena, name);
    for (size_t i = 0; i < copy.len; i++)
        ((char *)copy.ptr)[i] = g_ascii_tolower(copy.ptr[i]);
    return copy;
}

/* A header that frames the message or names the connection would let one request end inside
 * another. */
static PbayFailure *check_name(pb_str name)
{
    g_autofree char *text = pbay_str_dup(name);
    g_autofree char *key = g_strconcat("header.", text, NULL);
    const char *fault = pbay_config_header_fault(key);
    return fault != NULL
               ? pbay_failure_new(PB_ERR_INVALID, "extra header \"%.50s\": %s", text, fault)
               : NULL;
}

/* Keys of the configuration were checked as they were read; this one came with the request. */
static PbayFailure *check_key(const PbayExchange *x)
{
    if (x->api_key == NULL ||
        pbay_request_header_ok(PBAY_STR("authorization"), pbay_secret_peek(x->api_key)))
        return NULL;
    return pbay_failure_new(PB_ERR_INVALID, "the API key given with the request holds a control "
                                            "character; is there a line break at its end?");
}

static PbayFailure *copy_headers(PbayExchange *x, const PbayExchangeSpec *spec)
{
    if (spec->n_headers == 0)
        return NULL;
    x->headers = pbay_arena_alloc(x->arena, spec->n_headers * sizeof(PbayHttpHeader));
    x->n_headers = spec->n_headers;
    for (size_t i = 0; i < spec->n_headers; i++) {
        PbayHttpHeader *header = &x->headers[i];
        if (!pbay_request_header_ok(spec->headers[i].name, spec->headers[i].value))
            return pbay_failure_new(PB_ERR_INVALID,
                                    "extra header number %zu has bytes in its name or value that "
                                    "HTTP does not allow",
                                    i + 1);
        PbayFailure *failure = check_name(spec->headers[i].name);
        if (failure != NULL)
            return failure;
        header->name = lower_name(x->arena, spec->headers[i].name);
        header->value = pbay_arena_copy(x->arena, spec->headers[i].value);
        header->secret = spec->headers[i].secret || pbay_header_is_secret(header->name);
    }
    return NULL;
}

/* The caller has checked the body; an engine reads it on another thread. */
static PbayFailure *read_body(PbayExchange *x, pb_str body)
{
    if (body.len == 0)
        return NULL;
    g_autoptr(GError) error = NULL;
    bool shared = (x->ops->flags & PB_DRIVER_EXECUTE) != 0;
    x->request.body = pbay_json_parse(x->arena, body, NULL,
                                      PBAY_JSON_COPY | (shared ? PBAY_JSON_SHARED : 0u), &error);
    return x->request.body == NULL ? pbay_failure_from_gerror(error) : NULL;
}

static PbayFailure *fill(PbayExchange *x, const PbayExchangeSpec *spec)
{
    const PbayProvider *provider = x->provider;
    if (provider->driver == NULL || provider->driver->ops == NULL)
        return pbay_failure_new(PB_ERR_CONFIG, "provider %s cannot be used: %s", provider->name,
                                provider->why != NULL ? provider->why : "its driver is missing");
    x->ops = provider->driver->ops;
    x->timeouts = merge_timeouts(&spec->timeouts, &provider->timeouts);
    int64_t total = x->timeouts.total;
    x->request = (pb_request){
        .size = sizeof(pb_request),
        .flags = spec->flags,
        .kind = spec->kind,
        .prefix = pbay_arena_copy(x->arena, pbay_str(provider->name)),
        .model = pbay_arena_copy(x->arena, spec->model),
        .deadline_ms = total > 0 ? pbay_clock_now_ms(provider->driver->core) + total : 0,
    };
    if (total > 0)
        pbay_loop_timer_start(x->worker->loop, &x->deadline, total, deadline_reached, x);
    if (atomic_load(&provider->driver->broken))
        return pbay_failure_new(PB_ERR_INTERNAL,
                                "%s takes no more requests: an earlier run of its engine did not "
                                "stop when told to; restart the program",
                                pbay_exchange_label(x));
    PbayFailure *failure = check_key(x);
    if (failure == NULL)
        failure = copy_headers(x, spec);
    return failure != NULL ? failure : read_body(x, spec->body);
}

static void link_up(PbayExchange *x)
{
    PbayWorker *worker = x->worker;
    x->next = worker->first;
    if (x->next != NULL)
        x->next->prev = x;
    worker->first = x;
    worker->alive++;
}

static void unlink_from(PbayExchange *x)
{
    if (x->prev != NULL)
        x->prev->next = x->next;
    else
        x->worker->first = x->next;
    if (x->next != NULL)
        x->next->prev = x->prev;
    x->worker->alive--;
}

PbayExchange *pbay_exchange_start_internal(PbayWorker *worker, const PbayExchangeSpec *spec,
                                           void *minting)
{
    PbayExchange *x = g_new0(PbayExchange, 1);
    x->worker = worker;
    x->provider = pbay_provider_ref(spec->provider);
    x->arena = pbay_arena_new(PBAY_EXCHANGE_MEMORY_MAX);
    pbay_arena_set_wipe(x->arena, spec->kind == PB_KIND_CREDENTIAL || spec->n_headers != 0);
    x->api_key = spec->api_key != NULL ? pbay_secret_ref(spec->api_key) : NULL;
    x->key_index = spec->key_index;
    x->total_key = spec->total_key != NULL ? spec->total_key : "timeout";
    x->dry_run = spec->dry_run;
    x->recorded = spec->recorded;
    x->egress_allow = spec->egress_allow;
    x->events = spec->events;
    x->user = spec->user;
    x->minting = minting;
    link_up(x);
    PbayFailure *failure = fill(x, spec);
    if (failure != NULL)
        pbay_machine_finish(x, failure);
    else
        pbay_loop_at_turn_end(worker->loop, begin_turn, x);
    return x;
}

PbayExchange *pbay_exchange_start(PbayWorker *worker, const PbayExchangeSpec *spec)
{
    return pbay_exchange_start_internal(worker, spec, NULL);
}

static void destroy(PbayExchange *x)
{
    x->phase = PBAY_PHASE_GONE;
    unlink_from(x);
    pbay_loop_not_at_turn_end(x->worker->loop, begin_turn, x);
    pbay_credentials_release(x);
    pbay_body_writer_release(x);
    pbay_request_release(x);
    pbay_reply_release(x);
    pbay_failure_unref(x->soon);
    pbay_failure_unref(x->driver_failure);
    pbay_failure_unref(x->failure);
    pbay_secret_unref(x->api_key);
    g_free(x->label);
    pbay_arena_free(x->arena);
    pbay_provider_unref(x->provider);
    g_free(x);
}

static void settle(void *data)
{
    PbayExchange *x = data;
    if (!x->told) {
        x->told = true;
        x->events->done(x->user, x->failure);
        x->egress_allow = NULL; /* the owner's, which may be gone by now */
    }
    x->phase = PBAY_PHASE_DETACHED;
    if (x->transfer != NULL || x->engine != NULL)
        return;
    pbay_machine_close(x);
    destroy(x);
}

void pbay_exchange_settle(PbayExchange *x)
{
    pbay_loop_at_turn_end(x->worker->loop, settle, x);
}

void pbay_exchange_cancel(PbayExchange *x, int32_t why)
{
    pbay_machine_cancel(x, why);
}

void pbay_exchange_pause(PbayExchange *x, bool paused)
{
    if (x->over || x->paused == paused)
        return;
    x->paused = paused;
    if (x->transfer != NULL)
        x->worker->transport->pause(x->transfer, paused);
    if (x->engine != NULL)
        pbay_engine_pause(x, paused);
}

int pbay_exchange_status(const PbayExchange *x)
{
    return x->reply.status;
}

const char *pbay_exchange_request_id(const PbayExchange *x)
{
    return x->reply.request_id;
}

unsigned pbay_exchange_requests(const PbayExchange *x)
{
    return x->requests;
}

bool pbay_exchange_trusts(const PbayExchange *x, pb_str url)
{
    g_autofree char *origin = pbay_url_origin(url);
    char *const *trusted = x->provider->origins;
    if (origin == NULL || trusted == NULL)
        return false;
    for (size_t i = 0; trusted[i] != NULL; i++)
        if (pbay_origin_matches(trusted[i], origin))
            return true;
    return false;
}

/* Not in the arena, which an engine's thread may be using. */
const char *pbay_exchange_label(PbayExchange *x)
{
    if (x->label == NULL) {
        const char *driver = x->provider->driver->id;
        x->label = g_strdup_printf("provider %s (driver %s)", x->provider->name,
                                   driver != NULL ? driver : "?");
    }
    return x->label;
}

static bool known_kind(int32_t kind)
{
    return kind >= PB_EV_TEXT && kind <= PB_EV_CUSTOM_CALL;
}

/* Refuses what is no event of ours: older or newer than this core, or over all bounds. */
static bool acceptable(PbayExchange *x, const pb_event *event)
{
    if (event == NULL || event->size < offsetof(pb_event, text) + sizeof event->text ||
        !known_kind(event->kind)) {
        pbay_log(PBAY_LOG_WARN, "exchange",
                 "%s emitted an event this core does not know (kind %d, %u bytes); ignored",
                 pbay_exchange_label(x), event != NULL ? (int)event->kind : 0,
                 event != NULL ? event->size : 0);
        return false;
    }
    return true;
}

/* One by one first: lengths that a broken driver gives may not add up in a size_t. */
static bool is_too_large(const pb_event *event)
{
    size_t max = PBAY_EXCHANGE_EVENT_MAX;
    return event->text.len > max || event->id.len > max || event->name.len > max ||
           event->vector_len > max / sizeof(float) ||
           event->text.len + event->id.len + event->name.len > max;
}

/* Text of ours is UTF-8, whatever the vendor sent; raw bytes are what they are. */
static void clean(pb_str *text, GString **copy)
{
    if (text->len == 0 || g_utf8_validate_len(text->ptr, text->len, NULL))
        return;
    *copy = g_string_sized_new(text->len + 16);
    pbay_text_append_utf8(*copy, *text);
    *text = pbay_str_of(*copy);
}

void pbay_exchange_deliver_event(PbayExchange *x, const pb_event *given)
{
    if (x->over || x->cancel_why != 0 || !acceptable(x, given))
        return;
    pb_event event = {0};
    memcpy(&event, given, MIN((size_t)given->size, sizeof event));
    event.size = sizeof event;
    if (is_too_large(&event)) {
        PbayFailure *failure = pbay_failure_new(
            PB_ERR_PROTOCOL, "%s gave an answer with a single piece of more than %zu MiB",
            pbay_exchange_label(x), PBAY_EXCHANGE_EVENT_MAX >> 20);
        pbay_machine_fail_soon(x, failure);
        return;
    }
    g_autoptr(GString) text = NULL, id = NULL, name = NULL;
    if (event.kind != PB_EV_BYTES)
        clean(&event.text, &text);
    clean(&event.id, &id);
    clean(&event.name, &name);
    if (x->events->on_event != NULL)
        x->events->on_event(x->user, &event);
}

void pbay_exchange_deliver_note(PbayExchange *x, int32_t note, pb_str param, pb_str why)
{
    if (x->over || x->cancel_why != 0 || x->events->on_note == NULL)
        return;
    if (note < PB_NOTE_DROPPED || note > PB_NOTE_UNMET) {
        pbay_log(PBAY_LOG_WARN, "exchange", "%s gave a note of unknown kind %d; ignored",
                 pbay_exchange_label(x), (int)note);
        return;
    }
    g_autoptr(GString) clean_param = NULL, clean_why = NULL;
    clean(&param, &clean_param);
    clean(&why, &clean_why);
    x->events->on_note(x->user, note, param, why);
}
