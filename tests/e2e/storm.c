/* SPDX-License-Identifier: Apache-2.0 */
/* Ten thousand calls, streamed and not, from several threads and through callbacks at once, over
 * three vendors that fail three times in ten: connections reset, stalls, 429 with hints, 5xx,
 * errors inside a 200, streams that are cut, broken frames, empty answers. Each call ends once,
 * each answer that is acknowledged is whole and right, no stream mixes two answers, and the
 * attempts reported are the requests that the vendors saw. PBAY_STORM_SEED and PBAY_STORM_CALLS
 * change a run; what fails follows from the seed alone. Before it counts, the judge is shown
 * vendors that lie. */
#include "e2e/storm_judge.h"

#include <stdlib.h>
#include <string.h>

#define CALLS      10000u
#define THREADS    12u /* that wait for each of their calls, one in EACH of all */
#define EACH       8u
#define PATIENCE_S 60

/* Calls through callbacks at once, and the silence after which a vendor stalls. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define WINDOW 100u
#define STALL  "3s"
#else
#define WINDOW 250u
#define STALL  "800ms"
#endif

/* A name that calls ask for. */
typedef struct Name {
    const char *name;
    bool hedges;
} Name;

typedef struct Storm {
    uint32_t seed;
    unsigned n;
    const Name *names;
    unsigned n_names;
    const char *const (*sets)[2]; /* names and values for patchbay_set, or NULL */
    unsigned n_sets;
    unsigned rounds; /* a core each, one after the other; 0: one */
    StormWeather weather;
    StormLie lie;

    unsigned first, end; /* of the calls of this round */
    StormFleet *fleet;
    StormJudge judge;
    patchbay *pb;
    StormCall *calls;     /* n */
    pthread_mutex_t lock; /* of the three below */
    pthread_cond_t changed;
    unsigned ended, live;
    GQueue paused; /* patchbay_call * */
} Storm;

/* What the n-th call is, by chance that repeats. */
static unsigned chance(const Storm *storm, unsigned nonce, unsigned salt, unsigned n)
{
    return storm_chance((StormVisit){.seed = storm->seed, .nonce = nonce}, 100000 + salt, n);
}

static const Name *name_of(const Storm *storm, unsigned nonce)
{
    return &storm->names[chance(storm, nonce, 1, storm->n_names)];
}

static patchbay_request *request_of(Storm *storm, StormCall *call)
{
    g_autofree char *json = g_strdup_printf(
        "{\"model\":\"%s\",%s\"messages\":[{\"role\":\"user\",\"content\":\"storm call %u.\"}]}",
        name_of(storm, call->nonce)->name,
        call->stream ? "\"stream\":true,\"stream_options\":{\"include_usage\":true}," : "",
        call->nonce);
    patchbay_request *request = patchbay_request_new("chat", json);

    g_assert_nonnull(request);
    patchbay_request_watch(request, storm_call_watch, call);
    return request;
}

/* ---- Calls through callbacks ---- */

typedef struct Slot {
    Storm *storm;
    StormCall *call;
    unsigned chunks;
} Slot;

static int on_chunk(void *user, patchbay_call *handle, const char *chunk, size_t len)
{
    Slot *slot = user;
    Storm *storm = slot->storm;
    unsigned nonce = slot->call->nonce;

    g_assert_cmpuint(strlen(chunk), ==, len);
    storm_call_chunk(slot->call, chunk);
    slot->chunks++;
    if (slot->chunks == 2 && chance(storm, nonce, 2, 30) == 0) {
        pthread_mutex_lock(&storm->lock);
        g_queue_push_tail(&storm->paused, handle);
        pthread_cond_broadcast(&storm->changed);
        pthread_mutex_unlock(&storm->lock);
        return PATCHBAY_PAUSE;
    }
    if (slot->chunks == 3 && chance(storm, nonce, 3, 60) == 0) {
        slot->call->touched = true;
        return PATCHBAY_STOP;
    }
    return PATCHBAY_GO_ON;
}

static void on_done(void *user, patchbay_call *handle, const patchbay_result *result)
{
    Slot *slot = user;
    Storm *storm = slot->storm;

    (void)handle;
    storm_call_end(slot->call, result, NULL);
    pthread_mutex_lock(&storm->lock);
    storm->ended++;
    storm->live--;
    pthread_cond_broadcast(&storm->changed);
    pthread_mutex_unlock(&storm->lock);
}

