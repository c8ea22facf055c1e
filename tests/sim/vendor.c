/* SPDX-License-Identifier: Apache-2.0 */
/* Vendors by script: each request is given a fate as it comes, drawn from the troubles of its
 * target at that moment, and is played piece by piece on the loop's timers. Every piece names
 * the request it belongs to, so that a mixture of two answers would show. */
#include "sim/sim.h"

#include "base/str.h"

#include <stdlib.h>
#include <string.h>

bool sim_request_alive(const SimRequest *request)
{
    const PbayMemoryRequest *record = request->record;
    return !record->finished && !record->aborted && !record->drained;
}

static int64_t draw(Sim *sim, int64_t below)
{
    return below > 0 ? g_rand_int_range(sim->chance, 0, (gint32)below) : 0;
}

/* ---- The fate ---- */

static const SimTrouble *trouble_of(const SimRequest *request)
{
    Sim *sim = request->sim;
    const SimVendor *vendor = sim_vendor(sim, request->vendor);
    for (size_t i = 0; i < SIM_TROUBLES; i++) {
        const SimTrouble *trouble = &vendor->troubles[i];
        bool turn = trouble->nth == 0 || sim->asked[request->vendor] % trouble->nth == 0;
        bool now = trouble->permille > 0 && turn && request->at >= trouble->from &&
                   (trouble->until == 0 || request->at < trouble->until) &&
                   (trouble->key == 0 || trouble->key == request->key);
        if (now && draw(sim, 1000) < trouble->permille)
            return trouble;
    }
    return NULL;
}

static void count_tokens(SimRequest *request)
{
    Sim *sim = request->sim;
    const SimVendor *vendor = sim_vendor(sim, request->vendor);
    if (vendor->usage == SIM_USAGE_FIXED) {
        request->in = vendor->in;
        request->out = vendor->out;
        return;
    }
    request->in = 1 + draw(sim, 3000);
    request->out = 1 + draw(sim, 900);
    request->cached = draw(sim, request->in + 1);
    request->write = draw(sim, request->in - request->cached + 1);
    request->reasoning = draw(sim, request->out + 1);
}

/* ---- Playing it ---- */

static void say_usage(SimRequest *request)
{
    if (sim_vendor(request->sim, request->vendor)->usage == SIM_USAGE_NONE)
        return;
    g_autofree char *line = g_strdup_printf(
        "usage %" G_GINT64_FORMAT " %" G_GINT64_FORMAT " %" G_GINT64_FORMAT " %" G_GINT64_FORMAT
        " %" G_GINT64_FORMAT "\n",
        request->in, request->out, request->cached, request->write, request->reasoning);
    pbay_memory_reply_text(request->reply, line);
    request->told = true;
}

static void say_piece(SimRequest *request)
{
    g_autofree char *line =
        g_strdup_printf("text ~%zu.%u/%u~\n", request->n, request->said, request->pieces);
    pbay_memory_reply_text(request->reply, line);
    request->said++;
}

static void end(SimRequest *request)
{
    request->ended = sim_now(request->sim);
    request->reply = NULL;
}

static void end_well(SimRequest *request)
{
    say_usage(request);
    pbay_memory_reply_text(request->reply, "finish stop\n");
    pbay_memory_reply_end(request->reply);
    end(request);
}

static void end_in_status(SimRequest *request)
{
    pbay_memory_reply_set_status(request->reply, request->status);
    if (request->hint_ms > 0) {
        g_autofree char *hint = g_strdup_printf("%" G_GINT64_FORMAT, request->hint_ms);
        pbay_memory_reply_header(request->reply, "retry-after-ms", hint);
    }
    pbay_memory_reply_text(request->reply, "{}");
    pbay_memory_reply_end(request->reply);
    end(request);
}

static void end_in_failure(SimRequest *request, bool sent)
{
    pbay_memory_reply_fail(request->reply, PB_ERR_UPSTREAM, sent);
    end(request);
}

static void end_in_frame(SimRequest *request, const char *frame)
{
    pbay_memory_reply_text(request->reply, frame);
    pbay_memory_reply_end(request->reply);
    end(request);
}

/* The part before any content; true: there is more to come. */
static bool play_head(SimRequest *request)
{
    if (request->fault == SIM_STATUS) {
        end_in_status(request);
        return false;
    }
    if (request->fault == SIM_REFUSED) {
        end_in_failure(request, false);
        return false;
    }
    pbay_memory_reply_set_status(request->reply, 200);
    if (request->fault == SIM_FRAME)
        end_in_frame(request, "text \nextra null\noverloaded\n");
    else if (request->fault == SIM_POLICY)
        end_in_frame(request, "refused\n");
    else if (request->fault == SIM_MALFORMED)
        end_in_frame(request, "vector 0\n");
    else if (request->fault == SIM_CUT)
        end_in_failure(request, true);
    return request->fault == SIM_GOOD || request->fault >= SIM_STALL_LATE;
}

