/* SPDX-License-Identifier: Apache-2.0 */
/* Splits the input, keeps so many parts running as the rule allows, and joins what they say. It
 * builds on the public face of an exchange alone. On the worker's thread; freed in the turn in
 * which done was told. */
#include "exchange/batch.h"

#include "base/arena.h"
#include "base/str.h"
#include "base/text.h"
#include "json/reader.h"
#include "json/writer.h"

#include <string.h>

typedef struct Part {
    PbayBatch *batch;
    PbayExchange *x; /* NULL: not begun, or ended */
    size_t first, count;
    pb_event usage; /* the last of each counter; known says which */
    bool has_usage;
} Part;

struct PbayBatch {
    PbayWorker *worker;
    PbayExchangeSpec spec; /* split: strings and headers in arena, references held */
    PbayArena *arena;      /* NULL, like root and inputs: the manifest has no rule for it */
    const pb_json *root;
    GArray *inputs; /* pb_str: JSON texts, in root */
    Part only, *parts;
    size_t n_parts, begun, running, parallel;
    int64_t total_ms, started_ms;
    GHashTable *notes; /* those told, when split */
    bool paused, stopping;
    PbayFailure *failure;
    int status;
    char *request_id;
    unsigned requests;
};

/* A rule that names an origin holds where the base URL leads there: a look-alike has bounds of its
 * own. */
static bool is_at(const PbayBatchRule *rule, const PbayProvider *provider)
{
    if (rule->origin == NULL)
        return true;
    g_autofree char *origin = pbay_url_origin(pbay_str(provider->base_url));
    return g_strcmp0(origin, rule->origin) == 0;
}

const PbayBatchRule *pbay_batch_rule(const PbayProvider *provider, int32_t kind, pb_str model)
{
    const PbayManifest *manifest = provider->driver != NULL ? provider->driver->manifest : NULL;
    for (guint i = 0; manifest != NULL && i < manifest->batch->len; i++) {
        const PbayBatchRule *rule = g_ptr_array_index(manifest->batch, i);
        if (rule->kind == kind && is_at(rule, provider) && pbay_text_glob(rule->models, model))
            return rule;
    }
    return NULL;
}

static void batch_free(PbayBatch *batch)
{
    if (batch->n_parts > 1) {
        pbay_provider_unref(batch->spec.provider);
        pbay_secret_unref(batch->spec.api_key);
        g_hash_table_unref(batch->notes);
        g_free(batch->parts);
    }
    pbay_failure_unref(batch->failure);
    g_clear_pointer(&batch->inputs, g_array_unref);
    g_clear_pointer(&batch->arena, pbay_arena_free);
    g_free(batch->request_id);
    g_free(batch);
}

/* ---- joining what parts say ------------------------------------------------------------------ */

static void keep_usage(Part *part, const pb_event *event)
{
    static const struct {
        uint32_t bit;
        size_t at;
    } counters[] = {
        {PB_USAGE_IN, offsetof(pb_event, tokens_in)},
        {PB_USAGE_OUT, offsetof(pb_event, tokens_out)},
        {PB_USAGE_CACHED, offsetof(pb_event, tokens_cached)},
        {PB_USAGE_WRITE, offsetof(pb_event, tokens_cache_write)},
        {PB_USAGE_REASON, offsetof(pb_event, tokens_reasoning)},
    };
    part->has_usage = true;
    part->usage.known |= event->known;
    for (size_t i = 0; i < G_N_ELEMENTS(counters); i++)
        if ((event->known & counters[i].bit) != 0)
            memcpy((char *)&part->usage + counters[i].at, (const char *)event + counters[i].at,
                   sizeof(int64_t));
}

/* Counts come from outside: two that together are no number stay the largest one. */
static int64_t add(int64_t a, int64_t b)
{
    int64_t sum = 0;
    if (__builtin_add_overflow(a, b, &sum))
        return b < 0 ? INT64_MIN : INT64_MAX;
    return sum;
}

