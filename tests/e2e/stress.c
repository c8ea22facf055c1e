/* SPDX-License-Identifier: Apache-2.0 */
/* Two hundred streams at once on one worker, for PBAY_STRESS_SECONDS (20), against a vendor that
 * answers well, slowly, badly or not at all, while the program pauses, resumes, stops and
 * cancels at random moments (PBAY_STRESS_SEED repeats a run's choices). Each call ends once and
 * as it should, none gets stuck, pieces come in order, and memory stays. A shorter run does the
 * same inside the program's own loop. */
#include "e2e/forked_stub.h"

#include <patchbay/patchbay.h>
#include <poll.h>
#include <pthread.h>
#include <string.h>

#define SLOTS       200u
#define PATIENCE_US (60 * G_USEC_PER_SEC) /* that a call may take before it counts as stuck */
#define GROWTH      ((size_t)8 << 20)
#define WELL        0

/* What the vendor does, by the model's name, and what a call comes to that nobody touches. */
typedef struct Scenario {
    const char *model;
    int cls, or_cls;    /* PATCHBAY_ERR_*, or WELL */
    unsigned pieces;    /* of a good answer; 0: not counted */
    int64_t timeout_ms; /* of the call, 0: none */
} Scenario;

static const Scenario scenarios[] = {
    {"acme/good", WELL, WELL, 5, 0},
    {"acme/long", WELL, WELL, 300, 0},
    {"acme/slow", WELL, WELL, 8, 0},
    {"acme/bytes", WELL, WELL, 1, 0},
    {"eliza/doctor", WELL, WELL, 0, 0},
    {"acme/cut", PATCHBAY_ERR_UPSTREAM, PATCHBAY_ERR_PROTOCOL, 0, 0},
    {"acme/reset", PATCHBAY_ERR_UPSTREAM, PATCHBAY_ERR_PROTOCOL, 0, 0},
    {"acme/stall", PATCHBAY_ERR_TIMEOUT, PATCHBAY_ERR_TIMEOUT, 0, 150},
    {"acme/limited", PATCHBAY_ERR_RATE_LIMIT, PATCHBAY_ERR_RATE_LIMIT, 0, 0},
    {"acme/late-error", PATCHBAY_ERR_OVERLOADED, PATCHBAY_ERR_UPSTREAM, 0, 0},
};

/* ---- The vendor ---- */

