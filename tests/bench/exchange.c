/* SPDX-License-Identifier: Apache-2.0 */
/* Instructions for one complete exchange that is no stream, through the openai driver with the
 * network left out (replies come from memory): the exchange alone, the whole call around it, from
 * the client's JSON to the canonical answer (of a given provider, of a configured one, and of a
 * [model] with a fallback), and what taking and settling a target alone costs, without limits and
 * with. Without arguments it counts them under callgrind as the difference of
 * two runs, so that starting up counts for nothing; `bench_exchange call 1000` runs a thousand
 * calls and prints nothing. */
#include "base/str.h"
#include "call/call.h"
#include "exchange/memory_transport.h"
#include "routing/fleet.h"

#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>

#define FEW  100
#define MANY 1100

/* What taking and settling a target without limits may cost, of an exchange. */
#define TAKE_PERCENT 5

static const char reply_text[] =
    "{\"id\":\"chatcmpl-1\",\"object\":\"chat.completion\",\"created\":1700000000,\"model\":"
    "\"gpt-4o-mini-2024-07-18\",\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\","
    "\"content\":\"The capital of France is Paris. It lies on the Seine, in the north of the "
    "country, and has been its capital, with few interruptions, for about a thousand years.\\n\\n"
    "Is there anything else that you would like to know about it?\",\"refusal\":null},"
    "\"logprobs\":null,\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":412,"
    "\"completion_tokens\":48,\"total_tokens\":460,\"prompt_tokens_details\":{\"cached_tokens\":0},"
    "\"completion_tokens_details\":{\"reasoning_tokens\":0}},\"system_fingerprint\":\"fp_1\"}";

typedef struct Bench {
    PbayLoop *loop;
    PbayWorker *worker;
    PbayProvider *provider;
    PbayFleet *fleet;
    GString *request;
    PbaySnapshot *snapshot;
    unsigned ended, events;
} Bench;

/* ---- One worker with the driver, and a vendor in memory ---- */

static void answer(void *user, size_t n, const PbayHttpRequest *request, PbayMemoryReply *reply)
{
    (void)user;
    (void)n;
    (void)request;
    pbay_memory_reply_set_status(reply, 200);
    pbay_memory_reply_header(reply, "content-type", "application/json");
    pbay_memory_reply_header(reply, "x-request-id", "req-1");
    pbay_memory_reply_text(reply, reply_text);
    pbay_memory_reply_end(reply);
}

/* About 2 KB: a system message, four turns, a few parameters. */
static GString *new_request(void)
{
    GString *text = g_string_new("{\"model\":\"gpt-4o-mini\",\"temperature\":0.7,\"max_tokens\":"
                                 "256,\"user\":\"u-1\",\"messages\":[{\"role\":\"system\","
                                 "\"content\":\"You answer briefly and well.\"}");
    for (int i = 0; i < 4; i++)
        g_string_append_printf(
            text,
            ",{\"role\":\"%s\",\"content\":\"Turn %d. Tell me of the towns along the river, from "
            "its source to the sea: who founded them, what they lived on, which bridges they "
            "built and lost, and what a traveller would have seen there a hundred years ago, "
            "before the railway.\\n\\nThen tell me what is left of all that today, and what the "
            "people there say about it when they are asked, if somebody does ask them; a line or "
            "two will do, and a name where there is one.\"}",
            i % 2 == 0 ? "user" : "assistant", i);
    g_string_append(text, ",{\"role\":\"user\",\"content\":\"And the capital?\"}]}");
    return text;
}

static const char CONF[] = "[provider openai]\napi-key = sk-bench-123456\n"
                           "[provider other]\ndriver = openai\napi-key = sk-other-123456\n"
                           "[model chain]\ntargets = openai/gpt-4o-mini;other/gpt-4o-mini\n"
                           "fallbacks = other/gpt-4o\n";