/* With the lock: until fewer than `below` are under way, resuming those that rest. */
static void wait_below(Storm *storm, unsigned below)
{
    struct timespec until;

    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += PATIENCE_S;
    while (storm->live >= below) {
        patchbay_call *rests = g_queue_pop_head(&storm->paused);

        if (rests != NULL) {
            pthread_mutex_unlock(&storm->lock);
            patchbay_call_resume(rests);
            pthread_mutex_lock(&storm->lock);
        } else if (pthread_cond_timedwait(&storm->changed, &storm->lock, &until) != 0) {
            for (unsigned i = 0; i < storm->n; i++)
                if (storm->calls[i].text != NULL && storm->calls[i].dones == 0)
                    g_test_message("under way: call %u \"%s\"", i, storm->calls[i].text->str);
            g_error("%u calls are stuck", storm->live);
        }
    }
}

/* Every call that no thread waits for; some are cancelled as soon as they are submitted. */
static void submit_all(Storm *storm)
{
    Slot *slots = g_new0(Slot, storm->n);
    GPtrArray *handles =
        g_ptr_array_new_with_free_func((GDestroyNotify)(void (*)(void))patchbay_call_free);

    for (unsigned i = storm->first; i < storm->end; i++) {
        patchbay_request *request;
        patchbay_call *handle;

        if (i % EACH == 0)
            continue;
        pthread_mutex_lock(&storm->lock);
        wait_below(storm, WINDOW);
        storm->live++;
        pthread_mutex_unlock(&storm->lock);
        slots[i] = (Slot){.storm = storm, .call = &storm->calls[i]};
        slots[i].call->touched = chance(storm, i, 4, 100) == 0;
        request = request_of(storm, slots[i].call);
        handle = patchbay_submit(storm->pb, request, on_chunk, on_done, &slots[i], NULL);
        g_assert_nonnull(handle);
        if (chance(storm, i, 4, 100) == 0)
            patchbay_call_cancel(handle);
        g_ptr_array_add(handles, handle);
        patchbay_request_free(request);
    }
    pthread_mutex_lock(&storm->lock);
    wait_below(storm, 1);
    pthread_mutex_unlock(&storm->lock);
    g_ptr_array_unref(handles);
    g_free(slots);
}

/* ---- Threads that wait ---- */

typedef struct Waiting {
    Storm *storm;
    unsigned number;
    pthread_t thread;
} Waiting;

static int on_waited_chunk(void *user, patchbay_call *handle, const char *chunk, size_t len)
{
    (void)handle;
    (void)len;
    storm_call_chunk(user, chunk);
    return PATCHBAY_GO_ON;
}

static void *wait_for_calls(void *data)
{
    Waiting *waiting = data;
    Storm *storm = waiting->storm;

    for (unsigned i = storm->first + waiting->number * EACH; i < storm->end; i += THREADS * EACH) {
        StormCall *call = &storm->calls[i];
        patchbay_request *request = request_of(storm, call);
        patchbay_error *error = NULL;
        patchbay_result *result =
            call->stream ? patchbay_stream(storm->pb, request, on_waited_chunk, call, &error)
                         : patchbay_run_request(storm->pb, request, &error);

        g_assert_true((result == NULL) == (error != NULL));
        storm_call_end(call, result, error);
        patchbay_result_free(result);
        patchbay_error_free(error);
        patchbay_request_free(request);
    }
    return NULL;
}

/* ---- A storm ---- */

static void set(patchbay_opts *opts, const char *value, const char *format, ...)
    G_GNUC_PRINTF(3, 4);

static void set(patchbay_opts *opts, const char *value, const char *format, ...)
{
    g_autofree char *name = NULL;
    va_list args;

    va_start(args, format);
    name = g_strdup_vprintf(format, args);
    va_end(args);
    g_assert_cmpint(patchbay_set(opts, name, value), ==, 0);
}

static void set_providers(Storm *storm, patchbay_opts *opts)
{
    const char *patience = storm->weather != STORM_RAGES
                               ? "20s"
                               : "400ms"; /* where nothing stalls nothing may be late */

    for (unsigned i = 0; i < STORM_TARGETS; i++) {
        g_autofree char *url = storm_fleet_url(storm->fleet, i), *key = storm_key(i);
        char name = STORM_NAMES[i];

        set(opts, "openai", "provider.%c.driver", name);
        set(opts, url, "provider.%c.base-url", name);
        set(opts, key, "provider.%c.api-key", name);
        set(opts, patience, "provider.%c.timeout-first-byte", name);
        set(opts, patience, "provider.%c.timeout-idle", name);
        set(opts, "30s", "provider.%c.timeout", name);
        set(opts, "1", "price.%c/m.input", name);
        set(opts, "2", "price.%c/m.output", name);
    }
    for (unsigned i = 0; i < storm->n_sets; i++)
        g_assert_cmpint(patchbay_set(opts, storm->sets[i][0], storm->sets[i][1]), ==, 0);
}