/* The sum of the parts that ran. A counter that one of them did not give is not known. */
static void tell_usage(const PbayBatch *batch)
{
    pb_event sum = {.size = sizeof sum, .kind = PB_EV_USAGE, .known = UINT32_MAX};
    bool any = false;
    for (size_t i = 0; i < batch->begun; i++) {
        const Part *part = &batch->parts[i];
        if (!part->has_usage && batch->failure != NULL)
            continue; /* it was cut off */
        any = any || part->has_usage;
        sum.known &= part->usage.known;
        sum.tokens_in = add(sum.tokens_in, part->usage.tokens_in);
        sum.tokens_out = add(sum.tokens_out, part->usage.tokens_out);
        sum.tokens_cached = add(sum.tokens_cached, part->usage.tokens_cached);
        sum.tokens_cache_write = add(sum.tokens_cache_write, part->usage.tokens_cache_write);
        sum.tokens_reasoning = add(sum.tokens_reasoning, part->usage.tokens_reasoning);
    }
    if (any && sum.known != 0 && batch->spec.events->on_event != NULL)
        batch->spec.events->on_event(batch->spec.user, &sum);
}

static void stop(PbayBatch *batch, int32_t why);

/* It would land among the inputs of another part. */
static void refuse_vector(const Part *part, uint32_t index)
{
    PbayBatch *batch = part->batch;
    batch->failure = pbay_failure_new(PB_ERR_PROTOCOL,
                                      "provider %s gave an embedding with index %u for a part of "
                                      "%zu inputs",
                                      batch->spec.provider->name, index, part->count);
    pbay_failure_set_code(batch->failure, "invalid_upstream_response");
    stop(batch, PB_CANCEL_CLIENT);
}

static void part_event(void *user, const pb_event *event)
{
    Part *part = user;
    PbayBatch *batch = part->batch;
    const PbayExchangeEvents *events = batch->spec.events;
    bool split = batch->n_parts > 1;
    if (split && event->kind == PB_EV_USAGE) {
        keep_usage(part, event);
        return;
    }
    bool of_first = event->kind == PB_EV_META || event->kind == PB_EV_EXTRA;
    if (batch->stopping || events->on_event == NULL || (split && of_first && part->first != 0))
        return;
    pb_event shifted = *event;
    if (split && event->kind == PB_EV_VECTOR && event->index >= part->count) {
        refuse_vector(part, event->index);
        return;
    }
    if (event->kind == PB_EV_VECTOR)
        shifted.index += (uint32_t)part->first;
    events->on_event(batch->spec.user, &shifted);
}

static void part_note(void *user, int32_t note, pb_str param, pb_str why)
{
    PbayBatch *batch = ((Part *)user)->batch;
    if (batch->stopping || batch->spec.events->on_note == NULL)
        return;
    if (batch->n_parts == 1) {
        batch->spec.events->on_note(batch->spec.user, note, param, why);
        return;
    }
    char *key =
        g_strdup_printf("%d %.*s %.*s", (int)note, (int)param.len, param.len != 0 ? param.ptr : "",
                        (int)why.len, why.len != 0 ? why.ptr : "");
    if (g_hash_table_add(batch->notes, key))
        batch->spec.events->on_note(batch->spec.user, note, param, why);
}

static void part_request(void *user, const PbayHttpRequest *request)
{
    PbayBatch *batch = ((Part *)user)->batch;
    if (!batch->stopping && batch->spec.events->on_request != NULL)
        batch->spec.events->on_request(batch->spec.user, request);
}

static void part_reply_head(void *user, int status, const PbayHttpHeader *headers, size_t n)
{
    const PbayBatch *batch = ((Part *)user)->batch;
    if (batch->spec.events->on_reply_head != NULL)
        batch->spec.events->on_reply_head(batch->spec.user, status, headers, n);
}

static void part_reply_bytes(void *user, pb_str bytes)
{
    const PbayBatch *batch = ((Part *)user)->batch;
    if (batch->spec.events->on_reply_bytes != NULL)
        batch->spec.events->on_reply_bytes(batch->spec.user, bytes);
}

static void part_reply_end(void *user, const PbayFailure *cut)
{
    const PbayBatch *batch = ((Part *)user)->batch;
    if (batch->spec.events->on_reply_end != NULL)
        batch->spec.events->on_reply_end(batch->spec.user, cut);
}

/* ---- running them ---------------------------------------------------------------------------- */