static PbaySnapshot *build_snapshot(PbayDriver *driver)
{
    g_autofree char *path = NULL;
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) problems = pbay_problems_new();
    g_close(g_file_open_tmp("pbay-bench-XXXXXX.conf", &path, &error), NULL);
    g_assert_no_error(error);
    g_assert_true(g_file_set_contents(path, CONF, -1, NULL));
    const char *const paths[] = {path, NULL};
    PbayEnv *env = pbay_env_new();
    const PbayConfigInput input = {.paths = paths, .env = env};
    PbayConfig *config = pbay_config_load(&input, problems);
    PbayDriverSet *set = g_new0(PbayDriverSet, 1);
    atomic_init(&set->refs, 2); /* never freed: the row is the process's */
    set->rows = g_ptr_array_new();
    g_ptr_array_add(set->rows, driver);
    PbaySnapshot *snapshot = pbay_snapshot_build(config, set, env, problems);
    g_assert_nonnull(snapshot);
    pbay_config_unref(config);
    pbay_env_unref(env);
    g_unlink(path);
    return snapshot;
}

static void set_up(Bench *bench)
{
    static const char *const secrets[] = {"api-key", "sk-bench-123456", NULL};
    g_autoptr(GError) error = NULL;
    PbayDriver *driver = pbay_drivers_load_file(PBAY_BENCH_DRIVER, pbay_services());
    if (driver->status != PBAY_DRIVER_LOADED)
        g_error("%s: %s", PBAY_BENCH_DRIVER, driver->reason);
    bench->provider = pbay_provider_new(driver, "openai", "{}", secrets, &error);
    g_assert_no_error(error);
    bench->loop = pbay_loop_new(&error);
    g_assert_no_error(error);
    PbayTransport *transport = pbay_memory_transport_new(bench->loop);
    pbay_memory_transport_record(transport, false);
    pbay_memory_transport_answer(transport, answer, NULL);
    const PbayWorkerSpec spec = {.loop = bench->loop, .transport = transport};
    bench->worker = pbay_worker_new(&spec, &error);
    g_assert_no_error(error);
    bench->snapshot = build_snapshot(driver);
    bench->fleet = pbay_fleet_new(1);
    bench->request = new_request();
}

static void tear_down(Bench *bench)
{
    pbay_worker_free(bench->worker);
    pbay_loop_free(bench->loop);
    pbay_fleet_unref(bench->fleet);
    pbay_snapshot_unref(bench->snapshot);
    pbay_provider_unref(bench->provider);
    g_string_free(bench->request, TRUE);
}

/* ---- What is measured ---- */

static void on_event(void *user, const pb_event *event)
{
    Bench *bench = user;
    (void)event;
    bench->events++;
}

static void exchange_done(void *user, const PbayFailure *failure)
{
    Bench *bench = user;
    if (failure != NULL)
        g_error("%s", failure->message);
    bench->ended++;
}

static void run_exchange(Bench *bench)
{
    static const PbayExchangeEvents events = {.on_event = on_event, .done = exchange_done};
    const PbayExchangeSpec spec = {.provider = bench->provider,
                                   .kind = PB_KIND_CHAT,
                                   .model = PBAY_STR("gpt-4o-mini"),
                                   .body = pbay_str_of(bench->request),
                                   .events = &events,
                                   .user = bench};
    pbay_exchange_start(bench->worker, &spec);
}

static void call_done(void *user, const PbayOutcome *outcome)
{
    Bench *bench = user;
    if (outcome->failure != NULL)
        g_error("%s", outcome->failure->message);
    g_assert_cmpuint(outcome->answer.len, >, 100);
    bench->ended++;
}

/* model NULL: the provider is given. */
static void run_call(Bench *bench, const char *model)
{
    static const PbayCallEvents events = {.done = call_done};
    const PbayCallSpec spec = {.kind = PB_KIND_CHAT,
                               .request = pbay_str_of(bench->request),
                               .provider = model == NULL ? bench->provider : NULL,
                               .snapshot = model != NULL ? bench->snapshot : NULL,
                               .model = model,
                               .fleet = bench->fleet,
                               .events = &events,
                               .user = bench};
    pbay_call_start(bench->worker, &spec);
}