static patchbay *open_core(Storm *storm)
{
    patchbay_opts *opts = patchbay_opts_new();
    g_autofree char *drivers = g_build_filename(g_getenv("PBAY_BUILD_DIR"), "drivers", NULL);
    patchbay_error *error = NULL;
    patchbay *pb;

    patchbay_opts_conf_only(opts, "/dev/null");
    patchbay_opts_driver_dir(opts, drivers);
    patchbay_opts_log(opts, 9, 0);
    set_providers(storm, opts);
    pb = patchbay_open(opts, &error);
    if (pb == NULL)
        g_error("%s", patchbay_error_message(error));
    patchbay_opts_free(opts);
    return pb;
}

static void report_storm(Storm *storm, int64_t began_us)
{
    StormJudge *judge = &storm->judge;
    g_autoptr(GString) failed = g_string_new(NULL);

    for (unsigned i = 0; i < G_N_ELEMENTS(judge->failed); i++)
        if (judge->failed[i] != 0)
            g_string_append_printf(failed, " class %u: %u;", i, judge->failed[i]);
    g_test_message(
        "seed %u: %u calls in %.1f s: %u well, %u cancelled by the program,%s %u failed "
        "after content; %u requests seen, %u slower than the time-out, %u not seen, %u events",
        storm->seed, storm->n, (double)(g_get_monotonic_time() - began_us) / 1e6, judge->well,
        judge->cancelled, failed->str, judge->late, judge->attempts, judge->slow, judge->unseen,
        judge->told);
    g_assert_cmpuint(judge->unseen, <=, storm->n / 5);
    for (unsigned i = 0; i < STORM_FLAWS; i++)
        if (judge->flaws[i] != 0)
            g_test_message("%u times: %s", judge->flaws[i], storm_flaw_name((StormFlaw)i));
}

static void run_threads(Storm *storm)
{
    Waiting waiting[THREADS];

    for (unsigned i = 0; i < THREADS; i++) {
        waiting[i] = (Waiting){.storm = storm, .number = i};
        g_assert_cmpint(pthread_create(&waiting[i].thread, NULL, wait_for_calls, &waiting[i]), ==,
                        0);
    }
    submit_all(storm);
    for (unsigned i = 0; i < THREADS; i++)
        pthread_join(waiting[i].thread, NULL);
}

/* Runs it and judges it: the judge's counts stay in storm->judge. */
static void rage(Storm *storm)
{
    int64_t began_us = g_get_monotonic_time();

    storm->fleet = storm_fleet_new(storm->seed, storm->n, storm->weather, storm->lie);
    storm_judge_init(&storm->judge, storm->fleet, storm->seed);
    storm->judge.priced = storm->judge.watched = true;
    pthread_mutex_init(&storm->lock, NULL);
    pthread_cond_init(&storm->changed, NULL);
    g_queue_init(&storm->paused);
    storm->calls = g_new0(StormCall, storm->n);
    for (unsigned i = 0; i < storm->n; i++) {
        storm_call_init(&storm->calls[i], &storm->judge, i);
        storm->calls[i].stream = chance(storm, i, 5, 2) == 0;
        storm->calls[i].hedges = name_of(storm, i)->hedges;
    }
    for (unsigned i = 0, rounds = MAX(storm->rounds, 1); i < rounds; i++) {
        storm->first = storm->end;
        storm->end = storm->n / rounds * (i + 1);
        storm->pb = open_core(storm);
        run_threads(storm);
        patchbay_close(storm->pb);
    }
    g_assert_true(storm_fleet_wait_closed(storm->fleet));
    g_assert_cmpuint(storm_fleet_strangers(storm->fleet), ==, 0);
    for (unsigned i = 0; i < storm->n; i++)
        storm_call_settle(&storm->calls[i]);
    report_storm(storm, began_us);
}

static void storm_clear(Storm *storm)
{
    for (unsigned i = 0; i < storm->n; i++)
        storm_call_clear(&storm->calls[i]);
    g_free(storm->calls);
    g_queue_clear(&storm->paused);
    pthread_cond_destroy(&storm->changed);
    pthread_mutex_destroy(&storm->lock);
    storm_judge_clear(&storm->judge);
    storm_fleet_free(storm->fleet);
}