static void stop(PbayBatch *batch, int32_t why)
{
    batch->stopping = true;
    for (size_t i = 0; i < batch->begun; i++)
        if (batch->parts[i].x != NULL)
            pbay_exchange_cancel(batch->parts[i].x, why);
}

static void keep_facts(PbayBatch *batch, const PbayExchange *x)
{
    batch->requests += pbay_exchange_requests(x);
    if (batch->failure != NULL)
        return;
    batch->status = pbay_exchange_status(x);
    g_free(batch->request_id);
    batch->request_id = g_strdup(pbay_exchange_request_id(x));
}

static void begin_parts(PbayBatch *batch);

static void part_done(void *user, const PbayFailure *failure)
{
    Part *part = user;
    PbayBatch *batch = part->batch;
    keep_facts(batch, part->x);
    part->x = NULL;
    batch->running--;
    if (failure != NULL && batch->failure == NULL) {
        batch->failure = pbay_failure_ref((PbayFailure *)failure);
        stop(batch, PB_CANCEL_CLIENT);
    }
    begin_parts(batch);
    if (batch->running != 0)
        return;
    if (batch->n_parts > 1)
        tell_usage(batch);
    batch->spec.events->done(batch->spec.user, batch->failure);
    batch_free(batch);
}

static const PbayExchangeEvents part_events = {.on_event = part_event,
                                               .on_note = part_note,
                                               .on_request = part_request,
                                               .on_reply_head = part_reply_head,
                                               .on_reply_bytes = part_reply_bytes,
                                               .on_reply_end = part_reply_end,
                                               .done = part_done};

/* The request with the part's share of the input. */
static GString *part_body(const PbayBatch *batch, const Part *part)
{
    g_autoptr(GString) input = g_string_new("[");
    for (size_t i = 0; i < part->count; i++) {
        if (i > 0)
            g_string_append_c(input, ',');
        pbay_str_append(input, g_array_index(batch->inputs, pb_str, part->first + i));
    }
    g_string_append_c(input, ']');
    GString *body = g_string_new(NULL);
    pbay_json_patch(body, batch->root, PBAY_STR("input"), pbay_str_of(input));
    return body;
}

static void begin_part(PbayBatch *batch, Part *part)
{
    PbayExchangeSpec spec = batch->spec;
    g_autoptr(GString) body = batch->n_parts > 1 ? part_body(batch, part) : NULL;
    if (body != NULL)
        spec.body = pbay_str_of(body);
    if (batch->total_ms != 0) {
        int64_t gone = pbay_loop_now(pbay_worker_loop(batch->worker)) - batch->started_ms;
        spec.timeouts.total = MAX(1, batch->total_ms - gone);
    }
    spec.events = &part_events;
    spec.user = part;
    batch->running++;
    part->x = pbay_exchange_start(batch->worker, &spec);
    if (batch->paused)
        pbay_exchange_pause(part->x, true);
}

static void begin_parts(PbayBatch *batch)
{
    size_t last = batch->spec.dry_run ? 1 : batch->n_parts;
    while (!batch->stopping && batch->begun < last && batch->running < batch->parallel) {
        Part *part = &batch->parts[batch->begun++];
        begin_part(batch, part);
    }
}

/* ---- making one ------------------------------------------------------------------------------ */

/* The inputs one by one. A list of numbers is a single input, already in tokens. */
static void find_inputs(PbayBatch *batch)
{
    const pb_json *input = pbay_json_get(batch->root, PBAY_STR("input"));
    if (pbay_json_type(input) != PB_JSON_ARRAY)
        return;
    int32_t first = pbay_json_type(pbay_json_first(input, NULL));
    if (first != PB_JSON_STRING && first != PB_JSON_ARRAY)
        return;
    for (const pb_json *one = pbay_json_first(input, NULL); one != NULL;
         one = pbay_json_next(one, NULL)) {
        pb_str text = pbay_json_text(one);
        g_array_append_val(batch->inputs, text);
    }
}

