/* SPDX-License-Identifier: Apache-2.0 */
/* The rig: see rig.h. */
#include "unit/exchange/rig.h"

#include "base/str.h"

#include <string.h>

static Rig *rig_of(void *prov)
{
    return prov;
}

void rig_describe(Rig *rig, pb_xchg *x)
{
    const pb_core_api *api = rig->api;
    api->http_begin(x, PBAY_STR("POST"), pbay_str(rig->url), rig->http_flags);
    api->http_header(x, PBAY_STR("Content-Type"), PBAY_STR("application/json"));
    api->w_open(x, 1);
    api->w_key(x, PBAY_STR("n"));
    api->w_int(x, 1);
    api->w_close(x);
}

static pb_next run(Rig *rig, pb_xchg *x, PbayOp op, const PbayOpArgs *args)
{
    rig->calls[op]++;
    g_string_append_printf(rig->log, "%s%s", rig->log->len != 0 ? " " : "", pbay_op_name(op));
    if (op == PBAY_OP_HEAD)
        g_string_append_printf(rig->log, "(%d)", args->status);
    if (op == PBAY_OP_BODY)
        g_string_append_printf(rig->log, "(%zu)", args->bytes.len);
    if (op == PBAY_OP_CANCEL)
        g_string_append_printf(rig->log, "(%d)", args->why);
    if (op == PBAY_OP_BODY)
        pbay_str_append(rig->body, args->bytes);
    if (rig->act[op] != NULL)
        return rig->act[op](rig, x, op, args);
    if ((op == PBAY_OP_BEGIN || op == PBAY_OP_TIMER) && rig->next[op] == PB_SEND)
        rig_describe(rig, x);
    if (rig->next[op] == PB_WAIT && rig->wait_ms != 0)
        rig->api->wait(x, rig->wait_ms);
    return rig->next[op];
}

static int32_t op_init(const pb_core_api *api, pb_core *core, void **drv)
{
    (void)api;
    (void)core;
    *drv = NULL;
    return 0;
}

static pb_next op_begin(void *prov, pb_xchg *x, const pb_request *request, void **state)
{
    g_assert_nonnull(request);
    *state = prov;
    return run(rig_of(prov), x, PBAY_OP_BEGIN, NULL);
}

static pb_next op_sign(void *prov, pb_xchg *x, void *state)
{
    g_assert_true(state == prov);
    return run(rig_of(prov), x, PBAY_OP_SIGN, NULL);
}

static pb_next op_head(void *prov, pb_xchg *x, void *state, int32_t status)
{
    g_assert_true(state == prov);
    return run(rig_of(prov), x, PBAY_OP_HEAD, &(PbayOpArgs){.status = status});
}

static pb_next op_body(void *prov, pb_xchg *x, void *state, pb_str bytes)
{
    g_assert_true(state == prov);
    return run(rig_of(prov), x, PBAY_OP_BODY, &(PbayOpArgs){.bytes = bytes});
}

static pb_next op_end(void *prov, pb_xchg *x, void *state)
{
    g_assert_true(state == prov);
    return run(rig_of(prov), x, PBAY_OP_END, NULL);
}

static pb_next op_timer(void *prov, pb_xchg *x, void *state)
{
    g_assert_true(state == prov);
    return run(rig_of(prov), x, PBAY_OP_TIMER, NULL);
}

static pb_next op_cancel(void *prov, pb_xchg *x, void *state, int32_t why)
{
    g_assert_true(state == prov);
    return run(rig_of(prov), x, PBAY_OP_CANCEL, &(PbayOpArgs){.why = why});
}

static void op_close(void *prov, pb_xchg *x, void *state)
{
    g_assert_true(state == prov);
    run(rig_of(prov), x, PBAY_OP_CLOSE, NULL);
}

static const pb_driver ops = {
    .size = sizeof(pb_driver),
    .abi_minor = PB_ABI_MINOR,
    .kinds = PB_KIND_BIT(PB_KIND_CHAT),
    .id = "fake",
    .version = "1.0",
    .vendor = "test",
    .license = "MIT",
    .manifest = "{}",
    .init = op_init,
    .begin = op_begin,
    .sign = op_sign,
    .on_head = op_head,
    .on_body = op_body,
    .on_end = op_end,
    .on_timer = op_timer,
    .on_cancel = op_cancel,
    .end = op_close,
};

