/* SPDX-License-Identifier: Apache-2.0 */
/* Limits as the vendors would count: no minute, wherever it begins, holds more requests or
 * tokens than may be, and no moment more requests at a time; with queues and without. And what
 * may be used is. */
#include "sim/sim.h"

#define MINUTE 60000

typedef struct Bounds {
    int vendors[2]; /* counted together; -1: none */
    unsigned rpm, parallel;
    int64_t tpm;
    unsigned queue;
} Bounds;

static bool counts(const Bounds *bounds, const SimRequest *request)
{
    return request->vendor == bounds->vendors[0] || request->vendor == bounds->vendors[1];
}

/* What it was taken for at that moment: the estimate, until the vendor's own count is known. */
static int64_t tokens_at(const SimRequest *request, int64_t now)
{
    const SimCall *call = sim_call_at(request->sim, request->call);
    bool known = request->told && request->ended >= 0 && request->ended < now;
    return known ? request->in + request->out : call->tag;
}

/* The minute that ends with this request, from just after the one before. */
static void check_minute(const Sim *sim, const Bounds *bounds, const SimRequest *last)
{
    unsigned requests = 0;
    int64_t tokens = 0, own = tokens_at(last, last->at);
    for (size_t i = last->n + 1; i > 0; i--) {
        const SimRequest *request = sim_request(sim, i - 1);
        if (request->at <= last->at - MINUTE)
            break;
        if (!counts(bounds, request))
            continue;
        requests++;
        tokens += tokens_at(request, last->at);
    }
    if (bounds->rpm != 0)
        g_assert_cmpuint(requests, <=, bounds->rpm);
    if (bounds->tpm != 0)
        g_assert_cmpint(tokens, <=, MAX(own, bounds->tpm));
}

/* Whenever a call ends, with or without an answer. */
static void check_waiting(Sim *sim, SimCall *ended)
{
    const Bounds *bounds = sim->user;
    unsigned waiting = 0;
    (void)ended;
    for (guint i = 0; i < sim->calls->len && bounds->queue != 0; i++) {
        const SimCall *call = sim_call_at(sim, i);
        waiting += call->done == 0 && call->n_asked == 0 && call->began < sim_now(sim);
    }
    g_assert_cmpuint(waiting, <=, bounds->queue);
}

/* As each request starts. */
static void check_moment(Sim *sim, SimRequest *request)
{
    const Bounds *bounds = sim->user;
    unsigned alive = 0;
    for (int i = 0; i < 2; i++)
        alive += bounds->vendors[i] >= 0 ? sim_alive(sim, bounds->vendors[i]) : 0;
    if (bounds->parallel != 0 && counts(bounds, request))
        g_assert_cmpuint(alive, <=, bounds->parallel);
}

static void check(const Sim *sim, const Bounds *bounds)
{
    for (guint i = 0; i < sim->requests->len; i++)
        if (counts(bounds, sim_request(sim, i)))
            check_minute(sim, bounds, sim_request(sim, i));
}

/* Requests of known size: the estimate is the call's tag. */
static char *write_request(SimCall *call, void *user)
{
    int64_t bytes = 100 + (int64_t)(sim_chance(call->sim) * 900);
    int64_t out = 10 + (int64_t)(sim_chance(call->sim) * 200);
    g_autofree char *content = g_strnfill((gsize)bytes, 'x');
    g_autofree char *more = g_strdup_printf(",\"max_tokens\":%" G_GINT64_FORMAT, out);
    (void)user;
    call->tag = (int)((bytes + 3) / 4 + 4 + out);
    return sim_ask(call, content, more);
}

static Sim *run(const SimSetup *setup, const Bounds *bounds, unsigned calls, double per_second)
{
    Sim *sim = sim_new(setup);
    sim->on_request = check_moment;
    sim->on_done = check_waiting;
    sim->user = (void *)bounds;
    sim_run(sim, &(SimLoad){.model = "m",
                            .calls = calls,
                            .per_second = per_second,
                            .stream_percent = 50,
                            .write = write_request});
    check(sim, bounds);
    return sim;
}

/* ---- Without a queue ---- */

#define PAIR                                                                                       \
    {                                                                                              \
        {.name = "a/one", .first_ms = 500, .spread_ms = 2000, .gap_ms = 500},                      \
            {.name = "b/two", .first_ms = 200, .gap_ms = 100},                                     \
    }

/* Over its limit the first is passed over; it still gets what it may. */
static void test_rpm(void)
{
    static const Bounds bounds = {.vendors = {0, -1}, .rpm = 60};
    const SimSetup setup = {.vendors = PAIR,
                            .conf = "[model m]\ntargets = a/one;b/two\n[limits a/one]\nrpm = 60\n"};
    Sim *sim = run(&setup, &bounds, 3000, 10);
    g_assert_cmpuint(sim_count_failed_calls(sim), ==, 0);
    SIM_BETWEEN(sim_count(sim, 0, 0, G_MAXINT64), 60 * 9 / 2, 60 * 11 / 2); /* of five minutes */
    sim_free(sim);
}