static uint32_t number_of(const char *variable, uint32_t otherwise)
{
    const char *text = g_getenv(variable);
    return text != NULL ? (uint32_t)g_ascii_strtoull(text, NULL, 10) : otherwise;
}

/* Each target by its own name, once: what fails, fails. */
static const Name alone[] = {{"a/m", false}, {"b/m", false}, {"c/m", false}};
static const char *const once[][2] = {{"defaults.retries", "0"}};

static Storm storm_alone(unsigned n)
{
    return (Storm){.seed = number_of("PBAY_STORM_SEED", 20264),
                   .n = n,
                   .names = alone,
                   .n_names = G_N_ELEMENTS(alone),
                   .sets = once,
                   .n_sets = G_N_ELEMENTS(once)};
}

/* ---- The judge's own proof ---- */

/* Vendors that never fail, and one lie in twenty answers: exactly these complaints. */
static void test_lie(gconstpointer data)
{
    StormLie lie = (StormLie)GPOINTER_TO_INT(data);
    static const StormFlaw found[] = {
        [STORM_LIE_MIX] = STORM_FLAW_MIXED,           [STORM_LIE_SHORT] = STORM_FLAW_INCOMPLETE,
        [STORM_LIE_OTHER] = STORM_FLAW_MIXED,         [STORM_LIE_AGAIN] = STORM_FLAW_ATTEMPTS,
        [STORM_LIE_USAGE] = STORM_FLAW_USAGE,         [STORM_LIE_FATE] = STORM_FLAW_CLASS,
        [STORM_LIE_ELSEWHERE] = STORM_FLAW_CONTINUED,
    };
    Storm storm = storm_alone(300);

    storm.weather = STORM_CALM;
    storm.lie = lie;
    rage(&storm);
    g_assert_cmpuint(storm.judge.flaws[found[lie]], >, 3);
    g_assert_cmpuint(storm.judge.flaws[found[lie]], <, 80);
    storm_clear(&storm);
}

static void test_calm(void)
{
    Storm storm = storm_alone(300);

    storm.weather = STORM_CALM;
    rage(&storm);
    g_assert_cmpuint(storm_judge_flaws(&storm.judge), ==, 0);
    g_assert_cmpuint(storm.judge.well + storm.judge.cancelled, ==, storm.n);
    storm_clear(&storm);
}

/* A call that ends twice, or speaks behind its end. */
static void test_ends(void)
{
    StormJudge judge;
    StormFleet *fleet = storm_fleet_new(1, 1, STORM_CALM, STORM_HONEST);
    patchbay_opts *opts = patchbay_opts_new();
    patchbay_error *error = NULL;
    StormCall call;

    patchbay_opts_conf_only(opts, "/nonexistent/conf.d");
    g_assert_null(patchbay_open(opts, &error));
    storm_judge_init(&judge, fleet, 1);
    storm_call_init(&call, &judge, 0);
    storm_call_settle(&call);
    g_assert_cmpuint(judge.flaws[STORM_FLAW_ENDS], ==, 1);
    storm_call_end(&call, NULL, error);
    g_assert_cmpuint(judge.flaws[STORM_FLAW_ENDS], ==, 1);
    storm_call_chunk(&call, "{\"id\":\"x\",\"choices\":[]}");
    g_assert_cmpuint(judge.flaws[STORM_FLAW_ENDS], ==, 2);
    storm_call_end(&call, NULL, error);
    g_assert_cmpuint(judge.flaws[STORM_FLAW_ENDS], ==, 3);
    storm_call_clear(&call);
    storm_judge_clear(&judge);
    storm_fleet_free(fleet);
    patchbay_error_free(error);
    patchbay_opts_free(opts);
}

/* ---- The storm ---- */

static const Name names[] = {{"spread", false}, {"chain", false}, {"safe", false},
                             {"quick", false},  {"idle", false},  {"race", true}};

static const char *const models[][2] = {
    {"model.spread.targets", "a/m weight=3;b/m weight=2;c/m weight=1"},
    {"model.spread.strategy", "weighted"},
    {"model.spread.retries", "1"},
    {"model.chain.targets", "a/m;b/m;c/m"},
    {"model.chain.retries", "0"},
    {"model.safe.targets", "b/m"},
    {"model.safe.fallbacks", "c/m;a/m"},
    {"model.safe.retries", "2"},
    {"model.quick.targets", "a/m;b/m;c/m"},
    {"model.quick.strategy", "latency"},
    {"model.quick.retries", "0"},
    {"model.idle.targets", "a/m;b/m;c/m"},
    {"model.idle.strategy", "least-busy"},
    {"model.idle.retries", "0"},
    {"model.race.targets", "c/m;b/m;a/m"},
    {"model.race.hedge", "yes"},
    {"model.race.retries", "0"},
};

