/* SPDX-License-Identifier: Apache-2.0 */
/* The stand of a simulation: a snapshot from the setup, the worker on its loop, calls that come at
 * random, and time that moves on to the next timer whenever nothing is ready. */
#include "sim/sim.h"

#include "unit/call/world.h"

#include <math.h>

#define TURNS_MAX 20000000u  /* of one wait: more than any simulation needs */
#define NOON      1772366400 /* 2026-03-01 12:00:00 UTC */

/* ---- The configuration ---- */

static void write_provider(GString *conf, char provider, int keys)
{
    g_string_append_printf(conf, "[provider %c]\ndriver = fake\napi-key = ", provider);
    for (int key = 1; key <= keys; key++)
        g_string_append_printf(conf, "%scanary-key-%c-%d", key > 1 ? ";" : "", provider, key);
    g_string_append_c(conf, '\n');
}

static void write_figure(GString *conf, const char *name, int64_t pico)
{
    g_string_append_printf(conf, "%s = %" G_GINT64_FORMAT ".%06" G_GINT64_FORMAT "\n", name,
                           pico / 1000000, pico % 1000000);
}

static void write_price(GString *conf, const SimVendor *vendor)
{
    const SimPrice *price = &vendor->price;
    g_string_append_printf(conf, "[price %s]\n", vendor->name);
    write_figure(conf, "input", price->input);
    write_figure(conf, "output", price->output);
    write_figure(conf, "cached-input", price->cached);
    write_figure(conf, "cache-write", price->write);
    write_figure(conf, "reasoning", price->reasoning);
    /* In dollars a request. */
    g_string_append_printf(conf, "request = 0.%012" G_GINT64_FORMAT "\n", price->request);
    if (price->above == 0)
        return;
    g_autofree char *tier = g_strdup_printf("above-%" G_GINT64_FORMAT ".input", price->above);
    write_figure(conf, tier, price->above_input);
}

static char *write_conf(const Sim *sim)
{
    GString *conf = g_string_new(NULL);
    bool seen[128] = {false};
    for (unsigned i = 0; i < sim->n_vendors; i++) {
        const SimVendor *vendor = &sim->setup.vendors[i];
        char provider = vendor->name[0];
        if (!seen[(unsigned char)provider])
            write_provider(conf, provider, MAX(1, sim->setup.keys));
        seen[(unsigned char)provider] = true;
        if (vendor->priced)
            write_price(conf, vendor);
    }
    g_string_append(conf, sim->setup.conf);
    return g_string_free(conf, FALSE);
}

/* ---- Life ---- */

static void free_request(gpointer data)
{
    SimRequest *request = data;
    pbay_loop_timer_stop(request->sim->loop, &request->timer);
    g_free(request);
}

static void free_call(gpointer data)
{
    SimCall *call = data;
    g_string_free(call->heard, TRUE);
    g_free(call->id);
    g_free(call->message);
    g_free(call->report);
    g_free(call->answer);
    g_free(call);
}

Sim *sim_new(const SimSetup *setup)
{
    Sim *sim = g_new0(Sim, 1);
    sim->setup = *setup;
    while (sim->n_vendors < SIM_VENDORS && setup->vendors[sim->n_vendors].name != NULL)
        sim->n_vendors++;
    if (setup->wall_s == 0)
        sim->setup.wall_s = NOON;
    g_setenv("TZ", "UTC", TRUE);
    sim_wall_set(sim->setup.wall_s * 1000);
    g_autofree char *conf = write_conf(sim);
    sim->world = g_new(World, 1);
    *sim->world = world_new(conf);
    sim->loop = sim->world->rig->loop;
    sim->transport = sim->world->rig->transport;
    sim->fleet = sim->world->fleet;
    sim->chance = g_rand_new_with_seed(setup->seed != 0 ? setup->seed : 1);
    sim->began = pbay_loop_now(sim->loop);
    sim->requests = g_ptr_array_new_with_free_func(free_request);
    sim->calls = g_ptr_array_new_with_free_func(free_call);
    for (size_t i = 0; i < SIM_VENDORS; i++)
        sim->alive[i] = g_ptr_array_new();
    pbay_memory_transport_answer(sim->transport, sim_answer, sim);
    return sim;
}