/* One attempt as the fleet sees it: 100 ms after the last, and it goes well. */
static void run_take(Bench *bench, const PbayLimits *limits)
{
    int64_t now = (int64_t)bench->ended * 100;
    const PbayTake take = {.provider = bench->provider,
                           .target = "openai/gpt-4o-mini",
                           .limits = limits,
                           .provider_limits = limits,
                           .tokens = 500,
                           .now = now};
    PbayTaken taken;
    pbay_fleet_take(bench->fleet, &take, &taken);
    g_assert_nonnull(taken.ticket);
    const PbaySettle settle = {
        .now = now + 80, .first_ms = 80, .total_ms = 80, .tokens = 460, .sent = true};
    pbay_fleet_settle(bench->fleet, taken.ticket, &settle);
    bench->ended++;
}

static void run_one(Bench *bench, const char *what)
{
    static const PbayLimits limits = {.rpm = 100000, .tpm = 100000000, .parallel = 8, .queue = 8};
    if (strcmp(what, "take") == 0)
        run_take(bench, NULL);
    else if (strcmp(what, "limits") == 0)
        run_take(bench, &limits);
    else if (strcmp(what, "call") == 0)
        run_call(bench, NULL);
    else if (strcmp(what, "direct") == 0)
        run_call(bench, "openai/gpt-4o-mini");
    else if (strcmp(what, "model") == 0)
        run_call(bench, "chain");
    else
        run_exchange(bench);
}

static void run_many(const char *what, unsigned n)
{
    Bench bench = {0};
    set_up(&bench);
    for (unsigned i = 0; i < n; i++) {
        run_one(&bench, what);
        while (bench.ended <= i || pbay_worker_alive(bench.worker) != 0)
            pbay_loop_turn(bench.loop, -1);
    }
    tear_down(&bench);
}

/* ---- Counting ---- */

/* Instructions of `program what n` under callgrind. */
static gint64 count(const char *program, const char *what, int n)
{
    g_autofree char *number = g_strdup_printf("%d", n), *said = NULL;
    const char *const command[] = {
        "valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", program, what, number,
        NULL};
    g_autoptr(GError) error = NULL;
    int status = 0;
    if (!g_spawn_sync(NULL, (char **)command, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, &said,
                      &status, &error))
        g_error("%s", error->message);
    const char *total = strstr(said, "Collected : ");
    if (status != 0 || total == NULL)
        g_error("callgrind failed (status %d): %s", status, said);
    return g_ascii_strtoll(total + strlen("Collected : "), NULL, 10);
}

/* whole: of an exchange, or 0: it is the exchange. */
static gint64 measure(const char *program, const char *what, gint64 whole)
{
    gint64 few = count(program, what, FEW), many = count(program, what, MANY);
    gint64 each = (many - few) / (MANY - FEW);
    g_print("%-8s %8" G_GINT64_FORMAT " instructions each", what, each);
    if (whole > 0)
        g_print(", %.1f %% of an exchange", 100.0 * (double)each / (double)whole);
    g_print("\n");
    return each;
}

int main(int argc, char **argv)
{
    if (argc == 3) {
        run_many(argv[1], (unsigned)strtoul(argv[2], NULL, 10));
        return 0;
    }
    g_autofree char *valgrind = g_find_program_in_path("valgrind");
    if (valgrind == NULL) {
        g_print("SKIP: no valgrind to count instructions with\n");
        return 0;
    }
    g_autoptr(GString) request = new_request();
    g_print("openai driver, %zu bytes asked, %zu answered, replies from memory\n", request->len,
            sizeof reply_text - 1);
    gint64 exchange = measure(argv[0], "exchange", 0);
    measure(argv[0], "call", exchange);
    measure(argv[0], "direct", exchange);
    measure(argv[0], "model", exchange);
    measure(argv[0], "limits", exchange);
    gint64 take = measure(argv[0], "take", exchange);
    if (take * 100 > exchange * TAKE_PERCENT) {
        g_print("FAILED: to take and settle a target may cost %d %% of an exchange\n",
                TAKE_PERCENT);
        return 1;
    }
    return 0;
}