/* A fifth of the first requests of a minute, and ten that are free. A request that was cancelled
 * counts, though its vendor may not have seen it. */
static void assert_no_storm_of_retries(const Storm *storm, int64_t began_us)
{
    int64_t minutes = (g_get_monotonic_time() - began_us) / (60 * G_USEC_PER_SEC) + 1;

    for (unsigned i = 0; i < STORM_TARGETS; i++) {
        g_test_message("%c: %u calls, %u further requests of theirs", STORM_NAMES[i],
                       storm->judge.asked[i], storm->judge.extra[i]);
        g_assert_cmpuint(storm->judge.extra[i], <=,
                         (storm->judge.asked[i] + storm->judge.cancelled) / 5 +
                             10 * (unsigned)minutes);
    }
}

static Storm storm_of_models(unsigned n)
{
    Storm storm = storm_alone(n);

    storm.names = names;
    storm.n_names = G_N_ELEMENTS(names);
    storm.sets = models;
    storm.n_sets = G_N_ELEMENTS(models);
    return storm;
}

static void test_storm(void)
{
    Storm storm = storm_of_models(number_of("PBAY_STORM_CALLS", CALLS));
    int64_t began_us = g_get_monotonic_time();

    rage(&storm);
    assert_no_storm_of_retries(&storm, began_us);
    g_assert_cmpuint(storm_judge_flaws(&storm.judge), ==, 0);
    /* Alone seven in ten go well; breakers keep targets out that would have gone well, too. */
    g_assert_cmpuint(storm.judge.well, >, storm.n * 72 / 100);
    storm_clear(&storm);
}

/* Breakers begin closed again and again, so that more calls move on. */
static void test_rounds(void)
{
    Storm storm = storm_of_models(3200);

    storm.rounds = 4;
    rage(&storm);
    g_assert_cmpuint(storm_judge_flaws(&storm.judge), ==, 0);
    g_assert_cmpuint(storm.judge.well, >, storm.n * 80 / 100);
    storm_clear(&storm);
}

/* Every vendor says 429, and every call would ask each of them three times. */
static void test_limited(void)
{
    static const Name safe[] = {{"safe", false}};
    Storm storm = storm_of_models(600);
    int64_t began_us = g_get_monotonic_time();

    storm.names = safe;
    storm.n_names = 1;
    storm.weather = STORM_LIMITED;
    rage(&storm);
    assert_no_storm_of_retries(&storm, began_us);
    g_assert_cmpuint(storm_judge_flaws(&storm.judge), ==, 0);
    g_assert_cmpuint(storm.judge.failed[PATCHBAY_ERR_RATE_LIMIT] + storm.judge.cancelled, ==,
                     storm.n);
    g_assert_cmpuint(storm.judge.extra[1], >, 10); /* some are made */
    storm_clear(&storm);
}

/* The same failures, nothing in their way: as many calls fail as vendors made fail. */
static void test_alone(void)
{
    Storm storm = storm_alone(number_of("PBAY_STORM_CALLS", CALLS) / 5);

    rage(&storm);
    g_assert_cmpuint(storm_judge_flaws(&storm.judge), ==, 0);
    g_assert_cmpuint(storm.judge.attempts, <=, storm.n);
    storm_clear(&storm);
}

int main(int argc, char **argv)
{
    static const char *const lies[] = {
        [STORM_LIE_MIX] = "mix",
        [STORM_LIE_SHORT] = "short",
        [STORM_LIE_OTHER] = "other",
        [STORM_LIE_AGAIN] = "again",
        [STORM_LIE_USAGE] = "usage",
        [STORM_LIE_FATE] = "fate",
        [STORM_LIE_ELSEWHERE] = "elsewhere",
    };

    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/e2e/storm/judge/calm", test_calm);
    g_test_add_func("/e2e/storm/judge/ends", test_ends);
    for (int i = STORM_LIE_MIX; i <= STORM_LIE_ELSEWHERE; i++) {
        g_autofree char *path = g_strconcat("/e2e/storm/judge/", lies[i], NULL);

        g_test_add_data_func(path, GINT_TO_POINTER(i), test_lie);
    }
    g_test_add_func("/e2e/storm/alone", test_alone);
    g_test_add_func("/e2e/storm/limited", test_limited);
    g_test_add_func("/e2e/storm/rounds", test_rounds);
    g_test_add_func("/e2e/storm/models", test_storm);
    return g_test_run();
}