static void test_parallel(void)
{
    static const Bounds bounds = {.vendors = {0, -1}, .parallel = 7};
    const SimSetup setup = {.vendors = PAIR,
                            .conf =
                                "[model m]\ntargets = a/one;b/two\n[limits a/one]\nparallel = 7\n"};
    Sim *sim = run(&setup, &bounds, 3000, 10);
    g_assert_cmpuint(sim_count_failed_calls(sim), ==, 0);
    /* 2.5 s each: 7 at a time are 2.8 a second. */
    SIM_BETWEEN(sim_count(sim, 0, 0, G_MAXINT64), 600, 900);
    sim_free(sim);
}

/* The vendor counts less than was estimated, or more, or as much, or does not say. */
static void test_tpm(void)
{
    static const Bounds bounds = {.vendors = {0, -1}, .tpm = 20000};
    static const struct {
        SimUsage usage;
        int64_t in, out, low, high;
    } rows[] = {{SIM_USAGE_NONE, 0, 0, 300, 500},
                {SIM_USAGE_FIXED, 50, 50, 700, 1100},
                {SIM_USAGE_FIXED, 300, 100, 220, 320}};
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        SimSetup setup = {.vendors = PAIR,
                          .conf =
                              "[model m]\ntargets = a/one;b/two\n[limits a/one]\ntpm = 20000\n"};
        setup.vendors[0].usage = rows[i].usage;
        setup.vendors[0].in = rows[i].in;
        setup.vendors[0].out = rows[i].out;
        Sim *sim = run(&setup, &bounds, 3000, 10);
        g_assert_cmpuint(sim_count_failed_calls(sim), ==, 0);
        SIM_BETWEEN(sim_count(sim, 0, 0, G_MAXINT64), rows[i].low, rows[i].high);
        sim_free(sim);
    }
}

/* A provider's limit counts all of its targets, also while they fail, are retried and given up. */
static void test_provider_with_troubles(void)
{
    static const Bounds bounds = {.vendors = {0, 1}, .rpm = 120, .parallel = 20, .tpm = 40000};
    const SimSetup setup = {
        .vendors = {{.name = "a/one",
                     .first_ms = 500,
                     .spread_ms = 1000,
                     .gap_ms = 500,
                     .usage = SIM_USAGE_NONE,
                     .troubles = {{.permille = 200, .fault = SIM_STATUS, .status = 503},
                                  {.permille = 200, .fault = SIM_STALL},
                                  {.permille = 200, .fault = SIM_REFUSED}}},
                    {.name = "a/more", .first_ms = 500, .usage = SIM_USAGE_NONE},
                    {.name = "b/two", .first_ms = 200}},
        .conf = "[model m]\ntargets = a/one;a/more;b/two\ntimeout-first-token = 3s\n"
                "timeout-attempt = 5s\n[limits a]\nrpm = 120\nparallel = 20\ntpm = 40000\n"};
    Sim *sim = run(&setup, &bounds, 3000, 10);
    g_assert_cmpuint(sim_count_failed_calls(sim), ==, 0);
    g_assert_cmpuint(sim_count(sim, 0, 0, G_MAXINT64), >, 100);
    g_assert_cmpuint(sim_count(sim, 1, 0, G_MAXINT64), >, 50);
    sim_free(sim);
}

/* Nobody else to ask: a call over the limit is told when to come back. */
static void test_refused(void)
{
    static const Bounds bounds = {.vendors = {0, -1}, .rpm = 60};
    const SimSetup setup = {.vendors = PAIR,
                            .conf = "[model m]\ntargets = a/one\n[limits a/one]\nrpm = 60\n"};
    Sim *sim = run(&setup, &bounds, 1000, 5);
    for (guint i = 0; i < sim->calls->len; i++) {
        const SimCall *call = sim_call_at(sim, i);
        if (call->cls == 0)
            continue;
        g_assert_cmpint(call->cls, ==, PB_ERR_RATE_LIMIT);
        g_assert_cmpint(call->ended, ==, call->began);
        SIM_BETWEEN(call->retry_after_ms, 1, MINUTE + 1000);
    }
    SIM_BETWEEN(sim_count_failed_calls(sim), 750, 850);
    sim_free(sim);
}

/* ---- With a queue ---- */

/* In the order of coming, no longer than they may wait, and no more than there is room for. */
static void check_queue(const Sim *sim, int64_t timeout_ms)
{
    unsigned last = 0;
    for (guint i = 0; i < sim->requests->len; i++) {
        const SimRequest *request = sim_request(sim, i);
        const SimCall *call = sim_call_at(sim, request->call);
        g_assert_cmpuint(call->n, >=, last);
        last = call->n;
        SIM_BETWEEN(request->at - call->began, 0, timeout_ms);
    }
    for (guint i = 0; i < sim->calls->len; i++) {
        const SimCall *call = sim_call_at(sim, i);
        if (call->n_asked == 0)
            SIM_BETWEEN(call->ended - call->began, 0, timeout_ms);
    }
}