static void set_up_driver(Rig *rig)
{
    rig->ops = ops;
    rig->core.driver_id = "fake";
    rig->driver = (PbayDriver){.path = "fake.so",
                               .file = "fake.so",
                               .fd = -1,
                               .status = PBAY_DRIVER_LOADED,
                               .id = "fake",
                               .version = "1.0",
                               .kinds = ops.kinds,
                               .manifest = pbay_manifest_parse("{}", NULL),
                               .ops = &rig->ops,
                               .core = &rig->core};
    GError *error = NULL;
    rig->provider = pbay_provider_new(&rig->driver, "fake", "{}", NULL, &error);
    g_assert_no_error(error);
    rig->provider->prov = rig;
    rig->provider->timeouts = (PbayTimeouts){0};
    rig_trust(rig, "https://api.test");
}

Rig *rig_new(bool memory)
{
    Rig *rig = g_new0(Rig, 1);
    rig->api = pbay_services();
    rig->loop = pbay_loop_new(NULL);
    g_assert_nonnull(rig->loop);
    rig->transport = memory ? pbay_memory_transport_new(rig->loop) : NULL;
    rig->worker =
        pbay_worker_new(&(PbayWorkerSpec){.loop = rig->loop, .transport = rig->transport}, NULL);
    g_assert_nonnull(rig->worker);
    rig->log = g_string_new(NULL);
    rig->body = g_string_new(NULL);
    rig->url = "https://api.test/v1/chat";
    rig->next[PBAY_OP_BEGIN] = PB_SEND;
    rig->next[PBAY_OP_SIGN] = PB_SEND;
    rig->next[PBAY_OP_HEAD] = PB_READ;
    rig->next[PBAY_OP_BODY] = PB_READ;
    rig->next[PBAY_OP_END] = PB_DONE;
    rig->next[PBAY_OP_TIMER] = PB_DONE;
    rig->next[PBAY_OP_CANCEL] = PB_DONE;
    set_up_driver(rig);
    return rig;
}

void rig_stop_worker(Rig *rig)
{
    pbay_worker_free(rig->worker);
    rig->worker = NULL;
}

void rig_free(Rig *rig)
{
    if (rig->worker != NULL)
        pbay_worker_free(rig->worker);
    pbay_provider_unref(rig->provider);
    pbay_manifest_free(rig->driver.manifest);
    pbay_loop_free(rig->loop);
    g_free(rig->core.reported);
    g_string_free(rig->log, TRUE);
    g_string_free(rig->body, TRUE);
    g_free(rig);
}

void rig_trust(Rig *rig, const char *origin)
{
    g_strfreev(rig->provider->origins);
    rig->provider->origins = g_new0(char *, 2);
    rig->provider->origins[0] = g_strdup(origin);
}

static void free_value(gpointer value)
{
    pbay_secret_unref(value);
}

void rig_secret(Rig *rig, const char *name, const char *value)
{
    PbayProviderSecret *secret = g_new0(PbayProviderSecret, 1);
    secret->name = g_strdup(name);
    secret->values = g_ptr_array_new_with_free_func(free_value);
    g_ptr_array_add(secret->values, pbay_secret_new(pbay_str(value)));
    g_ptr_array_add(rig->provider->secrets, secret);
}

/* ---- the owner ------------------------------------------------------------------------------ */

static void heard_event(void *user, const pb_event *event)
{
    Owner *owner = user;
    g_assert_cmpuint(owner->done, ==, 0);
    owner->events++;
    if (event->kind == PB_EV_TEXT)
        pbay_str_append(owner->text, event->text);
    if (owner->on_event != NULL)
        owner->on_event(owner, event);
    if (owner->cancel_at_event != 0)
        pbay_exchange_cancel(owner->x, owner->cancel_at_event);
}