void sim_free(Sim *sim)
{
    g_assert_cmpuint(sim->under_way, ==, 0);
    g_assert_cmpuint(pbay_worker_alive(sim->world->rig->worker), ==, 0);
    g_assert_cmpuint(pbay_memory_transport_alive(sim->transport), ==, 0);
    for (size_t i = 0; i < SIM_VENDORS; i++)
        g_ptr_array_unref(sim->alive[i]);
    g_ptr_array_unref(sim->requests);
    g_ptr_array_unref(sim->calls);
    g_rand_free(sim->chance);
    world_free(sim->world);
    g_free(sim->world);
    g_free(sim);
}

int64_t sim_now(const Sim *sim)
{
    return pbay_loop_now(sim->loop) - sim->began;
}

double sim_chance(Sim *sim)
{
    return g_rand_double(sim->chance);
}

SimVendor *sim_vendor(Sim *sim, int vendor)
{
    return &sim->setup.vendors[vendor];
}

int sim_vendor_of(const Sim *sim, const char *target)
{
    for (unsigned i = 0; i < sim->n_vendors; i++)
        if (g_str_equal(sim->setup.vendors[i].name, target))
            return (int)i;
    return -1;
}

/* ---- One call ---- */

char *sim_ask(const SimCall *call, const char *content, const char *more)
{
    return g_strdup_printf(
        "{\"model\":\"%s\",\"messages\":[{\"role\":\"user\",\"content\":\"%s\"}]%s%s}", call->model,
        content, call->stream ? ",\"stream\":true" : "", more);
}

/* All chunks, those without content too, are of one answer. */
static void check_id(SimCall *call, pb_str json)
{
    g_autoptr(PbayArena) arena = pbay_arena_new(0);
    const pb_json *chunk = pbay_json_parse(arena, json, NULL, PBAY_JSON_UNIQUE, NULL);
    g_autofree char *id = pbay_str_dup(pbay_json_str(pbay_json_get(chunk, PBAY_STR("id"))));
    g_assert_cmpstr(id, !=, "");
    if (call->id == NULL)
        call->id = g_steal_pointer(&id);
    else
        g_assert_cmpstr(call->id, ==, id);
}

static void on_chunk(void *user, pb_str json)
{
    SimCall *call = user;
    g_assert_cmpuint(call->done, ==, 0);
    check_id(call, json);
    const char *mark = memchr(json.ptr, '~', json.len);
    if (mark == NULL)
        return;
    const char *last = memchr(mark + 1, '~', json.len - (size_t)(mark + 1 - json.ptr));
    g_assert_nonnull(last);
    if (call->first_at < 0)
        call->first_at = sim_now(call->sim);
    g_string_append_len(call->heard, mark, last + 1 - mark);
}

/* What tests want to know; the judge reads the rest. */
static void read_report(SimCall *call, pb_str text)
{
    g_autoptr(PbayArena) arena = pbay_arena_new(0);
    const pb_json *report = pbay_json_parse(arena, text, NULL, PBAY_JSON_UNIQUE, NULL);
    g_assert_nonnull(report);
    g_autofree char *target =
        pbay_str_dup(pbay_json_str(pbay_json_get(report, PBAY_STR("target"))));
    const pb_json *attempts = pbay_json_get(report, PBAY_STR("attempts"));
    for (size_t i = 0; i < pbay_json_len(attempts); i++) {
        const pb_json *attempt = pbay_json_at(attempts, i, NULL);
        call->hedges += pbay_json_bool(pbay_json_get(attempt, PBAY_STR("hedge")), 0) ? 1 : 0;
        call->lost += pbay_json_bool(pbay_json_get(attempt, PBAY_STR("lost_race")), 0) ? 1 : 0;
    }
    call->served = call->cls == 0 && !call->dry_run ? sim_vendor_of(call->sim, target) : -1;
}

static void on_done(void *user, const PbayOutcome *outcome)
{
    SimCall *call = user;
    Sim *sim = call->sim;
    g_assert_cmpuint(call->done, ==, 0);
    call->done++;
    call->ended = sim_now(sim);
    sim->under_way--;
    if (outcome->failure != NULL) {
        call->cls = outcome->failure->cls;
        call->message = g_strdup(outcome->failure->message);
        call->retry_after_ms = outcome->failure->retry_after_ms;
    }
    read_report(call, outcome->report);
    if (!call->dry_run)
        sim_judge(call, outcome->answer, outcome->report);
    if (sim->keep_reports) {
        call->report = pbay_str_dup(outcome->report);
        call->answer = pbay_str_dup(outcome->answer);
    }
    if (sim->on_done != NULL)
        sim->on_done(sim, call);
}

static const PbayCallEvents stream_events = {.chunk = on_chunk, .done = on_done};
static const PbayCallEvents whole_events = {.done = on_done};