static void test_queue(void)
{
    static const struct {
        const char *limits;
        Bounds bounds;
        unsigned low, high; /* served */
    } rows[] = {
        {"rpm = 60", {.vendors = {0, -1}, .rpm = 60, .queue = 15}, 180, 240},
        {"parallel = 5", {.vendors = {0, -1}, .parallel = 5, .queue = 15}, 330, 480},
        {"tpm = 20000", {.vendors = {0, -1}, .tpm = 20000, .queue = 15}, 180, 330},
        {"rpm = 200\ntpm = 60000\nparallel = 4",
         {.vendors = {0, -1}, .rpm = 200, .tpm = 60000, .parallel = 4, .queue = 15},
         250,
         400},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *conf =
            g_strconcat("[model m]\ntargets = a/one\n[limits a/one]\nqueue = 15\n"
                        "queue-timeout = 20s\n",
                        rows[i].limits, "\n", NULL);
        SimSetup setup = {.vendors = PAIR, .conf = conf};
        setup.vendors[0].usage = SIM_USAGE_NONE;
        Sim *sim = run(&setup, &rows[i].bounds, 1000, 5);
        g_test_message("%s: %u served", rows[i].limits, sim->requests->len);
        check_queue(sim, 20000);
        SIM_BETWEEN(sim->requests->len, rows[i].low, rows[i].high);
        g_assert_cmpuint(sim->requests->len + sim_count_failed_calls(sim), ==, 1000);
        sim_free(sim);
    }
}

/* The calls' own deadlines are shorter than the queue's patience: none is over it. */
static void test_queue_and_deadline(void)
{
    static const Bounds bounds = {.vendors = {0, -1}, .parallel = 3, .queue = 50};
    const SimSetup setup = {.vendors = PAIR,
                            .conf =
                                "[model m]\ntargets = a/one\n"
                                "[limits a/one]\nparallel = 3\nqueue = 50\nqueue-timeout = 60s\n"};
    Sim *sim = sim_new(&setup);
    sim->on_request = check_moment;
    sim->on_done = check_waiting;
    sim->user = (void *)&bounds;
    sim_run(sim, &(SimLoad){.model = "m",
                            .calls = 1000,
                            .per_second = 1.3,
                            .stream_percent = 50,
                            .timeout_ms = 6000,
                            .write = write_request});
    check(sim, &bounds);
    unsigned failed = sim_count_failed_calls(sim);
    SIM_BETWEEN(failed, 300, 900);
    sim_free(sim);
}

/* There is room again at the very moment at which a call's time is up, or shortly before or
 * after. */
static void test_room_too_late(void)
{
    const SimSetup setup = {.vendors = PAIR,
                            .conf =
                                "[model m]\ntargets = a/one\n[limits a/one]\nrpm = 1\nqueue = 9\n"
                                "queue-timeout = 100s\n"};
    Sim *sim = sim_new(&setup);
    SimLoad load = {.model = "m", .calls = 1, .per_second = 100};
    sim_run(sim, &load);
    /* The seconds of the window and those since the start are the same. */
    int64_t room_at = sim_request(sim, 0)->at / 1000 * 1000 + MINUTE + 1000;
    for (int64_t spare = -2; spare <= 2; spare++) {
        load.timeout_ms = room_at + spare - sim_now(sim);
        SimCall *call = sim_call(sim, &load, 7);
        g_assert_cmpint(call->cls, !=, 0);
        g_assert_cmpuint(call->n_asked, ==, spare > 0 ? 1 : 0);
        g_assert_cmpint(call->ended, <=, room_at + spare);
        if (spare > 0)
            break;
    }
    sim_free(sim);
}

/* Who has waited long enough moves on to the next target. */
static void test_queue_moves_on(void)
{
    static const Bounds bounds = {.vendors = {0, -1}, .parallel = 3, .queue = 10};
    const SimSetup setup = {.vendors = PAIR,
                            .conf =
                                "[model m]\ntargets = a/one;b/two\n"
                                "[limits a/one]\nparallel = 3\nqueue = 10\nqueue-timeout = 4s\n"};
    Sim *sim = run(&setup, &bounds, 1500, 5);
    g_assert_cmpuint(sim_count_failed_calls(sim), ==, 0);
    g_assert_cmpuint(sim_count(sim, 0, 0, G_MAXINT64), >=, 300);
    g_assert_cmpuint(sim_count(sim, 1, 0, G_MAXINT64), >=, 300);
    for (guint i = 0; i < sim->requests->len; i++) {
        const SimRequest *request = sim_request(sim, i);
        SIM_BETWEEN(request->at - sim_call_at(sim, request->call)->began, 0, 4000);
    }
    sim_free(sim);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/sim/limits/rpm", test_rpm);
    g_test_add_func("/sim/limits/parallel", test_parallel);
    g_test_add_func("/sim/limits/tpm", test_tpm);
    g_test_add_func("/sim/limits/provider-with-troubles", test_provider_with_troubles);
    g_test_add_func("/sim/limits/refused", test_refused);
    g_test_add_func("/sim/limits/queue", test_queue);
    g_test_add_func("/sim/limits/queue-and-deadline", test_queue_and_deadline);
    g_test_add_func("/sim/limits/room-too-late", test_room_too_late);
    g_test_add_func("/sim/limits/queue-moves-on", test_queue_moves_on);
    return g_test_run();
}
