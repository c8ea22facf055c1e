/* SPDX-License-Identifier: Apache-2.0 */
/* Ten thousand calls, streamed and not, from several threads and through callbacks at once, over
 * three vendors that fail three times in ten: connections reset, stalls, 429 with hints, 5xx, errors
 * inside a 200, streams that are cut, broken frames, empty answers. Each call ends once, each answer
 * that is acknowledged is whole and right, no stream mixes two answers, and the attempts reported are
 * the requests that the vendors saw. PBAY_STORM_SEED and PBAY_STORM_CALLS change a run; what fails
 * follows from the seed alone. Before it counts, the judge is shown vendors that lie. */
#include "e2e/storm_judge.h"

#include <stdlib.h>
#include <string.h>

#define CALLS      10000u
#define THREADS    3u   /* that wait for each of their calls */
#define WINDOW     150u /* calls through callbacks at once */
#define PATIENCE_S 60

typedef struct Storm {
    uint32_t seed;
    unsigned n;
    const char *const *models;
    unsigned n_models;
    bool calm;
    StormLie lie;

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

static patchbay_request *request_of(Storm *storm, StormCall *call)
{
    g_autofree char *json = g_strdup_printf(
        "{\"model\":\"%s\",%s\"messages\":[{\"role\":\"user\",\"content\":\"storm call %u.\"}]}",
        storm->models[chance(storm, call->nonce, 1, storm->n_models)],
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

    for (unsigned i = 0; i < storm->n; i++) {
        patchbay_request *request;
        patchbay_call *handle;

        if (i % 10 < THREADS)
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

    for (unsigned i = waiting->number; i < storm->n; i += 10) {
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
    for (unsigned i = 0; i < STORM_TARGETS; i++) {
        g_autofree char *url = storm_fleet_url(storm->fleet, i), *key = storm_key(i);
        char name = STORM_NAMES[i];

        set(opts, "openai", "provider.%c.driver", name);
        set(opts, url, "provider.%c.base-url", name);
        set(opts, key, "provider.%c.api-key", name);
        set(opts, "400ms", "provider.%c.timeout-first-byte", name);
        set(opts, "400ms", "provider.%c.timeout-idle", name);
        set(opts, "20s", "provider.%c.timeout", name);
    }
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
    g_test_message("seed %u: %u calls in %.1f s: %u well, %u cancelled by the program,%s %u failed "
                   "after content; %u requests seen, %u slower than the time-out, %u events",
                   storm->seed, storm->n, (double)(g_get_monotonic_time() - began_us) / 1e6,
                   judge->well, judge->cancelled, failed->str, judge->late, judge->attempts,
                   judge->slow, judge->told);
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

    storm->fleet = storm_fleet_new(storm->seed, storm->n, storm->calm, storm->lie);
    storm_judge_init(&storm->judge, storm->fleet, storm->seed);
    pthread_mutex_init(&storm->lock, NULL);
    pthread_cond_init(&storm->changed, NULL);
    g_queue_init(&storm->paused);
    storm->calls = g_new0(StormCall, storm->n);
    for (unsigned i = 0; i < storm->n; i++) {
        storm_call_init(&storm->calls[i], &storm->judge, i);
        storm->calls[i].stream = chance(storm, i, 5, 2) == 0;
    }
    storm->pb = open_core(storm);
    run_threads(storm);
    patchbay_close(storm->pb);
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

static const char *const alone[] = {"a/m", "b/m", "c/m"};

static Storm storm_of(unsigned n, const char *const *models, unsigned n_models)
{
    return (Storm){.seed = number_of("PBAY_STORM_SEED", 20264),
                   .n = n,
                   .models = models,
                   .n_models = n_models};
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
    Storm storm = storm_of(300, alone, G_N_ELEMENTS(alone));

    storm.calm = true;
    storm.lie = lie;
    rage(&storm);
    g_assert_cmpuint(storm.judge.flaws[found[lie]], >, 3);
    g_assert_cmpuint(storm.judge.flaws[found[lie]], <, 40);
    storm_clear(&storm);
}

static void test_calm(void)
{
    Storm storm = storm_of(300, alone, G_N_ELEMENTS(alone));

    storm.calm = true;
    rage(&storm);
    g_assert_cmpuint(storm_judge_flaws(&storm.judge), ==, 0);
    g_assert_cmpuint(storm.judge.well + storm.judge.cancelled, ==, storm.n);
    storm_clear(&storm);
}

/* A call that ends twice, or speaks behind its end. */
static void test_ends(void)
{
    StormJudge judge;
    StormFleet *fleet = storm_fleet_new(1, 1, true, STORM_HONEST);
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

static void test_alone(void)
{
    Storm storm = storm_of(number_of("PBAY_STORM_CALLS", CALLS), alone, G_N_ELEMENTS(alone));

    rage(&storm);
    g_assert_cmpuint(storm_judge_flaws(&storm.judge), ==, 0);
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
    return g_test_run();
}