static SimCall *new_call(Sim *sim, const SimLoad *load)
{
    SimCall *call = g_new0(SimCall, 1);
    call->sim = sim;
    call->n = sim->calls->len;
    call->model = load->model;
    call->stream = sim_chance(sim) * 100 < load->stream_percent;
    call->dry_run = load->dry_run;
    call->began = sim_now(sim);
    call->deadline_ms = load->timeout_ms;
    call->first_at = -1;
    call->served = -1;
    call->heard = g_string_new(NULL);
    g_ptr_array_add(sim->calls, call);
    sim->under_way++;
    sim->most_under_way = MAX(sim->most_under_way, sim->under_way);
    return call;
}

static SimCall *start(Sim *sim, const SimLoad *load, uint64_t seed)
{
    sim_wall_set(sim->setup.wall_s * 1000 + sim_now(sim));
    SimCall *call = new_call(sim, load);
    g_autofree char *json =
        load->write != NULL ? load->write(call, load->user) : sim_ask(call, "hi", "");
    g_autofree char *number = g_strdup_printf("%u", call->n);
    const PbayHttpHeader header = {.name = PBAY_STR("x-call"), .value = pbay_str(number)};
    PbayCallSpec spec = world_spec(sim->world, json);
    spec.seed = seed;
    spec.headers = &header;
    spec.n_headers = 1;
    spec.timeouts.total = call->deadline_ms;
    spec.dry_run = call->dry_run;
    spec.events = call->stream ? &stream_events : &whole_events;
    spec.user = call;
    pbay_call_start(sim->world->rig->worker, &spec);
    g_assert_cmpuint(call->done, ==, 0);
    return call;
}

/* ---- Calls that come ---- */

typedef struct Arrivals {
    Sim *sim;
    SimLoad load;
    unsigned left;
    double next; /* ms since the start, with fractions */
    PbayTimer timer;
} Arrivals;

static void arrive(void *data);

static void expect(Arrivals *arrivals)
{
    Sim *sim = arrivals->sim;
    double gap = -log(1 - sim_chance(sim)) * 1000 / arrivals->load.per_second;
    arrivals->next += gap;
    pbay_loop_timer_start(sim->loop, &arrivals->timer, (int64_t)arrivals->next - sim_now(sim),
                          arrive, arrivals);
}

static void arrive(void *data)
{
    Arrivals *arrivals = data;
    Sim *sim = arrivals->sim;
    uint64_t seed = (uint64_t)g_rand_int(sim->chance) << 32 | g_rand_int(sim->chance) | 1;
    start(sim, &arrivals->load, seed);
    sim->arrivals--;
    if (--arrivals->left > 0)
        expect(arrivals);
    else
        g_free(arrivals);
}

void sim_add(Sim *sim, const SimLoad *load)
{
    Arrivals *arrivals = g_new0(Arrivals, 1);
    *arrivals =
        (Arrivals){.sim = sim, .load = *load, .left = load->calls, .next = (double)sim_now(sim)};
    sim->arrivals += load->calls;
    expect(arrivals);
}

/* ---- Time ---- */

static void turn(Sim *sim, unsigned *turns)
{
    g_assert_cmpuint((*turns)++, <, TURNS_MAX);
    pbay_loop_skip(sim->loop);
    g_assert_true(pbay_loop_turn(sim->loop, 0));
}

static void come_true(void *data)
{
    *(bool *)data = true;
}

void sim_run_until(Sim *sim, int64_t ms)
{
    bool reached = false;
    unsigned turns = 0;
    PbayTimer timer = {0};
    pbay_loop_timer_start(sim->loop, &timer, ms - sim_now(sim), come_true, &reached);
    while (!reached)
        turn(sim, &turns);
}

void sim_finish(Sim *sim)
{
    unsigned turns = 0;
    while (sim->arrivals > 0 || sim->under_way > 0)
        turn(sim, &turns);
    /* What was cancelled ends too. */
    for (int i = 0; i < 50 && pbay_worker_alive(sim->world->rig->worker) != 0; i++)
        g_assert_true(pbay_loop_turn(sim->loop, 0));
}

void sim_run(Sim *sim, const SimLoad *load)
{
    sim_add(sim, load);
    sim_finish(sim);
}

SimCall *sim_call(Sim *sim, const SimLoad *load, uint64_t seed)
{
    SimCall *call = start(sim, load, seed);
    sim_finish(sim);
    return call;
}
