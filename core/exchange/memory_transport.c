/* SPDX-License-Identifier: Apache-2.0 */
/* Plays scripted replies into transfers and records requests. All events of a transfer that can
 * come come at the end of one turn. A callback may start, pause, abort or drain any transfer:
 * those that are over are freed when nothing plays them any more. */
#include "exchange/memory_transport.h"

#include "base/str.h"

#include <string.h>

typedef enum StepKind { STEP_HEAD, STEP_BYTES, STEP_END, STEP_FAIL } StepKind;

typedef struct Step {
    StepKind kind;
    GString *bytes;
    int32_t cls;
    bool sent;
} Step;

typedef struct Memory Memory;

struct PbayMemoryReply {
    Memory *memory;
    PbayTransfer *transfer; /* that took it, or NULL */
    int status;
    GPtrArray *names, *values; /* char * */
    GPtrArray *steps;          /* Step *, from `next` on still to play */
    guint next;
    size_t offset, delivered; /* within a BYTES step; of the body */
};

struct PbayTransfer {
    Memory *memory;
    PbayMemoryReply *reply;
    PbayMemoryRequest *record; /* or NULL */
    const PbayHttpEvents *events;
    void *user;
    bool paused, over, playing;
};

struct Memory {
    PbayTransport transport;
    PbayLoop *loop;
    GQueue replies;      /* PbayMemoryReply *, not yet taken */
    GPtrArray *requests; /* PbayMemoryRequest * */
    size_t started, alive;
    bool forgets;
    PbayMemoryAnswerFn answer;
    void *answer_user;
    PbayMemorySplitFn split;
    void *split_user;
};

static void step_free(gpointer data)
{
    Step *step = data;
    if (step->bytes != NULL)
        g_string_free(step->bytes, TRUE);
    g_free(step);
}

static PbayMemoryReply *reply_alloc(Memory *memory, int status)
{
    PbayMemoryReply *reply = g_new0(PbayMemoryReply, 1);
    reply->memory = memory;
    reply->names = g_ptr_array_new_with_free_func(g_free);
    reply->values = g_ptr_array_new_with_free_func(g_free);
    reply->steps = g_ptr_array_new_with_free_func(step_free);
    pbay_memory_reply_set_status(reply, status);
    return reply;
}

static void reply_free(gpointer data)
{
    PbayMemoryReply *reply = data;
    g_ptr_array_free(reply->names, TRUE);
    g_ptr_array_free(reply->values, TRUE);
    g_ptr_array_free(reply->steps, TRUE);
    g_free(reply);
}

static void record_free(gpointer data)
{
    PbayMemoryRequest *record = data;
    g_free(record->method);
    g_free(record->url);
    g_string_free(record->body, TRUE);
    g_ptr_array_free(record->headers, TRUE);
    g_free(record);
}

static void play(void *data);

static void play_soon(PbayTransfer *transfer)
{
    pbay_loop_at_turn_end(transfer->memory->loop, play, transfer);
}

static void add_step(PbayMemoryReply *reply, const Step *step)
{
    g_ptr_array_add(reply->steps, g_memdup2(step, sizeof *step));
    if (reply->transfer != NULL && !reply->transfer->playing)
        play_soon(reply->transfer);
}

void pbay_memory_reply_set_status(PbayMemoryReply *reply, int status)
{
    bool had_head = reply->status != 0;
    reply->status = status;
    if (status != 0 && !had_head)
        add_step(reply, &(Step){.kind = STEP_HEAD});
}

PbayMemoryReply *pbay_memory_reply_new(PbayTransport *transport, int status)
{
    Memory *memory = (Memory *)transport;
    PbayMemoryReply *reply = reply_alloc(memory, status);
    g_queue_push_tail(&memory->replies, reply);
    return reply;
}

void pbay_memory_reply_header(PbayMemoryReply *reply, const char *name, const char *value)
{
    g_ptr_array_add(reply->names, g_ascii_strdown(name, -1));
    g_ptr_array_add(reply->values, g_strdup(value));
}

void pbay_memory_reply_bytes(PbayMemoryReply *reply, pb_str bytes)
{
    GString *copy = g_string_new_len(bytes.ptr, (gssize)bytes.len);
    add_step(reply, &(Step){.kind = STEP_BYTES, .bytes = copy});
}