/* How many inputs a part takes; 0: the request goes as it is. */
static size_t read_inputs(PbayBatch *batch, const PbayExchangeSpec *spec)
{
    const PbayBatchRule *rule = pbay_batch_rule(spec->provider, spec->kind, spec->model);
    if (rule == NULL || spec->body.len == 0)
        return 0;
    batch->arena = pbay_arena_new(0);
    pbay_arena_set_wipe(batch->arena, spec->n_headers != 0);
    batch->inputs = g_array_new(FALSE, FALSE, sizeof(pb_str));
    batch->root = pbay_json_parse(batch->arena, spec->body, NULL, PBAY_JSON_COPY, NULL);
    if (batch->root != NULL)
        find_inputs(batch);
    batch->parallel = (size_t)rule->parallel;
    return batch->inputs->len > (size_t)rule->max ? (size_t)rule->max : 0;
}

/* Later parts begin when the caller's own copies are long gone. */
static void keep_spec(PbayBatch *batch, const PbayExchangeSpec *spec)
{
    pbay_provider_ref(spec->provider);
    if (spec->api_key != NULL)
        pbay_secret_ref(spec->api_key);
    batch->spec.body = (pb_str){NULL, 0};
    batch->spec.model = pbay_arena_copy(batch->arena, spec->model);
    PbayHttpHeader *headers =
        pbay_arena_alloc(batch->arena, spec->n_headers * sizeof(PbayHttpHeader));
    for (size_t i = 0; i < spec->n_headers; i++) {
        headers[i] = spec->headers[i];
        headers[i].name = pbay_arena_copy(batch->arena, spec->headers[i].name);
        headers[i].value = pbay_arena_copy(batch->arena, spec->headers[i].value);
    }
    batch->spec.headers = headers;
}

static void split(PbayBatch *batch, size_t max)
{
    size_t n = batch->inputs->len;
    batch->n_parts = (n + max - 1) / max;
    batch->parts = g_new0(Part, batch->n_parts);
    batch->notes = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (size_t i = 0; i < batch->n_parts; i++)
        batch->parts[i] = (Part){.batch = batch, .first = i * max, .count = MIN(max, n - i * max)};
}

size_t pbay_batch_count(const PbayExchangeSpec *spec)
{
    PbayBatch batch = {0};
    size_t max = read_inputs(&batch, spec);
    size_t count = max != 0 ? (batch.inputs->len + max - 1) / max : 1;
    g_clear_pointer(&batch.inputs, g_array_unref);
    g_clear_pointer(&batch.arena, pbay_arena_free);
    return count;
}

PbayBatch *pbay_batch_start(PbayWorker *worker, const PbayExchangeSpec *spec)
{
    PbayBatch *batch = g_new0(PbayBatch, 1);
    batch->worker = worker;
    batch->spec = *spec;
    batch->only.batch = batch;
    batch->parts = &batch->only;
    batch->n_parts = 1;
    batch->parallel = 1;
    batch->started_ms = pbay_loop_now(pbay_worker_loop(worker));
    size_t max = read_inputs(batch, spec);
    if (max != 0) {
        batch->total_ms =
            spec->timeouts.total != 0 ? spec->timeouts.total : spec->provider->timeouts.total;
        keep_spec(batch, spec);
        split(batch, max);
    }
    begin_parts(batch);
    return batch;
}

void pbay_batch_cancel(PbayBatch *batch, int32_t why)
{
    stop(batch, why);
}

void pbay_batch_pause(PbayBatch *batch, bool paused)
{
    batch->paused = paused;
    for (size_t i = 0; i < batch->begun; i++)
        if (batch->parts[i].x != NULL)
            pbay_exchange_pause(batch->parts[i].x, paused);
}

/* Where nothing was split: the exchange itself, while it lives. */
static const PbayExchange *only(const PbayBatch *batch)
{
    return batch->n_parts == 1 ? batch->parts[0].x : NULL;
}

int pbay_batch_status(const PbayBatch *batch)
{
    return only(batch) != NULL ? pbay_exchange_status(only(batch)) : batch->status;
}

const char *pbay_batch_request_id(const PbayBatch *batch)
{
    return only(batch) != NULL ? pbay_exchange_request_id(only(batch)) : batch->request_id;
}

unsigned pbay_batch_requests(const PbayBatch *batch)
{
    unsigned running = 0;
    for (size_t i = 0; i < batch->begun; i++)
        if (batch->parts[i].x != NULL)
            running += pbay_exchange_requests(batch->parts[i].x);
    return batch->requests + running;
}