/* Some vendors count before they fail. */
static void go_wrong(SimRequest *request)
{
    if (request->n % 2 == 0)
        say_usage(request);
    if (request->fault == SIM_FRAME_LATE)
        end_in_frame(request, "defect\n");
    else if (request->fault == SIM_CUT_LATE)
        end_in_failure(request, true);
}

static void play(void *data);

static void wait_for(SimRequest *request, int64_t ms)
{
    pbay_loop_timer_start(request->sim->loop, &request->timer, ms, play, request);
}

/* One piece of a stream, all of an answer in one. */
static void play(void *data)
{
    SimRequest *request = data;
    const SimVendor *vendor = sim_vendor(request->sim, request->vendor);
    if (!sim_request_alive(request) || (request->said == 0 && !play_head(request)))
        return;
    bool late = request->fault != SIM_GOOD;
    unsigned last = late ? MAX(1, request->pieces / 2) : request->pieces;
    do {
        say_piece(request);
    } while (!request->stream && request->said < last);
    if (request->said < last)
        wait_for(request, vendor->gap_ms);
    else if (late)
        go_wrong(request);
    else
        end_well(request);
}

/* ---- The start ---- */

static const char *header_of(const SimRequest *request, const char *name)
{
    const char *value = pbay_memory_request_header(request->record, name);
    g_assert_nonnull(value);
    return value;
}

/* Who is asked, by whom: "Bearer canary-key-a-1" and the model. */
static void read_head(SimRequest *request)
{
    const char *bearer = header_of(request, "authorization");
    size_t len = strlen(bearer);
    g_autofree char *target =
        g_strdup_printf("%c/%s", bearer[len - 3], header_of(request, "x-model"));
    request->key = bearer[len - 1];
    request->stream = g_str_equal(header_of(request, "x-stream"), "1");
    request->call = (unsigned)strtoul(header_of(request, "x-call"), NULL, 10);
    request->vendor = sim_vendor_of(request->sim, target);
    g_assert_cmpint(request->vendor, >=, 0);
}

static void note_call(SimRequest *request)
{
    Sim *sim = request->sim;
    SimCall *call = sim_call_at(sim, request->call);
    char provider = sim_vendor(sim, request->vendor)->name[0];
    for (unsigned i = 0; i < call->n_asked; i++) {
        const SimRequest *before = sim_request(sim, call->asked[i]);
        if (sim_vendor(sim, before->vendor)->name[0] == provider)
            request->again = true;
    }
    g_assert_cmpuint(call->n_asked, <, SIM_ASKED);
    g_assert_cmpuint(call->done, ==, 0);
    call->asked[call->n_asked++] = request->n;
}

static void begin(SimRequest *request)
{
    request->sim->asked[request->vendor]++;
    const SimVendor *vendor = sim_vendor(request->sim, request->vendor);
    const SimTrouble *trouble = trouble_of(request);
    int64_t first = vendor->first_ms + draw(request->sim, vendor->spread_ms + 1);
    request->pieces = vendor->pieces != 0 ? vendor->pieces : 3;
    count_tokens(request);
    if (trouble != NULL) {
        request->fault = trouble->fault;
        request->status = trouble->status;
        request->hint_ms = trouble->hint_ms;
        first += trouble->slow_ms;
    }
    if (request->fault == SIM_STALL)
        pbay_memory_reply_set_status(request->reply, 200);
    if (request->fault == SIM_STALL || request->fault == SIM_SILENT)
        return;
    wait_for(request, request->stream ? first : first + vendor->gap_ms * (request->pieces - 1));
}

void sim_answer(void *data, size_t n, const PbayHttpRequest *http, PbayMemoryReply *reply)
{
    Sim *sim = data;
    SimRequest *request = g_new0(SimRequest, 1);
    (void)http;
    request->sim = sim;
    request->n = n;
    request->at = sim_now(sim);
    request->ended = -1;
    request->reply = reply;
    request->record = pbay_memory_transport_request(sim->transport, n);
    g_assert_cmpuint(sim->requests->len, ==, n);
    g_ptr_array_add(sim->requests, request);
    read_head(request);
    note_call(request);
    g_ptr_array_add(sim->alive[request->vendor], request);
    if (sim->on_request != NULL)
        sim->on_request(sim, request);
    begin(request);
}