void pbay_memory_reply_text(PbayMemoryReply *reply, const char *text)
{
    pbay_memory_reply_bytes(reply, pbay_str(text));
}

void pbay_memory_reply_end(PbayMemoryReply *reply)
{
    add_step(reply, &(Step){.kind = STEP_END});
}

void pbay_memory_reply_fail(PbayMemoryReply *reply, int32_t cls, bool sent)
{
    add_step(reply, &(Step){.kind = STEP_FAIL, .cls = cls, .sent = sent});
}

static PbayMemoryRequest *record_of(const PbayHttpRequest *request)
{
    PbayMemoryRequest *record = g_new0(PbayMemoryRequest, 1);
    record->method = pbay_str_dup(request->method);
    record->url = pbay_str_dup(request->url);
    record->body = g_string_new_len(request->body.ptr, (gssize)request->body.len);
    record->headers = g_ptr_array_new_with_free_func(g_free);
    for (size_t i = 0; i < request->n_headers; i++) {
        const PbayHttpHeader *header = &request->headers[i];
        g_autoptr(GString) line = g_string_new(NULL);
        pbay_str_append(line, header->name);
        g_string_append(line, ": ");
        pbay_str_append(line, header->value);
        g_ptr_array_add(record->headers, g_strdup(line->str));
    }
    record->foreign = request->foreign;
    record->detached = request->detached;
    record->connect_ms = request->connect_ms;
    record->first_byte_ms = request->first_byte_ms;
    record->idle_ms = request->idle_ms;
    record->total_ms = request->total_ms;
    record->max_body = request->max_body;
    return record;
}

static PbayMemoryReply *next_reply(Memory *memory, const PbayHttpRequest *request)
{
    PbayMemoryReply *reply = g_queue_pop_head(&memory->replies);
    if (reply != NULL)
        return reply;
    reply = reply_alloc(memory, 0);
    if (memory->answer != NULL)
        memory->answer(memory->answer_user, memory->started, request, reply);
    else
        pbay_memory_reply_fail(reply, PB_ERR_INTERNAL, false);
    return reply;
}

static PbayTransfer *memory_start(PbayTransport *transport, const PbayHttpRequest *request,
                                  const PbayHttpEvents *events, void *user)
{
    Memory *memory = (Memory *)transport;
    PbayTransfer *transfer = g_new0(PbayTransfer, 1);
    transfer->memory = memory;
    transfer->events = events;
    transfer->user = user;
    if (!memory->forgets) {
        transfer->record = record_of(request);
        g_ptr_array_add(memory->requests, transfer->record);
    }
    transfer->reply = next_reply(memory, request);
    transfer->reply->transfer = transfer;
    memory->started++;
    memory->alive++;
    play_soon(transfer);
    return transfer;
}

static void transfer_free(PbayTransfer *transfer)
{
    pbay_loop_not_at_turn_end(transfer->memory->loop, play, transfer);
    reply_free(transfer->reply);
    g_free(transfer);
}

static void close_transfer(PbayTransfer *transfer)
{
    transfer->over = true;
    transfer->memory->alive--;
    if (!transfer->playing)
        transfer_free(transfer);
}

static void memory_pause(PbayTransfer *transfer, bool paused)
{
    transfer->paused = paused;
    if (!paused && !transfer->playing)
        play_soon(transfer);
}

static void memory_abort(PbayTransfer *transfer)
{
    if (transfer->record != NULL)
        transfer->record->aborted = true;
    close_transfer(transfer);
}

static void memory_drain(PbayTransfer *transfer)
{
    if (transfer->record != NULL)
        transfer->record->drained = true;
    close_transfer(transfer);
}

static void play_head(PbayTransfer *transfer)
{
    PbayMemoryReply *reply = transfer->reply;
    guint n = reply->names->len;
    g_autofree PbayHttpHeader *headers = g_new0(PbayHttpHeader, n + 1);
    for (guint i = 0; i < n; i++) {
        headers[i].name = pbay_str(reply->names->pdata[i]);
        headers[i].value = pbay_str(reply->values->pdata[i]);
    }
    transfer->events->on_head(transfer->user, reply->status, headers, n);
}