static void heard_note(void *user, int32_t note, pb_str param, pb_str why)
{
    Owner *owner = user;
    g_assert_cmpuint(owner->done, ==, 0);
    (void)note;
    (void)param;
    (void)why;
    owner->notes++;
}

static void heard_request(void *user, const PbayHttpRequest *request)
{
    Owner *owner = user;
    g_assert_cmpuint(owner->done, ==, 0);
    owner->requests++;
    pbay_str_append(owner->seen, request->method);
    g_string_append_c(owner->seen, ' ');
    pbay_str_append(owner->seen, request->url);
    g_string_append_c(owner->seen, '\n');
    for (size_t i = 0; i < request->n_headers; i++) {
        pbay_str_append(owner->seen, request->headers[i].name);
        g_string_append(owner->seen, ": ");
        pbay_str_append(owner->seen,
                        request->headers[i].secret ? PBAY_STR("***") : request->headers[i].value);
        g_string_append_c(owner->seen, '\n');
    }
    pbay_str_append(owner->seen, request->body);
    g_string_append_c(owner->seen, '\n');
    if (owner->cancel_at_request != 0)
        pbay_exchange_cancel(owner->x, owner->cancel_at_request);
}

static void heard_done(void *user, const PbayFailure *failure)
{
    Owner *owner = user;
    owner->done++;
    g_assert_cmpuint(owner->done, ==, 1);
    owner->failure = failure != NULL ? pbay_failure_ref((PbayFailure *)failure) : NULL;
    owner->status = pbay_exchange_status(owner->x);
    owner->request_id = g_strdup(pbay_exchange_request_id(owner->x));
    if (owner->on_done != NULL)
        owner->on_done(owner);
    owner->x = NULL;
}

static const PbayExchangeEvents owner_events = {
    .on_event = heard_event,
    .on_note = heard_note,
    .on_request = heard_request,
    .done = heard_done,
};

void owner_init(Owner *owner, Rig *rig)
{
    *owner = (Owner){.rig = rig, .text = g_string_new(NULL), .seen = g_string_new(NULL)};
}

void owner_clear(Owner *owner)
{
    pbay_failure_unref(owner->failure);
    g_string_free(owner->text, TRUE);
    g_string_free(owner->seen, TRUE);
    g_free(owner->request_id);
}

PbayExchangeSpec owner_spec(Owner *owner)
{
    return (PbayExchangeSpec){
        .provider = owner->rig->provider,
        .kind = PB_KIND_CHAT,
        .model = PBAY_STR("m"),
        .body = PBAY_STR("{}"),
        .events = &owner_events,
        .user = owner,
    };
}

void owner_start_spec(Owner *owner, const PbayExchangeSpec *spec)
{
    owner->x = pbay_exchange_start(owner->rig->worker, spec);
    g_assert_nonnull(owner->x);
    g_assert_cmpuint(owner->done, ==, 0);
}

void owner_start(Owner *owner)
{
    PbayExchangeSpec spec = owner_spec(owner);
    owner_start_spec(owner, &spec);
}

void rig_turn_until(Rig *rig, bool (*fn)(void *data), void *data)
{
    gint64 end = g_get_monotonic_time() + 30 * G_USEC_PER_SEC;
    while (!fn(data)) {
        g_assert_cmpint(g_get_monotonic_time(), <, end);
        g_assert_true(pbay_loop_turn(rig->loop, 100));
    }
}

static bool nothing_alive(void *data)
{
    return pbay_worker_alive(data) == 0;
}

void rig_run(Rig *rig)
{
    rig_turn_until(rig, nothing_alive, rig->worker);
}

void rig_turns(Rig *rig, unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        g_assert_true(pbay_loop_turn(rig->loop, 0));
}

void rig_reply(Rig *rig, int status, const char *body)
{
    PbayMemoryReply *reply = pbay_memory_reply_new(rig->transport, status);
    if (body[0] != '\0')
        pbay_memory_reply_text(reply, body);
    pbay_memory_reply_end(reply);
}

pb_event rig_text(const char *text)
{
    return (pb_event){.size = sizeof(pb_event), .kind = PB_EV_TEXT, .text = pbay_str(text)};
}