static void send_piece(StubScript *script, unsigned n)
{
    g_autofree char *text = g_strdup_printf(
        "data: {\"id\":\"c\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"#%u\"}}]}\n\n", n);

    stub_script_text(script, text);
}

static const char last_piece[] = "data: {\"id\":\"c\",\"choices\":[{\"index\":0,\"delta\":{},"
                                 "\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n";

/* Byte by byte, now and then with a pause. */
static void send_bytes(StubScript *script)
{
    static const char piece[] =
        "data: {\"id\":\"c\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"#0\"}}]}\n\n";

    for (size_t i = 0; i < strlen(piece); i++) {
        stub_script_bytes(script, piece + i, 1);
        if (i % 16 == 0)
            stub_script_wait(script, 1);
    }
}

static StubScript *vendor(void *user, const StubRequest *request)
{
    const char *body = request->body->str;
    StubScript *script;

    (void)user;
    if (strstr(body, "\"limited\"") != NULL)
        return stub_json(429, "{\"error\":{\"message\":\"too fast\",\"code\":\"rate_limit\"}}");
    script = stub_script_new(200, "text/event-stream");
    if (strstr(body, "\"bytes\"") != NULL) {
        send_bytes(script);
        stub_script_text(script, last_piece);
        return script;
    }
    for (unsigned i = 0; i < (strstr(body, "\"long\"") != NULL   ? 300u
                              : strstr(body, "\"slow\"") != NULL ? 8u
                                                                 : 5u);
         i++) {
        send_piece(script, i);
        if (strstr(body, "\"slow\"") != NULL)
            stub_script_wait(script, 3);
    }
    if (strstr(body, "\"cut\"") != NULL)
        stub_script_cut(script);
    else if (strstr(body, "\"reset\"") != NULL)
        stub_script_reset(script);
    else if (strstr(body, "\"stall\"") != NULL)
        stub_script_stall(script);
    else if (strstr(body, "\"late-error\"") != NULL)
        stub_script_text(script, "data: {\"error\":{\"message\":\"overloaded\",\"type\":"
                                 "\"server_error\",\"code\":503}}\n\n");
    else
        stub_script_text(script, last_piece);
    return script;
}

/* ---- The program ---- */

typedef struct Run Run;

typedef struct Slot {
    Run *run;
    const Scenario *scenario;
    patchbay_call *call; /* or NULL: idle */
    int64_t since_us;
    unsigned pieces, dones;
    bool paused, touched; /* touched: somebody stopped or cancelled it */
    bool ended;
} Slot;

struct Run {
    patchbay *pb;
    bool embed;
    pthread_mutex_t lock; /* of all below and the slots */
    GRand *choice;
    Slot slots[SLOTS];
    unsigned long submitted, ended, well, cancelled;
};

static bool one_in(Run *run, int n)
{
    return g_rand_int_range(run->choice, 0, n) == 0;
}

/* The pieces of one answer come in order, none twice, none left out. */
static void check_order(Slot *slot, const char *chunk)
{
    const char *content = strstr(chunk, "\"content\":\"#");

    if (content == NULL)
        return;
    g_assert_cmpuint((unsigned)g_ascii_strtoull(content + 12, NULL, 10), ==, slot->pieces);
    slot->pieces++;
}

static int on_chunk(void *user, patchbay_call *call, const char *chunk, size_t len)
{
    Slot *slot = user;
    Run *run = slot->run;
    int next = PATCHBAY_GO_ON;

    (void)len;
    pthread_mutex_lock(&run->lock);
    g_assert_cmpuint(slot->dones, ==, 0);
    check_order(slot, chunk);
    if (one_in(run, 40)) {
        slot->paused = true;
        next = PATCHBAY_PAUSE;
    } else if (one_in(run, 100)) {
        slot->touched = true;
        next = PATCHBAY_STOP;
    } else if (one_in(run, 100)) {
        slot->touched = true;
        patchbay_call_cancel(call);
    }
    pthread_mutex_unlock(&run->lock);
    return next;
}

static void check_end(const Slot *slot, const patchbay_result *result)
{
    const patchbay_error *error = patchbay_result_error(result);
    int cls = error != NULL ? patchbay_error_class(error) : WELL;

    if (cls == WELL && slot->scenario->pieces != 0)
        g_assert_cmpuint(slot->pieces, ==, slot->scenario->pieces);
    if (cls == slot->scenario->cls || cls == slot->scenario->or_cls ||
        (slot->touched && cls == PATCHBAY_ERR_CANCELLED))
        return;
    g_error("%s ended as %s: %s", slot->scenario->model,
            error != NULL ? patchbay_error_class_name(error) : "success",
            error != NULL ? patchbay_error_message(error) : "");
}

static void on_done(void *user, patchbay_call *call, const patchbay_result *result)
{
    Slot *slot = user;
    Run *run = slot->run;
    const patchbay_error *error = patchbay_result_error(result);

    (void)call;
    pthread_mutex_lock(&run->lock);
    g_assert_cmpuint(++slot->dones, ==, 1);
    check_end(slot, result);
    run->ended++;
    run->well += error == NULL;
    run->cancelled += error != NULL && patchbay_error_class(error) == PATCHBAY_ERR_CANCELLED;
    slot->ended = true;
    pthread_mutex_unlock(&run->lock);
}

/* With the lock; submit takes none of ours, and done comes later. */
static void submit(Run *run, Slot *slot)
{
    patchbay_request *request = patchbay_request_new(
        "chat", "{\"stream\":true,\"messages\":[{\"role\":\"user\",\"content\":\"I am sad.\"}]}");
    int which = g_rand_int_range(run->choice, 0, (gint32)G_N_ELEMENTS(scenarios));

    *slot = (Slot){.run = run, .scenario = &scenarios[which], .since_us = g_get_monotonic_time()};
    patchbay_request_model(request, slot->scenario->model);
    patchbay_request_timeout_ms(request, slot->scenario->timeout_ms);
    slot->call = patchbay_submit(run->pb, request, on_chunk, on_done, slot, NULL);
    g_assert_nonnull(slot->call);
    run->submitted++;
    patchbay_request_free(request);
}

/* Resumes, or cancels, one that is paused; cancels one that is not, now and then. */
static void meddle(Run *run, Slot *slot)
{
    if (slot->paused && one_in(run, 3)) {
        slot->paused = false;
        slot->touched = slot->touched || one_in(run, 10);
        if (slot->touched)
            patchbay_call_cancel(slot->call);
        else
            patchbay_call_resume(slot->call);
    } else if (one_in(run, 200)) {
        slot->touched = true;
        patchbay_call_cancel(slot->call);
    }
}

/* Looks at every slot once; the number of those under way. */
static unsigned tend(Run *run, bool more)
{
    unsigned live = 0;
    int64_t now = g_get_monotonic_time();

    pthread_mutex_lock(&run->lock);
    for (unsigned i = 0; i < SLOTS; i++) {
        Slot *slot = &run->slots[i];

        if (slot->ended) {
            patchbay_call_free(slot->call);
            *slot = (Slot){.run = run};
        }
        if (slot->call == NULL && more)
            submit(run, slot);
        else if (slot->call != NULL)
            meddle(run, slot);
        live += slot->call != NULL;
        if (slot->call != NULL && now - slot->since_us > PATIENCE_US)
            g_error("stuck: %s (%u pieces, paused %d, touched %d)", slot->scenario->model,
                    slot->pieces, slot->paused, slot->touched);
    }
    pthread_mutex_unlock(&run->lock);
    return live;
}

/* A few ms: of sleep, or of the loop. */
static void let_run(Run *run)
{
    struct pollfd fd = {.fd = patchbay_fd(run->pb), .events = POLLIN};
    int64_t until = g_get_monotonic_time() + 4000;

    do {
        g_assert_cmpint(poll(&fd, run->embed ? 1 : 0, 2), >=, 0);
        if (run->embed)
            g_assert_cmpint(patchbay_dispatch(run->pb), >=, 0);
    } while (g_get_monotonic_time() < until);
}

static patchbay *open_core(int port, bool embed)
{
    patchbay_opts *opts = patchbay_opts_new();
    g_autofree char *drivers = g_build_filename(g_getenv("PBAY_BUILD_DIR"), "drivers", NULL);
    g_autofree char *url = g_strdup_printf("http://127.0.0.1:%d/v1", port);
    patchbay *pb;

    patchbay_opts_conf_only(opts, "/dev/null");
    patchbay_opts_driver_dir(opts, drivers);
    patchbay_opts_embed(opts, embed);
    patchbay_opts_log(opts, 9, 0);
    g_assert_cmpint(patchbay_set(opts, "provider.acme.driver", "openai"), ==, 0);
    g_assert_cmpint(patchbay_set(opts, "provider.acme.base-url", url), ==, 0);
    g_assert_cmpint(patchbay_set(opts, "provider.acme.api-key", "sk-stress-123456"), ==, 0);
    pb = patchbay_open(opts, NULL);
    g_assert_nonnull(pb);
    patchbay_opts_free(opts);
    return pb;
}

static int server_port;

static void stress(bool embed, double seconds)
{
    const char *seed_text = g_getenv("PBAY_STRESS_SEED");
    guint32 seed = seed_text != NULL ? (guint32)g_ascii_strtoull(seed_text, NULL, 10) : 20260;
    Run *run = g_new0(Run, 1);
    int64_t start = g_get_monotonic_time();
    int64_t length = (int64_t)(seconds * G_USEC_PER_SEC);
    size_t first = 0, last;

    pthread_mutex_init(&run->lock, NULL);
    run->choice = g_rand_new_with_seed(seed);
    run->embed = embed;
    run->pb = open_core(server_port, embed);
    while (g_get_monotonic_time() < start + length) {
        tend(run, true);
        let_run(run);
        if (first == 0 && g_get_monotonic_time() > start + length / 4)
            first = resident_bytes();
    }
    while (tend(run, false) != 0)
        let_run(run);
    last = resident_bytes();
    g_test_message("seed %u: %lu calls, %lu well, %lu cancelled; %zu KiB resident after a "
                   "quarter, %zu KiB at the end",
                   seed, run->submitted, run->well, run->cancelled, first >> 10, last >> 10);
    g_assert_cmpuint(run->submitted, ==, run->ended);
    g_assert_cmpuint(run->well, >, 0);
    g_assert_cmpuint(run->cancelled, >, 0);
    if (embed)
        g_assert_cmpint(patchbay_dispatch(run->pb), ==, 0);
    if (!RESIDENT_MEANS_LITTLE)
        g_assert_cmpuint(last, <=, first + GROWTH);
    patchbay_close(run->pb);
    g_rand_free(run->choice);
    pthread_mutex_destroy(&run->lock);
    g_free(run);
}

static double seconds(void)
{
    const char *text = g_getenv("PBAY_STRESS_SECONDS");
    return text != NULL ? g_ascii_strtod(text, NULL) : 20;
}

static void test_worker(void)
{
    stress(false, seconds());
}

static void test_embedded(void)
{
    stress(true, MIN(seconds() / 4, 10));
}

int main(int argc, char **argv)
{
    ForkedStub stub = forked_stub_start(vendor);
    int code;

    server_port = stub.port;
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/e2e/stress/worker", test_worker);
    g_test_add_func("/e2e/stress/embedded", test_embedded);
    code = g_test_run();
    forked_stub_stop(&stub);
    return code;
}