/* One piece of the step; true when the step is over. */
static bool play_bytes(PbayTransfer *transfer, const Step *step)
{
    Memory *memory = transfer->memory;
    PbayMemoryReply *reply = transfer->reply;
    size_t left = step->bytes->len - reply->offset;
    if (left == 0)
        return true;
    size_t take = memory->split != NULL ? memory->split(memory->split_user, left) : left;
    take = CLAMP(take, 1, left);
    /* Exactly these bytes, so that a sanitizer sees whoever reads past them. */
    g_autofree char *piece = g_memdup2(step->bytes->str + reply->offset, take);
    reply->offset += take;
    reply->delivered += take;
    transfer->events->on_bytes(transfer->user, (pb_str){piece, take});
    return reply->offset == step->bytes->len;
}

static void play_last(PbayTransfer *transfer, const Step *step)
{
    if (transfer->record != NULL)
        transfer->record->finished = true;
    transfer->over = true;
    transfer->memory->alive--;
    if (step->kind == STEP_END) {
        transfer->events->on_end(transfer->user);
        return;
    }
    PbayFailure *failure = pbay_failure_new(
        step->cls,
        "the scripted reply failed (%s) after %zu bytes of its body; a script without one "
        "for this request fails too",
        pbay_error_class(step->cls)->name, transfer->reply->delivered);
    transfer->events->on_failed(transfer->user, failure, step->sent);
}

static void play_step(PbayTransfer *transfer)
{
    PbayMemoryReply *reply = transfer->reply;
    const Step *step = reply->steps->pdata[reply->next];
    bool finished = true;
    if (step->kind == STEP_HEAD)
        play_head(transfer);
    else if (step->kind == STEP_BYTES)
        finished = play_bytes(transfer, step);
    else
        play_last(transfer, step);
    if (finished) {
        reply->next++;
        reply->offset = 0;
    }
}

static void play(void *data)
{
    PbayTransfer *transfer = data;
    transfer->playing = true;
    while (!transfer->over && !transfer->paused &&
           transfer->reply->next < transfer->reply->steps->len)
        play_step(transfer);
    transfer->playing = false;
    if (transfer->over)
        transfer_free(transfer);
}

static void memory_free(PbayTransport *transport)
{
    Memory *memory = (Memory *)transport;
    g_queue_clear_full(&memory->replies, reply_free);
    g_ptr_array_free(memory->requests, TRUE);
    g_free(memory);
}

PbayTransport *pbay_memory_transport_new(PbayLoop *loop)
{
    Memory *memory = g_new0(Memory, 1);
    memory->transport = (PbayTransport){.start = memory_start,
                                        .pause = memory_pause,
                                        .abort = memory_abort,
                                        .drain = memory_drain,
                                        .free = memory_free};
    memory->loop = loop;
    memory->requests = g_ptr_array_new_with_free_func(record_free);
    g_queue_init(&memory->replies);
    return &memory->transport;
}

void pbay_memory_transport_answer(PbayTransport *transport, PbayMemoryAnswerFn fn, void *user)
{
    Memory *memory = (Memory *)transport;
    memory->answer = fn;
    memory->answer_user = user;
}

void pbay_memory_transport_split(PbayTransport *transport, PbayMemorySplitFn fn, void *user)
{
    Memory *memory = (Memory *)transport;
    memory->split = fn;
    memory->split_user = user;
}

void pbay_memory_transport_record(PbayTransport *transport, bool on)
{
    ((Memory *)transport)->forgets = !on;
}

size_t pbay_memory_transport_requests(const PbayTransport *transport)
{
    return ((const Memory *)transport)->started;
}

const PbayMemoryRequest *pbay_memory_transport_request(const PbayTransport *transport, size_t i)
{
    const Memory *memory = (const Memory *)transport;
    g_return_val_if_fail(i < memory->requests->len, NULL);
    return memory->requests->pdata[i];
}

const char *pbay_memory_request_header(const PbayMemoryRequest *request, const char *name)
{
    size_t n = strlen(name);
    for (guint i = 0; i < request->headers->len; i++) {
        const char *line = request->headers->pdata[i];
        if (strncmp(line, name, n) == 0 && line[n] == ':')
            return line + n + 2;
    }
    return NULL;
}

size_t pbay_memory_transport_alive(const PbayTransport *transport)
{
    return ((const Memory *)transport)->alive;
}
